//! Writing to somebody who may have stopped reading.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags};

use super::{Signals, poll};
use crate::failure::Ending;

/// How long a reader may take nothing when a signal has come, and how long
/// writing may go on after a signal that comes while it lasts.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a pipe that has room takes without a wait (`PIPE_BUF`).
const PIECE: usize = 4096;

/// A pipe, a terminal or another file that others read.
///
/// Writing waits for the reader as long as it takes. It fails, with
/// `ErrorKind::TimedOut`:
///
/// - half a second after a signal that comes while it waits,
/// - and if a signal has come before, when nobody has read for half a second.
#[derive(Debug)]
pub(crate) struct Stream<'s> {
    signals: &'s Signals,
    file: BorrowedFd<'s>,
    /// The same file, opened once more, so that writing to it never waits. The
    /// standard streams are shared with other programs, which expect them to
    /// wait.
    own: Option<File>,
    /// When to give up.
    deadline: Option<Instant>,
}

impl<'s> Stream<'s> {
    pub(super) fn new(signals: &'s Signals, file: BorrowedFd<'s>) -> Self {
        Self {
            signals,
            file,
            own: reopened(file),
            deadline: None,
        }
    }

    /// The signal that ends the program, if one has come.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.signals.ending()
    }

    /// Waits until it can be written to. A signal is left to whoever waits next.
    fn wait(&mut self) -> io::Result<()> {
        let stalled = Instant::now() + PATIENCE;
        loop {
            let until = match self.deadline {
                None if self.signals.ending().is_some() => Some(stalled),
                deadline => deadline,
            };
            let left = until.map(|at| at.saturating_duration_since(Instant::now()));
            let mut fds = [
                PollFd::new(self.file, PollFlags::POLLOUT),
                PollFd::new(self.signals.fd.as_fd(), PollFlags::POLLIN),
            ];
            // The signals matter once.
            let number = if self.deadline.is_none() { 2 } else { 1 };
            match poll(fds.get_mut(..number).unwrap_or_default(), left) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
            let [file, signals] = fds.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
            // Also if there is an error, which writing tells.
            if !file.is_empty() {
                return Ok(());
            }
            if left.is_some_and(|left| left.is_zero()) {
                self.signals.read().map_err(io::Error::other)?;
                let message = "the reader has stopped reading";
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            if !signals.is_empty() && self.deadline.is_none() {
                self.deadline = Some(Instant::now() + PATIENCE);
            }
        }
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.wait()?;
            let piece = bytes.get(..PIECE).unwrap_or(bytes);
            let written = match &mut self.own {
                Some(own) => own.write(piece),
                None => nix::unistd::write(self.file, piece).map_err(io::Error::from),
            };
            match written {
                Err(error) if is_for_later(&error) => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// The file once more, if it is one of those that a reader can hold up, and if
/// there is a way to open it.
fn reopened(file: BorrowedFd<'_>) -> Option<File> {
    let about = File::from(file.try_clone_to_owned().ok()?)
        .metadata()
        .ok()?;
    let kind = about.file_type();
    if !kind.is_fifo() && !kind.is_char_device() {
        return None;
    }
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    File::options()
        .write(true)
        .custom_flags(flags.bits())
        .open(format!("/proc/self/fd/{}", file.as_fd().as_raw_fd()))
        .ok()
}
