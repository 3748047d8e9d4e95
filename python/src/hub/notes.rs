//! The sounding notes. If the end of a note is cancelled, the note can be ended at once.

use std::collections::BTreeMap;

/// A channel and a note.
type Key = (u8, u8);

/// The beginning or the end of a note.
#[derive(Clone, Copy)]
struct Change {
    key: Key,
    on: bool,
}

/// The way in which a note has begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    AtOnce,
    Scheduled,
}

/// The notes of a port.
#[derive(Default)]
pub(super) struct Notes {
    sounding: BTreeMap<Key, Begun>,
    /// The scheduled changes, by their times in nanoseconds.
    scheduled: BTreeMap<u64, Vec<Change>>,
}

fn change(message: &[u8]) -> Option<Change> {
    let &[status, note, velocity] = message else {
        return None;
    };
    let on = match status & 0xF0 {
        0x90 => velocity > 0,
        0x80 => false,
        _ => return None,
    };
    Some(Change {
        key: (status & 0x0F, note),
        on,
    })
}

impl Notes {
    /// A message is sent now.
    pub(super) fn sent(&mut self, message: &[u8]) {
        if let Some(change) = change(message) {
            self.apply(change, Begun::AtOnce);
        }
    }

    /// A message is scheduled at this time.
    pub(super) fn scheduled(&mut self, message: &[u8], nanos: u64) {
        if let Some(change) = change(message) {
            self.scheduled.entry(nanos).or_default().push(change);
        }
    }

    fn apply(&mut self, change: Change, begun: Begun) {
        if change.on {
            self.sounding.insert(change.key, begun);
        } else {
            self.sounding.remove(&change.key);
        }
    }

    /// The messages that were scheduled until now are sent.
    pub(super) fn pass(&mut self, now: u64) {
        let later = match now.checked_add(1) {
            Some(next) => self.scheduled.split_off(&next),
            None => BTreeMap::new(),
        };
        for change in std::mem::replace(&mut self.scheduled, later)
            .into_values()
            .flatten()
        {
            self.apply(change, Begun::Scheduled);
        }
    }

    /// Cancels the messages that are scheduled after now. Returns note-offs for the notes that
    /// would otherwise not end.
    pub(super) fn cancel(&mut self, now: u64) -> Vec<[u8; 3]> {
        self.pass(now);
        let mut ended: Vec<Key> = Vec::new();
        for change in std::mem::take(&mut self.scheduled).into_values().flatten() {
            if !change.on && self.sounding.remove(&change.key).is_some() {
                ended.push(change.key);
            }
        }
        self.sounding.retain(|key, begun| {
            let scheduled = *begun == Begun::Scheduled;
            if scheduled {
                ended.push(*key);
            }
            !scheduled
        });
        let off = |(channel, note)| [0x80 | channel, note, 0x40];
        ended.into_iter().map(off).collect()
    }
}
