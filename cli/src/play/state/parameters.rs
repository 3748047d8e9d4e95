//! The parameters of MIDI 1.0 (RPN and NRPN). Two controllers select a parameter. Others
//! set the value of the selected parameter.

use std::collections::BTreeMap;

/// The values of the parameters, and the selected parameter.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    selection: Selection,
    entries: BTreeMap<Chosen, Entry>,
    /// Counts the entries.
    clock: u64,
}

/// The values of the controllers that select a parameter. A device stores each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    /// The upper and the lower byte of the RPN, and those of the NRPN.
    numbers: [[Option<u32>; 2]; 2],
    /// The kind that was selected last.
    kind: Option<ParameterKind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ParameterKind {
    Registered,
    Assignable,
}

/// A parameter. Parts of its number may be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Chosen {
    kind: Option<ParameterKind>,
    number: [Option<u32>; 2],
}

/// The value of a parameter.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// The upper and the lower byte, with the time of each.
    bytes: [Option<(u64, u32)>; 2],
    /// The number of increments since then.
    steps: i32,
    /// The time of the last change.
    changed: u64,
}

/// The number that selects no parameter.
const NOTHING: [Option<u32>; 2] = [Some(127), Some(127)];

/// The controllers of the upper and the lower byte.
const DATA: [u8; 2] = [6, 38];
const UP: u8 = 96;
const DOWN: u8 = 97;

impl ParameterKind {
    const ALL: [Self; 2] = [Self::Registered, Self::Assignable];

    const fn other(self) -> Self {
        match self {
            Self::Registered => Self::Assignable,
            Self::Assignable => Self::Registered,
        }
    }

    /// The controllers that select a parameter.
    const fn controls(self) -> [u8; 2] {
        match self {
            Self::Registered => [101, 100],
            Self::Assignable => [99, 98],
        }
    }
}

impl Parameters {
    /// Records a controller. Returns whether it belongs to parameters.
    pub(super) fn update(&mut self, control: u8, value: u32) -> bool {
        if self.selection.update(control, value) {
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

    /// Selects no parameter.
    pub(super) fn deselect(&mut self) {
        self.selection.numbers = [NOTHING; 2];
    }

    /// Returns the controllers and values that change this state to `target`.
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
        // A value that was entered while a part of the number was unknown must be sent
        // before the controllers that select more.
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
    /// Records a controller. Returns whether it selects a parameter.
    fn update(&mut self, control: u8, value: u32) -> bool {
        for (kind, numbers) in ParameterKind::ALL.into_iter().zip(&mut self.numbers) {
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
                Some(ParameterKind::Registered) => registered,
                Some(ParameterKind::Assignable) => assignable,
                None => [None; 2],
            },
        }
    }

    /// Selects a parameter with as few controllers as possible.
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
            self.update(control, byte);
            sent.push((control, byte));
        }
    }

    /// Makes the selection equal to another one, also for the kind that is not in use.
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
    /// The initial value of a parameter, if it is the same on all devices: a bend range
    /// of two semitones, and no tuning.
    fn initial(self) -> Option<Entry> {
        let Self {
            kind: Some(ParameterKind::Registered),
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
    /// Adds steps, but no more than a parameter has values.
    fn step(&mut self, by: i32) {
        self.steps = (self.steps + by).clamp(-0x3fff, 0x3fff);
    }

    fn equals(&self, other: &Self) -> bool {
        let values = |entry: &Self| entry.bytes.map(|byte| byte.map(|(_, value)| value));
        values(self) == values(other) && self.steps == other.steps
    }

    /// The change from a device's value to this one. For an unknown value, only the steps
    /// can be added.
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

    /// The controllers that enter the value, in their original order.
    fn controls(&self) -> impl Iterator<Item = (u8, u32)> {
        let [upper, lower] = self.bytes;
        let mut bytes = [(DATA[0], upper), (DATA[1], lower)];
        // A byte that was not entered has no time.
        let when = |byte: Option<(u64, u32)>| byte.map(|(when, _)| when);
        if when(lower) < when(upper) {
            bytes.reverse();
        }
        let step = if self.steps > 0 { UP } else { DOWN };
        let steps = usize::try_from(self.steps.unsigned_abs()).unwrap_or(0);
        // Their values have no meaning.
        let steps = std::iter::repeat_n((step, 0), steps);
        let bytes = bytes
            .into_iter()
            .filter_map(|(control, byte)| byte.map(|(_, value)| (control, value)));
        bytes.chain(steps)
    }
}
