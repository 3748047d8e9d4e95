//! A test for each defect of another library that concerns MIDI bytes.

use alsa_seq::midi::{EncodeError, Encoder, Parsed, Parser};
use alsa_seq::wire::{self, Events, Framing};
use alsa_seq::{Event, EventData, EventType, UserNumber};

use super::{cc, encode, events, note_on};
use support::invariants::midi_bytes::{Item, parse};

/// alsa-rs#50: after sysex, controllers were written with running status, so without a status byte.
#[test]
fn no_running_status_after_sysex() {
    let mut encoder = Encoder::new().with_running_status(true);
    let sysex = EventData::Sysex(&[0xf0, 1, 0xf7]);
    assert_eq!(encode(&mut encoder, &cc(0, 8, 127)), [0xb0, 8, 127]);
    assert_eq!(encode(&mut encoder, &sysex), [0xf0, 1, 0xf7]);
    assert_eq!(encode(&mut encoder, &cc(0, 8, 127)), [0xb0, 8, 127]);
    assert_eq!(encode(&mut encoder, &cc(0, 8, 0)), [8, 0]);
    // A part of a sysex message is also sysex.
    let part = EventData::Sysex(&[2, 3]);
    assert_eq!(encode(&mut encoder, &part), [2, 3]);
    assert_eq!(encode(&mut encoder, &cc(0, 8, 0)), [0xb0, 8, 0]);
}

/// keykit#13, #14: of several messages in a buffer, all except the first were lost, also with
/// running status.
#[test]
fn a_buffer_of_many_messages_gives_all_of_them() {
    assert_eq!(
        events(&[0xb0, 0x64, 0, 0x65, 0, 0x90, 60, 1]),
        [cc(0, 100, 0), cc(0, 101, 0), note_on(0, 60, 1)]
    );
}

/// alsa-lib#392, cl-alsaseq#3: flags of a sysex event stayed in the short event after it. The data
/// of the short event was then read as a pointer.
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

/// libasound drops unfinished sysex without an error.
#[test]
fn unfinished_sysex_is_returned_as_truncated() {
    let note = Item::event(note_on(0, 60, 1));
    let chunk = |bytes: &[u8]| Item::event(EventData::Sysex(bytes));
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

/// munt#22, rtmidi#379: pieces of sysex messages were refused or lost.
#[test]
fn a_piece_of_sysex_is_written_as_it_is() {
    let mut encoder = Encoder::new();
    for piece in [&[0xf0, 1, 2][..], &[3, 4], &[5, 0xf7], &[0xf7]] {
        assert_eq!(encode(&mut encoder, &EventData::Sysex(piece)), piece);
    }
}

/// python-alsa-midi splits at 1024 bytes, and sends only the first part.
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
                Item::Event(event) if event.event_type() == EventType::SYSEX => event.payload(),
                other => panic!("{other:?}"),
            });
            assert!(joined.eq(&message), "{length} by {buffer}");
        }
    }
}

/// alsa-rs fails with unknown types, and loses the whole input.
#[test]
fn an_unknown_event_is_refused_and_the_next_is_encoded() {
    let mut encoder = Encoder::new();
    let unknown = EventData::Other {
        event_type: EventType::new(77),
        data: [0; 12],
        payload: &[],
    };
    let error = encoder.encode(&unknown).unwrap_err();
    assert_eq!(
        error.to_string(),
        "events of type type-77 are no MIDI 1.0 messages"
    );
    let user = EventData::UserVar {
        number: UserNumber::new(0).unwrap(),
        data: &[0x90],
    };
    assert!(matches!(
        encoder.encode(&user),
        Err(EncodeError::NotMidi(_))
    ));
    assert_eq!(encode(&mut encoder, &cc(0, 1, 2)), [0xb0, 1, 2]);
}

/// A real-time byte inside a message or inside sysex is returned at once, as in libasound. The
/// message continues after it.
#[test]
fn real_time_bytes_come_at_once_and_end_no_message() {
    let clock = EventData::Clock(alsa_seq::QueueId::new(0));
    let sysex = EventData::Sysex(&[0xf0, 1, 2, 0xf7]);
    for stream in [
        &[0xf0, 0xf8, 1, 2, 0xf7, 0x90, 60, 1][..],
        &[0xf0, 1, 2, 0xf8, 0xf7, 0x90, 60, 1],
    ] {
        let note = note_on(0, 60, 1);
        assert_eq!(events(stream), [clock, sysex, note]);
    }
    for stream in [[0x90, 0xf8, 60, 1], [0x90, 60, 0xf8, 1]] {
        let note = note_on(0, 60, 1);
        assert_eq!(events(&stream), [clock, note]);
    }
    // Undefined real-time bytes are ignored there too.
    let stream = [0xf0, 0xf9, 1, 0xfd, 2, 0xf7];
    assert_eq!(events(&stream), [sysex]);
}

/// libasound returns -ENOMEM, and treats the status as sent.
#[test]
fn the_error_for_a_small_buffer_has_the_needed_size() {
    let mut encoder = Encoder::new().with_running_status(true);
    let mut buffer = [0xa5; 3];
    let error = encoder.encode_into(&cc(0, 8, 127), &mut buffer[..2]);
    let (needed, available) = (3, 2);
    assert_eq!(error, Err(EncodeError::NoRoom { needed, available }));
    assert_eq!(buffer, [0xa5; 3], "nothing was written");
    assert_eq!(encoder.encode_into(&cc(0, 8, 127), &mut buffer), Ok(3));
    assert_eq!(buffer, [0xb0, 8, 127]);
    assert_eq!(encoder.encode_into(&cc(0, 8, 1), &mut buffer), Ok(2));
}

/// A pair may be one value of 14 bits or two of 7 bits. Only the receiver can decide.
#[test]
fn pairs_of_controllers_are_not_combined() {
    let rpn = [0xb0, 101, 0, 100, 0, 6, 2, 38, 0, 1, 64, 33, 0];
    let pairs = [(101, 0), (100, 0), (6, 2), (38, 0), (1, 64), (33, 0)];
    let expected = pairs.map(|(controller, value)| cc(0, controller, value));
    assert_eq!(events(&rpn), expected);
}
