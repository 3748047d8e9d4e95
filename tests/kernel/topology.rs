//! The graph, followed while it changes. All tests run at the same time on one
//! sequencer, so each monitor sees the others' clients; what is compared are
//! the test's own.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::AsFd;
use std::process::Command;
use std::time::Duration;

use alsa_seq::abi::ioctl::Errno;
use alsa_seq::abi::{
    consts,
    info::ClientUmpInfo,
    ump::{UmpBlockInfo, UmpEndpointInfo},
};
use alsa_seq::{
    Address, ClientId, ClientInfo, ClientOptions, ConnectOptions, Connection, Direction, ErrorKind,
    Event, EventData, EventFilter, EventType, GroupFilter, MidiVersion, PortCaps, PortFilter,
    PortInfo, PortOptions, SequencerClient, Topology, TopologyChange, TopologyMonitor,
    TopologyTracker,
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use support::{PATIENCE, client, need_program, need_sequencer, numbered, open, unique};

/// A monitor, and a client that was there before it, whose ports mark what the
/// monitor has come to.
///
/// What is announced of other clients before the port of such a client is
/// known when the port is: a client that is known has no port that is found
/// out by chance.
struct Watch {
    monitor: TopologyMonitor,
    marker: SequencerClient,
}

impl Watch {
    fn new() -> Self {
        let marker = client("marker");
        let monitor = TopologyMonitor::open(unique("monitor")).unwrap();
        Self { monitor, marker }
    }

    fn topology(&self) -> &Topology {
        self.monitor.topology()
    }

    /// All that has happened to these clients until now.
    fn changes_of(&mut self, clients: &[ClientId]) -> Vec<String> {
        let last = unique("mark");
        let _port = self.marker.create_port(last.as_str()).unwrap();
        let changes = changes_until(&mut self.monitor, &last);
        let own = changes.iter().filter(|change| is_about(change, clients));
        own.map(text).collect()
    }

    /// What happens to these clients until one of them is gone. It may be some
    /// time after it was closed: a program that another test is starting has
    /// its file for a moment, and keeps it open.
    fn changes_until_gone(&mut self, clients: &[ClientId], gone: ClientId) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let change = self.monitor.next_change_timeout(PATIENCE).unwrap();
            if is_about(&change, clients) {
                told.push(text(&change));
            }
            if matches!(change, TopologyChange::ClientRemoved(info) if info.id() == gone) {
                return told;
            }
        }
    }
}

fn is_about(change: &TopologyChange, clients: &[ClientId]) -> bool {
    let subjects = subjects(change);
    !subjects.is_empty() && subjects.iter().all(|id| clients.contains(id))
}

/// The changes up to the one that makes a port of this name, and what else was
/// found out with it: the differences of two snapshots come in the order of
/// the addresses.
fn changes_until(monitor: &mut TopologyMonitor, last: &str) -> Vec<TopologyChange> {
    let mut changes = Vec::new();
    let mut found = false;
    while !found {
        let change = monitor.next_change_timeout(PATIENCE).unwrap();
        // When so much happens that announcements are lost, the port may have come
        // in the place of another that is gone meanwhile.
        found = match &change {
            TopologyChange::PortAdded(port) => port.name() == last,
            TopologyChange::PortChanged { new, .. } => new.name() == last,
            _ => false,
        };
        changes.push(change);
    }
    while let Some(change) = monitor.try_next_change().unwrap() {
        changes.push(change);
    }
    changes
}

/// The clients that the change is about.
fn subjects(change: &TopologyChange) -> Vec<ClientId> {
    use TopologyChange as Change;

    match change {
        Change::ClientAdded(info) | Change::ClientRemoved(info) => vec![info.id()],
        Change::ClientChanged { old, new } => vec![old.id(), new.id()],
        Change::PortAdded(info) | Change::PortRemoved(info) => vec![info.address().client],
        Change::PortChanged { old, new } => vec![old.address().client, new.address().client],
        Change::Connected(connection) | Change::Disconnected(connection) => {
            vec![connection.sender.client, connection.receiver.client]
        }
        Change::EndpointChanged(id) => vec![*id],
        Change::FunctionBlockChanged { client, .. } => vec![*client],
        _ => Vec::new(),
    }
}

fn text(change: &TopologyChange) -> String {
    use TopologyChange as Change;

    match change {
        Change::ClientAdded(info) => format!("+ client {}", info.id()),
        Change::ClientRemoved(info) => format!("- client {}", info.name()),
        Change::ClientChanged { old, new } => format!("client {} > {}", old.name(), new.name()),
        Change::PortAdded(info) => format!("+ {}", info.name()),
        Change::PortRemoved(info) => format!("- {}", info.name()),
        Change::PortChanged { old, new } => format!("{} > {}", old.name(), new.name()),
        Change::Connected(connection) => {
            format!("+ {} > {}", connection.sender, connection.receiver)
        }
        Change::Disconnected(connection) => {
            format!("- {} > {}", connection.sender, connection.receiver)
        }
        other => format!("{other:?}"),
    }
}

/// What is in the graph of these clients.
fn part_of(topology: &Topology, clients: &[ClientId]) -> Vec<String> {
    let mine = |address: Address| clients.contains(&address.client);
    let client = |info: &ClientInfo| format!("{} {}", info.id(), info.name());
    let port = |info: &PortInfo| {
        let caps = info.caps();
        format!("{} {} {caps:?}", info.address(), info.name())
    };
    let own = topology
        .clients()
        .filter(|info| clients.contains(&info.id()));
    let ports = topology.ports().filter(|info| mine(info.address()));
    let connections = topology
        .connections()
        .filter(|connection| mine(connection.sender) && mine(connection.receiver))
        .map(|connection| format!("{connection:?}"));
    let mut connections: Vec<String> = connections.collect();
    connections.sort_unstable();
    own.map(client)
        .chain(ports.map(port))
        .chain(connections)
        .collect()
}

/// Somebody who only hears of changes, and takes each at its word.
#[derive(Default)]
struct Hearsay {
    clients: BTreeSet<ClientId>,
    ports: BTreeMap<Address, String>,
    connections: Vec<Connection>,
}

impl Hearsay {
    fn of(topology: &Topology) -> Self {
        let mut hearsay = Self::default();
        for change in Topology::new().changes_to(topology) {
            hearsay.hear(&change);
        }
        hearsay
    }

    fn hear(&mut self, change: &TopologyChange) {
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

    /// The two know the same, all clients included.
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

/// What the kernel announces of a client that does this; of others too.
fn announced(act: impl Fn(&SequencerClient)) -> (ClientId, Vec<Event<'static>>) {
    loop {
        let mut listener = client("listener");
        listener.set_input_pool(2000).unwrap();
        let input = listener.create_port("announcements").unwrap();
        let actor = client("actor");
        input.connect_from(Address::ANNOUNCE).unwrap();
        act(&actor);
        let last = actor.create_port("last").unwrap();
        let mut announced = Vec::new();
        loop {
            match listener.event_input_timeout(PATIENCE) {
                Ok(event) if event.data() == EventData::PortStart(last.address()) => {
                    return (actor.id(), announced);
                }
                Ok(event) => announced.push(event),
                // Others did too much meanwhile.
                Err(error) if error.kind() == ErrorKind::Overrun => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Whether this kernel tells of changes of a client or port, which depends on
/// its point release.
fn kernel_tells_of_changes() -> bool {
    let (actor, events) = announced(|actor| {
        let port = actor.create_port("before").unwrap();
        port.set_info(PortOptions::new("after")).unwrap();
        port.keep();
    });
    let is_change = |event: &Event<'_>| matches!(event.data(), EventData::PortChange(port) if port.client == actor);
    events.iter().any(is_change)
}

#[test]
fn the_graph_begins_with_what_is_there() {
    need_sequencer!();
    let a = client("a");
    let b = client("b");
    let out = a.create_port("out").unwrap();
    let input = b.create_port("in").unwrap();
    out.connect_to(&input).unwrap();
    let watch = Watch::new();
    let topology = watch.topology();

    let info = topology.client(a.id()).unwrap();
    assert_eq!(info.name(), a.info().unwrap().name());
    let info = topology.port(&out).unwrap();
    assert_eq!(
        (&*info.name(), info.client_name()),
        ("out", Some(&*a.info().unwrap().name()))
    );
    assert_eq!(topology.ports_of(b.id()).count(), 1);
    assert!(topology.is_connected(&out, &input));
    let connection = a.connection(&out, &input).unwrap();
    assert_eq!(
        topology.connections_from(&out).collect::<Vec<_>>(),
        [connection]
    );
    assert_eq!(
        topology.connections_to(&input).collect::<Vec<_>>(),
        [connection]
    );
    assert_eq!(topology.connections_to(&out).count(), 0);
    assert!(topology.client(ClientId::SYSTEM).is_some());
    assert!(topology.port(Address::ANNOUNCE).is_some());

    let name = a.info().unwrap().name().into_owned();
    assert_eq!(topology.find_client(&name).unwrap().id(), a.id());
    let found = topology.find_port(&format!("{name}:out")).unwrap();
    assert_eq!(found.address(), out.address());

    let snapshot = Topology::snapshot(&watch.monitor.control()).unwrap();
    let own = [a.id(), b.id()];
    assert_eq!(part_of(&snapshot, &own), part_of(topology, &own));
    // The snapshot is of everything.
    let monitors = snapshot.ports_of(watch.monitor.id()).next().unwrap();
    assert!(snapshot.is_connected(Address::ANNOUNCE, monitors));
}

#[test]
fn changes_are_reported_in_order() {
    need_sequencer!();
    let tells = kernel_tells_of_changes();
    let mut watch = Watch::new();
    let a = client("a");
    let name = a.info().unwrap().name().into_owned();
    let out = a.create_port("out").unwrap();
    let mut told = watch.changes_of(&[a.id()]);
    // The number may have been another test's.
    let added = format!("+ client {}", a.id());
    told.drain(..told.iter().rposition(|change| *change == added).unwrap());
    // The name may be chosen after the client is looked at.
    let named = format!("client Client-{} > {name}", a.id());
    told.retain(|change| *change != named);
    assert_eq!(told, [added, "+ out".to_owned()]);
    let port = watch.topology().port(&out).unwrap();
    assert_eq!(port.client_name(), Some(&*name));
    assert_eq!(port.caps(), PortOptions::BOTH);

    let input = a.create_port("in").unwrap();
    out.connect_to(&input).unwrap();
    let connection = format!("{} > {}", out.address(), input.address());
    let mine = [a.id()];
    assert_eq!(
        watch.changes_of(&mine),
        ["+ in".to_owned(), format!("+ {connection}")]
    );
    assert!(watch.topology().is_connected(&out, &input));
    out.disconnect_to(&input).unwrap();
    assert_eq!(watch.changes_of(&mine), [format!("- {connection}")]);
    assert!(!watch.topology().is_connected(&out, &input));

    // Without a difference there is no change.
    out.set_info(PortOptions::from(&out.info().unwrap()))
        .unwrap();
    a.set_name(&name).unwrap();
    assert_eq!(watch.changes_of(&mine), [""; 0]);
    out.set_info(PortOptions::new("renamed")).unwrap();
    a.set_name(&format!("{name}!")).unwrap();
    let mut told = watch.changes_of(&mine);
    if !tells {
        assert_eq!(told, [""; 0]);
        watch.monitor.refresh().unwrap();
        told = watch.changes_of(&mine);
    }
    told.sort_unstable();
    assert_eq!(
        told,
        [
            format!("client {name} > {name}!"),
            "out > renamed".to_owned()
        ]
    );
    let port = watch.topology().port(&out).unwrap();
    assert_eq!(port.client_name(), Some(&*format!("{name}!")));

    out.close().unwrap();
    assert_eq!(watch.changes_of(&mine), ["- renamed"]);
    drop(input);
    let id = a.id();
    drop(a);
    let told = watch.changes_until_gone(&[id], id);
    assert_eq!(told, ["- in".to_owned(), format!("- client {name}!")]);
}

/// The kernel announces no disconnection when a port or client is removed.
#[test]
fn removed_ports_are_reported_as_disconnected() {
    need_sequencer!();
    let a = client("a");
    let b = client("b");
    let out = a.create_port("out").unwrap();
    let input = b.create_port("in").unwrap();
    let other = b.create_port("other").unwrap();
    for port in [&input, &other] {
        out.connect_to(port).unwrap();
        port.connect_to(&out).unwrap();
    }
    other.connect_to(&other).unwrap();
    let mut watch = Watch::new();
    let [to_input, from_input] = [
        format!("{} > {}", out.address(), input.address()),
        format!("{} > {}", input.address(), out.address()),
    ];
    let [to_other, from_other] = [
        format!("{} > {}", out.address(), other.address()),
        format!("{} > {}", other.address(), out.address()),
    ];
    let itself = format!("{0} > {0}", other.address());

    drop(input);
    let mut told = watch.changes_of(&[a.id(), b.id()]);
    assert_eq!(told.pop().unwrap(), "- in");
    told.sort_unstable();
    let mut gone = [format!("- {to_input}"), format!("- {from_input}")];
    gone.sort_unstable();
    assert_eq!(told, gone);

    let (ids, name) = ([a.id(), b.id()], b.info().unwrap().name().into_owned());
    drop(b);
    let told = watch.changes_until_gone(&ids, ids[1]);
    let mut connections = told[..3].to_vec();
    connections.sort_unstable();
    let mut gone = [to_other, from_other, itself].map(|connection| format!("- {connection}"));
    gone.sort_unstable();
    assert_eq!(connections, gone);
    assert_eq!(
        told[3..],
        ["- other".to_owned(), format!("- client {name}")]
    );
    assert_eq!(watch.topology().connections_from(&out).count(), 0);
    assert!(watch.topology().port(&out).is_some());
    assert!(other.close().is_err());
}

/// Two ports may be connected several times over.
#[test]
fn every_connection_counts() {
    need_sequencer!();
    let a = client("a");
    let queue = a.create_queue("stamps").unwrap();
    let out = a.create_port("out").unwrap();
    let input = a.create_port("in").unwrap();
    let mut watch = Watch::new();
    let plain = ConnectOptions::new();
    for options in [
        plain,
        plain.stamp_ticks(queue.id()),
        plain.stamp_real_time(queue.id()),
    ] {
        a.connect(&out, &input, options).unwrap();
    }
    let connection = format!("{} > {}", out.address(), input.address());
    assert_eq!(
        watch.changes_of(&[a.id()]),
        ["+", "+", "+"].map(|sign| format!("{sign} {connection}"))
    );
    let known: Vec<_> = watch.topology().connections_to(&input).collect();
    assert_eq!(known, input.senders().unwrap());
    assert_eq!(known.len(), 3);
    out.disconnect_to(&input).unwrap();
    assert_eq!(
        watch.changes_of(&[a.id()]),
        ["-", "-", "-"].map(|sign| format!("{sign} {connection}"))
    );
}

#[test]
fn the_port_of_a_monitor_is_not_in_its_graph() {
    need_sequencer!();
    let mut other = Watch::new();
    let mut watch = Watch::new();
    let own = watch.monitor.id();
    let control = watch.monitor.control();
    let port = control.ports_of(own).next().unwrap().unwrap().address();
    let first = watch.topology().clone();
    watch.monitor.refresh().unwrap();
    for topology in [&first, watch.topology()] {
        assert_eq!(topology.ports_of(own).count(), 0);
        assert_eq!(topology.connections_to(port).count(), 0);
        assert!(topology.client(own).is_some());
        assert!(topology.client(other.monitor.id()).is_some());
    }
    let told = other.changes_of(&[own, ClientId::SYSTEM]);
    assert_eq!(*told.last().unwrap(), format!("+ 0:1 > {port}"));

    // Its client can be used for more.
    let extra = control.create_port("extra").unwrap();
    extra.connect_from(Address::ANNOUNCE).unwrap();
    for watch in [&mut watch, &mut other] {
        assert_eq!(
            watch.changes_of(&[own, ClientId::SYSTEM]),
            ["+ extra".to_owned(), format!("+ 0:1 > {}", extra.address())]
        );
    }

    // Nobody can connect to the port where it listens, or would want to.
    let stranger = client("stranger");
    let out = stranger.create_port("out").unwrap();
    let error = out.connect_to(port).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let listed = stranger.ports(PortFilter::new()).unwrap();
    assert!(listed.iter().all(|listed| listed.address() != port));
    let caps = stranger.port_info(port).unwrap().caps();
    assert_eq!(caps, PortCaps::WRITE | PortCaps::NO_EXPORT);
}

/// Anybody can send what looks like an announcement.
#[test]
fn false_announcements_are_ignored() {
    need_sequencer!();
    let mut liar = client("liar");
    let a = client("a");
    let out = a.create_port("out").unwrap();
    let input = a.create_port("in").unwrap();
    out.connect_to(&input).unwrap();
    let mut watch = Watch::new();
    let receiver = watch
        .monitor
        .control()
        .ports_of(watch.monitor.id())
        .next()
        .unwrap()
        .unwrap();
    for data in [
        EventData::PortUnsubscribed {
            sender: out.address(),
            receiver: input.address(),
        },
        EventData::PortExit(out.address()),
        EventData::PortExit(input.address()),
        EventData::ClientExit(a.id()),
        EventData::ClientStart(a.id()),
        EventData::UmpEndpointChange(a.id()),
    ] {
        // It comes from port 1 of the liar; that of the system is 0:1.
        let from = Address::from((liar.id(), 1.into()));
        let event = Event::new(data).from_port(from).to(&receiver);
        liar.event_output_direct(&event).unwrap();
    }
    assert_eq!(watch.changes_of(&[a.id()]), [""; 0]);
    assert!(watch.topology().is_connected(&out, &input));

    // Everything else does not even arrive.
    let note = Event::note_on(0, 60, 100).unwrap().to(&receiver);
    let error = liar.event_output_direct(&note).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let sysex = Event::sysex(&[0xf0, 0xf7][..]).to(&receiver);
    assert!(liar.event_output_direct(&sysex).is_err());
}

/// Nobody reads, announcements are lost, and yet everything is told, once.
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
    let mut hearsay = Hearsay::of(watch.topology());
    watch.monitor.control().set_input_pool(20).unwrap();

    // More than there is room for, of every kind.
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
    changes.iter().for_each(|change| hearsay.hear(change));
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
    // Never there when somebody looked.
    assert_eq!(count(|c| matches!(c, TopologyChange::Connected(_))), 0);
    // This is reported, before the differences.
    let at = changes
        .iter()
        .position(|c| *c == TopologyChange::Resynchronized);
    let of_a = |c: &TopologyChange| subjects(c).contains(&a.id());
    assert!(
        at.is_some() && at < changes.iter().position(of_a),
        "{changes:?}"
    );
    // What a snapshot cannot tell may have changed.
    let endpoint = TopologyChange::EndpointChanged(ump.id());
    let is_ump = ump.info().unwrap().midi_version().is_ump();
    assert_eq!(changes.contains(&endpoint), is_ump);

    // And it goes on.
    new[0].connect_to(&new[1]).unwrap();
    let connection = format!("+ {} > {}", new[0].address(), new[1].address());
    assert_eq!(watch.changes_of(&mine), [connection]);
    let fresh = Topology::snapshot(&watch.monitor.control()).unwrap();
    assert_eq!(part_of(watch.topology(), &mine), part_of(&fresh, &mine));
}

/// Makes a UMP client of it, with an endpoint and a block, if the kernel has
/// UMP.
fn describe_ump(client: &SequencerClient) {
    let mut info = *client.info().unwrap().raw();
    let mut ump = ClientUmpInfo::zeroed();
    ump.client = info.client;
    let answer = client.fd().get_client_ump_info(&mut ump);
    if answer.unwrap_err() == Errno::ENOTTY {
        return;
    }
    info.midi_version = consts::CLIENT_UMP_MIDI_2_0;
    client.fd().set_client_info(&info).unwrap();
    let mut endpoint = UmpEndpointInfo::zeroed();
    endpoint.num_blocks = 1.into();
    ump.set_endpoint(&endpoint);
    client.fd().set_client_ump_info(&ump).unwrap();
    ump.info_type = consts::CLIENT_UMP_INFO_BLOCK;
    ump.set_block(&UmpBlockInfo::zeroed());
    client.fd().set_client_ump_info(&ump).unwrap();
}

#[test]
fn ump_changes_are_passed_on() {
    need_sequencer!();
    let (actor, events) = announced(describe_ump);
    let is_ump = |event: &&Event<'_>| match event.data() {
        EventData::UmpEndpointChange(client) => client == actor,
        EventData::UmpBlockChange { client, .. } => client == actor,
        _ => false,
    };
    let expected = events.iter().filter(is_ump).count();

    let a = client("a");
    let mut watch = Watch::new();
    describe_ump(&a);
    let mut told = watch.changes_of(&[a.id()]);
    let all = [
        format!("EndpointChanged({:?})", a.id()),
        format!("FunctionBlockChanged {{ client: {:?}, block: 0 }}", a.id()),
    ];
    told.retain(|change| all.contains(change));
    // Kernels announce both, or neither. Where other tests do so much that
    // announcements are lost, it is told of the whole at last.
    if told.len() == expected {
        assert_eq!(told, all[..expected]);
    } else {
        assert_eq!(told.last(), Some(&all[0]), "{told:?}");
    }
}

#[test]
fn aconnect_is_followed() {
    need_sequencer!();
    need_program!("aconnect");
    let a = client("from");
    let b = client("to");
    let out = a.create_port("out").unwrap();
    let input = b.create_port("in").unwrap();
    let mut watch = Watch::new();
    let (sender, receiver) = (out.address().to_string(), input.address().to_string());
    let aconnect = |arguments: &[&str]| {
        let status = Command::new("aconnect").args(arguments).status().unwrap();
        assert!(status.success(), "{arguments:?}");
    };
    let own = [a.id(), b.id()];
    aconnect(&[&sender, &receiver]);
    assert_eq!(watch.changes_of(&own), [format!("+ {sender} > {receiver}")]);
    aconnect(&["-d", &sender, &receiver]);
    assert_eq!(watch.changes_of(&own), [format!("- {sender} > {receiver}")]);
    aconnect(&["-e", &sender, &receiver]);
    assert_eq!(watch.changes_of(&own), [format!("+ {sender} > {receiver}")]);
    let connection = watch.topology().connections_from(&out).next().unwrap();
    assert!(connection.exclusive);
}

/// Clients, ports and connections come and go, from all sides, while one
/// monitor follows and one does not keep up.
#[test]
fn the_graph_is_right_after_any_turmoil() {
    need_sequencer!();
    let hub = client("hub");
    let through = hub.create_port("through").unwrap().keep();
    let mut monitor = TopologyMonitor::open(unique("monitor")).unwrap();
    let mut slow = TopologyMonitor::open(unique("slow")).unwrap();
    slow.control().set_input_pool(30).unwrap();
    let mut hearsay = Hearsay::of(monitor.topology());
    let mut slow_hearsay = Hearsay::of(slow.topology());
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
            hearsay.hear(&change);
        }
        keep.join().unwrap()
    });
    for change in changes_until(&mut slow, &last) {
        slow_hearsay.hear(&change);
    }

    let mut own: Vec<ClientId> = kept.iter().map(|client| client.id()).collect();
    own.push(hub.id());
    let fresh = part_of(&Topology::snapshot(&hub).unwrap(), &own);
    assert_eq!(part_of(monitor.topology(), &own), fresh);
    assert_eq!(part_of(slow.topology(), &own), fresh);
    assert!(fresh.len() > 10, "{fresh:?}");

    // The changes alone tell the whole graph.
    let finish = |monitor: &mut TopologyMonitor, hearsay: &mut Hearsay| {
        let port = monitor.topology().find_port(&hub.id().to_string()).unwrap();
        assert_eq!(port.address(), through);
        let last = unique("end");
        let _end = hub.create_port(last.as_str()).unwrap();
        for change in changes_until(monitor, &last) {
            hearsay.hear(&change);
        }
        hearsay.agrees_with(monitor.topology());
    };
    finish(&mut monitor, &mut hearsay);
    finish(&mut slow, &mut slow_hearsay);
}

/// Does much, and returns a client that stays.
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
                // These may be connected, or not, already.
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
            // Its number is free for anybody at once.
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

/// A client that does other things too, and follows the graph with what it receives.
struct Shared {
    client: SequencerClient,
    tracker: TopologyTracker,
    /// As that of a [`Watch`].
    marker: SequencerClient,
    /// How often announcements were lost, those of other tests included.
    overruns: u32,
}

impl Shared {
    fn new(options: ClientOptions) -> Self {
        let marker = client("marker");
        let client = open(options);
        let tracker = TopologyTracker::new(&client).unwrap();
        Self {
            client,
            tracker,
            marker,
            overruns: 0,
        }
    }

    /// Reads all that is waiting. Returns the changes that are found, and the events that
    /// are no announcements.
    fn read(&mut self) -> (Vec<TopologyChange>, Vec<Event<'static>>) {
        let name = unique("mark");
        let mark = self.marker.create_port(name.as_str()).unwrap();
        let is_there = |topology: &Topology| {
            let found = topology.port(&mark);
            found.is_some_and(|port| port.name() == name)
        };
        let (mut changes, mut events) = (Vec::new(), Vec::new());
        while !is_there(self.tracker.topology()) {
            match self.client.event_input_timeout(PATIENCE) {
                Ok(event) => {
                    if !self.tracker.update(&event).unwrap() {
                        events.push(event);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Overrun => {
                    self.overruns += 1;
                    self.tracker.overrun().unwrap();
                }
                Err(error) => panic!("{error}"),
            }
            changes.extend(self.found());
        }
        (changes, events)
    }

    fn found(&mut self) -> Vec<TopologyChange> {
        std::iter::from_fn(|| self.tracker.next_change()).collect()
    }

    /// What is told of these clients.
    fn changes_of(&mut self, clients: &[ClientId]) -> Vec<String> {
        let (changes, _) = self.read();
        texts_of(&changes, clients)
    }
}

fn texts_of(changes: &[TopologyChange], clients: &[ClientId]) -> Vec<String> {
    let own = changes.iter().filter(|change| is_about(change, clients));
    own.map(text).collect()
}

fn with_room(name: &str) -> ClientOptions {
    ClientOptions::new(unique(name)).input_pool(2000)
}

#[test]
fn one_client_receives_and_follows_the_graph() {
    need_sequencer!();
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let mut shared = Shared::new(with_room("shared"));
    let own = shared.client.id();
    let clients = [own, sender.id()];
    let input = shared.client.create_port("in").unwrap();
    assert!(shared.tracker.topology().port(&out).is_some());

    input.connect_from(&out).unwrap();
    for number in 0..3 {
        let event = numbered(number).from_port(&out).to_subscribers();
        sender.event_output_direct(&event).unwrap();
    }
    let (changes, events) = shared.read();
    let sent: Vec<_> = (0..3).map(numbered).collect();
    let data = |events: &[Event<'static>]| -> Vec<String> {
        let data = events.iter().map(|event| format!("{:?}", event.data()));
        data.collect()
    };
    assert_eq!(data(&events), data(&sent));
    let connection = format!("{} > {}", out.address(), input.address());
    assert_eq!(
        texts_of(&changes, &clients),
        ["+ in".to_owned(), format!("+ {connection}")]
    );
    assert!(shared.tracker.topology().is_connected(&out, &input));
    out.close().unwrap();
    assert_eq!(
        shared.changes_of(&clients),
        [format!("- {connection}"), "- out".to_owned()]
    );

    let snapshot = Topology::snapshot(&shared.client).unwrap();
    let ear = shared.tracker.port();
    assert_eq!(shared.tracker.topology().ports_of(own).count(), 1);
    assert!(shared.tracker.topology().port(ear).is_none());
    assert_eq!(snapshot.ports_of(own).count(), 2);
    // Nothing of the marks is left.
    let heard: Vec<_> = snapshot.connections_to(ear).collect();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].sender, Address::ANNOUNCE);
    assert_eq!(snapshot.connections_from(ear).count(), 0);
    let info = shared.client.port_info(ear).unwrap();
    assert_eq!(info.name(), "announcements");
    assert_eq!(info.caps(), PortCaps::WRITE | PortCaps::NO_EXPORT);

    drop(shared.tracker);
    let error = shared.client.port_info(ear).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

/// What was waiting when the graph was read is told apart from what came after, although
/// the tracker does not read the input.
#[test]
fn a_port_that_was_made_anew_before_the_snapshot_did_not_go() {
    need_sequencer!();
    // A client that receives only, too. What other tests do meanwhile may be more than a
    // pool holds, and then nothing can be told apart.
    for direction in [Direction::Duplex, Direction::Input] {
        while !is_told_apart(direction) {}
    }
}

/// Returns false if announcements were lost.
fn is_told_apart(direction: Direction) -> bool {
    let a = client("a");
    let b = client("b");
    let make = || a.create_port(PortOptions::new("port").number(3)).unwrap();
    let port = make();
    let other = b.create_port("other").unwrap();
    other.connect_to(&port).unwrap();
    let connection = format!("{} > {}", other.address(), port.address());
    let mut shared = Shared::new(with_room("shared").direction(direction));
    let mine = [a.id(), b.id()];

    // Nobody reads meanwhile.
    port.close().unwrap();
    let port = make();
    shared.tracker.refresh().unwrap();
    let at_once = texts_of(&shared.found(), &mine);
    // The exit and the start of the port are still to be read.
    let old = shared.changes_of(&mine);
    // Now the exit is news.
    port.close().unwrap();
    let _port = make();
    let news = shared.changes_of(&mine);
    if shared.overruns > 0 {
        return false;
    }
    assert_eq!(at_once, [format!("- {connection}")]);
    assert_eq!(old, [""; 0]);
    assert_eq!(news, ["- port", "+ port"]);
    true
}

#[test]
fn a_tracker_notices_lost_events() {
    need_sequencer!();
    let a = client("a");
    let ump = client("ump");
    describe_ump(&ump);
    let gone = a.create_port("gone").unwrap();
    let mut shared = Shared::new(ClientOptions::new(unique("shared")).input_pool(20));
    drop(gone);
    let ports: Vec<_> = (0..50)
        .map(|number| a.create_port(format!("new {number}")).unwrap())
        .collect();
    let (changes, _) = shared.read();
    assert!(changes.contains(&TopologyChange::Resynchronized));
    let told = texts_of(&changes, &[a.id()]);
    assert_eq!(told.len(), ports.len(), "{told:?}");
    // The first has the number of the one that is gone.
    assert!(told.contains(&"gone > new 0".to_owned()), "{told:?}");
    let endpoint = TopologyChange::EndpointChanged(ump.id());
    let is_ump = ump.info().unwrap().midi_version().is_ump();
    assert_eq!(changes.contains(&endpoint), is_ump);
    // A look without a loss does not say that.
    shared.tracker.refresh().unwrap();
    assert!(!shared.found().contains(&endpoint));
}

/// Every client can send to the tracker's port.
#[test]
fn a_tracker_ignores_announcements_of_other_clients() {
    need_sequencer!();
    let a = client("a");
    let out = a.create_port("out").unwrap();
    let mut shared = Shared::new(with_room("shared"));
    let ear = shared.tracker.port();
    let exit = || Event::new(EventData::PortExit(out.address()));
    for (event, is_for_it) in [
        (exit().from_port(&out).to(ear), true),
        (exit().from_port(Address::ANNOUNCE).to(&out), false),
        (numbered(1).from_port(&out).to(ear), true),
    ] {
        assert_eq!(shared.tracker.update(&event).unwrap(), is_for_it);
        assert_eq!(shared.tracker.next_change(), None);
    }
    assert!(shared.tracker.topology().port(&out).is_some());
}

#[test]
fn a_client_that_filters_announcements_gets_no_changes() {
    need_sequencer!();
    let filtered = client("filtered");
    filtered.set_event_filter(EventType::ECHO).unwrap();
    let refused = TopologyTracker::new(&filtered).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("event filter"), "{refused}");
    filtered.set_event_filter(EventFilter::ALL).unwrap();
    let _tracker = TopologyTracker::new(&filtered).unwrap();

    let options = ClientOptions::new(unique("ump")).midi_version(MidiVersion::Ump2);
    let filtered = match options.open() {
        Ok(client) => client,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
            return;
        }
    };
    let groups = GroupFilter::ALL.with_groupless(false);
    filtered.set_group_filter(groups).unwrap();
    let refused = TopologyTracker::new(&filtered).unwrap_err();
    assert!(refused.to_string().contains("group filter"), "{refused}");
}

#[test]
fn an_output_only_client_gets_no_changes() {
    need_sequencer!();
    let deaf = open(ClientOptions::new(unique("deaf")).direction(Direction::Output));
    let error = TopologyTracker::new(&deaf).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(deaf.ports_of(deaf.id()).count(), 0);
}

#[test]
fn waiting_ends_in_time_and_with_poll() {
    need_sequencer!();
    let mut monitor = TopologyMonitor::open(unique("monitor")).unwrap();
    // Other tests make changes meanwhile, but not for ever.
    let error = loop {
        match monitor.next_change_timeout(Duration::from_millis(1)) {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut);

    while monitor.try_next_change().unwrap().is_some() {}
    let a = client("a");
    let last = unique("last");
    let _port = a.create_port(last.as_str()).unwrap();
    loop {
        let mut files = [PollFd::new(monitor.as_fd(), PollFlags::POLLIN)];
        let timeout = PollTimeout::try_from(PATIENCE).unwrap();
        assert_eq!(poll(&mut files, timeout).unwrap(), 1);
        let mut found = false;
        while let Some(change) = monitor.try_next_change().unwrap() {
            found |= matches!(change, TopologyChange::PortAdded(port) if port.name() == last);
        }
        if found {
            break;
        }
    }
    let mut changes = monitor.changes();
    let end = unique("end");
    let _port = a.create_port(end.as_str()).unwrap();
    assert!(changes.any(|change| {
        matches!(change.unwrap(), TopologyChange::PortAdded(port) if port.name() == end)
    }));
}

#[test]
fn a_monitor_is_opened_with_the_given_options() {
    need_sequencer!();
    let name = unique("monitor");
    let options = ClientOptions::new(name.as_str())
        .device("/dev/snd/../snd/seq")
        .direction(Direction::Output)
        .input_pool(1);
    let mut monitor = TopologyMonitor::with_options(options).unwrap();
    assert_eq!(monitor.control().info().unwrap().name(), name);
    // But for what it cannot do without.
    assert_eq!(monitor.control().direction(), Direction::Input);
    assert_eq!(monitor.control().pool().unwrap().input(), 2000);
    let newcomer = client("newcomer");
    let port = newcomer.create_port("port").unwrap();
    loop {
        match monitor.next_change().unwrap() {
            TopologyChange::PortAdded(added) if added.address() == port.address() => break,
            _ => {}
        }
    }

    let error = TopologyMonitor::with_options(ClientOptions::new("x").device("/dev/null"));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}
