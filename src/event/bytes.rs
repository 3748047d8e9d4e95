//! Variable-length data, borrowed or owned.

use core::fmt;
use core::ops::Deref;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// The variable-length data of an event: a slice of a buffer, or (with an allocator)
/// owned bytes. It dereferences to `[u8]`.
#[derive(Clone)]
pub struct Bytes<'a>(Inner<'a>);

#[derive(Clone)]
enum Inner<'a> {
    Borrowed(&'a [u8]),
    #[cfg(feature = "alloc")]
    Owned(Vec<u8>),
}

impl<'a> Bytes<'a> {
    /// No bytes.
    pub const EMPTY: Self = Self(Inner::Borrowed(&[]));

    /// The same bytes, borrowed from `self`.
    #[inline]
    pub fn as_borrowed(&self) -> Bytes<'_> {
        Bytes(Inner::Borrowed(self))
    }

    /// Makes the bytes owned. Copies them if they were borrowed.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn into_owned(self) -> Bytes<'static> {
        Bytes(match self.0 {
            // An empty slice needs no allocation.
            Inner::Borrowed([]) => Inner::Borrowed(&[]),
            Inner::Borrowed(bytes) => Inner::Owned(bytes.to_vec()),
            Inner::Owned(bytes) => Inner::Owned(bytes),
        })
    }
}

impl Default for Bytes<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Deref for Bytes<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Inner::Borrowed(bytes) => bytes,
            #[cfg(feature = "alloc")]
            Inner::Owned(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Bytes<'_> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl<'a> From<&'a [u8]> for Bytes<'a> {
    #[inline]
    fn from(bytes: &'a [u8]) -> Self {
        Self(Inner::Borrowed(bytes))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Bytes<'a> {
    #[inline]
    fn from(bytes: &'a [u8; N]) -> Self {
        Self(Inner::Borrowed(bytes))
    }
}

#[cfg(feature = "alloc")]
impl From<Vec<u8>> for Bytes<'_> {
    #[inline]
    fn from(bytes: Vec<u8>) -> Self {
        Self(Inner::Owned(bytes))
    }
}

/// Compares the bytes, whether they are owned or borrowed.
impl PartialEq for Bytes<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes<'_> {}

impl fmt::Debug for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
