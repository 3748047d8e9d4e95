//! Messages that are too long for one event: system-exclusive ones, in pieces.
//!
//! On a cable, whatever else is sent between the pieces ends the message, and the
//! rest of it then belongs to nothing.

use alsa_seq::Event;
use alsa_seq::ump::{MessageType, Packet};

use crate::channel::Channel;

/// The part of a long message that an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// It stands for all channels that the message shares a cable with.
    pub(crate) channel: Channel,
    /// Whether it needs no other piece before it.
    pub(crate) begins: bool,
    /// Whether the message goes on behind it, if it has begun.
    pub(crate) goes_on: bool,
}

impl Piece {
    pub(crate) fn of(event: &Event<'_>) -> Option<Self> {
        if let Some(packet) = event.packet() {
            let [first, ..] = packet.to_array();
            let [head, status, ..] = first.to_be_bytes();
            let is_data = packet.message_type() == MessageType::DATA64;
            // Whole, its begin, its middle, its end.
            let form = status >> 4;
            return (is_data && form < 4).then(|| Self {
                channel: Channel::of_group(Some(head & 0x0f)),
                begins: form < 2,
                goes_on: matches!(form, 1 | 2),
            });
        }
        let bytes = event.payload();
        let last = bytes.iter().rev().find(|byte| matches!(byte, 0x80..=0xf7));
        (!bytes.is_empty()).then(|| Self {
            channel: Channel::of_group(None),
            begins: bytes.iter().any(|byte| matches!(byte, 0x80..=0xf6)),
            goes_on: matches!(last, None | Some(0xf0)),
        })
    }
}

/// Returns the event that ends a long message.
pub(crate) fn end(channel: Channel) -> Event<'static> {
    match channel.group() {
        None => Event::sysex(vec![0xf7]),
        Some(group) => {
            let word = u32::from_be_bytes([0x30 | group, 0x30, 0, 0]);
            Event::ump(Packet::new([word, 0, 0, 0]))
        }
    }
}

/// The messages that were ended before they were whole, and whose rest is still to
/// come: nobody is to get it.
#[derive(Clone, Debug)]
pub(crate) struct Cut<D>(Vec<(D, Channel)>);

impl<D> Default for Cut<D> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<D: Copy + Ord> Cut<D> {
    /// Forgets the messages to receivers that are gone.
    #[cfg(feature = "old-names")]
    pub(crate) fn retain(&mut self, is_there: impl Fn(D) -> bool) {
        self.0.retain(|(dest, _)| is_there(*dest));
    }

    /// Takes notice that what had begun was ended.
    pub(crate) fn add(&mut self, begun: impl Iterator<Item = (D, Channel)>) {
        self.0.extend(begun);
    }

    /// Whether the event, which is to be sent, is of such a rest.
    pub(crate) fn holds(&mut self, dest: D, event: &Event<'_>) -> bool {
        let Some(piece) = Piece::of(event).filter(|_| !self.0.is_empty()) else {
            return false;
        };
        let place = (dest, piece.channel);
        let is_rest = !piece.begins && self.0.contains(&place);
        if piece.begins || !piece.goes_on {
            self.0.retain(|other| *other != place);
        }
        is_rest
    }
}
