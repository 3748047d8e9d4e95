//! Endpoints and function blocks: declared, read, changed, announced.

use alsa_seq::ump::{BlockDirection, Group, Midi1Port, UiHint, UmpVersion};
use alsa_seq::{
    Address, ClientId, DeviceIdentity, EndpointOptions, ErrorKind, Event, EventData, EventType,
    FunctionBlockOptions, MidiVersion, Operation, PortCaps, PortDirection, PortId, PortOptions,
    SequencerClient, Subject, UmpProtocol,
};

use super::{kernel_version, need_ump, packet, speaker, ump};
use support::{client, need_sequencer, next_event};

fn group(number: u8) -> Group {
    Group::new(number).unwrap()
}

fn synth() -> EndpointOptions {
    EndpointOptions::new("Grüne Orgel")
        .product_id("no. 7")
        .protocol_caps(UmpProtocol::MIDI1 | UmpProtocol::MIDI2 | UmpProtocol::JRTS_RX)
        .identity(DeviceIdentity {
            manufacturer: 0x7d_00_00,
            family: 0x1234,
            model: 0x2345,
            software: [1, 2, 3, 4],
        })
        .function_block(
            FunctionBlockOptions::new("Manuals", group(0), 2)
                .direction(BlockDirection::Input)
                .hint(UiHint::Receiver)
                .ci_version(2)
                .sysex8_streams(3),
        )
        .function_block(
            FunctionBlockOptions::new("Pedals", group(1), 2)
                .direction(BlockDirection::Output)
                .hint(UiHint::Sender),
        )
        .function_block(
            FunctionBlockOptions::new("Old", group(3), 1)
                .midi1(Midi1Port::Slow)
                .hint(UiHint::Both),
        )
        .function_block(FunctionBlockOptions::new("", group(4), 1).active(false))
}

#[test]
fn endpoint_info_has_the_declared_values() {
    need_ump!();
    let observer = client("observer");
    let client = speaker("synth", MidiVersion::Ump2);
    let endpoint = client.create_endpoint(synth()).unwrap();

    let info = observer.endpoint_info(client.id()).unwrap();
    assert_eq!(info, endpoint.info().unwrap());
    assert_eq!(info.name(), "Grüne Orgel");
    assert_eq!(info.product_id(), "no. 7");
    assert_eq!(info.version(), UmpVersion::V1_1);
    assert_eq!(info.num_blocks(), 4);
    assert!(!info.has_static_blocks());
    assert_eq!(info.protocol(), UmpProtocol::MIDI2);
    assert!(
        info.protocol_caps()
            .contains(UmpProtocol::MIDI1 | UmpProtocol::JRTS_RX)
    );
    assert_eq!(info.identity().manufacturer, 0x7d_00_00);
    assert_eq!(info.identity().software, [1, 2, 3, 4]);
    assert_eq!(
        (info.identity().family, info.identity().model),
        (0x1234, 0x2345)
    );
    assert_eq!(info.device(), None);

    let blocks = observer.function_blocks(client.id()).unwrap();
    assert_eq!(blocks, endpoint.function_blocks().unwrap());
    let [manuals, pedals, old, idle] = &blocks[..] else {
        panic!("{blocks:?}");
    };
    assert_eq!(&observer.function_block(client.id(), 0).unwrap(), manuals);
    assert_eq!((manuals.number(), &*manuals.name()), (0, "Manuals"));
    assert_eq!(manuals.direction(), Some(BlockDirection::Input));
    assert_eq!(
        (manuals.first_group(), manuals.num_groups()),
        (Some(group(0)), 2)
    );
    assert_eq!(manuals.hint(), UiHint::Receiver);
    assert_eq!((manuals.ci_version(), manuals.sysex8_streams()), (2, 3));
    assert!(manuals.is_active() && manuals.midi1() == Midi1Port::No);
    assert_eq!(pedals.direction(), Some(BlockDirection::Output));
    assert!(pedals.has_group(group(1)) && pedals.has_group(group(2)));
    assert!(!pedals.has_group(group(0)) && !pedals.has_group(group(3)));
    assert_eq!(old.midi1(), Midi1Port::Slow);
    assert_eq!(old.direction(), Some(BlockDirection::Bidirectional));
    assert!(!idle.is_active());
    for block in &blocks {
        let options = FunctionBlockOptions::from(block);
        assert_eq!(options.clone().name("x"), options.name("x"));
    }
}

#[test]
fn an_endpoint_has_a_port_for_itself_and_one_for_each_group() {
    need_ump!();
    let observer = client("observer");
    let client = speaker("synth", MidiVersion::Ump2);
    let endpoint = client.create_endpoint(synth()).unwrap();
    let ports: Vec<_> = observer
        .ports_of(client.id())
        .map(|port| {
            let port = port.unwrap();
            let caps = port.caps();
            let mut flags = String::new();
            for (flag, letter) in [
                (PortOptions::SENDS, 'R'),
                (PortOptions::RECEIVES, 'W'),
                (PortCaps::DUPLEX, 'D'),
                (PortCaps::UMP_ENDPOINT, 'E'),
                (PortCaps::INACTIVE, 'i'),
            ] {
                if caps.contains(flag) {
                    flags.push(letter);
                }
            }
            if port.ump_is_midi1() {
                flags.push('1');
            }
            (
                port.address().port.number(),
                port.name().into_owned(),
                port.ump_group().map(Group::number),
                port.direction(),
                flags,
            )
        })
        .collect();
    use PortDirection::{Bidirectional, Input, Output};
    let expected = [
        (0, "MIDI 2.0", None, Bidirectional, "RWDE"),
        (1, "Group 1 (Manuals)", Some(0), Output, "W"),
        (
            2,
            "Group 2 (Manuals, Pedals)",
            Some(1),
            Bidirectional,
            "RWD",
        ),
        (3, "Group 3 (Pedals)", Some(2), Input, "R"),
        (4, "Group 4 (Old)", Some(3), Bidirectional, "RWD1"),
        (5, "Group 5", Some(4), Bidirectional, "RWDi"),
    ]
    .map(|(number, name, group, direction, flags)| {
        (
            number,
            name.to_owned(),
            group,
            Some(direction),
            flags.to_owned(),
        )
    });
    assert_eq!(ports, expected);
    assert_eq!(endpoint.group_ports().len(), 5);
    assert_eq!(endpoint.group_port(group(4)).unwrap().id(), PortId::new(5));
    assert!(endpoint.group_port(group(5)).is_none());
    assert_eq!(
        Address::from(&endpoint),
        Address::from((client.id(), PortId::new(0)))
    );
    drop(endpoint);
    assert_eq!(observer.ports_of(client.id()).count(), 0);
    // The client can create the endpoint again.
    let endpoint = client.create_endpoint(synth()).unwrap();
    endpoint.keep();
    assert_eq!(observer.ports_of(client.id()).count(), 6);
}

/// The kernel forwards packets between the endpoint's port and the groups' ports.
#[test]
fn the_kernel_forwards_packets_between_the_endpoint_and_its_groups() {
    need_ump!();
    let mut synth = speaker("synth", MidiVersion::Ump2);
    let endpoint = synth
        .create_endpoint(
            EndpointOptions::new("synth").function_block(FunctionBlockOptions::new(
                "all",
                group(0),
                3,
            )),
        )
        .unwrap();
    let (mut on_endpoint, endpoint_in) = super::with_port("on-endpoint", MidiVersion::Ump2);
    let (mut on_group, group_in) = super::with_port("on-group", MidiVersion::Ump2);
    endpoint_in.connect_from(endpoint.port()).unwrap();
    group_in
        .connect_from(endpoint.group_port(group(2)).unwrap())
        .unwrap();

    let third = "42903c00 80000000";
    let from_group = ump(third).from_port(endpoint.group_port(group(2)).unwrap());
    synth.event_output_direct(&from_group).unwrap();
    let from_endpoint = ump(third).from_port(endpoint.port());
    synth.event_output_direct(&from_endpoint).unwrap();
    // A packet of another group is only for the endpoint.
    let first = ump("40903c00 80000000").from_port(endpoint.port());
    synth.event_output_direct(&first).unwrap();
    for expected in [third, third, "40903c00 80000000"] {
        assert_eq!(
            next_event(&mut on_endpoint).packet(),
            Some(packet(expected))
        );
    }
    for expected in [third, third] {
        assert_eq!(next_event(&mut on_group).packet(), Some(packet(expected)));
    }
    assert_eq!(on_group.try_event_input().unwrap(), None);
    assert_eq!(on_endpoint.try_event_input().unwrap(), None);
}

/// Returns the kernel's notices, up to the event that marks the end.
fn notices(listener: &mut SequencerClient, of: ClientId) -> Vec<EventData<'static>> {
    let port = listener.ports_of(listener.id()).next().unwrap().unwrap();
    let mark = Event::new(EventData::Reset).to(&port);
    listener.event_output_direct(&mark).unwrap();
    let mut seen = Vec::new();
    loop {
        match next_event(listener).data() {
            EventData::Reset => return seen,
            EventData::UmpEndpointChange(client) if client == of => {
                seen.push(EventData::UmpEndpointChange(client));
            }
            EventData::UmpBlockChange { client, block } if client == of => {
                seen.push(EventData::UmpBlockChange { client, block });
            }
            _ => {}
        }
    }
}

#[test]
fn changes_are_made_and_announced() {
    need_ump!();
    let mut listener = client("listener");
    // Other tests create so many ports that the pool would have no room for these notices.
    let wanted = [
        EventType::UMP_ENDPOINT_CHANGE,
        EventType::UMP_BLOCK_CHANGE,
        EventType::RESET,
    ];
    listener.set_event_filter(wanted).unwrap();
    let input = listener.create_port("in").unwrap();
    input.connect_from(Address::ANNOUNCE).unwrap();
    let client = speaker("synth", MidiVersion::Ump2);
    let id = client.id();
    let endpoint = client
        .create_endpoint(
            EndpointOptions::new("synth")
                .groups(4)
                .function_block(FunctionBlockOptions::new("one", group(0), 1)),
        )
        .unwrap();
    // These events came with Linux 6.14, with version 1.0.5 of the protocol.
    let told = client.fd().pversion().unwrap() >= 0x1_0005;
    let expect = |expected: &[EventData<'static>]| match told {
        true => expected.to_vec(),
        false => Vec::new(),
    };
    let block = |block| EventData::UmpBlockChange { client: id, block };
    let change = EventData::UmpEndpointChange(id);
    let seen = notices(&mut listener, id);
    assert_eq!(seen, expect(&[change, block(0)]));

    let info = endpoint.info().unwrap();
    endpoint
        .set_info(EndpointOptions::from(&info).product_id("8").name("organ"))
        .unwrap();
    let info = listener.endpoint_info(id).unwrap();
    assert_eq!((&*info.name(), &*info.product_id()), ("organ", "8"));
    assert_eq!(info.num_blocks(), 1);
    assert_eq!(notices(&mut listener, id), expect(&[change]));

    let third = endpoint.group_port(group(2)).unwrap();
    assert!(third.info().unwrap().is_inactive());
    let two = FunctionBlockOptions::new("two", group(1), 3).direction(BlockDirection::Output);
    endpoint.set_function_block(1, two.clone()).unwrap();
    assert_eq!(notices(&mut listener, id), expect(&[change, block(1)]));
    let seen = third.info().unwrap();
    assert_eq!(seen.name(), "Group 3 (two)");
    assert!(!seen.is_inactive() && seen.caps().contains(PortOptions::SENDS));
    assert!(!seen.caps().contains(PortCaps::WRITE));
    assert_eq!(listener.endpoint_info(id).unwrap().num_blocks(), 2);

    endpoint
        .set_function_block(1, two.clone().active(false).name(""))
        .unwrap();
    assert_eq!(notices(&mut listener, id), expect(&[block(1)]));
    let seen = third.info().unwrap();
    assert_eq!(seen.name(), "Group 3");
    assert!(seen.is_inactive());

    for (number, bad) in [
        (3, &two),
        (1, &FunctionBlockOptions::new("too many", group(2), 3)),
        (1, &FunctionBlockOptions::new("none", group(2), 0)),
        (1, &FunctionBlockOptions::new("x".repeat(128), group(2), 1)),
    ] {
        let error = endpoint
            .set_function_block(number, bad.clone())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.operation(), Operation::SetFunctionBlock);
        assert_eq!(error.subject(), &Subject::Client(id));
    }
    assert_eq!(notices(&mut listener, id), []);
    drop(client);
    assert_eq!(endpoint.info().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(
        endpoint.set_function_block(0, two).unwrap_err().kind(),
        ErrorKind::Closed
    );
}

#[test]
fn an_inconsistent_endpoint_is_refused() {
    need_ump!();
    let client = speaker("synth", MidiVersion::Ump2);
    let block = |first, groups| FunctionBlockOptions::new("block", group(first), groups);
    let mut many = EndpointOptions::new("many");
    for _ in 0..33 {
        many = many.function_block(block(0, 1));
    }
    for bad in [
        EndpointOptions::new("x").groups(0),
        EndpointOptions::new("x").groups(17),
        EndpointOptions::new("x")
            .groups(2)
            .function_block(block(1, 2)),
        EndpointOptions::new("x").function_block(block(15, 2)),
        EndpointOptions::new("x").function_block(block(0, 0)),
        EndpointOptions::new("x").function_block(block(1, 255)),
        EndpointOptions::new("x".repeat(128)),
        EndpointOptions::new("x").product_id("a\0b"),
        EndpointOptions::new("x").protocol(UmpProtocol::empty()),
        EndpointOptions::new("x").protocol_caps(UmpProtocol::MIDI1),
        many,
    ] {
        let error = client.create_endpoint(bad.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}");
        assert_eq!(client.ports_of(client.id()).count(), 0);
        let error = client.endpoint_info(client.id()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    let endpoint = client
        .create_endpoint(EndpointOptions::new("x").groups(16).static_blocks(true))
        .unwrap();
    let error = client.create_endpoint("again").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(client.ports_of(client.id()).count(), 17);
    let error = endpoint.set_function_block(0, block(0, 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    // A port is in the way. The ports that were made before the error are deleted again.
    let client = speaker("in the way", MidiVersion::Ump1);
    let port = client.create_port(PortOptions::new("1").number(1)).unwrap();
    let error = client.create_endpoint("x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(client.ports_of(client.id()).count(), 1);
    drop(port);
    let endpoint = client.create_endpoint("x").unwrap();
    assert_eq!(endpoint.info().unwrap().protocol(), UmpProtocol::MIDI1);
    assert_eq!(endpoint.group_ports().len(), 1);
}

#[test]
fn an_endpoint_that_was_not_described_is_not_found() {
    need_ump!();
    let legacy = client("legacy");
    let silent = speaker("silent", MidiVersion::Ump2);
    for (id, hint) in [
        (legacy.id(), "not a UMP client"),
        (silent.id(), "has not described"),
    ] {
        for error in [
            legacy.endpoint_info(id).unwrap_err(),
            legacy.function_blocks(id).unwrap_err(),
            legacy.function_block(id, 0).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert!(
                error.hint().is_some_and(|text| text.contains(hint)),
                "{error:?}"
            );
        }
    }
    let error = legacy.endpoint_info(ClientId::new(191)).unwrap_err();
    assert_eq!(
        (error.kind(), error.raw_os_error()),
        (ErrorKind::NotFound, Some(2))
    );
    let error = legacy.function_block(silent.id(), 32).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = legacy.create_endpoint("x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(legacy.ports_of(legacy.id()).count(), 0);

    // This client declares fewer blocks than it promises.
    let endpoint = silent.create_endpoint(synth()).unwrap();
    assert_eq!(legacy.function_blocks(silent.id()).unwrap().len(), 4);
    let error = legacy.function_block(silent.id(), 4).unwrap_err();
    assert_eq!(
        (error.kind(), error.raw_os_error()),
        (ErrorKind::NotFound, Some(19))
    );
    endpoint.keep();
}

#[test]
fn without_ump_there_are_no_endpoints() {
    need_sequencer!();
    if support::kernel_has_ump() {
        return;
    }
    let mut client = client("legacy");
    let id = client.id();
    for error in [
        client.endpoint_info(id).unwrap_err(),
        client.function_blocks(id).unwrap_err(),
        client.function_block(id, 0).unwrap_err(),
        client.function_block(id, 99).unwrap_err(),
        client.create_endpoint("x").unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
    }
    let options = PortOptions::new("port")
        .direction(PortDirection::Input)
        .ump_group(group(3));
    let port = client.create_port(options).unwrap();
    let info = port.info().unwrap();
    // Since 6.5, ports have both values, with UMP or without.
    let kept = match kernel_version() < (6, 5) {
        true => (None, None),
        false => (Some(PortDirection::Input), Some(group(3))),
    };
    assert_eq!((info.direction(), info.ump_group()), kept);
    client
        .event_output_direct(&Event::note_on(0, 1, 2).unwrap().to(&port))
        .unwrap();
    assert_eq!(
        next_event(&mut client).data(),
        Event::note_on(0, 1, 2).unwrap().data()
    );
}
