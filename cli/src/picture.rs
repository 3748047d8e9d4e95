//! Pictures of clients, ports and connections: SVG, and Graphviz' DOT.

mod dot;
mod layout;
mod svg;

use std::collections::BTreeSet;

use alsa_seq::{Address, ClientId, ClientKind};

use crate::graph::{Client, is_input, is_output, is_public};

pub(crate) use dot::dot;
pub(crate) use svg::svg;

/// The content of a picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picture {
    /// In the order of their numbers.
    boxes: Vec<ClientBox>,
    lines: Vec<Line>,
}

/// A client.
#[derive(Clone, Debug)]
struct ClientBox {
    id: ClientId,
    name: String,
    kind: BoxKind,
    /// In the order of their numbers.
    ports: Vec<Row>,
}

/// The kind of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BoxKind {
    Hardware,
    Program,
    Kernel,
}

/// A port.
#[derive(Clone, Debug)]
struct Row {
    address: Address,
    name: String,
    /// Whether it can be connected to, or is.
    receives: bool,
    /// Whether it can be connected from, or is.
    sends: bool,
}

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    sender: Address,
    receiver: Address,
    is_exclusive: bool,
}

impl Picture {
    /// Draws these clients. Left out are, unless `with_all`, the kernel's own client, ports
    /// that want not to be shown, and clients without a port.
    pub(crate) fn of(clients: &[Client], with_all: bool) -> Self {
        let is_shown = |client: &&Client| with_all || client.info.id() != ClientId::SYSTEM;
        let mut picture = Self::default();
        for client in clients.iter().filter(is_shown) {
            let shown = |port: &&crate::graph::Port| with_all || is_public(&port.info);
            let ports: Vec<Row> = client.ports.iter().filter(shown).map(row).collect();
            if ports.is_empty() && !with_all {
                continue;
            }
            picture.boxes.push(ClientBox {
                id: client.info.id(),
                name: client.info.name().into_owned(),
                kind: match (client.info.kind(), client.info.card()) {
                    (ClientKind::User, _) => BoxKind::Program,
                    (ClientKind::Kernel, Some(_)) => BoxKind::Hardware,
                    (ClientKind::Kernel, None) => BoxKind::Kernel,
                },
                ports,
            });
        }
        let connections = clients
            .iter()
            .flat_map(|client| &client.ports)
            .flat_map(|port| &port.to);
        let lines = connections.map(|connection| Line {
            sender: connection.sender,
            receiver: connection.receiver,
            is_exclusive: connection.exclusive,
        });
        let rows = picture.boxes.iter().flat_map(|one| &one.ports);
        let drawn: BTreeSet<Address> = rows.map(|row| row.address).collect();
        picture.lines = lines
            .filter(|line| drawn.contains(&line.sender) && drawn.contains(&line.receiver))
            .collect();
        picture.lines.sort_unstable();
        picture.lines.dedup();
        picture
    }
}

fn row(port: &crate::graph::Port) -> Row {
    Row {
        address: port.info.address(),
        name: port.info.name().into_owned(),
        receives: is_output(&port.info) || !port.from.is_empty(),
        sends: is_input(&port.info) || !port.to.is_empty(),
    }
}

#[cfg(test)]
mod tests;
