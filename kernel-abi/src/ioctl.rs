//! The sequencer's ioctls, as safe methods of a descriptor that is proven to be
//! the sequencer's.
//!
//! [`TimerFd`] has the timers' ioctls in the same way.
//!
//! This is the only file of the crate with `unsafe` in it, and it has one such
//! block, in the private function `call`. Each method is one system call: no
//! retry, no default, no guess at what an error means. `EINTR` is returned as
//! it is.
//!
//! The errors named at each method are those that kernels 6.1 to 7.2 were seen
//! or read to give. Beside them any ioctl can give `ENOTTY` for a number that
//! the kernel doesn't know and `EFAULT`, which doesn't happen here. When an
//! ioctl fails, the argument is left as it was.
//!
//! The kernel runs the ioctls and writes of one client one at a time, so a
//! `write` that waits for something other than pool space holds up the rest.
#![allow(unsafe_code, reason = "the crate's one place for it")]

extern crate std;

mod timer;

pub use timer::{NotTimer, TimerFd};

use crate::info::{
    ClientInfo, ClientPool, ClientUmpInfo, PortInfo, PortSubscribe, QuerySubs, QueueClient,
    QueueInfo, QueueStatus, QueueTempo, QueueTimer, RemoveEvents, RunningMode, SystemInfo,
};
use crate::limits::{DEVICE_MAJOR, DEVICE_MINOR};
use crate::numbers::{self, Request};
use core::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use zerocopy::{FromBytes, IntoBytes};

/// An error number of a system call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Errno(i32);

macro_rules! errnos {
    ($($name:ident)*) => {
        impl Errno {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                pub const $name: Self = Self(libc::$name);
            )*

            const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

// The errnos of the sequencer, and of opening it.
errnos! {
    EACCES EAGAIN EBADF EBADFD EBUSY EFAULT EINTR EINVAL EIO EISDIR EMLINK
    ENODEV ENOENT ENOMEM ENOSPC ENOTDIR ENOTTY ENXIO EPERM
}

impl Errno {
    /// The error of number `errno`.
    #[must_use]
    pub const fn from_raw(errno: i32) -> Self {
        Self(errno)
    }

    /// The number, positive.
    #[must_use]
    pub const fn raw(self) -> i32 {
        self.0
    }

    fn of(error: &io::Error) -> Self {
        // Errors of system calls have a number; EIO is for the ones that std
        // might invent.
        error.raw_os_error().map_or(Self::EIO, Self)
    }
}

impl From<Errno> for i32 {
    fn from(errno: Errno) -> Self {
        errno.0
    }
}

impl From<Errno> for io::Error {
    fn from(errno: Errno) -> Self {
        Self::from_raw_os_error(errno.0)
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Errno({name})"),
            None => write!(f, "Errno({})", self.0),
        }
    }
}

/// The C library's text, such as "Device or resource busy (os error 16)".
impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&io::Error::from(*self), f)
    }
}

impl core::error::Error for Errno {}

/// The reason why a descriptor can't be a [`SeqFd`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotSequencer {
    /// It isn't the character device 116:1.
    WrongFile,
    /// The question itself failed.
    Os(Errno),
}

impl fmt::Display for NotSequencer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongFile => f.write_str("not the sequencer's device node"),
            Self::Os(_) => f.write_str("can't tell whether this is the sequencer"),
        }
    }
}

impl core::error::Error for NotSequencer {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Os(errno) => Some(errno),
            Self::WrongFile => None,
        }
    }
}

/// Takes `fd` if it is the character device of ALSA with a minor number.
///
/// # Errors
///
/// `None` for another file; closes the descriptor.
fn device(fd: OwnedFd, minor: u32) -> Result<File, Option<Errno>> {
    let file = File::from(fd);
    let node = file.metadata().map_err(|error| Some(Errno::of(&error)))?;
    // Every C library packs numbers as small as these in this way.
    let device = u64::from(DEVICE_MAJOR) << 8 | u64::from(minor);
    if !node.file_type().is_char_device() || node.rdev() != device {
        return Err(None);
    }
    Ok(file)
}

/// Makes the one kind of system call that needs `unsafe`, for [`SeqFd`] and
/// [`TimerFd`], with a request of the same device.
#[allow(
    clippy::cast_lossless,
    clippy::cast_possible_wrap,
    reason = "the request's type depends on the C library, see below"
)]
fn call<T: FromBytes + IntoBytes>(
    file: &File,
    request: Request<T>,
    argument: &mut T,
) -> Result<(), Errno> {
    let fd = file.as_raw_fd();
    let argument: *mut T = argument;
    // SAFETY:
    // - Descriptor: `file` is open and, since the check in `device`, the sequencer's
    //   or the timers' device. So the numbers in `numbers` or `timer` have the meaning of
    //   `sound/asequencer.h` or `sound/asound.h`. (Each device refuses the
    //   other one's: their numbers have different types.) A descriptor can't
    //   change its device.
    // - Request and struct agree: a `Request<T>` is made only by the
    //   constants in `numbers` and `timer`, which take the size in the number
    //   from `size_of::<T>()`; the tests compare every `T` field by field with
    //   the C struct, and every number with C's. The kernel looks the whole
    //   number up and reads and writes no more than that many bytes at the
    //   pointer. (Its handling of 32-bit programs does so too: 164 bytes
    //   for the port requests, which is `T`'s size there.) A request of `()`
    //   has no argument, and the kernel doesn't look at the pointer.
    // - Initialised: `T: IntoBytes` has no padding, so every byte that the
    //   kernel may read is initialised, and it holds no pointer that the
    //   kernel would follow: `PortInfo::kernel` is refused by
    //   CREATE_PORT unless it is 0 and otherwise not looked at.
    // - Who writes: the kernel may write the `T`, before the call returns
    //   and not later; it keeps no pointer. `argument` comes from a `&mut`
    //   that outlives the call, so nobody else sees the memory, and
    //   `T: FromBytes` makes every result a valid value.
    // - The number is an `unsigned long` to glibc and an `int` to musl;
    //   either way the kernel gets the same low 32 bits, and only looks at
    //   those.
    let result = unsafe { libc::ioctl(fd, request.number() as _, argument) };
    if result < 0 {
        Err(Errno::of(&io::Error::last_os_error()))
    } else {
        Ok(())
    }
}

/// An open sequencer: one client of it.
///
/// The client lives as long as its open file description; descriptors made
/// by `dup` or inherited through `fork` share it.
#[derive(Debug)]
pub struct SeqFd {
    /// Character device 116:1.
    file: File,
}

impl SeqFd {
    /// Takes a descriptor that was opened from `/dev/snd/seq`.
    ///
    /// The protocol's version is not read. Linux never changes the meaning of an ioctl.
    /// It hides additions from a program that has not announced, with
    /// [`user_pversion`](Self::user_pversion), that it knows them.
    ///
    /// # Errors
    ///
    /// Closes the descriptor and returns an error unless it is character
    /// device 116:1.
    pub fn new(fd: OwnedFd) -> Result<Self, NotSequencer> {
        let file = device(fd, DEVICE_MINOR)
            .map_err(|error| error.map_or(NotSequencer::WrongFile, NotSequencer::Os))?;
        Ok(Self { file })
    }

    fn call<T: FromBytes + IntoBytes>(
        &self,
        request: Request<T>,
        argument: &mut T,
    ) -> Result<(), Errno> {
        call(&self.file, request, argument)
    }

    /// Calls [`call`](Self::call) with a copy of the argument, and ignores
    /// the bytes that the kernel writes to the copy. The kernel also writes to the
    /// arguments of some requests whose numbers say "write" only.
    fn set<T: FromBytes + IntoBytes + Copy>(
        &self,
        request: Request<T>,
        argument: &T,
    ) -> Result<(), Errno> {
        let mut copy = *argument;
        self.call(request, &mut copy)
    }

    /// Reads as many whole events as fit into the buffer.
    ///
    /// [`event`](crate::event) describes the contents of the buffer. If the buffer is
    /// shorter than one record, the result is 0, at once, even if events have arrived.
    /// A buffer of 64 KiB has room for any event.
    ///
    /// # Errors
    ///
    /// - `EAGAIN`: no event has arrived, and the descriptor is non-blocking. Or the
    ///   next event doesn't fit into the buffer: then a blocking descriptor returns
    ///   this error, too, and `poll` reports that the descriptor is readable. A
    ///   larger buffer helps.
    /// - `ENOSPC`: events were lost. The kernel has also dropped all unread events. The
    ///   next call works normally.
    /// - `EINTR`: a signal came before an event.
    /// - `EBADF`: the descriptor is open for writing only.
    /// - `ENXIO`: the client has no input.
    #[inline]
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        (&self.file).read(buffer).map_err(|error| Errno::of(&error))
    }

    /// Writes events and returns how many bytes the kernel took: whole events
    /// up to the first that failed.
    ///
    /// The records are packed: the data of a variable event follows it without
    /// padding, and the next record follows that. An incomplete event at the
    /// end isn't taken.
    ///
    /// # Errors
    ///
    /// Only when the *first* event fails; of a later one the error shows when
    /// the rest is written again.
    ///
    /// - `EAGAIN`: for an event to a queue, the client's own pool lacks room
    ///   and the descriptor is non-blocking: wait until it is writable. For a
    ///   direct event, the receiver is full, also on a blocking descriptor:
    ///   nothing to wait for.
    /// - `EINVAL`: no complete event; a type from 150 to 254; length flags that
    ///   don't go with the type; a UMP event from a client without UMP; a
    ///   [`EVENT_NOTE`](crate::consts::EVENT_NOTE) without a queue; a queue
    ///   that doesn't exist or that the client doesn't use.
    /// - `ENOENT`: of a direct event, the destination doesn't exist, can't be
    ///   read by its owner, or filters the type out.
    /// - `EPERM`: of a direct event, the destination lacks
    ///   [`PortCaps::WRITE`](crate::flags::PortCaps::WRITE), or a queue control
    ///   event is for somebody else's locked queue.
    /// - `ENOMEM`: the event needs more cells than the whole pool has, the
    ///   client's own or for a direct event the receiver's.
    /// - `ENODEV`: of a direct event, nobody is subscribed to the hardware
    ///   port.
    /// - `EMLINK`: of a direct event, the subscriptions form a loop.
    /// - `EINTR`: a signal came before the first event was taken.
    /// - `ENXIO`, `EBADF`: the descriptor is open for reading only.
    ///
    /// To [`ADDRESS_SUBSCRIBERS`](crate::consts::ADDRESS_SUBSCRIBERS) the first
    /// subscriber's error is returned although others got the event.
    #[inline]
    pub fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        (&self.file).write(bytes).map_err(|error| Errno::of(&error))
    }

    /// Returns the kernel's protocol version, such as `0x1_0005` for 1.0.5; see
    /// [`protocol_version`](crate::consts::protocol_version).
    ///
    /// It doesn't tell whether the kernel has UMP, which is a build option.
    ///
    /// # Errors
    ///
    /// None known.
    #[doc(alias = "SNDRV_SEQ_IOCTL_PVERSION")]
    pub fn pversion(&self) -> Result<i32, Errno> {
        let mut value = 0;
        self.call(numbers::PVERSION, &mut value)?;
        Ok(value)
    }

    /// Returns the caller's client number.
    ///
    /// # Errors
    ///
    /// None known.
    #[doc(alias = "SNDRV_SEQ_IOCTL_CLIENT_ID")]
    pub fn client_id(&self) -> Result<i32, Errno> {
        let mut value = 0;
        self.call(numbers::CLIENT_ID, &mut value)?;
        Ok(value)
    }

    /// Fills in the sequencer's limits, and how much of each is in use.
    ///
    /// # Errors
    ///
    /// None known.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SYSTEM_INFO")]
    pub fn system_info(&self, info: &mut SystemInfo) -> Result<(), Errno> {
        self.call(numbers::SYSTEM_INFO, info)
    }

    /// Tells the kernel the byte order and word size of client
    /// `mode.client`, which may be any client. This affects only events with a pointer, so
    /// a program need not call it.
    ///
    /// # Errors
    ///
    /// - `ENOENT`: no such client.
    /// - `EINVAL`: `big_endian` isn't the kernel's, or `cpu_mode` is over 8.
    #[doc(alias = "SNDRV_SEQ_IOCTL_RUNNING_MODE")]
    pub fn running_mode(&self, mode: &mut RunningMode) -> Result<(), Errno> {
        self.call(numbers::RUNNING_MODE, mode)
    }

    /// Sets the protocol version that the program knows. Call it after opening. Before
    /// version 1.0.3, the kernel silently ignores
    /// [`midi_version`](crate::info::ClientInfo::midi_version); before 1.0.4, it silently
    /// ignores [`tempo_base`](crate::info::QueueTempo::tempo_base).
    ///
    /// Since Linux 6.5; point releases of 6.1 have it too.
    ///
    /// # Errors
    ///
    /// - `ENOTTY`: the kernel is older.
    #[doc(alias = "SNDRV_SEQ_IOCTL_USER_PVERSION")]
    pub fn user_pversion(&self, version: i32) -> Result<(), Errno> {
        self.set(numbers::USER_PVERSION, &version)
    }

    /// Fills in the client of number `info.client`. `multicast_filter` and `reserved`
    /// stay as they are.
    ///
    /// # Errors
    ///
    /// - `ENOENT`: no such client.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_CLIENT_INFO")]
    pub fn get_client_info(&self, info: &mut ClientInfo) -> Result<(), Errno> {
        self.call(numbers::GET_CLIENT_INFO, info)
    }

    /// Replaces name (unless empty), filters, lost count and MIDI version of the
    /// caller's client. Everything is replaced: start from
    /// [`get_client_info`](Self::get_client_info).
    ///
    /// # Errors
    ///
    /// - `EPERM`: `client` isn't the caller.
    /// - `EINVAL`: `client_type` isn't [`USER_CLIENT`](crate::consts::USER_CLIENT);
    ///   or `midi_version` is over 2, or not 0 on a kernel without UMP.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SET_CLIENT_INFO")]
    pub fn set_client_info(&self, info: &ClientInfo) -> Result<(), Errno> {
        self.set(numbers::SET_CLIENT_INFO, info)
    }

    /// Fills in the UMP endpoint or a function block, `info.info_type`, of client
    /// `info.client`.
    ///
    /// Asked about the caller itself it tells a kernel with UMP (`EBADFD` for a
    /// client of MIDI version 0) from one without (`ENOTTY`), changing nothing.
    ///
    /// Since Linux 6.5, if built with UMP.
    ///
    /// # Errors
    ///
    /// - `ENOTTY`: the kernel has no UMP.
    /// - `EINVAL`: `info_type` is negative or over 32.
    /// - `ENOENT`: no such client.
    /// - `EBADFD`: the client isn't a UMP client.
    /// - `ENODEV`: the client has told no such information.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_CLIENT_UMP_INFO")]
    pub fn get_client_ump_info(&self, info: &mut ClientUmpInfo) -> Result<(), Errno> {
        self.call(numbers::GET_CLIENT_UMP_INFO, info)
    }

    /// Sets the UMP endpoint or a function block of the caller, a client of MIDI
    /// version 1 or 2. Only the struct's own bytes of `info` are looked at.
    ///
    /// Since Linux 6.5, if built with UMP. Since 6.14 it is announced.
    ///
    /// # Errors
    ///
    /// - `ENOTTY`: the kernel has no UMP.
    /// - `EINVAL`: `info_type` is negative or over 32.
    /// - `EPERM`: `client` isn't the caller.
    /// - `EBADFD`: the caller isn't a UMP client.
    /// - `ENOMEM`: no memory.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SET_CLIENT_UMP_INFO")]
    pub fn set_client_ump_info(&self, info: &ClientUmpInfo) -> Result<(), Errno> {
        self.set(numbers::SET_CLIENT_UMP_INFO, info)
    }

    /// Creates a port of the caller, whose number must be in `info.addr.client`, and
    /// fills in `info.addr.port`. With
    /// [`PortFlags::GIVEN_PORT`](crate::flags::PortFlags::GIVEN_PORT) that field
    /// chooses the number, 0 to 252.
    ///
    /// # Errors
    ///
    /// - `EPERM`: `addr.client` isn't the caller.
    /// - `EINVAL`: `kernel` isn't 0, a given number is over 252, or the client has
    ///   254 ports (`ENOMEM` before Linux 6.5).
    /// - `EBUSY`: the number is taken, or a UMP endpoint port exists already. Linux
    ///   6.1 creates a second port under the same number instead.
    /// - `ENOMEM`: no memory.
    #[doc(alias = "SNDRV_SEQ_IOCTL_CREATE_PORT")]
    pub fn create_port(&self, info: &mut PortInfo) -> Result<(), Errno> {
        self.call(numbers::CREATE_PORT, info)
    }

    /// Deletes the port `info.addr` and all its links.
    ///
    /// # Errors
    ///
    /// - `EPERM`: `addr.client` isn't the caller.
    /// - `ENOENT`: no such port.
    #[doc(alias = "SNDRV_SEQ_IOCTL_DELETE_PORT")]
    pub fn delete_port(&self, info: &PortInfo) -> Result<(), Errno> {
        self.set(numbers::DELETE_PORT, info)
    }

    /// Fills in the port `info.addr`. `kernel`, `reserved` and, without
    /// [`PortFlags::TIMESTAMP`](crate::flags::PortFlags::TIMESTAMP), `time_queue` stay
    /// as they are, so start from `zeroed()`. In a 32-bit program, read the notes of
    /// [`PortInfo`] about `direction` and `ump_group`.
    ///
    /// # Errors
    ///
    /// - `ENXIO`: no such client.
    /// - `ENOENT`: no such port.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_PORT_INFO")]
    pub fn get_port_info(&self, info: &mut PortInfo) -> Result<(), Errno> {
        self.call(numbers::GET_PORT_INFO, info)
    }

    /// Replaces name (unless empty), capabilities, type, numbers of channels and
    /// voices, flags, time queue, direction and group of the caller's port
    /// `info.addr`. Everything is replaced: start from
    /// [`get_port_info`](Self::get_port_info).
    ///
    /// If the port doesn't exist, nothing happens, and the call succeeds.
    ///
    /// # Errors
    ///
    /// - `EPERM`: `addr.client` isn't the caller.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SET_PORT_INFO")]
    pub fn set_port_info(&self, info: &PortInfo) -> Result<(), Errno> {
        self.set(numbers::SET_PORT_INFO, info)
    }

    /// Connects `subscribe.sender` to `subscribe.dest`.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: a client or port doesn't exist.
    /// - `EPERM`: a port of another client lacks the capability
    ///   ([`READ`](crate::flags::PortCaps::READ) and
    ///   [`SUBS_READ`](crate::flags::PortCaps::SUBS_READ) of the sender, the two for
    ///   writing of the destination), or neither port is the caller's and one of them
    ///   has [`NO_EXPORT`](crate::flags::PortCaps::NO_EXPORT).
    /// - `EBUSY`: they are connected already, or one of the links is exclusive. Links
    ///   with different flags don't count as the same, so there can be several.
    /// - `ENOMEM`: no memory.
    /// - Whatever a driver gives on opening its port: `EBUSY`, `EAGAIN`, `ENODEV`.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SUBSCRIBE_PORT")]
    pub fn subscribe_port(&self, subscribe: &PortSubscribe) -> Result<(), Errno> {
        self.set(numbers::SUBSCRIBE_PORT, subscribe)
    }

    /// Removes a link from `subscribe.sender` to `subscribe.dest`. With flags 0, this is
    /// the first link between them, otherwise the link with the same flags and queue.
    ///
    /// # Errors
    ///
    /// - `ENXIO`: a client or port doesn't exist.
    /// - `EPERM`: as for [`subscribe_port`](Self::subscribe_port).
    /// - `ENOENT`: no such link.
    #[doc(alias = "SNDRV_SEQ_IOCTL_UNSUBSCRIBE_PORT")]
    pub fn unsubscribe_port(&self, subscribe: &PortSubscribe) -> Result<(), Errno> {
        self.set(numbers::UNSUBSCRIBE_PORT, subscribe)
    }

    /// Creates a queue that the caller owns and uses. Takes `locked`, `name` and
    /// `flags`; fills in `queue`, `owner`, and for an empty name "Queue-N".
    ///
    /// # Errors
    ///
    /// - `ENOMEM`: 32 queues exist already, or the kernel has no memory.
    #[doc(alias = "SNDRV_SEQ_IOCTL_CREATE_QUEUE")]
    pub fn create_queue(&self, info: &mut QueueInfo) -> Result<(), Errno> {
        self.call(numbers::CREATE_QUEUE, info)
    }

    /// Deletes the queue `info.queue` with everybody's events in it.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: no such queue, or the caller doesn't own it.
    #[doc(alias = "SNDRV_SEQ_IOCTL_DELETE_QUEUE")]
    pub fn delete_queue(&self, info: &QueueInfo) -> Result<(), Errno> {
        self.set(numbers::DELETE_QUEUE, info)
    }

    /// Fills in owner, lock and name of the queue `info.queue`. `flags` becomes 0.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: no such queue.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_INFO")]
    pub fn get_queue_info(&self, info: &mut QueueInfo) -> Result<(), Errno> {
        self.call(numbers::GET_QUEUE_INFO, info)
    }

    /// Replaces name (even by an empty one) and lock of the queue `info.queue`, and
    /// makes the caller its owner.
    ///
    /// Setting the lock resets the queue's tempo and timer and stops it.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: `owner` isn't the caller.
    /// - `EPERM`: no such queue, or another's locked queue.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SET_QUEUE_INFO")]
    pub fn set_queue_info(&self, info: &QueueInfo) -> Result<(), Errno> {
        self.set(numbers::SET_QUEUE_INFO, info)
    }

    /// Fills in number, owner and lock of the queue whose name is `info.name`.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: no such queue.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_NAMED_QUEUE")]
    pub fn get_named_queue(&self, info: &mut QueueInfo) -> Result<(), Errno> {
        self.call(numbers::GET_NAMED_QUEUE, info)
    }

    /// Fills in the state of the queue `status.queue`.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: no such queue.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_STATUS")]
    pub fn get_queue_status(&self, status: &mut QueueStatus) -> Result<(), Errno> {
        self.call(numbers::GET_QUEUE_STATUS, status)
    }

    /// Fills in the tempo of the queue `tempo.queue`.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: no such queue.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_TEMPO")]
    pub fn get_queue_tempo(&self, tempo: &mut QueueTempo) -> Result<(), Errno> {
        self.call(numbers::GET_QUEUE_TEMPO, tempo)
    }

    /// Sets tempo, resolution, skew (unless `skew_base` is 0) and tempo base of the
    /// queue `tempo.queue`.
    ///
    /// Changing only the tempo base doesn't change the speed.
    ///
    /// # Errors
    ///
    /// - `EPERM`: no such queue, or another's locked queue.
    /// - `EINVAL`: `tempo` or `ppq` isn't above 0, `tempo_base` isn't 0, 10 or 1000,
    ///   or `skew_base` isn't 0 or 0x10000, in which case the tempo has been set.
    /// - `EBUSY`: the queue runs and `ppq` would change.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SET_QUEUE_TEMPO")]
    pub fn set_queue_tempo(&self, tempo: &QueueTempo) -> Result<(), Errno> {
        self.set(numbers::SET_QUEUE_TEMPO, tempo)
    }

    /// Fills in the timer that was chosen for the queue `timer.queue`, whether or not
    /// it exists.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: no such queue.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_TIMER")]
    pub fn get_queue_timer(&self, timer: &mut QueueTimer) -> Result<(), Errno> {
        self.call(numbers::GET_QUEUE_TIMER, timer)
    }

    /// Chooses the timer of the queue `timer.queue`.
    ///
    /// Success doesn't prove that the timer exists, and a queue that runs stands still
    /// until it is stopped and continued.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: `timer_type` isn't [`TIMER_ALSA`](crate::consts::TIMER_ALSA).
    /// - `EPERM`: no such queue, or another's locked queue.
    /// - Whatever opening the timer gives.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SET_QUEUE_TIMER")]
    pub fn set_queue_timer(&self, timer: &QueueTimer) -> Result<(), Errno> {
        self.set(numbers::SET_QUEUE_TIMER, timer)
    }

    /// Fills in whether the caller uses the queue `client.queue`. The field `client`
    /// isn't looked at.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: no such queue.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_CLIENT")]
    pub fn get_queue_client(&self, client: &mut QueueClient) -> Result<(), Errno> {
        self.call(numbers::GET_QUEUE_CLIENT, client)
    }

    /// Makes the caller use the queue `client.queue`, or no longer; `used` below 0
    /// asks only. Fills in the result: the number says "write", but the kernel answers.
    /// Any queue may be used, locked or not.
    ///
    /// The first user's `used` 1 resets tempo and timer, also when it is repeated.
    /// Before `used` 0 remove the events with
    /// [`remove_events`](Self::remove_events): with events left in the queue, closing
    /// hangs in the kernel, beyond the reach of any signal.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: no such queue.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SET_QUEUE_CLIENT")]
    pub fn set_queue_client(&self, client: &mut QueueClient) -> Result<(), Errno> {
        self.call(numbers::SET_QUEUE_CLIENT, client)
    }

    /// Fills in the pools of client `pool.client`.
    ///
    /// # Errors
    ///
    /// - `ENOENT`: no such client.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_CLIENT_POOL")]
    pub fn get_client_pool(&self, pool: &mut ClientPool) -> Result<(), Errno> {
        self.call(numbers::GET_CLIENT_POOL, pool)
    }

    /// Sets the caller's pools and fills in the result: the number says "write", but
    /// the kernel answers. A value of 0 or out of range changes nothing, and the
    /// call succeeds.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: `client` isn't the caller.
    /// - `EBUSY`: `output_pool` would change while events are on their way out.
    /// - `ENOMEM`: no memory.
    #[doc(alias = "SNDRV_SEQ_IOCTL_SET_CLIENT_POOL")]
    pub fn set_client_pool(&self, pool: &mut ClientPool) -> Result<(), Errno> {
        self.call(numbers::SET_CLIENT_POOL, pool)
    }

    /// Removes events by the conditions in `remove`.
    ///
    /// Don't call it with [`RemoveMode::INPUT`](crate::flags::RemoveMode::INPUT) while
    /// another thread sleeps in [`read`](Self::read): both threads then hang in the
    /// kernel until an event arrives.
    ///
    /// # Errors
    ///
    /// None known.
    #[doc(alias = "SNDRV_SEQ_IOCTL_REMOVE_EVENTS")]
    pub fn remove_events(&self, remove: &RemoveEvents) -> Result<(), Errno> {
        self.set(numbers::REMOVE_EVENTS, remove)
    }

    /// Fills in link number `query.index` of the port `query.root`, in the direction
    /// `query.query_type`, and the number of links.
    ///
    /// # Errors
    ///
    /// - `ENXIO`: no such client or port, or another `query_type`.
    /// - `ENOENT`: `index` is past the end. `num_subs` isn't filled in then.
    #[doc(alias = "SNDRV_SEQ_IOCTL_QUERY_SUBS")]
    pub fn query_subs(&self, query: &mut QuerySubs) -> Result<(), Errno> {
        self.call(numbers::QUERY_SUBS, query)
    }

    /// Fills in flags and queue of the first link from `subscribe.sender` to
    /// `subscribe.dest`.
    ///
    /// # Errors
    ///
    /// - `EINVAL`: the sender doesn't exist.
    /// - `ENOENT`: no such link.
    #[doc(alias = "SNDRV_SEQ_IOCTL_GET_SUBSCRIPTION")]
    pub fn get_subscription(&self, subscribe: &mut PortSubscribe) -> Result<(), Errno> {
        self.call(numbers::GET_SUBSCRIPTION, subscribe)
    }

    /// Fills in the client with the next number above `info.client`. Start with -1.
    ///
    /// # Errors
    ///
    /// - `ENOENT`: no client has a higher number.
    #[doc(alias = "SNDRV_SEQ_IOCTL_QUERY_NEXT_CLIENT")]
    pub fn query_next_client(&self, info: &mut ClientInfo) -> Result<(), Errno> {
        self.call(numbers::QUERY_NEXT_CLIENT, info)
    }

    /// Fills in the port of client `info.addr.client` with the next number above
    /// `info.addr.port`. Start with 255.
    ///
    /// With [`PortCaps::INACTIVE`](crate::flags::PortCaps::INACTIVE) in `capability`,
    /// the call also finds inactive ports, since Linux 6.5. The kernel overwrites that
    /// field, so set it again before each call.
    ///
    /// # Errors
    ///
    /// - `ENXIO`: no such client.
    /// - `ENOENT`: no port has a higher number.
    #[doc(alias = "SNDRV_SEQ_IOCTL_QUERY_NEXT_PORT")]
    pub fn query_next_port(&self, info: &mut PortInfo) -> Result<(), Errno> {
        self.call(numbers::QUERY_NEXT_PORT, info)
    }
}

impl AsFd for SeqFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl AsRawFd for SeqFd {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

impl From<SeqFd> for OwnedFd {
    fn from(fd: SeqFd) -> Self {
        fd.file.into()
    }
}
