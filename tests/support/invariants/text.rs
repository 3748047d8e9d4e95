//! Texts that users type: parse, print, parse again; and the numbers in them.

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::time::Duration;

use alsa_seq::ump::Packet;
use alsa_seq::{Address, RealTime, Tempo};

/// Checks a case: a text. Invalid UTF-8 is replaced.
pub fn check(case: &[u8]) {
    let text = &*String::from_utf8_lossy(case);
    same(text, address(text));
    same(text, real_time(text));
    assert_eq!(prints_back::<Packet>(text), is_packet(text), "{text:?}");
    if let Ok(number) = text.parse() {
        tempo(number);
    }
    if let Ok(time) = text.parse::<RealTime>() {
        assert_eq!(RealTime::try_from(Duration::from(time)), Ok(time));
    }
}

/// The tempo is the nearest to the requested one, or is refused.
fn tempo(bpm: f64) {
    match Tempo::from_bpm(bpm) {
        Ok(tempo) => {
            let micros = f64::from(tempo.micros_per_quarter());
            assert!((60_000_000.0 / bpm - micros).abs() <= 0.5001, "{bpm}");
            for ticks in [0, 1, 96, 1_000_003, u32::MAX] {
                // Both conversions round down.
                let duration = tempo.duration_of(ticks);
                let again = tempo.ticks_in(duration).unwrap();
                assert!(again == ticks || again + 1 == ticks, "{tempo:?} {ticks}");
                let next = tempo.ticks_in(duration + Duration::from_nanos(1));
                assert!(next.is_none_or(|next| next >= ticks), "{tempo:?} {ticks}");
            }
        }
        Err(_) => assert!(
            // The limits are half a microsecond and the largest `i32`. Other numbers are refused.
            !(60_000_000.0 / f64::from(i32::MAX)..=119_000_000.0).contains(&bpm),
            "{bpm}"
        ),
    }
}

/// The text gives the expected value, or an error if none is expected.
fn same<T: FromStr + Display + Debug + PartialEq>(text: &str, expected: Option<T>) {
    assert_eq!(text.parse().ok(), expected, "{text:?}");
    assert_eq!(prints_back::<T>(text), expected.is_some());
}

/// Returns whether the text parses. If so, the printed value parses to the same value.
fn prints_back<T: FromStr + Display + Debug + PartialEq>(text: &str) -> bool {
    match text.parse::<T>() {
        Ok(value) => {
            assert_eq!(value.to_string().parse().ok(), Some(value));
            true
        }
        Err(_) => false,
    }
}

fn address(text: &str) -> Option<Address> {
    match *text.split(':').collect::<Vec<_>>() {
        [client, port] => {
            let small = |digits| u8::try_from(number(digits)?).ok();
            Some(Address::new(small(client)?, small(port)?))
        }
        _ => None,
    }
}

fn real_time(text: &str) -> Option<RealTime> {
    let (secs, nanos) = match *text.split('.').collect::<Vec<_>>() {
        [secs] => (secs, 0),
        [secs, decimals] if decimals.len() <= 9 => {
            number(decimals)?;
            (secs, number(&format!("{decimals:0<9}"))?)
        }
        _ => return None,
    };
    let secs = u32::try_from(number(secs)?).ok()?;
    RealTime::new(secs, u32::try_from(nanos).ok()?).ok()
}

fn is_packet(text: &str) -> bool {
    let words: Vec<_> = text.split(' ').collect();
    let digits = |word: &&str| word.len() == 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
    // The first digit is the packet's type, and determines its number of words.
    let count = match text.bytes().next() {
        Some(b'0'..=b'2' | b'6' | b'7') => 1,
        Some(b'3' | b'4' | b'8'..=b'9' | b'A' | b'a') => 2,
        Some(b'b' | b'c' | b'B' | b'C') => 3,
        _ => 4,
    };
    words.len() == count && words.iter().all(digits)
}

/// Returns the value of decimal digits, with up to ten significant digits. Other characters give
/// `None`.
fn number(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let significant = digits.trim_start_matches('0');
    if !plain || significant.len() > 10 {
        return None;
    }
    let sum = |sum: u64, digit: u8| sum * 10 + u64::from(digit - b'0');
    Some(significant.bytes().fold(0, sum))
}
