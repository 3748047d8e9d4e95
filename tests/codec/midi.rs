//! MIDI 1.0 bytes: golden messages, edge cases, and the defects of other libraries.

use alsa_seq::midi::{DecodeError, EncodeError, Encoder, Notes, Parsed, Parser};
use alsa_seq::{Event, EventData, EventType, QueueId};

use support::invariants::midi_bytes::{Item, parse};
use support::kept;

mod defects;
mod golden;

fn note_on(channel: u8, note: u8, velocity: u8) -> EventData<'static> {
    EventData::note_on(channel, note, velocity).unwrap()
}

fn cc(channel: u8, controller: u8, value: u8) -> EventData<'static> {
    EventData::control_change(channel, controller, value).unwrap()
}

fn events(stream: &[u8]) -> Vec<EventData<'static>> {
    let items = parse([stream], 256).0.into_iter();
    items
        .map(|item| match item {
            Item::Event(event) => kept(event),
            Item::Truncated(bytes) => panic!("truncated: {bytes:x?}"),
        })
        .collect()
}

fn encode(encoder: &mut Encoder, data: &EventData<'_>) -> Vec<u8> {
    encoder.encode(data).unwrap().to_vec()
}

#[test]
fn a_note_with_a_duration_is_refused_or_split() {
    let data = EventData::Note {
        channel: 3,
        note: 60,
        velocity: 100,
        off_velocity: 40,
        duration: 480,
    };
    assert_eq!(Encoder::new().encode(&data), Err(EncodeError::Duration));
    let mut encoder = Encoder::new().with_notes(Notes::OnAndOff);
    assert_eq!(encode(&mut encoder, &data), [0x93, 60, 100, 0x83, 60, 40]);
}

#[test]
fn the_encoder_writes_running_status() {
    let mut encoder = Encoder::new().with_running_status(true);
    let note = note_on(0, 60, 100);
    for (data, bytes) in [
        (note, &[0x90, 60, 100][..]),
        (note, &[60, 100]),
        // The specification: real-time messages do not affect running status. (libasound's encoder
        // does not keep the running status after them.)
        (EventData::Clock(QueueId::new(0)), &[0xf8]),
        (note, &[60, 100]),
        (note_on(1, 60, 100), &[0x91, 60, 100]),
        (note, &[0x90, 60, 100]),
        (EventData::TuneRequest, &[0xf6]),
        (note, &[0x90, 60, 100]),
        (EventData::SongSelect { song: 1 }, &[0xf3, 1]),
        (note, &[0x90, 60, 100]),
        (EventData::Sysex(&[]), &[]),
        (note, &[60, 100]),
    ] {
        assert_eq!(encode(&mut encoder, &data), bytes);
    }
    encoder.reset();
    assert_eq!(encode(&mut encoder, &note), [0x90, 60, 100]);
    // A refused event changes nothing.
    assert!(
        encoder
            .encode(&EventData::SongSelect { song: 128 })
            .is_err()
    );
    assert!(
        encoder
            .encode_into(&EventData::TuneRequest, &mut [])
            .is_err()
    );
    assert_eq!(encode(&mut encoder, &note), [60, 100]);
}

#[test]
fn the_parser_accepts_running_status() {
    let on = |note| note_on(0, note, 1);
    let clock = EventData::Clock(QueueId::new(0));
    assert_eq!(
        events(&[0x90, 60, 1, 61, 0xf8, 1, 62, 1]),
        [on(60), clock, on(61), on(62)]
    );
    for ends in [
        &[0xf1, 5][..],
        &[0xf3, 5],
        &[0xf6],
        &[0xf4],
        &[0xf7],
        &[0xf0, 0xf7],
    ] {
        let stream = [&[0x90, 60, 1][..], ends, &[61, 1]].concat();
        let (items, discarded) = parse([stream.as_slice()], 256);
        let notes = items.iter().filter(
            |item| matches!(item, Item::Event(event) if event.event_type() == EventType::NOTE_ON),
        );
        assert_eq!(notes.count(), 1, "{ends:x?}");
        assert!(discarded >= 2, "{ends:x?}");
    }
}

#[test]
fn invalid_bytes_are_dropped_and_counted() {
    for (stream, discarded) in [
        (&[60, 100][..], 2),
        (&[0x90], 1),
        (&[0x90, 60], 2),
        // With running status, the status byte was used.
        (&[0x90, 60, 100, 61], 1),
        (&[0x90, 60, 0x80, 61], 4),
        (&[0xf9, 0xfd], 2),
        (&[0xf4, 1, 0xf5, 2, 3], 5),
        (&[0xf7, 0xf7], 2),
        (&[0xf2, 1, 0xf6], 2),
    ] {
        assert_eq!(parse([stream], 256).1, discarded, "{stream:x?}");
        // The parser finds the message after the discarded bytes.
        let stream = [stream, &[0xc0, 5]].concat();
        let last = parse([stream.as_slice()], 256).0.pop();
        let program = EventData::program_change(0, 5).unwrap();
        assert_eq!(last, Some(Item::event(program)));
    }
}

/// The encoded bytes borrow from the event's bytes, not from its data.
#[test]
fn sysex_is_borrowed_from_its_event() {
    let event = Event::sysex(vec![0xf0, 1, 0xf7]);
    let message = Encoder::new().encode(&event.data()).unwrap();
    assert_eq!(message.as_ptr(), event.payload().as_ptr());
    assert_eq!(*message, [0xf0, 1, 0xf7]);
}

#[test]
fn the_buffer_is_the_callers() {
    let mut storage = [0; 3];
    let mut parser = Parser::new(&mut storage[..]);
    let mut input: &[u8] = &[0xf0, 1, 2];
    let parsed = parser.parse(&mut input);
    let whole = EventData::Sysex(&[0xf0, 1, 2]);
    assert_eq!(parsed, Some(Parsed::Event(whole)));

    // A parser without a buffer returns every message except sysex.
    let mut parser = Parser::new([]);
    let mut input: &[u8] = &[0xf0, 1, 0xf8, 2, 0xf7, 0xc0, 5];
    let mut count = 0;
    while parser.parse(&mut input).is_some() {
        count += 1;
    }
    assert_eq!((count, parser.discarded()), (2, 4));
    assert_eq!(parser.finish(), None);
}

/// Tests the events that `Event::from_midi` names.
#[test]
fn some_events_do_not_come_back_from_their_bytes() {
    for (event, error) in [
        (Event::sysex(&[0xf0, 1][..]), DecodeError::Incomplete),
        (Event::sysex(&[2, 0xf7][..]), DecodeError::NotMidi),
        (Event::rpn(0, 1, 2).unwrap(), DecodeError::MoreThanOne),
        (Event::nrpn(0, 1, 2).unwrap(), DecodeError::MoreThanOne),
        (
            Event::control_14bit(0, 1, 2).unwrap(),
            DecodeError::MoreThanOne,
        ),
    ] {
        let bytes = event.to_midi().unwrap();
        assert_eq!(Event::from_midi(&bytes), Err(error), "{event:?}");
    }
}
