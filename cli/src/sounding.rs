//! Which notes a song has left sounding, and how to end them.

use std::collections::BTreeSet;

use alsa_seq::ump::{MessageType, Packet};
use alsa_seq::{Controller, Event, EventData, Key};

/// The keys that are down, and the channels that were used, of destinations of
/// any kind.
#[derive(Clone, Debug)]
pub(crate) struct Sounding<D> {
    keys: BTreeSet<(D, Channel, u8)>,
    channels: BTreeSet<(D, Channel)>,
}

/// A channel, in the words in which it is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Channel {
    /// The type of the packets, and their group.
    packets: Option<(u8, u8)>,
    number: u8,
}

/// What an event does to a note.
enum Act {
    Down(u8),
    Up(u8),
    Other,
}

impl<D> Default for Sounding<D> {
    fn default() -> Self {
        Self {
            keys: BTreeSet::new(),
            channels: BTreeSet::new(),
        }
    }
}

impl<D: Copy + Ord> Sounding<D> {
    /// Takes notice of an event that `dest` got.
    pub(crate) fn hear(&mut self, dest: D, event: &Event<'_>) {
        match act(event) {
            Some((channel, Act::Down(note))) => {
                self.keys.insert((dest, channel, note));
                self.channels.insert((dest, channel));
            }
            Some((channel, Act::Up(note))) => {
                self.keys.remove(&(dest, channel, note));
            }
            Some((channel, Act::Other)) => {
                self.channels.insert((dest, channel));
            }
            None => {}
        }
    }

    /// Takes notice of an event that `dest` got or did not get: a key that may
    /// be down counts as down.
    pub(crate) fn hear_perhaps(&mut self, dest: D, event: &Event<'_>) {
        if let Some((channel, Act::Down(note) | Act::Up(note))) = act(event) {
            self.keys.insert((dest, channel, note));
        }
        if let Some((channel, _)) = act(event) {
            self.channels.insert((dest, channel));
        }
    }

    /// Who was heard of.
    pub(crate) fn dests(&self) -> BTreeSet<D> {
        self.channels.iter().map(|(dest, _)| *dest).collect()
    }

    /// A note-off for each key that is down.
    pub(crate) fn note_offs(&self) -> impl Iterator<Item = (D, Event<'static>)> {
        self.keys
            .iter()
            .map(|(dest, channel, note)| (*dest, channel.note_off(*note)))
    }

    /// Lets go of the sustain pedal, and ends all notes, on each channel that
    /// was used.
    pub(crate) fn resets(&self) -> impl Iterator<Item = (D, Event<'static>)> {
        const SUSTAIN: u8 = 64;
        const ALL_NOTES_OFF: u8 = 123;
        self.channels.iter().flat_map(|(dest, channel)| {
            [SUSTAIN, ALL_NOTES_OFF].map(|param| (*dest, channel.control_off(param)))
        })
    }
}

fn act(event: &Event<'_>) -> Option<(Channel, Act)> {
    if let Some(packet) = event.packet() {
        return packet_act(packet);
    }
    let (number, act) = match event.data() {
        EventData::NoteOn(key) if key.velocity > 0 => (key.channel, Act::Down(key.note)),
        EventData::NoteOn(key) | EventData::NoteOff(key) => (key.channel, Act::Up(key.note)),
        EventData::ControlChange(control) => (control.channel, Act::Other),
        _ => return None,
    };
    let packets = None;
    Some((Channel { packets, number }, act))
}

fn packet_act(packet: Packet) -> Option<(Channel, Act)> {
    let message_type = packet.message_type();
    if !matches!(message_type, MessageType::MIDI1 | MessageType::MIDI2) {
        return None;
    }
    let [first, ..] = packet.to_array();
    let [head, status, note, velocity] = first.to_be_bytes();
    // In MIDI 2.0 no velocity is a note-off.
    let is_up = message_type == MessageType::MIDI1 && velocity == 0;
    let act = match status >> 4 {
        0x9 if !is_up => Act::Down(note),
        0x8 | 0x9 => Act::Up(note),
        0xb => Act::Other,
        _ => return None,
    };
    let channel = Channel {
        packets: Some((message_type.number(), head & 0x0f)),
        number: status & 0x0f,
    };
    Some((channel, act))
}

impl Channel {
    fn note_off(self, note: u8) -> Event<'static> {
        match self.packets {
            None => Event::new(EventData::NoteOff(Key {
                channel: self.number,
                note,
                velocity: 64,
            })),
            Some((4, _)) => self.packet([0x80, note, 0], 0x8000_0000),
            Some(_) => self.packet([0x80, note, 64], 0),
        }
    }

    fn control_off(self, param: u8) -> Event<'static> {
        match self.packets {
            None => Event::new(EventData::ControlChange(Controller {
                channel: self.number,
                param: param.into(),
                value: 0,
            })),
            Some(_) => self.packet([0xb0, param, 0], 0),
        }
    }

    fn packet(self, [status, first, second]: [u8; 3], value: u32) -> Event<'static> {
        let (message_type, group) = self.packets.unwrap_or_default();
        let head = message_type << 4 | group;
        let word = u32::from_be_bytes([head, status | self.number, first, second]);
        Event::ump(Packet::new([word, value, 0, 0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: &[Event<'_>]) -> Sounding<u8> {
        let mut sounding = Sounding::default();
        for event in events {
            sounding.hear(7, event);
        }
        sounding
    }

    fn packet(text: &str) -> Event<'static> {
        Event::ump(text.parse::<Packet>().unwrap())
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
        let off = Event::note_off(3, 62, 64).unwrap();
        assert_eq!(sounding.note_offs().collect::<Vec<_>>(), [(7, off)]);
    }

    #[test]
    fn used_channels_are_reset() {
        let pedal = Event::control_change(5, 64, 127).unwrap();
        let reset = |controller| (7, Event::control_change(5, controller, 0).unwrap());
        let sounding = after(&[pedal]);
        assert_eq!(sounding.note_offs().count(), 0);
        assert_eq!(
            sounding.resets().collect::<Vec<_>>(),
            [reset(64), reset(123)]
        );
        assert_eq!(after(&[]).resets().count(), 0);
    }

    #[test]
    fn packets_are_ended_by_packets() {
        let sounding = after(&[
            packet("40903c00 00000000"),
            packet("43913d00 80000000"),
            packet("43813d00 00000000"),
            packet("25903e01"),
            packet("25903f01"),
            packet("25903f00"),
        ]);
        assert_eq!(
            sounding.note_offs().collect::<Vec<_>>(),
            [(7, packet("25803e40")), (7, packet("40803c00 80000000")),]
        );
        let resets: Vec<_> = sounding.resets().map(|(_, event)| event).collect();
        assert_eq!(resets.len(), 6);
        assert_eq!(resets[0], packet("25b04000"));
        assert_eq!(resets[5], packet("43b17b00 00000000"));
    }

    #[test]
    fn what_may_sound_is_ended() {
        let mut sounding = after(&[]);
        sounding.hear_perhaps(7, &Event::note_off(1, 60, 0).unwrap());
        assert_eq!(sounding.note_offs().count(), 1);
        assert_eq!(sounding.resets().count(), 2);
    }
}
