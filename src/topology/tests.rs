//! Tests the graph with a small model of the sequencer. The model changes between
//! any two queries, announces changes late and in any order, and loses
//! announcements that are not read. Other tests check the real kernel.

mod follower;
mod world;

use super::reconcile::{Tense, announcement};
use super::*;
use crate::event::{Event, EventData};
use follower::{Follower, still, still_world};
use world::{CLIENTS, FIRST, Owner, PORTS, World};

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
        follower.reported.connections.remove(&(port, receiver));
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
