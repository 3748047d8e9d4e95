//! `snd_timer_t`: one timer.

use super::name::parse;
use crate::error::report;
use crate::handle::returned;
use crate::open::SND_ERROR_INCOMPATIBLE_VERSION;
use crate::sys;
use crate::types::{
    Seconds, snd_config_t, snd_timer_info_t, snd_timer_params_t, snd_timer_status_t,
};
use alsa_seq_kernel_abi::consts::protocol_incompatible;
use alsa_seq_kernel_abi::info::TimerId;
use alsa_seq_kernel_abi::ioctl::{NotTimer, TimerFd};
use alsa_seq_kernel_abi::timer::{TimerSelect, VERSION};
use core::ffi::{CStr, c_char, c_int, c_long, c_short, c_uint, c_ushort, c_void};
use core::fmt;
use core::ptr;
use libc::pollfd;
use std::os::fd::{AsRawFd as _, FromRawFd as _, IntoRawFd as _, OwnedFd};

/// Mode: reading never waits.
pub const SND_TIMER_OPEN_NONBLOCK: c_int = 1;
/// Mode: reads enhanced records.
pub const SND_TIMER_OPEN_TREAD: c_int = 2;

const DEVICE: &CStr = c"/dev/snd/timer";

/// An open timer.
#[allow(non_camel_case_types, reason = "a C name")]
pub struct snd_timer_t {
    fd: TimerFd,
    /// The name with which it was opened, from `strdup`.
    name: *mut c_char,
}

impl fmt::Debug for snd_timer_t {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("snd_timer_t")
            .field("fd", &self.fd)
            .finish_non_exhaustive()
    }
}

/// Returns the descriptor behind a C handle.
///
/// # Safety
///
/// *handle*, for as long as the result is used.
unsafe fn handle<'a>(timer: *mut snd_timer_t) -> Option<&'a TimerFd> {
    // SAFETY: *handle*. It was made by `allocate`, and is only ever borrowed shared.
    unsafe { timer.as_ref() }.map(|timer| &timer.fd)
}

/// Opens the timers' device. Returns the descriptor or a negative errno.
pub(super) fn open_device(mode: c_int) -> c_int {
    let nonblock = if mode & SND_TIMER_OPEN_NONBLOCK != 0 {
        libc::O_NONBLOCK
    } else {
        0
    };
    sys::open(DEVICE, libc::O_RDONLY | nonblock | libc::O_CLOEXEC)
}

/// The reason why a descriptor is not a timer's, and the descriptor if the caller must close it.
pub(super) struct Refused {
    pub(super) error: c_int,
    pub(super) left: Option<c_int>,
}

impl Refused {
    /// A frame that owns nothing closes the descriptor.
    pub(super) fn new(fd: TimerFd, error: c_int) -> Self {
        Self {
            error,
            left: Some(OwnedFd::from(fd).into_raw_fd()),
        }
    }

    /// Closes the descriptor, and returns the error. The thread may be cancelled here.
    pub(super) fn close(self) -> c_int {
        if let Some(fd) = self.left {
            // SAFETY: the descriptor was left to this value alone.
            unsafe { sys::close(fd) };
        }
        self.error
    }
}

/// Checks that a descriptor is the timer device's, and that the kernel uses our protocol. Closes a
/// file that is not the timer device.
///
/// # Safety
///
/// The descriptor is open, and belongs only to the caller.
pub(super) unsafe fn introduce(fd: c_int) -> Result<TimerFd, Refused> {
    // SAFETY: as promised by the caller.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let fd = TimerFd::new(fd).map_err(|error| Refused {
        error: match error {
            NotTimer::Os(errno) => -errno.raw(),
            _ => -libc::ENXIO,
        },
        left: None,
    })?;
    match fd.pversion() {
        Ok(protocol) if !protocol_incompatible(protocol, VERSION) => Ok(fd),
        Ok(_) => Err(Refused::new(fd, -SND_ERROR_INCOMPATIBLE_VERSION)),
        Err(errno) => Err(Refused::new(fd, -errno.raw())),
    }
}

/// Opens a timer and puts the handle into `*timer`, null on failure.
///
/// `name` is `hw:CLASS=…,SCLASS=…,CARD=…,DEV=…,SUBDEV=…`, or only the numbers in this order, or
/// some of them. Without them, and for `default`, it is the first timer of sound card 0. The
/// numbers may be hexadecimal or octal, as in C. `mode` is 0 or bits `SND_TIMER_OPEN_…`.
///
/// Returns 0; `-ENOENT` for another name, or without timers; `-ENODEV` if the timer does not exist;
/// or a negative errno. For an invalid name, calls the error handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_timer_open(
    timer: *mut *mut snd_timer_t,
    name: *const c_char,
    mode: c_int,
) -> c_int {
    if timer.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { timer.write(ptr::null_mut()) };
    if name.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *string*.
    let asked = unsafe { CStr::from_ptr(name) };
    match parse(asked) {
        Ok(id) => {
            let TimerId {
                dev_class,
                dev_sclass,
                card,
                device,
                subdevice,
            } = id;
            // SAFETY: the same promises.
            unsafe {
                snd_timer_hw_open(
                    timer, name, dev_class, dev_sclass, card, device, subdevice, mode,
                )
            }
        }
        Err(error) => {
            report(c"snd_timer_open", c"Unknown timer ", asked, 0);
            error
        }
    }
}

/// Does the same as [`snd_timer_open`]. Ignores libasound's configuration (`lconf`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_timer_open_lconf(
    timer: *mut *mut snd_timer_t,
    name: *const c_char,
    mode: c_int,
    _lconf: *mut snd_config_t,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { snd_timer_open(timer, name, mode) }
}

/// Does the same as [`snd_timer_open`], but takes the timer's numbers as arguments and accepts any
/// name. libasound exports this function, but its headers do not declare it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_timer_hw_open(
    handle: *mut *mut snd_timer_t,
    name: *const c_char,
    dev_class: c_int,
    dev_sclass: c_int,
    card: c_int,
    device: c_int,
    subdevice: c_int,
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
    let fd = open_device(mode);
    if fd < 0 {
        return fd;
    }
    let mut select = TimerSelect::zeroed();
    select.id = TimerId {
        dev_class,
        dev_sclass,
        card,
        device,
        subdevice,
    };
    let tread = mode & SND_TIMER_OPEN_TREAD != 0;
    // SAFETY: *string*, and the descriptor is this call's own.
    match unsafe { adopt(fd, name, &select, tread) } {
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
    select: &TimerSelect,
    tread: bool,
) -> Result<*mut snd_timer_t, Refused> {
    // SAFETY: as promised by the caller.
    let fd = unsafe { introduce(fd) }?;
    // The header uses the other request if the C library's seconds are wider than a `long`.
    let wide = size_of::<Seconds>() > size_of::<c_long>();
    let chosen = if tread { fd.tread(wide) } else { Ok(()) };
    if let Err(errno) = chosen.and_then(|()| fd.select(select)) {
        return Err(Refused::new(fd, -errno.raw()));
    }
    // SAFETY: *string*.
    let name = unsafe { libc::strdup(name) };
    // SAFETY: `malloc` takes any number.
    let timer = unsafe { libc::malloc(size_of::<snd_timer_t>()) }.cast::<snd_timer_t>();
    if name.is_null() || timer.is_null() {
        // SAFETY: nobody has it yet, and null is nothing to free.
        unsafe { libc::free(name.cast()) };
        // SAFETY: as above.
        unsafe { libc::free(timer.cast()) };
        return Err(Refused::new(fd, -libc::ENOMEM));
    }
    // SAFETY: the memory is large enough, and aligned for any type of C's.
    unsafe { timer.write(snd_timer_t { fd, name }) };
    Ok(timer)
}

/// Frees a handle. Returns its descriptor.
///
/// # Safety
///
/// *handle*, not null, and this is its last use.
#[inline(never)]
unsafe fn dissolve(timer: *mut snd_timer_t) -> c_int {
    // SAFETY: as promised by the caller.
    let snd_timer_t { fd, name } = unsafe { timer.read() };
    // SAFETY: from `strdup`, and not used afterwards.
    unsafe { libc::free(name.cast()) };
    // SAFETY: from `malloc`. What was in it has been moved out.
    unsafe { libc::free(timer.cast()) };
    OwnedFd::from(fd).into_raw_fd()
}

/// Closes the timer and frees the handle. Returns 0 or the negative errno of `close`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_timer_close(timer: *mut snd_timer_t) -> c_int {
    if timer.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *handle*, and closing is the last use.
    let fd = unsafe { dissolve(timer) };
    // SAFETY: the descriptor was the handle's.
    unsafe { sys::close(fd) }
}

/// Returns the name with which the handle was opened.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_name(timer: *mut snd_timer_t) -> *const c_char {
    // SAFETY: *handle*.
    unsafe { timer.as_ref() }.map_or(ptr::null(), |timer| timer.name.cast_const())
}

/// Returns the type of the handle: 0, `SND_TIMER_TYPE_HW`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_type(_timer: *mut snd_timer_t) -> c_int {
    0
}

/// Requests a signal for each tick in libasound. Here, returns `-ENOSYS`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_async(
    _timer: *mut snd_timer_t,
    _sig: c_int,
    _pid: libc::pid_t,
) -> c_int {
    -libc::ENOSYS
}

/// Sets whether reading returns `-EAGAIN` instead of waiting. Returns 0 or a negative
/// errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_nonblock(timer: *mut snd_timer_t, nonblock: c_int) -> c_int {
    // SAFETY: *handle*.
    let Some(fd) = (unsafe { handle(timer) }) else {
        return -libc::EINVAL;
    };
    sys::set_nonblock(fd.as_raw_fd(), nonblock != 0)
}

/// Returns the number of descriptors: 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_poll_descriptors_count(timer: *mut snd_timer_t) -> c_int {
    if timer.is_null() { -libc::EINVAL } else { 1 }
}

/// Fills in the descriptor, for ticks and errors. Returns the number of filled places, 1 or 0 of
/// `space`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_poll_descriptors(
    timer: *mut snd_timer_t,
    pfds: *mut pollfd,
    space: c_uint,
) -> c_int {
    // SAFETY: *handle*.
    let Some(fd) = (unsafe { handle(timer) }) else {
        return -libc::EINVAL;
    };
    if space == 0 {
        return 0;
    }
    if pfds.is_null() {
        return -libc::EINVAL;
    }
    let one = pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN | libc::POLLERR | libc::POLLNVAL,
        revents: 0,
    };
    // SAFETY: *result*: there is room for `space` of them, and `space` is not 0.
    unsafe { pfds.write(one) };
    1
}

/// Copies `poll`'s result for the descriptor. Returns 0, or `-EINVAL` unless `nfds` is 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_poll_descriptors_revents(
    timer: *mut snd_timer_t,
    pfds: *mut pollfd,
    nfds: c_uint,
    revents: *mut c_ushort,
) -> c_int {
    if timer.is_null() || pfds.is_null() || revents.is_null() || nfds != 1 {
        return -libc::EINVAL;
    }
    // SAFETY: *object*: there are `nfds` of them.
    let said: c_short = unsafe { pfds.read() }.revents;
    // SAFETY: *result*.
    unsafe { revents.write(c_ushort::from_ne_bytes(said.to_ne_bytes())) };
    0
}

/// Fills in the handle's timer. Returns 0 or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_info(
    timer: *mut snd_timer_t,
    info: *mut snd_timer_info_t,
) -> c_int {
    // SAFETY: *handle*.
    let fd = unsafe { handle(timer) };
    // SAFETY: *object*, and it is written to.
    let info = unsafe { info.as_mut() };
    match (fd, info) {
        (Some(fd), Some(info)) => returned(fd.info(info)),
        _ => -libc::EINVAL,
    }
}

/// Sets the use of the timer, and stops it. Returns 0 or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_params(
    timer: *mut snd_timer_t,
    params: *mut snd_timer_params_t,
) -> c_int {
    // SAFETY: *handle*.
    let fd = unsafe { handle(timer) };
    // SAFETY: *object*.
    let params = unsafe { params.as_ref() };
    match (fd, params) {
        (Some(fd), Some(params)) => returned(fd.set_params(params)),
        _ => -libc::EINVAL,
    }
}

/// Fills in the timer's state. Returns 0 or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_status(
    timer: *mut snd_timer_t,
    status: *mut snd_timer_status_t,
) -> c_int {
    // SAFETY: *handle*.
    let fd = unsafe { handle(timer) };
    // SAFETY: *object*, and it is written to.
    let status = unsafe { status.as_mut() };
    match (fd, status) {
        (Some(fd), Some(status)) => returned(fd.status(status)),
        _ => -libc::EINVAL,
    }
}

/// Starts the timer. Returns 0 or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_start(timer: *mut snd_timer_t) -> c_int {
    // SAFETY: *handle*.
    unsafe { handle(timer) }.map_or(-libc::EINVAL, |fd| returned(fd.start()))
}

/// Stops the timer. Returns 0 or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_stop(timer: *mut snd_timer_t) -> c_int {
    // SAFETY: *handle*.
    unsafe { handle(timer) }.map_or(-libc::EINVAL, |fd| returned(fd.stop()))
}

/// Continues the timer. Returns 0 or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_continue(timer: *mut snd_timer_t) -> c_int {
    // SAFETY: *handle*.
    unsafe { handle(timer) }.map_or(-libc::EINVAL, |fd| returned(fd.resume()))
}

/// Waits for the first tick, and reads all available ticks that fit: `snd_timer_read_t` or, if
/// opened with [`SND_TIMER_OPEN_TREAD`], `snd_timer_tread_t`. Returns their number of bytes, or a
/// negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_timer_read(
    timer: *mut snd_timer_t,
    buffer: *mut c_void,
    size: usize,
) -> isize {
    // SAFETY: *handle*.
    let Some(fd) = (unsafe { handle(timer) }) else {
        return -(libc::EINVAL as isize);
    };
    if buffer.is_null() {
        return -(libc::EINVAL as isize);
    }
    // SAFETY: *result*: there is room for `size` bytes.
    unsafe { sys::read(fd.as_raw_fd(), buffer.cast(), size) }
}
