//! Every message of the specification, and events that are not MIDI messages.

use alsa_seq::midi::{EncodeError, Encoder};
use alsa_seq::{EventData, EventType, QueueId, ValueError};

use super::{cc, encode, events, note_on};
use support::samples;

/// Returns each message as the MIDI 1.0 specification defines it (tables I to VI).
fn golden() -> Vec<(EventData<'static>, &'static [u8])> {
    let queue = QueueId::new(0);
    let bend = |channel, value| EventData::pitch_bend(channel, value).unwrap();
    let off = EventData::note_off(1, 60, 64).unwrap();
    vec![
        (off, &[0x81, 60, 64]),
        (note_on(15, 127, 1), &[0x9f, 127, 1]),
        (note_on(0, 0, 0), &[0x90, 0, 0]),
        (
            EventData::key_pressure(2, 61, 127).unwrap(),
            &[0xa2, 61, 127],
        ),
        (cc(3, 7, 100), &[0xb3, 7, 100]),
        // All notes off, a channel mode message.
        (cc(3, 123, 0), &[0xb3, 123, 0]),
        (EventData::program_change(4, 127).unwrap(), &[0xc4, 127]),
        (EventData::channel_pressure(5, 1).unwrap(), &[0xd5, 1]),
        (bend(6, 0), &[0xe6, 0, 64]),
        (bend(6, -8192), &[0xe6, 0, 0]),
        (bend(6, 8191), &[0xe6, 127, 127]),
        (bend(6, 1), &[0xe6, 1, 64]),
        (EventData::Sysex(&[0xf0, 0x7d, 0xf7]), &[0xf0, 0x7d, 0xf7]),
        (EventData::QuarterFrame { value: 0x71 }, &[0xf1, 0x71]),
        (EventData::SongPosition { beats: 0x3fff }, &[0xf2, 127, 127]),
        (EventData::SongPosition { beats: 300 }, &[0xf2, 44, 2]),
        (EventData::SongSelect { song: 9 }, &[0xf3, 9]),
        (EventData::TuneRequest, &[0xf6]),
        (EventData::Clock(queue), &[0xf8]),
        (EventData::Start(queue), &[0xfa]),
        (EventData::Continue(queue), &[0xfb]),
        (EventData::Stop(queue), &[0xfc]),
        (EventData::ActiveSensing, &[0xfe]),
        (EventData::Reset, &[0xff]),
    ]
}

#[test]
fn every_message_agrees_with_the_specification() {
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
            // The samples' values are out of range, so that a mask would show.
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
    let high = EventData::Control14Bit {
        channel: 1,
        controller: 64,
        value: 127,
    };
    for (data, full, running) in [
        (
            EventData::control_14bit(0, 1, 0x1234).unwrap(),
            &[0xb0, 1, 0x24, 0xb0, 33, 0x34][..],
            &[0xb0, 1, 0x24, 33, 0x34][..],
        ),
        (
            EventData::control_14bit(0, 31, 0).unwrap(),
            &[0xb0, 31, 0, 0xb0, 63, 0],
            &[0xb0, 31, 0, 63, 0],
        ),
        (high, &[0xb1, 64, 127], &[0xb1, 64, 127]),
        (
            EventData::rpn(2, 0x0181, 0x3fff).unwrap(),
            &[0xb2, 101, 3, 0xb2, 100, 1, 0xb2, 6, 127, 0xb2, 38, 127],
            &[0xb2, 101, 3, 100, 1, 6, 127, 38, 127],
        ),
        (
            EventData::nrpn(2, 0x3fff, 0x0081).unwrap(),
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

/// libasound keeps only the lower seven bits.
#[test]
fn values_out_of_range_are_errors_and_never_masked() {
    for (data, what, value, range) in [
        (
            EventData::NoteOn {
                channel: 16,
                note: 0,
                velocity: 0,
            },
            "channel",
            16,
            (0, 15),
        ),
        (
            EventData::NoteOn {
                channel: 0,
                note: 128,
                velocity: 0,
            },
            "note",
            128,
            (0, 127),
        ),
        (
            EventData::NoteOff {
                channel: 0,
                note: 0,
                velocity: 200,
            },
            "velocity",
            200,
            (0, 127),
        ),
        (
            EventData::KeyPressure {
                channel: 0,
                note: 0,
                pressure: 255,
            },
            "pressure",
            255,
            (0, 127),
        ),
        (
            EventData::ControlChange {
                channel: 0,
                controller: 128,
                value: 0,
            },
            "controller",
            128,
            (0, 127),
        ),
        (
            EventData::ControlChange {
                channel: 0,
                controller: 0,
                value: -1,
            },
            "value",
            -1,
            (0, 127),
        ),
        (
            EventData::Control14Bit {
                channel: 0,
                controller: 0,
                value: 16384,
            },
            "value",
            16384,
            (0, 16383),
        ),
        (
            EventData::Control14Bit {
                channel: 0,
                controller: 32,
                value: 128,
            },
            "value",
            128,
            (0, 127),
        ),
        (
            EventData::Control14Bit {
                channel: 0,
                controller: 1 << 31,
                value: 0,
            },
            "controller",
            1 << 31,
            (0, 127),
        ),
        (
            EventData::Rpn {
                channel: 0,
                parameter: 16384,
                value: 0,
            },
            "parameter",
            16384,
            (0, 16383),
        ),
        (
            EventData::Nrpn {
                channel: 0,
                parameter: 0,
                value: i32::MIN,
            },
            "value",
            i64::from(i32::MIN),
            (0, 16383),
        ),
        (
            EventData::ProgramChange {
                channel: 0,
                program: 128,
            },
            "program",
            128,
            (0, 127),
        ),
        (
            EventData::ChannelPressure {
                channel: 0,
                pressure: -1,
            },
            "pressure",
            -1,
            (0, 127),
        ),
        (
            EventData::PitchBend {
                channel: 0,
                bend: 8192,
            },
            "pitch bend",
            8192,
            (-8192, 8191),
        ),
        (
            EventData::PitchBend {
                channel: 0,
                bend: -8193,
            },
            "pitch bend",
            -8193,
            (-8192, 8191),
        ),
        (
            EventData::SongPosition { beats: 16384 },
            "song position",
            16384,
            (0, 16383),
        ),
        (EventData::SongSelect { song: 128 }, "song", 128, (0, 127)),
        (
            EventData::QuarterFrame { value: -1 },
            "quarter frame",
            -1,
            (0, 127),
        ),
    ] {
        let error = match Encoder::new().encode(&data) {
            Err(EncodeError::Value(error)) => error,
            other => panic!("{data:?}: {other:?}"),
        };
        let told = (error.what(), error.value(), ValueError::range(error));
        assert_eq!(told, (what, value, range), "{data:?}");
    }
}
