//! Addresses in texts of users: `128:0`, `128.0`, `128`, or a client's name in place of its number,
//! in quotes if the name contains one of these signs.

use crate::handle::{handle, snd_seq_t};
use crate::types::snd_seq_addr_t;
use alsa_seq_kernel_abi::info::ClientInfo;
use alsa_seq_kernel_abi::ioctl::SeqFd;
use core::ffi::{CStr, c_char, c_int};

/// Reads the address in the text `arg` and puts it into `*addr`.
///
/// The text is a client, then nothing (for port 0), or `:` or `.` and the port's number.
/// The client is a number (decimal, octal after `0`, hexadecimal after `0x`, binary after
/// `0b` as in newer C libraries), or a name or its beginning: the client that has just this name, else the first whose name begins so.
/// Numbers are cut to a byte, and a port that is not a number is 0.
///
/// `seq` may be null; then there are only numbers.
///
/// Returns 0; `-EINVAL` for text that is not an address; or `-ENOENT` if no client has the
/// name. Even then the port may have been set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_parse_address(
    seq: *mut snd_seq_t,
    addr: *mut snd_seq_addr_t,
    arg: *const c_char,
) -> c_int {
    if arg.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*, or *object* if it was one before: bytes are always valid.
    let Some(addr) = (unsafe { addr.as_mut() }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *string*.
    let text = unsafe { CStr::from_ptr(arg) }.to_bytes();
    let Some((client, port)) = split(text) else {
        return -libc::EINVAL;
    };
    let Some(port) = port_number(port) else {
        return -libc::EINVAL;
    };
    addr.port = port;
    if let Some(number) = client_number(client) {
        addr.client = number;
        return 0;
    }
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    match find(&seq.fd, client) {
        Some(number) => {
            addr.client = number;
            0
        }
        None => -libc::ENOENT,
    }
}

/// Returns the client's part of an address, and the port's part, which may be empty.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let parts = match text {
        [quote @ (b'\'' | b'"'), rest @ ..] => {
            let end = rest.iter().position(|byte| byte == quote);
            let (client, after) = match end {
                Some(end) => (rest.get(..end)?, rest.get(end + 1..)?),
                // The closing quote may be missing.
                None => (rest, &[][..]),
            };
            match after {
                [] => (client, after),
                [b':' | b'.', port @ ..] => (client, port),
                _ => return None,
            }
        }
        _ => match text.iter().position(|byte| matches!(byte, b':' | b'.')) {
            Some(end) => (text.get(..end)?, text.get(end + 1..)?),
            None => (text, &[][..]),
        },
    };
    let (client, _) = parts;
    (!client.is_empty()).then_some(parts)
}

/// Returns whether a byte is white space in the C library.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Returns the text after white space.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|byte| is_space(**byte)).count();
    text.get(spaces..).unwrap_or(&[])
}

/// Returns the sign before a number, and the rest.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// Returns the number that the first digits make, and the number of these digits. `None` if it is
/// too large for the C library.
fn digits(text: &[u8], base: u32) -> Option<(i64, usize)> {
    let mut value = 0_i64;
    let mut count = 0;
    for byte in text {
        let Some(digit) = char::from(*byte).to_digit(base) else {
            break;
        };
        value = value.checked_mul(base.into())?.checked_add(digit.into())?;
        count += 1;
    }
    Some((value, count))
}

/// Returns the low byte of a number.
fn low(value: i64) -> u8 {
    let [low, ..] = value.to_le_bytes();
    low
}

/// Returns the port in a text: the decimal number at the beginning, or 0 without a number. The
/// number is cut to C's `int`. `None` if that is negative.
fn port_number(text: &[u8]) -> Option<u8> {
    let (negative, text) = sign(trim(text));
    let value = match digits(text, 10) {
        Some((value, _)) if negative => value.wrapping_neg(),
        Some((value, _)) => value,
        None if negative => i64::MIN,
        None => i64::MAX,
    };
    let [a, b, c, d, ..] = value.to_le_bytes();
    (i32::from_le_bytes([a, b, c, d]) >= 0).then_some(a)
}

/// Returns the client whose number is the whole text.
fn client_number(text: &[u8]) -> Option<u8> {
    number(text).map(low)
}

/// Returns the number that is the whole text, decimal or in another base of C.
pub(crate) fn number(text: &[u8]) -> Option<i64> {
    let (negative, text) = sign(trim(text));
    let (base, text) = match text {
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (16, rest),
        [b'0', b'b' | b'B', rest @ ..] if !rest.is_empty() => (2, rest),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let (value, count) = digits(text, base)?;
    if count == 0 || count != text.len() {
        return None;
    }
    Some(if negative { -value } else { value })
}

/// Returns the client with this name, or the first one whose name begins with it.
fn find(fd: &SeqFd, name: &[u8]) -> Option<u8> {
    let mut info = ClientInfo::zeroed();
    info.client = -1;
    let mut begins = None;
    while fd.query_next_client(&mut info).is_ok() {
        let Ok(number) = u8::try_from(info.client) else {
            break;
        };
        let of_client = info.name.as_bytes_until_nul();
        if of_client == name {
            return Some(number);
        }
        if of_client.starts_with(name) {
            begins = begins.or(Some(number));
        }
    }
    begins
}
