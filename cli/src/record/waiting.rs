//! Events on their way to the file.

use std::time::{Duration, Instant};

use alsa_seq::midi::Encoder;
use alsa_seq::ump::{Flex, Form, Group, MessageType, Packet, TextKind, Ump};
use alsa_seq::{Event, EventData};

use super::clip;
use crate::smf::write;

/// How soon after its arrival an event is written down. It is on the disk well
/// within a second.
const INTERVAL: Duration = Duration::from_millis(400);

/// Events on their way to the file.
pub(super) struct Waiting {
    pub(super) events: Vec<u8>,
    pub(super) since: Option<Instant>,
    tick: u32,
    port: Option<u8>,
    words: Words,
}

/// What a file consists of.
#[derive(Clone, Copy)]
pub(super) enum Words {
    /// MIDI bytes. Each time they are written, their times begin from 0.
    Bytes { names_ports: bool },
    /// Packets, all at the times since the one before.
    Packets,
}

impl Waiting {
    pub(super) fn new(words: Words) -> Self {
        Self {
            events: Vec::new(),
            since: None,
            tick: 0,
            port: None,
            words,
        }
    }

    /// How soon they should be written, if there are any.
    pub(super) fn due(&self) -> Option<Duration> {
        self.since
            .map(|since| INTERVAL.saturating_sub(since.elapsed()))
    }

    /// Adds an event, if it is one for a file.
    pub(super) fn add(&mut self, tick: u32, port: u8, event: &Event<'_>) -> bool {
        match (self.words, event.packet()) {
            (Words::Packets, Some(packet)) => self.add_packet(tick, packet),
            (Words::Packets, None) | (Words::Bytes { .. }, Some(_)) => false,
            (Words::Bytes { .. }, None) => self.add_bytes(tick, port, &event.data()),
        }
    }

    fn add_packet(&mut self, tick: u32, packet: Packet) -> bool {
        // What says something about the present moment alone, or about who
        // says it, is none.
        let is_music = !matches!(
            packet.message_type(),
            MessageType::UTILITY | MessageType::SYSTEM | MessageType::STREAM
        );
        if is_music {
            self.time(tick);
            clip::push(&mut self.events, packet);
        }
        is_music
    }

    fn add_bytes(&mut self, tick: u32, port: u8, data: &EventData<'_>) -> bool {
        let Ok(bytes) = Encoder::new().encode(data) else {
            return false;
        };
        match bytes.first() {
            Some(0x80..=0xef) => {
                let size = if matches!(bytes.first(), Some(0xc0..=0xdf)) {
                    2
                } else {
                    3
                };
                self.port(tick, port);
                // One, or those that make up a parameter.
                for message in bytes.chunks(size) {
                    self.time(tick);
                    self.events.extend(message);
                }
                true
            }
            Some(first) if matches!(data, EventData::SysEx(_)) => {
                let (kind, rest) = match first {
                    0xf0 => (0xf0, bytes.get(1..).unwrap_or_default()),
                    // A further piece of a message.
                    _ => (0xf7, &*bytes),
                };
                self.port(tick, port);
                self.time(tick);
                self.events.push(kind);
                write::number(&mut self.events, u32::try_from(rest.len()).unwrap_or(0));
                self.events.extend(rest);
                true
            }
            // What says something about the present moment alone.
            _ => false,
        }
    }

    /// Says how long it is, where the end of the file does not.
    pub(super) fn end(&mut self, tick: u32) {
        if matches!(self.words, Words::Packets) {
            self.time(tick);
        }
    }

    /// Says in the file that something is missing.
    pub(super) fn mark_loss(&mut self, tick: u32) {
        self.time(tick);
        match (self.words, Group::new(0)) {
            (Words::Packets, Ok(group)) => {
                let text = Flex::Text {
                    kind: TextKind::UNKNOWN_METADATA,
                    form: Form::Complete,
                    text: *b"events lost!",
                };
                clip::push(&mut self.events, Ump::Flex(group, None, text));
            }
            _ => write::meta(&mut self.events, 0x06, b"events were lost here"),
        }
    }

    fn port(&mut self, tick: u32, port: u8) {
        let names_ports = matches!(self.words, Words::Bytes { names_ports: true });
        if names_ports && self.port != Some(port) {
            self.port = Some(port);
            self.time(tick);
            write::meta(&mut self.events, 0x21, &[port]);
        }
    }

    /// Events of one moment may be in another order than their times.
    fn time(&mut self, tick: u32) {
        self.since.get_or_insert_with(Instant::now);
        let ticks = tick.saturating_sub(self.tick);
        match self.words {
            Words::Bytes { .. } => write::delta(&mut self.events, ticks),
            Words::Packets => clip::push_ticks(&mut self.events, ticks),
        }
        self.tick = self.tick.max(tick);
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        let tick = match self.words {
            Words::Bytes { .. } => 0,
            Words::Packets => self.tick,
        };
        let rest = Self {
            tick,
            ..Self::new(self.words)
        };
        std::mem::replace(self, rest).events
    }
}
