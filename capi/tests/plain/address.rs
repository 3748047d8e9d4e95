//! Addresses without a sequencer: numbers.

use alsa_seq_capi::*;
use std::ffi::{CString, c_int};
use std::ptr;

/// Parses a text. The address contained 77 and 66 before.
fn parse(text: &str) -> (c_int, u8, u8) {
    let text = CString::new(text).unwrap();
    let mut addr = snd_seq_addr_t::new(77, 66);
    let result = unsafe { snd_seq_parse_address(ptr::null_mut(), &mut addr, text.as_ptr()) };
    (result, addr.client, addr.port)
}

#[test]
fn numbers_are_read_as_libasound_reads_them() {
    for (text, client, port) in [
        ("128:0", 128, 0),
        ("128.3", 128, 3),
        ("128", 128, 0),
        ("128:", 128, 0),
        ("129.", 129, 0),
        // Cut to a byte.
        ("300:1", 44, 1),
        ("128:300", 128, 44),
        ("-1:0", 255, 0),
        ("-5", 251, 0),
        ("4294967424:1", 128, 1),
        // Text after a port's number is ignored, and the number may be missing.
        ("128:x", 128, 0),
        ("128:1x", 128, 1),
        ("128:1:2", 128, 1),
        ("128.1.2", 128, 1),
        // Numbers in C's notations. The port's number is always decimal.
        ("0x80:1", 128, 1),
        ("0x80:0x1", 128, 0),
        ("017:1", 15, 1),
        ("0b101:1", 5, 1),
        ("-0B1", 255, 0),
        ("128:010", 128, 10),
        ("00:1", 0, 1),
        ("+5:1", 5, 1),
        (" 128:1", 128, 1),
        ("128: 7", 128, 7),
        ("128:+7", 128, 7),
        ("128:-0", 128, 0),
        // It is cut to 32 bits, and then must not be negative.
        ("128:2147483647", 128, 255),
        ("128:5000000001", 128, 1),
        ("128:-4294967295", 128, 1),
        ("'128':1", 128, 1),
        ("\"128\"", 128, 0),
    ] {
        assert_eq!(parse(text), (0, client, port), "{text:?}");
    }
}

#[test]
fn text_that_is_not_an_address_is_refused() {
    for text in [
        "",
        ":1",
        ":",
        "'':1",
        "'",
        "'128' :1",
        "'128'1",
        "128:-1",
        "128:2147483648",
        "128:99999999999999999999",
    ] {
        assert_eq!(parse(text), (-libc::EINVAL, 77, 66), "{text:?}");
    }
    // Looking up a name needs a sequencer. The port is set before that.
    for (text, port) in [
        ("a", 0),
        ("a:5", 5),
        ("128 :1", 1),
        ("128x", 0),
        ("0x:2", 2),
        ("0b:2", 2),
        ("0b2:2", 2),
        ("08:2", 2),
        ("-:2", 2),
        ("99999999999999999999:4", 4),
    ] {
        assert_eq!(parse(text), (-libc::EINVAL, 77, port), "{text:?}");
    }
}

#[test]
fn null_pointers_are_refused() {
    let mut addr = snd_seq_addr_t::new(77, 66);
    unsafe {
        let refused = snd_seq_parse_address(ptr::null_mut(), &mut addr, ptr::null());
        assert_eq!(refused, -libc::EINVAL);
        let refused = snd_seq_parse_address(ptr::null_mut(), ptr::null_mut(), c"1:1".as_ptr());
        assert_eq!(refused, -libc::EINVAL);
    }
}
