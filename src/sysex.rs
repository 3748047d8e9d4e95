//! System-exclusive messages in pieces: joining events to a message, and splitting a
//! message into events.
//!
//! A sysex event contains a whole message, from F0 to F7, or a part of a message. A
//! hardware port sends pieces of at most 256 bytes, a UMP client's message arrives in
//! pieces of one to eight bytes, and the pieces of several senders may be interleaved.
//! `Reassembler` joins the pieces of each sender (it needs the `alloc` feature).
//! [`split`] makes the pieces for sending.
//!
//! | received from a source | outcome |
//! |---|---|
//! | F0 … F7, in one piece or many | complete |
//! | F0 before the F7 | the bytes before are abandoned (`Restarted`), a new message begins |
//! | a status byte other than F7 or real-time among the data | abandoned (`Interrupted`); the byte and the following ones are stray |
//! | more than the limit | the bytes that fit are abandoned (`TooLong`); the rest, up to F7, is skipped |
//! | too many sources at once | the message without a piece for the longest time is abandoned (`Displaced`) |
//! | data, or F7, without F0 | stray |
//! | a real-time byte among the data | left out: it is not part of a message |
//! | an empty piece | nothing |
//! | other events between the pieces | nothing: unlike bytes on a cable, events do not interrupt each other |
//!
//! The result does not depend on how the sender splits its messages, with two exceptions:
//! stray bytes are returned piece by piece, and a message in a single piece needs no
//! buffer, so it displaces no other message. Nothing is lost silently: every byte is
//! returned once, except for the two cases above in which bytes are left out.

use core::iter::FusedIterator;
use core::num::NonZeroUsize;

use crate::Event;

#[cfg(feature = "alloc")]
mod reassemble;
#[cfg(feature = "alloc")]
mod slot;

#[cfg(feature = "alloc")]
pub use reassemble::{Abandoned, Outcome, Reassembler};

#[cfg(feature = "alloc")]
pub use crate::reason::Reason;

#[cfg(feature = "alloc")]
const SYSEX: u8 = 0xf0;
#[cfg(feature = "alloc")]
const SYSEX_END: u8 = 0xf7;
#[cfg(feature = "alloc")]
const REAL_TIME: u8 = 0xf8;

/// The size of the pieces in which the kernel's drivers send messages from hardware: 256
/// bytes. It is also a good size for pieces to hardware. The kernel's buffer for the port
/// usually has 4096 bytes. If bytes do not fit, the kernel discards them and returns no
/// error.
pub const HARDWARE_PIECE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);

/// Splits `bytes` into sysex events of at most `size` bytes each, which borrow from it.
/// An empty slice gives no event.
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
    // The default implementation has code that can panic.
    fn len(&self) -> usize {
        self.rest.len().div_ceil(self.size.get())
    }
}

impl FusedIterator for Split<'_> {}
