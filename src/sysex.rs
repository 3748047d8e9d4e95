//! System-exclusive messages: many events make one message, one message becomes
//! many events.
//!
//! A sysex event holds a whole message, from F0 to F7, or a part of one. A
//! hardware port hands out at most 256 bytes at a time, a UMP client's message
//! comes in pieces of one to eight, and several senders' pieces come in turn.
//! `Reassembler` joins them, each sender's own (it needs the `alloc` feature);
//! [`split`] is for the way out.
//!
//! | what comes from a source | outcome |
//! |---|---|
//! | F0 … F7, in one piece or many | complete |
//! | F0 before the F7 | what was there is abandoned (`Restarted`), a new message begins |
//! | a status byte other than F7 or real-time among the data | abandoned (`Interrupted`); the byte and what follows is stray |
//! | more than the limit | abandoned (`TooLong`) with what fits; the rest, up to F7, is skipped |
//! | too many sources at once | the message that got nothing for the longest time is abandoned (`Displaced`) |
//! | data, or F7, without F0 | stray |
//! | a real-time byte among the data | left out: it is no part of a message |
//! | an empty piece | nothing |
//! | other events between the pieces | nothing: events, unlike bytes on a cable, do not mix |
//!
//! How the sender cuts its messages into pieces makes no difference, but for two
//! things: stray bytes are handed out piece by piece, and a message that comes in
//! one piece needs no room, and so displaces no other. Nothing is lost silently:
//! every byte comes out once, but for the two kinds that are left out above.

use core::iter::FusedIterator;
use core::num::NonZeroUsize;

use crate::Event;

#[cfg(feature = "alloc")]
mod outcome;
#[cfg(feature = "alloc")]
mod reassemble;
#[cfg(feature = "alloc")]
mod slot;

#[cfg(feature = "alloc")]
pub use outcome::{Abandoned, Outcome};
#[cfg(feature = "alloc")]
pub use reassemble::Reassembler;

#[cfg(feature = "alloc")]
pub use crate::reason::Reason;

#[cfg(feature = "alloc")]
const SYSEX: u8 = 0xf0;
#[cfg(feature = "alloc")]
const SYSEX_END: u8 = 0xf7;
#[cfg(feature = "alloc")]
const REAL_TIME: u8 = 0xf8;

/// The size of the pieces in which the kernel's drivers hand out messages from
/// hardware: 256 bytes. It is a good size for pieces to hardware, too: the
/// kernel discards what its buffer for the port (usually 4096 bytes) has no room
/// for, and calls it success.
pub const HARDWARE_PIECE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);

/// Sysex events of at most `size` bytes each, which together hold `bytes`. They
/// borrow from it. No bytes make no event.
///
/// ```
/// use core::num::NonZeroUsize;
/// use alsa_seq::{Address, sysex};
///
/// let message = [0xf0, 0x7e, 0x7f, 6, 1, 0xf7];
/// let synth = Address::new(20, 0);
/// let size = NonZeroUsize::new(4).unwrap();
/// let events: Vec<_> = sysex::split(&message, size).map(|event| event.to(synth)).collect();
/// assert_eq!(events.len(), 2);
/// assert_eq!(events[1].payload(), [1, 0xf7]);
/// ```
pub fn split(bytes: &[u8], size: NonZeroUsize) -> Split<'_> {
    Split { rest: bytes, size }
}

/// The events that [`split`] makes.
#[derive(Clone, Debug)]
pub struct Split<'a> {
    rest: &'a [u8],
    size: NonZeroUsize,
}

impl<'a> Iterator for Split<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let length = self.size.get().min(self.rest.len());
        let (piece, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Event::sysex(piece))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl ExactSizeIterator for Split<'_> {
    // The default compares the two ends of the hint, and can panic.
    fn len(&self) -> usize {
        self.rest.len().div_ceil(self.size.get())
    }
}

impl FusedIterator for Split<'_> {}
