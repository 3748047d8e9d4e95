//! Reads and writes that never block, for the two event loops.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout};

/// The result of one read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Data(usize),
    /// No data at the moment.
    Empty,
    /// End of file, or the other end was closed.
    End,
}

/// Reads once. A terminal or socket whose other end was closed counts as the end.
pub(crate) fn read(fd: impl AsFd, buf: &mut [u8]) -> io::Result<Read> {
    loop {
        return match nix::unistd::read(&fd, buf) {
            Ok(0) => Ok(Read::End),
            Ok(n) => Ok(Read::Data(n)),
            Err(Errno::EINTR) => continue,
            Err(Errno::EAGAIN) => Ok(Read::Empty),
            Err(Errno::EIO | Errno::ECONNRESET) => Ok(Read::End),
            Err(e) => Err(e.into()),
        };
    }
}

/// The result of one write.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Some(usize),
    /// No room at the moment.
    Full,
    /// The other end was closed.
    Closed,
}

/// Writes once.
pub(crate) fn write(fd: impl AsFd, bytes: &[u8]) -> io::Result<Written> {
    loop {
        return match nix::unistd::write(&fd, bytes) {
            Ok(n) => Ok(Written::Some(n)),
            Err(Errno::EINTR) => continue,
            Err(Errno::EAGAIN) => Ok(Written::Full),
            Err(Errno::EPIPE | Errno::EIO | Errno::ECONNRESET) => Ok(Written::Closed),
            Err(e) => Err(e.into()),
        };
    }
}

/// Writes the front of a queue, at most `limit` bytes, and removes the written bytes.
pub(crate) fn write_front(
    fd: impl AsFd,
    queue: &mut VecDeque<u8>,
    limit: usize,
) -> io::Result<Written> {
    let (front, _) = queue.as_slices();
    let written = write(fd, front.get(..limit).unwrap_or(front))?;
    if let Written::Some(n) = written {
        queue.drain(..n);
    }
    Ok(written)
}

/// Makes a file description non-blocking. Use it only for descriptions that no other process
/// shares.
pub(crate) fn set_nonblocking(fd: impl AsFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(&fd, FcntlArg::F_GETFL)?);
    fcntl(&fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// The descriptors of one turn of an event loop, each with a name.
pub(crate) struct PollSet<'fd, K> {
    keys: Vec<K>,
    fds: Vec<PollFd<'fd>>,
}

impl<'fd, K: Copy + PartialEq> PollSet<'fd, K> {
    pub(crate) fn new() -> Self {
        Self {
            keys: Vec::new(),
            fds: Vec::new(),
        }
    }

    /// Adds a descriptor. Without flags, only errors and hang-ups are reported.
    pub(crate) fn add(&mut self, key: K, fd: BorrowedFd<'fd>, flags: PollFlags) {
        self.keys.push(key);
        self.fds.push(PollFd::new(fd, flags));
    }

    /// Waits and returns the ready descriptors; an empty result if the time has elapsed.
    pub(crate) fn wait(mut self, timeout: PollTimeout) -> io::Result<Vec<(K, PollFlags)>> {
        match nix::poll::poll(&mut self.fds, timeout) {
            Ok(_) => {}
            Err(Errno::EINTR) => return Ok(Vec::new()),
            Err(e) => return Err(e.into()),
        }
        Ok(self
            .keys
            .into_iter()
            .zip(&self.fds)
            .filter_map(|(key, fd)| fd.revents().filter(|r| !r.is_empty()).map(|r| (key, r)))
            .collect())
    }
}
