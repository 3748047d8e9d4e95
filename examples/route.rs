//! A router: moves channels, transposes, and turns parameters into controllers.
//!
//! ```sh
//! cargo run --example route -- 20:0 128:0
//! ```
//!
//! Events of channel 1 (number 0) leave on channel 5, an octave lower. Drums stay unchanged.
//! Parameter (NRPN) 136, four control changes, becomes controller 74.

use std::{error::Error, time::Duration};

use alsa_seq::controllers::{Assembler, split};
use alsa_seq::{Address, ErrorKind, Event, EventData, PortOptions, SequencerClient};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The new number of each channel.
const CHANNELS: [u8; 16] = [4, 1, 2, 3, 0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const DRUMS: u8 = 9;

fn main() -> Result<()> {
    let usage = "usage: route FROM TO";
    let mut ports = std::env::args().skip(1);
    let from: Address = ports.next().ok_or(usage)?.parse()?;
    let to: Address = ports.next().ok_or(usage)?.parse()?;

    let mut client = SequencerClient::open("route")?;
    let input = client.create_port(PortOptions::receiver("in"))?;
    let output = client.create_port(PortOptions::sender("out"))?;
    output.connect_to(to)?;
    input.connect_from(from)?;
    client.set_source(&output);
    println!("{from} to {to}");
    let mut controllers = Assembler::new();
    loop {
        let received = if controllers.is_waiting() {
            client.event_input_timeout(Duration::from_millis(5))
        } else {
            client.event_input()
        };
        let events = match &received {
            Ok(event) => controllers.push(event),
            Err(error) if error.kind() == ErrorKind::TimedOut => controllers.flush(),
            Err(error) if error.kind() == ErrorKind::Overrun => {
                eprintln!("{error:#}");
                controllers.forget(|_| true);
                continue;
            }
            Err(_) => return Ok(received.map(drop)?),
        };
        // Skips the kernel's notices of connections to this port.
        for event in events.filter(|event| !event.event_type().is_announcement()) {
            let event = routed(event)?.to_subscribers().direct();
            // Sends it as control changes, which every receiver understands.
            for single in split(&event) {
                client.event_output(&single)?;
            }
        }
        client.drain_output()?;
    }
}

fn routed(event: Event<'_>) -> Result<Event<'_>> {
    // The kernel checks no ranges. Values that MIDI does not have pass unchanged.
    let Some(channel) = event.channel().filter(|channel| *channel < 16) else {
        return Ok(event);
    };
    let event = match event.data() {
        // A controller gets the upper seven bits.
        EventData::Nrpn {
            parameter: 136,
            value: value @ 0..0x4000,
            ..
        } => Event::control_change(channel, 74, u8::try_from(value >> 7)?)?,
        _ if channel != DRUMS => event.clone().transposed(-12).unwrap_or(event),
        _ => event,
    };
    let channel = CHANNELS.get(usize::from(channel)).unwrap_or(&channel);
    Ok(event.with_channel(*channel)?)
}
