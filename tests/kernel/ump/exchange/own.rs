//! Events that exist only in the sequencer, and packets that bounce.

use alsa_seq::MidiVersion::{Legacy, Ump1, Ump2};
use alsa_seq::{Event, EventData, Time};

use super::super::{need_ump, packet, speaker, with_port};
use support::samples;
use support::{PATIENCE, next_event};

/// Without conversion a UMP client receives each event as it was sent. With conversion this is true
/// of all events for which MIDI has no message.
#[test]
fn events_without_a_midi_message_reach_ump_clients() {
    need_ump!();
    let events: Vec<_> = samples::legacy()
        .into_iter()
        .filter(samples::passes)
        .collect();
    // Channel voice, system common, real time and system-exclusive messages.
    let is_midi = |data: &EventData<'_>| matches!(data.event_type().number(), 6..=16 | 20..=22 | 30..=32 | 36 | 40..=42 | 130);
    for (to, convert) in [(Ump1, false), (Ump2, false), (Ump1, true), (Ump2, true)] {
        let mut sender = speaker("sender", Legacy);
        let mut receiver = speaker("receiver", to);
        receiver.set_ump_conversion(convert).unwrap();
        let input = receiver.create_port("in").unwrap();
        for data in &events {
            if convert && is_midi(data) {
                continue;
            }
            let event = Event::new(*data).to(&input).with_tag(7);
            sender.event_output_direct(&event).unwrap();
            let received = receiver.event_input_timeout(PATIENCE).unwrap();
            assert_eq!(received.data(), event.data(), "{to:?}, {convert}");
            assert_eq!(received.tag(), 7);
        }
        assert_eq!(receiver.try_event_input().unwrap(), None);
    }
}

/// A packet that cannot be delivered at its time bounces. The bounce lacks its fourth word.
#[test]
fn a_packet_bounces() {
    need_ump!();
    let (mut client, port) = with_port("bouncer", Ump2);
    let gone = client.create_port("gone").unwrap();
    let nobody = gone.address();
    gone.close().unwrap();
    client.set_error_bounce(true).unwrap();
    let queue = client.create_queue("queue").unwrap();
    queue.start().unwrap();
    for (sent, back) in [
        ("40903c03 c9241234", "40903c03 c9241234"),
        (
            "f0000101 0000001f 01020304 05060708",
            "f0000101 0000001f 01020304 00000000",
        ),
    ] {
        let event = Event::ump(packet(sent))
            .from_port(&port)
            .to(nobody)
            .at(&queue, Time::Tick(1));
        client.event_output(&event).unwrap();
        client.drain_output().unwrap();
        let event = next_event(&mut client);
        let EventData::Bounce(bounce) = event.data() else {
            panic!("no bounce");
        };
        let bounced = bounce.event().unwrap();
        assert_eq!(bounced.packet(), Some(packet(back)));
        assert_eq!(bounced.dest(), nobody);
    }
}
