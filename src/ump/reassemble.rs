//! Many packets: long system-exclusive messages.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;
use core::num::NonZeroUsize;

use super::{Form, Group, Packet, Ump};
use crate::Address;
use crate::reason::Reason;

/// Where the packets of one message come from. The packets of other origins may
/// come between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SysexOrigin {
    /// Who sent them.
    pub source: Address,
    /// The group they belong to.
    pub group: Group,
    /// The stream, if they are of 8-bit bytes ([`Sysex8`](super::Sysex8)).
    pub stream: Option<u8>,
}

/// What [`Reassembler::push`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reassembled {
    /// The message that the packet makes whole. Of 7-bit bytes it is what stands
    /// between MIDI 1.0's `0xf0` and `0xf7`.
    pub complete: Option<Vec<u8>>,
    /// A message that will not become whole. It need not be this packet's.
    pub abandoned: Option<Abandoned>,
    /// The packet continues or ends a message whose beginning was lost.
    pub stray: bool,
}

/// A message that did not become whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Abandoned {
    /// Where it comes from.
    pub origin: SysexOrigin,
    /// What there is of it.
    pub bytes: Vec<u8>,
    /// Why it ends here.
    pub reason: Reason,
}

/// Joins packets of [`Sysex7`](super::Sysex7) and [`Sysex8`](super::Sysex8), for
/// each sender, group and stream apart.
///
/// It is to UMP clients what [`sysex::Reassembler`](crate::sysex::Reassembler) is
/// to others: packets tell where a message begins and ends, so what stands
/// between them does not matter.
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
/// Tell it what it cannot see: when a client or port is gone, or events were lost,
/// [`remove`](Self::remove) the messages that are concerned.
#[derive(Clone, Debug)]
pub struct Reassembler {
    limit: usize,
    max_messages: usize,
    /// In the order in which their last packets came, the oldest first. Taking one
    /// out of a `Vec` could panic.
    open: VecDeque<Open>,
}

#[derive(Clone, Debug)]
struct Open {
    origin: SysexOrigin,
    bytes: Vec<u8>,
    /// It was too long, and was reported; its rest is still to come.
    skipping: bool,
}

impl Default for Reassembler {
    fn default() -> Self {
        Self::new()
    }
}

impl Reassembler {
    /// For messages of up to a megabyte (2²⁰ bytes), of which up to 16 may be
    /// under way at a time.
    pub const fn new() -> Self {
        Self {
            limit: 1 << 20,
            max_messages: 16,
            open: VecDeque::new(),
        }
    }

    /// The most bytes that a message may have; 13, what a packet holds, if it is
    /// less.
    #[must_use]
    pub const fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = if bytes < 13 { 13 } else { bytes };
        self
    }

    /// How many messages may be under way. Together with the limit this bounds
    /// the memory.
    #[must_use]
    pub const fn with_max_messages(mut self, messages: NonZeroUsize) -> Self {
        self.max_messages = messages.get();
        self
    }

    /// How many bytes of unfinished messages are held.
    pub fn held(&self) -> usize {
        self.open.iter().map(|open| open.bytes.len()).sum()
    }

    /// Takes a packet from `source`. Packets that are no system-exclusive change
    /// nothing.
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
        // The first packet of a message always fits, so no two messages are
        // abandoned at once.
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

    /// Forgets messages that will not become whole, those of the origins for
    /// which `gone` is true, and returns them. The rest of such a message, if it
    /// comes after all, is stray.
    pub fn remove(&mut self, mut gone: impl FnMut(SysexOrigin) -> bool) -> Vec<Abandoned> {
        let (removed, kept) = mem::take(&mut self.open)
            .into_iter()
            .partition(|open| gone(open.origin));
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
