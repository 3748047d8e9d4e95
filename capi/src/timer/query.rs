//! `snd_timer_query_t`: all timers.

use super::handle::{Refused, introduce, open_device};
use crate::error::report;
use crate::handle::returned;
use crate::sys;
use crate::types::{
    snd_config_t, snd_timer_ginfo_t, snd_timer_gparams_t, snd_timer_gstatus_t, snd_timer_id_t,
};
use alsa_seq_kernel_abi::ioctl::TimerFd;
use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use std::os::fd::{IntoRawFd as _, OwnedFd};

/// The open device, which is connected with no timer.
#[allow(non_camel_case_types, reason = "a C name")]
#[derive(Debug)]
pub struct snd_timer_query_t {
    fd: TimerFd,
}

/// Returns the descriptor behind a C handle.
///
/// # Safety
///
/// *handle*, for as long as the result is used.
unsafe fn handle<'a>(query: *mut snd_timer_query_t) -> Option<&'a TimerFd> {
    // SAFETY: *handle*. It was made by `adopt`, and is only ever borrowed shared.
    unsafe { query.as_ref() }.map(|query| &query.fd)
}

/// Opens the timer device for queries, and puts the handle into `*handle`, null on failure. `name`
/// is `default` or `hw`; `mode` is 0 or
/// [`SND_TIMER_OPEN_NONBLOCK`](super::SND_TIMER_OPEN_NONBLOCK).
///
/// Returns 0; `-ENOENT` for another name, or without timers; `-EINVAL` for a name with arguments;
/// or a negative errno. For an invalid name, calls the error handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_timer_query_open(
    handle: *mut *mut snd_timer_query_t,
    name: *const c_char,
    mode: c_int,
) -> c_int {
    if handle.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { handle.write(ptr::null_mut()) };
    if name.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *string*.
    let asked = unsafe { CStr::from_ptr(name) };
    if asked != c"default" && asked != c"hw" {
        report(c"snd_timer_query_open", c"Unknown timer ", asked, 0);
        let bytes = asked.to_bytes();
        return if bytes.starts_with(b"default:") || bytes.starts_with(b"hw:") {
            -libc::EINVAL
        } else {
            -libc::ENOENT
        };
    }
    // SAFETY: the same promises.
    unsafe { snd_timer_query_hw_open(handle, name, mode) }
}

/// Does the same as [`snd_timer_query_open`]. Ignores libasound's configuration (`lconf`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_timer_query_open_lconf(
    handle: *mut *mut snd_timer_query_t,
    name: *const c_char,
    mode: c_int,
    _lconf: *mut snd_config_t,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { snd_timer_query_open(handle, name, mode) }
}

/// Does the same as [`snd_timer_query_open`], but accepts any name. libasound exports this
/// function, but its headers do not declare it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_timer_query_hw_open(
    handle: *mut *mut snd_timer_query_t,
    _name: *const c_char,
    mode: c_int,
) -> c_int {
    if handle.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { handle.write(ptr::null_mut()) };
    let fd = open_device(mode);
    if fd < 0 {
        return fd;
    }
    // SAFETY: the descriptor is this call's own.
    match unsafe { adopt(fd) } {
        Ok(made) => {
            // SAFETY: *result*.
            unsafe { handle.write(made) };
            0
        }
        Err(refused) => refused.close(),
    }
}

/// Makes a handle of a descriptor.
///
/// # Safety
///
/// The descriptor is open, and the caller's alone.
#[inline(never)]
unsafe fn adopt(fd: c_int) -> Result<*mut snd_timer_query_t, Refused> {
    // SAFETY: as promised by the caller.
    let fd = unsafe { introduce(fd) }?;
    // SAFETY: `malloc` takes any number.
    let query = unsafe { libc::malloc(size_of::<snd_timer_query_t>()) };
    if query.is_null() {
        return Err(Refused::new(fd, -libc::ENOMEM));
    }
    let query = query.cast::<snd_timer_query_t>();
    // SAFETY: the memory is large enough, and aligned for any type of C's.
    unsafe { query.write(snd_timer_query_t { fd }) };
    Ok(query)
}

/// Frees a handle. Returns its descriptor.
///
/// # Safety
///
/// *handle*, not null, and this is its last use.
#[inline(never)]
unsafe fn dissolve(query: *mut snd_timer_query_t) -> c_int {
    // SAFETY: as promised by the caller.
    let snd_timer_query_t { fd } = unsafe { query.read() };
    // SAFETY: from `malloc`. What was in it has been moved out.
    unsafe { libc::free(query.cast()) };
    OwnedFd::from(fd).into_raw_fd()
}

/// Closes the device and frees the handle. Returns 0 or the negative errno of `close`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_timer_query_close(handle: *mut snd_timer_query_t) -> c_int {
    if handle.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *handle*, and closing is the last use.
    let fd = unsafe { dissolve(handle) };
    // SAFETY: the descriptor was the handle's.
    unsafe { sys::close(fd) }
}

macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident($value:ident: $type:ty) $call:ident;)*) => {$(
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            query: *mut snd_timer_query_t,
            $value: *mut $type,
        ) -> c_int {
            // SAFETY: *handle*.
            let fd = unsafe { handle(query) };
            // SAFETY: *object*, and it is written to.
            let $value = unsafe { $value.as_mut() };
            match (fd, $value) {
                (Some(fd), Some($value)) => returned(fd.$call($value)),
                _ => -libc::EINVAL,
            }
        }
    )*};
}

queries! {
    /// Replaces a timer's name with the next timer's. The class is -1 at the start and at the end.
    /// Returns 0 or a negative errno.
    snd_timer_query_next_device(tid: snd_timer_id_t) next_device;
    /// Fills in the timer with the name in the struct. Returns 0, `-ENODEV` if the timer does not
    /// exist, or a negative errno.
    snd_timer_query_info(info: snd_timer_ginfo_t) ginfo;
    /// Sets the period of the timer with the name in the struct. Returns 0 or a negative errno.
    snd_timer_query_params(params: snd_timer_gparams_t) set_gparams;
    /// Fills in the period of the timer with the name in the struct. Returns 0 or a negative errno.
    snd_timer_query_status(status: snd_timer_gstatus_t) gstatus;
}
