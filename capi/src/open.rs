//! Opens and closes the sequencer, and sets the descriptor's flag.

use crate::error::report;
use crate::handle::{WITH_UMP, handle, snd_seq_t};
use crate::sys;
use crate::types::snd_config_t;
use alsa_seq_kernel_abi::consts::{VERSION, protocol_incompatible};
use alsa_seq_kernel_abi::info::RunningMode;
use alsa_seq_kernel_abi::ioctl::{NotSequencer, SeqFd};
use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use std::os::fd::{FromRawFd as _, IntoRawFd as _, OwnedFd};

/// For sending.
pub const SND_SEQ_OPEN_OUTPUT: c_int = 1;
/// For receiving.
pub const SND_SEQ_OPEN_INPUT: c_int = 2;
/// For both.
pub const SND_SEQ_OPEN_DUPLEX: c_int = SND_SEQ_OPEN_OUTPUT | SND_SEQ_OPEN_INPUT;
/// Mode: reading and sending never wait.
pub const SND_SEQ_NONBLOCK: c_int = 1;
/// Error, negated: the kernel has another protocol.
pub const SND_ERROR_INCOMPATIBLE_VERSION: c_int = 500_000;

const DEVICE: &CStr = c"/dev/snd/seq";

/// Opens the sequencer and puts the handle into `*handle`, null on failure.
///
/// `name` is `default` or `hw`. `streams` is one of `SND_SEQ_OPEN_…`, `mode` is 0 or
/// [`SND_SEQ_NONBLOCK`].
///
/// Returns 0; `-ENOENT` for another name, or without a sequencer; `-EINVAL` for other `streams`; or
/// the negative errno of opening. On an error, calls the error handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_open(
    seqp: *mut *mut snd_seq_t,
    name: *const c_char,
    streams: c_int,
    mode: c_int,
) -> c_int {
    if seqp.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { seqp.write(ptr::null_mut()) };
    if name.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *string*.
    let asked = unsafe { CStr::from_ptr(name) };
    // The names in libasound's installed configuration.
    if asked != c"default" && asked != c"hw" {
        report(c"snd_seq_open", c"Unknown SEQ ", asked, 0);
        return -libc::ENOENT;
    }
    // SAFETY: the same promises.
    unsafe { snd_seq_hw_open(seqp, name, streams, mode) }
}

/// Does the same as [`snd_seq_open`]. Ignores libasound's configuration (`lconf`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_open_lconf(
    seqp: *mut *mut snd_seq_t,
    name: *const c_char,
    streams: c_int,
    mode: c_int,
    _lconf: *mut snd_config_t,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { snd_seq_open(seqp, name, streams, mode) }
}

/// Does the same as [`snd_seq_open`], but accepts any name. libasound exports this function, but
/// its headers do not declare it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_hw_open(
    seqp: *mut *mut snd_seq_t,
    name: *const c_char,
    streams: c_int,
    mode: c_int,
) -> c_int {
    if seqp.is_null() || name.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { seqp.write(ptr::null_mut()) };
    let access = match streams {
        SND_SEQ_OPEN_OUTPUT => libc::O_WRONLY,
        SND_SEQ_OPEN_INPUT => libc::O_RDONLY,
        SND_SEQ_OPEN_DUPLEX => libc::O_RDWR,
        _ => return -libc::EINVAL,
    };
    let nonblock = if mode & SND_SEQ_NONBLOCK != 0 {
        libc::O_NONBLOCK
    } else {
        0
    };
    let fd = sys::open(DEVICE, access | nonblock | libc::O_CLOEXEC);
    if fd < 0 {
        report(c"snd_seq_hw_open", c"open /dev/snd/seq failed", c"", fd);
        return fd;
    }
    let mut made = ptr::null_mut();
    let mut left = -1;
    // SAFETY: *string*, and the descriptor is this call's own.
    let error = unsafe { adopt(fd, name, streams, &mut made, &mut left) };
    if error < 0 {
        report(
            c"snd_seq_hw_open",
            c"/dev/snd/seq cannot be used",
            c"",
            error,
        );
        if left >= 0 {
            // SAFETY: `adopt` has left the descriptor to this function.
            unsafe { sys::close(left) };
        }
        return error;
    }
    // SAFETY: *result*.
    unsafe { seqp.write(made) };
    0
}

/// Makes a handle of a descriptor. On failure, the caller must close the descriptor in `left`. A
/// file that is not the sequencer was closed already.
///
/// This is a separate function because it owns values. A frame around a system call that can be
/// cancelled must not own values.
///
/// # Safety
///
/// `name` is not null (*string*). The descriptor is open, and belongs only to the caller.
#[inline(never)]
unsafe fn adopt(
    fd: c_int,
    name: *const c_char,
    streams: c_int,
    made: &mut *mut snd_seq_t,
    left: &mut c_int,
) -> c_int {
    // SAFETY: as promised by the caller.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let fd = match SeqFd::new(fd) {
        Ok(fd) => fd,
        Err(NotSequencer::Os(errno)) => return errno.raw().wrapping_neg(),
        Err(_) => return -libc::ENXIO,
    };
    let (client, protocol) = match introduce(&fd) {
        Ok(told) => told,
        Err(error) => {
            *left = OwnedFd::from(fd).into_raw_fd();
            return error;
        }
    };
    // SAFETY: *string*.
    match unsafe { snd_seq_t::allocate(fd, name, streams, client, protocol) } {
        Ok(seq) => {
            *made = seq;
            0
        }
        Err((error, fd)) => {
            *left = OwnedFd::from(fd).into_raw_fd();
            error
        }
    }
}

/// Reads the protocol and the client's number, and sets our protocol.
fn introduce(fd: &SeqFd) -> Result<(u8, c_int), c_int> {
    let protocol = fd.pversion().map_err(|errno| -errno.raw())?;
    if protocol_incompatible(protocol, VERSION) {
        return Err(-SND_ERROR_INCOMPATIBLE_VERSION);
    }
    if protocol >= WITH_UMP {
        fd.user_pversion(VERSION).map_err(|errno| -errno.raw())?;
    }
    let client = fd.client_id().map_err(|errno| -errno.raw())?;
    let client = u8::try_from(client).map_err(|_| -libc::EIO)?;
    let mut mode = RunningMode::default();
    mode.client = client;
    mode.big_endian = cfg!(target_endian = "big").into();
    mode.cpu_mode = u8::try_from(size_of::<core::ffi::c_long>()).unwrap_or(0);
    // Only events with a pointer to the program's memory need it.
    let _ = fd.running_mode(&mut mode);
    Ok((client, protocol))
}

/// Closes the client and frees the handle. Pointers that it has returned become invalid. Returns 0
/// or the negative errno of `close`.
///
/// The output buffer is not drained. The kernel removes the client's scheduled events and its
/// queues.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_close(seq: *mut snd_seq_t) -> c_int {
    if seq.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *handle*, and closing is the last use.
    let fd = unsafe { snd_seq_t::dissolve(seq) };
    // SAFETY: the descriptor was the handle's.
    unsafe { sys::close(fd) }
}

/// Returns the name with which the handle was opened.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_name(seq: *mut snd_seq_t) -> *const c_char {
    // SAFETY: *handle*.
    unsafe { handle(seq) }.map_or(ptr::null(), |seq| seq.name.cast_const())
}

/// Returns the type of the handle: 0, `SND_SEQ_TYPE_HW`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_type(_seq: *mut snd_seq_t) -> c_int {
    0
}

/// Returns the client's number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_client_id(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*.
    unsafe { handle(seq) }.map_or(-libc::EINVAL, |seq| seq.client.into())
}

/// Sets whether reading and sending return `-EAGAIN` instead of waiting. Returns 0 or a
/// negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_nonblock(seq: *mut snd_seq_t, nonblock: c_int) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    sys::set_nonblock(seq.raw_fd(), nonblock != 0)
}
