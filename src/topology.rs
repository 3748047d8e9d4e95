//! The graph of clients, ports and connections, and how it changes.

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

/// The clients of the sequencer, their ports, and the connections between
/// these: as a [`snapshot`](Topology::snapshot), or kept up to date by a
/// [`TopologyMonitor`] or a [`TopologyTracker`].
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
/// Every port's client, and both ends of every connection, are in the graph.
/// The counters inside [`ClientInfo`] and [`PortInfo`] (ports, lost events,
/// uses) are of the moment at which that was read; the graph itself has the
/// present ones.
#[derive(Clone, Default)]
pub struct Topology {
    clients: BTreeMap<ClientId, ClientNode>,
}

/// A difference between two states of a [`Topology`].
///
/// In the order in which they come, a client is there before its ports, and
/// both ports of a connection before it is; and they go the other way round.
/// So each one can be applied to a copy of the graph by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopologyChange {
    /// A client has come.
    ///
    /// Its name may still be the kernel's `Client-128`: programs choose theirs
    /// after they have opened the sequencer.
    ClientAdded(ClientInfo),
    /// A client has another name, or accepts other events. Before Linux 6.14
    /// (and 6.6 and 6.12 from 2026 on) the kernel does not tell of this, and it
    /// is only found out with the next change of the client's ports, or with a
    /// new connection of one.
    ClientChanged {
        /// What it was.
        old: ClientInfo,
        /// What it is.
        new: ClientInfo,
    },
    /// A client has gone, and so have its ports.
    ClientRemoved(ClientInfo),
    /// A port has come.
    PortAdded(PortInfo),
    /// A port has another name, or other capabilities. Before Linux 6.14 (and
    /// 6.6 and 6.12 from 2026 on) the kernel does not tell of this.
    PortChanged {
        /// What it was.
        old: PortInfo,
        /// What it is.
        new: PortInfo,
    },
    /// A port has gone, and so have its connections.
    PortRemoved(PortInfo),
    /// Two ports were connected.
    Connected(Connection),
    /// Two ports are no longer connected; perhaps because one of them goes.
    Disconnected(Connection),
    /// Something about a client's UMP endpoint has changed. Since Linux 6.14.
    ///
    /// After [`Resynchronized`](Self::Resynchronized), this is reported for every UMP
    /// client: its endpoint, and its function blocks, may have changed.
    EndpointChanged(ClientId),
    /// Something about a function block of a UMP client has changed. Since
    /// Linux 6.14.
    FunctionBlockChanged {
        /// The client.
        client: ClientId,
        /// The number of the block, 0 to 31.
        block: u8,
    },
    /// Announcements were lost because nobody read them in time, and a new snapshot was
    /// taken. The changes that follow are the differences.
    ///
    /// A client, port or connection that came and went since the last change is not
    /// reported.
    Resynchronized,
}

impl Topology {
    /// An empty graph. Compared with it, everything is new:
    /// `Topology::new().changes_to(&snapshot)`.
    pub fn new() -> Self {
        Self::default()
    }

    /// All there is, this client included.
    ///
    /// Clients that come and go meanwhile may or may not be in it. Something
    /// that is there all the time is.
    ///
    /// # Errors
    /// None are known.
    pub fn snapshot(control: &ClientControl) -> Result<Self> {
        Self::read(control)
    }

    /// What has to change for this graph to become `newer`. Counters do not
    /// matter.
    pub fn changes_to(&self, newer: &Self) -> Vec<TopologyChange> {
        let mut changes = Vec::new();
        self.clone().conform(newer, &mut changes);
        changes
    }

    /// The clients, by their numbers.
    pub fn clients(&self) -> impl Iterator<Item = &ClientInfo> {
        self.clients.values().map(ClientNode::info)
    }

    /// A client.
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

    /// A port.
    pub fn port(&self, port: impl Into<Address>) -> Option<&PortInfo> {
        self.node(port.into()).map(|node| &node.info)
    }

    /// All connections, by the addresses of the receiving ports. Two ports may
    /// be connected several times over, in different ways.
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

    /// Whether one port sends to the other.
    pub fn is_connected(&self, sender: impl Into<Address>, receiver: impl Into<Address>) -> bool {
        let sender = sender.into();
        self.connections_to(receiver)
            .any(|connection| connection.sender == sender)
    }

    /// The client that has this name, to the letter.
    ///
    /// # Errors
    /// As [`ClientControl::find_client`].
    pub fn find_client(&self, name: &str) -> Result<&ClientInfo> {
        let id = lookup::resolve_client(name, self)?;
        self.client(id)
            .ok_or_else(|| not_found(Operation::FindClient, name))
    }

    /// The port at the address that a person wrote, in the grammar of
    /// [`ClientControl::parse_address`].
    ///
    /// A name finds the ports of this program too, which [`ClientControl::find_port`] leaves
    /// out.
    ///
    /// # Errors
    /// As [`ClientControl::find_port`].
    pub fn find_port(&self, text: &str) -> Result<&PortInfo> {
        let address = lookup::resolve_port(text, self)?;
        self.port(address)
            .ok_or_else(|| not_found(Operation::FindPort, text))
    }
}

/// The names of clients and ports, by their numbers, and the connections.
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
