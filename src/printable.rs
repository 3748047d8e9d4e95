//! [`Printable`], which makes names safe for terminals.

use core::fmt::{self, Write as _};

/// Displays a name that another program chose, safely on a terminal.
///
/// Any program may put control characters into the name of its client or its ports, and
/// a terminal would obey them. This prints U+FFFD in place of each.
///
/// ```
/// use alsa_seq::Printable;
///
/// assert_eq!(Printable("synth\u{1b}[2J").to_string(), "synth\u{fffd}[2J");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| {
            f.write_char(if character.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            })
        })
    }
}

/// The same as `Display`, because the `Debug` of `str` has code that can panic.
impl fmt::Debug for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
