//! Message type 1: system common and system real-time messages.

use super::{Packet, U7, U14};
use crate::ValueError;

/// A system message (7.6), the same as in MIDI 1.0. System-exclusive messages
/// are [`Sysex7`](super::Sysex7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum System {
    /// MIDI time code, one quarter frame: three bits for the number of a part of the
    /// time, and four bits for its value.
    QuarterFrame(U7),
    /// Song position, in MIDI beats (sixteenth notes).
    SongPosition(U14),
    /// Song number.
    SongSelect(U7),
    /// Tune request.
    TuneRequest,
    /// MIDI clock: 24 clocks for each quarter note.
    Clock,
    /// Start from the beginning.
    Start,
    /// Continue from the present position.
    Continue,
    /// Stop.
    Stop,
    /// Active sensing.
    ActiveSensing,
    /// Reset to power-on state.
    Reset,
}

impl System {
    /// A quarter frame of MIDI time code.
    ///
    /// # Errors
    /// If the value is not 0 to 127.
    pub fn quarter_frame(value: u8) -> Result<Self, ValueError> {
        Ok(Self::QuarterFrame(U7::named("quarter frame", value)?))
    }

    /// A song position in sixteenth notes.
    ///
    /// # Errors
    /// If the position is not 0 to 16383.
    pub fn song_position(beats: u16) -> Result<Self, ValueError> {
        Ok(Self::SongPosition(U14::named("song position", beats)?))
    }

    /// Selects a song.
    ///
    /// # Errors
    /// If the number is not 0 to 127.
    pub fn song_select(song: u8) -> Result<Self, ValueError> {
        Ok(Self::SongSelect(U7::named("song", song)?))
    }

    pub(super) fn decode(packet: Packet) -> Option<Self> {
        let [[_, status, first, second], ..] = packet.to_bytes();
        let [first, second] = [first, second].map(U7::in_field);
        Some(match status {
            0xf1 => Self::QuarterFrame(first),
            0xf2 => Self::SongPosition(U14::from_halves(second, first)),
            0xf3 => Self::SongSelect(first),
            0xf6 => Self::TuneRequest,
            0xf8 => Self::Clock,
            0xfa => Self::Start,
            0xfb => Self::Continue,
            0xfc => Self::Stop,
            0xfe => Self::ActiveSensing,
            0xff => Self::Reset,
            _ => return None,
        })
    }

    pub(super) fn encode(self) -> [[u8; 4]; 4] {
        let zero = U7::default();
        let (status, first, second) = match self {
            Self::QuarterFrame(value) => (0xf1, value, zero),
            Self::SongPosition(beats) => {
                let (msb, lsb) = beats.halves();
                (0xf2, lsb, msb)
            }
            Self::SongSelect(song) => (0xf3, song, zero),
            Self::TuneRequest => (0xf6, zero, zero),
            Self::Clock => (0xf8, zero, zero),
            Self::Start => (0xfa, zero, zero),
            Self::Continue => (0xfb, zero, zero),
            Self::Stop => (0xfc, zero, zero),
            Self::ActiveSensing => (0xfe, zero, zero),
            Self::Reset => (0xff, zero, zero),
        };
        let word = [0, status, first.get(), second.get()];
        [word, [0; 4], [0; 4], [0; 4]]
    }
}
