//! What becomes of the pieces.

use crate::{Address, Bytes};

/// What [`Reassembler::push`](super::Reassembler::push) found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// A whole message of the source, from F0 to F7.
    Complete(&'a [u8]),
    /// A message will not become whole. It need not be this source's.
    Abandoned(Abandoned<'a>),
    /// Bytes of the source that belong to no message: its beginning was lost,
    /// or they are no sysex.
    Stray(&'a [u8]),
}

/// A message that did not become whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abandoned<'a> {
    /// Who sent it.
    pub source: Address,
    /// What there is of it, from F0 on.
    pub bytes: Bytes<'a>,
    /// Why it ends here.
    pub reason: Reason,
}

/// Why a message did not become whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Its sender began another one.
    Restarted,
    /// This status byte is in it.
    Interrupted(u8),
    /// It is longer than the limit.
    TooLong,
    /// Too many others have messages under way.
    Displaced,
    /// [`Reassembler::remove`](super::Reassembler::remove) was asked to.
    Removed,
}
