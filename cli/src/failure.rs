//! Why the program ends before its work is done, and with which exit status.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alsa_seq::Address;
use nix::sys::signal::{SigSet, Signal, raise};

use crate::people::shown;

/// What kept a command from doing its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The library or the kernel refused; the text comes with its hint.
    #[error("{0:#}")]
    Sequencer(#[from] alsa_seq::Error),
    /// A port of this program cannot be connected to another port.
    #[error("{}", explained(error, reason.as_deref()))]
    Connect {
        way: Way,
        /// The other port.
        port: Address,
        error: alsa_seq::Error,
        /// Why the two ports cannot be connected, if that is known.
        reason: Option<String>,
    },
    /// A file cannot be read.
    #[error("{}: {error}", shown(path))]
    File { path: PathBuf, error: io::Error },
    /// A file is no song that can be played.
    #[error("{}: {error}", shown(path))]
    Song {
        path: PathBuf,
        error: Box<dyn Error + Send + Sync>,
    },
    /// Standard output does not take what is written to it.
    #[error("standard output: {0}")]
    Output(io::Error),
    /// A system call that nobody expects to fail, and what it was for.
    #[error("{operation}: {} ({errno:?})", errno.desc())]
    System {
        operation: &'static str,
        errno: nix::Error,
    },
    /// Wrong arguments: they could not work, whatever files and ports there are.
    #[error("{0}")]
    Usage(String),
    /// Something of this command's own.
    #[error("{0}")]
    Other(String),
    /// Wrong arguments of an old program, which has shown how it is used, and
    /// may have nothing more to say.
    #[cfg(feature = "old-names")]
    #[error("{0}")]
    Said(String),
    /// A signal ended it. It says nothing: whoever sent it knows.
    #[error("{0}")]
    Signal(Ending),
}

impl Failure {
    /// `operation` is what the system call was for, as in "block signals".
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

    /// What to say on standard error, if anything.
    pub(crate) fn message(&self) -> Option<impl fmt::Display> {
        match self {
            Self::Signal(_) => None,
            #[cfg(feature = "old-names")]
            Self::Said(message) if message.is_empty() => None,
            // `aseq list | head -1` is not a failure worth a word.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            failure => Some(failure),
        }
    }

    /// As `--help` promises. If it was a signal, this ends the program by it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Signal(signal) => signal.die(),
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Usage(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
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
pub(crate) enum Way {
    /// From the other port to this program's.
    From,
    /// From this program's port to the other.
    To,
}

impl fmt::Display for Way {
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

    /// Ends the program by the signal itself, so that whoever waits for it is told
    /// that it was. Returns the exit status that says the same, for signals that
    /// the program cannot send to itself or that end nothing.
    pub(crate) fn die(self) -> ExitCode {
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
