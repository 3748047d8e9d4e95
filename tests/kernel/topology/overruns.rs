//! Many changes, and monitors that lose announcements.

use std::collections::{BTreeMap, BTreeSet};

use alsa_seq::{
    Address, ClientId, ClientInfo, Connection, PortInfo, PortOptions, SequencerClient, Topology,
    TopologyChange, TopologyMonitor,
};

use support::{client, need_sequencer, unique};

use super::{Watch, changes_until, describe_ump, part_of, subjects};

/// A model of the graph that is built only from the reported changes.
#[derive(Default)]
struct Reported {
    clients: BTreeSet<ClientId>,
    ports: BTreeMap<Address, String>,
    connections: Vec<Connection>,
}

impl Reported {
    fn of(topology: &Topology) -> Self {
        let mut reported = Self::default();
        for change in Topology::new().changes_to(topology) {
            reported.apply(&change);
        }
        reported
    }

    fn apply(&mut self, change: &TopologyChange) {
        use TopologyChange as Change;

        let has = |port: Address| {
            move |connection: &&Connection| connection.sender == port || connection.receiver == port
        };
        match change {
            Change::ClientAdded(info) => {
                assert!(self.clients.insert(info.id()), "{} came twice", info.id());
            }
            Change::ClientRemoved(info) => {
                let id = info.id();
                assert!(self.clients.remove(&id), "{id} went twice");
                assert!(self.ports.keys().all(|port| port.client != id));
            }
            Change::ClientChanged { new, .. } => assert!(self.clients.contains(&new.id())),
            Change::PortAdded(info) => {
                let port = info.address();
                assert!(
                    self.clients.contains(&port.client),
                    "{port} without a client"
                );
                let before = self.ports.insert(port, info.name().into_owned());
                assert_eq!(before, None, "{port} came twice");
            }
            Change::PortRemoved(info) => {
                let port = info.address();
                let name = self.ports.remove(&port);
                assert_eq!(name.as_deref(), Some(&*info.name()), "{port} went twice");
                assert_eq!(self.connections.iter().find(has(port)), None);
            }
            Change::PortChanged { old, new } => {
                let name = self.ports.insert(new.address(), new.name().into_owned());
                assert_eq!(name.as_deref(), Some(&*old.name()));
            }
            Change::Connected(connection) => {
                assert!(
                    !self.connections.contains(connection),
                    "{connection:?} came twice"
                );
                assert!(self.ports.contains_key(&connection.sender));
                assert!(self.ports.contains_key(&connection.receiver));
                self.connections.push(*connection);
            }
            Change::Disconnected(connection) => {
                let place = self
                    .connections
                    .iter()
                    .position(|known| known == connection);
                self.connections.swap_remove(place.unwrap());
            }
            _ => {}
        }
    }

    /// Checks that both contain the same objects, with all clients.
    fn agrees_with(&self, topology: &Topology) {
        let clients: BTreeSet<_> = topology.clients().map(ClientInfo::id).collect();
        assert_eq!(self.clients, clients);
        let named = |port: &PortInfo| (port.address(), port.name().into_owned());
        let ports: BTreeMap<_, _> = topology.ports().map(named).collect();
        assert_eq!(self.ports, ports);
        assert_eq!(self.connections.len(), topology.connections().count());
        for connection in topology.connections() {
            assert!(self.connections.contains(&connection), "{connection:?}");
        }
    }
}

/// The monitor does not read, so announcements are lost. Yet it reports every change, once.
#[test]
fn an_overrun_loses_nothing() {
    need_sequencer!();
    let a = client("a");
    let b = client("b");
    let input = b.create_port("in").unwrap();
    let old: Vec<_> = (0..50)
        .map(|number| a.create_port(format!("old {number}")).unwrap())
        .collect();
    for port in &old {
        port.connect_to(&input).unwrap();
    }
    let ump = client("ump");
    describe_ump(&ump);
    let mut watch = Watch::new();
    let mut reported = Reported::of(watch.topology());
    watch.monitor.control().set_input_pool(20).unwrap();

    // Makes more changes of every kind than the pool can hold.
    let new: Vec<_> = (0..100)
        .map(|number| b.create_port(format!("new {number}")).unwrap())
        .collect();
    for (old, new) in old.iter().zip(&new) {
        new.connect_to(old).unwrap();
    }
    drop(old);
    let last = unique("last");
    let _last = b.create_port(last.as_str()).unwrap();

    let changes = changes_until(&mut watch.monitor, &last);
    changes.iter().for_each(|change| reported.apply(change));
    let mine = [a.id(), b.id()];
    let count = |which: fn(&TopologyChange) -> bool| {
        let own = changes
            .iter()
            .filter(|change| subjects(change).iter().all(|id| mine.contains(id)) && which(change));
        own.count()
    };
    assert_eq!(count(|c| matches!(c, TopologyChange::PortAdded(_))), 101);
    assert_eq!(count(|c| matches!(c, TopologyChange::PortRemoved(_))), 50);
    assert_eq!(count(|c| matches!(c, TopologyChange::Disconnected(_))), 50);
    // These connections did not exist when the monitor read the graph.
    assert_eq!(count(|c| matches!(c, TopologyChange::Connected(_))), 0);
    // The monitor reports the resynchronization before the differences.
    let at = changes
        .iter()
        .position(|c| *c == TopologyChange::Resynchronized);
    let of_a = |c: &TopologyChange| subjects(c).contains(&a.id());
    assert!(
        at.is_some() && at < changes.iter().position(of_a),
        "{changes:?}"
    );
    // A snapshot does not contain all of the endpoint, so the monitor reports it as changed.
    let endpoint = TopologyChange::EndpointChanged(ump.id());
    let is_ump = ump.info().unwrap().midi_version().is_ump();
    assert_eq!(changes.contains(&endpoint), is_ump);

    // The monitor continues.
    new[0].connect_to(&new[1]).unwrap();
    let connection = format!("+ {} > {}", new[0].address(), new[1].address());
    assert_eq!(watch.changes_of(&mine), [connection]);
    let fresh = Topology::snapshot(&watch.monitor.control()).unwrap();
    assert_eq!(part_of(watch.topology(), &mine), part_of(&fresh, &mine));
}

/// Clients, ports and connections appear and disappear in many threads. One monitor follows, and
/// one does not keep up.
#[test]
fn the_graph_is_right_after_many_changes() {
    need_sequencer!();
    let hub = client("hub");
    let through = hub.create_port("through").unwrap().keep();
    let mut monitor = TopologyMonitor::open(unique("monitor")).unwrap();
    let mut slow = TopologyMonitor::open(unique("slow")).unwrap();
    slow.control().set_input_pool(30).unwrap();
    let mut reported = Reported::of(monitor.topology());
    let mut slow_reported = Reported::of(slow.topology());
    let last = unique("last");

    let kept = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| scope.spawn(move || turmoil(number, through)))
            .collect();
        let keep = scope.spawn({
            let (last, hub) = (&last, &hub);
            move || {
                let kept: Vec<_> = threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap())
                    .collect();
                hub.create_port(last.as_str()).unwrap().keep();
                kept
            }
        });
        for change in changes_until(&mut monitor, &last) {
            reported.apply(&change);
        }
        keep.join().unwrap()
    });
    for change in changes_until(&mut slow, &last) {
        slow_reported.apply(&change);
    }

    let mut own: Vec<ClientId> = kept.iter().map(|client| client.id()).collect();
    own.push(hub.id());
    let fresh = part_of(&Topology::snapshot(&hub).unwrap(), &own);
    assert_eq!(part_of(monitor.topology(), &own), fresh);
    assert_eq!(part_of(slow.topology(), &own), fresh);
    assert!(fresh.len() > 10, "{fresh:?}");

    // The changes alone give the whole graph.
    let finish = |monitor: &mut TopologyMonitor, reported: &mut Reported| {
        let port = monitor.topology().find_port(&hub.id().to_string()).unwrap();
        assert_eq!(port.address(), through);
        let last = unique("end");
        let _end = hub.create_port(last.as_str()).unwrap();
        for change in changes_until(monitor, &last) {
            reported.apply(&change);
        }
        reported.agrees_with(monitor.topology());
    };
    finish(&mut monitor, &mut reported);
    finish(&mut slow, &mut slow_reported);
}

/// Makes many changes, and returns a client that stays.
fn turmoil(number: u64, through: Address) -> SequencerClient {
    let mut random = number * 2 + 1;
    let mut below = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 33).unwrap() % limit
    };
    let mut own = client("turmoil");
    for _ in 0..15 {
        let mut ports = Vec::new();
        for step in 0..20 {
            match below(10) {
                0..=3 => ports.push(own.create_port(format!("port {step}")).unwrap()),
                4 if !ports.is_empty() => drop(ports.swap_remove(below(ports.len()))),
                5 if !ports.is_empty() => {
                    let port = &ports[below(ports.len())];
                    port.set_info(PortOptions::new(format!("renamed {step}")))
                        .unwrap();
                }
                // The ports may or may not be connected already.
                6 if !ports.is_empty() => {
                    let _ = ports[below(ports.len())].connect_to(through);
                }
                7 if !ports.is_empty() => {
                    let _ = ports[below(ports.len())].disconnect_to(through);
                }
                8 if !ports.is_empty() => {
                    let _ = ports[below(ports.len())].connect_from(through);
                }
                9 if ports.len() > 1 => {
                    let _ = ports[0].connect_to(&ports[1]);
                }
                _ => {}
            }
        }
        if below(3) > 0 {
            // The client's number is free for any client at once.
            drop(own);
            own = client("turmoil");
        }
    }
    for number in 0..3 {
        let port = own.create_port(format!("kept {number}")).unwrap();
        let _ = port.connect_to(through);
        port.keep();
    }
    own
}
