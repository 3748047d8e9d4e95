//! The speed of MIDI cables.
//!
//! The driver of a cable has a buffer of 4096 bytes. It drops the bytes that do not
//! fit, and reports no error. So the sender has to count them.

use std::time::Duration;

use alsa_seq::midi::Encoder;
use alsa_seq::ump::{MessageType, Packet};
use alsa_seq::{Address, ClientControl, ClientKind, Event, EventType, PortType, SysexPace};

use crate::failure::Failure;

/// The speed of a cable in bytes per second.
pub(crate) const CABLE: u32 = SysexPace::CABLE;

/// The number of bytes that may be in a driver's buffer at once. The rest of its 4096
/// bytes is kept free for late events: on a busy machine they arrive together with
/// the events that are due by then. The rest lasts for a second.
const HELD: u32 = 1024;

/// A model of a cable's buffer. All times are relative to a start that the caller
/// chooses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cable {
    /// The time when the buffer is empty.
    free: Duration,
}

impl Cable {
    /// Returns when the buffer has room for this number of bytes: `now` or later.
    pub(crate) fn room_at(&self, now: Duration, bytes: usize) -> Duration {
        let held = lasts(HELD);
        let this = lasts_bytes(bytes).min(held);
        now.max((self.free + this).saturating_sub(held))
    }

    /// Returns when the buffer is empty: `now` or later.
    pub(crate) fn empty_at(&self, now: Duration) -> Duration {
        now.max(self.free)
    }

    /// Adds this number of bytes to the buffer.
    pub(crate) fn put(&mut self, now: Duration, bytes: usize) {
        self.free = self.free.max(now) + lasts_bytes(bytes);
    }
}

/// Returns how long a cable takes for these bytes. Its clock may be 1 % slow, and
/// this assumes that it is.
fn lasts(bytes: u32) -> Duration {
    Duration::from_millis(1010) * bytes / CABLE
}

fn lasts_bytes(bytes: usize) -> Duration {
    lasts(u32::try_from(bytes).unwrap_or(u32::MAX))
}

/// Returns the number of bytes that an event has on a cable.
pub(crate) fn bytes_of(event: &Event<'_>) -> usize {
    if let Some(packet) = event.packet() {
        return bytes_of_packet(packet);
    }
    match event.event_type() {
        EventType::SYSEX => event.payload().len(),
        // Other events are not sent to a cable.
        _ => Encoder::new().encoded_len(&event.data()).unwrap_or(0),
    }
}

/// Returns the number of bytes that a driver makes from a packet.
fn bytes_of_packet(packet: Packet) -> usize {
    let [first, ..] = packet.to_array();
    let [_, status, ..] = first.to_be_bytes();
    match (packet.message_type(), status >> 4) {
        (MessageType::SYSTEM | MessageType::MIDI1, _) => 3,
        // Up to six bytes, and the bytes that begin and end the message.
        (MessageType::DATA64, form) => {
            let ends = match form {
                0 => 2,
                1 | 3 => 1,
                _ => 0,
            };
            usize::from(status & 0x0f).min(6) + ends
        }
        // A parameter becomes four controllers, a program up to two controllers and a
        // program change.
        (MessageType::MIDI2, 0x2..=0x5) => 12,
        (MessageType::MIDI2, 0xc) => 8,
        (MessageType::MIDI2, _) => 3,
        // Drivers of packets accept these, too.
        _ => packet.words().len() * 4,
    }
}

/// Returns whether events for this port reach a cable, directly or through *Midi
/// Through*, which forwards each event to its subscribers at once.
pub(crate) fn leads_to(control: &ClientControl, port: Address) -> Result<bool, Failure> {
    if is_driver(control, port)? {
        return Ok(true);
    }
    if control.client_info(port.client)?.kind() == ClientKind::User {
        return Ok(false);
    }
    for connection in control.connections_from(port)? {
        if is_driver(control, connection.receiver).unwrap_or(false) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns whether the port belongs to a sound card and has a cable, not a
/// synthesizer.
fn is_driver(control: &ClientControl, port: Address) -> Result<bool, Failure> {
    let client = control.client_info(port.client)?;
    let of_card = client.kind() == ClientKind::Kernel && client.card().is_some();
    Ok(of_card
        && control
            .port_info(port)?
            .port_type()
            .contains(PortType::PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: usize = 256;

    #[test]
    fn a_burst_that_fits_is_not_held_up() {
        let mut cable = Cable::default();
        for _ in 0..4 {
            assert_eq!(cable.room_at(Duration::ZERO, PIECE), Duration::ZERO);
            cable.put(Duration::ZERO, PIECE);
        }
        // The fifth waits until the first has passed.
        assert_eq!(cable.room_at(Duration::ZERO, PIECE), lasts_bytes(PIECE));
        // Later, the cable has as much room as an empty one.
        let later = Duration::from_secs(2);
        assert_eq!(cable.room_at(later, 1024), later);
    }

    #[test]
    fn no_more_is_sent_than_a_slow_cable_carries() {
        let mut cable = Cable::default();
        let mut now = Duration::ZERO;
        for _ in 0..10_000 {
            now = cable.room_at(now, PIECE);
            cable.put(now, PIECE);
        }
        let sent = 10_000.0 * PIECE as f64 - 1024.0;
        let rate = sent / now.as_secs_f64();
        assert!((3093.0..=3094.1).contains(&rate), "{rate}");
    }

    #[test]
    fn events_have_the_bytes_of_their_messages() {
        let event = Event::note_on(0, 60, 1).unwrap();
        assert_eq!(bytes_of(&event), 3);
        assert_eq!(bytes_of(&Event::program_change(0, 1).unwrap()), 2);
        assert_eq!(bytes_of(&Event::sysex(&[0xf0, 1, 2, 0xf7])), 4);
        let packet = |text: &str| Event::ump(text.parse::<Packet>().unwrap());
        assert_eq!(bytes_of(&packet("20903c64")), 3);
        assert_eq!(bytes_of(&packet("40900000 00000000")), 3);
        assert_eq!(bytes_of(&packet("30160102 03040506")), 7);
        assert_eq!(bytes_of(&packet("30260102 03040506")), 6);
    }
}
