//! The types of `<alsa/seq.h>` and `<alsa/seq_event.h>` with their C names.
//!
//! The containers, which C uses only through pointers, are the kernel's structs, so they are passed
//! to an ioctl unchanged.
#![allow(non_camel_case_types, reason = "C names")]

use alsa_seq_kernel_abi::{event, info, timer, ump};
use core::ffi::c_uint;

/// An event of 28 bytes. In C it is aligned to 4 bytes and its pointer is real; here
/// its alignment is 1.
pub type snd_seq_event_t = event::Event;
/// An event of 32 bytes, which may hold a UMP packet.
pub type snd_seq_ump_event_t = event::UmpEvent;
/// A client and a port.
pub type snd_seq_addr_t = event::Address;
/// Ticks, or seconds and nanoseconds.
pub type snd_seq_timestamp_t = event::Timestamp;
/// Seconds and nanoseconds.
pub type snd_seq_real_time_t = event::RealTime;
/// Ticks.
pub type snd_seq_tick_time_t = c_uint;

/// The sequencer's limits.
pub type snd_seq_system_info_t = info::SystemInfo;
/// A client.
pub type snd_seq_client_info_t = info::ClientInfo;
/// A client's event pools.
pub type snd_seq_client_pool_t = info::ClientPool;
/// A port.
pub type snd_seq_port_info_t = info::PortInfo;
/// A connection.
pub type snd_seq_port_subscribe_t = info::PortSubscribe;
/// One of a port's connections, by its index.
pub type snd_seq_query_subscribe_t = info::QuerySubs;
/// A queue.
pub type snd_seq_queue_info_t = info::QueueInfo;
/// A queue's state.
pub type snd_seq_queue_status_t = info::QueueStatus;
/// A queue's tempo.
pub type snd_seq_queue_tempo_t = info::QueueTempo;
/// A queue's timer.
pub type snd_seq_queue_timer_t = info::QueueTimer;
/// Conditions for removing events.
pub type snd_seq_remove_events_t = info::RemoveEvents;
/// The name of a timer.
pub type snd_timer_id_t = info::TimerId;
/// Any timer, found by its name.
pub type snd_timer_ginfo_t = timer::TimerGInfo;
/// The period of any timer, to be set.
pub type snd_timer_gparams_t = timer::TimerGParams;
/// The period of any timer.
pub type snd_timer_gstatus_t = timer::TimerGStatus;
/// The timer of a handle.
pub type snd_timer_info_t = timer::TimerInfo;
/// The use of a timer.
pub type snd_timer_params_t = timer::TimerParams;
/// The state of a timer.
pub type snd_timer_status_t = timer::TimerStatus;
/// The C library's `time_t`: 64 bits in musl, and a `long` in glibc unless a program for 32
/// bits asks for more.
#[cfg(target_env = "musl")]
pub type Seconds = i64;
/// The C library's `time_t`: 64 bits in musl, and a `long` in glibc unless a program for 32
/// bits asks for more.
#[cfg(not(target_env = "musl"))]
pub type Seconds = core::ffi::c_long;

/// A time of the C library, its `struct timespec`.
///
/// It is defined here, because the crate `libc` still has musl's older definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct snd_htimestamp_t {
    /// Seconds.
    pub tv_sec: Seconds,
    #[cfg(all(
        target_env = "musl",
        target_pointer_width = "32",
        target_endian = "big"
    ))]
    gap: u32,
    /// Nanoseconds.
    pub tv_nsec: core::ffi::c_long,
    #[cfg(all(
        target_env = "musl",
        target_pointer_width = "32",
        target_endian = "little"
    ))]
    gap: u32,
}
/// A UMP endpoint.
pub type snd_ump_endpoint_info_t = ump::UmpEndpointInfo;
/// A UMP function block.
pub type snd_ump_block_info_t = ump::UmpBlockInfo;

/// A configuration of libasound. No function here reads it.
#[derive(Debug)]
#[repr(C)]
pub struct snd_config_t {
    opaque: [u8; 0],
}

/// A handler of signals, which does not exist here.
#[derive(Debug)]
#[repr(C)]
pub struct snd_async_handler_t {
    opaque: [u8; 0],
}

/// The function that a handler of signals calls.
pub type snd_async_callback_t = unsafe extern "C" fn(handler: *mut snd_async_handler_t);

/// A sound card's controls, which do not exist here.
#[derive(Debug)]
#[repr(C)]
pub struct snd_ctl_t {
    opaque: [u8; 0],
}

/// A sound card's stream, which does not exist here.
#[derive(Debug)]
#[repr(C)]
pub struct snd_pcm_t {
    opaque: [u8; 0],
}

/// Memory that processes share, which does not exist here.
#[derive(Debug)]
#[repr(C)]
pub struct snd_shm_area {
    opaque: [u8; 0],
}
