//! Messages arrive unchanged and complete.

use std::thread;
use std::time::{Duration, Instant};

use alsa_seq::{Event, EventData};
use alsa_seq_midir as midir;
use midir::ext::PortExt as _;
use midir::{Ignore, MidiInput, MidiOutput, MidiOutputConnection, MidiOutputPort, SendError};

use support::midir::{Listener, raw_sender};
use support::{need_sequencer, unique};

fn output_to(listener: &Listener) -> MidiOutputConnection {
    let output = MidiOutput::new(&unique("player")).unwrap();
    let port = MidiOutputPort::from_address(listener.address());
    output.connect(&port, "out").unwrap()
}

#[test]
fn every_kind_of_message_arrives() {
    need_sequencer!();
    let listener = Listener::new();
    let mut output = output_to(&listener);
    let messages: [&[u8]; 17] = [
        &[0x80, 60, 64],
        &[0x91, 60, 0],
        &[0xa2, 60, 1],
        &[0xb3, 7, 127],
        &[0xc4, 5],
        &[0xd5, 6],
        &[0xef, 0, 64],
        &[0xf0, 0xf7],
        &[0xf0, 1, 2, 3, 0xf7],
        &[0xf1, 0x23],
        &[0xf2, 1, 2],
        &[0xf3, 4],
        &[0xf6],
        &[0xf8],
        &[0xfa],
        &[0xfe],
        &[0xff],
    ];
    for message in messages {
        output.send(message).unwrap();
    }
    for message in messages {
        assert_eq!(listener.next(), message);
    }
}

#[test]
fn several_messages_in_one_call_arrive_one_by_one() {
    need_sequencer!();
    let listener = Listener::new();
    let mut output = output_to(&listener);
    output.send(&[0x90, 60, 100, 0xc0, 5, 0x80, 60, 0]).unwrap();
    assert_eq!(listener.next(), [0x90, 60, 100]);
    assert_eq!(listener.next(), [0xc0, 5]);
    assert_eq!(listener.next(), [0x80, 60, 0]);
}

/// The same as with midir.
#[test]
fn padding_is_not_sent() {
    need_sequencer!();
    let listener = Listener::new();
    let mut output = output_to(&listener);
    let padded: [&[u8]; 5] = [
        &[0xc0, 5, 0],
        &[0xf8, 0, 0],
        &[0xf1, 3, 0],
        &[0xf0, 1, 0xf7, 0, 0],
        &[0x90, 1, 2, 0xf7],
    ];
    for bytes in padded {
        output.send(bytes).unwrap();
    }
    output.send(&[0xfc]).unwrap();
    let messages: [&[u8]; 6] = [
        &[0xc0, 5],
        &[0xf8],
        &[0xf1, 3],
        &[0xf0, 1, 0xf7],
        &[0x90, 1, 2],
        &[0xfc],
    ];
    for message in messages {
        assert_eq!(listener.next(), message);
    }
}

#[test]
fn invalid_messages_are_refused() {
    need_sequencer!();
    let listener = Listener::new();
    let mut output = output_to(&listener);
    for bytes in [&[][..], &[0x90], &[0x90, 60], &[1, 2], &[0xf4]] {
        let error = output.send(bytes).unwrap_err();
        assert!(
            matches!(error, SendError::InvalidData(_)),
            "{bytes:x?}: {error}"
        );
    }
    output.send(&[0xf8]).unwrap();
    assert_eq!(listener.next(), [0xf8], "nothing of the others was sent");
}

/// midir keeps refused bytes, and the next call sends a message of both.
#[test]
fn a_refused_message_does_not_become_a_part_of_the_next() {
    need_sequencer!();
    let listener = Listener::new();
    let mut output = output_to(&listener);
    output.send(&[0x90, 60, 100]).unwrap();
    for pieces in [[&[0x80][..], &[60, 64]], [&[0x80, 60], &[64, 64]]] {
        for piece in pieces {
            output.send(piece).unwrap_err();
        }
    }
    // Other bytes after a message are left out, and are not a part of the next call either.
    output.send(&[0x91, 61, 100, 0x80]).unwrap();
    output.send(&[61, 64]).unwrap_err();
    output.send(&[0xf8]).unwrap();
    assert_eq!(listener.next(), [0x90, 60, 100]);
    assert_eq!(listener.next(), [0x91, 61, 100]);
    assert_eq!(listener.next(), [0xf8], "nothing of the others was sent");
}

/// midir returns an error for each piece.
#[test]
fn sysex_may_be_sent_in_pieces() {
    need_sequencer!();
    let listener = Listener::new();
    let mut output = output_to(&listener);
    let mut message = vec![0x11; 5572];
    message[0] = 0xf0;
    message[5571] = 0xf7;
    for piece in message.chunks(4) {
        output.send(piece).unwrap();
    }
    assert_eq!(listener.next(), message);
}

/// midir sends one event. The kernel refuses it if the receiver's whole pool is smaller.
#[test]
fn sysex_of_any_length_arrives_complete() {
    need_sequencer!();
    let listener = Listener::new();
    let mut output = output_to(&listener);
    for length in [5572, 14_000, 200_000] {
        let mut message: Vec<u8> = (0..0x80).cycle().take(length).collect();
        message[0] = 0xf0;
        *message.last_mut().unwrap() = 0xf7;
        output.send(&message).unwrap();
        assert_eq!(listener.next(), message, "{length} bytes");
    }
}

/// midir has one flag for all senders, and mixes their messages.
#[test]
fn sysex_of_two_senders_is_not_mixed() {
    need_sequencer!();
    let listener = Listener::new();
    let (piano, _piano) = raw_sender(listener.address());
    let (organ, _organ) = raw_sender(listener.address());
    let mut clients = [piano, organ];
    let pieces = [&[0xf0, 1, 2][..], &[0xf0, 3], &[4, 0xf7], &[5, 0xf7]];
    for (index, bytes) in pieces.into_iter().enumerate() {
        let client = &mut clients[index % 2];
        client.event_output_direct(&Event::sysex(bytes)).unwrap();
        // An event of another type in between does not end the message.
        client.event_output_direct(&Event::clock()).unwrap();
    }
    let messages: Vec<Vec<u8>> = (0..6).map(|_| listener.next()).collect();
    let sysex: Vec<&Vec<u8>> = messages.iter().filter(|bytes| bytes[0] == 0xf0).collect();
    assert_eq!(sysex, [&vec![0xf0, 1, 2, 4, 0xf7], &vec![0xf0, 3, 5, 0xf7]]);
}

/// midir panics in this case.
#[test]
fn an_event_without_bytes_is_ignored() {
    need_sequencer!();
    let listener = Listener::new();
    let (mut raw, _port) = raw_sender(listener.address());
    raw.event_output_direct(&Event::sysex(&[])).unwrap();
    raw.event_output_direct(&Event::note_on(0, 60, 100).unwrap())
        .unwrap();
    assert_eq!(listener.next(), [0x90, 60, 100]);
}

/// midir returns all of them in one call, as if they were one message.
#[test]
fn an_event_of_several_messages_is_several_calls() {
    need_sequencer!();
    let listener = Listener::new();
    let (mut raw, _port) = raw_sender(listener.address());
    raw.event_output_direct(&Event::rpn(1, 0, 2 << 7).unwrap())
        .unwrap();
    raw.event_output_direct(&Event::new(EventData::TuneRequest))
        .unwrap();
    for controller in [[0xb1, 101, 0], [0xb1, 100, 0], [0xb1, 6, 2], [0xb1, 38, 0]] {
        assert_eq!(listener.next(), controller);
    }
    assert_eq!(listener.next(), [0xf6]);
}

/// The kernel passes on values that do not fit into MIDI. As with midir, their low bits arrive.
#[test]
fn values_of_other_programs_are_masked() {
    need_sequencer!();
    let listener = Listener::new();
    let (mut raw, _port) = raw_sender(listener.address());
    let events = [
        EventData::NoteOn {
            channel: 0x11,
            note: 200,
            velocity: 129,
        },
        EventData::ControlChange {
            channel: 0,
            controller: 7,
            value: 128,
        },
        EventData::PitchBend {
            channel: 0,
            bend: 8192,
        },
        EventData::ProgramChange {
            channel: 0,
            program: -1,
        },
        EventData::SongPosition { beats: 0x4001 },
    ];
    for data in events {
        raw.event_output_direct(&Event::new(data)).unwrap();
    }
    let messages: [&[u8]; 5] = [
        &[0x91, 72, 1],
        &[0xb0, 7, 0],
        &[0xe0, 0, 0],
        &[0xc0, 127],
        &[0xf2, 1, 0],
    ];
    for message in messages {
        assert_eq!(listener.next(), message);
    }
}

#[test]
fn ignored_messages_are_not_delivered() {
    need_sequencer!();
    let all: [&[u8]; 5] = [
        &[0xf0, 1, 0xf7],
        &[0xf1, 1],
        &[0xf8],
        &[0xfe],
        &[0x90, 1, 2],
    ];
    for (ignore, expected) in [
        (Ignore::None, &[0, 1, 2, 3, 4][..]),
        (Ignore::Sysex, &[1, 2, 3, 4]),
        (Ignore::Time, &[0, 3, 4]),
        (Ignore::ActiveSense, &[0, 1, 2, 4]),
        (Ignore::Sysex | Ignore::ActiveSense, &[1, 2, 4]),
        (Ignore::All, &[4]),
    ] {
        let mut input = MidiInput::new(&unique("choosy")).unwrap();
        input.ignore(ignore);
        let listener = Listener::of(input);
        let mut output = output_to(&listener);
        for message in all {
            output.send(message).unwrap();
        }
        for index in expected {
            assert_eq!(listener.next(), all[*index], "{ignore:?}");
        }
    }
}

/// The stamp is between the program's own readings of the clock before and after the sending.
#[test]
fn times_are_microseconds_since_the_connection() {
    need_sequencer!();
    let before = Instant::now();
    let listener = Listener::new();
    let after = Instant::now();
    let mut output = output_to(&listener);
    let micros = |from: Instant, to: Instant| {
        i128::try_from(to.saturating_duration_since(from).as_micros()).unwrap()
    };
    for pause in [0, 300, 20] {
        thread::sleep(Duration::from_millis(pause));
        let sending = Instant::now();
        output.send(&[0x90, 60, 100]).unwrap();
        let mut arrived = Instant::now();
        let stamp = i128::from(listener.next_stamped().0);
        if cfg!(feature = "avoid_timestamping") {
            // The stamp is the time of reading the message.
            arrived = Instant::now();
        }
        // The largest error of the first reading of the queue.
        let slack = 20_000;
        let earliest = micros(after, sending) - slack;
        let latest = micros(before, arrived) + slack;
        assert!(
            (earliest..=latest).contains(&stamp),
            "{stamp}: {earliest} to {latest}"
        );
    }
}
