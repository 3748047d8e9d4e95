//! The records that `read` and `write` carry, and their payloads.
//!
//! A client of MIDI version 0 reads [`Event`]s of 28 bytes. A client of version 1 or 2
//! reads records of [`UmpEvent`]'s 32 bytes, also for events without the flag
//! [`EventFlags::UMP`]. `write` accepts both sizes: this flag distinguishes them.
//! Both begin with the same [`EventHeader`].
//!
//! Everything here has alignment 1, because `write` packs variable data
//! without padding and a record may then stand at any offset. Integers wider
//! than a byte are zerocopy's [`U16`], [`U32`], [`I32`] and [`Usize`]: native
//! byte order, `get` and `set`.
//!
//! Every pattern of bytes is a valid value of every type here.
//!
//! ```
//! use alsa_seq_kernel_abi::consts::{EVENT_NOTEON, QUEUE_DIRECT};
//! use alsa_seq_kernel_abi::event::{Address, Event, Note};
//! use alsa_seq_kernel_abi::zerocopy::{FromBytes, IntoBytes};
//!
//! let mut event = Event::zeroed();
//! event.header.event_type = EVENT_NOTEON;
//! event.header.queue = QUEUE_DIRECT;
//! event.header.dest = Address::new(14, 0);
//! event.set_payload(&Note { note: 60, velocity: 100, ..Note::zeroed() });
//!
//! let bytes = event.as_bytes();
//! assert_eq!(bytes.len(), 28);
//! let (again, _) = Event::ref_from_prefix(bytes).unwrap();
//! assert_eq!(again.payload::<Note>().note, 60);
//! ```

use core::fmt;

use crate::flags::EventFlags;
use crate::layout::{layout, zeroed};
use zerocopy::byteorder::NativeEndian;
pub use zerocopy::native_endian::{I32, U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, transmute};

/// A pointer in native byte order: 4 or 8 bytes.
pub type Usize = zerocopy::byteorder::Usize<NativeEndian>;

/// A client and a port of it.
#[doc(alias = "snd_seq_addr")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Address {
    /// Client number, 0 to 255; [`consts`](crate::consts) names some.
    pub client: u8,
    /// Port number within the client, 0 to 255.
    pub port: u8,
}

impl Address {
    /// The address `client`:`port`.
    #[must_use]
    pub const fn new(client: u8, port: u8) -> Self {
        Self { client, port }
    }
}

/// Two connected ports.
///
/// Payload of [`EVENT_PORT_SUBSCRIBED`](crate::consts::EVENT_PORT_SUBSCRIBED)
/// and [`EVENT_PORT_UNSUBSCRIBED`](crate::consts::EVENT_PORT_UNSUBSCRIBED).
#[doc(alias = "snd_seq_connect")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Connect {
    /// The port that sends.
    pub sender: Address,
    /// The port that receives.
    pub dest: Address,
}

/// Seconds and nanoseconds.
///
/// The kernel doesn't normalise: keep `tv_nsec` below 1,000,000,000, or the
/// event waits for the next second.
#[doc(alias = "snd_seq_real_time")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct RealTime {
    /// Seconds.
    pub tv_sec: U32,
    /// Nanoseconds.
    pub tv_nsec: U32,
}

impl RealTime {
    /// The time of `seconds` and `nanoseconds`, taken as they are.
    #[must_use]
    pub const fn new(seconds: u32, nanoseconds: u32) -> Self {
        Self {
            tv_sec: U32::new(seconds),
            tv_nsec: U32::new(nanoseconds),
        }
    }
}

/// A time, either in ticks or in seconds and nanoseconds.
///
/// Which of them is said elsewhere: for an event by
/// [`EventFlags::TIME_STAMP_REAL`].
#[doc(alias = "snd_seq_timestamp")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Timestamp {
    /// The eight bytes of either form.
    pub bytes: [u8; 8],
}

impl Timestamp {
    /// The time at `ticks`. The second half is 0.
    #[doc(alias = "snd_seq_tick_time_t")]
    #[must_use]
    pub const fn from_tick(ticks: u32) -> Self {
        Self {
            bytes: transmute!([ticks, 0]),
        }
    }

    /// The time in seconds and nanoseconds.
    #[must_use]
    pub const fn from_real(time: RealTime) -> Self {
        Self {
            bytes: transmute!(time),
        }
    }

    /// The time, taken as ticks.
    #[must_use]
    pub const fn tick(self) -> u32 {
        let [tick, _]: [u32; 2] = transmute!(self.bytes);
        tick
    }

    /// The time, taken as seconds and nanoseconds.
    #[must_use]
    pub const fn real(self) -> RealTime {
        transmute!(self.bytes)
    }
}

/// The common first part of both kinds of record.
#[derive(
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct EventHeader {
    /// The event type, one of `EVENT_…` in [`consts`](crate::consts). Says
    /// nothing in a UMP event, where the packet counts; write 0 there.
    #[doc(alias = "type")]
    pub event_type: u8,
    /// The form of the time and of the length, and the priority.
    pub flags: EventFlags,
    /// A number for the sender to find its events again. The kernel passes it on unchanged.
    pub tag: u8,
    /// Queue number, or [`QUEUE_DIRECT`](crate::consts::QUEUE_DIRECT).
    pub queue: u8,
    /// The time of delivery. In an event that didn't pass a queue, it has the value that the sender
    /// wrote.
    pub time: Timestamp,
    /// The sending port. The kernel sets the client, but the sender sets the port.
    pub source: Address,
    /// The receiving port.
    pub dest: Address,
}

/// Not derived: a derived `Debug` for this many fields compares two lengths, and has code that can
/// panic.
impl fmt::Debug for EventHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            event_type,
            flags,
            tag,
            queue,
            time,
            source,
            dest,
        } = self;
        f.debug_struct("EventHeader")
            .field("event_type", event_type)
            .field("flags", flags)
            .field("tag", tag)
            .field("queue", queue)
            .field("time", time)
            .field("source", source)
            .field("dest", dest)
            .finish()
    }
}

/// A record of 28 bytes, that of a client without UMP.
///
/// When the length is [`EventFlags::LENGTH_VARIABLE`], `data` is an [`Ext`]
/// whose `len` bytes follow: on `read` padded to a multiple of the record's
/// size, on `write` not.
#[doc(alias = "snd_seq_event")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Event {
    /// The part that doesn't depend on the type.
    pub header: EventHeader,
    /// The data that depends on the type; see [`payload`](Self::payload).
    #[doc(alias = "snd_seq_event_data")]
    pub data: [u8; 12],
}

impl Event {
    /// The record's size in bytes.
    pub const SIZE: usize = size_of::<Self>();

    /// The payload as a `P`. The event's type is not checked.
    #[must_use]
    #[inline]
    pub fn payload<P: Payload>(&self) -> P {
        payload(&self.data)
    }

    /// Replaces the payload. The bytes that `P` doesn't reach become 0.
    #[inline]
    pub fn set_payload<P: Payload>(&mut self, value: &P) {
        set_payload(&mut self.data, value);
    }
}

/// A record of 32 bytes, that of a client with UMP.
///
/// With [`EventFlags::UMP`] it holds a packet in `ump`. Without, it is an
/// [`Event`] in its first 28 bytes; `read` sets the rest to 0.
///
/// Since Linux 6.5.
#[doc(alias = "snd_seq_ump_event")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct UmpEvent {
    /// The part that doesn't depend on the type.
    pub header: EventHeader,
    /// The words of the packet, in native byte order, the unused ones 0.
    pub ump: [U32; 4],
}

impl UmpEvent {
    /// The record's size in bytes.
    pub const SIZE: usize = size_of::<Self>();

    /// The event in the first 28 bytes. Meaningful when
    /// [`EventFlags::UMP`] isn't set.
    ///
    /// To borrow it from a buffer instead, use
    /// [`Event::ref_from_prefix`](FromBytes::ref_from_prefix) on the record's
    /// bytes.
    #[must_use]
    pub const fn to_event(&self) -> Event {
        let [a, b, c, _] = self.ump;
        Event {
            header: self.header,
            data: transmute!([a, b, c]),
        }
    }

    /// The record of 32 bytes that holds `event`, its last word 0.
    #[must_use]
    pub const fn from_event(event: Event) -> Self {
        let [a, b, c]: [U32; 3] = transmute!(event.data);
        Self {
            header: event.header,
            ump: [a, b, c, U32::ZERO],
        }
    }
}

/// Either kind of record, for code that reads only the header.
///
/// Sealed: [`Event`] and [`UmpEvent`].
pub trait Record:
    sealed::Sealed + FromBytes + IntoBytes + KnownLayout + Immutable + Unaligned + Copy
{
    /// The record's size in bytes, 28 or 32; also the unit to which `read`
    /// pads variable data.
    const SIZE: usize = size_of::<Self>();

    /// The header.
    fn header(&self) -> &EventHeader;

    /// The header, to change.
    fn header_mut(&mut self) -> &mut EventHeader;
}

impl Record for Event {
    fn header(&self) -> &EventHeader {
        &self.header
    }

    fn header_mut(&mut self) -> &mut EventHeader {
        &mut self.header
    }
}

impl Record for UmpEvent {
    fn header(&self) -> &EventHeader {
        &self.header
    }

    fn header_mut(&mut self) -> &mut EventHeader {
        &mut self.header
    }
}

/// A form of the 12 bytes of [`Event::data`].
///
/// Sealed. That each fits into 12 bytes is checked at compile time.
pub trait Payload:
    sealed::Sealed + FromBytes + IntoBytes + KnownLayout + Immutable + Unaligned + Copy
{
}

mod sealed {
    #[allow(
        unreachable_pub,
        reason = "a sealed trait is public in a private module"
    )]
    pub trait Sealed {}
}

impl sealed::Sealed for Event {}
impl sealed::Sealed for UmpEvent {}

macro_rules! payloads {
    ($($name:ty),* $(,)?) => {$(
        impl sealed::Sealed for $name {}
        impl Payload for $name {}
        const _: () = assert!(size_of::<$name>() <= 12);
    )*};
}

payloads! {
    Note, Ctrl, Raw8, Raw32, Ext, QueueControl, Timestamp, Address, Connect,
    EvResult, UmpNotify, Quote,
}

#[inline]
fn payload<P: Payload>(data: &[u8; 12]) -> P {
    // A payload is never too long, so the other case does not exist.
    P::read_from_prefix(data).map_or_else(|_| P::new_zeroed(), |(value, _)| value)
}

#[inline]
fn set_payload<P: Payload>(data: &mut [u8; 12], value: &P) {
    *data = [0; 12];
    // As above.
    let _ = value.write_to_prefix(data);
}

/// Payload of the note events.
#[doc(alias = "snd_seq_ev_note")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Note {
    /// MIDI channel, 0 to 15. The kernel checks no range of a payload.
    pub channel: u8,
    /// Key, 0 to 127.
    pub note: u8,
    /// Velocity or pressure, 0 to 127.
    pub velocity: u8,
    /// Release velocity, for [`EVENT_NOTE`](crate::consts::EVENT_NOTE).
    pub off_velocity: u8,
    /// Duration, for [`EVENT_NOTE`](crate::consts::EVENT_NOTE): in ticks, or
    /// in milliseconds when the event's time is a real time.
    pub duration: U32,
}

/// Payload of the control events.
#[doc(alias = "snd_seq_ev_ctrl")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Ctrl {
    /// MIDI channel, 0 to 15.
    pub channel: u8,
    /// No meaning. An event that the kernel made from UMP may have anything
    /// here.
    pub unused: [u8; 3],
    /// Number of the controller or parameter.
    pub param: U32,
    /// Its value; the range depends on the type.
    pub value: I32,
}

/// Payload of bytes.
#[doc(alias = "snd_seq_ev_raw8")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Raw8 {
    /// The bytes.
    pub d: [u8; 12],
}

/// Payload of words.
#[doc(alias = "snd_seq_ev_raw32")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Raw32 {
    /// The words.
    pub d: [U32; 3],
}

/// Payload of the events of variable length.
///
/// 12 bytes with 64-bit pointers, 8 with 32-bit ones.
#[doc(alias = "snd_seq_ev_ext")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Ext {
    /// Length of the data in bytes. `read` leaves it below 2^30, `write`
    /// ignores the two top bits; see [`limits`](crate::limits).
    pub len: U32,
    /// Of no use to a program. `write` ignores it. `read` leaves it as 0; older kernels (6.1, for
    /// example) leave one of their own addresses in it.
    pub ptr: Usize,
}

impl Ext {
    /// The payload for `len` bytes that follow the record.
    #[must_use]
    pub const fn new(len: u32) -> Self {
        Self {
            len: U32::new(len),
            ptr: Usize::ZERO,
        }
    }
}

/// Payload of [`EVENT_SYSTEM`](crate::consts::EVENT_SYSTEM) and
/// [`EVENT_RESULT`](crate::consts::EVENT_RESULT).
#[doc(alias = "snd_seq_result")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct EvResult {
    /// Type of the event that this is about.
    pub event: I32,
    /// The result.
    pub result: I32,
}

/// A queue's skew: it runs at `value / base` of its speed.
#[doc(alias = "snd_seq_queue_skew")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct QueueSkew {
    /// Numerator.
    pub value: U32,
    /// Denominator, always [`SKEW_BASE`](crate::limits::SKEW_BASE).
    pub base: U32,
}

/// Payload of the queue events, 30 to 38.
#[doc(alias = "snd_seq_ev_queue_control")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct QueueControl {
    /// The queue to control.
    pub queue: u8,
    /// Reserved, 0.
    pad: [u8; 3],
    /// The argument, in the form that the event type has.
    pub param: [u8; 8],
}

impl QueueControl {
    /// A payload without argument.
    #[must_use]
    pub const fn new(queue: u8) -> Self {
        Self {
            queue,
            pad: [0; 3],
            param: [0; 8],
        }
    }

    /// The argument as a signed number, such as a tempo.
    #[must_use]
    pub const fn value(&self) -> i32 {
        let [value, _]: [i32; 2] = transmute!(self.param);
        value
    }

    /// This payload with a signed number, such as a tempo.
    #[must_use]
    pub const fn with_value(self, value: i32) -> Self {
        Self {
            param: transmute!([value, 0]),
            ..self
        }
    }

    /// The argument as a time.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        Timestamp { bytes: self.param }
    }

    /// This payload with a time.
    #[must_use]
    pub const fn with_time(self, time: Timestamp) -> Self {
        Self {
            param: time.bytes,
            ..self
        }
    }

    /// The argument as a position to synchronise with.
    #[must_use]
    pub const fn position(&self) -> u32 {
        let [position, _]: [u32; 2] = transmute!(self.param);
        position
    }

    /// This payload with a position to synchronise with.
    #[must_use]
    pub const fn with_position(self, position: u32) -> Self {
        Self {
            param: transmute!([position, 0]),
            ..self
        }
    }

    /// The argument as a skew.
    #[must_use]
    pub const fn skew(&self) -> QueueSkew {
        transmute!(self.param)
    }

    /// This payload with a skew.
    #[must_use]
    pub const fn with_skew(self, skew: QueueSkew) -> Self {
        Self {
            param: transmute!(skew),
            ..self
        }
    }

    /// The argument as two words.
    #[must_use]
    pub const fn d32(&self) -> [u32; 2] {
        transmute!(self.param)
    }

    /// This payload with two words.
    #[must_use]
    pub const fn with_d32(self, d32: [u32; 2]) -> Self {
        Self {
            param: transmute!(d32),
            ..self
        }
    }
}

/// Payload of the UMP change notices. Since Linux 6.14 (1.0.5).
#[doc(alias = "snd_seq_ev_ump_notify")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct UmpNotify {
    /// The client whose UMP information changed.
    pub client: u8,
    /// The function block, for
    /// [`EVENT_UMP_BLOCK_CHANGE`](crate::consts::EVENT_UMP_BLOCK_CHANGE).
    pub block: u8,
}

/// Payload of [`EVENT_KERNEL_ERROR`](crate::consts::EVENT_KERNEL_ERROR) and
/// [`EVENT_KERNEL_QUOTE`](crate::consts::EVENT_KERNEL_QUOTE).
///
/// 12 bytes with 64-bit pointers, 8 with 32-bit ones.
#[doc(alias = "snd_seq_ev_quote")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct Quote {
    /// In a kernel error: the destination of the event, although C's name for this
    /// field means its sender.
    pub origin: Address,
    /// A number about it; of a kernel error the errno.
    pub value: U16,
    /// An address inside the kernel, of no use outside.
    pub event: Usize,
}

/// The data after an [`EVENT_BOUNCE`](crate::consts::EVENT_BOUNCE) record, according to the header.
///
/// Kernels send less: the 28 bytes of the [`Event`] alone, without `err` and
/// without the event's own variable data. So take this layout only when the
/// bounce event's length allows it.
#[doc(alias = "snd_seq_event_bounce")]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct EventBounce {
    /// The negative errno.
    pub err: I32,
    /// The event that couldn't be delivered.
    pub event: Event,
}

zeroed! {
    Address, Connect, RealTime, Timestamp, EventHeader, Event, UmpEvent, Note,
    Ctrl, Raw8, Raw32, Ext, EvResult, QueueSkew, QueueControl, UmpNotify, Quote,
    EventBounce,
}

layout! {
    Address: 2 => { client: 0, port: 1 }
    Connect: 4 => { sender: 0, dest: 2 }
    RealTime: 8 => { tv_sec: 0, tv_nsec: 4 }
    Timestamp: 8 => { bytes: 0 }
    EventHeader: 16 => { event_type: 0, flags: 1, tag: 2, queue: 3, time: 4, source: 12, dest: 14 }
    Event: 28 => { header: 0, data: 16 }
    UmpEvent: 32 => { header: 0, ump: 16 }
    Note: 8 => { channel: 0, note: 1, velocity: 2, off_velocity: 3, duration: 4 }
    Ctrl: 12 => { channel: 0, unused: 1, param: 4, value: 8 }
    Raw8: 12 => { d: 0 }
    Raw32: 12 => { d: 0 }
    Ext: 4 + size_of::<usize>() => { len: 0, ptr: 4 }
    EvResult: 8 => { event: 0, result: 4 }
    QueueSkew: 8 => { value: 0, base: 4 }
    QueueControl: 12 => { queue: 0, pad: 1, param: 4 }
    UmpNotify: 2 => { client: 0, block: 1 }
    Quote: 4 + size_of::<usize>() => { origin: 0, value: 2, event: 4 }
    EventBounce: 32 => { err: 0, event: 4 }
}
