//! The reasons why the program ends early, with their exit statuses.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alsa_seq::{Address, Operation, Printable};
use nix::sys::signal::{SigSet, Signal, raise};

/// The reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// An error of the library or the kernel. The text includes its hint.
    #[error("{0:#}{rest}", rest = elsewhere(.0))]
    Sequencer(#[from] alsa_seq::Error),
    /// No client or port has this name.
    #[error("{error}; {hint}")]
    NotFound {
        error: alsa_seq::Error,
        /// The hint for the user.
        hint: String,
    },
    /// A port of this program cannot be connected to another port.
    #[error("{}", explained(error, reason.as_deref()))]
    Connect {
        way: Direction,
        /// The other port.
        port: Address,
        error: alsa_seq::Error,
        /// The reason why the two ports cannot be connected, if it is known.
        reason: Option<String>,
    },
    /// A file cannot be read.
    #[error("{}: {error}", Printable(&path.to_string_lossy()))]
    File { path: PathBuf, error: io::Error },
    /// A file is not a song that can be played.
    #[error("{}: {error}", Printable(&path.to_string_lossy()))]
    Song {
        path: PathBuf,
        error: Box<dyn Error + Send + Sync>,
    },
    /// Writing to standard output failed.
    #[error("standard output: {0}")]
    Output(io::Error),
    /// A system call failed that usually does not, with its purpose.
    #[error("{operation}: {} ({errno:?})", errno.desc())]
    System {
        operation: &'static str,
        errno: nix::Error,
    },
    /// Arguments that are wrong on any system.
    #[error("{0}")]
    Usage(String),
    /// Another failure of this command.
    #[error("{0}")]
    Other(String),
    /// Wrong arguments of an old program. Its usage text is already shown, and the
    /// message may be empty.
    #[cfg(feature = "old-names")]
    #[error("{0}")]
    Said(String),
    /// A signal ended it. No message is printed, because the sender of the signal knows
    /// it.
    #[error("{0}")]
    Signal(Ending),
}

impl Failure {
    /// `operation` is the purpose of the system call, such as "block signals".
    pub(crate) fn system(operation: &'static str) -> impl FnOnce(nix::Error) -> Self {
        move |errno| Self::System { operation, errno }
    }

    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File { path, error }
    }

    /// The error is that of `song::Song`.
    pub(crate) fn song<E: Error + Send + Sync + 'static>(path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.to_owned();
        move |error| Self::Song {
            path,
            error: Box::new(error),
        }
    }

    /// The message for standard error, if any.
    pub(crate) fn message(&self) -> Option<impl fmt::Display> {
        match self {
            Self::Signal(_) => None,
            #[cfg(feature = "old-names")]
            Self::Said(message) if message.is_empty() => None,
            // `aseq list | head -1` needs no message.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            failure => Some(failure),
        }
    }

    /// The exit status, as in `--help`. After a signal, this ends the program by that
    /// signal.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Signal(signal) => signal.end_program(),
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Usage(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Returns the end of the hint for a machine that has no sequencer.
fn elsewhere(error: &alsa_seq::Error) -> &'static str {
    let errno = error.raw_os_error().map(nix::Error::from_raw);
    match (error.operation(), errno) {
        (Operation::Open, Some(nix::Error::ENOENT)) => {
            ", or use a test kernel: test-kernel run -- aseq"
        }
        _ => "",
    }
}

/// Returns the text of an error, with the reason in place of the error's hint.
pub(crate) fn explained(error: &alsa_seq::Error, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{error}; {reason}"),
        None => format!("{error:#}"),
    }
}

/// The direction of a connection between a port of this program and another port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the other port to this program's.
    From,
    /// From this program's port to the other.
    To,
}

impl Direction {
    /// Returns the sender and the receiver.
    pub(crate) fn ends(self, own: Address, other: Address) -> (Address, Address) {
        match self {
            Self::From => (other, own),
            Self::To => (own, other),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::From => "from",
            Self::To => "to",
        })
    }
}

/// A signal that ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending(i32);

impl Ending {
    /// The signal of this number, which is above 0.
    pub(crate) const fn by(number: i32) -> Self {
        Self(number)
    }

    pub(crate) const fn number(self) -> i32 {
        self.0
    }

    #[cfg(feature = "record")]
    pub(crate) fn is(self, signal: Signal) -> bool {
        self.0 == signal as i32
    }

    /// Ends the program by the signal itself, so that the waiting process sees it.
    /// Returns the equivalent exit status for signals that the program cannot send to
    /// itself or that do not end it.
    pub(crate) fn end_program(self) -> ExitCode {
        if let Ok(signal) = Signal::try_from(self.0) {
            let mut set = SigSet::empty();
            set.add(signal);
            let _ = set.thread_unblock().and_then(|()| raise(signal));
        }
        // Signals are numbered from 1 to 64.
        ExitCode::from(u8::try_from(128 + self.0).unwrap_or(1))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Signal::try_from(self.0) {
            Ok(signal) => signal.fmt(f),
            Err(_) => write!(f, "signal {}", self.0),
        }
    }
}
