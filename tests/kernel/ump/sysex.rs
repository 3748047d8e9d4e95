//! Long messages to and from UMP clients.

use std::num::NonZeroUsize;
use std::thread;

use alsa_seq::sysex::{Outcome, Reassembler};
use alsa_seq::ump::{self, Group, Sysex7, Sysex8, Ump};
use alsa_seq::{Event, EventData, MidiVersion, SysexPace};

use super::{need_ump, with_port};
use support::{client, next_event};

fn bytes(count: usize) -> Vec<u8> {
    (0..=127).cycle().take(count).collect()
}

/// Sends pieces of any size to a pool that has one cell for each six bytes.
#[test]
fn a_long_message_arrives_whole_at_a_ump_client() {
    need_ump!();
    for (version, piece) in [
        (MidiVersion::Ump1, 1),
        (MidiVersion::Ump2, 7),
        (MidiVersion::Ump1, 256),
        (MidiVersion::Ump2, 100_000),
    ] {
        let count = if piece == 1 { 1000 } else { 50_000 };
        let message = bytes(count);
        let whole = [&[0xf0], &message[..], &[0xf7]].concat();
        let mut sender = client("sender");
        let (mut receiver, input) = with_port("receiver", version);
        let address = input.address();
        let received = thread::spawn(move || {
            let _input = input;
            let mut reassembler = ump::Reassembler::new();
            loop {
                let event = next_event(&mut receiver);
                let result = reassembler.push(event.source(), event.packet().unwrap());
                assert!(!result.stray && result.abandoned.is_none());
                if let Some(message) = result.complete {
                    return message;
                }
            }
        });
        let pace = SysexPace::new().chunk(NonZeroUsize::new(piece).unwrap());
        sender
            .sysex_output(&Event::sysex(&whole[..]).to(address), pace)
            .unwrap();
        assert!(received.join().unwrap() == message, "pieces of {piece}");
    }
}

/// Messages of two groups and two streams are sent at the same time.
#[test]
fn messages_of_groups_and_streams_stay_apart() {
    need_ump!();
    let (mut sender, _) = with_port("sender", MidiVersion::Ump2);
    let (mut receiver, input) = with_port("receiver", MidiVersion::Ump2);
    let message = bytes(100);
    let other: Vec<u8> = (100..=255).collect();
    let group = |number| Group::new(number).unwrap();
    let seven = |number| {
        Sysex7::split(&message)
            .unwrap()
            .map(move |part| Ump::Sysex7(group(number), part))
            .collect::<Vec<_>>()
    };
    let eight = |stream| {
        Sysex8::split(stream, &other)
            .map(|part| Ump::Sysex8(group(2), part))
            .collect::<Vec<_>>()
    };
    let rows = [seven(0), seven(15), eight(0), eight(1)];
    for index in 0..rows.iter().map(Vec::len).max().unwrap() {
        for row in &rows {
            if let Some(part) = row.get(index) {
                let event = Event::ump(*part).to(&input);
                sender.event_output_direct(&event).unwrap();
            }
        }
    }
    let mut reassembler = ump::Reassembler::new();
    let mut whole = Vec::new();
    while whole.len() < 4 {
        let event = next_event(&mut receiver);
        let packet = event.packet().unwrap();
        let result = reassembler.push(event.source(), packet);
        assert!(!result.stray && result.abandoned.is_none());
        whole.extend(
            result
                .complete
                .map(|bytes| (packet.group().unwrap().number(), bytes)),
        );
    }
    assert_eq!(reassembler.held(), 0);
    whole.sort();
    let expected = [
        (0, message.clone()),
        (2, other.clone()),
        (2, other),
        (15, message),
    ];
    assert_eq!(whole, expected);
}

/// Packets to a legacy client become pieces of a few bytes each. The client's own reassembler joins
/// them.
#[test]
fn packets_become_a_message_of_a_legacy_client() {
    need_ump!();
    let (mut sender, _) = with_port("sender", MidiVersion::Ump1);
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let message = bytes(500);
    for part in Sysex7::split(&message).unwrap() {
        let event = Event::ump(Ump::Sysex7(Group::default(), part)).to(&input);
        sender.event_output_direct(&event).unwrap();
    }
    let mut reassembler = Reassembler::new();
    loop {
        let event = next_event(&mut receiver);
        let EventData::Sysex(mut piece) = event.data() else {
            panic!("{event:?}");
        };
        assert!((1..=8).contains(&piece.len()));
        let outcome = reassembler.push(event.source(), &mut piece);
        if let Some(Outcome::Complete(whole)) = outcome {
            assert_eq!(whole[1..whole.len() - 1], message);
            return;
        }
        assert_eq!(outcome, None);
    }
}
