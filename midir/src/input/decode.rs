//! Events to messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use alsa_seq::midi::Encoder;
use alsa_seq::sysex::{Outcome, Reassembler};
use alsa_seq::{Event, EventType};

use super::inboxes::Item;
use super::stamp::Stamps;
use crate::Ignore;

/// The largest system-exclusive message that is put together: 16 MiB.
const LONGEST_SYSEX: usize = 16 << 20;

/// Makes messages of what arrives on one connection.
pub(super) struct Decoder {
    ignore: Ignore,
    stamps: Stamps,
    gaps: Arc<AtomicU64>,
    sysex: Reassembler,
}

impl Decoder {
    pub(super) fn new(ignore: Ignore, stamps: Stamps, gaps: Arc<AtomicU64>) -> Self {
        Self {
            ignore,
            stamps,
            gaps,
            sysex: Reassembler::new().with_limit(LONGEST_SYSEX),
        }
    }

    /// Hands each message to `receive`, with its time in microseconds.
    pub(super) fn decode(&mut self, item: &Item, mut receive: impl FnMut(u64, &[u8])) {
        match item {
            Item::Event(event) if self.ignores(event.event_type()) => {}
            Item::Event(event) if event.event_type() == EventType::SYSEX => {
                let stamp = self.stamps.micros(event.as_view());
                let mut piece = event.payload();
                while let Some(outcome) = self.sysex.push(event.source(), &mut piece) {
                    // What belongs to no whole message is no message.
                    if let Outcome::Complete(message) = outcome {
                        receive(stamp, message);
                    }
                }
            }
            Item::Event(event) => self.short(event, receive),
            Item::Gap => {
                self.gaps.fetch_add(1, Ordering::Relaxed);
                // What comes next must not be joined to what came before.
                self.sysex.remove(|_| true);
            }
        }
    }

    fn short(&self, event: &Event<'_>, mut receive: impl FnMut(u64, &[u8])) {
        // Events that are no MIDI messages, such as notices of the kernel, are errors here.
        let data = event.data();
        let Ok(bytes) = Encoder::new().encode(&data) else {
            return;
        };
        let stamp = self.stamps.micros(event.as_view());
        // 14-bit controllers, RPN and NRPN are several messages, of three bytes each.
        for message in bytes.chunks(3) {
            receive(stamp, message);
        }
    }

    fn ignores(&self, event: EventType) -> bool {
        let kind = match event {
            EventType::SYSEX => Ignore::Sysex,
            EventType::QUARTER_FRAME | EventType::CLOCK | EventType::TICK => Ignore::Time,
            EventType::ACTIVE_SENSING => Ignore::ActiveSense,
            _ => return false,
        };
        self.ignore.contains(kind)
    }
}
