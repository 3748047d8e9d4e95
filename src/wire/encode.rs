//! Events into the bytes for `write`.

use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;
use alsa_seq_kernel_abi::limits;
use zerocopy::IntoBytes;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
#[cfg(feature = "alloc")]
use core::fmt;

#[cfg(feature = "alloc")]
use super::{Events, Framing};
use crate::event::EventView;

/// An event that cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The kernel's length field has no room for so much data.
    #[error("{0} bytes of data are too many for one event")]
    TooLong(usize),
    /// The buffer is too small; nothing was written to it.
    #[error("the event needs {needed} bytes, and there is room for {available}")]
    NoRoom {
        /// The size of the encoded event.
        needed: usize,
        /// The size of the buffer.
        available: usize,
    },
}

/// The kernel refuses this length and all above.
const TOO_LONG: usize = limits::EXT_LEN_MASK as usize;

/// How many bytes [`encode`] writes for this event.
#[inline]
pub fn encoded_len<'e>(event: impl Into<EventView<'e>>) -> usize {
    let event = event.into();
    let record = if event.is_ump() {
        size_of::<abi::UmpEvent>()
    } else {
        size_of::<abi::Event>()
    };
    record + event.payload().len()
}

/// Writes an event to the front of `buffer` as the kernel takes it
/// ([`Framing::Packed`](super::Framing::Packed)), and returns its size.
///
/// Every byte is as the event has it. Only the UMP flag is set exactly for UMP
/// events, because the kernel takes it for the size of the record.
///
/// # Errors
/// If the buffer is too small, or the data longer than the kernel takes.
pub fn encode<'e>(
    event: impl Into<EventView<'e>>,
    buffer: &mut [u8],
) -> Result<usize, EncodeError> {
    let event = event.into();
    check_length(event)?;
    let needed = encoded_len(event);
    let available = buffer.len();
    let mut rest = buffer
        .get_mut(..needed)
        .ok_or(EncodeError::NoRoom { needed, available })?;
    for_each_part(event, |part| {
        // The parts add up to `needed`, so the split never fails.
        if let Some((front, behind)) = core::mem::take(&mut rest).split_at_mut_checked(part.len()) {
            front.copy_from_slice(part);
            rest = behind;
        }
    });
    Ok(needed)
}

#[inline]
fn check_length(event: EventView<'_>) -> Result<(), EncodeError> {
    if event.payload().len() >= TOO_LONG {
        return Err(EncodeError::TooLong(event.payload().len()));
    }
    Ok(())
}

/// Hands out the bytes of an encoded event, piece by piece.
#[inline]
fn for_each_part(event: EventView<'_>, mut put: impl FnMut(&[u8])) {
    let mut head = *event.raw();
    head.header.flags.set(EventFlags::UMP, event.is_ump());
    put(head.as_bytes());
    if let Some(word) = event.ump_word() {
        put(&word.to_ne_bytes());
    }
    // The length field of the head already says how long it is.
    if !event.payload().is_empty() {
        put(event.payload());
    }
}

/// The same record with another source.
#[cfg(feature = "alloc")]
#[inline(always)]
fn with_source(head: &abi::Event, source: abi::Address) -> abi::Event {
    let mut head = *head;
    head.header.source = source;
    head
}

/// Events ready to be written, back to back in one buffer.
///
/// It is filled at the end and sent from the front; what was not sent stays.
#[cfg(feature = "alloc")]
#[derive(Clone, Default)]
pub struct EventBatch {
    bytes: Vec<u8>,
    /// Where the unsent part starts: always at an event.
    start: usize,
}

#[cfg(feature = "alloc")]
impl fmt::Debug for EventBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.events().flatten()).finish()
    }
}

#[cfg(feature = "alloc")]
impl EventBatch {
    /// An empty batch.
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
        }
    }

    /// An empty batch that takes `bytes` bytes of events without allocating.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            start: 0,
        }
    }

    /// Adds an event at the end. Its source is the event's own, whatever that is.
    ///
    /// # Errors
    /// If the event's data is longer than the kernel takes. The batch is then
    /// as it was.
    #[inline]
    pub fn push<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<(), EncodeError> {
        let event = event.into();
        self.push_from(event, event.raw().header.source)
    }

    /// As [`EventBatch::push`], with another source.
    #[inline]
    pub(crate) fn push_from(
        &mut self,
        event: EventView<'_>,
        source: abi::Address,
    ) -> Result<(), EncodeError> {
        if self.push_plain(event, source) {
            return Ok(());
        }
        // A copy, so that a plain event need not be in memory before it is pushed.
        let head = with_source(event.raw(), source);
        self.push_of_any_kind(&head, event.ump_word(), event.payload())
    }

    /// Adds an event of 28 bytes with nothing behind them, which nearly all are,
    /// if it is one and needs no memory. Small enough to become part of the
    /// caller's loop.
    #[inline(always)]
    pub(crate) fn push_plain(&mut self, event: EventView<'_>, source: abi::Address) -> bool {
        let flags = event.raw().header.flags;
        if event.is_ump() || flags.contains(EventFlags::UMP) || !event.payload().is_empty() {
            return false;
        }
        if self.bytes.capacity() - self.bytes.len() < size_of::<abi::Event>() {
            return false;
        }
        let record = with_source(event.raw(), source);
        self.bytes.extend_from_slice(record.as_bytes());
        true
    }

    /// The parts of an [`EventView`], because in registers they cost the caller
    /// of [`EventBatch::push`] nothing.
    #[inline(never)]
    fn push_of_any_kind(
        &mut self,
        head: &abi::Event,
        ump_word: Option<u32>,
        payload: &[u8],
    ) -> Result<(), EncodeError> {
        let event = EventView::new(head, ump_word, payload);
        check_length(event)?;
        let needed = encoded_len(event);
        if self.bytes.capacity() - self.bytes.len() < needed {
            self.make_room(needed);
        }
        for_each_part(event, |part| self.bytes.extend_from_slice(part));
        Ok(())
    }

    #[cold]
    fn make_room(&mut self, needed: usize) {
        // What was sent makes room before more memory does.
        self.forget_sent();
        self.bytes.reserve(needed);
    }

    /// Moves what is unsent to the front.
    fn forget_sent(&mut self) {
        // Never more than there are; the compiler does not know.
        let sent = self.start.min(self.bytes.len());
        self.bytes.drain(..sent);
        self.start = 0;
    }

    /// Gives back the memory that an event of unusual size took, once it is gone.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn give_back(&mut self, usual: usize) {
        if self.bytes.capacity() > Self::KEPT {
            self.give_back_more_than(usual);
        }
    }

    /// So much is kept in any case.
    #[cfg(feature = "std")]
    const KEPT: usize = 64 * 1024;

    #[cfg(feature = "std")]
    #[cold]
    fn give_back_more_than(&mut self, usual: usize) {
        let kept = usual.max(Self::KEPT);
        // A buffer that grows as it is filled may have twice what it needs.
        if self.bytes.capacity() / 2 > kept && self.len() <= kept {
            self.forget_sent();
            self.bytes.shrink_to(kept);
        }
    }

    /// How many bytes the buffer holds, those that were sent included.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn held(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes that are still to be sent.
    pub fn unsent(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or(&[])
    }

    /// The events that are still to be sent.
    pub fn events(&self) -> Events<'_> {
        Events::new(self.unsent(), Framing::Packed)
    }

    /// How many bytes are still to be sent.
    pub fn len(&self) -> usize {
        self.unsent().len()
    }

    /// Whether everything was sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all events.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
    }

    /// Takes the first event out, if there is one.
    pub fn skip_first(&mut self) {
        let mut events = self.events();
        events.next();
        let size = events.offset();
        self.advance(size);
    }

    /// Keeps those events for which `keep` is true.
    #[cfg(feature = "std")]
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(EventView<'_>) -> bool) {
        let mut kept = Vec::with_capacity(self.bytes.capacity());
        let mut events = self.events();
        let mut start = 0;
        while let Some(Ok(event)) = events.next() {
            let end = events.offset();
            if keep(event) {
                kept.extend_from_slice(self.unsent().get(start..end).unwrap_or_default());
            }
            start = end;
        }
        self.bytes = kept;
        self.start = 0;
    }

    /// Takes the first `bytes` bytes out: whole events that were sent.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.start = self.start.saturating_add(bytes);
        if self.start >= self.bytes.len() {
            self.clear();
        }
    }
}
