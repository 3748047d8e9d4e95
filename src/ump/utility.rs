//! Message type 0: utility messages.

use super::{Packet, U20};

/// A utility message (7.2): a time stamp, or a message without effect. It has no group
/// and no channel.
///
/// The kernel forwards these messages unchanged. It does not use their time stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Utility {
    /// No operation.
    NoOp,
    /// Jitter reduction: the present time of the sender's clock, in 1/31250 s.
    JrClock(u16),
    /// Jitter reduction: the sender's time of the next message, in 1/31250 s.
    JrTimestamp(u16),
    /// In a MIDI clip file: the number of ticks in a quarter note.
    TicksPerQuarter(u16),
    /// In a MIDI clip file: the number of ticks since the last message.
    DeltaClockstamp(U20),
}

impl Utility {
    /// Makes a delta clockstamp: the number of ticks since the last message.
    ///
    /// # Errors
    /// If the ticks are not 0 to 1048575.
    pub fn delta_clockstamp(ticks: u32) -> Result<Self, crate::ValueError> {
        Ok(Self::DeltaClockstamp(U20::named("ticks", ticks)?))
    }

    pub(super) fn decode(packet: Packet) -> Option<Self> {
        let [[_, status, high, low], ..] = packet.to_bytes();
        let value = u16::from_be_bytes([high, low]);
        Some(match status >> 4 {
            0x0 => Self::NoOp,
            0x1 => Self::JrClock(value),
            0x2 => Self::JrTimestamp(value),
            0x3 => Self::TicksPerQuarter(value),
            0x4 => Self::DeltaClockstamp(U20::in_bytes(status, high, low)),
            _ => return None,
        })
    }

    pub(super) fn encode(self) -> [[u8; 4]; 4] {
        let (status, value) = match self {
            Self::NoOp => (0x00, 0),
            Self::JrClock(time) => (0x10, u32::from(time)),
            Self::JrTimestamp(time) => (0x20, u32::from(time)),
            Self::TicksPerQuarter(ticks) => (0x30, u32::from(ticks)),
            Self::DeltaClockstamp(ticks) => (0x40, ticks.get()),
        };
        let [_, upper, high, low] = value.to_be_bytes();
        [[0, status | upper, high, low], [0; 4], [0; 4], [0; 4]]
    }
}
