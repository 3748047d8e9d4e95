//! Message type 2: MIDI 1.0 channel voice messages.

use super::{Packet, U7, U14};
use crate::ValueError;

/// A MIDI 1.0 channel voice message (7.3).
///
/// The constructors take plain numbers and check them:
///
/// ```
/// use alsa_seq::ump::{Channel, Group, Midi1, Packet, Ump};
///
/// let note = Midi1::note_on(60, 100)?;
/// let packet = Packet::from(Ump::Midi1(Group::new(0)?, Channel::new(9)?, note));
/// assert_eq!(packet.words(), [0x2099_3c64]);
/// assert_eq!(note.note().map(u8::from), Some(60));
/// assert!(Midi1::note_on(60, 128).is_err());
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Midi1 {
    /// A key goes up.
    NoteOff {
        /// Key number; 60 is middle C.
        note: U7,
        /// The release velocity.
        velocity: U7,
    },
    /// A key goes down. With velocity 0, it goes up.
    NoteOn {
        /// Key number; 60 is middle C.
        note: U7,
        /// The velocity.
        velocity: U7,
    },
    /// Pressure on one key (polyphonic aftertouch).
    PolyPressure {
        /// Key number; 60 is middle C.
        note: U7,
        /// The pressure.
        pressure: U7,
    },
    /// A controller changes.
    ControlChange {
        /// The controller's number.
        controller: U7,
        /// Its value.
        value: U7,
    },
    /// The channel changes to another program.
    ProgramChange {
        /// The program's number.
        program: U7,
    },
    /// Pressure on the channel (aftertouch).
    ChannelPressure {
        /// The pressure.
        pressure: U7,
    },
    /// Pitch bend of the channel.
    PitchBend {
        /// The bend; 8192 is no bend.
        bend: U14,
    },
}

impl Midi1 {
    /// The key number, if the message has one.
    pub const fn note(self) -> Option<U7> {
        match self {
            Self::NoteOff { note, .. }
            | Self::NoteOn { note, .. }
            | Self::PolyPressure { note, .. } => Some(note),
            _ => None,
        }
    }

    /// A key goes up.
    ///
    /// # Errors
    /// If note or velocity is not 0 to 127.
    pub fn note_off(note: u8, velocity: u8) -> Result<Self, ValueError> {
        Ok(Self::NoteOff {
            note: U7::named("note", note)?,
            velocity: U7::named("velocity", velocity)?,
        })
    }

    /// A key goes down.
    ///
    /// # Errors
    /// If note or velocity is not 0 to 127.
    pub fn note_on(note: u8, velocity: u8) -> Result<Self, ValueError> {
        Ok(Self::NoteOn {
            note: U7::named("note", note)?,
            velocity: U7::named("velocity", velocity)?,
        })
    }

    /// Pressure on one key.
    ///
    /// # Errors
    /// If note or pressure is not 0 to 127.
    pub fn poly_pressure(note: u8, pressure: u8) -> Result<Self, ValueError> {
        Ok(Self::PolyPressure {
            note: U7::named("note", note)?,
            pressure: U7::named("pressure", pressure)?,
        })
    }

    /// A controller changes.
    ///
    /// # Errors
    /// If number or value is not 0 to 127.
    pub fn control_change(controller: u8, value: u8) -> Result<Self, ValueError> {
        Ok(Self::ControlChange {
            controller: U7::named("controller", controller)?,
            value: U7::named("value", value)?,
        })
    }

    /// The channel changes to another program.
    ///
    /// # Errors
    /// If the program is not 0 to 127.
    pub fn program_change(program: u8) -> Result<Self, ValueError> {
        Ok(Self::ProgramChange {
            program: U7::named("program", program)?,
        })
    }

    /// Pressure on the channel.
    ///
    /// # Errors
    /// If the pressure is not 0 to 127.
    pub fn channel_pressure(pressure: u8) -> Result<Self, ValueError> {
        Ok(Self::ChannelPressure {
            pressure: U7::named("pressure", pressure)?,
        })
    }

    /// Pitch bend of the channel; 8192 is no bend. (Sequencer events count from -8192.)
    ///
    /// # Errors
    /// If the bend is not 0 to 16383.
    pub fn pitch_bend(bend: u16) -> Result<Self, ValueError> {
        Ok(Self::PitchBend {
            bend: U14::named("pitch bend", bend)?,
        })
    }

    pub(super) fn decode(packet: Packet) -> Option<Self> {
        let [[_, status, first, second], ..] = packet.to_bytes();
        let [first, second] = [first, second].map(U7::in_field);
        Some(match status >> 4 {
            0x8 => Self::NoteOff {
                note: first,
                velocity: second,
            },
            0x9 => Self::NoteOn {
                note: first,
                velocity: second,
            },
            0xa => Self::PolyPressure {
                note: first,
                pressure: second,
            },
            0xb => Self::ControlChange {
                controller: first,
                value: second,
            },
            0xc => Self::ProgramChange { program: first },
            0xd => Self::ChannelPressure { pressure: first },
            0xe => Self::PitchBend {
                bend: U14::from_halves(second, first),
            },
            _ => return None,
        })
    }

    pub(super) fn encode(self) -> [[u8; 4]; 4] {
        let zero = U7::default();
        let (status, first, second) = match self {
            Self::NoteOff { note, velocity } => (0x80, note, velocity),
            Self::NoteOn { note, velocity } => (0x90, note, velocity),
            Self::PolyPressure { note, pressure } => (0xa0, note, pressure),
            Self::ControlChange { controller, value } => (0xb0, controller, value),
            Self::ProgramChange { program } => (0xc0, program, zero),
            Self::ChannelPressure { pressure } => (0xd0, pressure, zero),
            Self::PitchBend { bend } => {
                let (msb, lsb) = bend.halves();
                (0xe0, lsb, msb)
            }
        };
        let word = [0, status, first.get(), second.get()];
        [word, [0; 4], [0; 4], [0; 4]]
    }
}
