//! Prints all ports and their connections, and then their changes, until Ctrl+C.
//!
//! ```sh
//! cargo run --example watch
//! ```

use alsa_seq::{Address, Topology, TopologyChange, TopologyMonitor};

fn main() -> alsa_seq::Result<()> {
    let mut monitor = TopologyMonitor::open("watch")?;
    print_graph(monitor.topology());
    println!("watching");
    loop {
        let change = monitor.next_change()?;
        print_change(monitor.topology(), &change);
    }
}

fn print_graph(topology: &Topology) {
    for client in topology.clients() {
        println!("{} {:?}", client.id(), client.name());
        for port in topology.ports_of(client.id()) {
            println!("    {} {:?}", port.address(), port.name());
            for connection in topology.connections_from(port) {
                println!("        to {}", describe(topology, connection.receiver));
            }
        }
    }
}

fn print_change(topology: &Topology, change: &TopologyChange) {
    match change {
        TopologyChange::ClientAdded(client) => {
            println!("+ client {} {:?}", client.id(), client.name());
        }
        TopologyChange::ClientChanged { old, new } => {
            println!("= client {} {:?} is {:?}", new.id(), old.name(), new.name());
        }
        TopologyChange::ClientRemoved(client) => {
            println!("- client {} {:?}", client.id(), client.name());
        }
        TopologyChange::PortAdded(port) => println!("+ port {} {:?}", port.address(), port.name()),
        TopologyChange::PortChanged { old, new } => {
            println!(
                "= port {} {:?} is {:?}",
                new.address(),
                old.name(),
                new.name()
            );
        }
        TopologyChange::PortRemoved(port) => {
            println!("- port {} {:?}", port.address(), port.name());
        }
        TopologyChange::Connected(connection) => {
            let (sender, receiver) = (connection.sender, connection.receiver);
            println!(
                "+ {} -> {}",
                describe(topology, sender),
                describe(topology, receiver)
            );
        }
        TopologyChange::Disconnected(connection) => {
            let (sender, receiver) = (connection.sender, connection.receiver);
            println!(
                "- {} -> {}",
                describe(topology, sender),
                describe(topology, receiver)
            );
        }
        TopologyChange::Resynchronized => println!("! announcements were lost"),
        // Later versions may have more kinds.
        other => println!("? {other:?}"),
    }
}

/// Returns the address, with the names if the port still exists.
fn describe(topology: &Topology, port: Address) -> String {
    let name = topology.port(port).and_then(|port| port.lookup_name());
    match name {
        Some(name) => format!("{port} {name:?}"),
        None => port.to_string(),
    }
}
