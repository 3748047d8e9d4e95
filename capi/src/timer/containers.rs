//! The containers of timers and their accessors.
#![allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "numbers of C's `long`, which is as wide as a pointer"
)]

use crate::container::{accessor, accessors, container};
use crate::types::{
    Seconds, snd_htimestamp_t, snd_timer_ginfo_t, snd_timer_id_t, snd_timer_info_t,
    snd_timer_params_t, snd_timer_status_t,
};
use alsa_seq_kernel_abi::timer::{FLG_SLAVE, PSFLG_AUTO, PSFLG_EARLY_EVENT, PSFLG_EXCLUSIVE};
use core::ffi::{c_char, c_int, c_long, c_uint, c_ulong};

container! {
    snd_timer_id_t, "a timer's name":
    snd_timer_id_sizeof snd_timer_id_malloc snd_timer_id_free snd_timer_id_copy
}

container! {
    snd_timer_ginfo_t, "any timer":
    snd_timer_ginfo_sizeof snd_timer_ginfo_malloc snd_timer_ginfo_free snd_timer_ginfo_copy
}

container! {
    snd_timer_info_t, "a handle's timer":
    snd_timer_info_sizeof snd_timer_info_malloc snd_timer_info_free snd_timer_info_copy
}

container! {
    snd_timer_params_t, "a timer's use":
    snd_timer_params_sizeof snd_timer_params_malloc
    snd_timer_params_free snd_timer_params_copy
}

container! {
    snd_timer_status_t, "a timer's state":
    snd_timer_status_sizeof snd_timer_status_malloc
    snd_timer_status_free snd_timer_status_copy
}

/// Converts a number of the kernel to C's `long`, as C does.
fn long(value: u32) -> c_long {
    value as c_long
}

/// Converts a number of C's `long` to 32 bits: the low ones, as C does.
fn low(value: c_long) -> u32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// The same bits as C's `long`.
fn signed(value: usize) -> c_long {
    isize::from_ne_bytes(value.to_ne_bytes()) as c_long
}

fn flag(flags: &mut u32, flag: u32, on: c_int) {
    if on != 0 {
        *flags |= flag;
    } else {
        *flags &= !flag;
    }
}

accessors! {
    snd_timer_id_t;

    /// Returns the class, `SND_TIMER_CLASS_…`.
    ask snd_timer_id_get_class(id) -> c_int { id.dev_class }
    /// Returns the slave class, `SND_TIMER_SCLASS_…`.
    ask snd_timer_id_get_sclass(id) -> c_int { id.dev_sclass }
    /// Returns the number of the sound card.
    ask snd_timer_id_get_card(id) -> c_int { id.card }
    /// Returns the number of the device.
    ask snd_timer_id_get_device(id) -> c_int { id.device }
    /// Returns the number of the subdevice.
    ask snd_timer_id_get_subdevice(id) -> c_int { id.subdevice }
    /// Sets the class, `SND_TIMER_CLASS_…`.
    set snd_timer_id_set_class(id, dev_class: c_int) { id.dev_class = dev_class }
    /// Sets the slave class, `SND_TIMER_SCLASS_…`.
    set snd_timer_id_set_sclass(id, dev_sclass: c_int) { id.dev_sclass = dev_sclass }
    /// Sets the number of the sound card.
    set snd_timer_id_set_card(id, card: c_int) { id.card = card }
    /// Sets the number of the device.
    set snd_timer_id_set_device(id, device: c_int) { id.device = device }
    /// Sets the number of the subdevice.
    set snd_timer_id_set_subdevice(id, subdevice: c_int) { id.subdevice = subdevice }
}

accessors! {
    snd_timer_ginfo_t;

    /// Returns the timer's name, which is the struct's.
    point snd_timer_ginfo_get_tid(info) -> *mut snd_timer_id_t { &raw mut (*info).tid }
    /// Returns the flags, bits `SNDRV_TIMER_FLG_…` of the kernel's.
    ask snd_timer_ginfo_get_flags(info) -> c_uint { info.flags }
    /// Returns the number of the sound card, -1 without one.
    ask snd_timer_ginfo_get_card(info) -> c_int { info.card }
    /// Returns the short name, which is the struct's.
    point snd_timer_ginfo_get_id(info) -> *mut c_char { &raw mut (*info).id }
    /// Returns the name, which is the struct's.
    point snd_timer_ginfo_get_name(info) -> *mut c_char { &raw mut (*info).name }
    /// Returns the length of a tick on average, in nanoseconds.
    ask snd_timer_ginfo_get_resolution(info) -> c_ulong { info.resolution as c_ulong }
    /// Returns the length of the shortest tick, in nanoseconds.
    ask snd_timer_ginfo_get_resolution_min(info) -> c_ulong { info.resolution_min as c_ulong }
    /// Returns the length of the longest tick, in nanoseconds.
    ask snd_timer_ginfo_get_resolution_max(info) -> c_ulong { info.resolution_max as c_ulong }
    /// Returns the number of the timer's users.
    ask snd_timer_ginfo_get_clients(info) -> c_uint { info.clients }
}

/// Sets the timer to query. Returns 0, or `-EINVAL` for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_ginfo_set_tid(
    info: *mut snd_timer_ginfo_t,
    tid: *mut snd_timer_id_t,
) -> c_int {
    if tid.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *object*. It may be a part of the container, so it is read first.
    let tid = unsafe { tid.read() };
    // SAFETY: *object*, and it is written to.
    let Some(info) = (unsafe { info.as_mut() }) else {
        return -libc::EINVAL;
    };
    info.tid = tid;
    0
}

accessors! {
    snd_timer_info_t;

    /// Returns whether another timer drives this one, 0 or 1.
    ask snd_timer_info_is_slave(info) -> c_int { (info.flags & FLG_SLAVE != 0).into() }
    /// Returns the number of the sound card, -1 without one.
    ask snd_timer_info_get_card(info) -> c_int { info.card }
    /// Returns the short name, which is the struct's.
    point snd_timer_info_get_id(info) -> *const c_char { &raw const (*info).id }
    /// Returns the name, which is the struct's.
    point snd_timer_info_get_name(info) -> *const c_char { &raw const (*info).name }
    /// Returns the length of a tick on average, in nanoseconds.
    ask snd_timer_info_get_resolution(info) -> c_long { signed(info.resolution) }
    /// Returns 1. Kernels no longer report the real value.
    ask snd_timer_info_get_ticks(_info) -> c_long { 1 }
}

accessors! {
    snd_timer_params_t;

    /// Sets whether the timer continues after each tick. Returns 0.
    tell snd_timer_params_set_auto_start(params, auto_start: c_int) -> c_int {
        flag(&mut params.flags, PSFLG_AUTO, auto_start);
    }
    /// Returns whether the timer continues after each tick, 0 or 1.
    ask snd_timer_params_get_auto_start(params) -> c_int {
        (params.flags & PSFLG_AUTO != 0).into()
    }
    /// Sets whether the timer is exclusive. Returns 0.
    tell snd_timer_params_set_exclusive(params, exclusive: c_int) -> c_int {
        flag(&mut params.flags, PSFLG_EXCLUSIVE, exclusive);
    }
    /// Returns whether the timer is exclusive, 0 or 1.
    ask snd_timer_params_get_exclusive(params) -> c_int {
        (params.flags & PSFLG_EXCLUSIVE != 0).into()
    }
    /// Sets whether starting the timer makes an event at once. Returns 0.
    tell snd_timer_params_set_early_event(params, early_event: c_int) -> c_int {
        flag(&mut params.flags, PSFLG_EARLY_EVENT, early_event);
    }
    /// Returns whether starting the timer makes an event at once, 0 or 1.
    ask snd_timer_params_get_early_event(params) -> c_int {
        (params.flags & PSFLG_EARLY_EVENT != 0).into()
    }
    /// Sets the number of the timer's ticks for each tick that is read.
    set snd_timer_params_set_ticks(params, ticks: c_long) { params.ticks = low(ticks) }
    /// Returns the number of the timer's ticks for each tick that is read.
    ask snd_timer_params_get_ticks(params) -> c_long { long(params.ticks) }
    /// Sets the largest number of unread records, 32 to 1024.
    set snd_timer_params_set_queue_size(params, queue_size: c_long) {
        params.queue_size = low(queue_size);
    }
    /// Returns the largest number of unread records.
    ask snd_timer_params_get_queue_size(params) -> c_long { long(params.queue_size) }
    /// Sets the events that enhanced records report, bits by `SND_TIMER_EVENT_…`.
    set snd_timer_params_set_filter(params, filter: c_uint) { params.filter = filter }
    /// Returns the events that enhanced records report, bits by `SND_TIMER_EVENT_…`.
    ask snd_timer_params_get_filter(params) -> c_uint { params.filter }
}

accessors! {
    snd_timer_status_t;

    /// Returns the length of a tick in nanoseconds.
    ask snd_timer_status_get_resolution(status) -> c_long { long(status.resolution) }
    /// Returns the number of lost ticks of the master.
    ask snd_timer_status_get_lost(status) -> c_long { long(status.lost) }
    /// Returns the number of records that were lost because they were not read in time.
    ask snd_timer_status_get_overrun(status) -> c_long { long(status.overrun) }
    /// Returns the number of unread records.
    ask snd_timer_status_get_queue(status) -> c_long { long(status.queue) }
}

/// Returns the time of the last update of the state; 0 for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_timer_status_get_timestamp(
    status: *mut snd_timer_status_t,
) -> snd_htimestamp_t {
    let mut time = snd_htimestamp_t::default();
    // SAFETY: *object*.
    if let Some(status) = unsafe { status.as_ref() } {
        time.tv_sec = status.tstamp_sec as Seconds;
        time.tv_nsec = status.tstamp_nsec as c_long;
    }
    time
}
