//! The arguments of the functions, and the compared parts of their results.

use std::ffi::*;
use std::fmt::Debug;

use alsa_seq_capi::snd_htimestamp_t;

use support::invariants::input::Input;

/// Memory for a struct, and the memory after it.
#[derive(Clone, Debug, PartialEq)]
#[repr(C, align(16))]
pub(super) struct Memory(pub(super) [u8; 1024]);

impl Memory {
    /// A struct of any bytes, which the case describes in a short form.
    pub(super) fn new(input: &mut Input<'_>, size: usize) -> Self {
        let mut memory = Self([0xa5; 1024]);
        let mut state = u64::from_le_bytes(input.array());
        for byte in &mut memory.0[..size] {
            // In random bytes, a field is rarely 0.
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
            *byte = match state >> 61 {
                0 => 0,
                _ => (state >> 40) as u8,
            };
        }
        memory
    }

    pub(super) fn at<T>(&mut self) -> *mut T {
        assert!(size_of::<T>() <= self.0.len());
        (&raw mut self.0).cast()
    }
}

/// A number that C passes.
pub(super) trait Number: Copy + Debug {
    /// Returns the next number of the case. KNOWN DIFFERENCE: for some numbers, libasound writes
    /// beyond the struct or cuts the number. Ours ignores these, so such functions get smaller
    /// numbers.
    fn take(input: &mut Input<'_>, name: &str) -> Self;
}

/// The result of a C function, as a number to compare.
pub(super) trait Returned {
    fn wide(self) -> i128;
}

fn number(input: &mut Input<'_>, name: &str) -> i32 {
    let number = match input.u8() {
        small @ 0..200 => i32::from(small / 8),
        _ => i32::from_le_bytes(input.array()),
    };
    match name {
        "snd_seq_client_info_event_filter_add"
        | "snd_seq_client_info_event_filter_del"
        | "snd_seq_client_info_event_filter_check" => number & 0xff,
        "snd_seq_client_info_get_ump_group_enabled"
        | "snd_seq_client_info_set_ump_group_enabled" => number & 0xf,
        "snd_seq_queue_info_set_locked" => number & 1,
        _ => number,
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Number for $type {
            fn take(input: &mut Input<'_>, name: &str) -> Self {
                number(input, name) as Self
            }
        }
    )*};
}

numbers! { c_int c_uint }

impl Number for c_long {
    fn take(input: &mut Input<'_>, name: &str) -> Self {
        let number = Self::from(number(input, name));
        number << (input.u8() % 32)
    }
}

impl Number for usize {
    /// KNOWN DIFFERENCE: a number above the kernel's `int` becomes the largest `int`.
    fn take(input: &mut Input<'_>, name: &str) -> Self {
        (number(input, name) & i32::MAX) as Self
    }
}

macro_rules! results {
    ($($type:ty)*) => {$(
        impl Returned for $type {
            fn wide(self) -> i128 {
                self as i128
            }
        }
    )*};
}

results! { c_int c_uint c_long c_ulong isize usize }

impl Returned for () {
    fn wide(self) -> i128 {
        0
    }
}

impl Returned for snd_htimestamp_t {
    fn wide(self) -> i128 {
        i128::from(self.tv_sec) << 64 | i128::from(self.tv_nsec)
    }
}

/// The result, as far as it must be the same.
pub(super) fn returned(name: &str, value: i128) -> i128 {
    match name {
        // KNOWN DIFFERENCE: in libasound, it is negative above 127.
        "snd_seq_remove_events_get_tag" => value & 0xff,
        _ => value,
    }
}

/// Returns the offset of a pointer in a struct; -1 if it is null.
pub(super) fn place<T>(memory: &Memory, pointer: *const T) -> i128 {
    match pointer.is_null() {
        true => -1,
        false => pointer.addr() as i128 - (&raw const *memory).addr() as i128,
    }
}
