//! Runs every command under hostile conditions, and sends it the usual signals. It must end soon,
//! with the right status, without sounding notes, and with complete files.
//!
//! The list of commands comes from the program itself. A command without a recipe fails the test
//! `every_command_has_a_recipe`, so a new command cannot be forgotten.

#![cfg(feature = "old-names")]
// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod heard;
mod recipes;
mod run;
mod scene;
mod signals;

use std::collections::VecDeque;
use std::sync::Mutex;

use alsa_seq::{ClientOptions, MidiVersion};
use nix::sys::signal::Signal;

use crate::recipes::recipe;
use support::{need_sequencer, say_skipped, unique};

/// A hostile condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Standard input is open, and nobody writes to it.
    StdinSilent,
    /// Standard output is a full pipe whose reader has stopped.
    StdoutStopped,
    /// Standard error is such a pipe.
    StderrStopped,
    /// The output of the terminal is stopped, as by Ctrl+S.
    TerminalStopped,
    /// A file is a FIFO that no other program has opened.
    FifoWithoutPartner,
    /// The disk is full.
    DiskFull,
    /// The receiver does not read.
    ReceiverStopped,
    /// The receiver is removed.
    ReceiverGone,
    /// The source is removed.
    SourceGone,
}

const SIGNALS: [Signal; 4] = [
    Signal::SIGTERM,
    Signal::SIGINT,
    Signal::SIGHUP,
    Signal::SIGQUIT,
];

/// The number of cases that run at the same time. A test kernel has one processor.
const AT_ONCE: usize = 4;

/// The names of all commands, and a command with an option that makes it run without end.
fn commands() -> Vec<String> {
    let mut commands = aseq::commands();
    if cfg!(feature = "serve") {
        commands.push("graph --serve".to_owned());
    }
    commands
}

#[test]
fn every_command_has_a_recipe() {
    let missing: Vec<_> = commands()
        .into_iter()
        .filter(|command| recipe(command).is_none())
        .collect();
    assert!(missing.is_empty(), "no recipe: {missing:?}");
}

/// Returns whether the kernel has what the command needs.
fn runs_here(command: &str) -> bool {
    if !matches!(command, "aplaymidi2" | "arecordmidi2") {
        return true;
    }
    let opened = ClientOptions::new(unique("ump"))
        .midi_version(MidiVersion::Ump2)
        .open();
    match opened {
        Ok(_) => true,
        Err(error) => {
            say_skipped(&format!("{command}: {error}"));
            false
        }
    }
}

/// Runs every command under a condition, with every signal.
fn under(condition: Condition) {
    let mut cases = VecDeque::new();
    for command in commands() {
        if !runs_here(&command) {
            continue;
        }
        for signal in SIGNALS {
            cases.push_back((command.clone(), signal));
        }
    }
    let cases = Mutex::new(cases);
    let failures = Mutex::new(Vec::new());
    let tried = Mutex::new(0);
    let work = || loop {
        let Some((command, signal)) = cases.lock().unwrap().pop_front() else {
            return;
        };
        // A missing recipe fails the test `every_command_has_a_recipe`.
        let recipe = recipe(&command);
        let Some(scene) = recipe.and_then(|recipe| recipe.scene(condition)) else {
            continue;
        };
        *tried.lock().unwrap() += 1;
        if let Err(why) = scene.play(&command, signal) {
            let failure = format!("{command}, {signal}: {why}");
            failures.lock().unwrap().push(failure);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner().unwrap();
    let tried = tried.into_inner().unwrap();
    assert!(tried >= SIGNALS.len(), "{condition:?} concerns no command");
    assert!(
        failures.is_empty(),
        "{condition:?}, {} of {tried} cases:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

macro_rules! conditions {
    ($($name:ident: $condition:ident,)*) => {
        $(
            #[test]
            fn $name() {
                need_sequencer!();
                under(Condition::$condition);
            }
        )*
    };
}

conditions! {
    when_standard_input_is_silent: StdinSilent,
    when_nobody_reads_standard_output: StdoutStopped,
    when_nobody_reads_standard_error: StderrStopped,
    when_the_terminal_stands_still: TerminalStopped,
    when_a_fifo_has_no_partner: FifoWithoutPartner,
    when_the_disk_is_full: DiskFull,
    when_the_receiver_has_stopped: ReceiverStopped,
    when_the_receiver_is_gone: ReceiverGone,
    when_the_source_is_gone: SourceGone,
}
