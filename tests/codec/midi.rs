//! MIDI 1.0 bytes: golden messages, corners, and the field's defects.

use alsa_seq::midi::{EncodeError, Encoder, Notes, Parsed, Parser};
use alsa_seq::wire::{self, Events, Framing};
use alsa_seq::{
    ChannelValue, Controller, Event, EventData, EventType, Key, Note, QueueId, UserNumber,
    ValueError,
};

use crate::invariants::midi_bytes::{Item, parse};
use crate::samples;

fn key(channel: u8, note: u8, velocity: u8) -> Key {
    Key::new(channel, note, velocity).unwrap()
}

fn cc(channel: u8, controller: u8, value: u8) -> EventData<'static> {
    EventData::ControlChange(Controller::new(channel, controller, value).unwrap())
}

/// Each message as the MIDI 1.0 specification has it (tables I to VI).
fn golden() -> Vec<(EventData<'static>, &'static [u8])> {
    let queue = QueueId::new(0);
    let bend =
        |channel, value| EventData::PitchBend(ChannelValue::new_bend(channel, value).unwrap());
    let value = |channel, value| ChannelValue::new(channel, value).unwrap();
    vec![
        (EventData::NoteOff(key(1, 60, 64)), &[0x81, 60, 64]),
        (EventData::NoteOn(key(15, 127, 1)), &[0x9f, 127, 1]),
        (EventData::NoteOn(key(0, 0, 0)), &[0x90, 0, 0]),
        (EventData::KeyPressure(key(2, 61, 127)), &[0xa2, 61, 127]),
        (cc(3, 7, 100), &[0xb3, 7, 100]),
        // All notes off, a channel mode message.
        (cc(3, 123, 0), &[0xb3, 123, 0]),
        (EventData::ProgramChange(value(4, 127)), &[0xc4, 127]),
        (EventData::ChannelPressure(value(5, 1)), &[0xd5, 1]),
        (bend(6, 0), &[0xe6, 0, 64]),
        (bend(6, -8192), &[0xe6, 0, 0]),
        (bend(6, 8191), &[0xe6, 127, 127]),
        (bend(6, 1), &[0xe6, 1, 64]),
        (
            EventData::SysEx((&[0xf0, 0x7d, 0xf7]).into()),
            &[0xf0, 0x7d, 0xf7],
        ),
        (EventData::QuarterFrame(0x71), &[0xf1, 0x71]),
        (EventData::SongPosition(0x3fff), &[0xf2, 127, 127]),
        (EventData::SongPosition(300), &[0xf2, 44, 2]),
        (EventData::SongSelect(9), &[0xf3, 9]),
        (EventData::TuneRequest, &[0xf6]),
        (EventData::Clock(queue), &[0xf8]),
        (EventData::Start(queue), &[0xfa]),
        (EventData::Continue(queue), &[0xfb]),
        (EventData::Stop(queue), &[0xfc]),
        (EventData::ActiveSensing, &[0xfe]),
        (EventData::Reset, &[0xff]),
    ]
}

fn events(stream: &[u8]) -> Vec<EventData<'static>> {
    let items = parse([stream], 256).0.into_iter();
    items
        .map(|item| match item {
            Item::Event(data) => data,
            Item::Truncated(bytes) => panic!("truncated: {bytes:x?}"),
        })
        .collect()
}

fn encode(encoder: &mut Encoder, data: &EventData<'_>) -> Vec<u8> {
    encoder.encode(data).unwrap().to_vec()
}

#[test]
fn every_message_as_the_specification_has_it() {
    let mut encoder = Encoder::new();
    let mut stream = Vec::new();
    for (data, bytes) in golden() {
        assert_eq!(encode(&mut encoder, &data), bytes);
        assert_eq!(events(bytes), [data]);
        stream.extend(bytes);
    }
    let all: Vec<_> = golden().into_iter().map(|(data, _)| data).collect();
    assert_eq!(events(&stream), all);
}

#[test]
fn every_event_type_is_a_message_or_refused() {
    for data in samples::legacy() {
        let event_type = data.event_type();
        let is_midi = golden()
            .iter()
            .any(|(data, _)| data.event_type() == event_type);
        let expands = [
            EventType::CONTROL_14BIT,
            EventType::RPN,
            EventType::NRPN,
            EventType::NOTE,
        ];
        match Encoder::new().encode(&data) {
            Ok(_) => assert!(is_midi),
            // The samples have values that show a mask, and so out of range.
            Err(EncodeError::Value(_)) => assert!(is_midi || expands.contains(&event_type)),
            Err(EncodeError::Duration) => assert_eq!(event_type, EventType::NOTE),
            Err(error) => {
                assert_eq!(error, EncodeError::NotMidi(event_type));
                assert!(!is_midi && !expands.contains(&event_type));
            }
        }
    }
    let ump = EventData::Ump([0x2090_3c40, 0, 0, 0].into());
    assert_eq!(Encoder::new().encode(&ump), Err(EncodeError::Ump));
}

#[test]
fn fourteen_bits_become_controllers() {
    let number =
        |channel, controller, value| Controller::new_14bit(channel, controller, value).unwrap();
    let parameter = |number, value| Controller::new_parameter(2, number, value).unwrap();
    let high = Controller::new(1, 64, 127).unwrap();
    for (data, full, running) in [
        (
            EventData::Control14Bit(number(0, 1, 0x1234)),
            &[0xb0, 1, 0x24, 0xb0, 33, 0x34][..],
            &[0xb0, 1, 0x24, 33, 0x34][..],
        ),
        (
            EventData::Control14Bit(number(0, 31, 0)),
            &[0xb0, 31, 0, 0xb0, 63, 0],
            &[0xb0, 31, 0, 63, 0],
        ),
        (
            EventData::Control14Bit(high),
            &[0xb1, 64, 127],
            &[0xb1, 64, 127],
        ),
        (
            EventData::Rpn(parameter(0x0181, 0x3fff)),
            &[0xb2, 101, 3, 0xb2, 100, 1, 0xb2, 6, 127, 0xb2, 38, 127],
            &[0xb2, 101, 3, 100, 1, 6, 127, 38, 127],
        ),
        (
            EventData::Nrpn(parameter(0x3fff, 0x0081)),
            &[0xb2, 99, 127, 0xb2, 98, 127, 0xb2, 6, 1, 0xb2, 38, 1],
            &[0xb2, 99, 127, 98, 127, 6, 1, 38, 1],
        ),
    ] {
        assert_eq!(encode(&mut Encoder::new(), &data), full);
        let mut encoder = Encoder::new().with_running_status(true);
        assert_eq!(encode(&mut encoder, &data), running);
        assert_eq!(events(full), events(running));
    }
}

#[test]
fn a_note_with_a_duration_is_refused_or_taken_apart() {
    let mut note = Note::new(3, 60, 100, 480).unwrap();
    note.off_velocity = 40;
    let data = EventData::Note(note);
    assert_eq!(Encoder::new().encode(&data), Err(EncodeError::Duration));
    let mut encoder = Encoder::new().with_notes(Notes::OnAndOff);
    assert_eq!(encode(&mut encoder, &data), [0x93, 60, 100, 0x83, 60, 40]);
}

/// libasound keeps the lower seven bits instead.
#[test]
fn values_out_of_range_are_errors_and_never_masked() {
    let ctrl = |channel, param, value| Controller {
        channel,
        param,
        value,
    };
    let single = |channel, value| ChannelValue { channel, value };
    let raw_key = |channel, note, velocity| Key {
        channel,
        note,
        velocity,
    };
    for (data, what, value, range) in [
        (EventData::NoteOn(raw_key(16, 0, 0)), "channel", 16, (0, 15)),
        (EventData::NoteOn(raw_key(0, 128, 0)), "note", 128, (0, 127)),
        (
            EventData::NoteOff(raw_key(0, 0, 200)),
            "velocity",
            200,
            (0, 127),
        ),
        (
            EventData::KeyPressure(raw_key(0, 0, 255)),
            "pressure",
            255,
            (0, 127),
        ),
        (
            EventData::ControlChange(ctrl(0, 128, 0)),
            "controller",
            128,
            (0, 127),
        ),
        (
            EventData::ControlChange(ctrl(0, 0, -1)),
            "value",
            -1,
            (0, 127),
        ),
        (
            EventData::Control14Bit(ctrl(0, 0, 16384)),
            "value",
            16384,
            (0, 16383),
        ),
        (
            EventData::Control14Bit(ctrl(0, 32, 128)),
            "value",
            128,
            (0, 127),
        ),
        (
            EventData::Control14Bit(ctrl(0, 1 << 31, 0)),
            "controller",
            1 << 31,
            (0, 127),
        ),
        (
            EventData::Rpn(ctrl(0, 16384, 0)),
            "parameter",
            16384,
            (0, 16383),
        ),
        (
            EventData::Nrpn(ctrl(0, 0, i32::MIN)),
            "value",
            i64::from(i32::MIN),
            (0, 16383),
        ),
        (
            EventData::ProgramChange(single(0, 128)),
            "program",
            128,
            (0, 127),
        ),
        (
            EventData::ChannelPressure(single(0, -1)),
            "pressure",
            -1,
            (0, 127),
        ),
        (
            EventData::PitchBend(single(0, 8192)),
            "pitch bend",
            8192,
            (-8192, 8191),
        ),
        (
            EventData::PitchBend(single(0, -8193)),
            "pitch bend",
            -8193,
            (-8192, 8191),
        ),
        (
            EventData::SongPosition(16384),
            "song position",
            16384,
            (0, 16383),
        ),
        (EventData::SongSelect(128), "song", 128, (0, 127)),
        (EventData::QuarterFrame(-1), "quarter frame", -1, (0, 127)),
    ] {
        let error = match Encoder::new().encode(&data) {
            Err(EncodeError::Value(error)) => error,
            other => panic!("{data:?}: {other:?}"),
        };
        let told = (error.what(), error.value(), ValueError::range(error));
        assert_eq!(told, (what, value, range), "{data:?}");
    }
}

#[test]
fn running_status_on_the_way_out() {
    let mut encoder = Encoder::new().with_running_status(true);
    let note = EventData::NoteOn(key(0, 60, 100));
    for (data, bytes) in [
        (note.clone(), &[0x90, 60, 100][..]),
        (note.clone(), &[60, 100]),
        // The specification: real-time messages do not affect running status.
        // (libasound's encoder forgets it.)
        (EventData::Clock(QueueId::new(0)), &[0xf8]),
        (note.clone(), &[60, 100]),
        (EventData::NoteOn(key(1, 60, 100)), &[0x91, 60, 100]),
        (note.clone(), &[0x90, 60, 100]),
        (EventData::TuneRequest, &[0xf6]),
        (note.clone(), &[0x90, 60, 100]),
        (EventData::SongSelect(1), &[0xf3, 1]),
        (note.clone(), &[0x90, 60, 100]),
        (EventData::SysEx((&[]).into()), &[]),
        (note.clone(), &[60, 100]),
    ] {
        assert_eq!(encode(&mut encoder, &data), bytes);
    }
    encoder.reset();
    assert_eq!(encode(&mut encoder, &note), [0x90, 60, 100]);
    // A refused event changes nothing.
    assert!(encoder.encode(&EventData::SongSelect(128)).is_err());
    assert!(
        encoder
            .encode_into(&EventData::TuneRequest, &mut [])
            .is_err()
    );
    assert_eq!(encode(&mut encoder, &note), [60, 100]);
}

#[test]
fn running_status_on_the_way_in() {
    let on = |note| EventData::NoteOn(key(0, note, 1));
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
        let notes = items
            .iter()
            .filter(|item| matches!(item, Item::Event(EventData::NoteOn(_))));
        assert_eq!(notes.count(), 1, "{ends:x?}");
        assert!(discarded >= 2, "{ends:x?}");
    }
}

#[test]
fn what_is_no_message_is_dropped_and_counted() {
    for (stream, discarded) in [
        (&[60, 100][..], 2),
        (&[0x90], 1),
        (&[0x90, 60], 2),
        // Under running status the status byte was of use.
        (&[0x90, 60, 100, 61], 1),
        (&[0x90, 60, 0x80, 61], 4),
        (&[0xf9, 0xfd], 2),
        (&[0xf4, 1, 0xf5, 2, 3], 5),
        (&[0xf7, 0xf7], 2),
        (&[0xf2, 1, 0xf6], 2),
    ] {
        assert_eq!(parse([stream], 256).1, discarded, "{stream:x?}");
        // And what comes behind it is found.
        let stream = [stream, &[0xc0, 5]].concat();
        let last = parse([stream.as_slice()], 256).0.pop();
        let program = EventData::ProgramChange(ChannelValue::new(0, 5).unwrap());
        assert_eq!(last, Some(Item::Event(program)));
    }
}

/// alsa-rs#50: after sysex, running status made controllers without a status.
#[test]
fn no_running_status_after_sysex() {
    let mut encoder = Encoder::new().with_running_status(true);
    let sysex = EventData::SysEx((&[0xf0, 1, 0xf7]).into());
    assert_eq!(encode(&mut encoder, &cc(0, 8, 127)), [0xb0, 8, 127]);
    assert_eq!(encode(&mut encoder, &sysex), [0xf0, 1, 0xf7]);
    assert_eq!(encode(&mut encoder, &cc(0, 8, 127)), [0xb0, 8, 127]);
    assert_eq!(encode(&mut encoder, &cc(0, 8, 0)), [8, 0]);
    // A part of a message is sysex as well.
    let part = EventData::SysEx((&[2, 3]).into());
    assert_eq!(encode(&mut encoder, &part), [2, 3]);
    assert_eq!(encode(&mut encoder, &cc(0, 8, 0)), [0xb0, 8, 0]);
}

/// keykit#13, #14: of several messages in a buffer, all but the first were
/// lost, and those with running status too.
#[test]
fn a_buffer_of_many_messages_gives_all_of_them() {
    assert_eq!(
        events(&[0xb0, 0x64, 0, 0x65, 0, 0x90, 60, 1]),
        [
            cc(0, 100, 0),
            cc(0, 101, 0),
            EventData::NoteOn(key(0, 60, 1))
        ]
    );
}

/// alsa-lib#392, cl-alsaseq#3: flags of a sysex event stayed with the short
/// event behind it, whose data was then taken for a pointer.
#[test]
fn an_event_after_sysex_has_no_data_of_variable_length() {
    let mut input: &[u8] = &[0xf0, 1, 2, 0xf7, 0xf2, 0, 0, 0x90, 60, 1];
    let mut parser = Parser::new([0; 8]);
    let mut sizes = Vec::new();
    while let Some(Parsed::Event(data)) = parser.parse(&mut input) {
        let event = Event::from(data);
        let mut bytes = vec![0xa5; wire::encoded_len(&event)];
        wire::encode(&event, &mut bytes).unwrap();
        let view = Events::new(&bytes, Framing::Packed)
            .next()
            .unwrap()
            .unwrap();
        sizes.push((view.event_type(), bytes.len(), view.payload().len()));
    }
    assert_eq!(
        sizes,
        [
            (EventType::SYSEX, 32, 4),
            (EventType::SONG_POSITION, 28, 0),
            (EventType::NOTE_ON, 28, 0),
        ]
    );
}

/// libasound drops it without a word.
#[test]
fn unfinished_sysex_is_handed_out_as_such() {
    let note = Item::Event(EventData::NoteOn(key(0, 60, 1)));
    let chunk = |bytes: &'static [u8]| Item::Event(EventData::SysEx(bytes.into()));
    let stream = [
        0xf0, 1, 0x90, 60, 1, 0xf0, 2, 3, 4, 5, 0xf0, 6, 0xf7, 0xf0, 7,
    ];
    let expected = [
        Item::Truncated(vec![0xf0, 1]),
        note,
        chunk(&[0xf0, 2, 3, 4]),
        Item::Truncated(vec![5]),
        chunk(&[0xf0, 6, 0xf7]),
        Item::Truncated(vec![0xf0, 7]),
    ];
    assert_eq!(parse([&stream[..]], 4), (expected.to_vec(), 0));
}

/// munt#22, rtmidi#379: pieces of sysex messages were refused, or lost.
#[test]
fn a_piece_of_sysex_is_written_as_it_is() {
    let mut encoder = Encoder::new();
    for piece in [&[0xf0, 1, 2][..], &[3, 4], &[5, 0xf7], &[0xf7]] {
        assert_eq!(encode(&mut encoder, &EventData::SysEx(piece.into())), piece);
    }
}

/// python-alsa-midi splits at 1024 bytes and sends the first part alone.
#[test]
fn no_part_of_long_sysex_is_lost() {
    for length in [255, 256, 257, 1023, 1024, 1025, 2840, 100_000] {
        let mut message = vec![0xf0];
        message.extend((0..0x80_u8).cycle().take(length - 2));
        message.push(0xf7);
        for buffer in [1, 255, 256, 1024, 1 << 17] {
            let (items, discarded) = parse([message.as_slice()], buffer);
            assert_eq!(discarded, 0);
            assert_eq!(items.len(), length.div_ceil(buffer));
            let joined = items.iter().flat_map(|item| match item {
                Item::Event(EventData::SysEx(bytes)) => bytes.to_vec(),
                other => panic!("{other:?}"),
            });
            assert!(joined.eq(message.iter().copied()), "{length} by {buffer}");
        }
    }
}

/// alsa-rs fails on types it does not know, and takes the whole input with it.
#[test]
fn an_unknown_event_is_refused_by_name_and_the_next_goes_on() {
    let mut encoder = Encoder::new();
    let unknown = EventData::Other {
        event_type: EventType::new(77),
        data: [0; 12],
        payload: (&[]).into(),
    };
    let error = encoder.encode(&unknown).unwrap_err();
    assert_eq!(
        error.to_string(),
        "events of type type-77 are no MIDI 1.0 messages"
    );
    let user = EventData::UserVar(UserNumber::new(0).unwrap(), (&[0x90]).into());
    assert!(matches!(
        encoder.encode(&user),
        Err(EncodeError::NotMidi(_))
    ));
    assert_eq!(encode(&mut encoder, &cc(0, 1, 2)), [0xb0, 1, 2]);
}

#[test]
fn the_buffer_is_the_callers() {
    let mut storage = [0; 3];
    let mut parser = Parser::new(&mut storage[..]);
    let mut input: &[u8] = &[0xf0, 1, 2];
    let parsed = parser.parse(&mut input);
    let whole = EventData::SysEx((&[0xf0, 1, 2]).into());
    assert_eq!(parsed, Some(Parsed::Event(whole)));

    // Without one there is no sysex, and all else.
    let mut parser = Parser::new([]);
    let mut input: &[u8] = &[0xf0, 1, 0xf8, 2, 0xf7, 0xc0, 5];
    let mut count = 0;
    while parser.parse(&mut input).is_some() {
        count += 1;
    }
    assert_eq!((count, parser.discarded()), (2, 4));
    assert_eq!(parser.finish(), None);
}
