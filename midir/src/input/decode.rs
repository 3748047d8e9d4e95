//! Converts events to messages.

use alsa_seq::midi::{EncodeError, Encoder};
use alsa_seq::sysex::{Outcome, Reassembler};
use alsa_seq::{Event, EventData, EventType};

use super::inboxes::Item;
use super::stamp::Stamps;
use crate::Ignore;

/// The largest system-exclusive message that is joined: 16 MiB.
const LONGEST_SYSEX: usize = 16 << 20;

/// Makes messages from the events of one connection.
pub(super) struct Decoder {
    ignore: Ignore,
    sysex: Reassembler,
}

impl Decoder {
    pub(super) fn new(ignore: Ignore) -> Self {
        Self {
            ignore,
            sysex: Reassembler::new().with_limit(LONGEST_SYSEX),
        }
    }

    /// Passes each message to `receive`, with its time in microseconds.
    pub(super) fn decode(
        &mut self,
        item: &Item,
        stamps: &Stamps,
        mut receive: impl FnMut(u64, &[u8]),
    ) {
        match item {
            Item::Event(event) if self.ignores(event.event_type()) => {}
            Item::Event(event) if event.event_type() == EventType::SYSEX => {
                let stamp = stamps.micros(event.as_view());
                let mut piece = event.payload();
                while let Some(outcome) = self.sysex.push(event.source(), &mut piece) {
                    // A piece that belongs to no complete message is dropped.
                    if let Outcome::Complete(message) = outcome {
                        receive(stamp, message);
                    }
                }
            }
            Item::Event(event) => short(event, stamps, receive),
            // Later pieces must not be joined to earlier ones.
            Item::Gap => {
                self.sysex.remove(|_| true);
            }
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

fn short(event: &Event<'_>, stamps: &Stamps, mut receive: impl FnMut(u64, &[u8])) {
    // Events that are not MIDI messages, such as the kernel's announcements, are errors here.
    let data = event.data();
    let bytes = match Encoder::new().encode(&data) {
        // The kernel does not check values. midir returns the low bits.
        Err(EncodeError::Value(_)) => Encoder::new().encode(&masked(data)),
        result => result,
    };
    let Ok(bytes) = bytes else {
        return;
    };
    let stamp = stamps.micros(event.as_view());
    // 14-bit controllers, RPN and NRPN become several messages of three bytes each.
    for message in bytes.chunks(3) {
        receive(stamp, message);
    }
}

/// Reduces each value to the low bits that fit into its message.
fn masked(mut data: EventData<'_>) -> EventData<'_> {
    use EventData as Data;

    const CHANNEL: u8 = 0x0f;
    const SEVEN: u8 = 0x7f;
    const FOURTEEN: i32 = 0x3fff;
    const CENTER: i32 = 0x2000;

    match &mut data {
        Data::NoteOff {
            channel,
            note,
            velocity: value,
        }
        | Data::NoteOn {
            channel,
            note,
            velocity: value,
        }
        | Data::KeyPressure {
            channel,
            note,
            pressure: value,
        } => {
            *channel &= CHANNEL;
            *note &= SEVEN;
            *value &= SEVEN;
        }
        Data::ControlChange {
            channel,
            controller,
            value,
        } => {
            *channel &= CHANNEL;
            *controller &= u32::from(SEVEN);
            *value &= i32::from(SEVEN);
        }
        Data::Control14Bit {
            channel,
            controller,
            value,
        } => {
            *channel &= CHANNEL;
            // Parameters from 32 on have seven bits.
            let is_wide = *controller < 32;
            *value &= if is_wide { FOURTEEN } else { SEVEN.into() };
            *controller &= u32::from(SEVEN);
        }
        Data::Rpn {
            channel,
            parameter,
            value,
        }
        | Data::Nrpn {
            channel,
            parameter,
            value,
        } => {
            *channel &= CHANNEL;
            *parameter &= FOURTEEN.unsigned_abs();
            *value &= FOURTEEN;
        }
        Data::ProgramChange {
            channel,
            program: value,
        }
        | Data::ChannelPressure {
            channel,
            pressure: value,
        } => {
            *channel &= CHANNEL;
            *value &= i32::from(SEVEN);
        }
        Data::PitchBend { channel, bend } => {
            *channel &= CHANNEL;
            *bend = (bend.wrapping_add(CENTER) & FOURTEEN) - CENTER;
        }
        Data::SongPosition { beats } => *beats &= FOURTEEN,
        Data::SongSelect { song: value } | Data::QuarterFrame { value } => {
            *value &= i32::from(SEVEN);
        }
        _ => {}
    }
    data
}
