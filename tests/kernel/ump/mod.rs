//! UMP clients: the messages that they send and receive, and the kernel's conversion between them.

use alsa_seq::ump::Packet;
use alsa_seq::{ClientOptions, Event, MidiVersion, Port, SequencerClient};

use support::{open, unique};

mod endpoint;
mod exchange;
mod open;
mod ports;
mod sysex;

/// Returns the kernel's version, such as `(6, 12)`.
fn kernel_version() -> (u32, u32) {
    let text = std::fs::read_to_string("/proc/version").unwrap();
    let version = text.strip_prefix("Linux version ").unwrap();
    let mut numbers = version
        .split(|character: char| !character.is_ascii_digit())
        .map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

/// Runs the rest of the test if the kernel has UMP.
macro_rules! need_ump {
    () => {
        support::need_sequencer!();
        if !support::kernel_has_ump() {
            return;
        }
    };
}
use need_ump;

/// Opens a client with a unique name and this MIDI version.
fn speaker(name: &str, version: MidiVersion) -> SequencerClient {
    open(ClientOptions::new(unique(name)).midi_version(version))
}

/// Opens such a client with one port.
fn with_port(name: &str, version: MidiVersion) -> (SequencerClient, Port) {
    let client = speaker(name, version);
    let port = client.create_port("port").unwrap();
    (client, port)
}

/// Returns a packet from its words in hexadecimal.
fn packet(text: &str) -> Packet {
    text.parse().unwrap()
}

/// Returns an event with this packet.
fn ump(text: &str) -> Event<'static> {
    Event::ump(packet(text))
}
