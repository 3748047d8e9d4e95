//! The length of a packet, and its bytes of sysex.

use core::ffi::{c_int, c_uint};

/// Message type of sysex with bytes of 7 bits, two words.
const DATA: u32 = 3;
/// Message type of sysex with bytes of 8 bits, four words.
const EXTENDED_DATA: u32 = 5;
/// The whole message in one packet.
const STATUS_SINGLE: u8 = 0;
/// The last packet of a message.
const STATUS_END: u8 = 3;

/// Returns the number of 32-bit words of a packet with message type `type`, 0 to 15: 1 to 4; 0 for
/// another number.
#[unsafe(no_mangle)]
pub extern "C" fn snd_ump_packet_length(packet_type: c_uint) -> c_int {
    match packet_type {
        0..=2 | 6 | 7 => 1,
        3 | 4 | 8..=10 => 2,
        11 | 12 => 3,
        5 | 13..=15 => 4,
        _ => 0,
    }
}

/// Copies the bytes of sysex in a packet, at most 6 of 7 bits or 13 of 8 bits, to `buf` of `maxlen`
/// bytes, and their number to `*filled`. Leaves out stream numbers and the bytes F0 and F7.
///
/// Returns 1 if the message ends with the packet; 0 if it continues, and for a packet of neither
/// form in the message types for sysex; `-EINVAL` for other message types; or `-ENOSPC`, with
/// nothing copied, if `buf` is too small, except that a length of 0 gives 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_ump_msg_sysex_expand(
    ump: *const u32,
    buf: *mut u8,
    maxlen: usize,
    filled: *mut usize,
) -> c_int {
    if filled.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { filled.write(0) };
    if ump.is_null() || buf.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *object*: a packet, of which the first word is always there.
    let first = unsafe { ump.read() };
    let (words, extended) = match first >> 28 {
        DATA => (2, false),
        EXTENDED_DATA => (4, true),
        _ => return -libc::EINVAL,
    };
    let mut bytes = [0; 16];
    for (index, place) in bytes.chunks_exact_mut(4).enumerate().take(words) {
        // SAFETY: *object*: a packet of this message type has so many words.
        let word = unsafe { ump.add(index) };
        // SAFETY: as above.
        place.copy_from_slice(&unsafe { word.read() }.to_be_bytes());
    }
    if !extended {
        // The upper bit of each byte is reserved.
        bytes.iter_mut().skip(2).for_each(|byte| *byte &= 0x7f);
    }
    let [_, status_and_length, rest @ ..] = &bytes;
    let status = status_and_length >> 4;
    let length = usize::from(status_and_length & 0xf);
    let data = match rest.get(..length) {
        Some(data) if 2 + length <= words * 4 => data,
        _ => return 0,
    };
    let data = match data {
        // The first byte is the number of a stream. The length includes it.
        [_, data @ ..] if extended && status <= STATUS_END => data,
        _ if extended => return 0,
        data => data,
    };
    if maxlen == 0 {
        return 0;
    }
    if data.len() > maxlen {
        return -libc::ENOSPC;
    }
    // SAFETY: *result*: `buf` has `maxlen` bytes. `data` is this function's own.
    unsafe { buf.copy_from_nonoverlapping(data.as_ptr(), data.len()) };
    // SAFETY: *result*.
    unsafe { filled.write(data.len()) };
    matches!(status, STATUS_SINGLE | STATUS_END).into()
}
