//! The results of joining pieces.

use crate::reason::Reason;
use crate::{Address, Bytes};

/// The result of [`Reassembler::push`](super::Reassembler::push).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// A whole message of the source, from F0 to F7.
    Complete(&'a [u8]),
    /// A message will stay incomplete. It may be another source's message.
    Abandoned(Abandoned<'a>),
    /// Bytes of the source that are not part of a message: its beginning was lost, or
    /// they are not sysex.
    Stray(&'a [u8]),
}

/// An incomplete message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Abandoned<'a> {
    /// The sender.
    pub source: Address,
    /// The bytes that arrived, from F0 on.
    pub bytes: Bytes<'a>,
    /// The reason why it ends here.
    pub reason: Reason,
}
