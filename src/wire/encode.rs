//! Encodes events into the bytes for `write`.

use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;
use alsa_seq_kernel_abi::limits;
#[cfg(feature = "alloc")]
use zerocopy::FromBytes;
use zerocopy::IntoBytes;

#[cfg(feature = "alloc")]
use alloc::{vec, vec::Vec};
#[cfg(feature = "alloc")]
use core::fmt;

#[cfg(feature = "alloc")]
use super::{Events, Framing, is_plain};
use crate::event::EventView;

/// The reason why an event cannot be encoded.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The data is too long for the kernel's length field.
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

debug_as_display!(EncodeError);

/// The kernel refuses this length and larger ones.
const TOO_LONG: usize = limits::EXT_LEN_MASK as usize;

/// Returns the number of bytes that [`encode`] writes for this event.
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

/// Writes an event to the start of `buffer` in the form for the kernel
/// ([`Framing::Packed`](super::Framing::Packed)), and returns its size.
///
/// It copies every byte of the event. Only the UMP flag may change: it is set for UMP
/// events and cleared for others, because it tells the kernel the size of the record.
///
/// # Errors
/// If the buffer is too small, or the data is too long for the kernel.
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
        // The sum of the parts is `needed`, so the split never fails.
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

/// Passes the bytes of an encoded event to `put`, piece by piece.
#[inline]
fn for_each_part(event: EventView<'_>, mut put: impl FnMut(&[u8])) {
    let mut head = *event.raw();
    head.header.flags.set(EventFlags::UMP, event.is_ump());
    put(head.as_bytes());
    if let Some(word) = event.ump_word() {
        put(&word.to_ne_bytes());
    }
    // The header already contains the length.
    if !event.payload().is_empty() {
        put(event.payload());
    }
}

/// A buffer of encoded events, one after the other, ready to be written.
///
/// Events are added at the end and sent from the start. Events that were not sent stay.
#[cfg(feature = "alloc")]
#[derive(Clone)]
pub struct EventBatch {
    /// The events, followed by room for more.
    bytes: Vec<u8>,
    /// The start of the unsent part, which is always the start of an event.
    start: usize,
    /// The end of the events.
    end: usize,
    /// The maximum length of the buffer, including the events. A larger event has exactly
    /// its own size, and leaves no room after it.
    room: usize,
}

#[cfg(feature = "alloc")]
impl Default for EventBatch {
    fn default() -> Self {
        Self::new()
    }
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
            end: 0,
            room: usize::MAX,
        }
    }

    /// An empty batch with room for `bytes` bytes of events.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: vec![0; bytes],
            ..Self::new()
        }
    }

    /// Adds an event at the end. Does not change its source.
    ///
    /// # Errors
    /// If the event's data is too long for the kernel. The batch is then unchanged.
    #[inline]
    pub fn push<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<(), EncodeError> {
        let event = event.into();
        self.push_from(event, event.raw().header.source)
    }

    /// Like [`EventBatch::push`], with another source.
    #[inline]
    pub(crate) fn push_from(
        &mut self,
        event: EventView<'_>,
        source: abi::Address,
    ) -> Result<(), EncodeError> {
        if self.push_plain(event, source) {
            return Ok(());
        }
        // Copies the header. Otherwise, a plain event would have to be in memory before
        // it is pushed.
        let mut head = *event.raw();
        head.header.source = source;
        self.push_of_any_kind(EventView::new(&head, event.ump_word(), event.payload()))
    }

    /// Adds an event if it is [plain](is_plain) and the batch has room for it. It is
    /// small enough to be inlined into the caller's loop.
    #[inline(always)]
    pub(crate) fn push_plain(&mut self, event: EventView<'_>, source: abi::Address) -> bool {
        if !is_plain(event) {
            return false;
        }
        let end = self.end + size_of::<abi::Event>();
        let place = self.bytes.get_mut(self.end..end);
        let Some(Ok(record)) = place.map(abi::Event::mut_from_bytes) else {
            return false;
        };
        *record = *event.raw();
        record.header.source = source;
        self.end = end;
        true
    }

    #[inline(never)]
    fn push_of_any_kind(&mut self, event: EventView<'_>) -> Result<(), EncodeError> {
        check_length(event)?;
        let needed = encoded_len(event);
        if self.bytes.len() - self.end < needed {
            self.make_room(needed);
        }
        for_each_part(event, |part| {
            let end = self.end + part.len();
            // The buffer has room for all parts.
            if let Some(place) = self.bytes.get_mut(self.end..end) {
                place.copy_from_slice(part);
                self.end = end;
            }
        });
        Ok(())
    }

    #[cold]
    fn make_room(&mut self, needed: usize) {
        // First reuses the room of sent events, before it allocates.
        self.forget_sent();
        let there = self.bytes.len() - self.end;
        self.bytes.reserve(needed.saturating_sub(there));
        self.open_room(needed);
    }

    /// Extends the buffer to `room`, but at least to `needed`.
    fn open_room(&mut self, needed: usize) {
        let most = self.bytes.capacity().min(self.room);
        self.bytes.resize(most.max(self.end + needed), 0);
    }

    /// Moves the unsent events to the start.
    fn forget_sent(&mut self) {
        // `start` is never larger than the length, but the compiler cannot see that.
        let sent = self.start.min(self.bytes.len());
        self.bytes.drain(..sent);
        self.start = 0;
        self.end -= sent;
    }

    /// Sets the maximum length up to which [`EventBatch::push_plain`] adds events.
    #[cfg(feature = "std")]
    pub(crate) fn set_room(&mut self, room: usize) {
        self.room = room;
        self.open_room(0);
    }

    /// Frees the memory that an event of unusual size needed, after it was sent.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn give_back(&mut self, usual: usize) {
        if self.bytes.capacity() > Self::KEPT {
            self.give_back_more_than(usual);
        }
    }

    /// This amount of memory is always kept.
    #[cfg(feature = "std")]
    const KEPT: usize = 64 * 1024;

    #[cfg(feature = "std")]
    #[cold]
    fn give_back_more_than(&mut self, usual: usize) {
        let kept = usual.max(Self::KEPT);
        // A growing buffer may have twice the needed capacity.
        if self.bytes.capacity() / 2 > kept && self.len() <= kept {
            self.forget_sent();
            self.bytes.truncate(kept);
            self.bytes.shrink_to(kept);
        }
    }

    /// The bytes that were not sent yet.
    pub fn unsent(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or(&[])
    }

    /// The events that were not sent yet.
    pub fn events(&self) -> Events<'_> {
        Events::new(self.unsent(), Framing::Packed)
    }

    /// The number of bytes that were not sent yet.
    pub fn len(&self) -> usize {
        self.unsent().len()
    }

    /// Returns whether everything was sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all events.
    pub fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
        // An event that needed more was dropped.
        self.bytes.truncate(self.room);
    }

    /// Drops the first event, if there is one.
    pub fn skip_first(&mut self) {
        let mut events = self.events();
        events.next();
        let size = events.offset();
        self.advance(size);
    }

    /// Keeps only the events for which `keep` returns true.
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
        (self.start, self.end) = (0, kept.len());
        self.bytes = kept;
        self.open_room(0);
    }

    /// Drops the first `bytes` bytes, which must be whole events.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.start = self.start.saturating_add(bytes);
        if self.start >= self.end {
            self.clear();
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::Event;

    fn takes(batch: &mut EventBatch, event: &Event<'_>) -> bool {
        let source = event.raw().header.source;
        batch.push_plain(event.as_view(), source)
    }

    /// Returns the final number of bytes of plain events, if at most `room` is requested.
    fn filled(batch: &mut EventBatch, room: usize) -> usize {
        let event = Event::clock();
        loop {
            if takes(batch, &event) {
                continue;
            }
            if batch.len() + 28 > room {
                return batch.len();
            }
            assert_eq!(batch.push(&event), Ok(()));
        }
    }

    #[test]
    fn no_plain_event_goes_beyond_the_room() {
        let event = Event::clock();
        for room in [0, 27, 28, 29, 100, 1000] {
            let whole = room / 28 * 28;
            let mut batch = EventBatch::new();
            batch.set_room(room);
            assert_eq!(filled(&mut batch, room), whole);
            assert!(batch.events().flatten().all(|one| one == event.as_view()));

            // Sent data leaves no room until all data is sent.
            batch.advance(28);
            assert!(whole <= 28 || !takes(&mut batch, &event));
            batch.clear();
            assert_eq!(filled(&mut batch, room), whole);

            // A larger event still fits there, and leaves no more room.
            batch.clear();
            batch.push(&Event::sysex(&[0x55; 2000])).unwrap();
            assert!(!takes(&mut batch, &event));
            batch.advance(2028);
            assert_eq!(filled(&mut batch, room), whole);

            batch.set_room(room / 2);
            assert!(!takes(&mut batch, &event));
            batch.clear();
            assert_eq!(filled(&mut batch, room / 2), room / 2 / 28 * 28);
            batch.set_room(room);
            assert_eq!(filled(&mut batch, room), whole);
            batch.retain(|_| false);
            assert_eq!(filled(&mut batch, room), whole);
        }
    }

    #[test]
    fn a_large_allocation_is_freed_and_the_room_is_unchanged() {
        let mut batch = EventBatch::new();
        batch.set_room(100);
        batch.push(&Event::sysex(&[0x55; 1_000_000])).unwrap();
        batch.give_back(100);
        assert!(batch.bytes.capacity() > 1_000_000, "it is still there");
        batch.advance(1_000_028);
        batch.give_back(100);
        assert!(batch.bytes.capacity() <= EventBatch::KEPT);
        assert_eq!(filled(&mut batch, 100), 84);
    }

    #[test]
    fn only_plain_events_take_the_short_way() {
        let mut batch = EventBatch::with_capacity(1000);
        for event in [
            Event::note(0, 60, 100, 10).unwrap(),
            Event::sysex(&[0xf0, 0xf7]),
            Event::sysex(&[]),
            Event::ump([0x2090_3c64, 0, 0, 0]),
        ] {
            assert!(!takes(&mut batch, &event), "{event:?}");
            assert!(batch.is_empty());
        }
        assert!(takes(&mut batch, &Event::clock()));
        assert_eq!(batch.len(), 28);
    }
}
