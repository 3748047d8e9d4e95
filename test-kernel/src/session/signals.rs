//! The runner's signals, as events.

use anyhow::{Context as _, Result};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::workshop::ignored;

/// The signals that are passed on to the program.
const FORWARDED: [Signal; 14] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGTERM,
    Signal::SIGTSTP,
    Signal::SIGCONT,
    Signal::SIGVTALRM,
    Signal::SIGPROF,
    Signal::SIGIO,
    Signal::SIGPWR,
    Signal::SIGXCPU,
];

/// `si_code` of a signal from a terminal, which goes to the whole group.
pub(super) const SI_KERNEL: i32 = 128;

/// Blocks the signals that become events. Must be called before anything else is started.
pub(crate) fn block() -> Result<SignalFd> {
    let ignored = ignored::signals();
    let mut set = SigSet::empty();
    for signal in FORWARDED {
        // The caller ignores these signals (nohup), so they are not passed on to the program
        // either.
        if !ignored.contains(&(signal as i32)) {
            set.add(signal);
        }
    }
    set.add(Signal::SIGWINCH);
    set.add(Signal::SIGCHLD);
    set.thread_block().context("block signals")?;
    SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
        .context("create a signal descriptor")
}
