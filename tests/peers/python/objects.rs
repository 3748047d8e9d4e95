//! Clients, ports, queues and connections.

use std::collections::BTreeMap;

use alsa_seq::Event;
use alsa_seq::{
    Address, ClientId, ClientKind, ConnectOptions, Connection, EventData, EventFilter, EventType,
    Port, PortCaps, PortFilter, PortId, PortOptions, PortType, QueueId, QueueOptions, RealTime,
    SequencerClient, Stamp, Tempo,
};

use support::{PATIENCE, client, unique};

use super::events::pam;
use super::{Peer, address, ask, at, need_python, quiet};

/// Returns a row of an answer with the names of its fields.
fn named(names: &str, row: &[String]) -> BTreeMap<String, String> {
    let names: Vec<_> = names.split(' ').map(str::to_owned).collect();
    assert_eq!(names.len(), row.len(), "{row:?}");
    names.into_iter().zip(row.iter().cloned()).collect()
}

macro_rules! assert_fields {
    ($fields:expr, $($name:ident: $value:expr),+ $(,)?) => {
        let fields = $fields;
        $(assert_eq!(
            fields[stringify!($name)],
            $value.to_string(),
            concat!("field ", stringify!($name))
        );)+
    };
}

const CLIENT: &str = "client_id name type num_ports event_lost card_id pid broadcast_filter";
const PORT: &str = "name capability type midi_channels midi_voices synth_voices read_use \
                    write_use timestamping timestamp_real timestamp_queue_id";

#[test]
fn the_peer_sees_our_client_unchanged() {
    need_python!();
    let client = client("ours");
    let _port = client.create_port(quiet("port")).unwrap();
    client.set_error_bounce(true).unwrap();
    let filter = EventFilter::from_iter([EventType::NOTE_ON, EventType::SYSEX]);
    client.set_event_filter(filter).unwrap();
    let info = client.info().unwrap();
    let mut peer = Peer::start("peer");

    let row = &ask!(peer, "info", client.id())[0];
    assert_fields!(
        named(CLIENT, row),
        client_id: client.id(),
        name: info.name(),
        type: 1,
        num_ports: 1,
        event_lost: 0,
        card_id: "-",
        pid: info.pid().unwrap(),
        broadcast_filter: 0,
    );
    let types = &ask!(peer, "filter", client.id())[0];
    assert_eq!(*types, ["6", "130"]);
    client.set_event_filter(EventFilter::ALL).unwrap();
    assert_eq!(ask!(peer, "filter", client.id())[0], ["-"]);

    let clients = ask!(peer, "clients");
    assert!(clients.contains(&vec![client.id().to_string(), info.name().into_owned()]));
    let id = client.id();
    drop(client);
    let error = peer.ask(&[&"info", &id]).unwrap_err();
    assert!(error.starts_with("ALSAError"), "{error}");
}

#[test]
fn we_see_the_peers_client_unchanged() {
    need_python!();
    let client = client("ours");
    let mut peer = Peer::start("peer");
    peer.port("port", PortOptions::SENDS);
    ask!(peer, "set_filter", 6, 7, 130);
    let info = client.client_info(peer.id).unwrap();
    assert_eq!(info.name(), peer.name);
    assert_eq!(info.kind(), ClientKind::User);
    assert_eq!(info.num_ports(), 1);
    assert_eq!(info.pid(), Some(peer.child.id()));
    let filter = info.event_filter();
    let types: Vec<u8> = filter.types().map(EventType::number).collect();
    assert_eq!(types, [6, 7, 130]);
    assert!(client.clients().any(|found| found.unwrap() == info));

    let row = &ask!(peer, "pool")[0];
    let pool = client.client_pool(peer.id).unwrap();
    assert_fields!(
        named("output_pool input_pool output_room output_free input_free", row),
        output_pool: pool.output(),
        input_pool: pool.input(),
        output_room: pool.output_room(),
        output_free: pool.output_free(),
        input_free: pool.input_free(),
    );
    let system = client.system_info().unwrap();
    let row = &ask!(peer, "system")[0];
    assert_fields!(
        named("queues clients ports channels", row),
        queues: system.max_queues(),
        clients: system.max_clients(),
        ports: system.max_ports(),
    );
}

#[test]
fn the_peer_sees_our_ports_unchanged() {
    need_python!();
    let client = client("ours");
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let mut peer = Peer::start("peer");
    let options = quiet("a port, with a long name")
        .caps(PortOptions::BOTH | PortCaps::NO_EXPORT)
        .number(17)
        .midi_channels(16)
        .midi_voices(32)
        .synth_voices(64);
    let port = client
        .create_port(options.clone().stamp_real_time(&queue))
        .unwrap();
    assert_eq!(
        ask!(peer, "query_ports", client.id()),
        [[at(&port), "a port, with a long name".to_owned()]]
    );
    let row = &ask!(peer, "port_info", at(&port))[0];
    assert_fields!(
        named(PORT, row),
        name: "a port, with a long name",
        capability: (PortOptions::BOTH | PortCaps::NO_EXPORT).bits(),
        type: PortType::APPLICATION.bits(),
        midi_channels: 16,
        midi_voices: 32,
        synth_voices: 64,
        read_use: 0,
        write_use: 0,
        timestamping: 1,
        timestamp_real: 1,
        timestamp_queue_id: queue.id(),
    );

    port.set_info(options.name("renamed").stamp_ticks(&queue))
        .unwrap();
    port.connect_to(&port).unwrap();
    let row = &ask!(peer, "port_info", at(&port))[0];
    assert_fields!(
        named(PORT, row),
        name: "renamed",
        read_use: 1,
        write_use: 1,
        timestamping: 1,
        timestamp_real: 0,
    );
    let gone = at(&port);
    drop(port);
    assert!(peer.ask(&[&"port_info", &gone]).is_err());
}

#[test]
fn we_see_the_peers_ports_unchanged() {
    need_python!();
    let client = client("ours");
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let mut peer = Peer::start("peer");
    let row = &ask!(peer, "full_port", "full", 17, 16, 32, 64, 1, queue.id())[0];
    let full = address(&row[0]);
    assert_eq!(full, Address::from((peer.id, PortId::new(17))));
    let info = client.port_info(full).unwrap();
    assert_eq!(info.name(), "full");
    assert_eq!(info.caps(), PortOptions::BOTH);
    assert_eq!(
        info.port_type(),
        PortType::MIDI_GENERIC | PortType::SOFTWARE
    );
    assert_eq!(info.midi_channels(), 16);
    assert_eq!((info.midi_voices(), info.synth_voices()), (32, 64));
    assert_eq!(info.stamp(), Some(Stamp::RealTime(queue.id())));

    let plain = peer.port("plain", PortOptions::SENDS);
    let ports: Vec<_> = client.ports_of(peer.id).map(Result::unwrap).collect();
    let found: Vec<_> = ports
        .iter()
        .map(|port| (port.address(), port.name()))
        .collect();
    assert_eq!(found, [(plain, "plain".into()), (full, "full".into())]);
    ask!(peer, "close_port", 17);
    assert_eq!(client.ports_of(peer.id).count(), 1);
}

/// Both libraries list the same ports in the same order, for every filter.
#[test]
fn ports_are_listed_alike() {
    need_python!();
    let mut peer = Peer::start("peer");
    let clients = [
        client("a"),
        SequencerClient::open("Midi Through").unwrap(),
        client("b"),
    ];
    let generic = PortType::MIDI_GENERIC;
    let types = [
        generic,
        PortType::empty(),
        generic | PortType::MIDI_GM,
        generic | PortType::SYNTHESIZER,
        generic | PortType::SYNTHESIZER | PortType::MIDI_GM,
        PortType::APPLICATION,
        generic | PortType::HARDWARE,
    ];
    let caps = [
        PortOptions::BOTH,
        PortOptions::SENDS,
        PortOptions::RECEIVES | PortCaps::READ,
        PortOptions::RECEIVES | PortCaps::NO_EXPORT,
        PortCaps::WRITE,
        PortCaps::READ | PortCaps::SUBS_WRITE,
        PortCaps::empty(),
    ];
    let mut ports: Vec<Port> = Vec::new();
    for client in &clients {
        let every_type = types.map(|port_type| (PortOptions::BOTH, port_type));
        let every_caps = caps.map(|caps| (caps, generic | PortType::SYNTHESIZER));
        for (number, (caps, port_type)) in every_type.into_iter().chain(every_caps).enumerate() {
            let options = PortOptions::new(format!("port {number}"));
            let options = options.caps(caps).port_type(port_type);
            ports.push(client.create_port(options).unwrap());
        }
    }
    // Other tests make ports at the same time.
    let known = |port: Address| {
        let kernel = port.client < ClientId::new(128);
        kernel || clients.iter().any(|client| client.id() == port.client)
    };
    for way in 0..1 << 7 {
        let yes = |bit: u8| way & 1 << bit != 0;
        for port_type in [generic, PortType::empty()] {
            let which = PortFilter::new()
                .sends(yes(0))
                .receives(yes(1))
                .port_type(port_type)
                .include_system(yes(2))
                .include_midi_through(yes(3))
                .include_no_export(yes(4))
                .only_connectable(yes(5))
                .sorted(yes(6));
            let (input, output, through) = (u8::from(yes(0)), u8::from(yes(1)), u8::from(yes(3)));
            let (system, export) = (u8::from(yes(2)), u8::from(yes(4)));
            let (connectable, sorted) = (u8::from(yes(5)), u8::from(yes(6)));
            let bits = port_type.bits();
            let theirs: Vec<(Address, String, String)> = ask!(
                peer,
                "list_ports",
                input,
                output,
                bits,
                system,
                through,
                export,
                connectable,
                sorted
            )
            .into_iter()
            .map(|row| (address(&row[0]), row[1].clone(), row[2].clone()))
            .filter(|(port, _, _)| known(*port))
            .collect();
            let ours: Vec<(Address, String, String)> = clients[0]
                .ports(which)
                .unwrap()
                .iter()
                .filter(|port| known(port.address()))
                .map(|port| {
                    let client = port.client_name().unwrap().to_owned();
                    (port.address(), client, port.name().into_owned())
                })
                .collect();
            assert_eq!(ours, theirs, "{which:?}");
        }
    }
}

#[test]
fn queues_are_seen_alike() {
    need_python!();
    let client = client("ours");
    let mut peer = Peer::start("peer");

    let name = unique("our queue");
    let ours = client
        .create_queue(QueueOptions::new().name(&*name))
        .unwrap();
    let tempo = Tempo::from_micros(400_000).unwrap().with_ppq(480).unwrap();
    ours.set_tempo(tempo).unwrap();
    ours.set_skew(0x18000).unwrap();
    ours.set_position_tick(1234).unwrap();
    ours.set_position_time(RealTime::new(5, 6).unwrap())
        .unwrap();
    let row = &ask!(peer, "queue_info", ours.id())[0];
    assert_fields!(
        named("name owner locked", row),
        name: name,
        owner: client.id(),
        locked: 1,
    );
    assert_eq!(ask!(peer, "queue_named", name), [[ours.id().to_string()]]);
    let row = &ask!(peer, "queue_status", ours.id())[0];
    assert_fields!(
        named("events tick_time real_time running", row),
        events: 0,
        tick_time: 1234,
        real_time: "t5.000000006",
        running: 0,
    );
    ask!(peer, "use_queue", ours.id());
    let row = &ask!(peer, "tempo", ours.id())[0];
    assert_fields!(
        named("tempo ppq skew skew_base", row),
        tempo: 400_000,
        ppq: 480,
        skew: 0x18000,
        skew_base: 0x10000,
    );
    let timer = ours.timer().unwrap();
    let row = &ask!(peer, "timer", ours.id())[0];
    let names = "class sclass card device subdevice type resolution";
    assert_fields!(
        named(names, row),
        class: timer.class,
        card: timer.card,
        device: timer.device,
        subdevice: timer.subdevice,
        resolution: timer.resolution,
    );
    let error = peer
        .ask(&[&"set_tempo", &ours.id(), &500_000, &96])
        .unwrap_err();
    assert!(error.contains("not permitted"), "locked: {error}");

    let name = unique("their queue");
    let id: u8 = ask!(peer, "queue", name, 0)[0][0].parse().unwrap();
    ask!(peer, "set_tempo", id, 300_000, 240);
    let info = client.find_queue(&name).unwrap();
    assert_eq!((info.id(), info.owner()), (QueueId::new(id), peer.id));
    assert!(!info.is_locked());
    assert!(client.queues().unwrap().contains(&info));
    let theirs = client.queue(id).unwrap();
    let tempo = theirs.tempo().unwrap();
    assert_eq!((tempo.micros_per_quarter(), tempo.ppq()), (300_000, 240));
    ask!(peer, "start", id);
    assert!(theirs.status().unwrap().is_running());
    // The queue is not locked.
    theirs.stop().unwrap();
    let row = &ask!(peer, "queue_status", id)[0];
    assert_eq!(row[3], "0");
}

#[test]
fn connections_are_seen_alike() {
    need_python!();
    let mut client = client("ours");
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let out = client.create_port(quiet("out")).unwrap();
    let mut peer = Peer::start("peer");
    let input = peer.port("in", PortOptions::RECEIVES);
    let mut link = Connection::new(out.address(), input);
    let (sender, receiver) = (out.address(), input);

    // We connect: the kernel notifies the other client, and it sees the connection.
    let options = ConnectOptions::new()
        .exclusive(true)
        .stamp_real_time(queue.id());
    client.connect(&out, input, options).unwrap();
    let told = ask!(peer, "receive");
    assert_eq!(
        told[0],
        pam(&EventData::PortSubscribed { sender, receiver })
    );
    let names = "type addr queue_id exclusive time_update time_real";
    let rows = ask!(peer, "subscribers", at(input));
    assert_eq!(rows.len(), 1);
    assert_fields!(
        named(names, &rows[0]),
        type: 1,
        addr: at(&out),
        queue_id: queue.id(),
        exclusive: 1,
        time_update: 1,
        time_real: 1,
    );
    out.disconnect_to(input).unwrap();
    let told = ask!(peer, "receive");
    assert_eq!(
        told[0],
        pam(&EventData::PortUnsubscribed { sender, receiver })
    );
    assert!(ask!(peer, "subscribers", at(input)).is_empty());

    // The other client connects: the kernel notifies us, and we see the connection.
    for (update, real, stamp) in [
        (0, 0, None),
        (1, 0, Some(Stamp::Ticks(queue.id()))),
        (1, 1, Some(Stamp::RealTime(queue.id()))),
    ] {
        ask!(
            peer,
            "connect",
            at(&out),
            at(input),
            0,
            update,
            real,
            queue.id()
        );
        assert_eq!(
            notice(&mut client).data(),
            EventData::PortSubscribed { sender, receiver }
        );
        link.stamp = stamp;
        assert_eq!(out.receivers().unwrap(), [link]);
        // Our disconnection removes every connection. Theirs removes only plain connections.
        if stamp.is_none() {
            ask!(peer, "disconnect", at(&out), at(input));
            assert_eq!(
                notice(&mut client).data(),
                EventData::PortUnsubscribed { sender, receiver }
            );
        } else {
            out.disconnect_to(input).unwrap();
        }
        assert_eq!(out.receivers().unwrap(), []);
    }
    ask!(peer, "connect", at(&out), at(input), 1, 0, 0, 0);
    assert!(client.connection(&out, input).unwrap().exclusive);
}

fn notice(client: &mut SequencerClient) -> Event<'static> {
    client.event_input_timeout(PATIENCE).unwrap()
}
