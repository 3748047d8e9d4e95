//! Lists of channels, written as numbers and ranges such as `1-9,11`.

use std::ops::{BitOr, RangeInclusive};

/// A set of channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Channels(u16);

impl Channels {
    /// All channels.
    pub(crate) const ALL: Self = Self(0xffff);

    /// Returns whether the set has this channel. Channels count from 0 here.
    pub(crate) const fn contains(self, channel: u8) -> bool {
        self.0 >> (channel & 0x0f) & 1 == 1
    }

    /// Reads a list of channels such as `1-9,11`. Channels count from 1 here.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut set = 0;
        for part in text.split(',') {
            for channel in range(part, 1..=16)? {
                set |= 1 << (channel - 1);
            }
        }
        Ok(Self(set))
    }

    /// Returns the channels of all lists, or `None` if there is no list.
    pub(crate) fn of_all(lists: &[Self]) -> Option<Self> {
        lists.iter().copied().reduce(BitOr::bitor)
    }
}

impl BitOr for Channels {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Reads one part of a list: a number, or a range of two numbers with a hyphen.
pub(crate) fn range(part: &str, allowed: RangeInclusive<u8>) -> Result<RangeInclusive<u8>, String> {
    let number = |text: &str| match text.parse() {
        Ok(number) if allowed.contains(&number) => Ok(number),
        _ => Err(format!(
            "{text:?} is not a number from {} to {}; a list is written 1-4,7",
            allowed.start(),
            allowed.end()
        )),
    };
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let (first, last) = (number(first)?, number(last)?);
    if first > last {
        return Err(format!("the range {part:?} begins after its end"));
    }
    Ok(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_numbers_and_ranges() {
        for (text, set) in [
            ("1", 0b1),
            ("16", 0x8000),
            ("1-4,7", 0b100_1111),
            ("3,1-2,3", 0b111),
            ("1-16", 0xffff),
        ] {
            assert_eq!(Channels::parse(text), Ok(Channels(set)), "{text}");
        }
        for text in ["", "0", "17", "4-1", "1-", "-1", "1--2", "1,,2", "x", "1 2"] {
            assert!(Channels::parse(text).is_err(), "{text}");
        }
        let lists = [Channels(1), Channels(8)];
        assert_eq!(Channels::of_all(&lists), Some(Channels(9)));
        assert_eq!(Channels::of_all(&[]), None);
    }
}
