//! The model of the sequencer.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use alsa_seq_kernel_abi::{consts, info as abi};

use crate::event::EventData;
use crate::port::PortCaps;
use crate::topology::source::Source;
use crate::topology::*;

#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) pid: i32,
    pub(super) name: String,
    pub(super) ports: BTreeMap<u8, String>,
}

/// The model of the sequencer.
#[derive(Debug)]
pub(super) struct World {
    pub(super) random: u64,
    pub(super) clients: BTreeMap<u8, Owner>,
    /// In the order in which they were made.
    pub(super) connections: Vec<(Address, Address)>,
    /// Connections in the lists of their senders, which the receivers will refuse.
    pub(super) refused: Vec<(Address, Address)>,
    /// Clients that are closing, and the ports whose exits are still to be
    /// announced. Their numbers are not free.
    pub(super) closing: BTreeMap<u8, Vec<u8>>,
    /// Clients that have created a port, but not announced it yet. Until then, they
    /// do nothing else. Other clients may use the port.
    pub(super) busy: BTreeMap<u8, Address>,
    /// The announcements.
    pub(super) queue: VecDeque<EventData<'static>>,
    /// The changes that are not announced yet, in any order.
    pub(super) delayed: Vec<EventData<'static>>,
    pub(super) lost: bool,
    /// Whether the model changes during queries.
    pub(super) lively: bool,
    pub(super) serial: u32,
}

pub(super) const FIRST: u8 = 128;
pub(super) const CLIENTS: u8 = 4;
pub(super) const PORTS: u8 = 3;
pub(super) const POOL: usize = 40;

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            clients: BTreeMap::new(),
            connections: Vec::new(),
            refused: Vec::new(),
            closing: BTreeMap::new(),
            busy: BTreeMap::new(),
            queue: VecDeque::new(),
            delayed: Vec::new(),
            lost: false,
            lively: true,
            serial: 0,
        }
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random >> 33).unwrap() % limit
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let index = self.below(from.len().max(1));
        from.get(index).cloned()
    }

    pub(super) fn announce(&mut self, data: EventData<'static>) {
        if self.queue.len() == POOL {
            self.queue.clear();
            self.lost = true;
        }
        // Announcements after the loss may be read or not.
        self.queue.push_back(data);
    }

    pub(super) fn later(&mut self, data: EventData<'static>) {
        if self.below(3) == 0 {
            self.delayed.push(data);
        } else {
            self.announce(data);
        }
    }

    pub(super) fn name(&mut self) -> String {
        self.serial += 1;
        format!("name {}", self.serial)
    }

    pub(super) fn ports(&self) -> Vec<Address> {
        let of = |(id, owner): (&u8, &Owner)| {
            let ports = owner.ports.keys().copied();
            ports
                .map(|port| Address::new(*id, port))
                .collect::<Vec<_>>()
        };
        self.clients.iter().flat_map(of).collect()
    }

    pub(super) fn step(&mut self) {
        let idle = |id: &&u8| !self.busy.contains_key(*id);
        let ids: Vec<u8> = self.clients.keys().filter(idle).copied().collect();
        let client = self.pick(&ids);
        let ports = self.ports();
        let (sender, receiver) = (self.pick(&ports), self.pick(&ports));
        let port = sender.filter(|port| ids.contains(&port.client.number()));
        match (self.below(16), client, port, sender.zip(receiver)) {
            (0 | 1, ..) => self.open(),
            (2, Some(id), ..) => {
                let owner = self.clients.remove(&id).unwrap();
                self.closing
                    .insert(id, owner.ports.keys().copied().collect());
            }
            (3, Some(id), ..) => {
                self.clients.get_mut(&id).unwrap().name = self.name();
                self.announce(EventData::ClientChange(ClientId::new(id)));
            }
            (4 | 5, Some(id), ..) => {
                let name = self.name();
                let owner = self.clients.get_mut(&id).unwrap();
                if let Some(port) = (0..PORTS).find(|port| !owner.ports.contains_key(port)) {
                    owner.ports.insert(port, name);
                    self.busy.insert(id, Address::new(id, port));
                    if self.below(3) > 0 {
                        self.announce_port();
                    }
                }
            }
            (6, _, Some(port), _) => {
                let owner = self.clients.get_mut(&port.client.number()).unwrap();
                owner.ports.remove(&port.port.number());
                self.connections
                    .retain(|(from, to)| *from != port && *to != port);
                self.announce(EventData::PortExit(port));
            }
            (7, _, Some(port), _) => {
                let name = self.name();
                let owner = self.clients.get_mut(&port.client.number()).unwrap();
                owner.ports.insert(port.port.number(), name);
                self.announce(EventData::PortChange(port));
            }
            (8 | 9, _, _, Some((sender, receiver))) => {
                if !self.connections.contains(&(sender, receiver)) {
                    self.connections.push((sender, receiver));
                    self.later(EventData::PortSubscribed { sender, receiver });
                }
            }
            (10, ..) => {
                let connections = self.connections.clone();
                if let Some(ends) = self.pick(&connections) {
                    self.connections.retain(|connection| *connection != ends);
                    let (sender, receiver) = ends;
                    self.later(EventData::PortUnsubscribed { sender, receiver });
                }
            }
            (14, _, _, Some(ends)) => {
                if self.refused.pop().is_none() && !self.connections.contains(&ends) {
                    self.refused.push(ends);
                }
            }
            (11 | 12, ..) => self.close_further(),
            (13, ..) => self.announce_port(),
            _ => self.catch_up(),
        }
    }

    pub(super) fn announce_port(&mut self) {
        if let Some((_, port)) = self.busy.pop_last() {
            self.announce(EventData::PortStart(port));
        }
    }

    pub(super) fn open(&mut self) {
        let pid = i32::try_from(self.below(3)).unwrap() + 1;
        let free = |id: &u8| !self.clients.contains_key(id) && !self.closing.contains_key(id);
        if let Some(id) = (FIRST..FIRST + CLIENTS).find(free) {
            let name = format!("Client-{id}");
            let ports = BTreeMap::new();
            self.clients.insert(id, Owner { pid, name, ports });
            self.announce(EventData::ClientStart(ClientId::new(id)));
        }
    }

    /// Announces the exit of a port of a closing client, and then removes the
    /// port's connections. After the last port, frees the client's number, and then
    /// announces the client's exit.
    pub(super) fn close_further(&mut self) {
        let Some((id, ports)) = self.closing.iter_mut().next() else {
            return;
        };
        let (id, port) = (*id, ports.pop());
        if let Some(port) = port {
            let port = Address::new(id, port);
            self.announce(EventData::PortExit(port));
            self.connections
                .retain(|(from, to)| *from != port && *to != port);
        } else {
            self.closing.remove(&id);
            self.later(EventData::ClientExit(ClientId::new(id)));
        }
    }

    pub(super) fn catch_up(&mut self) {
        if !self.delayed.is_empty() {
            let index = self.below(self.delayed.len());
            let data = self.delayed.swap_remove(index);
            self.announce(data);
        }
    }

    /// The list of a receiver.
    pub(super) fn senders(&self, port: Address) -> impl Iterator<Item = Connection> {
        let connections = self.connections.iter();
        let plain = |(sender, receiver): &(Address, Address)| Connection::new(*sender, *receiver);
        connections
            .map(plain)
            .filter(move |found| found.receiver == port)
    }

    /// The list of a sender.
    pub(super) fn receivers(&self, port: Address) -> impl Iterator<Item = Connection> {
        let connections = self.connections.iter().chain(&self.refused);
        let plain = |(sender, receiver): &(Address, Address)| Connection::new(*sender, *receiver);
        connections
            .map(plain)
            .filter(move |found| found.sender == port)
    }

    pub(super) fn info(&self, id: u8) -> Option<ClientInfo> {
        let owner = self.clients.get(&id)?;
        let mut raw = abi::ClientInfo::zeroed();
        raw.client = i32::from(id);
        raw.client_type = consts::USER_CLIENT;
        raw.pid = owner.pid;
        raw.card = -1;
        raw.name.set(&owner.name);
        raw.num_ports = i32::try_from(owner.ports.len()).unwrap();
        Some(ClientInfo::new(raw))
    }

    pub(super) fn port_info(&self, port: Address) -> Option<PortInfo> {
        let owner = self.clients.get(&port.client.number())?;
        let name = owner.ports.get(&port.port.number())?;
        let mut raw = abi::PortInfo::zeroed();
        raw.addr = port.to_abi();
        raw.capability = PortCaps::READ;
        raw.name.set(name);
        let count = |side: fn(&(Address, Address)) -> Address| {
            let connections = self
                .connections
                .iter()
                .filter(|connection| side(connection) == port);
            i32::try_from(connections.count()).unwrap()
        };
        raw.read_use = count(|connection| connection.0);
        raw.write_use = count(|connection| connection.1);
        Some(PortInfo::new(raw))
    }
}

/// A model that may change before it answers.
pub(super) struct Live {
    pub(super) world: RefCell<World>,
    /// How many lists of senders were read.
    pub(super) lists: Cell<usize>,
}

impl Live {
    pub(super) fn new(world: World) -> Self {
        Self {
            world: RefCell::new(world),
            lists: Cell::new(0),
        }
    }

    pub(super) fn ask<T>(&self, question: impl FnOnce(&World) -> T) -> Result<T> {
        let mut world = self.world.borrow_mut();
        if world.lively && world.below(2) == 0 {
            world.step();
        }
        Ok(question(&world))
    }
}

impl Source for Live {
    fn all_clients(&self) -> Result<Vec<ClientInfo>> {
        let ids = FIRST..FIRST + CLIENTS;
        let clients: Result<Vec<_>> = ids.map(|id| self.client(ClientId::new(id))).collect();
        Ok(clients?.into_iter().flatten().collect())
    }

    fn client(&self, client: ClientId) -> Result<Option<ClientInfo>> {
        self.ask(|world| world.info(client.number()))
    }

    fn ports_of(&self, client: ClientId) -> Result<Vec<PortInfo>> {
        let ports = (0..PORTS).map(|port| Address::from((client, PortId::new(port))));
        let ports: Result<Vec<_>> = ports.map(|port| self.port(port)).collect();
        Ok(ports?.into_iter().flatten().collect())
    }

    fn port(&self, port: Address) -> Result<Option<PortInfo>> {
        self.ask(|world| world.port_info(port))
    }

    fn senders(&self, port: Address) -> Result<Vec<Connection>> {
        self.lists.set(self.lists.get() + 1);
        self.ask(|world| world.senders(port).collect())
    }

    fn sender_at(&self, port: Address, index: usize) -> Result<Option<Connection>> {
        self.ask(|world| world.senders(port).nth(index))
    }

    fn receivers(&self, port: Address) -> Result<Vec<Connection>> {
        self.ask(|world| world.receivers(port).collect())
    }

    fn may_be_connected(&self, sender: Address, receiver: Address) -> Result<bool> {
        self.ask(|world| {
            world
                .receivers(sender)
                .any(|found| found.receiver == receiver)
        })
    }

    fn mark(&self, port: Address) -> Result<()> {
        let (sender, receiver) = (port, port);
        for data in [
            EventData::PortSubscribed { sender, receiver },
            EventData::PortUnsubscribed { sender, receiver },
        ] {
            self.ask(|_| ())?;
            self.world.borrow_mut().announce(data);
        }
        Ok(())
    }
}
