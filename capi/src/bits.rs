//! Bits in arrays, such as a filter of event types.
//!
//! The arrays contain 32-bit integers in native byte order. An array must be long enough for the
//! bit's number (*object*).

use core::ffi::{c_int, c_void};

/// Returns the index of the integer with the bit, and the bit's mask.
fn place(nr: c_int, array: *mut c_void) -> (*mut u32, u32) {
    let word = isize::try_from(nr >> 5).unwrap_or(0);
    (array.cast::<u32>().wrapping_offset(word), 1 << (nr & 31))
}

/// Sets bit `nr`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_bit(nr: c_int, array: *mut c_void) {
    if array.is_null() {
        return;
    }
    let (word, mask) = place(nr, array);
    // SAFETY: *object*: the array reaches to the bit.
    let old = unsafe { word.read_unaligned() };
    // SAFETY: as above.
    unsafe { word.write_unaligned(old | mask) };
}

/// Clears bit `nr`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_unset_bit(nr: c_int, array: *mut c_void) {
    if array.is_null() {
        return;
    }
    let (word, mask) = place(nr, array);
    // SAFETY: *object*: the array reaches to the bit.
    let old = unsafe { word.read_unaligned() };
    // SAFETY: as above.
    unsafe { word.write_unaligned(old & !mask) };
}

/// Inverts bit `nr` and returns its old value, 0 or 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_change_bit(nr: c_int, array: *mut c_void) -> c_int {
    if array.is_null() {
        return -libc::EINVAL;
    }
    let (word, mask) = place(nr, array);
    // SAFETY: *object*: the array reaches to the bit.
    let old = unsafe { word.read_unaligned() };
    // SAFETY: as above.
    unsafe { word.write_unaligned(old ^ mask) };
    (old & mask != 0).into()
}

/// Returns bit `nr`, 0 or 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_get_bit(nr: c_int, array: *mut c_void) -> c_int {
    if array.is_null() {
        return -libc::EINVAL;
    }
    let (word, mask) = place(nr, array);
    // SAFETY: *object*: the array reaches to the bit.
    (unsafe { word.read_unaligned() } & mask != 0).into()
}
