//! Signals during a long message to a cable: nothing is inserted into the message, and sounding
//! notes are still ended.

use std::time::Instant;

use nix::sys::signal::Signal;

use crate::Running;
use crate::cable::{Cable, Carried, Device, with_status};
use crate::silence::wait_for_stop;
use support::files::{in_file, song, temporary};
use support::{PATIENCE, need_sequencer};

const ON: [u8; 3] = [0x90, 60, 100];
const ALL_OFF: [u8; 3] = [0xb0, 123, 0];

/// The last message.
const LAST: [u8; 3] = [0x80, 62, 0];

/// Longer than a signal waits: the rest needs much more than a second.
const LONG: usize = 12_000;

fn sysex(length: usize) -> Vec<u8> {
    let mut bytes = vec![1; length];
    bytes[0] = 0xf0;
    bytes[length - 1] = 0xf7;
    bytes
}

/// Returns the messages on a cable. Each of them must be complete.
fn messages(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for byte in with_status(bytes) {
        let is_open = messages
            .last()
            .is_some_and(|message| message[0] == 0xf0 && message.last() != Some(&0xf7));
        match byte {
            0xf7 => assert!(is_open, "the end of no message"),
            0x80.. => assert!(!is_open, "{byte:x} in a long message"),
            _ => {
                let last = messages.last().unwrap();
                assert!(is_open || last.len() < 3, "{byte:x} belongs to no message");
            }
        }
        match byte {
            0xf7 | 0..0x80 => messages.last_mut().unwrap().push(byte),
            _ => messages.push(vec![byte]),
        }
    }
    messages
}

/// The commands that send, each with its events: a note, a message of this length during the note,
/// and another note.
fn commands(length: usize) -> Vec<(&'static [&'static str], tempfile::NamedTempFile)> {
    let message = sysex(length);
    let off = [0x80, 60, 64];
    let next = [0x90, 62, 100];
    let song = || {
        let in_file = in_file(&message);
        // Two seconds later, so the song has not ended if the signal is late.
        let next = (384, &next[..]);
        song(&[(0, &ON), (0, &in_file), next, (1, &LAST), (1, &off)])
    };
    let bytes = [&ON[..], &message, &next, &LAST, &off].concat();
    let mut commands: Vec<(&'static [&'static str], _)> = vec![
        (&["play", "-q", "-d", "0"], song()),
        (
            &["send", "--interval", "500ms", "--file"],
            temporary(&bytes),
        ),
    ];
    if cfg!(feature = "old-names") {
        commands.push((&["aplaymidi", "-d", "0"], song()));
        commands.push((&["aseqsend", "-i", "500", "-s"], temporary(&bytes)));
    }
    commands
}

/// Sends a signal after some bytes of the message. Returns the end of the command, and the received
/// messages.
fn interrupt(
    command: &[&str],
    file: &tempfile::NamedTempFile,
    signal: Signal,
) -> Option<(i32, Vec<String>, Vec<Vec<u8>>)> {
    for _ in 0..5 {
        let cable = Cable::new(Device::free()?);
        let port = cable.port();
        let path = file.path().to_str().unwrap();
        // `--file` takes the path.
        let arguments = [&["-p", &port][..], &[path]].concat();
        let (name, options) = command.split_first().unwrap();
        let (port, path) = arguments.split_at(2);
        let player = Running::start(&[&[*name], port, options, path].concat());
        cable.wait_until(|bytes| bytes.len() > 1500);
        player.signal(signal);
        if signal == Signal::SIGTSTP {
            wait_for_stop(&player);
            // It is silent before it continues.
            cable.wait_until(|bytes| with_status(bytes).ends_with(&ALL_OFF));
            player.signal(Signal::SIGCONT);
        }
        let (status, complaints) = player.end();
        let Carried { bytes, longest_gap } = cable.end();
        // Otherwise, the driver may have dropped data.
        if longest_gap.as_secs_f64() < 0.8 {
            return Some((status, complaints, messages(&bytes)));
        }
    }
    panic!("the machine is too busy to read from a cable");
}

/// The note, the message, and what ends the note.
fn check_silence(messages: &[Vec<u8>]) {
    assert_eq!(messages[0], ON);
    assert_eq!(messages[2], [0x80, 60, 64]);
    assert_eq!(messages[3], ALL_OFF);
}

/// The message was cut off, and has an end.
fn check_cut(messages: &[Vec<u8>]) {
    check_silence(messages);
    let (last, message) = messages[1].split_last().unwrap();
    assert_eq!(*last, 0xf7);
    assert!(message.len() < LONG - 1, "it was not cut short");
    assert!(sysex(LONG).starts_with(message));
}

#[test]
fn a_signal_ends_a_long_message() {
    need_sequencer!();
    for (command, file) in commands(LONG) {
        for signal in [Signal::SIGINT, Signal::SIGHUP] {
            let Some((status, complaints, messages)) = interrupt(command, &file, signal) else {
                return;
            };
            assert_eq!(status, 128 + signal as i32, "{command:?}: {complaints:?}");
            assert_eq!(complaints.len(), 1, "{command:?}: {complaints:?}");
            assert!(
                complaints[0].ends_with("was cut short"),
                "{command:?}: {complaints:?}"
            );
            check_cut(&messages);
            assert_eq!(messages.len(), 4, "{command:?}");
        }
    }
}

#[test]
fn a_pause_ends_a_message_that_is_very_long() {
    need_sequencer!();
    for (command, file) in commands(LONG) {
        let Some((status, complaints, messages)) = interrupt(command, &file, Signal::SIGTSTP)
        else {
            return;
        };
        // The first command reports it at once, the last one at its end.
        assert_eq!(status, 1, "{command:?}: {complaints:?}");
        assert_eq!(complaints.len(), 2, "{command:?}: {complaints:?}");
        assert!(
            complaints[1].contains("its rest was not sent"),
            "{complaints:?}"
        );
        check_cut(&messages);
        // It continues after the message.
        assert!(messages[4..].contains(&LAST.to_vec()), "{command:?}");
    }
}

#[test]
fn a_pause_waits_for_the_end_of_a_long_message() {
    need_sequencer!();
    // The rest needs a quarter of a second. A pause waits up to a second.
    const LENGTH: usize = 2300;
    for (command, file) in commands(LENGTH) {
        let Some((status, complaints, messages)) = interrupt(command, &file, Signal::SIGTSTP)
        else {
            return;
        };
        assert_eq!((status, complaints), (0, vec![]), "{command:?}");
        assert!(messages[1] == sysex(LENGTH), "{command:?}");
        assert!(messages.contains(&LAST.to_vec()), "{command:?}");
    }
}

/// CONT arrives while a pause waits for the end of a message. It cancels the pause.
#[test]
fn cont_before_a_pause_cancels_it() {
    need_sequencer!();
    let all = commands(LONG);
    let mut left = all.iter();
    let mut next = left.next();
    let deadline = Instant::now() + PATIENCE * 4;
    while let Some((command, file)) = next {
        assert!(Instant::now() < deadline, "the machine is too busy");
        let Some(device) = Device::free() else {
            return;
        };
        let cable = Cable::new(device);
        let port = cable.port();
        let path = file.path().to_str().unwrap();
        let (name, options) = command.split_first().unwrap();
        let player = Running::start(&[&[*name, "-p", &port], options, &[path]].concat());
        cable.wait_until(|bytes| bytes.len() > 1500);
        let paused = Instant::now();
        player.signal(Signal::SIGTSTP);
        // Until then, it has read the signal.
        cable.wait_until(|bytes| bytes.len() > 2000);
        player.signal(Signal::SIGCONT);
        // A pause waits for a second. On a busy machine, it may be over.
        if paused.elapsed().as_secs_f64() < 0.8 {
            cable.wait_until(|bytes| bytes.len() > 6000);
            player.signal(Signal::SIGINT);
            assert_eq!(player.end().0, 128 + Signal::SIGINT as i32, "{command:?}");
            next = left.next();
        }
        cable.end();
    }
}
