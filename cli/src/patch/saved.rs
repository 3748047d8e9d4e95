//! Describes ports and connections so that rules find them again.

use std::fmt::Write as _;

use alsa_seq::{Address, Connection, Topology};

use super::endpoint::{Endpoint, PortChoice};
use super::pattern::Pattern;
use super::plan::Pair;
use super::sorted::Sorted;
use super::world::{Client, World};
use crate::people::printable;

/// The rules for the existing connections, and the problems of saving them.
pub(crate) fn saved(topology: &Topology, world: &World) -> (String, Vec<String>) {
    let mut text = String::from(
        "# Rules for connections: see `aseq patch --help`.\n\
         # `aseq patch keep` holds them as devices and programs come and go.\n",
    );
    let mut problems = Sorted::default();
    let mut pairs: Vec<Pair> = world.connected.iter().copied().collect();
    // Skips the kernel's own announcements, and ports that are private to programs.
    pairs.retain(|pair| {
        let ends = [pair.sender, pair.receiver].map(|end| world.find(end));
        ends.iter()
            .all(|end| end.is_some_and(|(client, _)| !client.is_system))
    });
    for pair in pairs {
        let connections: Vec<Connection> = topology
            .connections_to(pair.receiver)
            .filter(|found| found.sender == pair.sender)
            .collect();
        if connections.iter().any(|found| found.stamp.is_some()) {
            problems.insert(format!(
                "{}: the connection stamps events, but a rule cannot do that",
                world.described_pair(pair)
            ));
        }
        for end in [pair.sender, pair.receiver] {
            let problem = if !world.is_unique(end) {
                "a rule for it would also match other ports"
            } else if world.is_nameless(end) {
                "its client has only the name that the kernel gave it, which contains the client's \
                 number"
            } else {
                continue;
            };
            problems.insert(format!("{}: {problem}", world.described(end)));
        }
        let exclusive = connections.iter().any(|found| found.exclusive);
        text.push_str(&rule("connect", world, pair, exclusive));
    }
    (text, problems.into_vec())
}

/// Returns a rule for one connection, with a comment that contains its names.
fn rule(kind: &str, world: &World, pair: Pair, exclusive: bool) -> String {
    let mut text = format!("\n# {}\n[[{kind}]]\n", comment(world, pair));
    for (key, end) in [("from", pair.sender), ("to", pair.receiver)] {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{key} = {}", world.identity(end).toml());
    }
    if exclusive {
        text.push_str("exclusive = true\n");
    }
    text
}

fn comment(world: &World, pair: Pair) -> String {
    let name = |end| {
        world
            .find(end)
            .map(|(client, port)| format!("{}:{}", client.name, port.name))
            .unwrap_or_default()
    };
    printable(&format!("{} -> {}", name(pair.sender), name(pair.receiver)))
}

impl World {
    /// Returns a description of the port. The serial number identifies a USB device. A device
    /// without one is identified by its socket.
    pub(super) fn identity(&self, address: Address) -> Endpoint {
        let Some((client, port)) = self.find(address) else {
            return Endpoint::default();
        };
        let mut endpoint = self.device(client);
        let named = PortChoice::Named(Pattern::exactly(&port.name));
        let fit = client.ports.iter().filter(|port| named.fits(client, port));
        endpoint.port = Some(if port.name.is_empty() || fit.count() > 1 {
            PortChoice::Number(port.address.port.number())
        } else {
            named
        });
        endpoint
    }

    fn device(&self, client: &Client) -> Endpoint {
        let named = || Some(Pattern::exactly(&client.name));
        let Some(card) = &client.card else {
            return Endpoint {
                client: named(),
                ..Endpoint::default()
            };
        };
        let Some(usb) = card.usb() else {
            return Endpoint {
                client: named(),
                card: Some(Pattern::exactly(card.id())),
                ..Endpoint::default()
            };
        };
        let mut endpoint = Endpoint {
            // A device may have several clients.
            client: named(),
            usb: Some((usb.vendor(), usb.product())),
            serial: usb.serial().map(Pattern::exactly),
            ..Endpoint::default()
        };
        let is_same = |other: &&Client| {
            let other = other
                .card
                .as_ref()
                .filter(|other| other.number() != card.number());
            other.and_then(|other| other.usb()).is_some_and(|other| {
                (other.vendor(), other.product(), other.serial())
                    == (usb.vendor(), usb.product(), usb.serial())
            })
        };
        // Also needed for a device with a serial number, because some vendors give all devices the
        // same one.
        if usb.serial().is_none() || self.clients.iter().any(|other| is_same(&other)) {
            endpoint.usb_port = usb.port().map(Pattern::exactly);
        }
        endpoint
    }

    /// Returns whether no other port has the identity of the port.
    pub(super) fn is_unique(&self, address: Address) -> bool {
        let endpoint = self.identity(address);
        let fits = |client: &Client, port| {
            use super::endpoint::Side::{Receiver, Sender};

            endpoint.fits(client, port, Sender) || endpoint.fits(client, port, Receiver)
        };
        let clients = self.clients.iter();
        let ports = clients.flat_map(|client| client.ports.iter().map(move |port| (client, port)));
        ports.filter(|(client, port)| fits(client, port)).count() <= 1
    }

    /// Returns whether the client's name is the name that the kernel makes from the client's
    /// number.
    fn is_nameless(&self, address: Address) -> bool {
        let client = self.find(address).map(|(client, _)| client);
        client.is_some_and(|client| client.name == format!("Client-{}", client.id))
    }
}
