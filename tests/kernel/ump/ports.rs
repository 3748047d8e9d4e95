//! Ports and UMP: their direction, their group, their flags.

use alsa_seq::ump::Group;
use alsa_seq::{ErrorKind, MidiVersion, PortCaps, PortDirection, PortOptions};

use super::{need_ump, packet, speaker, ump};
use support::{client, next_event};

fn group(number: u8) -> Group {
    Group::new(number).unwrap()
}

#[test]
fn a_port_has_a_direction_and_a_group() {
    need_ump!();
    let observer = client("observer");
    let client = speaker("ports", MidiVersion::Ump2);
    for (caps, direction) in [
        (PortOptions::SENDS, Some(PortDirection::Input)),
        (PortOptions::RECEIVES, Some(PortDirection::Output)),
        (PortOptions::BOTH, Some(PortDirection::Bidirectional)),
        (PortCaps::empty(), None),
    ] {
        let port = client
            .create_port(PortOptions::new("p").caps(caps))
            .unwrap();
        let seen = observer.port_info(&port).unwrap();
        assert_eq!(seen.direction(), direction, "concluded from {caps:?}");
        assert_eq!(seen.ump_group(), None);
        assert!(!seen.ump_is_midi1() && !seen.is_ump_endpoint() && !seen.is_inactive());
    }
    for number in 0..16 {
        let options = PortOptions::new("p")
            .direction(PortDirection::Output)
            .ump_group(group(number))
            .ump_is_midi1(number % 2 == 0);
        let port = client.create_port(options.clone()).unwrap();
        let seen = observer.port_info(&port).unwrap();
        assert_eq!(seen.direction(), Some(PortDirection::Output));
        assert_eq!(seen.ump_group(), Some(group(number)));
        assert_eq!(seen.ump_is_midi1(), number % 2 == 0);
        assert_eq!(PortOptions::from(&seen), options);
        port.set_info(options.ump_group(None).ump_is_midi1(false))
            .unwrap();
        let seen = observer.port_info(&port).unwrap();
        assert_eq!((seen.ump_group(), seen.ump_is_midi1()), (None, false));
    }
}

#[test]
fn a_client_has_one_endpoint_port() {
    need_ump!();
    let observer = client("observer");
    let client = speaker("endpoint", MidiVersion::Ump2);
    let caps = PortOptions::BOTH | PortCaps::UMP_ENDPOINT;
    let port = client
        .create_port(PortOptions::new("ep").caps(caps))
        .unwrap();
    assert!(observer.port_info(&port).unwrap().is_ump_endpoint());
    let error = client
        .create_port(PortOptions::new("2").caps(caps))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    port.close().unwrap();
    let _again = client
        .create_port(PortOptions::new("ep").caps(caps))
        .unwrap();
}

#[test]
fn ports_of_groups_that_are_not_in_use_are_listed_when_asked_for() {
    need_ump!();
    use alsa_seq::PortFilter;
    let observer = client("observer");
    let client = speaker("inactive", MidiVersion::Ump1);
    let caps = PortOptions::BOTH | PortCaps::INACTIVE;
    let port = client
        .create_port(PortOptions::new("idle").caps(caps))
        .unwrap();
    assert!(observer.port_info(&port).unwrap().is_inactive());
    let listed = |which| {
        let ports = observer.ports(which).unwrap();
        ports.iter().any(|found| found.address() == port.address())
    };
    assert!(!listed(PortFilter::new()));
    assert!(listed(PortFilter::new().include_inactive(true)));
    assert_eq!(observer.ports_of(client.id()).count(), 1);
}

/// An event that arrives at a port with a group gets this group.
#[test]
fn events_arrive_with_the_group_of_their_port() {
    need_ump!();
    let mut sender = speaker("sender", MidiVersion::Ump1);
    let mut receiver = speaker("receiver", MidiVersion::Ump1);
    let fifth = receiver
        .create_port(PortOptions::new("5").ump_group(group(4)))
        .unwrap();
    let any = receiver.create_port("any").unwrap();
    for sent in ["29903c40", "19f80000", "39020102 00000000"] {
        let sent = ump(sent);
        sender
            .event_output_direct(&sent.clone().to(&fifth))
            .unwrap();
        let expected = sent.packet().unwrap().with_group(group(4));
        assert_eq!(next_event(&mut receiver).packet(), Some(expected));
        sender.event_output_direct(&sent.clone().to(&any)).unwrap();
        assert_eq!(next_event(&mut receiver).packet(), sent.packet());
    }
    // These messages have no group.
    let stream = "f0000101 0000001f 00000000 00000000";
    sender.event_output_direct(&ump(stream).to(&fifth)).unwrap();
    assert_eq!(next_event(&mut receiver).packet(), Some(packet(stream)));
}

/// A port of MIDI 1.0 in a client of MIDI 2.0.
#[test]
fn a_midi_1_port_receives_midi_1() {
    need_ump!();
    let mut sender = speaker("sender", MidiVersion::Ump2);
    let mut receiver = speaker("receiver", MidiVersion::Ump2);
    let old = receiver
        .create_port(PortOptions::new("old").ump_is_midi1(true))
        .unwrap();
    let new = receiver.create_port("new").unwrap();
    let note = ump("40903c00 c0000000");
    sender.event_output_direct(&note.clone().to(&old)).unwrap();
    sender.event_output_direct(&note.clone().to(&new)).unwrap();
    assert_eq!(next_event(&mut receiver).packet(), Some(packet("20903c60")));
    assert_eq!(next_event(&mut receiver).packet(), note.packet());
}

/// A converted event keeps its time stamp. But if the kernel converts a packet for a legacy client,
/// the stamp loses the mark for real time: nanoseconds and seconds are then read as ticks.
#[test]
fn stamps_of_converted_events() {
    need_ump!();
    use MidiVersion::{Legacy, Ump1, Ump2};
    use alsa_seq::{Event, Time};
    for (from, to) in [
        (Legacy, Legacy),
        (Legacy, Ump1),
        (Ump1, Ump2),
        (Ump2, Ump2),
        (Ump2, Legacy),
    ] {
        let mut sender = speaker("sender", from);
        let mut receiver = speaker("receiver", to);
        let queue = receiver.create_queue("clock").unwrap();
        queue.start().unwrap();
        // The queue runs for a while first. So neither clock is at 0 when the event is stamped.
        let port = receiver.create_port("wait").unwrap();
        let later = Event::new(alsa_seq::EventData::Reset)
            .to(&port)
            .at(&queue, Time::Tick(2));
        receiver.event_output(&later).unwrap();
        receiver.drain_output().unwrap();
        next_event(&mut receiver);
        for real in [false, true] {
            let options = PortOptions::new("stamped");
            let options = match real {
                true => options.stamp_real_time(&queue),
                false => options.stamp_ticks(&queue),
            };
            let port = receiver.create_port(options).unwrap();
            let note = match from {
                Legacy => Event::note_on(0, 60, 100).unwrap(),
                _ => ump("20903c64"),
            };
            sender.event_output_direct(&note.to(&port)).unwrap();
            let event = next_event(&mut receiver);
            assert_eq!(event.queue(), queue.id());
            let forgotten = to == Legacy && from != Legacy;
            assert_eq!(
                matches!(event.time(), Time::Real(_)),
                real && !forgotten,
                "{from:?} to {to:?}: {:?}",
                event.time()
            );
        }
    }
}
