//! A monitor follows the graph.

use std::os::fd::AsFd;
use std::process::Command;
use std::time::Duration;

use alsa_seq::{
    Address, ClientId, ClientOptions, ConnectOptions, Direction, ErrorKind, Event, EventData,
    PortCaps, PortFilter, PortOptions, SequencerClient, Topology, TopologyChange, TopologyMonitor,
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use support::{PATIENCE, client, need_program, need_sequencer, unique};

use super::{Watch, describe_ump, part_of};

/// Returns the kernel's announcements while a client calls `act`. They include other clients'
/// announcements.
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
                // Other tests made too many changes meanwhile.
                Err(error) if error.kind() == ErrorKind::Overrun => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Returns whether this kernel announces changes of a client or port. This depends on its point
/// release.
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
fn the_graph_begins_with_the_existing_objects() {
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
    // The snapshot contains every client and port.
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
    // Another test's client may have had the number.
    let added = format!("+ client {}", a.id());
    told.drain(..told.iter().rposition(|change| *change == added).unwrap());
    // The library may set the name after the monitor reads the client.
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

    // If nothing differs, no change is reported.
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

/// Two ports can have several connections.
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

    // The monitor's client has further uses.
    let extra = control.create_port("extra").unwrap();
    extra.connect_from(Address::ANNOUNCE).unwrap();
    for watch in [&mut watch, &mut other] {
        assert_eq!(
            watch.changes_of(&[own, ClientId::SYSTEM]),
            ["+ extra".to_owned(), format!("+ 0:1 > {}", extra.address())]
        );
    }

    // No client can connect to the port where the monitor listens.
    let stranger = client("stranger");
    let out = stranger.create_port("out").unwrap();
    let error = out.connect_to(port).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let listed = stranger.ports(PortFilter::new()).unwrap();
    assert!(listed.iter().all(|listed| listed.address() != port));
    let caps = stranger.port_info(port).unwrap().caps();
    assert_eq!(caps, PortCaps::WRITE | PortCaps::NO_EXPORT);
}

/// Every client can send an event that looks like an announcement.
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
        // The event comes from port 1 of the liar; the system's port is 0:1.
        let from = Address::from((liar.id(), 1.into()));
        let event = Event::new(data).from_port(from).to(&receiver);
        liar.event_output_direct(&event).unwrap();
    }
    assert_eq!(watch.changes_of(&[a.id()]), [""; 0]);
    assert!(watch.topology().is_connected(&out, &input));

    // No other event arrives at all.
    let note = Event::note_on(0, 60, 100).unwrap().to(&receiver);
    let error = liar.event_output_direct(&note).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let sysex = Event::sysex(&[0xf0, 0xf7][..]).to(&receiver);
    assert!(liar.event_output_direct(&sysex).is_err());
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
    // A kernel announces both changes or neither. If other tests make so many changes that
    // announcements are lost, the monitor finally reports the whole endpoint as changed.
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
    // The monitor overrides the options that it needs.
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
