//! Random texts from the kernel, and the token that lets a page change connections.

use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::path::Path;

use crate::failure::Failure;

/// The random bytes in a text: 128 bits.
const BYTES: usize = 16;

/// The source of random texts: the kernel.
#[derive(Debug)]
pub(super) struct Random(File);

impl Random {
    pub(super) fn open() -> Result<Self, Failure> {
        let path = Path::new("/dev/urandom");
        File::open(path).map(Self).map_err(Failure::file(path))
    }

    /// Returns a text of hexadecimal digits that nobody can guess.
    pub(super) fn text(&self) -> Result<String, Failure> {
        let mut bytes = [0; BYTES];
        (&self.0)
            .read_exact(&mut bytes)
            .map_err(Failure::file(Path::new("/dev/urandom")))?;
        let mut text = String::with_capacity(2 * BYTES);
        for byte in bytes {
            let _ = write!(text, "{byte:02x}");
        }
        Ok(text)
    }

    pub(super) fn token(&self) -> Result<Token, Failure> {
        self.text().map(|text| Token::new(&text))
    }
}

/// The secret of a page that may change connections.
#[derive(Clone)]
pub(super) struct Token(String);

impl Token {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the end of the page's address. Browsers do not send this part to any server.
    pub(super) fn fragment(&self) -> String {
        format!("#token={}", self.0)
    }

    /// Returns whether a text is the token. The time that this takes depends only on the
    /// length of the text, so nobody can guess the token byte by byte.
    pub(super) fn is(&self, said: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let mut differences = u8::from(own.len() != said.len());
        for (at, byte) in said.iter().enumerate() {
            let other = own.get(at % (2 * BYTES)).copied().unwrap_or(0);
            differences = black_box(differences | (byte ^ other));
        }
        differences == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_accepted() {
        let random = Random::open().unwrap();
        let token = random.token().unwrap();
        let text = token.fragment().split_off("#token=".len());
        assert_eq!(text.len(), 32);
        assert!(token.is(text.as_bytes()));
        let twice = text.repeat(2);
        for wrong in [
            "",
            text.get(1..).unwrap(),
            &twice,
            &text.to_uppercase().replace(|c: char| c.is_numeric(), "x"),
        ] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] ^= 1;
            assert!(!token.is(&wrong));
        }
        assert_ne!(random.text().unwrap(), text);
    }
}
