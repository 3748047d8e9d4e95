//! The timers' ioctls.

extern crate std;

use super::{Errno, call, device};
use crate::info::TimerId;
use crate::timer::{
    self, DEVICE_MINOR, TimerGInfo, TimerGParams, TimerGStatus, TimerInfo, TimerParams,
    TimerSelect, TimerStatus,
};
use core::fmt;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// The reason why a descriptor can't be a [`TimerFd`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotTimer {
    /// It isn't the character device 116:33.
    WrongFile,
    /// The question itself failed.
    Os(Errno),
}

impl fmt::Display for NotTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongFile => f.write_str("not the timers' device node"),
            Self::Os(_) => f.write_str("can't tell whether this is the timers' device node"),
        }
    }
}

impl core::error::Error for NotTimer {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Os(errno) => Some(errno),
            Self::WrongFile => None,
        }
    }
}

/// An open timer device: asks for all timers, and can be bound to one.
///
/// Each method is one system call. Before [`select`](Self::select), the methods about
/// the descriptor's timer give `EBADFD`.
#[derive(Debug)]
pub struct TimerFd {
    /// Character device 116:33.
    file: File,
}

impl TimerFd {
    /// Takes a descriptor that was opened from `/dev/snd/timer`.
    ///
    /// # Errors
    ///
    /// Closes the descriptor and returns an error unless it is character device
    /// 116:33.
    pub fn new(fd: OwnedFd) -> Result<Self, NotTimer> {
        let file = device(fd, DEVICE_MINOR)
            .map_err(|error| error.map_or(NotTimer::WrongFile, NotTimer::Os))?;
        Ok(Self { file })
    }

    /// Returns the kernel's version of the timers' protocol.
    ///
    /// # Errors
    ///
    /// None known.
    #[doc(alias = "SNDRV_TIMER_IOCTL_PVERSION")]
    pub fn pversion(&self) -> Result<i32, Errno> {
        let mut value = 0;
        call(&self.file, timer::PVERSION, &mut value)?;
        Ok(value)
    }

    /// Replaces `id` by the next timer's; class -1 to start, and at the end.
    ///
    /// # Errors
    ///
    /// None known.
    #[doc(alias = "SNDRV_TIMER_IOCTL_NEXT_DEVICE")]
    pub fn next_device(&self, id: &mut TimerId) -> Result<(), Errno> {
        call(&self.file, timer::NEXT_DEVICE, id)
    }

    /// Fills in the timer `info.tid`.
    ///
    /// # Errors
    ///
    /// - `ENODEV`: no such timer.
    #[doc(alias = "SNDRV_TIMER_IOCTL_GINFO")]
    pub fn ginfo(&self, info: &mut TimerGInfo) -> Result<(), Errno> {
        call(&self.file, timer::GINFO, info)
    }

    /// Sets the period of the timer `params.tid`.
    ///
    /// # Errors
    ///
    /// - `ENODEV`: no such timer.
    /// - `EBUSY`: the timer is in use.
    /// - `ENOSYS`: the timer's period is fixed.
    #[doc(alias = "SNDRV_TIMER_IOCTL_GPARAMS")]
    pub fn set_gparams(&self, params: &TimerGParams) -> Result<(), Errno> {
        let mut copy = *params;
        call(&self.file, timer::GPARAMS, &mut copy)
    }

    /// Fills in the period of the timer `status.tid`.
    ///
    /// # Errors
    ///
    /// - `ENODEV`: no such timer.
    #[doc(alias = "SNDRV_TIMER_IOCTL_GSTATUS")]
    pub fn gstatus(&self, status: &mut TimerGStatus) -> Result<(), Errno> {
        call(&self.file, timer::GSTATUS, status)
    }

    /// Lets enhanced records be read, whose seconds are a `long`, or with `wide` have 64
    /// bits.
    ///
    /// # Errors
    ///
    /// - `EBUSY`: the descriptor is bound to a timer already.
    #[doc(alias = "SNDRV_TIMER_IOCTL_TREAD")]
    #[doc(alias = "SNDRV_TIMER_IOCTL_TREAD64")]
    pub fn tread(&self, wide: bool) -> Result<(), Errno> {
        let request = if wide { timer::TREAD64 } else { timer::TREAD };
        call(&self.file, request, &mut 1)
    }

    /// Binds the descriptor to a timer, and no longer to the one before.
    ///
    /// # Errors
    ///
    /// - `ENODEV`: no such timer.
    /// - `EBUSY`: somebody uses it alone, or it has too many users.
    #[doc(alias = "SNDRV_TIMER_IOCTL_SELECT")]
    pub fn select(&self, select: &TimerSelect) -> Result<(), Errno> {
        let mut copy = *select;
        call(&self.file, timer::SELECT, &mut copy)
    }

    /// Fills in the descriptor's timer.
    ///
    /// # Errors
    ///
    /// - `EBADFD`: the descriptor has no timer.
    #[doc(alias = "SNDRV_TIMER_IOCTL_INFO")]
    pub fn info(&self, info: &mut TimerInfo) -> Result<(), Errno> {
        call(&self.file, timer::INFO, info)
    }

    /// Sets how the timer is used, and stops it.
    ///
    /// # Errors
    ///
    /// - `EBADFD`: the descriptor has no timer.
    /// - `EINVAL`: no ticks, ticks below a millisecond for a program without the
    ///   capability `CAP_SYS_RESOURCE`, a queue size out of range, or an event that
    ///   cannot be in the filter.
    #[doc(alias = "SNDRV_TIMER_IOCTL_PARAMS")]
    pub fn set_params(&self, params: &TimerParams) -> Result<(), Errno> {
        let mut copy = *params;
        call(&self.file, timer::PARAMS, &mut copy)
    }

    /// Fills in the timer's state.
    ///
    /// # Errors
    ///
    /// - `EBADFD`: the descriptor has no timer.
    #[doc(alias = "SNDRV_TIMER_IOCTL_STATUS")]
    pub fn status(&self, status: &mut TimerStatus) -> Result<(), Errno> {
        call(&self.file, timer::STATUS, status)
    }

    /// Starts the timer.
    ///
    /// # Errors
    ///
    /// - `EBADFD`: the descriptor has no timer.
    /// - `EBUSY`: it runs.
    /// - `EINVAL`: the parameters have not been set.
    #[doc(alias = "SNDRV_TIMER_IOCTL_START")]
    pub fn start(&self) -> Result<(), Errno> {
        call(&self.file, timer::START, &mut ())
    }

    /// Stops the timer.
    ///
    /// # Errors
    ///
    /// - `EBADFD`: the descriptor has no timer.
    /// - `EBUSY`: it does not run.
    #[doc(alias = "SNDRV_TIMER_IOCTL_STOP")]
    pub fn stop(&self) -> Result<(), Errno> {
        call(&self.file, timer::STOP, &mut ())
    }

    /// Lets the timer go on after [`stop`](Self::stop).
    ///
    /// # Errors
    ///
    /// - `EBADFD`: the descriptor has no timer.
    /// - `EBUSY`: it runs.
    /// - `EINVAL`: it has never been started.
    #[doc(alias = "SNDRV_TIMER_IOCTL_CONTINUE")]
    pub fn resume(&self) -> Result<(), Errno> {
        call(&self.file, timer::CONTINUE, &mut ())
    }
}

impl AsFd for TimerFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl AsRawFd for TimerFd {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

impl From<TimerFd> for OwnedFd {
    fn from(fd: TimerFd) -> Self {
        fd.file.into()
    }
}
