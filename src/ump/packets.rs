//! [`Packets`], an iterator of packets.

use core::iter::FusedIterator;

use super::{MessageType, Packet};

/// The error for words that end within a packet.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the packet at word {offset} needs {needed} words, of which {available} are there")]
pub struct TruncatedPacket {
    offset: usize,
    needed: usize,
    available: usize,
}

debug_as_display!(TruncatedPacket);

impl TruncatedPacket {
    /// The index of the packet's first word.
    pub const fn offset(self) -> usize {
        self.offset
    }

    /// The number of words of the packet.
    pub const fn needed(self) -> usize {
        self.needed
    }

    /// The number of available words.
    pub const fn available(self) -> usize {
        self.available
    }
}

/// An iterator of the packets in a slice of words.
///
/// After an error, the iterator ends. The packets before the error are valid, and
/// [`Packets::remainder`] returns the other words.
///
/// ```
/// use alsa_seq::ump::Packets;
///
/// let words = [0x10f8_0000, 0x4090_3c00];
/// let mut packets = Packets::new(&words);
/// assert!(packets.next().is_some_and(|packet| packet.is_ok()));
/// let error = packets.next().and_then(Result::err).unwrap();
/// assert_eq!((error.offset(), error.needed(), error.available()), (1, 2, 1));
/// assert!(packets.next().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    rest: &'a [u32],
    offset: usize,
    failed: bool,
}

impl<'a> Packets<'a> {
    /// Iterates over the packets in `words`.
    pub const fn new(words: &'a [u32]) -> Self {
        Self {
            rest: words,
            offset: 0,
            failed: false,
        }
    }

    /// The number of words of the packets so far.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The words that were not decoded yet, or cannot be.
    pub const fn remainder(&self) -> &'a [u32] {
        self.rest
    }
}

impl Iterator for Packets<'_> {
    type Item = Result<Packet, TruncatedPacket>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.first().filter(|_| !self.failed)?;
        let needed = MessageType::of(*first).words();
        let Some((own, rest)) = self.rest.split_at_checked(needed) else {
            self.failed = true;
            return Some(Err(TruncatedPacket {
                offset: self.offset,
                needed,
                available: self.rest.len(),
            }));
        };
        let mut words = [0; 4];
        for (slot, word) in words.iter_mut().zip(own) {
            *slot = *word;
        }
        self.rest = rest;
        self.offset += needed;
        Some(Ok(Packet::new(words)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len().div_ceil(4).min(1), Some(self.rest.len()))
    }
}

impl FusedIterator for Packets<'_> {}
