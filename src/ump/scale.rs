//! Converts values between MIDI 1.0 and MIDI 2.0.
//!
//! The rules are those of *MIDI 2.0 Bit Scaling and Resolution* (M2-115-U). Appendix D of
//! the protocol (M2-104-UM) refers to them. The kernel follows them when it delivers an
//! event to a client of the other protocol:
//!
//! - **Up** is *min-center-max*: the smallest, the middle and the largest value become
//!   the smallest, the middle and the largest. Values up to the middle are shifted. For
//!   larger values, the lower bits are also repeated in the new bits.
//! - **Down** drops the lower bits. So a value that is converted up and then down is
//!   unchanged.
//!
//! A note-on needs one more rule: a velocity that becomes 0 must be changed to 1, because
//! MIDI 1.0 treats velocity 0 as a note-off.

use super::{U7, U14};

/// Converts a velocity. 0, 64 and 127 become 0, `0x8000` and `0xffff`.
///
/// ```
/// use alsa_seq::ump::{U7, scale};
///
/// assert_eq!(scale::up_7_to_16(U7::new(64)?), 0x8000);
/// assert_eq!(scale::up_7_to_16(U7::new(100)?), 0xc924);
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
pub const fn up_7_to_16(value: U7) -> u16 {
    let [_, _, high, low] = up(value.get() as u32, 7, 16).to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// Converts a controller's value or a pressure. 0, 64 and 127 become 0, `0x8000_0000` and
/// `0xffff_ffff`.
pub const fn up_7_to_32(value: U7) -> u32 {
    up(value.get() as u32, 7, 32)
}

/// Converts the value of a pitch bend, RPN or NRPN. 0, 8192 and 16383 become 0,
/// `0x8000_0000` and `0xffff_ffff`.
pub const fn up_14_to_32(value: U14) -> u32 {
    up(value.get() as u32, 14, 32)
}

/// Converts a velocity, rounded down. A soft note-on becomes 0.
pub const fn down_16_to_7(value: u16) -> U7 {
    let [high, _] = value.to_be_bytes();
    U7::in_field(high >> 1)
}

/// Converts a controller's value or a pressure, rounded down.
pub const fn down_32_to_7(value: u32) -> U7 {
    let [high, ..] = value.to_be_bytes();
    U7::in_field(high >> 1)
}

/// Converts the value of a pitch bend, RPN or NRPN, rounded down.
pub const fn down_32_to_14(value: u32) -> U14 {
    let [high, low, ..] = value.to_be_bytes();
    U14::in_field(u16::from_be_bytes([high, low]) >> 2)
}

/// Min-center-max, from `from` bits to `to`.
const fn up(value: u32, from: u32, to: u32) -> u32 {
    let shift = to - from;
    let shifted = value << shift;
    let center = 1 << (from - 1);
    if value <= center {
        return shifted;
    }
    // Repeats all bits except for the first, until all new bits are filled.
    let size = from - 1;
    let repeat = value & (center - 1);
    let mut fill = if shift > size {
        repeat << (shift - size)
    } else {
        repeat >> (size - shift)
    };
    let mut result = shifted;
    while fill != 0 {
        result |= fill;
        fill >>= size;
    }
    result
}
