//! Texts that people type: parse, print, parse.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use alsa_seq::ump::Packet;
use alsa_seq::{Address, RealTime};

/// The case: a text. What is no UTF-8 is made so.
pub fn check(case: &[u8]) {
    let text = &*String::from_utf8_lossy(case);
    assert_eq!(prints_back::<Address>(text), is_address(text), "{text:?}");
    assert_eq!(
        prints_back::<RealTime>(text),
        is_real_time(text),
        "{text:?}"
    );
    assert_eq!(prints_back::<Packet>(text), is_packet(text), "{text:?}");
}

/// Whether the text is taken; if so, the printed value parses to the same.
fn prints_back<T: FromStr + Display + Debug + PartialEq>(text: &str) -> bool {
    match text.parse::<T>() {
        Ok(value) => {
            assert_eq!(value.to_string().parse().ok(), Some(value));
            true
        }
        Err(_) => false,
    }
}

fn is_address(text: &str) -> bool {
    let numbers: Vec<_> = text.split(':').collect();
    numbers.len() == 2 && numbers.iter().all(|number| is_number(number, 255))
}

fn is_real_time(text: &str) -> bool {
    match *text.split('.').collect::<Vec<_>>() {
        [secs] => is_number(secs, u64::from(u32::MAX)),
        [secs, decimals] => {
            is_number(secs, u64::from(u32::MAX))
                && decimals.len() <= 9
                && is_number(decimals, 999_999_999)
        }
        _ => false,
    }
}

fn is_packet(text: &str) -> bool {
    let words: Vec<_> = text.split(' ').collect();
    let digits = |word: &&str| word.len() == 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
    // The first digit is the packet's type, and says how many words it has.
    let count = match text.bytes().next() {
        Some(b'0'..=b'2' | b'6' | b'7') => 1,
        Some(b'3' | b'4' | b'8'..=b'9' | b'A' | b'a') => 2,
        Some(b'b' | b'c' | b'B' | b'C') => 3,
        _ => 4,
    };
    words.len() == count && words.iter().all(digits)
}

fn is_number(digits: &str, max: u64) -> bool {
    let significant = digits.trim_start_matches('0');
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && significant.len() <= 10
        && (significant.is_empty() || significant.parse::<u64>().unwrap() <= max)
}
