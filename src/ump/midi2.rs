//! Message type 4: MIDI 2.0 channel voice messages.

use super::{Packet, U7};
use crate::ValueError;

mod new;

/// A MIDI 2.0 channel voice message (7.4).
///
/// Velocities have 16 bits, all other values 32; [`scale`](super::scale) converts MIDI
/// 1.0's. Messages with values that need a check have constructors:
///
/// ```
/// use alsa_seq::ump::{Channel, Group, Midi2, Packet, Ump};
///
/// let bend = Midi2::per_note_pitch_bend(60, 0x8800_0000)?;
/// let packet = Packet::from(Ump::Midi2(Group::new(1)?, Channel::new(2)?, bend));
/// assert_eq!(packet.words(), [0x4162_3c00, 0x8800_0000]);
/// assert_eq!(bend.note().map(u8::from), Some(60));
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Midi2 {
    /// A controller of one key, defined by the specification (7.4.4).
    RegisteredPerNote {
        /// Key number; 60 is middle C.
        note: U7,
        /// The controller's number.
        controller: u8,
        /// Its value.
        value: u32,
    },
    /// A controller of one key, defined by the device (7.4.4).
    AssignablePerNote {
        /// Key number; 60 is middle C.
        note: U7,
        /// The controller's number.
        controller: u8,
        /// Its value.
        value: u32,
    },
    /// A registered controller (7.4.7), MIDI 1.0's RPN in one message.
    Rpn {
        /// MIDI 1.0's parameter MSB.
        bank: U7,
        /// MIDI 1.0's parameter LSB.
        index: U7,
        /// Its value.
        value: u32,
    },
    /// An assignable controller (7.4.7), MIDI 1.0's NRPN in one message.
    Nrpn {
        /// MIDI 1.0's parameter MSB.
        bank: U7,
        /// MIDI 1.0's parameter LSB.
        index: U7,
        /// Its value.
        value: u32,
    },
    /// A relative change of a registered controller (7.4.8).
    RelativeRpn {
        /// MIDI 1.0's parameter MSB.
        bank: U7,
        /// MIDI 1.0's parameter LSB.
        index: U7,
        /// The number to add to the value.
        change: i32,
    },
    /// A relative change of an assignable controller (7.4.8).
    RelativeNrpn {
        /// MIDI 1.0's parameter MSB.
        bank: U7,
        /// MIDI 1.0's parameter LSB.
        index: U7,
        /// The number to add to the value.
        change: i32,
    },
    /// Pitch bend of one key (7.4.12).
    PerNotePitchBend {
        /// Key number; 60 is middle C.
        note: U7,
        /// The bend; `0x8000_0000` is no bend.
        bend: u32,
    },
    /// A key goes up (7.4.1).
    NoteOff {
        /// Key number; 60 is middle C.
        note: U7,
        /// The release velocity.
        velocity: u16,
        /// An additional property of the note.
        attribute: Attribute,
    },
    /// A key goes down (7.4.2), also with velocity 0.
    NoteOn {
        /// Key number; 60 is middle C.
        note: U7,
        /// The velocity.
        velocity: u16,
        /// An additional property of the note.
        attribute: Attribute,
    },
    /// Pressure on one key (7.4.3).
    PolyPressure {
        /// Key number; 60 is middle C.
        note: U7,
        /// The pressure.
        pressure: u32,
    },
    /// A controller changes (7.4.6). Bank select, data entry, and RPN and NRPN numbers
    /// have their own messages.
    ControlChange {
        /// The controller's number.
        controller: U7,
        /// Its value.
        value: u32,
    },
    /// The channel changes to another program (7.4.9).
    ProgramChange {
        /// The program's number.
        program: U7,
        /// The bank; `None` for the same bank as before.
        bank: Option<Bank>,
    },
    /// Pressure on the channel (7.4.10).
    ChannelPressure {
        /// The pressure.
        pressure: u32,
    },
    /// Pitch bend of the channel (7.4.11).
    PitchBend {
        /// The bend; `0x8000_0000` is no bend.
        bend: u32,
    },
    /// Changes how the controllers of one key work (7.4.5).
    PerNoteManagement {
        /// Key number; 60 is middle C.
        note: U7,
        /// Whether the sounding notes of this key stop following its controllers.
        detach: bool,
        /// Whether the key's controllers are reset to their defaults.
        reset: bool,
    },
}

/// An additional property of a note-on or note-off (8.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attribute {
    /// The type: 0 for none, 1 defined by the manufacturer, 2 defined by the profile, 3
    /// for a pitch.
    pub kind: u8,
    /// The value.
    pub data: u16,
}

impl Attribute {
    /// No attribute.
    #[doc(alias = "SND_UMP_MIDI2_NOTE_ATTR_NO_DATA")]
    pub const NONE: Self = Self { kind: 0, data: 0 };

    /// The note's pitch, independent of its key: semitones above key 0, in steps of
    /// 1/512.
    #[doc(alias = "SND_UMP_MIDI2_NOTE_ATTR_PITCH79")]
    pub const fn pitch(steps: u16) -> Self {
        Self {
            kind: 3,
            data: steps,
        }
    }
}

/// A bank of programs. In MIDI 1.0, two controllers select it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bank {
    /// Controller 0.
    pub msb: U7,
    /// Controller 32.
    pub lsb: U7,
}

impl Bank {
    /// Makes a bank from the values of controllers 0 and 32.
    ///
    /// # Errors
    /// If one of them is not 0 to 127.
    pub fn new(msb: u8, lsb: u8) -> Result<Self, ValueError> {
        Ok(Self {
            msb: U7::named("bank MSB", msb)?,
            lsb: U7::named("bank LSB", lsb)?,
        })
    }
}

/// Conversion between words and values. The two matches mirror each other.
impl Midi2 {
    /// The key number, if the message has one.
    pub const fn note(self) -> Option<U7> {
        match self {
            Self::RegisteredPerNote { note, .. }
            | Self::AssignablePerNote { note, .. }
            | Self::PerNotePitchBend { note, .. }
            | Self::NoteOff { note, .. }
            | Self::NoteOn { note, .. }
            | Self::PolyPressure { note, .. }
            | Self::PerNoteManagement { note, .. } => Some(note),
            _ => None,
        }
    }

    pub(super) fn decode(packet: Packet) -> Option<Self> {
        let [[_, status, first, second], body, ..] = packet.to_bytes();
        let [b0, b1, b2, b3] = body;
        let note = U7::in_field(first);
        let (bank, index) = (note, U7::in_field(second));
        let value = u32::from_be_bytes(body);
        let change = i32::from_be_bytes(body);
        let velocity = u16::from_be_bytes([b0, b1]);
        let attribute = Attribute {
            kind: second,
            data: u16::from_be_bytes([b2, b3]),
        };
        let controller = second;
        let flag = |bit: u8| second & bit != 0;
        Some(match status >> 4 {
            0x0 => Self::RegisteredPerNote {
                note,
                controller,
                value,
            },
            0x1 => Self::AssignablePerNote {
                note,
                controller,
                value,
            },
            0x2 => Self::Rpn { bank, index, value },
            0x3 => Self::Nrpn { bank, index, value },
            0x4 => Self::RelativeRpn {
                bank,
                index,
                change,
            },
            0x5 => Self::RelativeNrpn {
                bank,
                index,
                change,
            },
            0x6 => Self::PerNotePitchBend { note, bend: value },
            0x8 => Self::NoteOff {
                note,
                velocity,
                attribute,
            },
            0x9 => Self::NoteOn {
                note,
                velocity,
                attribute,
            },
            0xa => Self::PolyPressure {
                note,
                pressure: value,
            },
            0xb => Self::ControlChange {
                controller: note,
                value,
            },
            0xc => Self::ProgramChange {
                program: U7::in_field(b0),
                bank: flag(0x01).then_some(Bank {
                    msb: U7::in_field(b2),
                    lsb: U7::in_field(b3),
                }),
            },
            0xd => Self::ChannelPressure { pressure: value },
            0xe => Self::PitchBend { bend: value },
            0xf => Self::PerNoteManagement {
                note,
                detach: flag(0x02),
                reset: flag(0x01),
            },
            _ => return None,
        })
    }

    pub(super) fn encode(self) -> [[u8; 4]; 4] {
        let note_body = |velocity: u16, attribute: Attribute| {
            let ([b0, b1], [b2, b3]) = (velocity.to_be_bytes(), attribute.data.to_be_bytes());
            [b0, b1, b2, b3]
        };
        let (status, first, second, body) = match self {
            Self::RegisteredPerNote {
                note,
                controller,
                value,
            } => (0x00, note.get(), controller, value.to_be_bytes()),
            Self::AssignablePerNote {
                note,
                controller,
                value,
            } => (0x10, note.get(), controller, value.to_be_bytes()),
            Self::Rpn { bank, index, value } => {
                (0x20, bank.get(), index.get(), value.to_be_bytes())
            }
            Self::Nrpn { bank, index, value } => {
                (0x30, bank.get(), index.get(), value.to_be_bytes())
            }
            Self::RelativeRpn {
                bank,
                index,
                change,
            } => (0x40, bank.get(), index.get(), change.to_be_bytes()),
            Self::RelativeNrpn {
                bank,
                index,
                change,
            } => (0x50, bank.get(), index.get(), change.to_be_bytes()),
            Self::PerNotePitchBend { note, bend } => (0x60, note.get(), 0, bend.to_be_bytes()),
            Self::NoteOff {
                note,
                velocity,
                attribute,
            } => (
                0x80,
                note.get(),
                attribute.kind,
                note_body(velocity, attribute),
            ),
            Self::NoteOn {
                note,
                velocity,
                attribute,
            } => (
                0x90,
                note.get(),
                attribute.kind,
                note_body(velocity, attribute),
            ),
            Self::PolyPressure { note, pressure } => (0xa0, note.get(), 0, pressure.to_be_bytes()),
            Self::ControlChange { controller, value } => {
                (0xb0, controller.get(), 0, value.to_be_bytes())
            }
            Self::ProgramChange { program, bank } => {
                let Bank { msb, lsb } = bank.unwrap_or_default();
                let body = [program.get(), 0, msb.get(), lsb.get()];
                (0xc0, 0, u8::from(bank.is_some()), body)
            }
            Self::ChannelPressure { pressure } => (0xd0, 0, 0, pressure.to_be_bytes()),
            Self::PitchBend { bend } => (0xe0, 0, 0, bend.to_be_bytes()),
            Self::PerNoteManagement {
                note,
                detach,
                reset,
            } => {
                let flags = u8::from(detach) << 1 | u8::from(reset);
                (0xf0, note.get(), flags, [0; 4])
            }
        };
        [[0, status, first, second], body, [0; 4], [0; 4]]
    }
}
