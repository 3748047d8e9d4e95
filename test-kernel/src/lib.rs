//! Linux kernels of their own for programs: User-Mode Linux with the ALSA sequencer, which runs
//! as an ordinary process, without root, and has the host's files as its own.
//!
//! A [`Machine`] says how it is to be, a [`Session`] is one that runs, and
//! [`Session::command`] starts programs in it, several at once if need be. Kernels are got by
//! the command: `test-kernel kernel get 6.12`.
//!
//! ```no_run
//! use std::io::Write as _;
//! use test_kernel::{Machine, Signal, Stdio};
//!
//! let session = Machine::new().boot()?;
//! let mut child = session.command("cat").stdin(Stdio::Piped).spawn()?;
//! if let Some(stdin) = &mut child.stdin {
//!     stdin.write_all(b"text\n")?;
//! }
//! child.signal(Signal::TERMINATE)?;
//! println!("{:?}", child.wait()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The first process
//!
//! The first process of a machine is a program of the host: the command `test-kernel`, or your
//! own, if it calls [`role`] before all else.
//!
//! # A hung program
//!
//! [`Child::wait_timeout`] ends a program and says where it and all others slept. A machine that
//! does not answer is ended, too; [`Error::Crashed`] and [`Error::TimedOut`] have the end of the
//! kernel's console. Nothing outlives a process that has machines, however it ends.

#[cfg(not(target_os = "linux"))]
compile_error!("test-kernel runs on Linux alone: it runs the Linux kernel as a process");

#[doc(hidden)]
pub mod cable;
mod error;
pub mod fault;
mod fdio;
mod guest;
#[doc(hidden)]
pub mod kernel;
mod machine;
mod node;
#[doc(hidden)]
pub mod place;
mod proto;
#[doc(hidden)]
pub mod runner;
mod session;
mod terminal;
mod uml;
pub mod usb;
#[doc(hidden)]
pub mod workshop;

use std::process::ExitCode;

pub use error::Error;
pub use machine::{
    Child, Command, ExitStatus, Machine, Output, PROGRAM_VARIABLE, Session, Signal, Stdio,
};
pub use node::Node;

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
    if role == fault::TRACED {
        return Some(fault::traced(args));
    }
    if role == uml::EXEC {
        let Err(e) = uml::exec(args);
        eprintln!("test-kernel: {e:#}");
        return Some(ExitCode::FAILURE);
    }
    None
}

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
