//! Lists clients and ports, in order.

use alsa_seq::{
    Address, ClientId, ErrorKind, EventType, PortCaps, PortFilter, PortOptions, PortType,
    TopologyChange,
};

use support::{client, need_sequencer};

#[test]
fn clients_are_found() {
    need_sequencer!();
    let mine = client("mine");
    let other = client("other");
    let ids: Vec<ClientId> = mine.clients().map(|info| info.unwrap().id()).collect();
    assert!(ids.is_sorted());
    for id in [ClientId::SYSTEM, mine.id(), other.id()] {
        assert!(ids.contains(&id), "{id} is missing");
    }
    let system = mine.client_info(ClientId::SYSTEM).unwrap();
    assert_eq!(system.name(), "System");
    let error = mine.client_info(ClientId::new(191)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    let info = mine.system_info().unwrap();
    assert_eq!(
        (info.max_clients(), info.max_queues(), info.max_ports()),
        (192, 32, 254)
    );
    assert!(info.num_clients() >= 3);
    let queues = info.num_queues();
    let _queue = mine.create_queue("queue").unwrap();
    assert!((0..=32).contains(&queues));
    assert!(mine.system_info().unwrap().num_queues() >= 1);
}

#[test]
fn ports_are_found() {
    need_sequencer!();
    let client = client("owner");
    let numbers = [0, 7, 250, 252];
    let ports = numbers.map(|number| {
        client
            .create_port(PortOptions::new(format!("p{number}")).number(number))
            .unwrap()
    });
    let found: Vec<_> = client.ports_of(client.id()).map(Result::unwrap).collect();
    assert_eq!(found.len(), 4);
    for (found, port) in found.iter().zip(&ports) {
        assert_eq!(*found, port.info().unwrap());
    }
    assert_eq!(client.ports_of(ClientId::new(191)).count(), 0);
}

#[test]
fn the_best_port_is_listed_first() {
    need_sequencer!();
    let client = client("owner");
    let port = |name: &str, bits: PortType, caps: PortCaps| {
        client
            .create_port(PortOptions::new(name).port_type(bits).caps(caps))
            .unwrap()
    };
    let midi = PortType::MIDI_GENERIC;
    let synth = PortType::SYNTHESIZER;
    let gm = PortType::MIDI_GM;
    let plain = port("plain", midi, PortOptions::RECEIVES);
    let general = port("gm", midi | gm, PortOptions::RECEIVES);
    let synthesizer = port("synth", midi | synth, PortOptions::BOTH);
    let best = port("gm synth", midi | synth | gm, PortOptions::RECEIVES);
    let source = port("source", midi, PortOptions::SENDS);
    let private = port("private", midi, PortOptions::RECEIVES | PortCaps::NO_EXPORT);
    let deaf = port("deaf", midi, PortCaps::WRITE);
    let other = port("other", PortType::SPECIFIC, PortOptions::BOTH);

    let list = |which: PortFilter| -> Vec<Address> {
        let ports = client.ports(which).unwrap();
        let mine = ports.iter().filter(|p| p.address().client == client.id());
        mine.map(|p| p.address()).collect()
    };
    let output = PortFilter::new().receives(true);
    assert_eq!(list(output.include_own(false)), []);
    assert_eq!(
        list(output),
        [&best, &synthesizer, &general, &plain, &private].map(Address::from)
    );
    assert_eq!(
        list(output.sorted(false)),
        [&plain, &general, &synthesizer, &best, &private].map(Address::from)
    );
    assert_eq!(
        list(output.include_no_export(false)),
        [&best, &synthesizer, &general, &plain].map(Address::from)
    );
    assert_eq!(
        list(output.only_connectable(false)),
        [&best, &synthesizer, &general, &plain, &private, &deaf].map(Address::from)
    );
    assert_eq!(
        list(PortFilter::new().sends(true)),
        [&synthesizer, &source].map(Address::from)
    );
    assert_eq!(list(output.sends(true)), [Address::from(&synthesizer)]);
    assert_eq!(
        list(PortFilter::new().sends(true).port_type(PortType::empty())),
        [&synthesizer, &source, &other].map(Address::from)
    );
}

#[test]
fn the_systems_and_the_through_ports_are_special() {
    need_sequencer!();
    let client = client("owner");
    let port = client.create_port("mine").unwrap();
    let any = PortFilter::new().port_type(PortType::empty());
    let has_system = |which| {
        let ports = client.ports(which).unwrap();
        ports.iter().any(|p| p.address().client == ClientId::SYSTEM)
    };
    assert!(!has_system(any));
    assert!(has_system(any.include_system(true)));

    // Some kernels do not have Midi Through.
    let ports = client.ports(PortFilter::new().receives(true)).unwrap();
    let through = |ports: &[alsa_seq::PortInfo]| {
        ports
            .iter()
            .filter(|p| p.client_name() == Some("Midi Through"))
            .count()
    };
    if through(&ports) > 0 {
        assert_eq!(
            ports.last().unwrap().client_name(),
            Some("Midi Through"),
            "the through port comes last"
        );
        let without = client
            .ports(PortFilter::new().receives(true).include_midi_through(false))
            .unwrap();
        assert_eq!(through(&without), 0);
        assert!(without.iter().any(|p| p.address() == port.address()));
    }
}

/// The output is short, and does not contain the kernel's reserved fields.
#[test]
fn debug_output_is_short_and_readable() {
    need_sequencer!();
    let client = client("printed");
    let port = client.create_port("port").unwrap();
    let queue = client.create_queue("song").unwrap();
    let (info, port) = (client.info().unwrap(), port.info().unwrap());
    let name = info.name().into_owned();
    let (id, pid) = (client.id(), info.pid().unwrap());
    assert_eq!(
        format!("{info:?}"),
        format!(
            "ClientInfo {{ id: ClientId({id}), name: {name:?}, kind: User, num_ports: 1, \
             pid: {pid} }}"
        )
    );
    let printed = format!("{port:?}");
    let start =
        format!("PortInfo {{ address: Address({id}:0), name: \"port\", caps: PortCaps(READ");
    assert!(printed.starts_with(&start), "{printed}");
    assert_eq!(
        format!("{:?}", client.pool().unwrap()),
        "ClientPool { output: 500, output_free: 0, output_room: 0, input: 200, input_free: 200 }"
    );
    assert_eq!(
        format!("{:?}", queue.status().unwrap()),
        "QueueStatus { is_running: false, tick: 0, real_time: RealTime { secs: 0, nanos: 0 }, \
         num_events: 0 }"
    );
    for printed in [
        format!("{:?}", queue.info().unwrap()),
        format!("{:?}", client.system_info().unwrap()),
        format!("{:?}", TopologyChange::PortAdded(port)),
        printed,
    ] {
        assert!(!printed.contains("reserved"), "{printed}");
        assert!(printed.len() < 250, "{} bytes: {printed}", printed.len());
    }
    assert_eq!(format!("{:?}", EventType::NOTE_ON), "EventType(note-on)");
    assert_eq!(format!("{:?}", EventType::new(77)), "EventType(type-77)");
}
