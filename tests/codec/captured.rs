//! Records that kernels wrote. The captures are `read`s of whole buffers by a client of MIDI 1.0 or
//! of UMP. The client follows the announcements. 129:0 sends it an event of every kind. 130:0 (a
//! UMP client, if the kernel has UMP) sends it UMP packets of several kinds. A note comes through a
//! queue. The captures are also seeds for the fuzzer.

use alsa_seq::ump::Packet;
use alsa_seq::wire::{self, Events, Framing};
use alsa_seq::{Address, ClientId, Event, EventData, EventType, EventView, QueueId, UserNumber};

use support::rows::{hex, row};
use support::samples;

const LINUX_6_1: &[u8] = include_bytes!("../../fuzz/corpus/records/linux-6.1-midi1");
const LINUX_6_12: &[u8] = include_bytes!("../../fuzz/corpus/records/linux-6.12-midi1");
const LINUX_6_12_UMP: &[u8] = include_bytes!("../../fuzz/corpus/records/linux-6.12-ump-midi1");
const LINUX_7_2_UMP: &[u8] = include_bytes!("../../fuzz/corpus/records/linux-7.2-ump-midi2");

/// One event of every type, sent by libasound (129:0) to one of our clients (128:0) on Linux 6.12,
/// as our client read it.
const LIBASOUND_SENT: &[u8] = include_bytes!("../../fuzz/corpus/records/libasound-sent");
/// The other direction: a record of ours, and libasound's description of the event that it
/// received.
const LIBASOUND_RECEIVED: &str = include_str!("../data/libasound-received");

const SENDER: Address = Address::new(129, 0);
const UMP_SENDER: Address = Address::new(130, 0);

fn views(capture: &[u8], framing: Framing) -> Vec<EventView<'_>> {
    let mut events = Events::new(capture, framing);
    let views: Vec<_> = events.by_ref().map(Result::unwrap).collect();
    assert_eq!(events.offset(), capture.len());
    views
}

fn from<'a>(source: Address, views: &[EventView<'a>]) -> Vec<EventData<'a>> {
    let sent = views.iter().filter(|view| view.source() == source);
    sent.map(|view| view.data()).collect()
}

/// Returns F0, `length` data bytes that count up, and F7.
fn sysex_of(length: u32) -> Vec<u8> {
    let data = (0..length).map(|n| u8::try_from(n % 128).unwrap());
    [0xf0].into_iter().chain(data).chain([0xf7]).collect()
}

/// Returns the events of 129:0, in this order.
fn sent<'a>(exact: &'a [u8], long: &'a [u8]) -> Vec<EventData<'a>> {
    let queue = QueueId::new(0);
    vec![
        EventData::note_on(0, 60, 100).unwrap(),
        EventData::note_off(0, 60, 64).unwrap(),
        EventData::note_on(9, 38, 0).unwrap(),
        EventData::key_pressure(1, 61, 3).unwrap(),
        EventData::control_change(2, 7, 127).unwrap(),
        EventData::program_change(3, 5).unwrap(),
        EventData::channel_pressure(4, 6).unwrap(),
        EventData::pitch_bend(5, -1).unwrap(),
        EventData::control_14bit(6, 1, 300).unwrap(),
        EventData::nrpn(7, 300, 500).unwrap(),
        EventData::rpn(8, 0, 256).unwrap(),
        EventData::SongPosition { beats: 300 },
        EventData::SongSelect { song: 3 },
        EventData::QuarterFrame { value: 0x21 },
        EventData::Clock(queue),
        EventData::Start(queue),
        EventData::TuneRequest,
        EventData::Reset,
        EventData::ActiveSensing,
        EventData::Echo([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        EventData::Sysex(&[0xf0, 0x7e, 0x7f, 6, 1, 0xf7]),
        EventData::Sysex(exact),
        EventData::Sysex(long),
        EventData::Sysex(&[]),
        EventData::UserVar {
            number: UserNumber::new(2).unwrap(),
            data: b"hello",
        },
        EventData::Other {
            event_type: EventType::new(77),
            data: [9; 12],
            payload: &[],
        },
        // The queue plays a note of ten ticks.
        EventData::note_on(0, 64, 90).unwrap(),
        EventData::note_off(0, 64, 0).unwrap(),
    ]
}

#[test]
fn every_event_comes_back_as_it_was_sent() {
    let (exact, long) = (sysex_of(26), sysex_of(298));
    for capture in [LINUX_6_1, LINUX_6_12] {
        let views = views(capture, Framing::Legacy);
        assert_eq!(from(SENDER, &views), sent(&exact, &long));
    }
}

#[test]
fn announcements() {
    for (capture, framing) in [
        (LINUX_6_1, Framing::Legacy),
        (LINUX_6_12, Framing::Legacy),
        (LINUX_6_12_UMP, Framing::Ump),
        (LINUX_7_2_UMP, Framing::Ump),
    ] {
        let views = views(capture, framing);
        let mut told = from(Address::ANNOUNCE, &views);
        // Only newer kernels announce changes.
        told.retain(|data| !matches!(data, EventData::ClientChange(_)));
        let connected = |data: &EventData<'_>| match *data {
            EventData::PortSubscribed { sender, .. }
            | EventData::PortUnsubscribed { sender, .. } => sender == SENDER,
            _ => false,
        };
        let client = ClientId::new(129);
        assert!(told.contains(&EventData::ClientStart(client)));
        assert!(told.contains(&EventData::PortStart(SENDER)));
        assert!(told.iter().any(connected));
        assert!(told.contains(&EventData::PortExit(UMP_SENDER)));
        assert_eq!(told.last(), Some(&EventData::ClientExit(client)));
    }
}

/// The kernel converts packets for a client of MIDI 1.0. A kernel without UMP delivers them as
/// events of type 0, with a flag that has no meaning there.
#[test]
fn packets_to_a_client_of_midi_1() {
    let views_6_12 = views(LINUX_6_12, Framing::Legacy);
    assert_eq!(
        from(UMP_SENDER, &views_6_12),
        [
            EventData::note_on(0, 60, 64).unwrap(),
            EventData::note_on(0, 60, 127).unwrap(),
            EventData::Sysex(&[0xf0, 1, 2, 3, 4, 5, 6]),
            EventData::Sysex(&[7, 8, 9]),
            EventData::control_14bit(0, 0, 130).unwrap(),
            EventData::program_change(0, 5).unwrap(),
        ]
    );
    let views_6_1 = views(LINUX_6_1, Framing::Legacy);
    let stray: Vec<_> = views_6_1
        .iter()
        .filter(|view| view.source() == UMP_SENDER)
        .collect();
    assert_eq!(stray.len(), 6);
    for view in stray {
        assert_eq!(view.event_type(), EventType::SYSTEM);
        assert!(!view.is_ump());
        assert_eq!(view.raw().header.flags.bits(), 0x20);
        // With the flag, the kernel would read 32 bytes if the event were sent again.
        let mut bytes = [0xa5; 28];
        assert_eq!(wire::encode(*view, &mut bytes), Ok(28));
        assert_eq!(bytes[1], 0);
    }
}

#[test]
fn packets_and_other_events_to_a_ump_client() {
    let packet = |text: &str| EventData::Ump(text.parse::<Packet>().unwrap());
    for (capture, note_on, own) in [
        (LINUX_6_12_UMP, "20903c64", "20903c40"),
        (LINUX_7_2_UMP, "40903c00 c9240000", "40903c00 80000000"),
    ] {
        let views = views(capture, Framing::Ump);
        let ump = from(UMP_SENDER, &views);
        assert_eq!(ump.first(), Some(&packet(own)));
        assert_eq!(
            ump.last(),
            Some(&packet("f0000000 00000000 00000000 00000000"))
        );

        let sent = from(SENDER, &views);
        assert_eq!(sent.first(), Some(&packet(note_on)));
        // 6, 28 and 300 bytes of sysex, without F0 and F7.
        let sysex = sent.iter().filter(|data| match data {
            EventData::Ump(packet) => packet.message_type().number() == 3,
            _ => false,
        });
        assert_eq!(sysex.count(), 1 + 5 + 50);
        // Events that have no packet arrive unchanged.
        let others = sent
            .iter()
            .filter(|data| !matches!(data, EventData::Ump(_)));
        assert!(others.eq(&[
            EventData::Echo([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
            EventData::UserVar {
                number: UserNumber::new(2).unwrap(),
                data: b"hello"
            },
            EventData::Other {
                event_type: EventType::new(77),
                data: [9; 12],
                payload: &[],
            },
        ]));
    }
}

/// Every received event can be sent again.
#[test]
fn captured_records_are_written_unchanged() {
    for (capture, framing) in [
        (LINUX_6_1, Framing::Legacy),
        (LINUX_6_12, Framing::Legacy),
        (LINUX_6_12_UMP, Framing::Ump),
        (LINUX_7_2_UMP, Framing::Ump),
    ] {
        for view in views(capture, framing) {
            let event: Event<'_> = view.to_event();
            let mut bytes = vec![0xa5; wire::encoded_len(&event)];
            wire::encode(&event, &mut bytes).unwrap();
            let again = views(&bytes, Framing::Packed)[0];
            assert_eq!(again.data(), view.data());
            assert_eq!(again.time(), view.time());
            assert_eq!(again.tag(), view.tag());
            assert_eq!((again.source(), again.dest()), (view.source(), view.dest()));
        }
    }
}

/// Returns each event with the tag that it was sent with.
fn every_event() -> impl Iterator<Item = (u8, EventData<'static>)> {
    (0..).zip(samples::legacy().into_iter().filter(samples::passes))
}

#[test]
fn records_sent_by_libasound_decode_to_its_events() {
    let views = views(LIBASOUND_SENT, Framing::Legacy);
    let received = views.iter().map(|view| {
        assert_eq!(view.source(), SENDER);
        assert_eq!(view.dest(), Address::new(128, 0));
        assert!(view.is_direct());
        (view.tag(), view.data())
    });
    assert!(received.eq(every_event()));
}

#[test]
fn libasound_decodes_our_records_to_our_events() {
    let mut lines = LIBASOUND_RECEIVED.lines();
    for (tag, data) in every_event() {
        let event = Event::new(data).from_port(Address::new(128, 0)).to(SENDER);
        let mut record = vec![0xa5; wire::encoded_len(&event)];
        wire::encode(&event.with_tag(tag), &mut record).unwrap();
        let expected = format!("{} 128 0 {tag} {}", hex(&record), row(&data));
        assert_eq!(lines.next(), Some(&*expected));
    }
    assert_eq!(lines.next(), None);
}
