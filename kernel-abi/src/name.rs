//! Names in fixed arrays.

use core::fmt;
use core::str::Utf8Error;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A name in an array of `N` bytes, ended by a NUL.
///
/// The kernel doesn't look at the encoding, and not every program writes
/// UTF-8. Every pattern of bytes is a valid value; without a NUL the name is
/// the whole array.
///
/// ```
/// use alsa_seq_kernel_abi::Name;
///
/// let mut name = Name::<64>::zeroed();
/// assert_eq!(name.set("Keyboard"), "Keyboard".len());
/// assert_eq!(name.as_bytes_until_nul(), b"Keyboard");
/// assert_eq!(name.to_str(), Ok("Keyboard"));
/// ```
#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(transparent)]
pub struct Name<const N: usize>(
    /// The raw bytes, those after the NUL included.
    pub [u8; N],
);

impl<const N: usize> Name<N> {
    /// The empty name.
    #[must_use]
    pub const fn zeroed() -> Self {
        Self([0; N])
    }

    /// The bytes before the first NUL.
    #[must_use]
    pub fn as_bytes_until_nul(&self) -> &[u8] {
        self.0.split(|byte| *byte == 0).next().unwrap_or(&[])
    }

    /// The name as text.
    ///
    /// # Errors
    ///
    /// When the bytes before the first NUL aren't UTF-8.
    pub fn to_str(&self) -> Result<&str, Utf8Error> {
        core::str::from_utf8(self.as_bytes_until_nul())
    }

    /// Replaces the name and clears the bytes behind it. Returns how many
    /// bytes of `name` were stored.
    ///
    /// Less than `name.len()` means that the name was cut: it ends at a
    /// character boundary within the first `N - 1` bytes, or before a NUL,
    /// where a reader would end it anyway.
    ///
    /// ```
    /// use alsa_seq_kernel_abi::Name;
    ///
    /// let mut name = Name::<4>::zeroed();
    /// assert_eq!(name.set("né"), 3);
    /// assert_eq!(name.set("nüé"), 3); // the é doesn't fit beside its NUL
    /// assert_eq!(name.to_str(), Ok("nü"));
    /// assert_eq!(name.set("a\0b"), 1);
    /// ```
    pub fn set(&mut self, name: &str) -> usize {
        let name = name.split('\0').next().unwrap_or("");
        // One byte is the NUL's. `None` only for an offset inside a
        // character, and 0 is never that.
        let room = N.saturating_sub(1).min(name.len());
        let stored = (0..=room)
            .rev()
            .find_map(|end| name.get(..end))
            .unwrap_or("");
        self.0 = [0; N];
        for (to, from) in self.0.iter_mut().zip(stored.bytes()) {
            *to = from;
        }
        stored.len()
    }
}

impl<const N: usize> Default for Name<N> {
    fn default() -> Self {
        Self::zeroed()
    }
}

/// Names are equal when their bytes before the NUL are.
impl<const N: usize> PartialEq for Name<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes_until_nul() == other.as_bytes_until_nul()
    }
}

impl<const N: usize> Eq for Name<N> {}

impl<const N: usize> fmt::Debug for Name<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_str() {
            Ok(name) => fmt::Debug::fmt(name, f),
            Err(_) => write!(f, "b\"{}\"", self.as_bytes_until_nul().escape_ascii()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Name;
    extern crate std;
    use std::format;

    #[test]
    fn set_cuts_at_a_character_and_clears_the_rest() {
        let mut name = Name::<8>([0xa5; 8]);
        assert_eq!(name.as_bytes_until_nul(), [0xa5; 8]);
        assert_eq!(name.set("abc"), 3);
        assert_eq!(name.0, *b"abc\0\0\0\0\0");
        assert_eq!(name.set("1234567"), 7);
        assert_eq!(name.0, *b"1234567\0");
        assert_eq!(name.set("12345678"), 7);
        assert_eq!(name.0, *b"1234567\0");
        // Four bytes at 4..8: cut before, not inside.
        assert_eq!(name.set("1234\u{1f3b9}"), 4);
        assert_eq!(name.0, *b"1234\0\0\0\0");
        assert_eq!(name.set("123\u{1f3b9}"), 7);
        assert_eq!(name.to_str(), Ok("123\u{1f3b9}"));
        assert_eq!(name.set(""), 0);
        assert_eq!(name.0, [0; 8]);
        assert_eq!(name.set("\0x"), 0);
    }

    #[test]
    fn small_arrays_hold_the_nul_or_nothing() {
        assert_eq!(Name::<0>::zeroed().set("x"), 0);
        assert_eq!(Name::<1>::zeroed().set("x"), 0);
        assert_eq!(Name::<0>::zeroed().as_bytes_until_nul(), b"");
    }

    #[test]
    fn shows_text_or_escaped_bytes_and_compares_up_to_the_nul() {
        assert_eq!(format!("{:?}", Name(*b"ab\0c")), "\"ab\"");
        assert_eq!(format!("{:?}", Name([0xff, b'a', 0, 0])), "b\"\\xffa\"");
        assert_eq!(Name(*b"ab\0c"), Name(*b"ab\0d"));
        assert_ne!(Name(*b"abc\0"), Name(*b"abd\0"));
        assert!(Name([0xff, 0]).to_str().is_err());
    }
}
