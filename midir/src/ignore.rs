//! The messages that an input leaves out.

use std::ops::BitOr;

/// The kinds of messages that an input leaves out.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignore {
    /// No messages are left out.
    None = 0x00,
    /// System-exclusive messages.
    Sysex = 0x01,
    /// MIDI clock, and the quarter frames of MIDI time code.
    Time = 0x02,
    /// System-exclusive messages, and those of [`Ignore::Time`].
    SysexAndTime = 0x03,
    /// Active sensing.
    ActiveSense = 0x04,
    /// System-exclusive messages and active sensing.
    SysexAndActiveSense = 0x05,
    /// The messages of [`Ignore::Time`] and active sensing.
    TimeAndActiveSense = 0x06,
    /// All of these.
    All = 0x07,
}

impl BitOr for Ignore {
    type Output = Ignore;

    #[inline(always)]
    fn bitor(self, rhs: Self) -> Self::Output {
        match self as u8 | rhs as u8 {
            0x00 => Self::None,
            0x01 => Self::Sysex,
            0x02 => Self::Time,
            0x03 => Self::SysexAndTime,
            0x04 => Self::ActiveSense,
            0x05 => Self::SysexAndActiveSense,
            0x06 => Self::TimeAndActiveSense,
            _ => Self::All,
        }
    }
}

impl Ignore {
    /// Returns whether the two have a common kind.
    #[inline(always)]
    pub fn contains(self, other: Ignore) -> bool {
        self as u8 & other as u8 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::Ignore::{
        self, ActiveSense, All, None, Sysex, SysexAndActiveSense, SysexAndTime, Time,
        TimeAndActiveSense,
    };

    #[test]
    fn every_union_of_kinds_has_a_variant() {
        let all: [Ignore; 8] = [
            None,
            Sysex,
            Time,
            SysexAndTime,
            ActiveSense,
            SysexAndActiveSense,
            TimeAndActiveSense,
            All,
        ];
        for one in all {
            for other in all {
                let both = one | other;
                assert_eq!(both as u8, one as u8 | other as u8);
                assert_eq!(one.contains(other), one as u8 & other as u8 != 0);
            }
        }
    }
}
