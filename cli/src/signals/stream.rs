//! Writes to a reader that may have stopped reading.

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

/// The longest wait for the reader after a signal, and the longest time that writing
/// continues after a signal that arrives during it.
const PATIENCE: Duration = Duration::from_millis(500);

/// The number of bytes that a pipe with room accepts without waiting (`PIPE_BUF`).
const PIECE: usize = 4096;

/// A pipe, a terminal or another file that others read.
///
/// Writing waits for the reader without a limit. It fails, with `ErrorKind::TimedOut`:
///
/// - half a second after a signal that arrives during the wait,
/// - and if a signal has arrived before, after half a second without a read.
#[derive(Debug)]
pub(crate) struct Stream<'s> {
    signals: &'s Signals,
    file: BorrowedFd<'s>,
    /// The same file, opened a second time as non-blocking. The standard streams are
    /// shared with other programs, which expect them to block.
    own: Option<File>,
    /// The deadline.
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

    /// The signal that ends the program, if one has arrived.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.signals.ending()
    }

    /// Waits until the file can be written to. Leaves a signal to the next wait.
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
            // The signals are only needed once.
            let number = if self.deadline.is_none() { 2 } else { 1 };
            match poll(fds.get_mut(..number).unwrap_or_default(), left) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
            let [file, signals] = fds.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
            // This includes an error, which the write then returns.
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

/// Opens the file a second time, if its reader can block writes, and if that is possible.
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
