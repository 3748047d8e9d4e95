//! How events lie in the bytes that `read` and `write` carry.
//!
//! The kernel frames the two directions differently, and once more for UMP
//! clients:
//!
//! | | record | data of variable length |
//! |---|---|---|
//! | `read`, MIDI 1.0 client ([`Framing::Legacy`]) | 28 bytes | padded to a multiple of 28 |
//! | `read`, UMP client ([`Framing::Ump`]) | 32 bytes, for all events | padded to a multiple of 32 |
//! | `write` ([`Framing::Packed`]) | 28 bytes, 32 for a UMP event | not padded |
//!
//! Nothing here needs an operating system. Decoding copies nothing and cannot
//! panic; [`Events`] fails on a wrong length alone.

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

/// One of the three ways in which events lie in a buffer; the
/// [module](self) has the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// What a MIDI 1.0 client reads.
    Legacy,
    /// What a UMP client reads (Linux 6.5).
    Ump,
    /// What any client writes.
    Packed,
}

impl Framing {
    /// The size of an event that is no packet and has no data of variable length.
    #[inline(always)]
    pub(crate) const fn unit(self) -> usize {
        match self {
            Self::Legacy | Self::Packed => size_of::<abi::Event>(),
            Self::Ump => size_of::<abi::UmpEvent>(),
        }
    }
}

/// The bytes end in the middle of an event.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event at byte {offset} needs {needed} bytes, of which {available} are there")]
pub struct DecodeError {
    offset: usize,
    needed: usize,
    available: usize,
}

debug_as_display!(DecodeError);

impl DecodeError {
    /// Where the event starts.
    pub const fn offset(self) -> usize {
        self.offset
    }

    /// How many bytes the event has, as far as can be told from those that
    /// are there.
    pub const fn needed(self) -> usize {
        self.needed
    }

    /// How many bytes are there.
    pub const fn available(self) -> usize {
        self.available
    }
}

/// The events in a buffer, one after the other, borrowed.
///
/// After an error it yields nothing more; what came before the error is as
/// good as ever, and [`Events::remainder`] is what was left.
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
    /// How many bytes there were at first.
    total: usize,
    framing: Framing,
    failed: bool,
}

/// What is still to come.
impl fmt::Debug for Events<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> Events<'a> {
    /// The events in `bytes`.
    pub const fn new(bytes: &'a [u8], framing: Framing) -> Self {
        Self {
            rest: bytes,
            total: bytes.len(),
            framing,
            failed: false,
        }
    }

    /// How many bytes the events so far took.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.total - self.rest.len()
    }

    /// The bytes that are still to be decoded, or could not be.
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

/// What [`split_first`] says of an event that is no packet and has no data of
/// variable length, as nearly all are; `None` of any other. Small enough to become
/// part of the caller's loop.
#[inline(always)]
fn split_plain(bytes: &[u8], framing: Framing) -> Option<(EventView<'_>, &[u8])> {
    let (record, behind) = bytes.split_at_checked(framing.unit())?;
    Some((plain(record)?, behind))
}

/// The event in front, if it is no packet and has no data of variable length, as nearly
/// all that are received. Nothing above this module decides that.
#[inline(always)]
pub(crate) fn plain(bytes: &[u8]) -> Option<EventView<'_>> {
    let (head, _) = abi::Event::ref_from_prefix(bytes).ok()?;
    // In what a MIDI 1.0 client reads, the flag for packets says nothing; then the
    // other way finds out.
    is_fixed(head).then_some(EventView::new(head, None, &[]))
}

/// Whether a record says that nothing is behind it.
#[inline(always)]
fn is_fixed(head: &abi::Event) -> bool {
    let special = EventFlags::LENGTH_MASK | EventFlags::UMP;
    !head.header.flags.intersects(special)
}

/// Whether an event that is to be sent is like nearly all: it has 28 bytes with nothing
/// behind them, and its sender has nothing else to check. (A note with a duration must be
/// on a queue.) Nothing above this module decides that.
#[cfg(feature = "alloc")]
#[inline(always)]
fn is_plain(event: EventView<'_>) -> bool {
    let nothing_behind = is_fixed(event.raw()) && !event.is_ump() && event.payload().is_empty();
    nothing_behind && event.event_type() != EventType::NOTE
}

/// The first event and what is behind it, or how many bytes the event needs.
#[inline(never)]
fn split_first(bytes: &[u8], framing: Framing) -> Result<(EventView<'_>, &[u8]), usize> {
    const UMP: usize = size_of::<abi::UmpEvent>();

    let smallest = framing.unit();
    let (head, behind_head) = abi::Event::ref_from_prefix(bytes).map_err(|_| smallest)?;
    let flags = head.header.flags;
    let variable = flags.length() == EventFlags::LENGTH_VARIABLE;
    // The kernel looks at the length first: data of variable length makes it
    // no UMP event, whatever the flag says.
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

    // At most 2^30, and so no sum overflows even 32 bits.
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
