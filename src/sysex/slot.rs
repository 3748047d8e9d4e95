//! Room for one message, and cutting bytes off a piece.

use alloc::vec::Vec;

use super::SYSEX_END;
use crate::Address;

#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) source: Address,
    pub(super) state: State,
    /// Of a message that is over, until the slot is used again.
    pub(super) bytes: Vec<u8>,
    pub(super) last_used: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Free,
    /// A message is under way.
    Open,
    /// The message was too long; its rest is still to come.
    Skipping,
}

impl Slot {
    /// Moves `count` bytes from the front of `piece` to the message. If they are
    /// too many, moves those that fit, and skips the message from there on.
    pub(super) fn add(&mut self, piece: &mut &[u8], count: usize, limit: usize) -> bool {
        let room = limit.saturating_sub(self.bytes.len());
        let fitting = count.min(room);
        if let Some((front, rest)) = piece.split_at_checked(fitting) {
            let needed = self.bytes.len() + fitting;
            if needed > self.bytes.capacity() {
                // Twice as much each time, but never more than the limit.
                let capacity = self.bytes.capacity().saturating_mul(2).min(limit);
                let extra = capacity.max(needed) - self.bytes.len();
                self.bytes.reserve_exact(extra);
            }
            self.bytes.extend_from_slice(front);
            *piece = rest;
        }
        if fitting < count {
            self.state = State::Skipping;
        }
        fitting == count
    }
}

/// How many bytes there are before the first that `ends`.
pub(super) fn run(bytes: &[u8], ends: impl Fn(u8) -> bool) -> usize {
    let end = bytes.iter().position(|byte| ends(*byte));
    end.unwrap_or(bytes.len())
}

pub(super) fn take_until<'p>(piece: &mut &'p [u8], ends: impl Fn(u8) -> bool) -> &'p [u8] {
    take(piece, run(piece, ends)).unwrap_or_default()
}

pub(super) fn take<'p>(piece: &mut &'p [u8], count: usize) -> Option<&'p [u8]> {
    let (front, rest) = piece.split_at_checked(count)?;
    *piece = rest;
    Some(front)
}

/// The message that the piece begins with, if it is all there.
pub(super) fn take_whole<'p>(piece: &mut &'p [u8], limit: usize) -> Option<&'p [u8]> {
    let body = piece.get(1..)?;
    let end = body.iter().position(|byte| *byte >= 0x80)?;
    let length = end + 2;
    if body.get(end) == Some(&SYSEX_END) && length <= limit {
        take(piece, length)
    } else {
        None
    }
}
