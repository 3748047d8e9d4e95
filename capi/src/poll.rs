//! Support for a program's own `poll`. A handle has one descriptor.

use crate::handle::{handle, snd_seq_t};
use crate::open::{SND_SEQ_OPEN_INPUT, SND_SEQ_OPEN_OUTPUT};
use core::ffi::{c_int, c_short, c_uint, c_ushort};
use libc::pollfd;

/// Returns the number of descriptors for `events` (`POLLIN`, `POLLOUT`): 1, or 0 if neither is
/// requested, or `-EINVAL` for a direction for which the handle was not opened.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_poll_descriptors_count(
    seq: *mut snd_seq_t,
    events: c_short,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let wants = |event: c_short, stream| events & event != 0 && seq.streams & stream == 0;
    if wants(libc::POLLIN, SND_SEQ_OPEN_INPUT) || wants(libc::POLLOUT, SND_SEQ_OPEN_OUTPUT) {
        return -libc::EINVAL;
    }
    (events & (libc::POLLIN | libc::POLLOUT) != 0).into()
}

/// Fills in the descriptor and the requested events: `POLLIN` and `POLLOUT` as in `events`, and
/// errors. Returns the number of filled places, 1 or 0 of `space`, or `-EINVAL` as
/// [`snd_seq_poll_descriptors_count`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_poll_descriptors(
    seq: *mut snd_seq_t,
    pfds: *mut pollfd,
    space: c_uint,
    events: c_short,
) -> c_int {
    // SAFETY: *handle*.
    let Some(handle) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *handle*.
    let count = unsafe { snd_seq_poll_descriptors_count(seq, events) };
    if count < 1 || space == 0 {
        return count.min(0);
    }
    if pfds.is_null() {
        return -libc::EINVAL;
    }
    let one = pollfd {
        fd: handle.raw_fd(),
        events: events & (libc::POLLIN | libc::POLLOUT) | libc::POLLERR | libc::POLLNVAL,
        revents: 0,
    };
    // SAFETY: *result*: there is room for `space` of them, and `space` is not 0.
    unsafe { pfds.write(one) };
    1
}

/// Copies `poll`'s result for the descriptor. Returns 0, or `-EINVAL` unless `nfds` is 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_poll_descriptors_revents(
    seq: *mut snd_seq_t,
    pfds: *mut pollfd,
    nfds: c_uint,
    revents: *mut c_ushort,
) -> c_int {
    if seq.is_null() || pfds.is_null() || revents.is_null() || nfds != 1 {
        return -libc::EINVAL;
    }
    // SAFETY: *object*: there are `nfds` of them.
    let one = unsafe { pfds.read() };
    // SAFETY: *result*.
    unsafe { revents.write(c_ushort::from_ne_bytes(one.revents.to_ne_bytes())) };
    0
}
