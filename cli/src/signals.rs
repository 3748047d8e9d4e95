//! Waiting for the sequencer and for Ctrl+C at once.
//!
//! The signals that end a program are blocked and read from a file, so that
//! `poll` wakes up for them as for everything else: at once, with no handler,
//! and never in the middle of something.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::failure::Failure;

/// The signals that politely ask a program to end.
const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// The signals that end this program, from now on.
#[derive(Debug)]
pub(crate) struct Signals(SignalFd);

/// Why a wait is over. Several of them may be true.
#[derive(Debug)]
pub(crate) struct Woken {
    /// A signal came.
    pub(crate) signal: Option<Signal>,
    /// There is something to read.
    pub(crate) readable: bool,
    /// The time is over.
    pub(crate) timed_out: bool,
}

impl Signals {
    /// Blocks the signals that end this program; a pending one is kept.
    pub(crate) fn block() -> Result<Self, Failure> {
        // A program behind `nohup` or in a script's background was told to
        // ignore some of them.
        Self::block_unless(ignored_signals())
    }

    /// The same for an old program: those took Ctrl+C and SIGTERM whatever they
    /// were told, and scripts that start them in the background rely on that.
    #[cfg(feature = "old-names")]
    pub(crate) fn block_as_of_old() -> Result<Self, Failure> {
        let bit = |signal: Signal| 1 << (signal as i32 - 1);
        let always = bit(Signal::SIGINT) | bit(Signal::SIGTERM);
        Self::block_unless(ignored_signals() & !always)
    }

    fn block_unless(ignored: u64) -> Result<Self, Failure> {
        let wanted = |signal: &Signal| ignored & (1 << (*signal as i32 - 1)) == 0;
        let set: SigSet = ENDING.into_iter().filter(wanted).collect();
        set.thread_block()?;
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        Ok(Self(SignalFd::with_flags(&set, flags)?))
    }

    /// Waits until the client is ready for one of `events`, a signal comes, or
    /// `timeout` is over.
    pub(crate) fn wait(
        &self,
        client: BorrowedFd<'_>,
        events: PollFlags,
        timeout: Option<Duration>,
    ) -> Result<Woken, Failure> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let mut fds = [
                PollFd::new(client, events),
                PollFd::new(self.0.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut fds, poll_timeout(left)) {
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            let [client, signals] = fds.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
            let woken = Woken {
                signal: if signals.is_empty() {
                    None
                } else {
                    self.read()?
                },
                readable: client.contains(PollFlags::POLLIN),
                timed_out: left.is_some_and(|left| left.is_zero()),
            };
            if woken.signal.is_some() || woken.timed_out || !client.is_empty() {
                return Ok(woken);
            }
        }
    }

    /// Waits until one of the files is ready, or a signal comes.
    #[cfg(feature = "old-names")]
    pub(crate) fn wait_all<'fd>(
        &'fd self,
        fds: &mut Vec<PollFd<'fd>>,
    ) -> Result<Option<Signal>, Failure> {
        fds.push(PollFd::new(self.0.as_fd(), PollFlags::POLLIN));
        let waited = loop {
            match poll(fds, PollTimeout::NONE) {
                Err(Errno::EINTR) => {}
                waited => break waited,
            }
        };
        fds.pop();
        waited?;
        self.read()
    }

    fn read(&self) -> Result<Option<Signal>, Failure> {
        let Some(info) = self.0.read_signal()? else {
            return Ok(None);
        };
        let number = i32::try_from(info.ssi_signo).unwrap_or(0);
        Ok(Some(Signal::try_from(number)?))
    }
}

/// Rounded up: a fraction of a millisecond must not become a busy loop.
fn poll_timeout(left: Option<Duration>) -> PollTimeout {
    let Some(left) = left else {
        return PollTimeout::NONE;
    };
    let millis = left.as_nanos().div_ceil(1_000_000);
    i32::try_from(millis)
        .ok()
        .and_then(|millis| PollTimeout::try_from(millis).ok())
        .unwrap_or(PollTimeout::MAX)
}

/// The signals that this process ignores, one bit each. The system call that
/// would tell is also the one that changes it, and unsafe.
fn ignored_signals() -> u64 {
    // Read at once: the kernel does not tell how long it is.
    let mut status = String::with_capacity(4096);
    let read =
        File::open("/proc/self/status").and_then(|mut file| file.read_to_string(&mut status));
    if read.is_err() {
        // Without /proc, none.
        return 0;
    }
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
