//! Collects events in the form of the file, before they are written.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use alsa_seq::midi::Encoder;
use alsa_seq::ump::{Flex, Form, Group, MessageType, Packet, TextKind, Ump};
use alsa_seq::{Event, EventData};

use super::clip;
use crate::song::smf::write;

/// Meta events for later ticks of the file, in the order of time.
pub(super) type Later = Vec<(u32, Vec<u8>)>;

/// Events that were not written yet.
pub(super) struct Waiting {
    pub(super) events: Vec<u8>,
    pub(super) since: Option<Instant>,
    /// The longest time from an event's arrival until it is written.
    interval: Duration,
    ticks: Ticks,
    port: Option<u8>,
    encoding: Encoding,
    /// The meta events for later ticks.
    later: VecDeque<(u32, Vec<u8>)>,
}

/// The ticks of a queue, which begins from 0 again after 2^32 of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ticks {
    /// The tick of the last written event.
    written: u64,
    /// The latest tick that was seen.
    seen: u64,
}

impl Ticks {
    /// Converts a tick of the queue to ticks since the beginning. This works if less than
    /// half of 2^32 ticks have passed since the last one.
    pub(super) fn see(&mut self, tick: u32) -> u64 {
        let [_, _, _, _, low @ ..] = self.seen.to_be_bytes();
        // Modulo 2^32, this is a step forward or backward.
        let step = tick.wrapping_sub(u32::from_be_bytes(low)).to_be_bytes();
        let step = i64::from(i32::from_be_bytes(step));
        let now = self.seen.saturating_add_signed(step);
        self.seen = self.seen.max(now);
        now
    }

    /// The ticks from the last written event to this one. Events of the same moment may
    /// not be in the order of their times.
    fn since_written(&mut self, tick: u64) -> u64 {
        let ticks = tick.saturating_sub(self.written);
        self.written = self.written.max(tick);
        ticks
    }
}

/// The contents of a file.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    /// MIDI bytes.
    Bytes { names_ports: bool },
    /// Packets.
    Packets,
}

impl Waiting {
    pub(super) fn new(encoding: Encoding, interval: Duration, later: Later) -> Self {
        Self {
            events: Vec::new(),
            since: None,
            interval,
            ticks: Ticks::default(),
            port: None,
            encoding,
            later: later.into(),
        }
    }

    /// The time until the events should be written, if there are any.
    pub(super) fn due(&self, now: Instant) -> Option<Duration> {
        self.since
            .map(|since| self.interval.saturating_sub(now.duration_since(since)))
    }

    /// Records that time has passed without an event. Returns the ticks since the
    /// beginning.
    pub(super) fn see(&mut self, tick: u32) -> u64 {
        self.ticks.see(tick)
    }

    /// Adds an event. Returns false for types that a file cannot contain; these are ignored.
    pub(super) fn add(&mut self, tick: u32, port: u8, event: &Event<'_>) -> bool {
        let tick = self.ticks.see(tick);
        match (self.encoding, event.packet()) {
            (Encoding::Packets, Some(packet)) => self.add_packet(tick, packet),
            (Encoding::Packets, None) | (Encoding::Bytes { .. }, Some(_)) => false,
            (Encoding::Bytes { .. }, None) => self.add_bytes(tick, port, &event.data()),
        }
    }

    fn add_packet(&mut self, tick: u64, packet: Packet) -> bool {
        // Real-time messages and announcements are not recorded.
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

    fn add_bytes(&mut self, tick: u64, port: u8, data: &EventData<'_>) -> bool {
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
                // One message, or the messages of a parameter.
                for message in bytes.chunks(size) {
                    self.time(tick);
                    self.events.extend(message);
                }
                true
            }
            Some(first) if matches!(data, EventData::Sysex(_)) => {
                let (kind, rest) = match first {
                    0xf0 => (0xf0, bytes.get(1..).unwrap_or_default()),
                    // A continuation of a message.
                    _ => (0xf7, &*bytes),
                };
                self.port(tick, port);
                self.time(tick);
                self.events.push(kind);
                write::number(&mut self.events, u32::try_from(rest.len()).unwrap_or(0));
                self.events.extend(rest);
                true
            }
            // Real-time messages.
            _ => false,
        }
    }

    /// Adds the remaining meta events up to the end. If the file's end mark does not
    /// contain the length, adds that too.
    pub(super) fn end(&mut self, tick: u64) {
        self.write_meta_until(tick);
        if matches!(self.encoding, Encoding::Packets) {
            self.time(tick);
        }
    }

    /// Marks in the file that events were lost.
    pub(super) fn mark_loss(&mut self, tick: u32) {
        let tick = self.ticks.see(tick);
        self.time(tick);
        match (self.encoding, Group::new(0)) {
            (Encoding::Packets, Ok(group)) => {
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

    fn port(&mut self, tick: u64, port: u8) {
        let names_ports = matches!(self.encoding, Encoding::Bytes { names_ports: true });
        if names_ports && self.port != Some(port) {
            self.port = Some(port);
            self.time(tick);
            write::meta(&mut self.events, 0x21, &[port]);
        }
    }

    /// Writes the time of the next event.
    fn time(&mut self, tick: u64) {
        self.write_meta_until(tick);
        self.push_time(tick);
    }

    /// Writes the meta events up to this tick.
    fn write_meta_until(&mut self, tick: u64) {
        while self
            .later
            .front()
            .is_some_and(|(at, _)| u64::from(*at) <= tick)
        {
            if let Some((at, meta)) = self.later.pop_front() {
                self.push_time(at.into());
                self.events.extend(meta);
            }
        }
    }

    fn push_time(&mut self, tick: u64) {
        self.since.get_or_insert_with(Instant::now);
        let ticks = self.ticks.since_written(tick);
        match self.encoding {
            Encoding::Bytes { .. } => write::delta(&mut self.events, ticks),
            Encoding::Packets => clip::push_ticks(&mut self.events, ticks),
        }
    }

    /// Takes all waiting events. The times of the next events continue from them.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.since = None;
        std::mem::take(&mut self.events)
    }

    /// Puts events back that could not be written. They are tried again later.
    pub(super) fn put_back(&mut self, events: Vec<u8>) {
        self.events = events;
        self.since = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_go_on_when_the_queue_begins_again() {
        let mut ticks = Ticks::default();
        assert_eq!(ticks.see(5), 5);
        assert_eq!(ticks.see(0x7fff_ffff), 0x7fff_ffff);
        assert_eq!(ticks.see(0xffff_fff0), 0xffff_fff0);
        assert_eq!(ticks.see(3), 0x1_0000_0003);
        // This was sent before, but arrives later.
        assert_eq!(ticks.see(0xffff_ffff), 0xffff_ffff);
        assert_eq!(ticks.see(4), 0x1_0000_0004);
        assert_eq!(ticks.since_written(0x1_0000_0004), 0x1_0000_0004);
        assert_eq!(ticks.since_written(0xffff_ffff), 0);
        assert_eq!(ticks.since_written(0x1_0000_0005), 1);
    }
}
