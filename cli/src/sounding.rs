//! Keeps track of the notes that sound and of the controllers that a song has moved, and
//! makes the events that end and reset them.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use alsa_seq::{Address, Event, EventType};

use crate::channel::{Channel, Message, control};
use crate::long::{self, Piece};

/// For each destination: the keys that are down, the controllers that are not at their rest
/// value, the channels that were used, and the long messages that are incomplete.
#[derive(Clone, Debug)]
pub(crate) struct Sounding<D> {
    /// The value is that of a controller. There is a single map, of the same type for all
    /// kinds of destinations: each further type of map adds some kilobytes to the program.
    parts: BTreeMap<(u16, Channel, Part), u32>,
    dests: PhantomData<D>,
}

/// A destination that is identified by a number.
pub(crate) trait Dest: Copy {
    fn number(self) -> u16;
    fn of_number(number: u16) -> Self;
}

/// The port of a song.
impl Dest for u8 {
    fn number(self) -> u16 {
        self.into()
    }

    fn of_number(number: u16) -> Self {
        let [_, port] = number.to_be_bytes();
        port
    }
}

impl Dest for Address {
    fn number(self) -> u16 {
        u16::from_be_bytes([self.client.number(), self.port.number()])
    }

    fn of_number(number: u16) -> Self {
        let [client, port] = number.to_be_bytes();
        Self::new(client, port)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// A long message has begun, and has not ended.
    Begun,
    /// The channel was used.
    Used,
    /// The key is down.
    Key(u8),
    // The following have a known rest value.
    KeyPressure(u8),
    Pressure,
    Bend,
    Control(u8),
}

impl<D> Default for Sounding<D> {
    fn default() -> Self {
        Self {
            parts: BTreeMap::new(),
            dests: PhantomData,
        }
    }
}

impl<D: Dest> Sounding<D> {
    /// Records an event that `dest` received.
    pub(crate) fn update(&mut self, dest: D, event: &Event<'_>) {
        let dest = dest.number();
        self.record_piece(dest, event);
        let Some((channel, message)) = Message::of(event) else {
            return;
        };
        match message {
            Message::NoteOff(note) => {
                self.parts.remove(&(dest, channel, Part::Key(note)));
                return;
            }
            Message::Control(control::RESET_ALL, _) => {
                // "Reset all controllers" does not reset hold 2.
                let is_reset = |part: Part| part.moves() && part != Part::Control(69);
                self.parts
                    .retain(|(to, of, part), _| (*to, *of) != (dest, channel) || !is_reset(*part));
            }
            _ => {}
        }
        self.hear_more(dest, channel, message);
        if let Some((part, _, true)) = part(channel, message) {
            self.parts.remove(&(dest, channel, part));
        }
    }

    /// Records an event that `dest` may or may not have received. A key that may be down
    /// counts as down. A piece of a long message counts as received.
    pub(crate) fn hear_perhaps(&mut self, dest: D, event: &Event<'_>) {
        let dest = dest.number();
        self.record_piece(dest, event);
        let Some((channel, message)) = Message::of(event) else {
            return;
        };
        let message = match message {
            Message::NoteOff(note) => Message::NoteOn(note),
            message => message,
        };
        self.hear_more(dest, channel, message);
    }

    /// Records the begin or end of a long message.
    fn record_piece(&mut self, dest: u16, event: &Event<'_>) {
        let place = |channel| (dest, channel, Part::Begun);
        match Piece::of(event) {
            Some(piece) if !piece.goes_on => {
                self.parts.remove(&place(piece.channel));
            }
            Some(piece) if piece.begins => {
                self.parts.insert(place(piece.channel), 0);
            }
            Some(_) => {}
            // On a cable, each message except for real-time messages ends it.
            None => {
                let is_common = matches!(
                    event.event_type(),
                    EventType::QUARTER_FRAME
                        | EventType::SONG_POSITION
                        | EventType::SONG_SELECT
                        | EventType::TUNE_REQUEST
                );
                if !event.is_ump() && (is_common || Message::of(event).is_some()) {
                    self.parts.remove(&place(Channel::of_group(None)));
                }
            }
        }
    }

    /// Records the keys, channels and controllers that this message adds.
    fn hear_more(&mut self, dest: u16, channel: Channel, message: Message) {
        let mut add = |part, value| self.parts.insert((dest, channel, part), value);
        if let Message::NoteOn(_) | Message::Control(..) = message {
            add(Part::Used, 0);
        }
        if let Message::NoteOn(note) = message {
            add(Part::Key(note), 0);
        }
        if let Some((part, value, false)) = part(channel, message) {
            add(part, value);
        }
    }

    /// Forgets the destinations for which `is_there` returns false.
    pub(crate) fn retain(&mut self, mut is_there: impl FnMut(D) -> bool) {
        for dest in self.dests() {
            if !is_there(dest) {
                let dest = dest.number();
                self.parts.retain(|(of, ..), _| *of != dest);
            }
        }
    }

    /// The destinations that are in the map.
    pub(crate) fn dests(&self) -> Vec<D> {
        let mut dests: Vec<_> = self.parts.keys().map(|(dest, ..)| *dest).collect();
        // The map is sorted by destination.
        dests.dedup();
        dests.into_iter().map(D::of_number).collect()
    }

    /// The destinations and channels of the long messages that are incomplete.
    pub(crate) fn begun(&self) -> impl Iterator<Item = (D, Channel)> {
        self.parts
            .keys()
            .filter(|(.., part)| *part == Part::Begun)
            .map(|(dest, channel, _)| (D::of_number(*dest), *channel))
    }

    /// The event that ends each incomplete long message. Send these before other events.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (D, Event<'static>)> {
        self.begun()
            .map(|(dest, channel)| (dest, long::end(channel)))
    }

    /// A note-off event for each key that is down.
    pub(crate) fn note_offs(&self) -> impl Iterator<Item = (D, Event<'static>)> {
        self.parts
            .keys()
            .filter_map(|(dest, channel, part)| match part {
                Part::Key(note) => {
                    Some((D::of_number(*dest), channel.event(Message::NoteOff(*note))))
                }
                _ => None,
            })
    }

    /// The events that reset pedals, modulation, pitch bend and pressure.
    pub(crate) fn rests(&self) -> impl Iterator<Item = (D, Event<'static>)> {
        self.parts.keys().filter_map(|(dest, channel, part)| {
            let value = match part {
                Part::Bend => channel.center(),
                _ => 0,
            };
            Some((D::of_number(*dest), channel.event(part.message(value)?)))
        })
    }

    /// The events that set the pedals, modulation, pitch bend and pressure again.
    pub(crate) fn restores(&self) -> impl Iterator<Item = (D, Event<'static>)> {
        self.parts
            .iter()
            .filter_map(|((dest, channel, part), value)| {
                Some((D::of_number(*dest), channel.event(part.message(*value)?)))
            })
    }

    /// Forgets all keys and all incomplete long messages.
    pub(crate) fn forget_begun(&mut self) {
        self.parts
            .retain(|(.., part), _| !matches!(part, Part::Key(_) | Part::Begun));
    }

    /// The event "all notes off" for each channel that was used.
    pub(crate) fn all_notes_off(&self) -> impl Iterator<Item = (D, Event<'static>)> {
        let message = Message::Control(control::ALL_NOTES_OFF, 0);
        let used = |(.., part): &&(u16, Channel, Part)| *part == Part::Used;
        self.parts
            .keys()
            .filter(used)
            .map(move |(dest, channel, _)| (D::of_number(*dest), channel.event(message)))
    }
}

impl Part {
    /// Returns whether this is a controller, with a value.
    fn moves(self) -> bool {
        self.message(0).is_some()
    }

    /// The message that sets this controller to a value.
    fn message(self, value: u32) -> Option<Message> {
        Some(match self {
            Self::Begun | Self::Used | Self::Key(_) => return None,
            Self::KeyPressure(note) => Message::KeyPressure(note, value),
            Self::Pressure => Message::Pressure(value),
            Self::Bend => Message::Bend(value),
            Self::Control(number) => Message::Control(number, value),
        })
    }
}

/// The controller that a message sets, its value, and whether that is the rest value.
fn part(channel: Channel, message: Message) -> Option<(Part, u32, bool)> {
    let (part, value) = match message {
        Message::KeyPressure(note, value) => (Part::KeyPressure(note), value),
        Message::Pressure(value) => (Part::Pressure, value),
        Message::Bend(value) => return Some((Part::Bend, value, value == channel.center())),
        Message::Control(number, value)
            if control::PEDALS.contains(&number) || control::MODULATION.contains(&number) =>
        {
            (Part::Control(number), value)
        }
        _ => return None,
    };
    Some((part, value, value == 0))
}

#[cfg(test)]
mod tests {
    use alsa_seq::ump::Packet;

    use super::*;
    use crate::long::Cut;

    fn after(events: &[Event<'_>]) -> Sounding<u8> {
        let mut sounding = Sounding::default();
        for event in events {
            sounding.update(7, event);
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
    fn moved_controllers_return_to_rest() {
        let set = |controller, value| Event::control_change(5, controller, value).unwrap();
        let moved = [
            set(64, 127),
            set(66, 1),
            set(67, 127),
            set(69, 127),
            set(1, 9),
            Event::pitch_bend(5, -1).unwrap(),
            Event::channel_pressure(5, 1).unwrap(),
            Event::key_pressure(5, 60, 1).unwrap(),
        ];
        let rests: Vec<_> = after(&moved).rests().map(|(_, event)| event).collect();
        let expected = [
            Event::key_pressure(5, 60, 0).unwrap(),
            Event::channel_pressure(5, 0).unwrap(),
            Event::pitch_bend(5, 0).unwrap(),
            set(1, 0),
            set(64, 0),
            set(66, 0),
            set(67, 0),
            set(69, 0),
        ];
        assert_eq!(rests, expected);
        // Controllers that the song itself has reset are not reset again.
        // Controllers without a rest are unchanged.
        let restores: Vec<_> = after(&moved).restores().map(|(_, event)| event).collect();
        assert_eq!(restores.len(), 8);
        assert!(moved.iter().all(|event| restores.contains(event)));
        let all = [&moved[..], &expected, &[set(7, 0), set(11, 3)]].concat();
        assert_eq!(after(&all).rests().count(), 0);
        let reset = [&moved[..], &[set(121, 0)]].concat();
        assert_eq!(after(&reset).rests().count(), 1);
    }

    #[test]
    fn used_channels_are_ended() {
        let pedal = Event::control_change(5, 64, 127).unwrap();
        let end = (7, Event::control_change(5, 123, 0).unwrap());
        let sounding = after(&[pedal]);
        assert_eq!(sounding.note_offs().count(), 0);
        assert_eq!(sounding.all_notes_off().collect::<Vec<_>>(), [end]);
        assert_eq!(after(&[]).all_notes_off().count(), 0);
    }

    #[test]
    fn packets_are_ended_by_packets() {
        let sounding = after(&[
            packet("40903c00 00000000"),
            packet("43913d00 80000000"),
            packet("43813d00 00000000"),
            packet("43b14000 00000001"),
            packet("43e10000 80000001"),
            packet("25903e01"),
            packet("25903f01"),
            packet("25903f00"),
            packet("25b04005"),
            packet("25e07f3f"),
        ]);
        let events = |events: Vec<(u8, Event<'static>)>| -> Vec<_> {
            events.into_iter().map(|(_, event)| event).collect()
        };
        assert_eq!(
            events(sounding.note_offs().collect()),
            [packet("25803e40"), packet("40803c00 80000000")]
        );
        assert_eq!(
            events(sounding.rests().collect()),
            [
                packet("25e00040"),
                packet("25b04000"),
                packet("43e10000 80000000"),
                packet("43b14000 00000000"),
            ]
        );
        let ends = events(sounding.all_notes_off().collect());
        assert_eq!(ends.len(), 3);
        assert_eq!(ends[0], packet("25b07b00"));
        assert_eq!(ends[2], packet("43b17b00 00000000"));
    }

    #[test]
    fn notes_that_may_sound_are_ended() {
        let mut sounding = after(&[]);
        sounding.hear_perhaps(7, &Event::note_off(1, 60, 0).unwrap());
        assert_eq!(sounding.note_offs().count(), 1);
        assert_eq!(sounding.all_notes_off().count(), 1);
        sounding.hear_perhaps(7, &Event::pitch_bend(1, 5).unwrap());
        sounding.hear_perhaps(7, &Event::pitch_bend(1, 0).unwrap());
        assert_eq!(sounding.rests().count(), 1);
    }

    fn open(events: &[Event<'_>]) -> usize {
        let mut sounding = Sounding::default();
        for event in events {
            sounding.update(7, event);
        }
        sounding.begun().count()
    }

    #[test]
    fn messages_begin_and_end() {
        let sysex = |bytes: &[u8]| Event::sysex(bytes.to_vec());
        let begun = [sysex(&[0xf0, 1]), sysex(&[2, 0xf8])];
        assert_eq!(open(&begun), 1);
        for end in [
            sysex(&[3, 0xf7]),
            sysex(&[0xf7]),
            Event::note_on(0, 60, 1).unwrap(),
            long::end(Channel::of_group(None)),
        ] {
            assert_eq!(open(&[&begun[..], &[end]].concat()), 0);
        }
        assert_eq!(open(&[sysex(&[0xf0, 0xf7])]), 0);
        assert_eq!(open(&[sysex(&[1, 2])]), 0, "it had not begun");
        // Each group has its own state.
        let packets = [
            packet("31160102 03040506"),
            packet("31260102 03040506"),
            packet("32020102 00000000"),
            packet("32160102 03040506"),
        ];
        assert_eq!(open(&packets), 2);
        let end = long::end(Channel::of_group(Some(1)));
        assert_eq!(end, packet("31300000 00000000"));
        assert_eq!(open(&[&packets[..], &[end]].concat()), 1);
    }

    #[test]
    fn the_rest_of_a_message_is_left_out() {
        let sysex = |bytes: &[u8]| Event::sysex(bytes.to_vec());
        let (first, more) = (sysex(&[0xf0, 1]), sysex(&[2]));
        let (last, note) = (sysex(&[3, 0xf7]), Event::note_on(0, 60, 1).unwrap());
        let mut sounding = Sounding::default();
        sounding.update(7, &first);
        let mut cut = Cut::default();
        cut.add(sounding.begun());
        assert!(!cut.holds(7, &note));
        assert!(!cut.holds(8, &more), "it is another's");
        assert!(cut.holds(7, &more));
        assert!(cut.holds(7, &last));
        assert!(!cut.holds(7, &more));
        cut.add(sounding.begun());
        assert!(!cut.holds(7, &first), "it is another message");
        assert!(!cut.holds(7, &last));
    }
}
