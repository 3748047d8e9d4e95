//! What becomes of the pieces.

use crate::reason::Reason;
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
#[non_exhaustive]
pub struct Abandoned<'a> {
    /// Who sent it.
    pub source: Address,
    /// What there is of it, from F0 on.
    pub bytes: Bytes<'a>,
    /// Why it ends here.
    pub reason: Reason,
}
