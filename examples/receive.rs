//! Receives events and shows some of their types, until no event has come for a while.
//!
//! ```sh
//! cargo run --example receive -- 20:0 10
//! ```
//!
//! The second argument is the longest wait for the next event, in seconds.

use std::error::Error;
use std::time::Duration;

use alsa_seq::{Address, ErrorKind, EventData, PortOptions, SequencerClient};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let source = arguments
        .next()
        .ok_or("usage: receive CLIENT:PORT SECONDS")?;
    let source: Address = source.parse()?;
    let seconds = arguments.next().unwrap_or("10".to_owned()).parse()?;
    let timeout = Duration::from_secs(seconds);

    let mut client = SequencerClient::open("receive")?;
    let port = client.create_port(PortOptions::receiver("input"))?;
    port.connect_from(source)?;

    loop {
        // `event_input` waits without a time limit, and `try_event_input` does not wait.
        let event = match client.event_input_timeout(timeout) {
            Err(error) if error.kind() == ErrorKind::TimedOut => return Ok(()),
            // The unread events are lost. Reading continues.
            Err(error) if error.kind() == ErrorKind::Overrun => {
                eprintln!("{error:#}");
                continue;
            }
            event => event?,
        };
        match event.data() {
            EventData::NoteOn {
                channel,
                note,
                velocity: 1..,
            } => println!("key {note} down on channel {channel}"),
            // Many devices send a note-on with velocity 0 in place of a note-off.
            EventData::NoteOn { channel, note, .. } | EventData::NoteOff { channel, note, .. } => {
                println!("key {note} up on channel {channel}");
            }
            EventData::ControlChange {
                controller, value, ..
            } => println!("controller {controller} is {value}"),
            EventData::Sysex(bytes) => println!("{} bytes of sysex", bytes.len()),
            EventData::PortUnsubscribed { .. } => println!("disconnected"),
            // Other types exist, and more may be added.
            _ => println!("{}", event.event_type()),
        }
    }
}
