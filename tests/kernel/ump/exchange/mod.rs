//! Sends every message from a client of every version to a client of every version. Compares the
//! result with the specification's translation (M2-104-UM, appendix D). `departures` lists the
//! cases where the kernel does something else.

use alsa_seq::ump::{Group, Packet, Sysex7, Ump};
use alsa_seq::{Event, EventData, Time};

use super::{need_ump, packet};
use alsa_seq::MidiVersion::{Legacy, Ump1, Ump2};
use common::common;
use pair::{Message, Pair, check, control, with_all_pairs};
use support::kept;
use support::next_event;

mod common;
mod departures;
mod own;
mod pair;
mod values;

#[test]
fn messages_of_all_versions_are_converted_for_the_receiver() {
    need_ump!();
    let messages = common();
    with_all_pairs(|from, to, pair| {
        for message in &messages {
            let got = pair.exchange(&message.said_by(from));
            check(message.name, from, to, got, &message.said_by(to));
        }
    });
}

/// Every client receives a note that the queue ends as a note-on and a note-off.
#[test]
fn a_note_of_a_queue_is_two_messages() {
    need_ump!();
    let message = Message::new(
        "note",
        [
            EventData::note_on(5, 60, 100).unwrap(),
            EventData::note_off(5, 60, 64).unwrap(),
        ],
        &["20953c64", "20853c40"],
        &["40953c00 c9240000", "40853c00 80000000"],
    );
    with_all_pairs(|from, to, pair| {
        let input = pair.receiver.create_port("in").unwrap();
        let queue = pair.sender.create_queue("queue").unwrap();
        queue.start().unwrap();
        let event = Event::new(EventData::Note {
            channel: 5,
            note: 60,
            velocity: 100,
            off_velocity: 64,
            duration: 1,
        })
        .to(&input);
        pair.sender
            .event_output(&event.at(&queue, Time::Tick(1)))
            .unwrap();
        pair.sender.drain_output().unwrap();
        let got = [(); 2].map(|()| kept(next_event(&mut pair.receiver)));
        check("note", from, to, got.to_vec(), &message.said_by(to));
    });
}

/// A bank and a program are three messages of MIDI 1.0, and one of MIDI 2.0.
#[test]
fn a_bank_and_a_program_are_one_message_of_midi_2() {
    need_ump!();
    let message = Message::new(
        "bank and program",
        [
            control(0, 1),
            control(32, 2),
            EventData::program_change(5, 3).unwrap(),
        ],
        &["20b50001", "20b52002", "20c50300"],
        &["40c50001 03000102"],
    );
    with_all_pairs(|from, to, pair| {
        let got = pair.exchange(&message.said_by(from));
        let expected = match (from, to) {
            // This event of the sequencer contains both bank controllers.
            (Ump2, Legacy) => vec![
                EventData::control_14bit(5, 0, 1 << 7 | 2).unwrap(),
                EventData::program_change(5, 3).unwrap(),
            ],
            _ => message.said_by(to),
        };
        check(message.name, from, to, got, &expected);
    });
}

/// Registered and other parameters are four messages of MIDI 1.0, one message of MIDI 2.0, and one
/// event of the sequencer.
#[test]
fn parameters_are_one_message_of_midi_2() {
    need_ump!();
    let midi1 = |select: [u8; 2]| {
        let controllers = [(select[0], 1), (select[1], 2), (6, 3), (38, 4)];
        let text = controllers.map(|(number, value)| format!("20b5{number:02x}{value:02x}"));
        let events = controllers.map(|(number, value)| control(number, value));
        (text, events)
    };
    for (name, own, select, ump2) in [
        (
            "RPN",
            EventData::rpn(5, 1 << 7 | 2, 3 << 7 | 4).unwrap(),
            [101, 100],
            "40250102 06100000",
        ),
        (
            "NRPN",
            EventData::nrpn(5, 1 << 7 | 2, 3 << 7 | 4).unwrap(),
            [99, 98],
            "40350102 06100000",
        ),
    ] {
        let (text, controllers) = midi1(select);
        let text: Vec<_> = text.iter().map(String::as_str).collect();
        let message = Message::new(name, [own], &text, &[ump2]);
        with_all_pairs(|from, to, pair| {
            let got = pair.exchange(&message.said_by(from));
            let expected = match (from, to) {
                // The controllers arrive as they were sent: the kernel does not join them.
                (Ump1, Legacy) => controllers.to_vec(),
                // See `departures`.
                (Ump1, Ump2) | (Ump2, Ump1) => return,
                _ => message.said_by(to),
            };
            check(name, from, to, got, &expected);
        });
        // The same test with the four controllers of a legacy client.
        let got = Pair::new(Legacy, Ump2).exchange(&controllers);
        check(name, Legacy, Ump2, got, &message.said_by(Ump2));
    }
}

/// A long message is one event, or several packets of six bytes.
#[test]
fn long_system_exclusive_is_cut_and_kept() {
    need_ump!();
    for length in [5, 6, 7, 8, 11, 12, 13, 100, 1000] {
        let bytes: Vec<u8> = (0..length)
            .map(|n| u8::try_from(n % 128).unwrap())
            .collect();
        let whole: Vec<u8> = [&[0xf0][..], &bytes, &[0xf7]].concat();
        let packets: Vec<Packet> = Sysex7::split(&bytes)
            .unwrap()
            .map(|part| Ump::Sysex7(Group::default(), part).into())
            .collect();
        with_all_pairs(|from, to, pair| {
            let sent = match from {
                Legacy => vec![EventData::Sysex(&whole)],
                _ => packets.iter().copied().map(EventData::Ump).collect(),
            };
            let got = pair.exchange(&sent);
            if to == Legacy {
                let joined: Vec<u8> = got
                    .iter()
                    .flat_map(|data| match data {
                        EventData::Sysex(piece) => piece.to_vec(),
                        other => panic!("{other:?}"),
                    })
                    .collect();
                assert_eq!(joined, whole, "{length} bytes from {from:?}");
            } else {
                let expected: Vec<_> = packets.iter().copied().map(EventData::Ump).collect();
                check("sysex", from, to, got, &expected);
            }
        });
    }
}

/// Messages that exist only in MIDI 2.0 reach the clients of MIDI 2.0 unchanged.
#[test]
fn messages_that_only_midi_2_has_reach_only_midi_2_clients() {
    need_ump!();
    for text in [
        "40053c01 12345678",
        "40153c01 12345678",
        "40450102 00000010",
        "40550102 fffffff0",
        "40653c00 87654321",
        "40f53c03 00000000",
    ] {
        with_all_pairs(|from, to, pair| {
            if from != Ump2 {
                return;
            }
            let sent = [EventData::Ump(packet(text))];
            let got = pair.exchange(&sent);
            let expected = if to == Ump2 { &sent[..] } else { &[] };
            check(text, from, to, got, expected);
        });
    }
}

/// Messages that are neither MIDI 1.0 nor channel voice pass between UMP clients unchanged. Legacy
/// clients do not receive them.
#[test]
fn other_packets_pass_between_ump_clients() {
    need_ump!();
    for text in [
        "00000000",
        "00101234",
        "00201234",
        "00300060",
        "00400001",
        "54051b01 02030400 00000000 00000000",
        "5081000e 00010001 00010002 00030004",
        "50910102 03040506 0708090a 0b0c0d0e",
        "d0100000 02faf080 00000000 00000000",
        "d0100101 48656c6c 6f000000 00000000",
        "f0000101 0000001f 00000000 00000000",
        "f4034869 00000000 00000000 00000000",
        "60000000",
        "80000000 00000001",
        "b0000000 00000001 00000002",
        "e0000000 00000001 00000002 00000003",
    ] {
        with_all_pairs(|from, to, pair| {
            if from == Legacy {
                return;
            }
            let sent = [EventData::Ump(packet(text))];
            let got = pair.exchange(&sent);
            let expected = if to == Legacy { &[] } else { &sent[..] };
            check(text, from, to, got, expected);
        });
    }
}
