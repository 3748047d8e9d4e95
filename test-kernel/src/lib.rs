//! A Linux kernel of their own for programs: a User-Mode Linux kernel with the ALSA
//! sequencer, which runs as an ordinary process, without root, and has the host's files as
//! its own.

#[cfg(not(target_os = "linux"))]
compile_error!("test-kernel runs on Linux alone: it runs the Linux kernel as a process");

mod error;
mod fdio;
mod guest;
#[doc(hidden)]
pub mod kernel;
mod machine;
#[doc(hidden)]
pub mod place;
mod proto;
#[doc(hidden)]
pub mod runner;
mod session;
mod terminal;
mod uml;
#[doc(hidden)]
pub mod workshop;

use std::process::ExitCode;

pub use error::Error;
pub use machine::{
    Child, Command, ExitStatus, Machine, Output, PROGRAM_VARIABLE, Session, Signal, Stdio,
};

/// Plays the part that the arguments of this process name, if they name one: of the process
/// that becomes the kernel, or of the first or second process inside it. A program that
/// starts machines calls this before all else.
#[must_use]
pub fn role() -> Option<ExitCode> {
    machine::has_roles();
    let mut args = std::env::args_os();
    args.next();
    let role = args.next()?;
    if role == guest::INIT {
        return Some(guest::init(args));
    }
    if role == guest::AGENT {
        return Some(guest::agent());
    }
    if role == uml::EXEC {
        let Err(e) = uml::exec(args);
        eprintln!("test-kernel: {e:#}");
        return Some(ExitCode::FAILURE);
    }
    None
}
