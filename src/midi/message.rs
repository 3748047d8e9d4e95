//! [`Message`]: a few bytes by value, or many by reference.

use core::fmt;
use core::ops::Deref;

/// The bytes of an encoded event. It dereferences to `[u8]`.
#[derive(Clone, Copy)]
pub struct Message<'a>(Inner<'a>);

#[derive(Clone, Copy)]
enum Inner<'a> {
    Short(Short),
    Borrowed(&'a [u8]),
}

/// The bytes of at most four controllers.
#[derive(Clone, Copy, Default)]
pub(super) struct Short {
    bytes: [u8; Short::CAPACITY],
    len: u8,
}

impl Short {
    const CAPACITY: usize = 12;

    /// The first `len` of three bytes.
    #[inline]
    pub(super) fn of([first, second, third]: [u8; 3], len: u8) -> Self {
        let bytes = [first, second, third, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Self { bytes, len }
    }

    pub(super) fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.len)) {
            *slot = byte;
            self.len += 1;
        }
    }
}

impl From<Short> for Message<'_> {
    #[inline]
    fn from(short: Short) -> Self {
        Self(Inner::Short(short))
    }
}

impl<'a> From<&'a [u8]> for Message<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Inner::Borrowed(bytes))
    }
}

impl Deref for Message<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Inner::Short(short) => short.bytes.get(..usize::from(short.len)).unwrap_or(&[]),
            Inner::Borrowed(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Message<'_> {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Compares the bytes.
impl PartialEq for Message<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Message<'_> {}

/// Shows the bytes as a list.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
