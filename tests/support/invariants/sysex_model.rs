//! A second version of the reassembler's rules, byte by byte.

use std::collections::BTreeMap;

use alsa_seq::Address;
use alsa_seq::sysex::{Outcome, Reason};

/// An owned outcome with its source.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A message.
    Complete(Address, Vec<u8>),
    /// The beginning of a message that was not finished.
    Abandoned(Address, Vec<u8>, Reason),
    /// A piece that belongs to no message.
    Stray(Address, Vec<u8>),
}

impl Item {
    /// Returns the owned outcome with its source.
    pub fn new(source: Address, outcome: Outcome<'_>) -> Self {
        match outcome {
            Outcome::Complete(bytes) => Self::Complete(source, bytes.to_vec()),
            Outcome::Stray(bytes) => Self::Stray(source, bytes.to_vec()),
            Outcome::Abandoned(message) => {
                Self::Abandoned(message.source, message.bytes.to_vec(), message.reason)
            }
            other => panic!("{other:?}"),
        }
    }
}

struct Message {
    /// `None` after the message became too long.
    bytes: Option<Vec<u8>>,
    last_used: usize,
}

pub(super) struct Model {
    limit: usize,
    max_sources: usize,
    messages: BTreeMap<Address, Message>,
    pieces: usize,
    pub(super) items: Vec<Item>,
}

impl Model {
    pub(super) fn new(limit: usize, max_sources: usize) -> Self {
        Self {
            limit,
            max_sources,
            messages: BTreeMap::new(),
            pieces: 0,
            items: Vec::new(),
        }
    }

    pub(super) fn held(&self) -> usize {
        let open = self.messages.values().filter_map(|m| m.bytes.as_ref());
        open.map(Vec::len).sum()
    }

    pub(super) fn remove(&mut self, source: Address) {
        if let Some(Message {
            bytes: Some(bytes), ..
        }) = self.messages.remove(&source)
        {
            self.items
                .push(Item::Abandoned(source, bytes, Reason::Removed));
        }
    }

    pub(super) fn push(&mut self, source: Address, piece: &[u8]) {
        self.pieces += 1;
        let mut position = 0;
        while let Some(&byte) = piece.get(position) {
            if byte == 0xf0 && !self.messages.contains_key(&source) {
                // A message in one piece is never stored.
                let rest = &piece[position + 1..];
                let data = rest.iter().take_while(|byte| **byte < 0x80).count();
                if rest.get(data) == Some(&0xf7) && data + 2 <= self.limit {
                    let end = position + data + 2;
                    let bytes = piece[position..end].to_vec();
                    self.items.push(Item::Complete(source, bytes));
                    position = end;
                    continue;
                }
            }
            self.byte(source, byte);
            position += 1;
        }
    }

    fn byte(&mut self, source: Address, byte: u8) {
        let Some(message) = self.messages.get_mut(&source) else {
            return self.byte_outside(source, byte);
        };
        message.last_used = self.pieces;
        match byte {
            0xf8.. => {}
            0xf7 | ..0x80 => {
                self.add(source, byte);
                if byte == 0xf7 {
                    let whole = self.messages.remove(&source).and_then(|m| m.bytes);
                    self.items
                        .extend(whole.map(|bytes| Item::Complete(source, bytes)));
                }
            }
            _ => {
                let reason = match byte {
                    0xf0 => Reason::Restarted,
                    status => Reason::Interrupted(status),
                };
                let unfinished = self.messages.remove(&source).and_then(|m| m.bytes);
                let abandoned = |bytes| Item::Abandoned(source, bytes, reason);
                self.items.extend(unfinished.map(abandoned));
                self.byte_outside(source, byte);
            }
        }
    }

    fn byte_outside(&mut self, source: Address, byte: u8) {
        if byte != 0xf0 {
            self.stray(source, byte);
            return;
        }
        if self.messages.len() == self.max_sources {
            let oldest = self.messages.iter().min_by_key(|(_, m)| m.last_used);
            let oldest = *oldest.unwrap().0;
            let bytes = self.messages.remove(&oldest).unwrap().bytes;
            let displaced = |bytes| Item::Abandoned(oldest, bytes, Reason::Displaced);
            self.items.extend(bytes.map(displaced));
        }
        let message = Message {
            bytes: Some(Vec::new()),
            last_used: self.pieces,
        };
        self.messages.insert(source, message);
        self.add(source, byte);
    }

    fn add(&mut self, source: Address, byte: u8) {
        let message = self.messages.get_mut(&source).unwrap();
        let Some(bytes) = &mut message.bytes else {
            return;
        };
        if bytes.len() < self.limit {
            bytes.push(byte);
        } else {
            let bytes = message.bytes.take().unwrap();
            self.items
                .push(Item::Abandoned(source, bytes, Reason::TooLong));
        }
    }

    /// Joins neighbours: the places of the cuts do not matter.
    fn stray(&mut self, source: Address, byte: u8) {
        match self.items.last_mut() {
            Some(Item::Stray(from, bytes)) if *from == source => bytes.push(byte),
            _ => self.items.push(Item::Stray(source, vec![byte])),
        }
    }
}
