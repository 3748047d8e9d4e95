//! Functions that change the graph, and report the changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Topology, TopologyChange};
use crate::address::{Address, ClientId, PortId};
use crate::connection::Connection;
use crate::info::ClientInfo;
use crate::port::PortInfo;

#[derive(Clone, Debug)]
pub(super) struct ClientNode {
    info: ClientInfo,
    ports: BTreeMap<PortId, PortNode>,
}

#[derive(Clone, Debug)]
pub(super) struct PortNode {
    pub(super) info: PortInfo,
    /// The connections on which the port receives. The graph stores connections at the
    /// receiver, because the kernel's receiver list decides; see `source.rs`.
    pub(super) senders: Vec<Connection>,
}

impl ClientNode {
    pub(super) const fn info(&self) -> &ClientInfo {
        &self.info
    }

    pub(super) fn ports(&self) -> impl Iterator<Item = &PortInfo> {
        self.ports.values().map(|node| &node.info)
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.ports.values().flat_map(|node| &node.senders)
    }
}

impl PortNode {
    fn remove_sender(&mut self, sender: Address, changes: &mut Vec<TopologyChange>) {
        self.senders.retain(|connection| {
            let stays = connection.sender != sender;
            if !stays {
                changes.push(TopologyChange::Disconnected(*connection));
            }
            stays
        });
    }
}

/// Returns whether two answers may be about the same client. A number is reused as soon as it is
/// free. The thread that opened the client distinguishes the two, unless the same thread opened
/// both.
pub(super) fn same_client(a: &ClientInfo, b: &ClientInfo) -> bool {
    (a.kind(), a.pid(), a.card()) == (b.kind(), b.pid(), b.card())
}

fn differ(old: &ClientInfo, new: &ClientInfo) -> bool {
    let settings = |info: &ClientInfo| {
        let mut raw = *info.raw();
        (raw.num_ports, raw.event_lost) = (0, 0);
        raw
    };
    settings(old) != settings(new)
}

fn ports_differ(old: &PortInfo, new: &PortInfo) -> bool {
    let settings = |info: &PortInfo| {
        let mut raw = *info.raw();
        (raw.read_use, raw.write_use) = (0, 0);
        raw
    };
    settings(old) != settings(new)
}

/// Each function reports its changes, in an order in which the graph is always
/// consistent.
impl Topology {
    pub(super) fn node(&self, port: Address) -> Option<&PortNode> {
        self.clients.get(&port.client)?.ports.get(&port.port)
    }

    fn node_mut(&mut self, port: Address) -> Option<&mut PortNode> {
        self.clients
            .get_mut(&port.client)?
            .ports
            .get_mut(&port.port)
    }

    /// Returns whether the graph contains this client with this description.
    pub(super) fn has_client(&self, info: &ClientInfo) -> bool {
        self.client(info.id())
            .is_some_and(|known| same_client(known, info))
    }

    /// Adds or changes a client. Returns whether it is new.
    pub(super) fn put_client(
        &mut self,
        info: ClientInfo,
        changes: &mut Vec<TopologyChange>,
    ) -> bool {
        let id = info.id();
        let new = !self.has_client(&info);
        if new {
            self.remove_client(id, changes);
            changes.push(TopologyChange::ClientAdded(info.clone()));
        }
        let node = self.clients.entry(id).or_insert_with(|| ClientNode {
            info: info.clone(),
            ports: BTreeMap::new(),
        });
        if differ(&node.info, &info) {
            changes.push(TopologyChange::ClientChanged {
                old: node.info.clone(),
                new: info.clone(),
            });
        }
        let renamed = node.info.name() != info.name();
        node.info = info;
        if renamed {
            for port in node.ports.values_mut() {
                port.info = port.info.clone().with_client_name(&node.info.name());
            }
        }
        new
    }

    /// Adds or changes a port, if its client is in the graph. Returns whether it is new.
    pub(super) fn put_port(&mut self, info: PortInfo, changes: &mut Vec<TopologyChange>) -> bool {
        let Address { client, port } = info.address();
        let Some(client) = self.clients.get_mut(&client) else {
            return false;
        };
        let info = info.with_client_name(&client.info.name());
        match client.ports.get_mut(&port) {
            Some(node) => {
                if ports_differ(&node.info, &info) {
                    changes.push(TopologyChange::PortChanged {
                        old: node.info.clone(),
                        new: info.clone(),
                    });
                }
                node.info = info;
                false
            }
            None => {
                changes.push(TopologyChange::PortAdded(info.clone()));
                let senders = Vec::new();
                client.ports.insert(port, PortNode { info, senders });
                true
            }
        }
    }

    /// Sets the connections on which a port receives, if the port is in the graph.
    /// Ignores connections from ports that are not in the graph.
    pub(super) fn set_senders(
        &mut self,
        receiver: Address,
        mut senders: Vec<Connection>,
        changes: &mut Vec<TopologyChange>,
    ) {
        senders.retain(|connection| self.node(connection.sender).is_some());
        let Some(node) = self.node_mut(receiver) else {
            return;
        };
        let now: BTreeSet<Connection> = senders.iter().copied().collect();
        let before: BTreeSet<Connection> = node.senders.iter().copied().collect();
        let removed = node.senders.iter().filter(|old| !now.contains(old));
        changes.extend(removed.copied().map(TopologyChange::Disconnected));
        let added = senders.iter().filter(|new| !before.contains(new));
        changes.extend(added.copied().map(TopologyChange::Connected));
        node.senders = senders;
    }

    /// Adds a connection to the end of the receiver's list, if both ports are in the graph.
    pub(super) fn add_sender(&mut self, connection: Connection, changes: &mut Vec<TopologyChange>) {
        if self.node(connection.sender).is_none() {
            return;
        }
        if let Some(node) = self.node_mut(connection.receiver) {
            if !node.senders.contains(&connection) {
                node.senders.push(connection);
                changes.push(TopologyChange::Connected(connection));
            }
        }
    }

    /// Removes all connections between two ports.
    pub(super) fn remove_sender(
        &mut self,
        sender: Address,
        receiver: Address,
        changes: &mut Vec<TopologyChange>,
    ) {
        if let Some(node) = self.node_mut(receiver) {
            node.remove_sender(sender, changes);
        }
    }

    pub(super) fn remove_client(
        &mut self,
        id: ClientId,
        changes: &mut Vec<TopologyChange>,
    ) -> bool {
        let ports: Vec<Address> = self.ports_of(id).map(PortInfo::address).collect();
        for port in ports {
            self.remove_port(port, changes);
        }
        let Some(node) = self.clients.remove(&id) else {
            return false;
        };
        changes.push(TopologyChange::ClientRemoved(node.info));
        true
    }

    pub(super) fn remove_port(&mut self, port: Address, changes: &mut Vec<TopologyChange>) {
        self.set_senders(port, Vec::new(), changes);
        for client in self.clients.values_mut() {
            for node in client.ports.values_mut() {
                node.remove_sender(port, changes);
            }
        }
        let client = self.clients.get_mut(&port.client);
        if let Some(node) = client.and_then(|client| client.ports.remove(&port.port)) {
            changes.push(TopologyChange::PortRemoved(node.info));
        }
    }

    /// Makes this graph equal to another.
    pub(super) fn conform(&mut self, newer: &Self, changes: &mut Vec<TopologyChange>) {
        let removed: Vec<ClientId> = self
            .clients()
            .filter(|client| !newer.has_client(client))
            .map(ClientInfo::id)
            .collect();
        for client in removed {
            self.remove_client(client, changes);
        }
        let removed: Vec<Address> = self
            .ports()
            .map(PortInfo::address)
            .filter(|port| newer.node(*port).is_none())
            .collect();
        for port in removed {
            self.remove_port(port, changes);
        }
        for client in newer.clients.values() {
            self.put_client(client.info.clone(), changes);
            for port in client.ports() {
                self.put_port(port.clone(), changes);
            }
        }
        for port in newer
            .clients
            .values()
            .flat_map(|client| client.ports.values())
        {
            self.set_senders(port.info.address(), port.senders.clone(), changes);
        }
    }
}
