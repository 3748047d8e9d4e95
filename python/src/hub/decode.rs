//! The conversion of events to MIDO's messages.

use alsa_seq::midi::Encoder;
use alsa_seq::sysex::{Outcome, Reassembler};
use alsa_seq::{Event, EventData, EventType};

/// The longest system-exclusive message that is put together: 16 MiB.
const LONGEST_SYSEX: usize = 16 << 20;

/// The bytes of a message, or of an announcement.
pub(super) enum Bytes {
    Short([u8; 5], u8),
    Long(Box<[u8]>),
}

impl Bytes {
    fn new(bytes: &[u8]) -> Self {
        let mut short = [0; 5];
        match (short.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(front), Ok(length)) => {
                front.copy_from_slice(bytes);
                Self::Short(short, length)
            }
            _ => Self::Long(bytes.into()),
        }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Short(bytes, length) => bytes.get(..usize::from(*length)).unwrap_or(bytes),
            Self::Long(bytes) => bytes,
        }
    }
}

/// Makes messages of the events for a port.
pub(super) struct Decoder {
    active_sensing: bool,
    announcements: bool,
    sysex: Reassembler,
}

impl Decoder {
    pub(super) const fn new(active_sensing: bool, announcements: bool) -> Self {
        Self {
            active_sensing,
            announcements,
            sysex: Reassembler::new().with_limit(LONGEST_SYSEX),
        }
    }

    /// Events were lost. Later pieces of sysex must not be joined to earlier ones.
    pub(super) fn gap(&mut self) {
        self.sysex.remove(|_| true);
    }

    /// Hands out each message. Returns false for an event that MIDO has no message for.
    pub(super) fn decode(&mut self, event: &Event<'_>, mut give: impl FnMut(Bytes)) -> bool {
        let kind = event.event_type();
        if let Some(announcement) = announcement(event) {
            // The kernel also announces a connection to the connected ports.
            if self.announcements {
                give(Bytes::new(&announcement));
            }
            return true;
        }
        match kind {
            _ if self.announcements => true,
            EventType::ACTIVE_SENSING if !self.active_sensing => true,
            EventType::SYSEX => {
                let mut known = true;
                let mut piece = event.payload();
                while let Some(outcome) = self.sysex.push(event.source(), &mut piece) {
                    match outcome {
                        Outcome::Complete(message) => give(Bytes::new(message)),
                        _ => known = false,
                    }
                }
                known
            }
            EventType::TICK => false,
            _ => {
                let data = event.data();
                let Ok(bytes) = Encoder::new().encode(&data) else {
                    return false;
                };
                // 14-bit controllers, RPN and NRPN are several messages, of three bytes each.
                bytes
                    .chunks(3)
                    .for_each(|message| give(Bytes::new(message)));
                true
            }
        }
    }
}

/// The type of an announcement, and the addresses of its ports.
fn announcement(event: &Event<'_>) -> Option<[u8; 5]> {
    let number = event.event_type().number();
    match event.data() {
        EventData::ClientStart(client)
        | EventData::ClientExit(client)
        | EventData::ClientChange(client) => Some([number, client.number(), 0, 0, 0]),
        EventData::PortStart(address)
        | EventData::PortExit(address)
        | EventData::PortChange(address) => {
            let (client, port) = (address.client.number(), address.port.number());
            Some([number, client, port, 0, 0])
        }
        EventData::PortSubscribed { sender, receiver }
        | EventData::PortUnsubscribed { sender, receiver } => {
            let (from, to) = (sender.client.number(), receiver.client.number());
            Some([
                number,
                from,
                sender.port.number(),
                to,
                receiver.port.number(),
            ])
        }
        _ => None,
    }
}
