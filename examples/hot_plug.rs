//! Listens to the port of this name whenever it exists, and reports when it appears and disappears.
//!
//! ```sh
//! cargo run --example hot_plug -- "my keyboard"
//! ```
//!
//! One client does both: it listens to the port, and to the kernel's announcements.

use std::error::Error;

use alsa_seq::{
    ClientId, ErrorKind, PortCaps, PortInfo, PortOptions, SequencerClient, TopologyChange,
    TopologyTracker,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("usage: hot_plug NAME")?;
    let mut client = SequencerClient::open("hot_plug")?.into_tokio()?;
    let input = client.create_port(PortOptions::receiver("in"))?;
    let mut tracker = TopologyTracker::new(&client)?;

    let is_wanted = |port: &PortInfo| port.name() == name && port.caps().contains(PortCaps::READ);
    for port in tracker.topology().ports().filter(|port| is_wanted(port)) {
        input.connect_from(port)?;
        println!("connected to {}", port.address());
    }
    loop {
        match client.event_input().await {
            Ok(event) if tracker.update(&event)? => {}
            // A port also receives notices of its own connections.
            Ok(event) if event.source().client == ClientId::SYSTEM => {}
            Ok(event) => println!("{:?}", event.data()),
            // Announcements may be among the lost events, so the program searches again.
            Err(error) if error.kind() == ErrorKind::Overrun => {
                eprintln!("{error:#}");
                tracker.overrun()?;
            }
            Err(error) => return Err(error.into()),
        }
        while let Some(change) = tracker.next_change() {
            // The tracker also reports this client's own ports.
            match change {
                TopologyChange::PortAdded(port) if is_wanted(&port) => {
                    // The port may have been deleted since then. If so, that is announced, too.
                    match input.connect_from(&port) {
                        Ok(()) => println!("connected to {}", port.address()),
                        Err(error) => eprintln!("{error:#}"),
                    }
                }
                TopologyChange::PortRemoved(port) if is_wanted(&port) => {
                    println!("{} is gone", port.address());
                }
                _ => {}
            }
        }
    }
}
