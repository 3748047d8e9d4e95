//! The functions of the opaque structs, the address parser, bits, the table of event types.

mod memory;

use std::ffi::*;
use std::sync::OnceLock;

use alsa_seq_capi::*;

use self::memory::{Memory, Number, Returned, place, returned};
use super::symbol;
use support::invariants::input::Input;

/// The effects of one call: its result, and the struct afterwards.
type Outcome = (i128, Memory);

macro_rules! call {
    (size $name:ident $function:ident($input:ident)) => {{
        // SAFETY: it takes nothing.
        let size = unsafe { $function() };
        (size as i128, Memory([0; 1024]))
    }};
    (get $name:ident $function:ident($input:ident, *$mut:ident $type:ty $(, $number:ty)*)) => {{
        let mut memory = Memory::new(&mut $input, size_of::<$type>());
        // SAFETY: any bytes are a valid struct.
        let value = unsafe {
            $function(memory.at() $(, <$number>::take(&mut $input, stringify!($name)))*)
        };
        (returned(stringify!($name), value.wide()), memory)
    }};
    (lend $name:ident $function:ident($input:ident, *$mut:ident $type:ty)) => {{
        let mut memory = Memory::new(&mut $input, size_of::<$type>());
        // SAFETY: any bytes are a valid struct.
        let pointer = unsafe { $function(memory.at()) };
        (place(&memory, pointer), memory)
    }};
    (set $($call:tt)*) => {
        call!(get $($call)*)
    };
    (put $name:ident $function:ident($input:ident, *mut $type:ty, *$mut:ident $part:ty)) => {{
        let mut memory = Memory::new(&mut $input, size_of::<$type>());
        let mut part = Memory::new(&mut $input, 64);
        // SAFETY: any bytes are a valid struct, and a valid part.
        let value = unsafe { $function(memory.at(), part.at()) };
        (value.wide(), memory)
    }};
    (copy $name:ident $function:ident($input:ident, *mut $type:ty, *const $same:ty)) => {{
        let mut memory = Memory::new(&mut $input, size_of::<$type>());
        let mut source = Memory::new(&mut $input, size_of::<$type>());
        // SAFETY: any bytes are a valid struct.
        unsafe { $function(memory.at(), source.at()) };
        (0, memory)
    }};
    (text $name:ident $function:ident($input:ident, *mut $type:ty, *const c_char)) => {{
        // KNOWN DIFFERENCE: in libasound, bytes after the NUL are kept, so the struct is empty.
        let mut memory = Memory([0; 1024]);
        let length = $input.u8();
        let mut text: Vec<u8> = $input.bytes(length.into()).to_vec();
        text.retain(|byte| *byte != 0);
        text.push(0);
        // SAFETY: the text ends with a NUL.
        unsafe { $function(memory.at(), text.as_ptr().cast()) };
        (0, memory)
    }};
    (make $name:ident $function:ident($input:ident, *mut *mut $type:ty)) => {{
        let mut made = std::ptr::null_mut::<$type>();
        let mut memory = Memory([0xa5; 1024]);
        // SAFETY: the result has a place.
        let value = unsafe { $function(&raw mut made) };
        // SAFETY: C programs may give it back by `free`, and it is a whole struct.
        unsafe {
            memory.at::<$type>().copy_from_nonoverlapping(made, 1);
            libc::free(made.cast());
        }
        (value.wide(), memory)
    }};
    (free $name:ident $function:ident($input:ident, *mut $type:ty)) => {{
        // SAFETY: C programs may have it from `calloc`.
        unsafe { $function(libc::calloc(1, size_of::<$type>()).cast()) };
        (0, Memory([0; 1024]))
    }};
    (bit $name:ident $function:ident($input:ident, c_int, *mut c_void)) => {{
        let mut memory = Memory::new(&mut $input, 128);
        let bit = c_int::take(&mut $input, stringify!($name)) & 1023;
        // SAFETY: there are so many bits.
        let value = unsafe { $function(bit, memory.at::<u8>().cast()) };
        (value.wide(), memory)
    }};
    (plain $name:ident $function:ident($input:ident, $number:ty)) => {{
        // SAFETY: it takes any number.
        let value = unsafe { $function(<$number>::take(&mut $input, stringify!($name))) };
        (value.wide(), Memory([0; 1024]))
    }};
    (say $name:ident $function:ident($input:ident, c_int)) => {{
        let mut memory = Memory([0; 1024]);
        // SAFETY: it takes any number, and returns a text.
        let text = unsafe { CStr::from_ptr($function(c_int::take(&mut $input, ""))) };
        memory.0[..text.count_bytes()].copy_from_slice(text.to_bytes());
        (0, memory)
    }};
    (expand $name:ident $function:ident($input:ident, $($argument:ty),*)) => {{
        let mut packet = [0_u8; 16];
        packet.copy_from_slice(&Memory::new(&mut $input, 16).0[..16]);
        // Most packets contain sysex.
        if let first @ 0..200 = $input.u8() {
            packet[3] = [0x30, 0x50][usize::from(first % 2)] | packet[3] & 0xf;
        }
        let packet: Vec<u32> = packet
            .chunks_exact(4)
            .map(|word| u32::from_ne_bytes(word.try_into().unwrap()))
            .collect();
        let mut memory = Memory([0xa5; 1024]);
        // KNOWN DIFFERENCE: libasound writes beyond a buffer that is too small.
        let room = [0, 16, 17, 512][usize::from($input.u8() % 4)];
        let mut filled = 0;
        // SAFETY: the packet has four words, and the buffer more bytes.
        let value = unsafe {
            $function(packet.as_ptr(), memory.at(), room, &raw mut filled)
        };
        if packet[0] >> 28 == 5 {
            // KNOWN DIFFERENCE: libasound cuts bytes of 8 bits to 7.
            memory.0[..filled].iter_mut().for_each(|byte| *byte &= 0x7f);
        }
        // KNOWN DIFFERENCE: on an error, libasound does not change it.
        let filled = if value < 0 { 0 } else { filled };
        (value.wide() << 64 | filled.wide(), memory)
    }};
}

macro_rules! functions {
    ($($kind:ident $name:ident($($argument:tt)*) $(-> $result:ty)?;)*) => {
        /// Each function's name, and its effects in both libraries; none if the installed one does
        /// not have it.
        pub(super) const FUNCTIONS: &[(&str, fn(&[u8]) -> Option<(Outcome, Outcome)>)] = &[$(
            (stringify!($name), |case| {
                type Function = unsafe extern "C" fn($($argument)*) $(-> $result)?;
                let ours: Function = $name;
                let name = CString::new(stringify!($name)).unwrap();
                // SAFETY: the function has this prototype, which `tests/prototypes.rs` of
                // `capi` has from the header.
                let theirs =
                    unsafe { std::mem::transmute::<*mut c_void, Function>(symbol(&name)?) };
                let run = |function: Function| {
                    #[allow(unused_mut, unused_variables, reason = "some take nothing")]
                    let mut input = Input::new(case);
                    functions!(@call $kind $name function(input) $($argument)*)
                };
                Some((run(ours), run(theirs)))
            }),
        )*];
    };
    (@call size $name:ident $function:ident($input:ident)) => {
        call!(size $name $function($input))
    };
    (@call $kind:ident $name:ident $function:ident($input:ident) $($argument:tt)*) => {
        call!($kind $name $function($input, $($argument)*))
    };
}

mod list;

use list::FUNCTIONS;

/// KNOWN DIFFERENCE: in libasound, these two read another bit.
const WRONG: [&str; 2] = [
    "snd_seq_client_info_get_ump_conversion",
    "snd_seq_query_subscribe_get_time_real",
];

/// The case: the function, and its arguments.
pub fn accessors(case: &[u8]) {
    let mut input = Input::new(case);
    let chosen = usize::from(u16::from_le_bytes(input.array()));
    let (name, run) = FUNCTIONS[chosen % FUNCTIONS.len()];
    if WRONG.contains(&name) {
        return;
    }
    // Before 1.2.10, libasound had no events of 32 bytes.
    if name == "snd_seq_event_length" && symbol(c"snd_seq_ump_event_input").is_none() {
        return;
    }
    if let Some((ours, theirs)) = run(input.rest()) {
        assert_eq!(ours, theirs, "{name}");
    }
}

/// The case: an address without a client's name.
pub fn address(case: &[u8]) {
    type Function =
        unsafe extern "C" fn(*mut snd_seq_t, *mut snd_seq_addr_t, *const c_char) -> c_int;
    let theirs = symbol(c"snd_seq_parse_address").unwrap();
    // SAFETY: it has this prototype.
    let theirs = unsafe { std::mem::transmute::<*mut c_void, Function>(theirs) };
    let mut text: Vec<u8> = case.to_vec();
    text.retain(|byte| *byte != 0);
    text.push(0);
    let parse = |function: Function, text: &[u8]| {
        let mut address = snd_seq_addr_t::new(77, 66);
        // SAFETY: the text ends with a NUL, and there is no handle.
        let returned =
            unsafe { function(std::ptr::null_mut(), &raw mut address, text.as_ptr().cast()) };
        (returned, address)
    };
    // A libasound that was built for an older C library does not accept binary numbers.
    static READS_BINARY: OnceLock<bool> = OnceLock::new();
    let reads_binary = READS_BINARY.get_or_init(|| parse(theirs, b"0b1\0").0 == 0);
    let is_binary = |pair: &[u8]| matches!(pair, [b'0', b'b' | b'B']);
    if !reads_binary && text.windows(2).any(is_binary) {
        return;
    }
    let (our, their) = (parse(snd_seq_parse_address, &text), parse(theirs, &text));
    assert_eq!(our, their, "{:?}", String::from_utf8_lossy(&text));
}

/// The table of event types. It does not depend on the case.
pub fn event_types() {
    let theirs = symbol(c"snd_seq_event_types").unwrap();
    // SAFETY: it is a table of so many integers.
    let theirs = unsafe { theirs.cast::<[c_uint; 256]>().read() };
    assert_eq!(snd_seq_event_types, theirs);
}
