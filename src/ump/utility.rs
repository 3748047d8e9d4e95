//! Message type 0: utility messages.

use super::{Packet, U20};

/// A utility message (7.2): it belongs to no group and no channel, and says
/// when other messages are due, or nothing.
///
/// The kernel passes these on as they are, and acts on none of them: time
/// stamps in them delay nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Utility {
    /// Nothing.
    NoOp,
    /// Jitter reduction: what the sender's clock shows now, in 1/31250 s.
    JrClock(u16),
    /// Jitter reduction: the sender's time of the message that follows, in
    /// 1/31250 s.
    JrTimestamp(u16),
    /// In a MIDI clip file: how many ticks make a quarter note.
    TicksPerQuarter(u16),
    /// In a MIDI clip file: how many ticks went by since the last message.
    DeltaClockstamp(U20),
}

impl Utility {
    /// Ticks since the last message.
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
