//! Joins the packets of long system-exclusive messages.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;
use core::num::NonZeroUsize;

use super::{Form, Group, Packet, Ump};
use crate::Address;
use crate::reason::Reason;

/// The origin of the packets of one message. Packets of other origins may be interleaved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SysexOrigin {
    /// The sender.
    pub source: Address,
    /// The group.
    pub group: Group,
    /// The stream, for packets of 8-bit bytes ([`Sysex8`](super::Sysex8)).
    pub stream: Option<u8>,
}

/// The result of [`Reassembler::push`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reassembled {
    /// The message that the packet completes. For 7-bit bytes, these are the bytes
    /// between MIDI 1.0's `0xf0` and `0xf7`.
    pub complete: Option<Vec<u8>>,
    /// A message that will stay incomplete. It may be another message than this packet's.
    pub abandoned: Option<Abandoned>,
    /// Whether the packet continues or ends a message whose beginning was lost.
    pub stray: bool,
}

/// An incomplete message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Abandoned {
    /// Its origin.
    pub origin: SysexOrigin,
    /// The bytes that arrived.
    pub bytes: Vec<u8>,
    /// The reason why it ends here.
    pub reason: Reason,
}

/// Joins packets of [`Sysex7`](super::Sysex7) and [`Sysex8`](super::Sysex8), separately
/// for each sender, group and stream.
///
/// It is for UMP clients; other clients use
/// [`sysex::Reassembler`](crate::sysex::Reassembler). Packets mark the start and the end
/// of a message, so other packets between them have no effect.
///
/// ```
/// use alsa_seq::Address;
/// use alsa_seq::ump::{Packet, Reassembler};
///
/// let sender = Address::new(128, 0);
/// let mut reassembler = Reassembler::new();
/// let mut messages = Vec::new();
/// for text in ["30167d01 02030405", "31020901 00000000", "30310600 00000000"] {
///     let packet: Packet = text.parse()?;
///     messages.extend(reassembler.push(sender, packet).complete);
/// }
/// assert_eq!(messages, [vec![9, 1], vec![0x7d, 1, 2, 3, 4, 5, 6]]);
/// # Ok::<(), alsa_seq::ump::ParsePacketError>(())
/// ```
///
/// If a client or port was removed, or events were lost, call [`remove`](Self::remove)
/// for its messages. The reassembler cannot notice that itself.
#[derive(Clone, Debug)]
pub struct Reassembler {
    limit: usize,
    max_messages: usize,
    /// In the order of their last packets, the oldest first. (A `Vec` would have code
    /// that can panic when an element is removed.)
    open: VecDeque<Open>,
}

#[derive(Clone, Debug)]
struct Open {
    origin: SysexOrigin,
    bytes: Vec<u8>,
    /// Whether the message was too long and was reported. Its rest is skipped.
    skipping: bool,
}

impl Default for Reassembler {
    fn default() -> Self {
        Self::new()
    }
}

impl Reassembler {
    /// A reassembler for messages of up to a megabyte (2²⁰ bytes), and up to 16
    /// unfinished messages at a time.
    pub const fn new() -> Self {
        Self {
            limit: 1 << 20,
            max_messages: 16,
            open: VecDeque::new(),
        }
    }

    /// Sets the maximum size of a message in bytes. The minimum of this limit is 13, the
    /// size of a packet.
    #[must_use]
    pub const fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = if bytes < 13 { 13 } else { bytes };
        self
    }

    /// Sets the maximum number of unfinished messages. Together with the limit, this
    /// bounds the memory.
    #[must_use]
    pub const fn with_max_messages(mut self, messages: NonZeroUsize) -> Self {
        self.max_messages = messages.get();
        self
    }

    /// The number of bytes of unfinished messages.
    pub fn held(&self) -> usize {
        self.open.iter().map(|open| open.bytes.len()).sum()
    }

    /// Adds a packet from `source`. Packets that are not system-exclusive have no effect.
    pub fn push(&mut self, source: impl Into<Address>, packet: Packet) -> Reassembled {
        let source = source.into();
        match packet.decode() {
            Ump::Sysex7(group, part) => {
                let stream = None;
                let origin = SysexOrigin {
                    source,
                    group,
                    stream,
                };
                self.add(origin, part.form(), part.bytes())
            }
            Ump::Sysex8(group, part) => {
                let stream = Some(part.stream());
                let origin = SysexOrigin {
                    source,
                    group,
                    stream,
                };
                self.add(origin, part.form(), part.bytes())
            }
            _ => Reassembled::default(),
        }
    }

    fn add(&mut self, origin: SysexOrigin, form: Form, bytes: &[u8]) -> Reassembled {
        let mut result = Reassembled::default();
        let index = self.open.iter().position(|open| open.origin == origin);
        let under_way = index.and_then(|index| self.open.remove(index));
        let mut message = match form {
            Form::Complete | Form::Start => {
                let former = under_way.filter(|former| !former.skipping);
                result.abandoned = former.map(|former| former.abandoned(Reason::Restarted));
                Open {
                    origin,
                    bytes: Vec::new(),
                    skipping: false,
                }
            }
            Form::Continue | Form::End => {
                let Some(message) = under_way else {
                    result.stray = true;
                    return result;
                };
                message
            }
        };
        // The first packet of a message always fits, so a packet never abandons two
        // messages.
        let room = self.limit.saturating_sub(message.bytes.len());
        if !message.skipping {
            let fitting = bytes.get(..room).unwrap_or(bytes);
            message.bytes.extend_from_slice(fitting);
            if fitting.len() < bytes.len() {
                message.skipping = true;
                result.abandoned = Some(Abandoned {
                    origin,
                    bytes: mem::take(&mut message.bytes),
                    reason: Reason::TooLong,
                });
            }
        }
        match form {
            Form::Complete | Form::End if message.skipping => {}
            Form::Complete | Form::End => result.complete = Some(message.bytes),
            Form::Start | Form::Continue => {
                if form == Form::Start && self.open.len() >= self.max_messages {
                    let oldest = self.open.pop_front().filter(|oldest| !oldest.skipping);
                    if let Some(oldest) = oldest {
                        result.abandoned = Some(oldest.abandoned(Reason::Displaced));
                    }
                }
                self.open.push_back(message);
            }
        }
        result
    }

    /// Removes the unfinished messages of the origins for which `is_removed` returns true, and
    /// returns them. If the rest of such a message arrives later, it is stray.
    pub fn remove(&mut self, mut is_removed: impl FnMut(SysexOrigin) -> bool) -> Vec<Abandoned> {
        let (removed, kept) = mem::take(&mut self.open)
            .into_iter()
            .partition(|open| is_removed(open.origin));
        self.open = kept;
        let removed: VecDeque<Open> = removed;
        removed
            .into_iter()
            .filter(|open| !open.skipping)
            .map(|open| open.abandoned(Reason::Removed))
            .collect()
    }
}

impl Open {
    fn abandoned(self, reason: Reason) -> Abandoned {
        Abandoned {
            origin: self.origin,
            bytes: self.bytes,
            reason,
        }
    }
}
