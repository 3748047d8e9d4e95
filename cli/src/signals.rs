//! What each signal does to this program.
//!
//! | signal | effect |
//! |---|---|
//! | INT, TERM, HUP | end the program; `dump` and `record` then end with status 0 |
//! | USR1 | `patch keep` reads its files anew |
//! | QUIT, ABRT, USR1, USR2, ALRM, VTALRM, PROF, XCPU, XFSZ, SYS, IO, PWR, STKFLT, real-time signals | end the program like INT if it plays or records; otherwise at once |
//! | TSTP | a program that plays ends its notes and then stops; any other program stops at once |
//! | CONT | a stopped program continues; a program that is about to stop does not |
//! | TTIN, TTOU | never stop a program while it plays |
//! | PIPE | is ignored; writing reports the error |
//! | a signal that the parent process ignores (`nohup`, a script's background) | nothing |
//! | KILL, STOP | cannot be caught |
//! | ILL, TRAP, BUS, FPE, SEGV | end the program at once: the processor raises them |
//! | 32, 33, with musl also 34 | end the program at once: they are the C library's |
//!
//! A command blocks the signals that it catches, and reads them from a `signalfd`. So
//! `poll` returns as soon as one arrives, no handler is needed, and a signal never
//! interrupts the program between two calls of `poll`.
//!
//! While signals are blocked, the program must only wait in `poll`. Reading standard
//! input, opening a FIFO and writing to a pipe may block for ever. There are two ways
//! to do that:
//!
//! - If nothing can be lost, [`Signals::interruptible`] unblocks the signals meanwhile,
//!   and the kernel ends the program.
//! - If something can be lost, [`Signals::stream`] writes in pieces, and fails soon
//!   after a signal.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, Signal, raise};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;

use crate::failure::{Ending, Failure};

mod stream;

pub(crate) use stream::Stream;

/// The usual signals that ask a program to end.
const USUAL: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// The signals for job control.
const STOPPING: [Signal; 3] = [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];

/// The signals that no command catches: the kernel does not allow it, the processor
/// raises them, or they do not end programs.
const LEFT_ALONE: [Signal; 12] = [
    Signal::SIGKILL,
    Signal::SIGSTOP,
    Signal::SIGILL,
    Signal::SIGTRAP,
    Signal::SIGBUS,
    Signal::SIGFPE,
    Signal::SIGSEGV,
    Signal::SIGPIPE,
    Signal::SIGCHLD,
    Signal::SIGCONT,
    Signal::SIGURG,
    Signal::SIGWINCH,
];

/// The signals that a command catches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Catch {
    /// INT, TERM and HUP: for commands that have status 0 after them, and nothing to
    /// clean up.
    Usual,
    /// These, and USR1, which asks the command to read its files anew
    /// ([`Woken::reload`]).
    Reloading,
    /// Every signal that ends a program: for commands that must clean up.
    Ending,
    /// These, and TSTP: for commands that play. When [`Woken::stop`] is set, the
    /// command ends all notes, and then calls [`Signals::stop`].
    Music,
}

/// The signals that this program catches, from now on.
#[derive(Debug)]
pub(crate) struct Signals {
    fd: SignalFd,
    caught: SigSet,
    /// Whether USR1 requests something, and does not end the program.
    reloads: bool,
    /// One bit for each signal.
    ignored: u64,
    /// The number of the signal that ends the program, or 0 if none has arrived.
    has_come: AtomicI32,
    /// Whether TSTP has arrived and was not returned by a wait yet.
    stop_later: AtomicBool,
    /// Whether CONT has arrived since the last TSTP.
    continued: AtomicBool,
}

/// The reason for the end of a wait. Several fields may be set.
#[derive(Debug, Default)]
pub(crate) struct Woken {
    /// A signal that ends the program has arrived.
    pub(crate) signal: Option<Ending>,
    /// TSTP has arrived, with [`Catch::Music`] only.
    pub(crate) stop: bool,
    /// USR1 has arrived, with [`Catch::Reloading`] only.
    pub(crate) reload: bool,
    /// There is something to read.
    pub(crate) readable: bool,
    /// The time is over.
    pub(crate) timed_out: bool,
}

impl Signals {
    /// Blocks the signals that this program catches. Pending signals are kept.
    pub(crate) fn block(catch: Catch) -> Result<Self, Failure> {
        // A program behind `nohup` or in a script's background was told to
        // ignore some of them.
        Self::block_unless(ignored_signals(), catch)
    }

    /// The same for an old name. The originals take SIGINT and SIGTERM even if their
    /// parent ignores these, and scripts that start them in the background rely on it.
    #[cfg(feature = "old-names")]
    pub(crate) fn block_as_of_old(catch: Catch) -> Result<Self, Failure> {
        let always = bit(Signal::SIGINT as i32) | bit(Signal::SIGTERM as i32);
        Self::block_unless(ignored_signals() & !always, catch)
    }

    fn block_unless(ignored: u64, catch: Catch) -> Result<Self, Failure> {
        let mut caught = catch.set();
        for signal in Signal::iterator() {
            if ignored & bit(signal as i32) != 0 {
                caught.remove(signal);
            }
        }
        caught
            .thread_block()
            .map_err(Failure::system("block signals"))?;
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        Ok(Self {
            fd: SignalFd::with_flags(&caught, flags).map_err(|errno| match errno {
                Errno::ENOSYS => Failure::Other(
                    "watch for signals: the kernel is built without CONFIG_SIGNALFD".into(),
                ),
                errno => Failure::system("watch for signals")(errno),
            })?,
            caught,
            reloads: catch == Catch::Reloading,
            ignored,
            has_come: AtomicI32::new(0),
            stop_later: AtomicBool::new(false),
            continued: AtomicBool::new(false),
        })
    }

    /// Does work that may block for ever, with the signals unblocked. A signal then ends
    /// or stops the program at once. So no note may sound meanwhile, and no data may be
    /// lost by that.
    pub(crate) fn interruptible<T>(&self, work: impl FnOnce() -> T) -> T {
        // These cannot fail: the sets are valid.
        let _ = self.caught.thread_unblock();
        let done = work();
        let _ = self.caught.thread_block();
        done
    }

    /// Returns a writer to a pipe, a terminal or another file that others read. Writing
    /// fails soon after a signal if nobody reads.
    pub(crate) fn stream<'s>(&'s self, file: BorrowedFd<'s>) -> Stream<'s> {
        Stream::new(self, file)
    }

    /// Stops the program, and returns after SIGCONT; at once if that has arrived since
    /// TSTP. To be called after [`Woken::stop`], when no note sounds any more.
    pub(crate) fn stop(&self) -> Result<(), Failure> {
        if let Some(signal) = self.read()?.signal {
            return Err(Failure::Signal(signal));
        }
        if self.has_continued() {
            return Ok(());
        }
        raise(Signal::SIGSTOP).map_err(Failure::system("stop this program"))
    }

    /// Returns whether SIGCONT has been read since the last TSTP: the program is not to
    /// stop any more.
    pub(crate) fn has_continued(&self) -> bool {
        self.continued.load(Ordering::Relaxed)
    }

    /// Fails if a signal other than INT, TERM and HUP has ended the command. For
    /// commands that have status 0 after these three.
    #[cfg(feature = "record")]
    pub(crate) fn ended_well(&self) -> Result<(), Failure> {
        match self.ending() {
            Some(ending) if !USUAL.into_iter().any(|signal| ending.is(signal)) => {
                Err(Failure::Signal(ending))
            }
            _ => Ok(()),
        }
    }

    /// Waits until the client is ready for one of `events`, a signal comes, or
    /// `timeout` is over.
    pub(crate) fn wait(
        &self,
        client: BorrowedFd<'_>,
        events: PollFlags,
        timeout: Option<Duration>,
    ) -> Result<Woken, Failure> {
        let mut fds = vec![PollFd::new(client, events)];
        let mut woken = self.wait_all(&mut fds, timeout)?;
        let found = fds.first().and_then(PollFd::revents);
        woken.readable = found.is_some_and(|found| found.contains(PollFlags::POLLIN));
        Ok(woken)
    }

    /// Waits until one of the files is ready, a signal comes, or `timeout` is over.
    pub(crate) fn wait_all<'fd>(
        &'fd self,
        fds: &mut Vec<PollFd<'fd>>,
        timeout: Option<Duration>,
    ) -> Result<Woken, Failure> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        if self.stop_later.swap(false, Ordering::Relaxed) {
            return Ok(Woken {
                stop: true,
                ..Woken::default()
            });
        }
        fds.push(PollFd::new(self.fd.as_fd(), PollFlags::POLLIN));
        let woken = loop {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            match poll(fds, left) {
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(errno) => break Err(Failure::system("wait for events")(errno)),
            }
            let is_ready = |fd: &PollFd<'_>| fd.revents().is_some_and(|found| !found.is_empty());
            let (ours, others) = fds
                .split_last()
                .map_or((None, &[][..]), |(fd, others)| (Some(fd), others));
            let mut woken = match ours.is_some_and(is_ready).then(|| self.read()) {
                None => Woken::default(),
                Some(Ok(woken)) => woken,
                Some(failed) => break failed,
            };
            woken.timed_out = left.is_some_and(|left| left.is_zero());
            let is_any_ready = others.iter().any(is_ready);
            let is_asked = woken.signal.is_some() || woken.stop || woken.reload;
            if is_asked || woken.timed_out || is_any_ready {
                break Ok(woken);
            }
        };
        fds.pop();
        woken
    }

    /// Reads the pending signals, up to the first that ends the program.
    fn read(&self) -> Result<Woken, Failure> {
        let mut woken = Woken::default();
        while woken.signal.is_none() {
            let Some(info) = self
                .fd
                .read_signal()
                .map_err(Failure::system("read a signal"))?
            else {
                break;
            };
            let number = i32::try_from(info.ssi_signo).unwrap_or(0);
            match Signal::try_from(number) {
                Ok(Signal::SIGTSTP) => {
                    self.continued.store(false, Ordering::Relaxed);
                    woken.stop = true;
                }
                // The program continues even if the signal is blocked.
                Ok(Signal::SIGCONT) => self.continued.store(true, Ordering::Relaxed),
                Ok(Signal::SIGUSR1) if self.reloads => woken.reload = true,
                // These signals do not stop a program that handles them. Its
                // reads and writes on the terminal then continue or fail.
                Ok(Signal::SIGTTIN | Signal::SIGTTOU) => {}
                // Real-time signals cannot be taken out of a set.
                _ if self.ignored & bit(number) != 0 => {}
                _ => woken.signal = Some(Ending::by(number)),
            }
        }
        if let Some(ending) = woken.signal {
            self.has_come.store(ending.number(), Ordering::Relaxed);
        }
        Ok(woken)
    }

    /// Reads the pending signals, and returns the one that ends the program. TSTP is kept
    /// for the next wait.
    #[cfg(feature = "send")]
    pub(crate) fn ending_now(&self) -> Result<Option<Ending>, Failure> {
        if self.read()?.stop {
            self.stop_later.store(true, Ordering::Relaxed);
        }
        Ok(self.ending())
    }

    /// Returns the last signal that was read and ends the program.
    pub(crate) fn ending(&self) -> Option<Ending> {
        let number = self.has_come.load(Ordering::Relaxed);
        (number != 0).then(|| Ending::by(number))
    }
}

impl Catch {
    fn set(self) -> SigSet {
        if self == Self::Usual {
            return USUAL.into_iter().collect();
        }
        if self == Self::Reloading {
            return USUAL.into_iter().chain([Signal::SIGUSR1]).collect();
        }
        // All signals except for some, because a set that is built from single signals cannot
        // contain the real-time signals.
        let mut set = SigSet::all();
        for signal in LEFT_ALONE {
            set.remove(signal);
        }
        if self == Self::Ending {
            for signal in STOPPING {
                set.remove(signal);
            }
        } else {
            set.add(Signal::SIGCONT);
        }
        set
    }
}

/// Starts a thread in which all signals are blocked: this thread gets them.
pub(crate) fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    use nix::sys::signal::SigmaskHow::SIG_BLOCK;

    let before = SigSet::all().thread_swap_mask(SIG_BLOCK);
    let started = start();
    if let Ok(before) = before {
        let _ = before.thread_set_mask();
    }
    started
}

/// Does work that may block for ever, with no signal blocked. For the end of the
/// program.
pub(crate) fn unblocked(work: impl FnOnce()) {
    let before = SigSet::thread_get_mask();
    let _ = SigSet::all().thread_unblock();
    work();
    if let Ok(before) = before {
        let _ = before.thread_set_mask();
    }
}

/// Returns whether the file can be written to, or has an error, before the time is
/// over.
pub(crate) fn is_writable(file: BorrowedFd<'_>, timeout: Duration) -> bool {
    let mut fds = [PollFd::new(file, PollFlags::POLLOUT)];
    poll(&mut fds, Some(timeout)).is_ok_and(|ready| ready > 0)
}

/// Waits until one of the files is ready, or the time is over. Unlike `poll`, it counts in
/// nanoseconds, so it does not return at once when less than a millisecond is left.
fn poll(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> nix::Result<i32> {
    // The smallest `time_t` can hold this.
    const LONGEST: Duration = Duration::from_secs(1 << 30);
    let timeout = timeout.map(|timeout| TimeSpec::from_duration(timeout.min(LONGEST)));
    ppoll(fds, timeout, None)
}

fn bit(signal: i32) -> u64 {
    let shift = u32::try_from(signal - 1).unwrap_or(u32::MAX);
    1_u64.checked_shl(shift).unwrap_or(0)
}

/// Returns the signals that this process ignores, one bit for each. It reads them from
/// `/proc`, because the system call for that, `sigaction`, is unsafe to call.
fn ignored_signals() -> u64 {
    // Reads it at once, because the kernel does not report its length.
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
