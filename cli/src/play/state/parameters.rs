//! The parameters of MIDI 1.0 (RPN and NRPN): chosen by two controllers each, and
//! set by others, which mean the one that was chosen last.

use std::collections::BTreeMap;

/// Which parameters were set, to what, and which is chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    selection: Selection,
    entries: BTreeMap<Chosen, Entry>,
    /// Counts the entries.
    clock: u64,
}

/// The controllers that choose, of which a device keeps each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    /// The upper and the lower byte of the RPN, and those of the NRPN.
    numbers: [[Option<u32>; 2]; 2],
    /// Which of the two counts.
    kind: Option<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Registered,
    Assignable,
}

/// A parameter; what was not chosen is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Chosen {
    kind: Option<Kind>,
    number: [Option<u32>; 2],
}

/// What was entered for a parameter.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// The upper and the lower byte, and when each was set.
    bytes: [Option<(u64, u32)>; 2],
    /// How many steps up since then.
    steps: i32,
    /// When it was changed last.
    changed: u64,
}

/// What chooses nothing.
const NOTHING: [Option<u32>; 2] = [Some(127), Some(127)];

/// The controllers of the upper and the lower byte.
const DATA: [u8; 2] = [6, 38];
const UP: u8 = 96;
const DOWN: u8 = 97;

impl Kind {
    const ALL: [Self; 2] = [Self::Registered, Self::Assignable];

    const fn other(self) -> Self {
        match self {
            Self::Registered => Self::Assignable,
            Self::Assignable => Self::Registered,
        }
    }

    /// The controllers that choose.
    const fn controls(self) -> [u8; 2] {
        match self {
            Self::Registered => [101, 100],
            Self::Assignable => [99, 98],
        }
    }
}

impl Parameters {
    /// Takes notice of a controller, if it is one of these.
    pub(super) fn hear(&mut self, control: u8, value: u32) -> bool {
        if self.selection.hear(control, value) {
            return true;
        }
        if !DATA.contains(&control) && control != UP && control != DOWN {
            return false;
        }
        let chosen = self.selection.chosen();
        if chosen.number == NOTHING {
            return true;
        }
        self.clock += 1;
        let entry = self.entries.entry(chosen).or_default();
        entry.changed = self.clock;
        match control {
            UP => entry.step(1),
            DOWN => entry.step(-1),
            _ => {
                for (byte, data) in entry.bytes.iter_mut().zip(DATA) {
                    if data == control {
                        *byte = Some((self.clock, value));
                    }
                }
                if control == DATA[0] {
                    entry.steps = 0;
                }
            }
        }
        true
    }

    /// Chooses nothing.
    pub(super) fn deselect(&mut self) {
        self.selection.numbers = [NOTHING; 2];
    }

    /// The controllers and their values that have to be sent to come from here to
    /// `target`.
    pub(super) fn toward(&self, target: &Self) -> Vec<(u8, u32)> {
        let mut wanted: Vec<(Chosen, Entry)> = Vec::new();
        for (chosen, entry) in &target.entries {
            let now = self.entries.get(chosen).copied().unwrap_or_default();
            if !now.equals(entry) {
                wanted.push((*chosen, entry.since(&now)));
            }
        }
        for chosen in self.entries.keys() {
            if !target.entries.contains_key(chosen) {
                wanted.extend(chosen.initial().map(|entry| (*chosen, entry)));
            }
        }
        // What was entered before its parameter was wholly chosen has to come before
        // those that choose more.
        wanted.sort_by_key(|(_, entry)| entry.changed);
        let mut now = self.selection;
        let mut sent = Vec::new();
        for (chosen, entry) in wanted {
            now.choose(chosen, &mut sent);
            sent.extend(entry.controls());
        }
        now.become_(&target.selection, &mut sent);
        sent
    }
}

impl Selection {
    /// Takes notice of a controller, if it is one that chooses.
    fn hear(&mut self, control: u8, value: u32) -> bool {
        for (kind, numbers) in Kind::ALL.into_iter().zip(&mut self.numbers) {
            for (byte, chooses) in numbers.iter_mut().zip(kind.controls()) {
                if chooses == control {
                    *byte = Some(value);
                    self.kind = Some(kind);
                    return true;
                }
            }
        }
        false
    }

    fn chosen(&self) -> Chosen {
        let [registered, assignable] = self.numbers;
        Chosen {
            kind: self.kind,
            number: match self.kind {
                Some(Kind::Registered) => registered,
                Some(Kind::Assignable) => assignable,
                None => [None; 2],
            },
        }
    }

    /// Chooses a parameter by as few controllers as do.
    fn choose(&mut self, chosen: Chosen, sent: &mut Vec<(u8, u32)>) {
        let Some(kind) = chosen.kind else {
            return;
        };
        let now = Self {
            kind: Some(kind),
            ..*self
        };
        let now = now.chosen().number;
        let known = kind.controls().into_iter().zip(chosen.number);
        let known: Vec<_> = known
            .filter_map(|(control, byte)| Some((control, byte?)))
            .collect();
        let mut needed = known.clone();
        if let [_, _] = known[..] {
            let differs = known.iter().zip(now);
            let differs = differs.filter(|((_, byte), now)| Some(*byte) != *now);
            needed = differs.map(|(pair, _)| *pair).collect();
        }
        if needed.is_empty() && self.kind != Some(kind) {
            needed.extend(known.last());
        }
        for (control, byte) in needed {
            self.hear(control, byte);
            sent.push((control, byte));
        }
    }

    /// Chooses what another has chosen, and keeps for the other kind what that has.
    fn become_(&mut self, target: &Self, sent: &mut Vec<(u8, u32)>) {
        let Some(last) = target.kind else {
            return;
        };
        for kind in [last.other(), last] {
            let of = |selection: &Self| {
                let selection = Self {
                    kind: Some(kind),
                    ..*selection
                };
                selection.chosen()
            };
            let is_right = of(self) == of(target);
            if !is_right || (kind == last && self.kind != Some(last)) {
                self.choose(of(target), sent);
            }
        }
    }
}

impl Chosen {
    /// What a parameter is before anything is set, if that is the same everywhere:
    /// a bend range of two semitones, and no other tuning.
    fn initial(self) -> Option<Entry> {
        let Self {
            kind: Some(Kind::Registered),
            number: [Some(0), Some(low)],
        } = self
        else {
            return None;
        };
        let bytes = match low {
            0 => [Some((0, 2)), Some((0, 0))],
            1 => [Some((0, 64)), Some((0, 0))],
            2 => [Some((0, 64)), None],
            _ => return None,
        };
        Some(Entry {
            bytes,
            steps: 0,
            changed: u64::MAX,
        })
    }
}

impl Entry {
    /// No parameter has more steps than values.
    fn step(&mut self, by: i32) {
        self.steps = (self.steps + by).clamp(-0x3fff, 0x3fff);
    }

    fn equals(&self, other: &Self) -> bool {
        let values = |entry: &Self| entry.bytes.map(|byte| byte.map(|(_, value)| value));
        values(self) == values(other) && self.steps == other.steps
    }

    /// What leads here from what a device has. Steps from an unknown value can only
    /// be added to those made.
    fn since(&self, now: &Self) -> Self {
        let has_value = self.bytes.iter().any(Option::is_some);
        Self {
            steps: if has_value {
                self.steps
            } else {
                self.steps - now.steps
            },
            ..*self
        }
    }

    /// The controllers that enter it, in the order in which they came.
    fn controls(&self) -> impl Iterator<Item = (u8, u32)> {
        let [upper, lower] = self.bytes;
        let mut bytes = [(DATA[0], upper), (DATA[1], lower)];
        // A byte that was not entered has no place in the order.
        let when = |byte: Option<(u64, u32)>| byte.map(|(when, _)| when);
        if when(lower) < when(upper) {
            bytes.reverse();
        }
        let step = if self.steps > 0 { UP } else { DOWN };
        let steps = usize::try_from(self.steps.unsigned_abs()).unwrap_or(0);
        // Their value says nothing.
        let steps = std::iter::repeat_n((step, 0), steps);
        let bytes = bytes
            .into_iter()
            .filter_map(|(control, byte)| byte.map(|(_, value)| (control, value)));
        bytes.chain(steps)
    }
}
