//! Listens to a port by its name whenever it is there, and says when it comes and goes.
//!
//! ```sh
//! cargo run --features tokio --example hot_plug -- "my keyboard"
//! ```
//!
//! One client does both: it listens to the port, and to the kernel's announcements.

use std::error::Error;

use alsa_seq::{
    Address, ClientId, ErrorKind, PortCaps, PortInfo, PortOptions, SequencerClient, Topology,
    TopologyChange,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("usage: hot_plug NAME")?;
    let mut client = SequencerClient::open("hot_plug")?.into_tokio()?;
    let input = client.create_port(PortOptions::receiver("in"))?;
    // First the announcements, and then a look: nothing is missed in between.
    let news = client.create_port(PortOptions::receiver("news"))?;
    news.connect_from(Address::ANNOUNCE)?;
    let mut topology = Topology::snapshot(&client)?;

    let is_wanted = |port: &PortInfo| port.name() == name && port.caps().contains(PortCaps::READ);
    for port in topology.ports().filter(|port| is_wanted(port)) {
        input.connect_from(port)?;
        println!("connected to {}", port.address());
    }
    loop {
        let changes = match client.event_input().await {
            Ok(event) if event.source().client == ClientId::SYSTEM => {
                topology.update(&client, &event)?
            }
            Ok(event) => {
                println!("{:?}", event.data());
                continue;
            }
            // Announcements may have been among what was lost, so it looks again.
            Err(error) if error.kind() == ErrorKind::Overrun => {
                eprintln!("{error:#}");
                topology.refresh(&client)?
            }
            Err(error) => return Err(error.into()),
        };
        for change in changes {
            match change {
                TopologyChange::PortAdded(port) if is_wanted(&port) => {
                    // It may be gone again by now; then that is announced, too.
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
