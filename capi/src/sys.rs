//! The system calls at which a thread can be cancelled, and `fcntl`.
//!
//! Each returns the call's result or a negative errno. These functions and their callers own no
//! values that are dropped: see the crate's rules.

use core::ffi::{CStr, c_int, c_void};
use libc::pollfd;

/// Returns the negative errno of a call that has just failed.
fn failure() -> c_int {
    #[cfg(target_os = "android")]
    use libc::__errno as location;
    #[cfg(not(target_os = "android"))]
    use libc::__errno_location as location;
    // SAFETY: takes no argument and has no precondition.
    let errno = unsafe { location() };
    // SAFETY: the C library gives each thread a valid `int`, for as long as it runs.
    unsafe { errno.read() }.wrapping_neg()
}

fn result(returned: isize) -> isize {
    if returned < 0 {
        // An `int` always fits.
        isize::try_from(failure()).unwrap_or(isize::MIN)
    } else {
        returned
    }
}

fn int_result(returned: c_int) -> c_int {
    if returned < 0 { failure() } else { returned }
}

/// `read`.
///
/// # Safety
///
/// `buffer` has room for `size` bytes, and no other thread uses them.
pub(crate) unsafe fn read(fd: c_int, buffer: *mut u8, size: usize) -> isize {
    // SAFETY: as promised by the caller.
    result(unsafe { libc::read(fd, buffer.cast(), size) })
}

/// `write`.
///
/// # Safety
///
/// `size` bytes can be read at `bytes`.
pub(crate) unsafe fn write(fd: c_int, bytes: *const c_void, size: usize) -> isize {
    // SAFETY: as promised by the caller.
    result(unsafe { libc::write(fd, bytes, size) })
}

/// `poll` for one descriptor. Returns `poll`'s result and the events.
pub(crate) fn poll(fd: c_int, events: i16, timeout: c_int) -> (c_int, i16) {
    let mut one = pollfd {
        fd,
        events,
        revents: 0,
    };
    // SAFETY: the pointer is to one `pollfd`, which lives until the call returns.
    let returned = unsafe { libc::poll(&raw mut one, 1, timeout) };
    (int_result(returned), one.revents)
}

/// `open` without a mode.
pub(crate) fn open(path: &CStr, flags: c_int) -> c_int {
    // SAFETY: the path is a C string. Nothing is created, so there is no third argument.
    int_result(unsafe { libc::open(path.as_ptr(), flags) })
}

/// `close`.
///
/// # Safety
///
/// No other thread uses or closes the descriptor.
pub(crate) unsafe fn close(fd: c_int) -> c_int {
    // SAFETY: as promised by the caller.
    int_result(unsafe { libc::close(fd) })
}

/// Sets or clears `O_NONBLOCK`.
pub(crate) fn set_nonblock(fd: c_int, nonblock: bool) -> c_int {
    // SAFETY: F_GETFL takes no argument and touches no memory.
    let flags = int_result(unsafe { libc::fcntl(fd, libc::F_GETFL) });
    if flags < 0 {
        return flags;
    }
    let flags = if nonblock {
        flags | libc::O_NONBLOCK
    } else {
        flags & !libc::O_NONBLOCK
    };
    // SAFETY: F_SETFL takes an `int` and touches no memory.
    int_result(unsafe { libc::fcntl(fd, libc::F_SETFL, flags) }).min(0)
}
