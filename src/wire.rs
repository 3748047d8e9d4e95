//! The binary form of events in `read` and `write`.
//!
//! The kernel uses a different framing for each direction, and another one for UMP
//! clients:
//!
//! | | record | data of variable length |
//! |---|---|---|
//! | `read`, MIDI 1.0 client ([`Framing::Legacy`]) | 28 bytes | padded to a multiple of 28 |
//! | `read`, UMP client ([`Framing::Ump`]) | 32 bytes, for all events | padded to a multiple of 32 |
//! | `write` ([`Framing::Packed`]) | 28 bytes, 32 for a UMP event | not padded |
//!
//! This module needs no operating system. Decoding copies nothing and cannot panic.
//! [`Events`] fails only if a length is wrong.

use core::fmt;
use core::iter::FusedIterator;

use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;
use alsa_seq_kernel_abi::limits;
use zerocopy::FromBytes;

#[cfg(feature = "alloc")]
use crate::event::EventType;
use crate::event::EventView;

mod encode;

#[cfg(feature = "alloc")]
pub use encode::EventBatch;
pub use encode::{EncodeError, encode, encoded_len};

/// One of the three forms of events in a buffer; the [module](self) has the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// The form that a MIDI 1.0 client reads.
    Legacy,
    /// The form that a UMP client reads (Linux 6.5).
    Ump,
    /// The form that any client writes.
    Packed,
}

impl Framing {
    /// The size of an event that is not a packet and has no data of variable length.
    #[inline(always)]
    pub(crate) const fn unit(self) -> usize {
        match self {
            Self::Legacy | Self::Packed => size_of::<abi::Event>(),
            Self::Ump => size_of::<abi::UmpEvent>(),
        }
    }
}

/// The error for bytes that end within an event.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event at byte {offset} needs {needed} bytes, of which {available} are there")]
pub struct DecodeError {
    offset: usize,
    needed: usize,
    available: usize,
}

debug_as_display!(DecodeError);

impl DecodeError {
    /// The offset of the event.
    pub const fn offset(self) -> usize {
        self.offset
    }

    /// The number of bytes of the event, as far as the available bytes show it.
    pub const fn needed(self) -> usize {
        self.needed
    }

    /// The number of available bytes.
    pub const fn available(self) -> usize {
        self.available
    }
}

/// An iterator of the events in a buffer, without a copy.
///
/// After an error, the iterator ends. The events before the error are valid, and
/// [`Events::remainder`] returns the other bytes.
///
/// ```
/// use alsa_seq::wire::{Events, Framing};
///
/// let bytes = [0; 28 + 27];
/// let mut events = Events::new(&bytes, Framing::Legacy);
/// assert!(events.next().is_some_and(|event| event.is_ok()));
/// let error = events.next().and_then(Result::err).unwrap();
/// assert_eq!((error.offset(), error.needed(), error.available()), (28, 28, 27));
/// assert!(events.next().is_none());
/// ```
#[derive(Clone)]
pub struct Events<'a> {
    rest: &'a [u8],
    /// The length of the whole buffer.
    total: usize,
    framing: Framing,
    failed: bool,
}

/// Shows the events that were not returned yet.
impl fmt::Debug for Events<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> Events<'a> {
    /// Iterates over the events in `bytes`.
    pub const fn new(bytes: &'a [u8], framing: Framing) -> Self {
        Self {
            rest: bytes,
            total: bytes.len(),
            framing,
            failed: false,
        }
    }

    /// The number of bytes of the events so far.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.total - self.rest.len()
    }

    /// The bytes that were not decoded yet, or cannot be.
    pub const fn remainder(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<EventView<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (view, rest) = match split_plain(self.rest, self.framing) {
            Some(parts) => parts,
            None if self.rest.is_empty() || self.failed => return None,
            None => match split_first(self.rest, self.framing) {
                Ok(parts) => parts,
                Err(needed) => {
                    self.failed = true;
                    return Some(Err(DecodeError {
                        offset: self.offset(),
                        needed,
                        available: self.rest.len(),
                    }));
                }
            },
        };
        self.rest = rest;
        Some(Ok(view))
    }
}

impl FusedIterator for Events<'_> {}

/// The result of [`split_first`] for an event that is not a packet and has no data of
/// variable length, as nearly all events; `None` for other events. It is small enough to
/// be inlined into the caller's loop.
#[inline(always)]
fn split_plain(bytes: &[u8], framing: Framing) -> Option<(EventView<'_>, &[u8])> {
    let (record, behind) = bytes.split_at_checked(framing.unit())?;
    Some((plain(record)?, behind))
}

/// The first event, if it is not a packet and has no data of variable length, as nearly
/// all received events. Only this module decides that.
#[inline(always)]
pub(crate) fn plain(bytes: &[u8]) -> Option<EventView<'_>> {
    let (head, _) = abi::Event::ref_from_prefix(bytes).ok()?;
    // In the records that a MIDI 1.0 client reads, the flag for packets has no meaning.
    // Such an event is decoded by the slower function.
    is_fixed(head).then_some(EventView::new(head, None, &[]))
}

/// Returns whether the flags of a record say that no more data follows it.
#[inline(always)]
fn is_fixed(head: &abi::Event) -> bool {
    let special = EventFlags::LENGTH_MASK | EventFlags::UMP;
    !head.header.flags.intersects(special)
}

/// Returns whether an event to send is of the usual form: it has 28 bytes without more data, and
/// needs no other check. (A note with a duration must be on a queue.) Only this module decides
/// that.
#[cfg(feature = "alloc")]
#[inline(always)]
fn is_plain(event: EventView<'_>) -> bool {
    let nothing_behind = is_fixed(event.raw()) && !event.is_ump() && event.payload().is_empty();
    nothing_behind && event.event_type() != EventType::NOTE
}

/// The first event and the bytes after it, or the number of bytes that the event needs.
#[inline(never)]
fn split_first(bytes: &[u8], framing: Framing) -> Result<(EventView<'_>, &[u8]), usize> {
    const UMP: usize = size_of::<abi::UmpEvent>();

    let smallest = framing.unit();
    let (head, behind_head) = abi::Event::ref_from_prefix(bytes).map_err(|_| smallest)?;
    let flags = head.header.flags;
    let variable = flags.length() == EventFlags::LENGTH_VARIABLE;
    // The kernel checks the length first: an event with data of variable length is not a
    // UMP event, even if it has the flag.
    let ump = !variable && flags.contains(EventFlags::UMP) && framing != Framing::Legacy;

    let unit = if ump { UMP } else { smallest };
    let (last_word, body) = if unit == UMP {
        let (word, body) = abi::U32::ref_from_prefix(behind_head).map_err(|_| UMP)?;
        (word.get(), body)
    } else {
        (0, behind_head)
    };
    let ump_word = ump.then_some(last_word);
    if !variable {
        return Ok((EventView::new(head, ump_word, &[]), body));
    }

    // The length is at most 2^30, so no sum overflows 32 bits.
    let length = (head.payload::<abi::Ext>().len.get() & limits::EXT_LEN_MASK) as usize;
    let padded = match framing {
        Framing::Packed => length,
        Framing::Legacy | Framing::Ump => length.next_multiple_of(unit),
    };
    match (body.get(..length), body.get(padded..)) {
        (Some(payload), Some(rest)) => Ok((EventView::new(head, ump_word, payload), rest)),
        _ => Err(unit + padded),
    }
}
