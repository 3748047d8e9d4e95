//! ALSA's timers, `/dev/snd/timer`: the structs and ioctl numbers of
//! `sound/asound.h`.
//!
//! A descriptor is bound to one timer by [`SELECT`]; the requests from [`INFO`] on
//! are about that one. [`NEXT_DEVICE`] and the three behind it ask for any timer by
//! its [`TimerId`]. Each tick that is waited for reads as a [`TimerRead`].
//!
//! The classes and devices of a timer are in [`consts`](crate::consts),
//! `TIMER_…`. The enhanced records that [`TREAD`] switches to are not described
//! here: their layout depends on the C library's `struct timespec`.

use crate::Name;
use crate::info::TimerId;
use crate::layout::{default_zeroed, layout, zeroed};
use crate::numbers::{Direction, Request};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Minor number of the timers' device node.
///
/// No header for programs has it.
pub const DEVICE_MINOR: u32 = 33;

/// The version of the timers' protocol that this module is written for, 2.0.7.
#[doc(alias = "SNDRV_TIMER_VERSION")]
pub const VERSION: i32 = crate::consts::protocol_version(2, 0, 7);

/// [`TimerGInfo::flags`] and [`TimerInfo::flags`]: the timer is driven by another one.
#[doc(alias = "SNDRV_TIMER_FLG_SLAVE")]
pub const FLG_SLAVE: u32 = 1 << 0;
/// [`TimerParams::flags`]: the timer continues after each tick; otherwise it stops.
#[doc(alias = "SNDRV_TIMER_PSFLG_AUTO")]
pub const PSFLG_AUTO: u32 = 1 << 0;
/// [`TimerParams::flags`]: this descriptor alone uses the timer.
#[doc(alias = "SNDRV_TIMER_PSFLG_EXCLUSIVE")]
pub const PSFLG_EXCLUSIVE: u32 = 1 << 1;
/// [`TimerParams::flags`]: a first event can be read as soon as the timer starts.
#[doc(alias = "SNDRV_TIMER_PSFLG_EARLY_EVENT")]
pub const PSFLG_EARLY_EVENT: u32 = 1 << 2;

/// The padding that C puts before or after fields to align an `unsigned long`.
const GAP: usize = size_of::<usize>() - 4;

/// Any timer, by its id.
#[doc(alias = "snd_timer_ginfo")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct TimerGInfo {
    /// The timer that is asked for.
    pub tid: TimerId,
    /// Bits `FLG_…`.
    pub flags: u32,
    /// Sound card, -1 for none.
    pub card: i32,
    /// Short name.
    pub id: Name<64>,
    /// Name.
    pub name: Name<80>,
    gap: [u8; GAP],
    reserved0: usize,
    /// Length of a tick on average, in nanoseconds.
    pub resolution: usize,
    /// The shortest tick, in nanoseconds.
    pub resolution_min: usize,
    /// The longest tick, in nanoseconds.
    pub resolution_max: usize,
    /// The number of the timer's users.
    pub clients: u32,
    reserved: [u8; 32],
    end: [u8; GAP],
}

/// The period of any timer, to be set.
#[doc(alias = "snd_timer_gparams")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct TimerGParams {
    /// The timer.
    pub tid: TimerId,
    gap: [u8; GAP],
    /// The period in seconds: the numerator.
    pub period_num: usize,
    /// The denominator.
    pub period_den: usize,
    reserved: [u8; 32],
}

/// The period of any timer as it is.
#[doc(alias = "snd_timer_gstatus")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct TimerGStatus {
    /// The timer that is asked for.
    pub tid: TimerId,
    gap: [u8; GAP],
    /// Length of a tick in nanoseconds.
    pub resolution: usize,
    /// The same in seconds, precisely: the numerator.
    pub resolution_num: usize,
    /// The denominator.
    pub resolution_den: usize,
    reserved: [u8; 32],
}

/// The timer to bind a descriptor to.
#[doc(alias = "snd_timer_select")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct TimerSelect {
    /// The timer.
    pub id: TimerId,
    reserved: [u8; 32],
}

/// The descriptor's timer.
#[doc(alias = "snd_timer_info")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct TimerInfo {
    /// Bits `FLG_…`.
    pub flags: u32,
    /// Sound card, -1 for none.
    pub card: i32,
    /// Short name.
    pub id: Name<64>,
    /// Name.
    pub name: Name<80>,
    reserved0: usize,
    /// Length of a tick on average, in nanoseconds.
    pub resolution: usize,
    reserved: [u8; 64],
}

/// Settings for the use of the descriptor's timer.
#[doc(alias = "snd_timer_params")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct TimerParams {
    /// Bits `PSFLG_…`.
    pub flags: u32,
    /// The number of the timer's ticks for each record that can be read.
    pub ticks: u32,
    /// The largest number of unread records, 32 to 1024; 0 means 128.
    pub queue_size: u32,
    reserved0: u32,
    /// The events that enhanced records tell of, bits by their number.
    pub filter: u32,
    reserved: [u8; 60],
}

/// The state of the descriptor's timer.
///
/// On 32-bit systems this is the older form, whose seconds have 32 bits.
#[doc(alias = "snd_timer_status")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct TimerStatus {
    /// The seconds of the last update.
    #[doc(alias = "tstamp")]
    pub tstamp_sec: isize,
    /// Nanoseconds.
    #[doc(alias = "tstamp")]
    pub tstamp_nsec: isize,
    /// Length of a tick in nanoseconds.
    pub resolution: u32,
    /// The number of lost ticks of the master.
    pub lost: u32,
    /// The number of records that were lost because they weren't read in time.
    pub overrun: u32,
    /// The number of unread records.
    pub queue: u32,
    reserved: [u8; 64],
}

/// A tick, as it reads.
#[doc(alias = "snd_timer_read")]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct TimerRead {
    /// Length of a tick in nanoseconds.
    pub resolution: u32,
    /// The number of ticks.
    pub ticks: u32,
}

zeroed! {
    TimerGInfo, TimerGParams, TimerGStatus, TimerSelect, TimerInfo, TimerParams,
    TimerStatus, TimerRead,
}

default_zeroed! {
    TimerGInfo, TimerGParams, TimerGStatus, TimerSelect, TimerInfo, TimerParams,
    TimerStatus,
}

/// The size of an `unsigned long`.
// Rust 1.85 does not count its use in `layout!`.
#[allow(dead_code)]
const LONG: usize = size_of::<usize>();

layout! {
    TimerGInfo: 208 + 2 * GAP + 4 * LONG => {
        tid: 0, flags: 20, card: 24, id: 28, name: 92, gap: 172,
        reserved0: 172 + GAP, resolution: 172 + GAP + LONG,
        resolution_min: 172 + GAP + 2 * LONG,
        resolution_max: 172 + GAP + 3 * LONG, clients: 172 + GAP + 4 * LONG,
        reserved: 176 + GAP + 4 * LONG, end: 208 + GAP + 4 * LONG,
    }
    TimerGParams: 52 + GAP + 2 * LONG => {
        tid: 0, gap: 20, period_num: 20 + GAP, period_den: 20 + GAP + LONG,
        reserved: 20 + GAP + 2 * LONG,
    }
    TimerGStatus: 52 + GAP + 3 * LONG => {
        tid: 0, gap: 20, resolution: 20 + GAP, resolution_num: 20 + GAP + LONG,
        resolution_den: 20 + GAP + 2 * LONG, reserved: 20 + GAP + 3 * LONG,
    }
    TimerSelect: 52 => { id: 0, reserved: 20 }
    TimerInfo: 216 + 2 * LONG => {
        flags: 0, card: 4, id: 8, name: 72, reserved0: 152,
        resolution: 152 + LONG, reserved: 152 + 2 * LONG,
    }
    TimerParams: 80 => {
        flags: 0, ticks: 4, queue_size: 8, reserved0: 12, filter: 16,
        reserved: 20,
    }
    TimerStatus: 80 + 2 * LONG => {
        tstamp_sec: 0, tstamp_nsec: LONG, resolution: 2 * LONG,
        lost: 4 + 2 * LONG, overrun: 8 + 2 * LONG, queue: 12 + 2 * LONG,
        reserved: 16 + 2 * LONG,
    }
    TimerRead: 8 => { resolution: 0, ticks: 4 }
}

const fn io(nr: u8) -> Request<()> {
    Request::of_device(b'T', Direction::None, nr)
}

const fn ior<T>(nr: u8) -> Request<T> {
    Request::of_device(b'T', Direction::Read, nr)
}

const fn iow<T>(nr: u8) -> Request<T> {
    Request::of_device(b'T', Direction::Write, nr)
}

const fn iowr<T>(nr: u8) -> Request<T> {
    Request::of_device(b'T', Direction::ReadWrite, nr)
}

/// The kernel's version of the timers' protocol.
#[doc(alias = "SNDRV_TIMER_IOCTL_PVERSION")]
pub const PVERSION: Request<i32> = ior(0x00);
/// The next timer behind an id, class -1 at the end. Class -1 to start.
#[doc(alias = "SNDRV_TIMER_IOCTL_NEXT_DEVICE")]
pub const NEXT_DEVICE: Request<TimerId> = iowr(0x01);
/// Any timer.
#[doc(alias = "SNDRV_TIMER_IOCTL_GINFO")]
pub const GINFO: Request<TimerGInfo> = iowr(0x03);
/// Set any timer's period.
#[doc(alias = "SNDRV_TIMER_IOCTL_GPARAMS")]
pub const GPARAMS: Request<TimerGParams> = iow(0x04);
/// Any timer's period.
#[doc(alias = "SNDRV_TIMER_IOCTL_GSTATUS")]
pub const GSTATUS: Request<TimerGStatus> = iowr(0x05);
/// Whether enhanced records are read, whose seconds are a `long`. Must be called before [`SELECT`].
#[doc(alias = "SNDRV_TIMER_IOCTL_TREAD_OLD")]
#[doc(alias = "SNDRV_TIMER_IOCTL_TREAD")]
pub const TREAD: Request<i32> = iow(0x02);
/// Whether enhanced records are read, whose seconds have 64 bits. Must be called before [`SELECT`].
/// Since Linux 5.6.
#[doc(alias = "SNDRV_TIMER_IOCTL_TREAD64")]
pub const TREAD64: Request<i32> = iow(0xa4);
/// Bind the descriptor to a timer.
#[doc(alias = "SNDRV_TIMER_IOCTL_SELECT")]
pub const SELECT: Request<TimerSelect> = iow(0x10);
/// The descriptor's timer.
#[doc(alias = "SNDRV_TIMER_IOCTL_INFO")]
pub const INFO: Request<TimerInfo> = ior(0x11);
/// The settings for the use of the timer.
#[doc(alias = "SNDRV_TIMER_IOCTL_PARAMS")]
pub const PARAMS: Request<TimerParams> = iow(0x12);
/// The timer's state.
#[doc(alias = "SNDRV_TIMER_IOCTL_STATUS")]
pub const STATUS: Request<TimerStatus> = ior(0x14);
/// Start the timer.
#[doc(alias = "SNDRV_TIMER_IOCTL_START")]
pub const START: Request<()> = io(0xa0);
/// Stop it.
#[doc(alias = "SNDRV_TIMER_IOCTL_STOP")]
pub const STOP: Request<()> = io(0xa1);
/// Let it go on.
#[doc(alias = "SNDRV_TIMER_IOCTL_CONTINUE")]
pub const CONTINUE: Request<()> = io(0xa2);
/// Stop it for a while.
#[doc(alias = "SNDRV_TIMER_IOCTL_PAUSE")]
pub const PAUSE: Request<()> = io(0xa3);
