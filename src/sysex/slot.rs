//! A buffer for one message, and functions that take bytes from a piece.

use alloc::vec::Vec;

use super::SYSEX_END;
use crate::Address;

#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) source: Address,
    pub(super) state: State,
    /// Contains a finished message until the slot is used again.
    pub(super) bytes: Vec<u8>,
    pub(super) last_used: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Free,
    /// The slot has an unfinished message.
    Open,
    /// The message was too long. Its rest will be skipped.
    Skipping,
}

impl Slot {
    /// Moves `count` bytes from the start of `piece` to the message. If they do not fit,
    /// moves as many as fit, and skips the rest of the message.
    pub(super) fn add(&mut self, piece: &mut &[u8], count: usize, limit: usize) -> bool {
        let room = limit.saturating_sub(self.bytes.len());
        let fitting = count.min(room);
        if let Some((front, rest)) = piece.split_at_checked(fitting) {
            let needed = self.bytes.len() + fitting;
            if needed > self.bytes.capacity() {
                // Doubles the capacity, but never beyond the limit.
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

/// The number of bytes before the first byte for which `ends` is true.
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

/// The message at the start of the piece, if it is complete.
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
