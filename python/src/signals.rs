//! Waits that a signal ends, even if it comes just before the wait.
//!
//! Python's signal handler only notes a signal, and the signal ends a running `poll`. A
//! signal just before the `poll` would be handled after the wait, perhaps never. So signals
//! are blocked first. Then Python handles the noted signals, and `ppoll` unblocks signals
//! while it waits.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollTimeout, poll, ppoll};
use nix::sys::signal::{SigSet, SigmaskHow};
use nix::sys::time::TimeSpec;
use nix::unistd::{getpid, gettid};
use pyo3::prelude::*;

thread_local! {
    /// The exception that a handler has raised at the start of a wait.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Runs the handlers of noted signals. Returns the exception that a handler raises.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    match RAISED.take() {
        Some(raised) => Err(raised),
        None => py.check_signals(),
    }
}

/// The time that is left until a deadline. `None` if it is over.
pub(crate) fn left(deadline: Option<Instant>) -> Option<PollTimeout> {
    let Some(deadline) = deadline else {
        return Some(PollTimeout::NONE);
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return None;
    }
    // Rounded up: a wait that ends too early would begin again.
    let left = left.saturating_add(Duration::from_micros(999));
    Some(PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX))
}

/// Polls, without the interpreter. EINTR if a signal has come. Call [`check`] then.
pub(crate) fn wait(files: &mut [PollFd<'_>], timeout: PollTimeout) -> nix::Result<i32> {
    // Python handles signals only in its main thread.
    if gettid() != getpid() {
        return poll(files, timeout);
    }
    let mut before = None;
    let noted = Python::try_attach(|py| {
        // Handlers run here with the program's signal mask. Processes that they start
        // inherit the mask.
        py.check_signals()?;
        let all = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK);
        before = Some(all.map_err(std::io::Error::from)?);
        py.check_signals()
    });
    let result = match noted {
        Some(Err(raised)) => {
            RAISED.set(Some(raised));
            Err(Errno::EINTR)
        }
        Some(Ok(())) | None => {
            // A negative time-out means for ever.
            let timeout = u64::try_from(i32::from(timeout)).ok();
            let timeout = timeout.map(|ms| TimeSpec::from_duration(Duration::from_millis(ms)));
            ppoll(files, timeout, before)
        }
    };
    if let Some(before) = before {
        before.thread_set_mask()?;
    }
    result
}
