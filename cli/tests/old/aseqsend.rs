//! `aseqsend`.

use alsa_seq::EventType;

use crate::aplaymidi2::has_ump;
use crate::compare::{Program, Said, beside_others};
use support::files::{data_dir, temporary};
use support::listener::{Listener, hear};
use support::need_sequencer;

#[test]
fn answers_are_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    let ours = Program::ours("aseqsend");
    for theirs in Program::theirs("aseqsend") {
        for arguments in [
            &[] as &[&str],
            &["90", "3c", "40"],
            &["-p", "nobody", "f8"],
            &["-p", "14:0", "f0", "7e"],
            &["-p", "14:0", "xx"],
            &["-p", "14:0", "90,3c,40"],
            &["-p", "14:0", "0x90"],
            &["-u", "1", "-p", "14:0", "90", "3c"],
            &["-v", "-p", "14:0", "90", "3c", "40"],
            &["-v", "-p", "14", "F07EF7", "903c1"],
            &["--verbose", "--port=14.0", "--interval=2", "f8", "fe"],
            &["-z"],
            &["-h"],
            &["-p"],
        ] {
            if arguments.contains(&"-u") && !has_ump() {
                continue;
            }
            let (ours, theirs) = (ours.run(arguments), theirs.run(arguments));
            assert_eq!(
                ours.without_usage(),
                theirs.without_usage(),
                "{arguments:?}"
            );
        }
    }
}

/// Returns the received events of this call, and its output.
fn received(program: &Program, arguments: &[&str]) -> (Vec<String>, Said) {
    let mut listener = Listener::new();
    let address = listener.address();
    let said = program.run(&[&["-v", "-p", &address], arguments].concat());
    let mut heard = Vec::new();
    while let Some(event) = listener.client.try_event_input().unwrap() {
        let is_notice = matches!(
            event.event_type(),
            EventType::PORT_SUBSCRIBED | EventType::PORT_UNSUBSCRIBED
        );
        if !is_notice {
            hear(&mut heard, 0, &event.data());
        }
    }
    (heard.into_iter().map(|(_, text)| text).collect(), said)
}

#[test]
fn bytes_are_sent_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    let mut long: Vec<u8> = vec![0xf0];
    long.extend((0..1000_u32).map(|n| (n % 128).to_le_bytes()[0]));
    long.push(0xf7);
    let long = temporary(&long);
    let short = temporary(b"\x90\x3c\x40\xf0\x01\xf7\xc0\x05");
    let ours = Program::ours("aseqsend");
    for theirs in Program::theirs("aseqsend") {
        for arguments in [
            &["90", "3c", "40"] as &[&str],
            &["90", "3", "40"],
            &["903c40", "3d41"],
            &[
                "80", "3c", "40", "a0", "3c", "1", "b0", "7", "7f", "c0", "5",
            ],
            &["d0", "7f", "e0", "0", "40", "e0", "7f7f"],
            &["f2", "1", "2", "f3", "5", "f6", "f1", "33"],
            &["f8", "fa", "fb", "fc", "fe", "ff"],
            &["f0", "7e", "7f", "06", "01", "f7", "F07DF7"],
            &["-s", long.path().to_str().unwrap()],
            &["-s", short.path().to_str().unwrap()],
        ] {
            assert_eq!(
                received(&ours, arguments),
                received(&theirs, arguments),
                "{arguments:?}"
            );
        }
    }
}

/// An event that does not arrive is a failure here. It was not a failure of the
/// original.
#[test]
fn undelivered_events_are_a_failure() {
    need_sequencer!();
    let _lock = beside_others();
    let song = data_dir().join("empty.mid");
    let song = song.to_str().unwrap();
    let stray = temporary(&[1, 2]);
    let stray = stray.path().to_str().unwrap();
    let ours = Program::ours("aseqsend");
    for arguments in [
        &["-p", "99:0", "f8"] as &[&str],
        &["-p", "14:99", "f8"],
        &["-p", "0:1", "f8"],
        &["-p", "14:0", "3c"],
        &["-p", "14:0", "90"],
        &["-p", "14:0", "f4"],
        &["-p", "14:0", "-s", "/no/such/file"],
        &["-p", "14:0", "-s", song],
        &["-p", "14:0", "-s", stray],
        &["-p", "14:0", "-i", "x", "f8"],
        &["-p", "14:0", "-u", "3", "f8"],
        &["-u", "2", "-p", "14:0", "40903c00"],
    ] {
        let said = ours.run(arguments);
        assert_eq!(said.code, Some(1), "{arguments:?}: {said:?}");
        assert!(!said.stderr.is_empty(), "{arguments:?}");
        // Without a sequencer, the original opens it before it checks the arguments.
        if arguments.contains(&"-u") && !has_ump() {
            continue;
        }
        for theirs in Program::theirs("aseqsend") {
            let expected = theirs.run(arguments);
            if arguments.contains(&"3") {
                // The original treats every number as 2.
                assert_ne!(said, expected);
            } else if expected.code == Some(1) {
                assert_eq!(said, expected, "{arguments:?}");
            } else if !expected.stderr.is_empty() {
                assert_eq!(said.stderr, expected.stderr, "{arguments:?}");
            }
        }
    }
}
