//! Opening a UMP client, and its settings.

use alsa_seq::ump::Group;
use alsa_seq::{
    ClientOptions, ErrorKind, Event, EventBuffer, EventData, GroupFilter, MidiVersion, Operation,
    SequencerClient, Time,
};

use super::{need_ump, speaker, ump, with_port};
use support::{client, need_sequencer, next_event, unique};

const VERSIONS: [MidiVersion; 3] = [MidiVersion::Legacy, MidiVersion::Ump1, MidiVersion::Ump2];

#[test]
fn a_client_has_the_midi_version_of_its_options() {
    need_ump!();
    let observer = client("observer");
    for version in VERSIONS {
        let client = speaker("speaker", version);
        assert_eq!(client.midi_version(), version);
        let seen = observer.client_info(client.id()).unwrap();
        assert_eq!(seen.midi_version(), version);
        assert_eq!(seen.raw().midi_version, version.number());
        assert!(seen.ump_conversion());
        assert_eq!(seen.group_filter(), GroupFilter::ALL);
    }
    assert_eq!(observer.midi_version(), MidiVersion::Legacy);
}

/// Every UMP call fails on a kernel without UMP. The client still works.
#[test]
fn errors_name_a_kernel_without_ump() {
    need_sequencer!();
    if support::kernel_has_ump() {
        return;
    }
    let unsupported = |error: alsa_seq::Error, operation| {
        let text = error.to_string();
        assert!(
            text.contains("needs Linux 6.5 or newer, built with CONFIG_SND_SEQ_UMP"),
            "{text}"
        );
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
        assert_eq!(error.operation(), operation);
        // ENOTTY: the library asked the kernel, and did not ignore the call.
        assert_eq!(error.raw_os_error(), Some(25));
    };
    for version in [MidiVersion::Ump1, MidiVersion::Ump2] {
        let options = ClientOptions::new(unique("ump")).midi_version(version);
        unsupported(options.open().unwrap_err(), Operation::Open);
    }
    let mut client = client("legacy");
    for on in [false, true] {
        let error = client.set_ump_conversion(on).unwrap_err();
        unsupported(error, Operation::SetClientInfo);
    }
    for filter in [GroupFilter::ALL, GroupFilter::NOTHING] {
        let error = client.set_group_filter(filter).unwrap_err();
        unsupported(error, Operation::SetClientInfo);
    }
    let info = client.info().unwrap();
    assert_eq!(info.midi_version(), MidiVersion::Legacy);
    assert!(info.ump_conversion());
    assert_eq!(info.group_filter(), GroupFilter::ALL);

    let port = client.create_port("port").unwrap();
    let error = client.event_output(&ump("20903c40").to(&port)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let note = Event::note_on(0, 60, 64).unwrap().to(&port);
    client.event_output_direct(&note).unwrap();
    assert_eq!(next_event(&mut client).data(), note.data());
}

#[test]
fn a_legacy_client_cannot_send_packets() {
    need_sequencer!();
    let mut client = client("legacy");
    let port = client.create_port("port").unwrap();
    let packet = ump("20903c40").to(&port);
    for result in [
        client.event_output(&packet),
        client.event_output_buffer(&packet),
        client.event_output_direct(&packet),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("midi_version"), "{error}");
    }
    assert_eq!(client.event_output_pending(), 0);
}

/// Records of 28 and of 32 bytes, with data and without, in one write and one read.
#[test]
fn packets_and_other_events_share_one_stream() {
    need_ump!();
    for version in [MidiVersion::Ump1, MidiVersion::Ump2] {
        let (mut client, port) = with_port("mixed", version);
        client.set_ump_conversion(false).unwrap();
        let queue = client.create_queue("queue").unwrap();
        queue.start().unwrap();
        let payload: Vec<u8> = (0..=255).collect();
        let mut sent = Vec::new();
        for length in [0, 1, 27, 28, 29, 32, 33, 256] {
            sent.push(ump("40903c01 80000203"));
            sent.push(Event::sysex(&payload[..length]));
            sent.push(ump("f0060201 01020304 05060708 090a0b0c"));
            sent.push(Event::new(EventData::Echo([7; 12])));
            sent.push(ump("10f80000"));
        }
        let sent: Vec<_> = sent
            .into_iter()
            .enumerate()
            .map(|(n, event)| {
                let event = event.to(&port).with_tag(u8::try_from(n).unwrap());
                // The first 20 events are direct. The others go through the queue.
                let tick = u32::try_from(n).unwrap();
                if n < 20 {
                    event
                } else {
                    event.at(&queue, Time::Tick(tick / 20))
                }
            })
            .collect();
        for event in &sent {
            client.event_output(event).unwrap();
        }
        client.drain_output().unwrap();

        let mut received = Vec::new();
        let mut buffer = EventBuffer::new();
        while received.len() < sent.len() {
            client.event_input_batch(&mut buffer).unwrap();
            received.extend(
                buffer
                    .events()
                    .map(|event| event.unwrap().to_event().into_owned()),
            );
        }
        for (sent, received) in sent.iter().zip(&received) {
            assert_eq!(received.data(), sent.data(), "{version:?}");
            assert_eq!(received.is_ump(), sent.is_ump());
            assert_eq!(received.packet(), sent.packet());
            assert_eq!(received.tag(), sent.tag());
            assert_eq!(received.source().client, client.id());
        }
        assert_eq!(received.len(), sent.len());
        assert_eq!(client.try_event_input().unwrap(), None);
    }
}

/// Reads the largest possible event, in a UMP client's records.
#[test]
fn the_largest_event_arrives_whole() {
    need_ump!();
    let (mut client, port) = with_port("large", MidiVersion::Ump2);
    client.set_ump_conversion(false).unwrap();
    client.set_input_pool(2000).unwrap();
    // One cell is for the record.
    let largest: Vec<u8> = (0..=255).cycle().take(28 * 1999).collect();
    let event = Event::sysex(&largest[..]).to(&port);
    client.event_output_direct(&event).unwrap();
    assert_eq!(next_event(&mut client).payload(), largest);
    let more = [&largest[..], &[0]].concat();
    let error = client
        .event_output_direct(&Event::sysex(&more[..]).to(&port))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[test]
fn events_sent_before_conversion_was_disabled_are_converted() {
    need_ump!();
    let (mut sender, _) = with_port("sender", MidiVersion::Ump2);
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let packet = ump("40903c00 ffff0000").to(&input);
    sender.event_output_direct(&packet).unwrap();
    receiver.set_ump_conversion(false).unwrap();
    assert!(!receiver.info().unwrap().ump_conversion());
    // A legacy client then receives no packets, and the sender gets no error.
    sender.event_output_direct(&packet).unwrap();
    receiver.set_ump_conversion(true).unwrap();
    assert!(receiver.info().unwrap().ump_conversion());
    sender.event_output_direct(&packet).unwrap();
    sender
        .event_output_direct(&Event::new(EventData::Reset).to(&input))
        .unwrap();
    let data: Vec<_> = (0..3)
        .map(|_| next_event(&mut receiver).event_type())
        .collect();
    use alsa_seq::EventType;
    assert_eq!(
        data,
        [EventType::NOTE_ON, EventType::NOTE_ON, EventType::RESET]
    );
}

#[test]
fn groups_are_filtered() {
    need_ump!();
    let (mut sender, _) = with_port("sender", MidiVersion::Ump1);
    let (mut receiver, input) = with_port("receiver", MidiVersion::Ump1);
    let group = |number| Group::new(number).unwrap();
    let all: Vec<_> = (0..16).map(group).collect();

    let filter = GroupFilter::ALL
        .without(group(0))
        .without(group(7))
        .without(group(15));
    receiver.set_group_filter(filter).unwrap();
    let seen = sender.client_info(receiver.id()).unwrap().group_filter();
    assert_eq!(seen, filter);
    assert_eq!(all.iter().filter(|group| !seen.accepts(**group)).count(), 3);
    for group in &all {
        let packet = super::packet("20903c40").with_group(*group);
        sender
            .event_output_direct(&Event::ump(packet).to(&input))
            .unwrap();
    }
    for expected in all.iter().filter(|group| filter.accepts(**group)) {
        let event = next_event(&mut receiver);
        assert_eq!(event.packet().unwrap().group(), Some(*expected));
    }

    // Stream and utility messages have no group. Events that are not packets have no group either.
    let groupless = ["00200001", "f0000101 00000000 00000000 00000000"];
    let mark = ump("20903c40").to(&input);
    receiver
        .set_group_filter(GroupFilter::ALL.with_groupless(false))
        .unwrap();
    for text in groupless {
        sender.event_output_direct(&ump(text).to(&input)).unwrap();
    }
    let echo = Event::new(EventData::Echo([0; 12])).to(&input);
    sender.event_output_direct(&echo).unwrap();
    sender.event_output_direct(&mark).unwrap();
    assert_eq!(next_event(&mut receiver).packet(), mark.packet());

    receiver.set_group_filter(GroupFilter::ALL).unwrap();
    for text in groupless {
        sender.event_output_direct(&ump(text).to(&input)).unwrap();
        assert_eq!(next_event(&mut receiver).packet(), ump(text).packet());
    }
    sender.event_output_direct(&echo).unwrap();
    assert_eq!(next_event(&mut receiver).data(), echo.data());
}

#[test]
fn a_setting_does_not_change_the_others() {
    need_ump!();
    let client = speaker("settings", MidiVersion::Ump2);
    client.set_ump_conversion(false).unwrap();
    let filter = GroupFilter::NOTHING.with(Group::new(2).unwrap());
    client.set_group_filter(filter).unwrap();
    client.set_name(&unique("renamed")).unwrap();
    client.set_error_bounce(true).unwrap();
    let info = client.info().unwrap();
    assert_eq!(info.midi_version(), MidiVersion::Ump2);
    assert!(!info.ump_conversion());
    assert_eq!(info.group_filter(), filter);
}

/// Both halves have the client's version, also on two threads.
#[test]
fn both_halves_have_the_midi_version() {
    need_ump!();
    let client: SequencerClient = speaker("halves", MidiVersion::Ump2);
    let port = client.create_port("port").unwrap();
    let (mut output, mut input) = client.split();
    let packet = ump("40603c00 80000001").to(&port);
    let sender = std::thread::spawn(move || output.event_output_direct(&packet).unwrap());
    assert_eq!(
        next_event(&mut input).packet(),
        ump("40603c00 80000001").packet()
    );
    assert_eq!(input.control().midi_version(), MidiVersion::Ump2);
    sender.join().unwrap();
}
