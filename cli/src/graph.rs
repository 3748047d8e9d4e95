//! Clients, their ports and their connections, in the kernel's own order.

#[cfg(feature = "serve")]
use std::collections::BTreeMap;

use alsa_seq::{
    ClientControl, ClientId, ClientInfo, Connection, ErrorKind, PortCaps, PortInfo, Stamp,
};

use crate::address::Place;
use crate::failure::Failure;

/// A client, and those of its ports that were asked for.
pub(crate) struct Client {
    pub(crate) info: ClientInfo,
    pub(crate) ports: Vec<Port>,
}

/// A port and its connections.
pub(crate) struct Port {
    pub(crate) info: PortInfo,
    /// The connections on which it sends.
    pub(crate) to: Vec<Connection>,
    /// The connections on which it receives.
    pub(crate) from: Vec<Connection>,
}

/// All clients except for this one, with the ports for which `wants` returns true.
pub(crate) fn clients(
    control: &ClientControl,
    wants: impl Fn(&PortInfo) -> bool,
) -> Result<Vec<Client>, Failure> {
    let mut clients = Vec::new();
    for info in control.clients() {
        let info = info?;
        if info.id() == control.id() {
            continue;
        }
        let mut ports = Vec::new();
        for port in control.ports_of(info.id()) {
            let port = port?;
            if wants(&port) {
                let address = port.address();
                ports.push(Port {
                    info: port,
                    to: if_there(control.connections_from(address))?,
                    from: if_there(control.connections_to(address))?,
                });
            }
        }
        clients.push(Client { info, ports });
    }
    Ok(clients)
}

/// The same of a graph that is followed: all clients but `own`, with all ports.
#[cfg(feature = "serve")]
pub(crate) fn clients_of(topology: &alsa_seq::Topology, own: ClientId) -> Vec<Client> {
    // For each port, `connections_from` would look at all connections.
    let mut by_sender: BTreeMap<_, Vec<Connection>> = BTreeMap::new();
    for connection in topology.connections() {
        let of_sender = by_sender.entry(connection.sender).or_default();
        of_sender.push(connection);
    }
    let port = |info: &PortInfo| Port {
        info: info.clone(),
        to: by_sender.get(&info.address()).cloned().unwrap_or_default(),
        from: topology.connections_to(info.address()).collect(),
    };
    let clients = topology.clients().filter(|info| info.id() != own);
    let client = |info: &ClientInfo| Client {
        info: info.clone(),
        ports: topology.ports_of(info.id()).map(port).collect(),
    };
    clients.map(client).collect()
}

/// A port that went away meanwhile took its connections with it.
fn if_there(found: alsa_seq::Result<Vec<Connection>>) -> Result<Vec<Connection>, Failure> {
    match found {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        found => Ok(found?),
    }
}

/// Returns whether anybody may connect from the port.
pub(crate) fn is_input(port: &PortInfo) -> bool {
    port.caps().contains(PortCaps::READ | PortCaps::SUBS_READ)
}

/// Returns whether anybody may connect to the port.
pub(crate) fn is_output(port: &PortInfo) -> bool {
    port.caps().contains(PortCaps::WRITE | PortCaps::SUBS_WRITE)
}

/// Returns whether the port wants to be shown.
pub(crate) fn is_public(port: &PortInfo) -> bool {
    !port.caps().contains(PortCaps::NO_EXPORT)
}

/// The connections of all clients but this one, or only those of a place. Those
/// between the same two ports count as one.
pub(crate) fn connections(
    control: &ClientControl,
    place: Option<Place>,
) -> Result<Vec<Connection>, Failure> {
    let mut found: Vec<Connection> = Vec::new();
    for sender in clients(control, |_| true)?.iter().flat_map(|c| &c.ports) {
        // In their order.
        let mut receivers = Vec::new();
        for connection in &sender.to {
            let ends = [connection.sender, connection.receiver];
            let is_meant =
                place.is_none_or(|place| ends.into_iter().any(|end| place.contains(end)));
            let Err(at) = receivers.binary_search(&connection.receiver) else {
                continue;
            };
            receivers.insert(at, connection.receiver);
            if is_meant {
                found.push(*connection);
            }
        }
    }
    Ok(found)
}

/// Returns whether a program uses the connection to listen to the kernel, on a port that it shows
/// nobody. Every session manager does so.
pub(crate) fn is_private_notice(control: &ClientControl, connection: &Connection) -> bool {
    connection.sender.client == ClientId::SYSTEM
        && control
            .port_info(connection.receiver)
            .is_ok_and(|port| !is_public(&port))
}

/// The kind of the connection between two ports, if it has special properties: ` [exclusive]`.
pub(crate) fn notes(connection: &Connection) -> String {
    let mut notes = String::new();
    if connection.exclusive {
        notes.push_str(" [exclusive]");
    }
    match connection.stamp {
        None => {}
        Some(Stamp::Ticks(queue)) => notes.push_str(&format!(" [ticks of queue {queue}]")),
        Some(Stamp::RealTime(queue)) => notes.push_str(&format!(" [time of queue {queue}]")),
    }
    notes
}
