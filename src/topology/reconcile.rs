//! Updates the graph after an announcement.
//!
//! When an announcement is read, it may be outdated: the object may have changed again,
//! and its number may now belong to another client. Announcements of different programs
//! may arrive in another order than their changes. For example, the exit of a client may
//! arrive after the start of the next client of that number. But each announcement
//! arrives *after* its change. So the graph consists of the kernel's answers, and an
//! announcement only determines the questions. In any order of announcements, the graph
//! is right after the last one.
//!
//! With this rule alone, the graph would miss that a client or port was removed and
//! created again between two questions. So the announcement of an exit also removes the
//! object from the graph, unless the graph is known to be newer than the announcement.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;
use super::{Topology, TopologyChange};
use crate::address::{Address, ClientId};
use crate::connection::Connection;
use crate::error::Result;
use crate::event::{EventData, EventView};
use crate::port::PortInfo;

/// Whether the graph may be newer than an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tense {
    /// It was waiting when the graph was read, so the graph contains its change.
    Past,
    /// The graph is older.
    Present,
}

/// Returns the data of an announcement. Programs can send events of the same types, but
/// not from this port.
pub(super) fn announcement(event: EventView<'_>) -> Option<EventData<'_>> {
    (event.source() == Address::ANNOUNCE).then(|| event.data())
}

/// For each client number, the number of clients that were reported as removed before the
/// kernel announced it.
pub(super) type ExitsDue = BTreeMap<ClientId, u32>;

/// A graph, the source of answers, and the list of changes.
pub(super) struct Reconcile<'a, S> {
    topology: &'a mut Topology,
    exits_due: &'a mut ExitsDue,
    source: &'a S,
    changes: &'a mut Vec<TopologyChange>,
}

impl Topology {
    pub(super) fn read(source: &impl Source) -> Result<Self> {
        let mut topology = Self::default();
        let mut changes = Vec::new();
        for client in source.all_clients()? {
            let id = client.id();
            if topology.put_client(client, &mut changes) {
                for port in source.ports_of(id)? {
                    topology.put_port(port, &mut changes);
                }
            }
        }
        // Connections of a port that was created during the reading are announced.
        let used = |port: &&PortInfo| port.num_senders() > 0;
        let ports: Vec<Address> = topology
            .ports()
            .filter(used)
            .map(PortInfo::address)
            .collect();
        for port in ports {
            topology.set_senders(port, source.senders(port)?, &mut changes);
        }
        Ok(topology)
    }
}

impl<'a, S: Source> Reconcile<'a, S> {
    pub(super) const fn new(
        topology: &'a mut Topology,
        exits_due: &'a mut ExitsDue,
        source: &'a S,
        changes: &'a mut Vec<TopologyChange>,
    ) -> Self {
        Self {
            topology,
            exits_due,
            source,
            changes,
        }
    }

    /// Updates the object of the announcement.
    pub(super) fn apply(&mut self, data: &EventData<'_>, tense: Tense) -> Result<()> {
        match *data {
            EventData::ClientStart(client) | EventData::ClientChange(client) => {
                self.refresh_client(client)
            }
            EventData::ClientExit(client) => self.client_exit(client, tense),
            EventData::PortStart(port) | EventData::PortChange(port) => self.refresh_port(port),
            EventData::PortExit(port) => self.port_exit(port, tense),
            EventData::PortSubscribed { sender, receiver } => self.connected(sender, receiver),
            EventData::PortUnsubscribed { sender, receiver } => self.disconnected(sender, receiver),
            EventData::UmpEndpointChange(client) => {
                self.report(client, TopologyChange::EndpointChanged(client))
            }
            EventData::UmpBlockChange { client, block } => self.report(
                client,
                TopologyChange::FunctionBlockChanged { client, block },
            ),
            _ => Ok(()),
        }
    }

    fn report(&mut self, client: ClientId, change: TopologyChange) -> Result<()> {
        self.refresh_client(client)?;
        if self.topology.client(client).is_some() {
            self.changes.push(change);
        }
        Ok(())
    }

    /// Returns whether the graph contains a later client of this number than the following
    /// announcements.
    fn is_ahead(&self, client: ClientId) -> bool {
        self.exits_due.contains_key(&client)
    }

    fn client_exit(&mut self, client: ClientId, tense: Tense) -> Result<()> {
        match (self.exits_due.remove(&client), tense) {
            // This exit was reported already.
            (Some(due), _) => {
                if due > 1 {
                    self.exits_due.insert(client, due - 1);
                }
                self.refresh_client(client)
            }
            (None, Tense::Past) => {
                self.refresh_client(client)?;
                // If the client does not exist, this is its exit.
                self.exits_due.remove(&client);
                self.refresh_ports(client)
            }
            (None, Tense::Present) => {
                self.topology.remove_client(client, self.changes);
                // The next client of this number may have started before this
                // announcement.
                self.refresh_client(client)
            }
        }
    }

    fn port_exit(&mut self, port: Address, tense: Tense) -> Result<()> {
        if tense == Tense::Past || self.is_ahead(port.client) {
            self.refresh_port(port)?;
            return self.refresh_connections(port);
        }
        // If a new port of this number exists, its start will be announced.
        self.topology.remove_port(port, self.changes);
        Ok(())
    }

    fn refresh_client(&mut self, client: ClientId) -> Result<()> {
        let known = self.topology.client(client).is_some();
        let mut left = known;
        match self.source.client(client)? {
            Some(info) => {
                left = known && !self.topology.has_client(&info);
                if self.topology.put_client(info, self.changes) {
                    self.refresh_ports(client)?;
                }
            }
            None => {
                self.topology.remove_client(client, self.changes);
            }
        }
        if left {
            *self.exits_due.entry(client).or_insert(0) += 1;
        }
        Ok(())
    }

    /// Updates all ports of a client, with their connections.
    fn refresh_ports(&mut self, client: ClientId) -> Result<()> {
        let found = self.source.ports_of(client)?;
        let known: Vec<Address> = self
            .topology
            .ports_of(client)
            .map(PortInfo::address)
            .collect();
        for port in known {
            if !found.iter().any(|info| info.address() == port) {
                self.topology.remove_port(port, self.changes);
            }
        }
        for info in found {
            let port = info.address();
            self.topology.put_port(info, self.changes);
            self.refresh_connections(port)?;
        }
        Ok(())
    }

    fn refresh_port(&mut self, port: Address) -> Result<()> {
        // Old kernels do not announce that a client has set its name. A client usually
        // sets its name before it creates its ports.
        self.refresh_client(port.client)?;
        if self.topology.client(port.client).is_none() {
            return Ok(());
        }
        match self.source.port(port)? {
            Some(info) => {
                if self.topology.put_port(info, self.changes) {
                    self.refresh_connections(port)?;
                }
            }
            None => self.topology.remove_port(port, self.changes),
        }
        Ok(())
    }

    /// Updates the connections of a port, in both directions.
    fn refresh_connections(&mut self, port: Address) -> Result<()> {
        let Some(info) = self.topology.port(port) else {
            return Ok(());
        };
        let (sends, receives) = (info.num_receivers() > 0, info.num_senders() > 0);
        if receives || self.topology.connections_to(port).next().is_some() {
            self.refresh_senders(port)?;
        }
        let known = self.topology.connections_from(port);
        // `collect` would sort, here and below: 3 kB of a program for each type.
        let mut receivers = BTreeSet::new();
        receivers.extend(known.map(|connection| connection.receiver));
        if sends {
            let found = self.source.receivers(port)?;
            receivers.extend(found.iter().map(|connection| connection.receiver));
        }
        for receiver in receivers {
            if self.topology.is_connected(port, receiver) {
                self.refresh_senders(receiver)?;
            } else {
                self.connected(port, receiver)?;
            }
        }
        Ok(())
    }

    /// Adds a new connection to the graph.
    ///
    /// The kernel puts it at the end of the receiver's list. So usually, the graph contains
    /// all entries before it, and these need not be read. Each connection that the graph lacks
    /// at that time, and each that it still contains, is announced later.
    fn connected(&mut self, sender: Address, receiver: Address) -> Result<()> {
        // A port that is not in the graph will be announced, and is then read with its
        // connections.
        let Some(node) = self.topology.node(receiver) else {
            return Ok(());
        };
        let next = self.source.sender_at(receiver, node.senders.len())?;
        // A known connection means that the graph lacks another one, or that there are two
        // connections with different options.
        let next = next.filter(|next| next.sender == sender && !node.senders.contains(next));
        let Some(next) = next else {
            return self.refresh_senders(receiver);
        };
        let mut clients = BTreeSet::new();
        clients.extend([sender.client, receiver.client]);
        self.refresh_ends(clients)?;
        self.topology.add_sender(next, self.changes);
        Ok(())
    }

    /// Removes a connection from the graph.
    fn disconnected(&mut self, sender: Address, receiver: Address) -> Result<()> {
        if self.topology.port(receiver).is_none() {
            return Ok(());
        }
        // They may be connected again.
        if self.source.may_be_connected(sender, receiver)? {
            return self.refresh_senders(receiver);
        }
        self.topology.remove_sender(sender, receiver, self.changes);
        Ok(())
    }

    fn refresh_senders(&mut self, receiver: Address) -> Result<()> {
        if self.topology.port(receiver).is_none() {
            return Ok(());
        }
        let senders = self.source.senders(receiver)?;
        let known: BTreeSet<Connection> = self.topology.connections_to(receiver).collect();
        let new = senders.iter().filter(|sender| !known.contains(sender));
        let mut clients = BTreeSet::new();
        clients.extend(new.map(|sender| sender.sender.client));
        if !clients.is_empty() {
            clients.insert(receiver.client);
        }
        self.refresh_ends(clients)?;
        self.topology.set_senders(receiver, senders, self.changes);
        Ok(())
    }

    /// Updates the clients of a new connection. One of them may be a new client which the
    /// graph does not contain yet, with the number of an old client that it still contains.
    fn refresh_ends(&mut self, clients: BTreeSet<ClientId>) -> Result<()> {
        for client in clients {
            self.refresh_client(client)?;
        }
        Ok(())
    }
}
