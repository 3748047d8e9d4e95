//! A tracker without its file, and the state that results from the changes that it reports.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::EventData;
use crate::topology::reconcile::Tense;
use crate::topology::upkeep::Upkeep;
use crate::topology::*;

use super::text;
use super::world::{Live, Owner, World};

/// The state that results from the reported changes alone.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reported {
    pub(super) clients: BTreeMap<ClientId, ClientInfo>,
    pub(super) ports: BTreeMap<Address, PortInfo>,
    pub(super) connections: BTreeSet<(Address, Address)>,
}

impl Reported {
    pub(super) fn apply(&mut self, change: TopologyChange) {
        use TopologyChange as Change;

        match change {
            Change::ClientAdded(info) => {
                assert!(self.clients.insert(info.id(), info).is_none());
            }
            Change::ClientChanged { old, new } => {
                assert_ne!(old.name(), new.name(), "a change without a difference");
                let known = self.clients.insert(new.id(), new).unwrap();
                assert_eq!(known.name(), old.name());
            }
            Change::ClientRemoved(info) => {
                let known = self.clients.remove(&info.id()).unwrap();
                assert_eq!(known.name(), info.name());
                let mut ports = self.ports.keys();
                assert!(ports.all(|port| port.client != info.id()), "it has ports");
            }
            Change::PortAdded(info) => {
                assert!(self.clients.contains_key(&info.address().client));
                assert!(self.ports.insert(info.address(), info).is_none());
            }
            Change::PortChanged { old, new } => {
                assert_ne!(old.name(), new.name(), "a change without a difference");
                let known = self.ports.insert(new.address(), new).unwrap();
                assert_eq!(known.name(), old.name());
            }
            Change::PortRemoved(info) => {
                let port = info.address();
                assert!(self.ports.remove(&port).is_some());
                let mut connections = self.connections.iter();
                assert!(connections.all(|(from, to)| *from != port && *to != port));
            }
            Change::Connected(connection) => {
                assert!(self.ports.contains_key(&connection.sender));
                assert!(self.ports.contains_key(&connection.receiver));
                assert!(
                    self.connections
                        .insert((connection.sender, connection.receiver))
                );
            }
            Change::Disconnected(connection) => {
                assert!(
                    self.connections
                        .remove(&(connection.sender, connection.receiver))
                );
            }
            Change::EndpointChanged(_)
            | Change::FunctionBlockChanged { .. }
            | Change::Resynchronized => {}
        }
    }

    /// Checks that both contain the same objects with the same names.
    pub(super) fn agrees_with(&self, topology: &Topology) {
        let names = |clients: Vec<&ClientInfo>| -> Vec<_> {
            let named = clients.into_iter().map(|c| (c.id(), c.name().into_owned()));
            named.collect()
        };
        assert_eq!(
            names(self.clients.values().collect()),
            names(topology.clients().collect())
        );
        let names = |ports: Vec<&PortInfo>| -> Vec<_> {
            let named = ports
                .into_iter()
                .map(|p| (p.address(), p.name().into_owned()));
            named.collect()
        };
        assert_eq!(
            names(self.ports.values().collect()),
            names(topology.ports().collect())
        );
        let connections: BTreeSet<_> = topology
            .connections()
            .map(|connection| (connection.sender, connection.receiver))
            .collect();
        assert_eq!(self.connections, connections);
    }
}

/// A port of a client that the model does not list.
pub(super) const EAR: Address = Address::new(127, 0);

/// A tracker without its file.
pub(super) struct Follower {
    pub(super) upkeep: Upkeep,
    pub(super) reported: Reported,
    pub(super) world: Live,
}

impl Follower {
    pub(super) fn new(world: World) -> Self {
        Self::with_ear(EAR, world)
    }

    pub(super) fn with_ear(ear: Address, world: World) -> Self {
        let world = Live::new(world);
        let mut follower = Self {
            upkeep: Upkeep::new(ear, &world).unwrap(),
            reported: Reported::default(),
            world,
        };
        follower.apply(&Topology::new().changes_to(&follower.upkeep.topology));
        follower
    }

    pub(super) fn topology(&self) -> &Topology {
        &self.upkeep.topology
    }

    pub(super) fn apply(&mut self, changes: &[TopologyChange]) {
        for change in changes {
            self.reported.apply(change.clone());
        }
        self.reported.agrees_with(&self.upkeep.topology);
    }

    /// The changes that were found, which are now also applied to the reported
    /// state.
    pub(super) fn found(&mut self) -> Vec<String> {
        let changes: Vec<_> = std::iter::from_fn(|| self.upkeep.next_change()).collect();
        self.apply(&changes);
        changes.iter().map(text).collect()
    }

    pub(super) fn refresh(&mut self) -> Vec<String> {
        self.upkeep.refresh(&self.world).unwrap();
        self.found()
    }

    /// Reads an announcement, if one waits.
    pub(super) fn read(&mut self) -> Option<Vec<String>> {
        let mut world = self.world.world.borrow_mut();
        let next = if std::mem::take(&mut world.lost) {
            world.queue.clear();
            None
        } else {
            Some(world.queue.pop_front()?)
        };
        drop(world);
        match next {
            Some(data) => self.upkeep.update(&self.world, &data).unwrap(),
            None => self.upkeep.overrun(&self.world).unwrap(),
        }
        Some(self.found())
    }
}

/// A model that does not change. Client 128 has two ports. The first is connected
/// to the second and to a port of client 129.
pub(super) fn still() -> Follower {
    Follower::new(still_world())
}

pub(super) fn still_world() -> World {
    let mut world = World::new(1);
    world.lively = false;
    for (id, ports) in [(128, 2), (129, 1)] {
        let ports = (0..ports).map(|port| (port, format!("port {port}")));
        let owner = Owner {
            pid: 1,
            name: format!("client {id}"),
            ports: ports.collect(),
        };
        world.clients.insert(id, owner);
    }
    let port = Address::new;
    world.connections = [(port(128, 0), port(128, 1)), (port(128, 0), port(129, 0))].into();
    world
}

impl Follower {
    pub(super) fn changes_of(&mut self, data: &EventData<'_>) -> Vec<String> {
        self.changes_in(Tense::Present, data)
    }

    pub(super) fn changes_in(&mut self, tense: Tense, data: &EventData<'_>) -> Vec<String> {
        self.upkeep.apply(&self.world, data, tense).unwrap();
        self.found()
    }
}
