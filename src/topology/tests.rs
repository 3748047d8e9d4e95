//! Tests the graph with a small model of the sequencer. The model changes between
//! any two queries, announces changes late and in any order, and loses
//! announcements that are not read. Other tests check the real kernel.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alsa_seq_kernel_abi::{consts, info as abi};

use super::reconcile::{Tense, announcement};
use super::source::Source;
use super::upkeep::Upkeep;
use super::*;
use crate::event::{Event, EventData};
use crate::port::PortCaps;

#[derive(Clone, Debug)]
struct Owner {
    pid: i32,
    name: String,
    ports: BTreeMap<u8, String>,
}

/// The model of the sequencer.
#[derive(Debug)]
struct World {
    random: u64,
    clients: BTreeMap<u8, Owner>,
    /// In the order in which they were made.
    connections: Vec<(Address, Address)>,
    /// Connections in the lists of their senders, which the receivers will refuse.
    refused: Vec<(Address, Address)>,
    /// Clients that are closing, and the ports whose exits are still to be
    /// announced. Their numbers are not free.
    closing: BTreeMap<u8, Vec<u8>>,
    /// Clients that have created a port, but not announced it yet. Until then, they
    /// do nothing else. Other clients may use the port.
    busy: BTreeMap<u8, Address>,
    /// The announcements.
    queue: VecDeque<EventData<'static>>,
    /// The changes that are not announced yet, in any order.
    delayed: Vec<EventData<'static>>,
    lost: bool,
    /// Whether the model changes during queries.
    lively: bool,
    serial: u32,
}

const FIRST: u8 = 128;
const CLIENTS: u8 = 4;
const PORTS: u8 = 3;
const POOL: usize = 40;

impl World {
    fn new(seed: u64) -> Self {
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

    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random >> 33).unwrap() % limit
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let index = self.below(from.len().max(1));
        from.get(index).cloned()
    }

    fn announce(&mut self, data: EventData<'static>) {
        if self.queue.len() == POOL {
            self.queue.clear();
            self.lost = true;
        }
        // Announcements after the loss may be read or not.
        self.queue.push_back(data);
    }

    fn later(&mut self, data: EventData<'static>) {
        if self.below(3) == 0 {
            self.delayed.push(data);
        } else {
            self.announce(data);
        }
    }

    fn name(&mut self) -> String {
        self.serial += 1;
        format!("name {}", self.serial)
    }

    fn ports(&self) -> Vec<Address> {
        let of = |(id, owner): (&u8, &Owner)| {
            let ports = owner.ports.keys().copied();
            ports
                .map(|port| Address::new(*id, port))
                .collect::<Vec<_>>()
        };
        self.clients.iter().flat_map(of).collect()
    }

    fn step(&mut self) {
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

    fn announce_port(&mut self) {
        if let Some((_, port)) = self.busy.pop_last() {
            self.announce(EventData::PortStart(port));
        }
    }

    fn open(&mut self) {
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
    fn close_further(&mut self) {
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

    fn catch_up(&mut self) {
        if !self.delayed.is_empty() {
            let index = self.below(self.delayed.len());
            let data = self.delayed.swap_remove(index);
            self.announce(data);
        }
    }

    /// The list of a receiver.
    fn senders(&self, port: Address) -> impl Iterator<Item = Connection> {
        let connections = self.connections.iter();
        let plain = |(sender, receiver): &(Address, Address)| Connection::new(*sender, *receiver);
        connections
            .map(plain)
            .filter(move |found| found.receiver == port)
    }

    /// The list of a sender.
    fn receivers(&self, port: Address) -> impl Iterator<Item = Connection> {
        let connections = self.connections.iter().chain(&self.refused);
        let plain = |(sender, receiver): &(Address, Address)| Connection::new(*sender, *receiver);
        connections
            .map(plain)
            .filter(move |found| found.sender == port)
    }

    fn info(&self, id: u8) -> Option<ClientInfo> {
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

    fn port_info(&self, port: Address) -> Option<PortInfo> {
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
struct Live {
    world: RefCell<World>,
    /// How many lists of senders were read.
    lists: Cell<usize>,
}

impl Live {
    fn new(world: World) -> Self {
        Self {
            world: RefCell::new(world),
            lists: Cell::new(0),
        }
    }

    fn ask<T>(&self, question: impl FnOnce(&World) -> T) -> Result<T> {
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

/// The state that results from the reported changes alone.
#[derive(Debug, Default, PartialEq)]
struct Hearsay {
    clients: BTreeMap<ClientId, ClientInfo>,
    ports: BTreeMap<Address, PortInfo>,
    connections: BTreeSet<(Address, Address)>,
}

impl Hearsay {
    fn hear(&mut self, change: TopologyChange) {
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
    fn agrees_with(&self, topology: &Topology) {
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
const EAR: Address = Address::new(127, 0);

/// A tracker without its file.
struct Follower {
    upkeep: Upkeep,
    hearsay: Hearsay,
    world: Live,
}

impl Follower {
    fn new(world: World) -> Self {
        Self::with_ear(EAR, world)
    }

    fn with_ear(ear: Address, world: World) -> Self {
        let world = Live::new(world);
        let mut follower = Self {
            upkeep: Upkeep::new(ear, &world).unwrap(),
            hearsay: Hearsay::default(),
            world,
        };
        follower.hear(&Topology::new().changes_to(&follower.upkeep.topology));
        follower
    }

    fn topology(&self) -> &Topology {
        &self.upkeep.topology
    }

    fn hear(&mut self, changes: &[TopologyChange]) {
        for change in changes {
            self.hearsay.hear(change.clone());
        }
        self.hearsay.agrees_with(&self.upkeep.topology);
    }

    /// The changes that were found, which are now also applied to the reported
    /// state.
    fn found(&mut self) -> Vec<String> {
        let changes: Vec<_> = std::iter::from_fn(|| self.upkeep.next_change()).collect();
        self.hear(&changes);
        changes.iter().map(text).collect()
    }

    fn refresh(&mut self) -> Vec<String> {
        self.upkeep.refresh(&self.world).unwrap();
        self.found()
    }

    /// Reads an announcement, if one waits.
    fn read(&mut self) -> Option<Vec<String>> {
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

#[test]
fn the_graph_becomes_the_truth_and_the_changes_tell_it() {
    for seed in 0..700 {
        let mut follower = Follower::new(World::new(seed));
        for _ in 0..150 {
            let steps = follower.world.world.borrow_mut().below(4);
            for _ in 0..steps {
                follower.world.world.borrow_mut().step();
            }
            // Sometimes the follower is too slow.
            if follower.world.world.borrow_mut().below(60) == 0 {
                for _ in 0..60 {
                    follower.world.world.borrow_mut().step();
                }
            }
            let reads = follower.world.world.borrow_mut().below(3);
            for _ in 0..reads {
                follower.read();
            }
            if follower.world.world.borrow_mut().below(40) == 0 {
                follower.refresh();
            }
        }
        {
            let mut world = follower.world.world.borrow_mut();
            world.lively = false;
            while !world.busy.is_empty() {
                world.announce_port();
            }
            while !world.closing.is_empty() {
                world.close_further();
            }
            while !world.delayed.is_empty() {
                world.catch_up();
            }
        }
        while follower.read().is_some() {}
        let truth = Topology::read(&follower.world).unwrap();
        assert_eq!(follower.topology().changes_to(&truth), [], "seed {seed}");
        assert_eq!(
            follower.topology().connections().count(),
            follower.world.world.borrow().connections.len()
        );
    }
}

/// A model that does not change. Client 128 has two ports. The first is connected
/// to the second and to a port of client 129.
fn still() -> Follower {
    Follower::new(still_world())
}

fn still_world() -> World {
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
    fn changes_of(&mut self, data: &EventData<'_>) -> Vec<String> {
        self.changes_in(Tense::Present, data)
    }

    fn changes_in(&mut self, tense: Tense, data: &EventData<'_>) -> Vec<String> {
        self.upkeep.apply(&self.world, data, tense).unwrap();
        self.found()
    }
}

fn text(change: &TopologyChange) -> String {
    use TopologyChange as Change;

    match change {
        Change::ClientAdded(info) => format!("+{} {}", info.id(), info.name()),
        Change::ClientRemoved(info) => format!("-{} {}", info.id(), info.name()),
        Change::ClientChanged { old, new } => format!("{} > {}", old.name(), new.name()),
        Change::PortAdded(info) => format!("+{} {}", info.address(), info.name()),
        Change::PortRemoved(info) => format!("-{} {}", info.address(), info.name()),
        Change::PortChanged { old, new } => format!("{} > {}", old.name(), new.name()),
        Change::Connected(connection) => {
            format!("+{} > {}", connection.sender, connection.receiver)
        }
        Change::Disconnected(connection) => {
            format!("-{} > {}", connection.sender, connection.receiver)
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn the_graph_is_looked_at_from_every_side() {
    let follower = still();
    let topology = follower.topology();
    let port = Address::new;
    let ids: Vec<u8> = topology.clients().map(|c| c.id().number()).collect();
    assert_eq!(ids, [128, 129]);
    assert_eq!(topology.ports().count(), 3);
    assert_eq!(topology.ports_of(ClientId::new(128)).count(), 2);
    assert_eq!(topology.ports_of(ClientId::new(9)).count(), 0);
    let info = topology.port(port(128, 1)).unwrap();
    assert_eq!(
        (info.name(), info.client_name()),
        ("port 1".into(), Some("client 128"))
    );
    assert_eq!(topology.connections_from(port(128, 0)).count(), 2);
    assert_eq!(topology.connections_to(port(129, 0)).count(), 1);
    assert!(topology.is_connected(port(128, 0), port(129, 0)));
    assert!(!topology.is_connected(port(129, 0), port(128, 0)));
    assert_eq!(
        topology.find_client("client 129").unwrap().id().number(),
        129
    );
    let found = topology.find_port("client 128:port 1").unwrap();
    assert_eq!(found.address(), port(128, 1));
    assert_eq!(
        topology.find_port("128:7").unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let error = topology.find_port("client").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);

    let all = Topology::new().changes_to(topology);
    let texts: Vec<_> = all.iter().map(text).collect();
    assert_eq!(
        texts,
        [
            "+128 client 128",
            "+128:0 port 0",
            "+128:1 port 1",
            "+129 client 129",
            "+129:0 port 0",
            "+128:0 > 128:1",
            "+128:0 > 129:0"
        ]
    );
    assert_eq!(topology.changes_to(topology), []);
    let back = topology.changes_to(&Topology::new());
    assert_eq!(back.len(), all.len());
    assert_eq!(text(back.last().unwrap()), "-129 client 129");
}

#[test]
fn removal_of_a_port_removes_its_connections() {
    let mut follower = still();
    {
        let mut world = follower.world.world.borrow_mut();
        let client = world.clients.get_mut(&128).unwrap();
        client.ports.remove(&0);
        world.connections.clear();
    }
    let exit = EventData::PortExit(Address::new(128, 0));
    assert_eq!(
        follower.changes_of(&exit),
        ["-128:0 > 128:1", "-128:0 > 129:0", "-128:0 port 0"]
    );
    assert_eq!(follower.changes_of(&exit), [""; 0]);
    follower.world.world.borrow_mut().clients.remove(&128);
    let exit = EventData::ClientExit(ClientId::new(128));
    assert_eq!(
        follower.changes_of(&exit),
        ["-128:1 port 1", "-128 client 128"]
    );
    assert_eq!(follower.changes_of(&exit), [""; 0]);
}

/// With many connections to a port, each further one costs the same.
#[test]
fn a_connection_that_comes_or_goes_is_read_alone() {
    let mut follower = still();
    let receiver = Address::new(129, 0);
    let mut senders = Vec::new();
    {
        let mut world = follower.world.world.borrow_mut();
        for id in 128..FIRST + CLIENTS {
            let ports = (0..PORTS).map(|port| (port, format!("port {port}")));
            let owner = Owner {
                pid: 1,
                name: format!("client {id}"),
                ports: ports.collect(),
            };
            world.clients.insert(id, owner);
            senders.extend((0..PORTS).map(|port| Address::new(id, port)));
        }
    }
    follower.refresh();
    senders.retain(|sender| *sender != Address::new(128, 0));
    let before = follower.world.lists.get();
    // All are made before the first announcement is read.
    let ends = senders.iter().map(|sender| (*sender, receiver));
    follower.world.world.borrow_mut().connections.extend(ends);
    for sender in senders.iter().copied() {
        let data = EventData::PortSubscribed { sender, receiver };
        let found = follower.changes_of(&data);
        assert_eq!(found, [format!("+{sender} > {receiver}")]);
    }
    let is_first = |(sender, _): &(Address, Address)| *sender == Address::new(128, 0);
    follower
        .world
        .world
        .borrow_mut()
        .connections
        .retain(is_first);
    for sender in senders.iter().copied() {
        let data = EventData::PortUnsubscribed { sender, receiver };
        let found = follower.changes_of(&data);
        assert_eq!(found, [format!("-{sender} > {receiver}")]);
    }
    assert_eq!(follower.world.lists.get(), before);
    // One that was made again, before the announcement that it was undone, needs the list.
    let sender = senders[0];
    let mut world = follower.world.world.borrow_mut();
    world.connections.push((sender, receiver));
    drop(world);
    for data in [
        EventData::PortSubscribed { sender, receiver },
        EventData::PortUnsubscribed { sender, receiver },
    ] {
        follower.changes_of(&data);
        assert!(follower.topology().is_connected(sender, receiver));
    }
    assert_eq!(follower.world.lists.get(), before + 1);
}

/// Linux 6.1 does not announce that a client has set its name.
#[test]
fn a_name_is_learnt_with_the_first_port() {
    let mut follower = still();
    follower.world.world.borrow_mut().open();
    let start = EventData::ClientStart(ClientId::new(130));
    assert_eq!(follower.changes_of(&start), ["+130 Client-130"]);
    {
        let mut world = follower.world.world.borrow_mut();
        let client = world.clients.get_mut(&130).unwrap();
        client.name = "synth".to_owned();
        client.ports.insert(0, "in".to_owned());
    }
    let start = EventData::PortStart(Address::new(130, 0));
    assert_eq!(
        follower.changes_of(&start),
        ["Client-130 > synth", "+130:0 in"]
    );
    let port = follower.topology().port(Address::new(130, 0)).unwrap();
    assert_eq!(port.client_name(), Some("synth"));
}

/// The kernel frees a client's number before it announces the client's exit.
#[test]
fn the_exit_of_one_client_may_come_after_the_start_of_the_next() {
    for (pid, starts, exits) in [
        (
            2,
            &["-129:0 port 0", "-129 client 129", "+129 next"][..],
            &[][..],
        ),
        // With the same thread, only the exit shows that it is another client.
        (
            1,
            &["client 129 > next"][..],
            &["-129:0 port 0", "-129 next", "+129 next"][..],
        ),
    ] {
        let mut follower = still();
        {
            let mut world = follower.world.world.borrow_mut();
            world.connections.clear();
            let client = world.clients.get_mut(&129).unwrap();
            client.pid = pid;
            client.name = "next".to_owned();
            client.ports.clear();
        }
        let port = Address::new(128, 0);
        let receiver = Address::new(129, 0);
        follower
            .upkeep
            .topology
            .set_senders(receiver, Vec::new(), &mut Vec::new());
        follower.hearsay.connections.remove(&(port, receiver));
        let id = ClientId::new(129);
        let texts = follower.changes_of(&EventData::ClientStart(id));
        assert_eq!(texts, starts);
        assert_eq!(follower.changes_of(&EventData::ClientExit(id)), exits);
        // The next exit is that of the new client.
        follower.world.world.borrow_mut().clients.remove(&129);
        let texts = follower.changes_of(&EventData::ClientExit(id));
        assert_eq!(texts, ["-129 next"]);
    }
}

/// Announcements that waited when the snapshot was made report no changes, unless
/// the change happened during the snapshot.
#[test]
fn past_changes_are_not_reported_again() {
    let mut follower = still();
    let (port, id) = (Address::new(128, 0), ClientId::new(128));
    for data in [
        EventData::PortExit(port),
        EventData::ClientExit(id),
        EventData::ClientStart(id),
        EventData::PortStart(port),
    ] {
        let texts = follower.changes_in(Tense::Past, &data);
        assert_eq!(texts, [""; 0], "{data:?}");
    }
    // The port was created and connected again, but to one port less.
    follower.world.world.borrow_mut().connections.pop();
    let texts = follower.changes_in(Tense::Past, &EventData::PortExit(port));
    assert_eq!(texts, ["-128:0 > 129:0"]);

    follower.world.world.borrow_mut().clients.remove(&129);
    let exit = EventData::ClientExit(ClientId::new(129));
    let texts = follower.changes_in(Tense::Past, &exit);
    assert_eq!(texts, ["-129:0 port 0", "-129 client 129"]);
}

/// The graph already has the second client of a number, but the exits of the first
/// client are not read yet.
#[test]
fn old_exits_do_not_remove_the_new() {
    let mut follower = still();
    {
        let mut world = follower.world.world.borrow_mut();
        let client = world.clients.get_mut(&129).unwrap();
        client.pid = 2;
        client.name = "second".to_owned();
    }
    let (port, id) = (Address::new(129, 0), ClientId::new(129));
    let texts = follower.changes_of(&EventData::ClientChange(id));
    assert_eq!(
        texts,
        [
            "-128:0 > 129:0",
            "-129:0 port 0",
            "-129 client 129",
            "+129 second",
            "+129:0 port 0",
            "+128:0 > 129:0"
        ]
    );
    assert_eq!(follower.changes_of(&EventData::PortExit(port)), [""; 0]);
    assert_eq!(follower.changes_of(&EventData::ClientExit(id)), [""; 0]);
    // The next exit is that of the second client.
    let texts = follower.changes_of(&EventData::PortExit(port));
    assert_eq!(texts, ["-128:0 > 129:0", "-129:0 port 0"]);
}

/// The connection is found before the exit of the former client and the start of
/// the next one.
#[test]
fn a_connection_is_not_taken_for_one_of_the_former_client() {
    let mut follower = still();
    let (sender, receiver) = (Address::new(129, 0), Address::new(128, 1));
    {
        let mut world = follower.world.world.borrow_mut();
        let client = world.clients.get_mut(&129).unwrap();
        client.pid = 2;
        client.name = "second".to_owned();
        world.connections.pop();
        world.connections.push((sender, receiver));
    }
    let data = EventData::PortSubscribed {
        sender: Address::new(128, 0),
        receiver,
    };
    assert_eq!(
        follower.changes_of(&data),
        [
            "-128:0 > 129:0",
            "-129:0 port 0",
            "-129 client 129",
            "+129 second",
            "+129:0 port 0",
            "+129:0 > 128:1"
        ]
    );
}

#[test]
fn the_port_that_hears_is_not_there() {
    let (sender, receiver) = (Address::new(128, 0), Address::new(129, 0));
    let mut world = still_world();
    let owner = world.clients.get_mut(&129).unwrap();
    owner.ports.insert(1, "other".to_owned());
    world.connections.push((receiver, sender));
    let mut follower = Follower::with_ear(receiver, world);
    let all = Topology::new().changes_to(follower.topology());
    let texts: Vec<_> = all.iter().map(text).collect();
    let expected = [
        "+128 client 128",
        "+128:0 port 0",
        "+128:1 port 1",
        "+129 client 129",
        "+129:1 other",
        "+128:0 > 128:1",
    ];
    assert_eq!(texts, expected);

    for data in [
        EventData::ClientStart(receiver.client),
        EventData::ClientChange(receiver.client),
        EventData::PortStart(receiver),
        EventData::PortChange(receiver),
        EventData::PortSubscribed { sender, receiver },
        EventData::PortSubscribed {
            sender: receiver,
            receiver: sender,
        },
        EventData::PortExit(receiver),
    ] {
        assert_eq!(follower.changes_of(&data), [""; 0], "{data:?}");
        assert_eq!(follower.changes_in(Tense::Past, &data), [""; 0], "{data:?}");
    }
    assert_eq!(follower.refresh(), [""; 0]);
    while let Some(texts) = follower.read() {
        assert_eq!(texts, [""; 0]);
    }
    // The client is tracked like others.
    let start = EventData::PortChange(Address::new(129, 1));
    let mut world = follower.world.world.borrow_mut();
    let owner = world.clients.get_mut(&129).unwrap();
    owner.ports.insert(1, "renamed".to_owned());
    drop(world);
    assert_eq!(follower.changes_of(&start), ["other > renamed"]);
}

/// A reader of single announcements cannot know which of them waited when the graph was
/// read.
#[test]
fn a_mark_divides_the_past_from_the_present() {
    let exit = EventData::PortExit(Address::new(128, 0));
    let removed = ["-128:0 > 128:1", "-128:0 > 129:0", "-128:0 port 0"];
    let put = |follower: &Follower| follower.world.world.borrow_mut().announce(exit);

    // The port existed, was removed and created again. Then the graph was read.
    let mut world = still_world();
    world.announce(exit);
    let mut follower = Follower::new(world);
    put(&follower);
    for _ in 0..3 {
        // The exit and the two announcements of the mark.
        assert_eq!(follower.read().unwrap(), [""; 0]);
    }
    assert_eq!(follower.read().unwrap(), removed);
    assert_eq!(follower.read(), None);

    // Two marks are on their way. The last one counts.
    let mut follower = still();
    put(&follower);
    assert_eq!(follower.refresh(), [""; 0]);
    put(&follower);
    for _ in 0..5 {
        assert_eq!(follower.read().unwrap(), [""; 0]);
    }
    assert_eq!(follower.read().unwrap(), removed);

    // The follower does not wait for a lost mark.
    let mut follower = still();
    follower.world.world.borrow_mut().lost = true;
    assert_eq!(follower.read().unwrap(), ["Resynchronized"]);
    put(&follower);
    for _ in 0..2 {
        assert_eq!(follower.read().unwrap(), [""; 0]);
    }
    assert_eq!(follower.read().unwrap(), removed);
}

#[test]
fn the_graph_is_shown_as_people_want_to_read_it() {
    let mut world = still_world();
    world.connections.pop();
    let follower = Follower::new(world);
    assert_eq!(
        format!("{:?}", follower.topology()),
        "Topology { clients: {ClientId(128): \"client 128\", ClientId(129): \"client 129\"}, \
         ports: {Address(128:0): \"port 0\", Address(128:1): \"port 1\", Address(129:0): \
         \"port 0\"}, connections: [Connection { sender: Address(128:0), receiver: \
         Address(128:1), exclusive: false, stamp: None }] }"
    );
}

#[test]
fn only_the_kernel_announces() {
    let data = EventData::ClientExit(ClientId::new(128));
    let event = Event::new(data).from_port(Address::ANNOUNCE);
    assert_eq!(announcement(event.as_view()), Some(data));
    for source in [Address::TIMER, Address::new(128, 1), Address::new(1, 1)] {
        let event = Event::new(data).from_port(source);
        assert_eq!(announcement(event.as_view()), None);
    }
}
