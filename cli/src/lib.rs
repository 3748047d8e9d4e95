//! `aseq`: the ALSA sequencer from the command line.
//!
//! It is a library only for tests and fuzzers. The program's behaviour is stable, these
//! items are not.
//!
//! The subcommands are in `cmd`, and the programs of alsa-utils in `old`. The other
//! modules are their common parts.

use std::process::ExitCode;

use clap::Parser;

use cmd::Arguments;
use people::{complain, end};

mod address;
mod arrivals;
mod cable;
mod channel;
mod channels;
mod cmd;
mod deliver;
#[cfg(feature = "doctor")]
mod doctor;
mod dump;
mod failure;
mod graph;
mod input;
mod lines;
mod long;
mod number;
#[cfg(feature = "old-names")]
#[doc(hidden)]
pub mod old;
#[cfg(feature = "patch")]
#[doc(hidden)]
pub mod patch;
mod people;
#[cfg(feature = "graph")]
mod picture;
mod play;
#[cfg(feature = "record")]
mod record;
mod refusal;
mod render;
#[cfg(feature = "send")]
mod send;
#[cfg(feature = "serve")]
#[doc(hidden)]
pub mod serve;
mod signals;
#[doc(hidden)]
pub mod song;
mod sounding;
#[cfg(feature = "record")]
mod tempo;
mod times;
#[cfg(feature = "wait")]
mod waiting;
#[cfg(feature = "send")]
#[doc(hidden)]
pub mod words;

/// Runs the program that the arguments select.
#[must_use]
pub fn main() -> ExitCode {
    #[cfg(feature = "old-names")]
    if let Some(call) = old::Call::from_arguments(std::env::args_os()) {
        return call.run();
    }
    let arguments = Arguments::try_parse().unwrap_or_else(|error| {
        let command = std::env::args_os().nth(1);
        cmd::with_hint(error, command.as_deref()).exit()
    });
    end(arguments.command.run(), |message| complain(message))
}

/// The names of all commands: the subcommands, and the programs of alsa-utils. For tests
/// that run each of them.
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
