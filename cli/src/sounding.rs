//! Which notes a song has left sounding, and how to end them.

use std::collections::BTreeSet;

use alsa_seq::{Address, Controller, Event, EventData, Key};

/// The keys that are down, and the channels that were used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sounding {
    keys: BTreeSet<(Address, u8, u8)>,
    channels: BTreeSet<(Address, u8)>,
}

impl Sounding {
    /// Takes notice of an event that `dest` got.
    pub(crate) fn hear(&mut self, dest: Address, event: &EventData<'_>) {
        match event {
            EventData::NoteOn(key) if key.velocity > 0 => {
                self.keys.insert((dest, key.channel, key.note));
                self.channels.insert((dest, key.channel));
            }
            EventData::NoteOn(key) | EventData::NoteOff(key) => {
                self.keys.remove(&(dest, key.channel, key.note));
            }
            EventData::ControlChange(controller) => {
                self.channels.insert((dest, controller.channel));
            }
            _ => {}
        }
    }

    /// A note-off for each key that is down.
    pub(crate) fn note_offs(&self) -> impl Iterator<Item = Event<'static>> {
        self.keys.iter().map(|(dest, channel, note)| {
            Event::new(EventData::NoteOff(Key {
                channel: *channel,
                note: *note,
                velocity: 64,
            }))
            .to(*dest)
        })
    }

    /// Lets go of the sustain pedal, and ends all notes, on each channel that
    /// was used.
    pub(crate) fn resets(&self) -> impl Iterator<Item = Event<'static>> {
        const SUSTAIN: u32 = 64;
        const ALL_NOTES_OFF: u32 = 123;
        self.channels.iter().flat_map(|(dest, channel)| {
            [SUSTAIN, ALL_NOTES_OFF].map(|param| {
                Event::new(EventData::ControlChange(Controller {
                    channel: *channel,
                    param,
                    value: 0,
                }))
                .to(*dest)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEST: Address = Address::new(128, 0);

    fn after(events: &[Event<'_>]) -> Sounding {
        let mut sounding = Sounding::default();
        for event in events {
            sounding.hear(DEST, &event.data());
        }
        sounding
    }

    #[test]
    fn keys_are_down_until_they_go_up() {
        let on = |note| Event::note_on(3, note, 1).unwrap();
        let sounding = after(&[
            on(60),
            on(61),
            on(62),
            on(62),
            Event::note_off(3, 60, 0).unwrap(),
            Event::note_on(3, 61, 0).unwrap(),
            Event::note_off(4, 62, 0).unwrap(),
        ]);
        let off = Event::note_off(3, 62, 64).unwrap().to(DEST);
        assert_eq!(sounding.note_offs().collect::<Vec<_>>(), [off]);
    }

    #[test]
    fn used_channels_are_reset() {
        let pedal = Event::control_change(5, 64, 127).unwrap();
        let reset = |controller| Event::control_change(5, controller, 0).unwrap().to(DEST);
        let sounding = after(&[pedal]);
        assert_eq!(sounding.note_offs().count(), 0);
        assert_eq!(
            sounding.resets().collect::<Vec<_>>(),
            [reset(64), reset(123)]
        );
        assert_eq!(after(&[]).resets().count(), 0);
    }
}
