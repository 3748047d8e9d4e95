//! Waits that no signal is too early for.
//!
//! Python's handler of a signal only notes it, and the signal ends a `poll` that is under
//! way. A signal that comes just before the `poll` would be looked at when the wait is
//! over, which may be never. So signals are held back, Python is asked for those that it
//! has noted, and `ppoll` lets them in.

use std::cell::RefCell;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollTimeout, poll, ppoll};
use nix::sys::signal::SigSet;
use nix::sys::time::TimeSpec;
use nix::unistd::{getpid, gettid};
use pyo3::prelude::*;

thread_local! {
    /// What a handler has raised when a wait began.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Looks at the signals that have come. The exception that a handler has raised.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    match RAISED.take() {
        Some(raised) => Err(raised),
        None => py.check_signals(),
    }
}

/// `poll`, without the interpreter. EINTR if a signal has come; then [`check`] is to be
/// called.
pub(crate) fn wait(files: &mut [PollFd<'_>], timeout: PollTimeout) -> nix::Result<i32> {
    // Python looks at signals in its main thread alone.
    if gettid() != getpid() {
        return poll(files, timeout);
    }
    let before = SigSet::thread_get_mask()?;
    let noted = Python::try_attach(|py| {
        // A handler that has been noted by now runs with the mask of the program, which
        // the processes that it starts inherit.
        py.check_signals()?;
        SigSet::all().thread_block().map_err(std::io::Error::from)?;
        py.check_signals()
    });
    let result = match noted {
        Some(Err(raised)) => {
            RAISED.set(Some(raised));
            Err(Errno::EINTR)
        }
        Some(Ok(())) | None => {
            // Less than nothing is for ever.
            let timeout = u64::try_from(i32::from(timeout)).ok();
            let timeout = timeout.map(|ms| TimeSpec::from_duration(Duration::from_millis(ms)));
            ppoll(files, timeout, Some(before))
        }
    };
    before.thread_set_mask()?;
    result
}
