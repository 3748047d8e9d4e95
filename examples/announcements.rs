//! Shows clients, ports and connections as they appear and disappear, until Ctrl+C. Reads the
//! kernel's announcements directly.
//!
//! ```sh
//! cargo run --example announcements
//! ```

use alsa_seq::{Address, EventData, PortOptions, SequencerClient};

fn main() -> alsa_seq::Result<()> {
    let mut client = SequencerClient::open("announcements")?;
    let port = client.create_port(PortOptions::receiver("input"))?;
    port.connect_from(Address::ANNOUNCE)?;
    println!("watching at {}", port.address());
    loop {
        let event = client.event_input()?;
        if event.source() != Address::ANNOUNCE {
            // Anybody can send an event that looks like an announcement.
            continue;
        }
        match event.data() {
            EventData::ClientStart(id) => println!("+ client {id}"),
            EventData::ClientChange(id) => {
                // The client may have been closed since then.
                if let Ok(info) = client.client_info(id) {
                    println!("= client {id} {:?}", info.name());
                }
            }
            EventData::ClientExit(id) => println!("- client {id}"),
            EventData::PortStart(address) => println!("+ port {address}"),
            EventData::PortChange(address) => println!("= port {address}"),
            EventData::PortExit(address) => println!("- port {address}"),
            EventData::PortSubscribed { sender, receiver } => {
                println!("+ {sender} -> {receiver}");
            }
            EventData::PortUnsubscribed { sender, receiver } => {
                println!("- {sender} -> {receiver}");
            }
            other => println!("? {other:?}"),
        }
    }
}
