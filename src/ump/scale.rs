//! Values of MIDI 1.0 as values of MIDI 2.0, and back.
//!
//! The rules are those of *MIDI 2.0 Bit Scaling and Resolution* (M2-115-U), to
//! which the protocol's translation (M2-104-UM, appendix D) refers, and which
//! the kernel follows when it delivers an event to a client of the other
//! protocol:
//!
//! - **Up** is *min-center-max*: the smallest, the middle and the largest
//!   value become the smallest, the middle and the largest. Up to the middle
//!   the value is shifted; above, its lower bits are repeated below it.
//! - **Down** drops the lower bits. So every value that went up comes down as
//!   it was.
//!
//! A note-on needs one rule more: a velocity that comes down as 0 must become
//! 1, or MIDI 1.0 would take it for a note-off.

use super::{U7, U14};

/// Velocity. 0, 64 and 127 become 0, `0x8000` and `0xffff`.
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

/// Controllers and pressure. 0, 64 and 127 become 0, `0x8000_0000` and
/// `0xffff_ffff`.
pub const fn up_7_to_32(value: U7) -> u32 {
    up(value.get() as u32, 7, 32)
}

/// Pitch bend, RPN and NRPN. 0, 8192 and 16383 become 0, `0x8000_0000` and
/// `0xffff_ffff`.
pub const fn up_14_to_32(value: U14) -> u32 {
    up(value.get() as u32, 14, 32)
}

/// Velocity, rounded down: a soft note-on becomes 0.
pub const fn down_16_to_7(value: u16) -> U7 {
    let [high, _] = value.to_be_bytes();
    U7::in_field(high >> 1)
}

/// Controllers and pressure, rounded down.
pub const fn down_32_to_7(value: u32) -> U7 {
    let [high, ..] = value.to_be_bytes();
    U7::in_field(high >> 1)
}

/// Pitch bend, RPN and NRPN, rounded down.
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
    // All bits but the first, again and again until there is no room left.
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
