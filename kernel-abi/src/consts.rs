//! The numbers of `sound/asequencer.h` that are not bit masks.
//!
//! One constant for each of the header's, under its C name without the
//! `SNDRV_SEQ_` prefix, in the type of the field that carries it. Bit masks
//! are in [`flags`](crate::flags), ioctl numbers in
//! [`numbers`](crate::numbers). The last two sections are the part of
//! `sound/asound.h` that the sequencer's structs refer to.

// --- Protocol version --------------------------------------------------------

/// Packs a protocol version the way the kernel reports it.
///
/// `minor` and `micro` are 8 bits wide; `major` takes the 16 bits above.
///
/// ```
/// use alsa_seq_kernel_abi::consts::protocol_version;
///
/// assert_eq!(protocol_version(1, 0, 4), 0x1_0004);
/// ```
#[doc(alias = "SNDRV_PROTOCOL_VERSION")]
#[must_use]
pub const fn protocol_version(major: u16, minor: u8, micro: u8) -> i32 {
    let [high, low] = major.to_be_bytes();
    i32::from_be_bytes([high, low, minor, micro])
}

/// The major number of a packed version. Different majors don't understand
/// each other.
#[doc(alias = "SNDRV_PROTOCOL_MAJOR")]
#[must_use]
pub const fn protocol_major(version: i32) -> u16 {
    let [high, low, _, _] = version.to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// The minor number of a packed version. Different minors don't understand
/// each other.
#[doc(alias = "SNDRV_PROTOCOL_MINOR")]
#[must_use]
pub const fn protocol_minor(version: i32) -> u8 {
    let [_, _, minor, _] = version.to_be_bytes();
    minor
}

/// The micro number of a packed version: additions that leave older programs
/// working.
#[doc(alias = "SNDRV_PROTOCOL_MICRO")]
#[must_use]
pub const fn protocol_micro(version: i32) -> u8 {
    let [_, _, _, micro] = version.to_be_bytes();
    micro
}

/// Returns whether two packed versions differ in their major or minor number.
#[doc(alias = "SNDRV_PROTOCOL_INCOMPATIBLE")]
#[must_use]
pub const fn protocol_incompatible(kernel: i32, user: i32) -> bool {
    protocol_major(kernel) != protocol_major(user) || protocol_minor(kernel) != protocol_minor(user)
}

/// The protocol version that this crate describes, that of Linux 7.2: 1.0.5.
///
/// Announce it with `USER_PVERSION`. The version that a kernel reports doesn't show
/// the kernel's features: a kernel built without UMP also reports 1.0.5.
/// 1.0.3 came with Linux 6.5 (UMP), 1.0.4 with 6.11 (tempo base), 1.0.5 with
/// 6.14 (UMP change notices).
#[doc(alias = "SNDRV_SEQ_VERSION")]
pub const VERSION: i32 = protocol_version(1, 0, 5);

// --- Event types -------------------------------------------------------------

/// System event, payload [`EvResult`](crate::event::EvResult).
#[doc(alias = "SNDRV_SEQ_EVENT_SYSTEM")]
pub const EVENT_SYSTEM: u8 = 0;
/// Result of an earlier event, payload [`EvResult`](crate::event::EvResult).
#[doc(alias = "SNDRV_SEQ_EVENT_RESULT")]
pub const EVENT_RESULT: u8 = 1;

/// A note with a duration, payload [`Note`](crate::event::Note).
///
/// The queue turns it into a note-on and, `duration` later, a note-off; sent
/// direct it is refused with `EINVAL`.
#[doc(alias = "SNDRV_SEQ_EVENT_NOTE")]
pub const EVENT_NOTE: u8 = 5;
/// Note on, payload [`Note`](crate::event::Note). Velocity 0 is delivered
/// unchanged.
#[doc(alias = "SNDRV_SEQ_EVENT_NOTEON")]
pub const EVENT_NOTEON: u8 = 6;
/// Note off, payload [`Note`](crate::event::Note).
#[doc(alias = "SNDRV_SEQ_EVENT_NOTEOFF")]
pub const EVENT_NOTEOFF: u8 = 7;
/// Polyphonic key pressure, payload [`Note`](crate::event::Note), the pressure
/// in `velocity`.
#[doc(alias = "SNDRV_SEQ_EVENT_KEYPRESS")]
pub const EVENT_KEYPRESS: u8 = 8;

/// Control change, payload [`Ctrl`](crate::event::Ctrl): controller in
/// `param`, value 0 to 127.
#[doc(alias = "SNDRV_SEQ_EVENT_CONTROLLER")]
pub const EVENT_CONTROLLER: u8 = 10;
/// Program change, payload [`Ctrl`](crate::event::Ctrl): program in `value`,
/// 0 to 127.
#[doc(alias = "SNDRV_SEQ_EVENT_PGMCHANGE")]
pub const EVENT_PGMCHANGE: u8 = 11;
/// Channel pressure, payload [`Ctrl`](crate::event::Ctrl): pressure in
/// `value`, 0 to 127.
#[doc(alias = "SNDRV_SEQ_EVENT_CHANPRESS")]
pub const EVENT_CHANPRESS: u8 = 12;
/// Pitch bend, payload [`Ctrl`](crate::event::Ctrl): `value` -8192 to 8191,
/// 0 at rest.
#[doc(alias = "SNDRV_SEQ_EVENT_PITCHBEND")]
pub const EVENT_PITCHBEND: u8 = 13;
/// Control change of 14 bits, payload [`Ctrl`](crate::event::Ctrl): `param` 0
/// to 31, `value` 0 to 16383. Hardware gets two control changes.
#[doc(alias = "SNDRV_SEQ_EVENT_CONTROL14")]
pub const EVENT_CONTROL14: u8 = 14;
/// Non-registered parameter (NRPN), payload [`Ctrl`](crate::event::Ctrl):
/// parameter and value of 14 bits each.
#[doc(alias = "SNDRV_SEQ_EVENT_NONREGPARAM")]
pub const EVENT_NONREGPARAM: u8 = 15;
/// Registered parameter (RPN), payload [`Ctrl`](crate::event::Ctrl):
/// parameter and value of 14 bits each.
#[doc(alias = "SNDRV_SEQ_EVENT_REGPARAM")]
pub const EVENT_REGPARAM: u8 = 16;

/// Song position, payload [`Ctrl`](crate::event::Ctrl): `value` 0 to 16383 in
/// units of six MIDI clocks.
#[doc(alias = "SNDRV_SEQ_EVENT_SONGPOS")]
pub const EVENT_SONGPOS: u8 = 20;
/// Song select, payload [`Ctrl`](crate::event::Ctrl): `value` 0 to 127.
#[doc(alias = "SNDRV_SEQ_EVENT_SONGSEL")]
pub const EVENT_SONGSEL: u8 = 21;
/// MIDI time code quarter frame, payload [`Ctrl`](crate::event::Ctrl):
/// `value` 0 to 127.
#[doc(alias = "SNDRV_SEQ_EVENT_QFRAME")]
pub const EVENT_QFRAME: u8 = 22;
/// Time signature of a MIDI file, payload [`Ctrl`](crate::event::Ctrl).
#[doc(alias = "SNDRV_SEQ_EVENT_TIMESIGN")]
pub const EVENT_TIMESIGN: u8 = 23;
/// Key signature of a MIDI file, payload [`Ctrl`](crate::event::Ctrl).
#[doc(alias = "SNDRV_SEQ_EVENT_KEYSIGN")]
pub const EVENT_KEYSIGN: u8 = 24;

/// Start, payload [`QueueControl`](crate::event::QueueControl).
///
/// At the system timer port, it removes the events scheduled in this queue, and starts
/// the queue from position 0. At a MIDI port, it is the real-time byte FA. In the same
/// way, [`EVENT_CONTINUE`] is the byte FB there, and [`EVENT_STOP`] is FC.
#[doc(alias = "SNDRV_SEQ_EVENT_START")]
pub const EVENT_START: u8 = 30;
/// Continue from the present position, payload
/// [`QueueControl`](crate::event::QueueControl).
#[doc(alias = "SNDRV_SEQ_EVENT_CONTINUE")]
pub const EVENT_CONTINUE: u8 = 31;
/// Stop, payload [`QueueControl`](crate::event::QueueControl).
#[doc(alias = "SNDRV_SEQ_EVENT_STOP")]
pub const EVENT_STOP: u8 = 32;
/// Set a queue's tick position, payload
/// [`QueueControl`](crate::event::QueueControl) with its `tick`.
#[doc(alias = "SNDRV_SEQ_EVENT_SETPOS_TICK")]
pub const EVENT_SETPOS_TICK: u8 = 33;
/// Set a queue's real-time position, payload
/// [`QueueControl`](crate::event::QueueControl) with its `time`.
#[doc(alias = "SNDRV_SEQ_EVENT_SETPOS_TIME")]
pub const EVENT_SETPOS_TIME: u8 = 34;
/// Set a queue's tempo, payload [`QueueControl`](crate::event::QueueControl)
/// with its `value`: microseconds per quarter note, or units of the queue's
/// tempo base.
#[doc(alias = "SNDRV_SEQ_EVENT_TEMPO")]
pub const EVENT_TEMPO: u8 = 35;
/// MIDI clock (F8), payload [`QueueControl`](crate::event::QueueControl).
#[doc(alias = "SNDRV_SEQ_EVENT_CLOCK")]
pub const EVENT_CLOCK: u8 = 36;
/// MIDI tick (F9), payload [`QueueControl`](crate::event::QueueControl).
#[doc(alias = "SNDRV_SEQ_EVENT_TICK")]
pub const EVENT_TICK: u8 = 37;
/// Set a queue's skew, payload [`QueueControl`](crate::event::QueueControl)
/// with its `skew`.
#[doc(alias = "SNDRV_SEQ_EVENT_QUEUE_SKEW")]
pub const EVENT_QUEUE_SKEW: u8 = 38;

/// Tune request (F6), no payload.
#[doc(alias = "SNDRV_SEQ_EVENT_TUNE_REQUEST")]
pub const EVENT_TUNE_REQUEST: u8 = 40;
/// System reset (FF), no payload.
#[doc(alias = "SNDRV_SEQ_EVENT_RESET")]
pub const EVENT_RESET: u8 = 41;
/// Active sensing (FE), no payload.
#[doc(alias = "SNDRV_SEQ_EVENT_SENSING")]
pub const EVENT_SENSING: u8 = 42;

/// Echo, any 12 bytes of payload: a mark that comes back to the sender.
#[doc(alias = "SNDRV_SEQ_EVENT_ECHO")]
pub const EVENT_ECHO: u8 = 50;
/// Raw event of the OSS emulation, any 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_OSS")]
pub const EVENT_OSS: u8 = 51;

/// A client was opened, payload [`Address`](crate::event::Address) with
/// port 0.
///
/// This and the types up to [`EVENT_UMP_BLOCK_CHANGE`] are announcements from
/// port 0:1. Any client may send them to a port it can write to, so believe
/// only those whose source is 0:1.
#[doc(alias = "SNDRV_SEQ_EVENT_CLIENT_START")]
pub const EVENT_CLIENT_START: u8 = 60;
/// A client was closed, payload [`Address`](crate::event::Address) with
/// port 0.
#[doc(alias = "SNDRV_SEQ_EVENT_CLIENT_EXIT")]
pub const EVENT_CLIENT_EXIT: u8 = 61;
/// A client's information changed, payload
/// [`Address`](crate::event::Address) with port 0. Sent since Linux 6.14 and
/// by some later point releases of 6.6 and 6.12.
#[doc(alias = "SNDRV_SEQ_EVENT_CLIENT_CHANGE")]
pub const EVENT_CLIENT_CHANGE: u8 = 62;
/// A port was created, payload [`Address`](crate::event::Address).
#[doc(alias = "SNDRV_SEQ_EVENT_PORT_START")]
pub const EVENT_PORT_START: u8 = 63;
/// A port was deleted, payload [`Address`](crate::event::Address). Its links
/// are gone with it, without an [`EVENT_PORT_UNSUBSCRIBED`] for each.
#[doc(alias = "SNDRV_SEQ_EVENT_PORT_EXIT")]
pub const EVENT_PORT_EXIT: u8 = 64;
/// A port's information changed, payload [`Address`](crate::event::Address).
/// Sent by the kernels that send [`EVENT_CLIENT_CHANGE`].
#[doc(alias = "SNDRV_SEQ_EVENT_PORT_CHANGE")]
pub const EVENT_PORT_CHANGE: u8 = 65;
/// Two ports were connected, payload [`Connect`](crate::event::Connect).
#[doc(alias = "SNDRV_SEQ_EVENT_PORT_SUBSCRIBED")]
pub const EVENT_PORT_SUBSCRIBED: u8 = 66;
/// Two ports were disconnected, payload [`Connect`](crate::event::Connect).
#[doc(alias = "SNDRV_SEQ_EVENT_PORT_UNSUBSCRIBED")]
pub const EVENT_PORT_UNSUBSCRIBED: u8 = 67;
/// A client's UMP endpoint changed, payload
/// [`UmpNotify`](crate::event::UmpNotify). Since Linux 6.14 (1.0.5).
#[doc(alias = "SNDRV_SEQ_EVENT_UMP_EP_CHANGE")]
pub const EVENT_UMP_EP_CHANGE: u8 = 68;
/// A client's UMP function block changed, payload
/// [`UmpNotify`](crate::event::UmpNotify). Since Linux 6.14 (1.0.5).
#[doc(alias = "SNDRV_SEQ_EVENT_UMP_BLOCK_CHANGE")]
pub const EVENT_UMP_BLOCK_CHANGE: u8 = 69;

/// First of ten types for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR0")]
pub const EVENT_USR0: u8 = 90;
/// Type for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR1")]
pub const EVENT_USR1: u8 = 91;
/// Type for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR2")]
pub const EVENT_USR2: u8 = 92;
/// Type for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR3")]
pub const EVENT_USR3: u8 = 93;
/// Type for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR4")]
pub const EVENT_USR4: u8 = 94;
/// Type for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR5")]
pub const EVENT_USR5: u8 = 95;
/// Type for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR6")]
pub const EVENT_USR6: u8 = 96;
/// Type for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR7")]
pub const EVENT_USR7: u8 = 97;
/// Type for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR8")]
pub const EVENT_USR8: u8 = 98;
/// Last of ten types for the program's own use, 12 bytes of payload.
#[doc(alias = "SNDRV_SEQ_EVENT_USR9")]
pub const EVENT_USR9: u8 = 99;

/// System exclusive, payload [`Ext`](crate::event::Ext), the bytes after the
/// record.
///
/// It and the other types of 130 to 139 must carry
/// [`EventFlags::LENGTH_VARIABLE`](crate::flags::EventFlags::LENGTH_VARIABLE),
/// and no other type may.
#[doc(alias = "SNDRV_SEQ_EVENT_SYSEX")]
pub const EVENT_SYSEX: u8 = 130;
/// An event that couldn't be delivered, payload [`Ext`](crate::event::Ext);
/// the bytes after the record hold the event.
///
/// Only a client that set
/// [`ClientFilter::BOUNCE`](crate::flags::ClientFilter::BOUNCE) gets it, and
/// only for events that went through a queue. See
/// [`EventBounce`](crate::event::EventBounce) for the record that the kernel
/// really sends.
#[doc(alias = "SNDRV_SEQ_EVENT_BOUNCE")]
pub const EVENT_BOUNCE: u8 = 131;
/// Variable-length type for the program's own use, payload
/// [`Ext`](crate::event::Ext).
#[doc(alias = "SNDRV_SEQ_EVENT_USR_VAR0")]
pub const EVENT_USR_VAR0: u8 = 135;
/// Variable-length type for the program's own use, payload
/// [`Ext`](crate::event::Ext).
#[doc(alias = "SNDRV_SEQ_EVENT_USR_VAR1")]
pub const EVENT_USR_VAR1: u8 = 136;
/// Variable-length type for the program's own use, payload
/// [`Ext`](crate::event::Ext).
#[doc(alias = "SNDRV_SEQ_EVENT_USR_VAR2")]
pub const EVENT_USR_VAR2: u8 = 137;
/// Variable-length type for the program's own use, payload
/// [`Ext`](crate::event::Ext).
#[doc(alias = "SNDRV_SEQ_EVENT_USR_VAR3")]
pub const EVENT_USR_VAR3: u8 = 138;
/// Variable-length type for the program's own use, payload
/// [`Ext`](crate::event::Ext).
#[doc(alias = "SNDRV_SEQ_EVENT_USR_VAR4")]
pub const EVENT_USR_VAR4: u8 = 139;

/// Delivery error from an older kernel, payload
/// [`Quote`](crate::event::Quote). A program that writes it gets `EINVAL`, as
/// for every type from 150 to 254.
#[doc(alias = "SNDRV_SEQ_EVENT_KERNEL_ERROR")]
pub const EVENT_KERNEL_ERROR: u8 = 150;
/// Quoted event inside the kernel, payload [`Quote`](crate::event::Quote).
/// Obsolete.
#[doc(alias = "SNDRV_SEQ_EVENT_KERNEL_QUOTE")]
pub const EVENT_KERNEL_QUOTE: u8 = 151;

/// No event: `write` skips such a record.
#[doc(alias = "SNDRV_SEQ_EVENT_NONE")]
pub const EVENT_NONE: u8 = 255;

// --- Addresses ---------------------------------------------------------------

/// Client or port that isn't known.
#[doc(alias = "SNDRV_SEQ_ADDRESS_UNKNOWN")]
pub const ADDRESS_UNKNOWN: u8 = 253;
/// Destination client: all subscribers of the event's source port.
#[doc(alias = "SNDRV_SEQ_ADDRESS_SUBSCRIBERS")]
pub const ADDRESS_SUBSCRIBERS: u8 = 254;
/// Destination client or port: everybody. Kernels refuse it with `ENOENT`.
#[doc(alias = "SNDRV_SEQ_ADDRESS_BROADCAST")]
pub const ADDRESS_BROADCAST: u8 = 255;
/// An event's queue: none, deliver it inside the `write`.
#[doc(alias = "SNDRV_SEQ_QUEUE_DIRECT")]
pub const QUEUE_DIRECT: u8 = 253;

/// Client number of the kernel's own client.
#[doc(alias = "SNDRV_SEQ_CLIENT_SYSTEM")]
pub const CLIENT_SYSTEM: u8 = 0;
/// Client number of "Midi Through".
#[doc(alias = "SNDRV_SEQ_CLIENT_DUMMY")]
pub const CLIENT_DUMMY: u8 = 14;
/// Client number of the OSS sequencer emulation.
#[doc(alias = "SNDRV_SEQ_CLIENT_OSS")]
pub const CLIENT_OSS: u8 = 15;

/// Port of [`CLIENT_SYSTEM`] that receives queue control events, and announces each
/// change of a queue.
#[doc(alias = "SNDRV_SEQ_PORT_SYSTEM_TIMER")]
pub const PORT_SYSTEM_TIMER: u8 = 0;
/// Port of [`CLIENT_SYSTEM`] that announces clients, ports and links.
#[doc(alias = "SNDRV_SEQ_PORT_SYSTEM_ANNOUNCE")]
pub const PORT_SYSTEM_ANNOUNCE: u8 = 1;

// --- Values of fields --------------------------------------------------------

/// Client type: not in use.
pub const NO_CLIENT: i32 = 0;
/// Client type: opened by a program. The only one that `SET_CLIENT_INFO`
/// takes.
pub const USER_CLIENT: i32 = 1;
/// Client type: made by the kernel.
pub const KERNEL_CLIENT: i32 = 2;

/// MIDI version of a client: 28-byte records, no UMP.
#[doc(alias = "SNDRV_SEQ_CLIENT_LEGACY_MIDI")]
pub const CLIENT_LEGACY_MIDI: u32 = 0;
/// MIDI version of a client: 32-byte records, UMP with MIDI 1.0. Since Linux
/// 6.5 (1.0.3).
#[doc(alias = "SNDRV_SEQ_CLIENT_UMP_MIDI_1_0")]
pub const CLIENT_UMP_MIDI_1_0: u32 = 1;
/// MIDI version of a client: 32-byte records, UMP with MIDI 2.0. Since Linux
/// 6.5 (1.0.3).
#[doc(alias = "SNDRV_SEQ_CLIENT_UMP_MIDI_2_0")]
pub const CLIENT_UMP_MIDI_2_0: u32 = 2;

/// Port direction: let the kernel derive it from the capabilities.
#[doc(alias = "SNDRV_SEQ_PORT_DIR_UNKNOWN")]
pub const PORT_DIR_UNKNOWN: u8 = 0;
/// Port direction: events come out of the port. Since Linux 6.5.
#[doc(alias = "SNDRV_SEQ_PORT_DIR_INPUT")]
pub const PORT_DIR_INPUT: u8 = 1;
/// Port direction: events go into the port. Since Linux 6.5.
#[doc(alias = "SNDRV_SEQ_PORT_DIR_OUTPUT")]
pub const PORT_DIR_OUTPUT: u8 = 2;
/// Port direction: both. Since Linux 6.5.
#[doc(alias = "SNDRV_SEQ_PORT_DIR_BIDIRECTION")]
pub const PORT_DIR_BIDIRECTION: u8 = 3;

/// Queue timer type: an ALSA timer. The only one that kernels take.
#[doc(alias = "SNDRV_SEQ_TIMER_ALSA")]
pub const TIMER_ALSA: i32 = 0;
/// Queue timer type: MIDI clock events. Kernels refuse it with `EINVAL`.
#[doc(alias = "SNDRV_SEQ_TIMER_MIDI_CLOCK")]
pub const TIMER_MIDI_CLOCK: i32 = 1;
/// Queue timer type: MIDI tick events. Kernels refuse it with `EINVAL`.
#[doc(alias = "SNDRV_SEQ_TIMER_MIDI_TICK")]
pub const TIMER_MIDI_TICK: i32 = 2;

/// Query the ports that receive from the root port.
#[doc(alias = "SNDRV_SEQ_QUERY_SUBS_READ")]
pub const QUERY_SUBS_READ: i32 = 0;
/// Query the ports that send to the root port.
#[doc(alias = "SNDRV_SEQ_QUERY_SUBS_WRITE")]
pub const QUERY_SUBS_WRITE: i32 = 1;

/// UMP information type: the endpoint. Since Linux 6.5.
#[doc(alias = "SNDRV_SEQ_CLIENT_UMP_INFO_ENDPOINT")]
pub const CLIENT_UMP_INFO_ENDPOINT: i32 = 0;
/// UMP information type: function block 0; block `n` is this plus `n`. Since
/// Linux 6.5.
#[doc(alias = "SNDRV_SEQ_CLIENT_UMP_INFO_BLOCK")]
pub const CLIENT_UMP_INFO_BLOCK: i32 = 1;

// --- sound/asound.h: UMP -----------------------------------------------------

/// Direction of a UMP function block: input. In the specification, and in
/// libasound, a block that receives; the kernel's driver concludes that its
/// groups can be read from.
#[doc(alias = "SNDRV_UMP_DIR_INPUT")]
pub const UMP_DIR_INPUT: u8 = 1;
/// Direction of a UMP function block: output. In the specification, and in
/// libasound, a block that sends; the kernel's driver concludes that its groups
/// can be written to.
#[doc(alias = "SNDRV_UMP_DIR_OUTPUT")]
pub const UMP_DIR_OUTPUT: u8 = 2;
/// Direction of a UMP function block: both.
#[doc(alias = "SNDRV_UMP_DIR_BIDIRECTION")]
pub const UMP_DIR_BIDIRECTION: u8 = 3;

/// User interface hint of a UMP function block: none.
#[doc(alias = "SNDRV_UMP_BLOCK_UI_HINT_UNKNOWN")]
pub const UMP_BLOCK_UI_HINT_UNKNOWN: u8 = 0;
/// User interface hint of a UMP function block: mainly a receiver.
#[doc(alias = "SNDRV_UMP_BLOCK_UI_HINT_RECEIVER")]
pub const UMP_BLOCK_UI_HINT_RECEIVER: u8 = 1;
/// User interface hint of a UMP function block: mainly a sender.
#[doc(alias = "SNDRV_UMP_BLOCK_UI_HINT_SENDER")]
pub const UMP_BLOCK_UI_HINT_SENDER: u8 = 2;
/// User interface hint of a UMP function block: sender and receiver.
#[doc(alias = "SNDRV_UMP_BLOCK_UI_HINT_BOTH")]
pub const UMP_BLOCK_UI_HINT_BOTH: u8 = 3;

/// Groups of a UMP endpoint.
#[doc(alias = "SNDRV_UMP_MAX_GROUPS")]
pub const UMP_MAX_GROUPS: u8 = 16;
/// Function blocks of a UMP endpoint.
#[doc(alias = "SNDRV_UMP_MAX_BLOCKS")]
pub const UMP_MAX_BLOCKS: u8 = 32;

// --- sound/asound.h: timers --------------------------------------------------

/// Timer class: none.
#[doc(alias = "SNDRV_TIMER_CLASS_NONE")]
pub const TIMER_CLASS_NONE: i32 = -1;
/// Timer class: slave of another timer.
#[doc(alias = "SNDRV_TIMER_CLASS_SLAVE")]
pub const TIMER_CLASS_SLAVE: i32 = 0;
/// Timer class: one of the system's, see [`TIMER_GLOBAL_SYSTEM`] and the
/// others.
#[doc(alias = "SNDRV_TIMER_CLASS_GLOBAL")]
pub const TIMER_CLASS_GLOBAL: i32 = 1;
/// Timer class: a sound card's.
#[doc(alias = "SNDRV_TIMER_CLASS_CARD")]
pub const TIMER_CLASS_CARD: i32 = 2;
/// Timer class: a PCM stream's.
#[doc(alias = "SNDRV_TIMER_CLASS_PCM")]
pub const TIMER_CLASS_PCM: i32 = 3;
/// The highest timer class.
#[doc(alias = "SNDRV_TIMER_CLASS_LAST")]
pub const TIMER_CLASS_LAST: i32 = TIMER_CLASS_PCM;

/// Slave timer class: none.
#[doc(alias = "SNDRV_TIMER_SCLASS_NONE")]
pub const TIMER_SCLASS_NONE: i32 = 0;
/// Slave timer class: a program's.
#[doc(alias = "SNDRV_TIMER_SCLASS_APPLICATION")]
pub const TIMER_SCLASS_APPLICATION: i32 = 1;
/// Slave timer class: the sequencer's.
#[doc(alias = "SNDRV_TIMER_SCLASS_SEQUENCER")]
pub const TIMER_SCLASS_SEQUENCER: i32 = 2;
/// Slave timer class: the OSS sequencer's.
#[doc(alias = "SNDRV_TIMER_SCLASS_OSS_SEQUENCER")]
pub const TIMER_SCLASS_OSS_SEQUENCER: i32 = 3;
/// The highest slave timer class.
#[doc(alias = "SNDRV_TIMER_SCLASS_LAST")]
pub const TIMER_SCLASS_LAST: i32 = TIMER_SCLASS_OSS_SEQUENCER;

/// Device of a global timer: the kernel's tick.
#[doc(alias = "SNDRV_TIMER_GLOBAL_SYSTEM")]
pub const TIMER_GLOBAL_SYSTEM: i32 = 0;
/// Device of a global timer: the real-time clock. Not in use.
#[doc(alias = "SNDRV_TIMER_GLOBAL_RTC")]
pub const TIMER_GLOBAL_RTC: i32 = 1;
/// Device of a global timer: the HPET.
#[doc(alias = "SNDRV_TIMER_GLOBAL_HPET")]
pub const TIMER_GLOBAL_HPET: i32 = 2;
/// Device of a global timer: the high-resolution timer.
#[doc(alias = "SNDRV_TIMER_GLOBAL_HRTIMER")]
pub const TIMER_GLOBAL_HRTIMER: i32 = 3;
/// Device of a global timer: driven by a program.
#[doc(alias = "SNDRV_TIMER_GLOBAL_UDRIVEN")]
pub const TIMER_GLOBAL_UDRIVEN: i32 = 4;
