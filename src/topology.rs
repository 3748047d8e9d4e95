//! The graph of clients, ports and connections, and its changes.

use std::collections::BTreeMap;
use std::fmt;

use crate::address::{Address, ClientId, PortId};
use crate::connection::Connection;
use crate::control::ClientControl;
use crate::error::{Error, ErrorKind, Operation, Result, Subject};
use crate::info::ClientInfo;
use crate::lookup;
use crate::port::PortInfo;

mod graph;
mod monitor;
mod reconcile;
mod source;
#[cfg(test)]
mod tests;
mod tracker;
mod upkeep;

pub use monitor::{TopologyChanges, TopologyMonitor};
pub use tracker::TopologyTracker;

use graph::ClientNode;

/// The clients of the sequencer, their ports, and the connections between them. It is a
/// [`snapshot`](Topology::snapshot), or a [`TopologyMonitor`] or a [`TopologyTracker`]
/// keeps it up to date.
///
/// ```no_run
/// use alsa_seq::{SequencerClient, Topology};
///
/// let client = SequencerClient::open("look")?;
/// let topology = Topology::snapshot(&client)?;
/// for port in topology.ports() {
///     println!("{} {}", port.address(), port.name());
///     for connection in topology.connections_from(port) {
///         println!("    to {}", connection.receiver);
///     }
/// }
/// # Ok::<(), alsa_seq::Error>(())
/// ```
///
/// The graph contains the client of every port, and both ports of every connection. The
/// counters in [`ClientInfo`] and [`PortInfo`] (ports, lost events, uses) are those of
/// the moment when that object was read. Use the graph itself for the present numbers.
#[derive(Clone, Default)]
pub struct Topology {
    clients: BTreeMap<ClientId, ClientNode>,
}

/// A difference between two states of a [`Topology`].
///
/// The changes are in an order in which each can be applied to a copy of the graph: a
/// client is added before its ports, and both ports before their connection. They are
/// removed in the reverse order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopologyChange {
    /// A client was added.
    ///
    /// Its name may still be the kernel's default `Client-128`, because programs set
    /// their name after they have opened the sequencer.
    ClientAdded(ClientInfo),
    /// The name of a client, or its filter of events, has changed. Before Linux 6.14 (and
    /// 6.6 and 6.12 from 2026 on), the kernel does not announce this. The change is then
    /// reported with the next change of the client's ports, or with the next new
    /// connection of one of its ports.
    ClientChanged {
        /// The old description.
        old: ClientInfo,
        /// The new description.
        new: ClientInfo,
    },
    /// A client was removed. Its ports were removed before.
    ClientRemoved(ClientInfo),
    /// A port was added.
    PortAdded(PortInfo),
    /// The name or the capabilities of a port have changed. Before Linux 6.14 (and 6.6
    /// and 6.12 from 2026 on), the kernel does not announce this.
    PortChanged {
        /// The old description.
        old: PortInfo,
        /// The new description.
        new: PortInfo,
    },
    /// A port was removed. Its connections were removed before.
    PortRemoved(PortInfo),
    /// Two ports were connected.
    Connected(Connection),
    /// Two ports were disconnected, perhaps because one of them is removed.
    Disconnected(Connection),
    /// The description of a client's UMP endpoint has changed. Since Linux 6.14.
    ///
    /// After [`Resynchronized`](Self::Resynchronized), this is reported for every UMP
    /// client, because its endpoint and its function blocks may have changed.
    EndpointChanged(ClientId),
    /// The description of a function block of a UMP client has changed. Since Linux 6.14.
    FunctionBlockChanged {
        /// The client.
        client: ClientId,
        /// The number of the block, 0 to 31.
        block: u8,
    },
    /// Announcements were lost because the program did not read them in time, and a new
    /// snapshot was taken. The following changes are the differences.
    ///
    /// A client, port or connection that was added and removed since the last change is
    /// not reported.
    Resynchronized,
}

impl Topology {
    /// An empty graph. Compared with it, everything was added:
    /// `Topology::new().changes_to(&snapshot)`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads all clients, ports and connections, including this client.
    ///
    /// Objects that exist during the whole call are in the snapshot. Objects that are
    /// added or removed during the call may or may not be in it.
    ///
    /// # Errors
    /// None are known.
    pub fn snapshot(control: &ClientControl) -> Result<Self> {
        Self::read(control)
    }

    /// Returns the changes from this graph to `newer`. Counters are ignored.
    pub fn changes_to(&self, newer: &Self) -> Vec<TopologyChange> {
        let mut changes = Vec::new();
        self.clone().conform(newer, &mut changes);
        changes
    }

    /// The clients, by their numbers.
    pub fn clients(&self) -> impl Iterator<Item = &ClientInfo> {
        self.clients.values().map(ClientNode::info)
    }

    /// Returns a client, if the graph contains it.
    pub fn client(&self, client: impl Into<ClientId>) -> Option<&ClientInfo> {
        self.clients.get(&client.into()).map(ClientNode::info)
    }

    /// The ports of all clients, by their addresses, with the names of their
    /// clients.
    pub fn ports(&self) -> impl Iterator<Item = &PortInfo> {
        self.clients.values().flat_map(ClientNode::ports)
    }

    /// The ports of a client, by their numbers.
    pub fn ports_of(&self, client: impl Into<ClientId>) -> impl Iterator<Item = &PortInfo> {
        self.clients
            .get(&client.into())
            .into_iter()
            .flat_map(ClientNode::ports)
    }

    /// Returns a port, if the graph contains it.
    pub fn port(&self, port: impl Into<Address>) -> Option<&PortInfo> {
        self.node(port.into()).map(|node| &node.info)
    }

    /// All connections, by the addresses of the receiving ports. Two ports may have
    /// several connections with different options.
    pub fn connections(&self) -> impl Iterator<Item = Connection> {
        self.clients
            .values()
            .flat_map(ClientNode::connections)
            .copied()
    }

    /// The connections on which a port sends.
    pub fn connections_from(&self, port: impl Into<Address>) -> impl Iterator<Item = Connection> {
        let port = port.into();
        self.connections()
            .filter(move |connection| connection.sender == port)
    }

    /// The connections on which a port receives.
    pub fn connections_to(&self, port: impl Into<Address>) -> impl Iterator<Item = Connection> {
        self.node(port.into())
            .into_iter()
            .flat_map(|node| node.senders.iter().copied())
    }

    /// Returns whether `sender` is connected to `receiver`.
    pub fn is_connected(&self, sender: impl Into<Address>, receiver: impl Into<Address>) -> bool {
        let sender = sender.into();
        self.connections_to(receiver)
            .any(|connection| connection.sender == sender)
    }

    /// Finds a client by its exact name.
    ///
    /// # Errors
    /// The errors of [`ClientControl::find_client`].
    pub fn find_client(&self, name: &str) -> Result<&ClientInfo> {
        let id = lookup::resolve_client(name, self)?;
        self.client(id)
            .ok_or_else(|| not_found(Operation::FindClient, name))
    }

    /// Finds the port at an address that a user wrote, in the grammar of
    /// [`ClientControl::parse_address`].
    ///
    /// A name also finds the ports of this program, which [`ClientControl::find_port`]
    /// does not find.
    ///
    /// # Errors
    /// The errors of [`ClientControl::find_port`].
    pub fn find_port(&self, text: &str) -> Result<&PortInfo> {
        let address = lookup::resolve_port(text, self)?;
        self.port(address)
            .ok_or_else(|| not_found(Operation::FindPort, text))
    }
}

/// Shows the names of clients and ports, by their numbers, and the connections.
impl fmt::Debug for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients = self.clients().map(|info| (info.id(), info.name()));
        let ports = self.ports().map(|info| (info.address(), info.name()));
        f.debug_struct("Topology")
            .field("clients", &clients.collect::<BTreeMap<_, _>>())
            .field("ports", &ports.collect::<BTreeMap<_, _>>())
            .field("connections", &self.connections().collect::<Vec<_>>())
            .finish()
    }
}

fn not_found(operation: Operation, name: &str) -> Error {
    Error::new(operation, ErrorKind::NotFound).about(Subject::Name(name.into()))
}

impl lookup::Directory for Topology {
    fn client_names(&self) -> Result<Vec<(ClientId, String)>> {
        let named = |client: &ClientInfo| (client.id(), client.name().into_owned());
        Ok(self.clients().map(named).collect())
    }

    fn port_names(&self, client: ClientId) -> Result<Vec<(PortId, String)>> {
        let named = |port: &PortInfo| (port.address().port, port.name().into_owned());
        Ok(self.ports_of(client).map(named).collect())
    }
}
