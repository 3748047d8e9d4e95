//! `aseq`: the ALSA sequencer from the command line.
//!
//! A library only so that tests and fuzzers can reach its parts; what it promises
//! is the program's behaviour, not these items.
//!
//! The subcommands are in `cmd`, the programs of alsa-utils in `old`; what they share
//! stands beside them.
#![cfg_attr(
    not(feature = "old-names"),
    allow(
        dead_code,
        reason = "the old names ask for more than the subcommands do"
    )
)]

use std::process::ExitCode;

use clap::Parser;

mod address;
mod cable;
mod channel;
mod channels;
#[doc(hidden)]
pub mod clip;
mod cmd;
#[cfg_attr(not(feature = "send"), allow(dead_code, reason = "the rest sends"))]
mod deliver;
mod dump;
mod failure;
mod graph;
mod input;
#[cfg(feature = "old-names")]
#[doc(hidden)]
pub mod old;
mod people;
mod play;
#[cfg(feature = "record")]
mod record;
mod refusal;
mod render;
#[cfg(feature = "send")]
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
mod times;
#[cfg(feature = "wait")]
mod waiting;
#[cfg(feature = "send")]
#[doc(hidden)]
pub mod words;

macro_rules! exit_status {
    () => {
        "Exit status: 0 if all went well, 1 if something failed (a port or file that is not there,\n\
         an event that was not delivered), 2 if the arguments are wrong whatever is there,\n\
         128 + N if signal N ended it (130 for Ctrl+C)."
    };
}

/// Play, record, route and show MIDI through the ALSA sequencer
///
///   aseq list                       what there is, and what is connected
///   aseq connect keys synth         by name, or 20:0 128:0 by number
///   aseq dump -p keys               what a keyboard sends
///   aseq play song.mid -p synth
///
/// An ADDRESS is CLIENT:PORT in numbers (128:0), a client's number or name
/// alone, which stands for its port 0, or CLIENT:PORT by name or number
/// ('Midi Through:0'). A name may be shortened as long as it is still the only
/// one that fits.
#[derive(Debug, Parser)]
#[command(name = "aseq", version, after_help = AFTER, verbatim_doc_comment)]
struct Arguments {
    #[command(subcommand)]
    command: cmd::Command,
}

#[cfg(feature = "old-names")]
const AFTER: &str = concat!(
    "Called as (or through a link named) aconnect, aseqdump, aplaymidi, arecordmidi, aseqsend,\n\
     aseqnet, aplaymidi2 or arecordmidi2, it is that program of alsa-utils; so is, for example,\n\
     aseq aconnect -l.\n\n",
    exit_status!()
);
#[cfg(not(feature = "old-names"))]
const AFTER: &str = exit_status!();

/// Runs the program that the arguments ask for.
#[must_use]
pub fn main() -> ExitCode {
    #[cfg(feature = "old-names")]
    if let Some(call) = old::Call::from_arguments(std::env::args_os()) {
        return call.run();
    }
    end(Arguments::parse().command.run(), |message| {
        complain(message);
    })
}

/// The names of all commands: the subcommands, and the programs of alsa-utils. For
/// tests that are to try each of them.
#[doc(hidden)]
#[must_use]
pub fn commands() -> Vec<String> {
    let arguments = <Arguments as clap::CommandFactory>::command();
    let commands = arguments.get_subcommands().filter(|c| !c.is_hide_set());
    let commands = commands.map(|command| command.get_name().to_owned());
    #[cfg(feature = "old-names")]
    let commands = commands.chain(old::names().map(str::to_owned));
    commands.collect()
}

/// Tells with which status the program ends, once `tell` has said why.
fn end(
    result: Result<(), failure::Failure>,
    tell: impl FnOnce(&dyn std::fmt::Display),
) -> ExitCode {
    let deadline = people::deadline();
    let result = result.and_then(|()| people::finish_reports(deadline));
    if let Some(message) = result.as_ref().err().and_then(failure::Failure::message) {
        tell(&message);
    }
    people::flush_until(deadline);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit_code(),
    }
}

/// Says on standard error what went wrong, in one line.
fn complain(message: &dyn std::fmt::Display) {
    say(&format_args!("aseq: {message}"));
}

/// Says something on standard error, if somebody reads it: see [`people`].
fn say(message: &dyn std::fmt::Display) {
    people::say(format!("{message}\n"));
}

/// Shows a name that any client may have chosen: what a terminal would obey is
/// replaced.
fn printable(name: &str) -> String {
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    name.chars().map(visible).collect()
}
