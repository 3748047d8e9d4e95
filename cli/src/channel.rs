//! Channel messages in all forms: events, or packets of MIDI 1.0 or MIDI 2.0.

use alsa_seq::ump::{MessageType, Packet};
use alsa_seq::{Event, EventData};

/// A channel, with the form of its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Channel {
    form: Form,
    number: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Event,
    /// The group of the packets.
    Midi1(u8),
    Midi2(u8),
}

/// A channel message. Values have seven bits, or fourteen for a pitch bend. In MIDI 2.0,
/// all values have 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    NoteOn(u8),
    NoteOff(u8),
    KeyPressure(u8, u32),
    Control(u8, u32),
    /// The program and its bank. Only MIDI 2.0 has the bank in the same message.
    Program(u8, Option<[u8; 2]>),
    Pressure(u32),
    Bend(u32),
    /// A parameter of MIDI 2.0.
    Parameter(Parameter, u32),
    /// The change of a parameter of MIDI 2.0.
    Step(Parameter, u32),
}

/// The name of a parameter of MIDI 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Parameter {
    /// Whether it is an NRPN, not an RPN.
    assignable: bool,
    number: [u8; 2],
}

/// Controllers.
pub(crate) mod control {
    pub(crate) const BANK: [u8; 2] = [0, 32];
    pub(crate) const MODULATION: [u8; 2] = [1, 33];
    /// Sustain, sostenuto, soft, and hold 2.
    pub(crate) const PEDALS: [u8; 4] = [64, 66, 67, 69];
    pub(crate) const RESET_ALL: u8 = 121;
    pub(crate) const ALL_NOTES_OFF: u8 = 123;
}

impl Message {
    /// Reads a channel message.
    pub(crate) fn of(event: &Event<'_>) -> Option<(Channel, Self)> {
        if let Some(packet) = event.packet() {
            return Self::of_packet(packet);
        }
        let number = |value: i32| u32::try_from(value).unwrap_or(0);
        let byte = |value: i32| u8::try_from(value).unwrap_or(0) & 0x7f;
        let (channel, message) = match event.data() {
            EventData::NoteOn {
                channel,
                note,
                velocity: 1..,
            } => (channel, Self::NoteOn(note)),
            EventData::NoteOn { channel, note, .. } | EventData::NoteOff { channel, note, .. } => {
                (channel, Self::NoteOff(note))
            }
            EventData::KeyPressure {
                channel,
                note,
                pressure,
            } => (channel, Self::KeyPressure(note, pressure.into())),
            EventData::ControlChange {
                channel,
                controller: controller @ 0..128,
                value,
            } => {
                let controller = u8::try_from(controller).ok()?;
                (channel, Self::Control(controller, number(value)))
            }
            EventData::ProgramChange { channel, program } => {
                (channel, Self::Program(byte(program), None))
            }
            EventData::ChannelPressure { channel, pressure } => {
                (channel, Self::Pressure(number(pressure)))
            }
            EventData::PitchBend { channel, bend } => {
                (channel, Self::Bend(number(bend.saturating_add(0x2000))))
            }
            _ => return None,
        };
        let form = Form::Event;
        let number = channel & 0x0f;
        Some((Channel { form, number }, message))
    }

    fn of_packet(packet: Packet) -> Option<(Channel, Self)> {
        let [first, value, ..] = packet.to_array();
        let [head, status, one, two] = first.to_be_bytes();
        let group = head & 0x0f;
        let number = status & 0x0f;
        let parameter = |assignable| Parameter {
            assignable,
            number: [one, two],
        };
        let (form, message) = match packet.message_type() {
            MessageType::MIDI1 => {
                let message = match status >> 4 {
                    0x9 if two > 0 => Self::NoteOn(one),
                    0x8 | 0x9 => Self::NoteOff(one),
                    0xa => Self::KeyPressure(one, two.into()),
                    0xb => Self::Control(one, two.into()),
                    0xc => Self::Program(one, None),
                    0xd => Self::Pressure(one.into()),
                    0xe => Self::Bend(u32::from(two) << 7 | u32::from(one)),
                    _ => return None,
                };
                (Form::Midi1(group), message)
            }
            MessageType::MIDI2 => {
                let message = match status >> 4 {
                    0x2 => Self::Parameter(parameter(false), value),
                    0x3 => Self::Parameter(parameter(true), value),
                    0x4 => Self::Step(parameter(false), value),
                    0x5 => Self::Step(parameter(true), value),
                    // Velocity 0 also begins a note.
                    0x9 => Self::NoteOn(one),
                    0x8 => Self::NoteOff(one),
                    0xa => Self::KeyPressure(one, value),
                    0xb => Self::Control(one, value),
                    0xc => {
                        let [program, _, high, low] = value.to_be_bytes();
                        Self::Program(program, (two & 1 == 1).then_some([high, low]))
                    }
                    0xd => Self::Pressure(value),
                    0xe => Self::Bend(value),
                    _ => return None,
                };
                (Form::Midi2(group), message)
            }
            _ => return None,
        };
        Some((Channel { form, number }, message))
    }
}

impl Channel {
    /// The first channel of a group of packets, or of events.
    pub(crate) fn of_group(group: Option<u8>) -> Self {
        Self {
            form: group.map_or(Form::Event, Form::Midi1),
            number: 0,
        }
    }

    /// Its group, for packets.
    pub(crate) fn group(self) -> Option<u8> {
        match self.form {
            Form::Event => None,
            Form::Midi1(group) | Form::Midi2(group) => Some(group),
        }
    }

    /// Returns whether this is MIDI 2.0.
    pub(crate) fn is_midi2(self) -> bool {
        matches!(self.form, Form::Midi2(_))
    }

    /// The value of no pitch bend.
    pub(crate) fn center(self) -> u32 {
        if self.is_midi2() { 1 << 31 } else { 0x2000 }
    }

    /// Converts a value of seven bits to the width of this form.
    pub(crate) fn scaled(self, value: u8) -> u32 {
        let value = u32::from(value & 0x7f);
        if !self.is_midi2() {
            return value;
        }
        // Above the middle, the bits are repeated, so that the largest value stays the
        // largest.
        let low = if value > 64 { value & 0x3f } else { 0 };
        value << 25 | low << 19 | low << 13 | low << 7 | low << 1 | low >> 5
    }

    /// Makes the event of a message to this channel.
    pub(crate) fn event(self, message: Message) -> Event<'static> {
        match self.form {
            Form::Event => Event::new(self.data(message)),
            Form::Midi1(group) => {
                let [status, one, two] = self.bytes(message);
                let word = u32::from_be_bytes([0x20 | group, status, one, two]);
                Event::ump(Packet::new([word, 0, 0, 0]))
            }
            Form::Midi2(group) => {
                let (bytes, value) = self.wide(message);
                let [status, one, two] = bytes;
                let status = status << 4 | self.number;
                let word = u32::from_be_bytes([0x40 | group, status, one, two]);
                Event::ump(Packet::new([word, value, 0, 0]))
            }
        }
    }

    fn data(self, message: Message) -> EventData<'static> {
        let channel = self.number;
        let [_, _, last] = self.bytes(message);
        let number = |value: u32| i32::try_from(value).unwrap_or(0);
        match message {
            Message::NoteOn(note) => EventData::NoteOn {
                channel,
                note,
                velocity: last,
            },
            Message::NoteOff(note) => EventData::NoteOff {
                channel,
                note,
                velocity: last,
            },
            Message::KeyPressure(note, _) => EventData::KeyPressure {
                channel,
                note,
                pressure: last,
            },
            Message::Control(controller, _) => EventData::ControlChange {
                channel,
                controller: controller.into(),
                value: last.into(),
            },
            Message::Program(program, _) => EventData::ProgramChange {
                channel,
                program: program.into(),
            },
            Message::Pressure(pressure) => EventData::ChannelPressure {
                channel,
                pressure: number(pressure),
            },
            Message::Bend(bend) => EventData::PitchBend {
                channel,
                bend: number(bend) - 0x2000,
            },
            // No channel of this form has one.
            Message::Parameter(..) | Message::Step(..) => EventData::None,
        }
    }

    /// The bytes in MIDI 1.0.
    fn bytes(self, message: Message) -> [u8; 3] {
        const MIDDLE: u8 = 64;
        let byte = |value: u32| u8::try_from(value & 0x7f).unwrap_or(0);
        let (status, one, two) = match message {
            Message::NoteOff(note) => (0x80, note, MIDDLE),
            Message::NoteOn(note) => (0x90, note, MIDDLE),
            Message::KeyPressure(note, value) => (0xa0, note, byte(value)),
            Message::Control(param, value) => (0xb0, param, byte(value)),
            Message::Program(program, _) => (0xc0, program, 0),
            Message::Pressure(value) => (0xd0, byte(value), 0),
            Message::Bend(value) => (0xe0, byte(value), byte(value >> 7)),
            // No channel of this form has one.
            Message::Parameter(..) | Message::Step(..) => (0xb0, control::ALL_NOTES_OFF, 0),
        };
        [status | self.number, one, two]
    }

    /// The first word without its head, and the second, in MIDI 2.0.
    fn wide(self, message: Message) -> ([u8; 3], u32) {
        const MIDDLE: u32 = 1 << 31;
        match message {
            Message::NoteOff(note) => ([0x8, note, 0], MIDDLE),
            Message::NoteOn(note) => ([0x9, note, 0], MIDDLE),
            Message::KeyPressure(note, value) => ([0xa, note, 0], value),
            Message::Control(param, value) => ([0xb, param, 0], value),
            Message::Program(program, bank) => {
                let [high, low] = bank.unwrap_or_default();
                let value = u32::from_be_bytes([program, 0, high, low]);
                ([0xc, 0, bank.is_some().into()], value)
            }
            Message::Pressure(value) => ([0xd, 0, 0], value),
            Message::Bend(value) => ([0xe, 0, 0], value),
            Message::Parameter(Parameter { assignable, number }, value) => {
                let [bank, index] = number;
                ([0x2 + u8::from(assignable), bank, index], value)
            }
            Message::Step(Parameter { assignable, number }, value) => {
                let [bank, index] = number;
                ([0x4 + u8::from(assignable), bank, index], value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_the_events_they_were() {
        for bytes in [
            [0xa0, 60, 5],
            [0xb1, 7, 100],
            [0xc2, 9, 0],
            [0xd3, 8, 0],
            [0xe4, 1, 2],
        ] {
            let [status, one, two] = bytes;
            let word = u32::from_be_bytes([0x23, status, one, two]);
            let packet = Event::ump(Packet::new([word, 0, 0, 0]));
            let (channel, message) = Message::of(&packet).unwrap();
            assert_eq!(channel.event(message), packet);
            let mut parser = alsa_seq::midi::Parser::new([0; 3]);
            let parsed = parser.parse(&mut &bytes[..]).unwrap();
            let alsa_seq::midi::Parsed::Event(data) = parsed else {
                panic!("{bytes:x?}")
            };
            let event = Event::new(data);
            let (channel, legacy) = Message::of(&event).unwrap();
            assert_eq!(legacy, message);
            assert_eq!(channel.event(legacy).data(), event.data());
        }
        for text in [
            "41a23c00 12345678",
            "42b30700 12345678",
            "43c40001 12000304",
            "44d50000 12345678",
            "45e60000 12345678",
            "46270001 12345678",
            "47580102 ffffffff",
        ] {
            let packet = Event::ump(text.parse::<Packet>().unwrap());
            let (channel, message) = Message::of(&packet).unwrap();
            assert_eq!(channel.event(message), packet, "{text}");
        }
    }

    #[test]
    fn values_are_scaled_from_end_to_end() {
        let packet = Event::ump("40b00700 00000000".parse::<Packet>().unwrap());
        let (channel, _) = Message::of(&packet).unwrap();
        assert_eq!(channel.scaled(0), 0);
        assert_eq!(channel.scaled(64), channel.center());
        assert_eq!(channel.scaled(127), u32::MAX);
    }
}
