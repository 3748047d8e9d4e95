//! [`Printable`], which makes names safe for terminals.

use core::fmt::{self, Write as _};

/// Displays a name that another program chose, safely on a terminal.
///
/// Any program may put control characters into the name of its client or its ports, and
/// a terminal would obey them. Other characters change the direction of the text beside
/// them, so a name would look like another. This prints U+FFFD in place of each.
///
/// ```
/// use alsa_seq::Printable;
///
/// assert_eq!(Printable("synth\u{1b}[2J").to_string(), "synth\u{fffd}[2J");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Printable<'a>(pub &'a str);

impl Printable<'_> {
    /// Returns whether the character is printed as it is.
    pub fn shows(character: char) -> bool {
        !character.is_control() && !is_direction(character)
    }
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| {
            f.write_char(if Self::shows(character) {
                character
            } else {
                char::REPLACEMENT_CHARACTER
            })
        })
    }
}

/// Returns whether the character sets the direction of text: the marks, embeddings, overrides and
/// isolates of Unicode.
const fn is_direction(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// The same as `Display`, because the `Debug` of `str` has code that can panic.
impl fmt::Debug for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Printable;

    #[test]
    fn a_name_changes_no_direction() {
        let directions = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
                          \u{2066}\u{2067}\u{2068}\u{2069}";
        for direction in directions.chars() {
            let name = format!("a{direction}b");
            assert_eq!(Printable(&name).to_string(), "a\u{fffd}b", "{direction:?}");
        }
        // Letters of any direction are no trouble, nor is an emoji of several characters.
        let plain = "שלום 👩\u{200d}🎤";
        assert_eq!(Printable(plain).to_string(), plain);
    }
}
