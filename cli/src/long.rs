//! System-exclusive messages that are too long for one event, and are sent in pieces.
//!
//! On a cable, any other message between the pieces ends the long message. Its remaining
//! pieces then have no meaning.

use alsa_seq::Event;
use alsa_seq::ump::{MessageType, Packet};

use crate::channel::Channel;

/// The position of an event within a long message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The first channel of the event's group. It represents all channels on that cable.
    pub(crate) channel: Channel,
    /// Whether this is the first piece.
    pub(crate) begins: bool,
    /// Whether more pieces follow.
    pub(crate) goes_on: bool,
}

impl Piece {
    pub(crate) fn of(event: &Event<'_>) -> Option<Self> {
        if let Some(packet) = event.packet() {
            let [first, ..] = packet.to_array();
            let [head, status, ..] = first.to_be_bytes();
            let is_data = packet.message_type() == MessageType::DATA64;
            // 0: the whole message, 1: its begin, 2: its middle, 3: its end.
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

/// The long messages that were ended early. Their remaining pieces will still come, and
/// must not be sent.
#[derive(Clone, Debug)]
pub(crate) struct Cut<D>(Vec<(D, Channel)>);

impl<D> Default for Cut<D> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<D: Copy + Ord> Cut<D> {
    /// Forgets the messages to receivers that no longer exist.
    #[cfg(feature = "old-names")]
    pub(crate) fn retain(&mut self, is_there: impl Fn(D) -> bool) {
        self.0.retain(|(dest, _)| is_there(*dest));
    }

    /// Adds messages that were ended early.
    pub(crate) fn add(&mut self, begun: impl Iterator<Item = (D, Channel)>) {
        self.0.extend(begun);
    }

    /// Returns whether the event is a remaining piece of such a message. To be called for
    /// each event before it is sent.
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
