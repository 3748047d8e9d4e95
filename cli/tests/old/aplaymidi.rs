//! `aplaymidi`.

use alsa_seq::EventType;

use crate::compare::{Program, alone, beside_others};
use support::files::{self, data_dir, temporary};
use support::listener::{Heard, Listener, hear, tick};
use support::need_sequencer;

/// Errors have the same texts.
#[test]
fn answers_are_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    let empty = data_dir().join("empty.mid");
    let empty = empty.to_str().unwrap();
    let ours = Program::ours("aplaymidi");
    for theirs in Program::theirs("aplaymidi") {
        for arguments in [
            &["-p", "14:0"] as &[&str],
            &[],
            &[empty],
            &["-p", "99:0", empty],
            &["-p", "nobody", empty],
            &["-p", "14:99", empty],
            &["-p", "0:1", empty],
            &["-p", "14:0,99:9", empty],
            &["-p", "14:0", "-d", "0", empty],
            &["-p14", "--delay=0", empty],
            &["--port", "14.0", "--del", "0", empty],
            &["-p"],
            &["-z"],
            &["--nothing"],
            &["-h"],
            &["-h", "-p", "nobody"],
        ] {
            assert_eq!(
                ours.run(arguments).without_usage(),
                theirs.run(arguments).without_usage(),
                "{arguments:?} of {theirs:?}"
            );
        }
    }
}

/// A file that cannot be played is a failure in ours. It was not a failure in the original.
#[test]
fn events_that_are_not_played_are_a_failure() {
    need_sequencer!();
    let _lock = beside_others();
    let bad = temporary(b"hello");
    let bad = bad.path().to_str().unwrap();
    let clip = temporary(b"SMF2CLIP");
    let ours = Program::ours("aplaymidi");
    for theirs in Program::theirs("aplaymidi") {
        for file in ["/no/such/file", bad, clip.path().to_str().unwrap(), "-"] {
            let arguments = ["-p", "14:0", file];
            let mut said = ours.run(&arguments);
            assert_eq!(said.code, Some(1));
            said.code = Some(0);
            assert_eq!(said, theirs.run(&arguments), "{file}");
        }
    }
    // The other files are still played.
    let mut listener = Listener::new();
    let address = listener.address();
    let song = data_dir().join("every-message.mid");
    let song = song.to_str().unwrap();
    let arguments = ["-p", &address, "-d", "0", song, bad, song];
    let child = ours.command(&arguments).spawn().unwrap();
    let mut notes = 0;
    listener.listen(|event| notes += u32::from(event.event_type() == EventType::NOTE_OFF));
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    assert!(notes >= 2, "{notes}");

    // A text that is not a number is refused.
    for arguments in [["-d", "x"], ["-d", "-1"], ["-u", "x"], ["-u", "2"]] {
        let said = ours.run(&[&arguments[..], &["-p", "14:0", song]].concat());
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(!said.stderr.is_empty());
    }
}

#[test]
fn lists_are_the_same() {
    need_sequencer!();
    let _lock = alone();
    let _graph = crate::songs::ports();
    for name in ["aplaymidi", "arecordmidi", "aseqsend"] {
        let ours = Program::ours(name);
        for theirs in Program::theirs(name) {
            let expected = theirs.run(&["-l"]);
            assert!(expected.stdout.contains("a port of many"), "{expected:?}");
            assert_eq!(ours.run(&["-l"]), expected, "{theirs:?}");
            assert_eq!(ours.run(&["--list"]), expected, "{theirs:?}");
        }
    }
}

/// The events that a program plays.
fn received(program: &Program, path: &str) -> Vec<Heard> {
    let mut listener = Listener::new();
    let address = listener.address();
    let arguments = ["-p", &address, "-d", "0", path];
    let child = program.command(&arguments).spawn().unwrap();
    let mut heard = Vec::new();
    listener.listen(|event| {
        // Ours also resets the state that the song has changed, at once.
        if !event.is_direct() {
            hear(&mut heard, tick(event), &event.data());
        }
    });
    let status = child.wait_with_output().unwrap().status;
    assert_eq!(status.code(), Some(0), "{program:?}, {path}");
    heard
}

#[test]
fn files_are_played_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    let ours = Program::ours("aplaymidi");
    for theirs in Program::theirs("aplaymidi") {
        for (name, _) in files::all() {
            // The original waits a second after each piece of a long message; `songs.rs` tests the
            // rest.
            if name == "long-sysex.mid" {
                continue;
            }
            let path = data_dir().join(name);
            let path = path.to_str().unwrap();
            assert_eq!(received(&ours, path), received(&theirs, path), "{name}");
        }
    }
}

/// An environment variable may contain the ports.
#[test]
fn the_environment_names_ports() {
    need_sequencer!();
    let _lock = beside_others();
    let empty = data_dir().join("empty.mid");
    let programs = [Program::ours("aplaymidi")].into_iter();
    for program in programs.chain(Program::theirs("aplaymidi")) {
        for (ports, code) in [("14:0", 0), ("99:0", 1)] {
            let mut command = program.command(&["-d", "0", empty.to_str().unwrap()]);
            let output = command.env("ALSA_OUTPUT_PORTS", ports).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{program:?}, {ports}");
        }
    }
}
