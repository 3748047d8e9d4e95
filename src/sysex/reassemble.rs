//! [`Reassembler`], which joins pieces to messages, and its results.

use alloc::vec::Vec;
use core::num::NonZeroUsize;

use super::slot::{Slot, State, run, take, take_until, take_whole};
use super::{REAL_TIME, Reason, SYSEX, SYSEX_END};
use crate::{Address, Bytes};

/// The result of [`Reassembler::push`].
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

/// Joins pieces of sysex messages, separately for each sender.
///
/// [The module](super) lists all cases. A message in a single piece is returned without a
/// copy. Only pieces are copied, into buffers that are reused.
///
/// ```
/// use alsa_seq::sysex::{Outcome, Reassembler};
/// use alsa_seq::{Address, Event};
///
/// let (piano, organ) = (Address::new(20, 0), Address::new(24, 0));
/// let received = [
///     Event::sysex(&[0xf0, 0x41, 1]).from_port(piano),
///     Event::sysex(&[0xf0, 0x43]).from_port(organ),
///     Event::sysex(&[2, 0xf7]).from_port(piano),
///     Event::sysex(&[3, 0xf7]).from_port(organ),
/// ];
/// let mut reassembler = Reassembler::new();
/// let mut messages = Vec::new();
/// for event in &received {
///     let mut piece = event.payload();
///     while let Some(outcome) = reassembler.push(event.source(), &mut piece) {
///         if let Outcome::Complete(message) = outcome {
///             messages.push((event.source(), message.to_vec()));
///         }
///     }
/// }
/// assert_eq!(messages[0], (piano, vec![0xf0, 0x41, 1, 2, 0xf7]));
/// assert_eq!(messages[1], (organ, vec![0xf0, 0x43, 3, 0xf7]));
/// ```
///
/// If a client or port was removed, or events were lost, call [`remove`](Self::remove)
/// for its messages. The reassembler cannot notice that itself. After an overrun, for
/// example, the next pieces would be joined to the wrong ones.
///
/// At the end of the input, check [`held`](Self::held): if it is not 0, a message is
/// incomplete.
#[derive(Clone, Debug)]
pub struct Reassembler {
    limit: usize,
    max_sources: usize,
    /// At most `max_sources` slots, in any order.
    slots: Vec<Slot>,
    /// Counts pieces, to find the oldest slot.
    now: u64,
}

/// The result of adding a piece to an unfinished message.
enum Step {
    /// The whole piece was used, or its next byte is not part of the message.
    Continue,
    Complete,
    Abandoned(Reason),
}

impl Default for Reassembler {
    fn default() -> Self {
        Self::new()
    }
}

impl Reassembler {
    /// A reassembler for messages of up to a megabyte (2²⁰ bytes), from up to 16 sources
    /// at a time.
    pub const fn new() -> Self {
        Self {
            limit: 1 << 20,
            max_sources: 16,
            slots: Vec::new(),
            now: 0,
        }
    }

    /// Sets the maximum size of a message in bytes, including F0 and F7. It also applies
    /// to messages in a single piece.
    #[must_use]
    pub const fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Sets the maximum number of sources with an unfinished message. Together with the
    /// limit, this bounds the memory: each source has one buffer, which never grows
    /// beyond the limit.
    #[must_use]
    pub fn with_max_sources(mut self, sources: NonZeroUsize) -> Self {
        self.max_sources = sources.get();
        self
    }

    /// The number of bytes of unfinished messages.
    pub fn held(&self) -> usize {
        let open = self.slots.iter().filter(|slot| slot.state == State::Open);
        open.map(|slot| slot.bytes.len()).sum()
    }

    /// The sources with an unfinished message, in any order.
    pub fn sources(&self) -> impl Iterator<Item = Address> + '_ {
        let open = self.slots.iter().filter(|slot| slot.state == State::Open);
        open.map(|slot| slot.source)
    }

    /// Adds the payload of a sysex event from `source`. Moves `piece` past the bytes that
    /// were used.
    ///
    /// A piece may end a message and begin another one, so it may have several outcomes.
    /// Call this until it returns `None`, which means that the whole piece was used.
    pub fn push<'a, 'p: 'a>(
        &'a mut self,
        source: Address,
        piece: &mut &'p [u8],
    ) -> Option<Outcome<'a>> {
        self.now = self.now.wrapping_add(1);
        loop {
            let first = *piece.first()?;
            let Some(index) = self.find(source) else {
                if first != SYSEX {
                    return Some(Outcome::Stray(take_until(piece, |byte| byte == SYSEX)));
                }
                if let Some(message) = take_whole(piece, self.limit) {
                    return Some(Outcome::Complete(message));
                }
                if let Some(index) = self.claim(source) {
                    // The slot belongs to another message, which is reported first.
                    return self.abandoned(index, Reason::Displaced);
                }
                continue;
            };
            match self.advance(index, piece) {
                Step::Continue => {}
                Step::Complete => {
                    let slot = self.slots.get(index)?;
                    return Some(Outcome::Complete(&slot.bytes));
                }
                Step::Abandoned(reason) => return self.abandoned(index, reason),
            }
        }
    }

    /// Removes the unfinished messages of the sources for which `gone` returns true, and
    /// returns them. If the rest of such a message arrives later, it is stray.
    ///
    /// ```
    /// use alsa_seq::sysex::{Reason, Reassembler};
    /// use alsa_seq::{Address, ClientId};
    ///
    /// let mut reassembler = Reassembler::new();
    /// assert_eq!(reassembler.push(Address::new(20, 0), &mut &[0xf0, 1][..]), None);
    /// // `EventData::ClientExit(client)` was received.
    /// let client = ClientId::new(20);
    /// let abandoned = reassembler.remove(|source| source.client == client);
    /// assert_eq!(*abandoned[0].bytes, [0xf0, 1]);
    /// assert_eq!(abandoned[0].reason, Reason::Removed);
    /// ```
    pub fn remove(
        &mut self,
        mut is_removed: impl FnMut(Address) -> bool,
    ) -> Vec<Abandoned<'static>> {
        let mut abandoned = Vec::new();
        for slot in &mut self.slots {
            if slot.state != State::Free && is_removed(slot.source) {
                if slot.state == State::Open {
                    abandoned.push(Abandoned {
                        source: slot.source,
                        bytes: core::mem::take(&mut slot.bytes).into(),
                        reason: Reason::Removed,
                    });
                }
                slot.state = State::Free;
            }
        }
        abandoned
    }

    fn find(&self, source: Address) -> Option<usize> {
        self.slots
            .iter()
            .position(|slot| slot.state != State::Free && slot.source == source)
    }

    /// Gives `source` a slot for a new message, whose F0 comes next. If the slot belongs
    /// to another message, this only frees it, and returns its index.
    fn claim(&mut self, source: Address) -> Option<usize> {
        let now = self.now;
        let free = self.slots.iter_mut().find(|slot| slot.state == State::Free);
        if let Some(slot) = free {
            slot.bytes.clear();
            slot.source = source;
            slot.state = State::Open;
            slot.last_used = now;
        } else if self.slots.len() < self.max_sources {
            self.slots.push(Slot {
                source,
                state: State::Open,
                bytes: Vec::new(),
                last_used: now,
            });
        } else {
            let slots = self.slots.iter_mut().enumerate();
            let (index, oldest) = slots.min_by_key(|(_, slot)| slot.last_used)?;
            let state = core::mem::replace(&mut oldest.state, State::Free);
            // The other message was reported before.
            return (state == State::Open).then_some(index);
        }
        None
    }

    /// Adds the bytes of the unfinished message from the start of `piece`.
    fn advance(&mut self, index: usize, piece: &mut &[u8]) -> Step {
        let Some(slot) = self.slots.get_mut(index) else {
            return Step::Continue;
        };
        slot.last_used = self.now;
        match slot.state {
            State::Skipping => {
                take_until(piece, |byte| (0x80..REAL_TIME).contains(&byte));
            }
            State::Free | State::Open if slot.bytes.is_empty() => {
                // The slot is new, because of this F0.
                if slot.add(piece, 1, self.limit) {
                    return Step::Continue;
                }
                take(piece, 1);
                return Step::Abandoned(Reason::TooLong);
            }
            State::Free | State::Open => {
                let run = run(piece, |byte| byte >= 0x80);
                if !slot.add(piece, run, self.limit) {
                    return Step::Abandoned(Reason::TooLong);
                }
            }
        }
        match piece.first().copied() {
            None | Some(..0x80) => Step::Continue,
            Some(REAL_TIME..) => {
                take(piece, 1);
                Step::Continue
            }
            Some(SYSEX_END) if slot.state == State::Skipping => {
                take(piece, 1);
                slot.state = State::Free;
                Step::Continue
            }
            Some(SYSEX_END) => {
                if !slot.add(piece, 1, self.limit) {
                    return Step::Abandoned(Reason::TooLong);
                }
                slot.state = State::Free;
                Step::Complete
            }
            Some(status) => {
                let skipping = slot.state == State::Skipping;
                slot.state = State::Free;
                match status {
                    _ if skipping => Step::Continue,
                    SYSEX => Step::Abandoned(Reason::Restarted),
                    _ => Step::Abandoned(Reason::Interrupted(status)),
                }
            }
        }
    }

    fn abandoned(&self, index: usize, reason: Reason) -> Option<Outcome<'_>> {
        let slot = self.slots.get(index)?;
        Some(Outcome::Abandoned(Abandoned {
            source: slot.source,
            bytes: slot.bytes.as_slice().into(),
            reason,
        }))
    }
}
