//! An eventfd that wakes waiting threads. It is readable while there is a reason.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Instant;

use alsa_seq::abi::ioctl::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::signals;

/// An eventfd.
pub(super) struct Bell(EventFd);

/// The reason for the end of a wait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    /// A descriptor is ready.
    Ready,
    TimedOut,
    /// A signal has come.
    Signal,
}

impl Bell {
    pub(super) fn new() -> Result<Self, Errno> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        EventFd::from_flags(flags)
            .map(Self)
            .map_err(|errno| Errno::from_raw(errno as i32))
    }

    /// Makes the descriptor readable.
    pub(super) fn ring(&self) {
        // It fails only if the counter overflows.
        let _ = self.0.write(1);
    }

    /// Makes the descriptor unreadable.
    pub(super) fn quiet(&self) {
        // It fails only if it is unreadable already.
        let _ = self.0.read();
    }

    pub(super) fn number(&self) -> i32 {
        self.0.as_fd().as_raw_fd()
    }

    /// Waits until the bell rings, the other descriptor is ready, or the time is over.
    pub(super) fn wait(
        &self,
        other: Option<(BorrowedFd<'_>, PollFlags)>,
        deadline: Option<Instant>,
    ) -> Result<Woken, Errno> {
        let Some(timeout) = signals::left(deadline) else {
            return Ok(Woken::TimedOut);
        };
        let bell = PollFd::new(self.0.as_fd(), PollFlags::POLLIN);
        let ready = match other {
            None => signals::wait(&mut [bell], timeout),
            Some((fd, flags)) => signals::wait(&mut [bell, PollFd::new(fd, flags)], timeout),
        };
        match ready {
            Ok(0) => Ok(Woken::TimedOut),
            Ok(_) => Ok(Woken::Ready),
            Err(nix::errno::Errno::EINTR) => Ok(Woken::Signal),
            Err(errno) => Err(Errno::from_raw(errno as i32)),
        }
    }
}
