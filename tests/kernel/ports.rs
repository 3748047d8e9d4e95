//! Ports, and the connections between them.

use alsa_seq::{
    ConnectOptions, Connection, ErrorKind, PortCaps, PortId, PortOptions, PortType, Stamp,
};

use support::{client, need_sequencer};

#[test]
fn a_new_port_has_the_default_settings() {
    need_sequencer!();
    let observer = client("observer");
    let client = client("owner");
    let port = client.create_port("plain").unwrap();

    let info = observer.port_info(&port).unwrap();
    assert_eq!(info.address(), port.address());
    assert_eq!(info.address().client, client.id());
    assert_eq!(info.name(), "plain");
    assert_eq!(
        info.caps(),
        PortCaps::READ | PortCaps::WRITE | PortCaps::SUBS_READ | PortCaps::SUBS_WRITE
    );
    assert_eq!(
        info.port_type(),
        PortType::MIDI_GENERIC | PortType::SOFTWARE
    );
    assert_eq!(info, port.info().unwrap());
}

#[test]
fn a_port_has_the_requested_settings() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("stamps").unwrap();
    let port = client
        .create_port(
            PortOptions::new("special")
                .caps(PortOptions::RECEIVES | PortCaps::NO_EXPORT)
                .port_type(PortType::MIDI_GM | PortType::SYNTHESIZER)
                .number(17)
                .midi_channels(16)
                .stamp_real_time(&queue),
        )
        .unwrap();
    assert_eq!(port.id(), PortId::new(17));
    let info = port.info().unwrap();
    assert_eq!(
        info.caps(),
        PortCaps::WRITE | PortCaps::SUBS_WRITE | PortCaps::NO_EXPORT
    );
    assert_eq!(info.port_type(), PortType::MIDI_GM | PortType::SYNTHESIZER);
    assert_eq!(info.raw().midi_channels, 16);
    assert_eq!(info.raw().time_queue, queue.id().number());
}

#[test]
fn a_number_is_given_once() {
    need_sequencer!();
    let client = client("owner");
    let first = client.create_port(PortOptions::new("a").number(3)).unwrap();
    let error = client
        .create_port(PortOptions::new("b").number(3))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(first.info().unwrap().name(), "a");
    for number in [253, 254, 255] {
        let error = client
            .create_port(PortOptions::new("b").number(number))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{number}");
    }
}

#[test]
fn dropping_deletes_and_keeping_keeps() {
    need_sequencer!();
    let client = client("owner");
    let dropped = client.create_port("dropped").unwrap();
    let closed = client.create_port("closed").unwrap();
    let kept = client.create_port("kept").unwrap();
    let (dropped_address, closed_address) = (dropped.address(), closed.address());

    drop(dropped);
    closed.close().unwrap();
    let kept = kept.keep();
    for gone in [dropped_address, closed_address] {
        let error = client.port_info(gone).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(
            error.to_string(),
            format!("get port info {gone}: no such file or directory (ENOENT)")
        );
    }
    assert_eq!(client.port_info(kept).unwrap().name(), "kept");
}

#[test]
fn connections_are_seen_from_both_sides() {
    need_sequencer!();
    let a = client("a");
    let b = client("b");
    let out = a.create_port("out").unwrap();
    let input = b.create_port("in").unwrap();
    let queue = b.create_queue("stamps").unwrap();

    out.connect_to(&input).unwrap();
    let plain = Connection::new(out.address(), input.address());
    assert_eq!(b.connections_from(&out).unwrap(), [plain]);
    assert_eq!(a.connections_to(&input).unwrap(), [plain]);
    assert_eq!(a.connections_to(&out).unwrap(), []);
    let uses = |port: &alsa_seq::Port| {
        let info = port.info().unwrap();
        (info.num_receivers(), info.num_senders())
    };
    assert_eq!((uses(&out), uses(&input)), ((1, 0), (0, 1)));

    let error = out.connect_to(&input).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(
        error.to_string(),
        format!(
            "connect {} -> {}: device or resource busy (EBUSY)",
            out.address(),
            input.address()
        )
    );
    input.disconnect_from(&out).unwrap();
    let error = input.disconnect_from(&out).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.hint(), Some("the ports are not connected"));

    let options = ConnectOptions::new()
        .exclusive(true)
        .stamp_real_time(&queue);
    b.connect(&out, &input, options).unwrap();
    let mut special = plain;
    special.exclusive = true;
    special.stamp = Some(Stamp::RealTime(queue.id()));
    assert_eq!(a.connections_from(&out).unwrap(), [special]);
    out.disconnect_to(&input).unwrap();
    assert_eq!(a.connections_from(&out).unwrap(), []);
}

#[test]
fn a_port_is_changed_as_a_whole_or_in_part() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("stamps").unwrap();
    let port = client
        .create_port(
            PortOptions::new("before")
                .midi_channels(16)
                .midi_voices(32)
                .synth_voices(64)
                .stamp_ticks(&queue),
        )
        .unwrap();
    let before = port.info().unwrap();
    assert_eq!(before.stamp(), Some(Stamp::Ticks(queue.id())));
    assert_eq!(before.midi_channels(), 16);
    assert_eq!((before.midi_voices(), before.synth_voices()), (32, 64));

    port.set_info(PortOptions::from(&before).name("after"))
        .unwrap();
    let after = port.info().unwrap();
    assert_eq!(after.name(), "after");
    assert_eq!(
        PortOptions::from(&after).name("before").caps(after.caps()),
        PortOptions::from(&before)
    );
    port.set_info(PortOptions::sender("plain")).unwrap();
    let plain = port.info().unwrap();
    assert_eq!(plain.caps(), PortOptions::SENDS);
    assert_eq!((plain.stamp(), plain.midi_channels()), (None, 0));

    let error = port.set_info(PortOptions::new("")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(port.info().unwrap(), plain);
}

/// Two ports can have several connections, and each connection delivers every event.
#[test]
fn disconnecting_undoes_every_connection() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("stamps").unwrap();
    let a = client.create_port("a").unwrap();
    let b = client.create_port("b").unwrap();
    let plain = ConnectOptions::new();
    for options in [
        plain,
        plain.stamp_ticks(&queue),
        plain.stamp_real_time(&queue),
    ] {
        client.connect(&a, &b, options).unwrap();
    }
    assert_eq!(a.receivers().unwrap().len(), 3);
    assert_eq!(b.senders().unwrap(), a.receivers().unwrap());
    let one = client.connection(&a, &b).unwrap();
    assert!(a.receivers().unwrap().contains(&one));

    a.disconnect_to(&b).unwrap();
    assert_eq!(a.receivers().unwrap(), []);
    let error = client.connection(&a, &b).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

/// Linux 6.1 accepts a port number at which its own enumeration starts again.
#[test]
fn listing_ports_ends() {
    need_sequencer!();
    let client = client("owner");
    let _port = client.create_port("plain").unwrap();
    let mut raw = alsa_seq::abi::info::PortInfo::zeroed();
    raw.addr = alsa_seq::abi::event::Address::new(client.id().number(), 255);
    raw.flags = alsa_seq::abi::flags::PortFlags::GIVEN_PORT;
    let mut expected = 1;
    if client.fd().create_port(&mut raw).is_ok() {
        expected += 1;
    }
    assert_eq!(client.ports_of(client.id()).take(1000).count(), expected);
}

#[test]
fn a_connection_is_listed_while_others_are_removed() {
    need_sequencer!();
    let a = client("from");
    let b = client("to");
    let out = a.create_port("out").unwrap();
    let go: Vec<_> = (0..40).map(|_| b.create_port("goes").unwrap()).collect();
    let stays = b.create_port("stays").unwrap();
    for _ in 0..50 {
        // The removed connections are before the one that stays, and each removal changes its
        // position.
        for input in &go {
            out.connect_to(input).unwrap();
        }
        out.connect_to(&stays).unwrap();
        std::thread::scope(|scope| {
            let all_gone = scope.spawn(|| {
                for input in &go {
                    b.disconnect(&out, input).unwrap();
                }
            });
            while !all_gone.is_finished() {
                let listed = a.connections_from(&out).unwrap();
                let found = listed
                    .iter()
                    .filter(|connection| connection.receiver == stays.address());
                assert_eq!(found.count(), 1, "{listed:?}");
            }
        });
        out.disconnect_to(&stays).unwrap();
    }
}
