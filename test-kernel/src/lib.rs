//! Runs programs on separate Linux kernels. The kernel is User-Mode Linux with the ALSA sequencer.
//! It runs as an ordinary process, without root, and uses the host's files.
//!
//! A [`Machine`] has the options of a machine. A [`Session`] is a running machine, and
//! [`Session::command`] starts programs in it, also several at the same time. The command
//! `test-kernel kernel get 6.12` builds a kernel.
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
//! The first process of a machine is a program of the host: the command `test-kernel`, or your own
//! program, if it calls [`role`] at the start of its `main`.
//!
//! # A hung program
//!
//! [`Child::wait_timeout`] ends a program after a time. Its error contains the function of the
//! kernel in which each process slept. A machine that does not answer is ended, too.
//! [`Error::Crashed`] and [`Error::TimedOut`] contain the end of the console's output. When a
//! process ends, in whatever way, all its machines end with it.

#[cfg(not(target_os = "linux"))]
compile_error!("test-kernel works only on Linux, because it runs the Linux kernel as a process");

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

/// Does the work of a special process, if the arguments of this process request it: the process
/// that becomes the kernel, or the first or second process inside it. A program that starts
/// machines must call this first.
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

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
