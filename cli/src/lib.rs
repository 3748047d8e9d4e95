//! `aseq`: the ALSA sequencer from the command line.
//!
//! A library only so that tests and fuzzers can reach its parts; what it promises
//! is the program's behaviour, not these items.
//!
//! This file only says which subcommand is which. What each does is in `cmd`; what
//! they share stands beside it.

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod address;
#[doc(hidden)]
pub mod clip;
mod cmd;
mod deliver;
mod dump;
mod failure;
mod graph;
mod input;
#[doc(hidden)]
pub mod old;
mod play;
mod record;
mod render;
mod send;
mod signals;
#[doc(hidden)]
pub mod smf;
#[doc(hidden)]
pub mod song;
mod sounding;
#[cfg(test)]
// Shared with other tests, which use other parts of it.
#[allow(dead_code, unused_macros, unused_imports, clippy::explicit_write)]
#[path = "../../tests/support/mod.rs"]
mod support;
#[doc(hidden)]
pub mod syx;
#[doc(hidden)]
pub mod words;

/// Play, show and connect MIDI through the ALSA sequencer.
///
/// An ADDRESS is CLIENT:PORT in numbers (128:0), a client's number or name
/// alone, which stands for its port 0, or CLIENT:PORT by name or number
/// ('Midi Through:0'). A name may be shortened as long as it is still the only
/// one that fits.
#[derive(Debug, Parser)]
#[command(name = "aseq", version, after_help = EXIT_STATUS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_STATUS: &str = "Exit status: 0 if all went well, 1 if something failed, 2 if the \
                           arguments are wrong,\n128 + N if signal N ended it (130 for Ctrl+C).";

#[derive(Debug, Subcommand)]
enum Command {
    List(cmd::list::Arguments),
    Connect(cmd::connect::ConnectArguments),
    Disconnect(cmd::connect::DisconnectArguments),
    Dump(cmd::dump::Arguments),
    Play(cmd::play::Arguments),
    Record(cmd::record::Arguments),
    Send(cmd::send::Arguments),
}

/// Runs the program that the arguments ask for.
#[must_use]
pub fn main() -> ExitCode {
    match old::Call::from_arguments(std::env::args_os()) {
        Some(call) => call.run(),
        None => end(run(&Arguments::parse().command), |message| {
            complain(message);
        }),
    }
}

/// Tells with which status the program ends, once `tell` has said why.
fn end(
    result: Result<(), failure::Failure>,
    tell: impl FnOnce(&dyn std::fmt::Display),
) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                tell(&message);
            }
            failure.exit_code()
        }
    }
}

fn run(command: &Command) -> Result<(), failure::Failure> {
    match command {
        Command::List(arguments) => cmd::list::run(arguments),
        Command::Connect(arguments) => cmd::connect::connect(arguments),
        Command::Disconnect(arguments) => cmd::connect::disconnect(arguments),
        Command::Dump(arguments) => cmd::dump::run(arguments),
        Command::Play(arguments) => cmd::play::run(arguments),
        Command::Record(arguments) => cmd::record::run(arguments),
        Command::Send(arguments) => cmd::send::run(arguments),
    }
}

/// Says on standard error what went wrong, in one line.
fn complain(message: &dyn std::fmt::Display) {
    say(&format_args!("aseq: {message}"));
}

/// Says something on standard error.
fn say(message: &dyn std::fmt::Display) {
    // If nobody listens there, there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Shows a name that any client may have chosen: what a terminal would obey is
/// replaced.
fn printable(name: &str) -> String {
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    name.chars().map(visible).collect()
}
