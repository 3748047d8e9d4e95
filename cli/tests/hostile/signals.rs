//! Rare signals, and terminals whose output is stopped.

use std::rc::Rc;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::heard::Receiver;
use crate::recipes::{net_plays, recipe};
use crate::scene::{Expected, Scene};
use crate::{Condition, SIGNALS, runs_here};
use support::files;
use support::{PATIENCE, need_sequencer};

/// The signals that end a program and can be caught, by number. Of the real-time signals (35 and
/// up), these are only some.
const ALL: [i32; 22] = [
    1, 2, 3, 6, 10, 12, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31, 35, 40, 50, 60, 63, 64,
];

/// The commands that play, each with a note of an hour.
const PLAYERS: [&str; 5] = ["play", "send", "aplaymidi", "aplaymidi2", "aseqsend"];

#[test]
fn no_signal_leaves_a_note() {
    need_sequencer!();
    let mut failures = Vec::new();
    for command in PLAYERS {
        if !runs_here(command) {
            continue;
        }
        for signal in ALL {
            // Standard output does not matter for commands that play.
            let scene = recipe(command).unwrap().scene(Condition::DiskFull);
            if let Err(why) = scene.unwrap().play_numbered(command, signal) {
                failures.push(format!("{command}, {signal}: {why}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Ctrl+Z ends all notes before the program stops.
#[test]
fn a_stopped_program_is_silent() {
    need_sequencer!();
    for command in ["play", "send", "aplaymidi", "aseqsend"] {
        let scene = recipe(command).unwrap().scene(Condition::DiskFull);
        let scene = scene.unwrap().step(|scene| {
            let pid = Pid::from_raw(scene.pid.try_into().unwrap());
            kill(pid, Signal::SIGTSTP).unwrap();
            let deadline = Instant::now() + PATIENCE;
            while !is_stopped(scene.pid) {
                if Instant::now() > deadline {
                    return Err("it does not stop".to_owned());
                }
                std::thread::yield_now();
            }
            let silent = scene.receiver.as_mut().unwrap().check();
            kill(pid, Signal::SIGCONT).unwrap();
            silent
        });
        let ended = scene.play(command, Signal::SIGTERM);
        ended.unwrap_or_else(|why| panic!("{command}: {why}"));
    }
}

fn is_stopped(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().any(|line| line.starts_with("State:\tT"))
}

/// A song with more notes than a queue holds is played while the progress bar cannot be
/// written.
#[test]
fn a_stopped_terminal_does_not_delay_events() {
    need_sequencer!();
    const NOTES: usize = 1500;
    let notes: Vec<(u32, &[u8])> = (0..NOTES)
        .flat_map(|_| [(0, &[0x90, 60, 1][..]), (1, &[0x80, 60, 1])])
        .collect();
    let song = Rc::new(files::with_division(480, &notes));
    let receiver = Receiver::new(2000);
    let path = song.path().to_str().unwrap().to_owned();
    let address = receiver.address();
    let scene = Scene::new(Expected::Alone(0), &["-d", "0", "-p", &address, &path])
        .keep(song)
        .terminal_stopped()
        .heard_by(receiver, NOTES);
    scene.play("play", SIGNALS[0]).unwrap();
}

/// A note that came over TCP sounds when the signal arrives.
#[test]
fn aseqnet_leaves_no_note() {
    need_sequencer!();
    for signal in SIGNALS {
        let receiver = Receiver::new(2000);
        let scene = net_plays(Expected::AsAseqnet, receiver, |scene, stream| {
            scene.kept.push(Box::new(stream));
            Ok(())
        });
        let ended = scene.play("aseqnet", signal);
        ended.unwrap_or_else(|why| panic!("{signal}: {why}"));
    }
}
