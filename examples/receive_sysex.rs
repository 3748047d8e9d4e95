//! Receives whole system-exclusive messages. They may come in pieces of any size, and from several
//! senders at the same time.
//!
//! ```sh
//! cargo run --example receive_sysex -- 20:0 24:0
//! ```
//!
//! It ends when all senders are disconnected.

use std::error::Error;

use alsa_seq::sysex::{Outcome, Reassembler};
use alsa_seq::{Address, ClientOptions, ErrorKind, EventData, EventType, PortOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let mut client = ClientOptions::new("receive_sysex")
        .input_pool(2000)
        .open()?;
    let port = client.create_port(PortOptions::receiver("input"))?;
    let mut sources: Vec<Address> = Vec::new();
    for source in std::env::args().skip(1) {
        let source = source.parse()?;
        port.connect_from(source)?;
        sources.push(source);
    }

    let mut messages = Reassembler::new();
    while !sources.is_empty() {
        let event = match client.event_input() {
            Err(error) if error.kind() == ErrorKind::Overrun => {
                // The next piece does not continue the pieces before the loss.
                for lost in messages.remove(|_| true) {
                    println!("{}: {} bytes, and a gap", lost.source, lost.bytes.len());
                }
                continue;
            }
            event => event?,
        };
        if let EventData::PortUnsubscribed { sender, .. } = event.data() {
            sources.retain(|source| *source != sender);
            messages.remove(|source| source == sender);
        }
        if event.event_type() != EventType::SYSEX {
            continue;
        }
        let mut piece = event.payload();
        while let Some(outcome) = messages.push(event.source(), &mut piece) {
            match outcome {
                Outcome::Complete(message) => {
                    println!("{}: {} bytes", event.source(), message.len());
                }
                other => println!("{}: {other:?}", event.source()),
            }
        }
    }
    Ok(())
}
