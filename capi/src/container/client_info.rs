//! `snd_seq_client_info_t`: a client.

use super::{accessor, accessors, container, signed, unsigned};
use crate::types::snd_seq_client_info_t;
use alsa_seq_kernel_abi::flags::ClientFilter;
use core::ffi::{c_char, c_int, c_uchar};
use core::ptr;

container! {
    snd_seq_client_info_t, "a client":
    snd_seq_client_info_sizeof snd_seq_client_info_malloc
    snd_seq_client_info_free snd_seq_client_info_copy
}

/// The bit of a group; bit 0 is for messages without a group. Other numbers have no bit.
fn group_bit(group: c_int) -> u32 {
    u32::try_from(group)
        .ok()
        .filter(|group| *group <= 16)
        .map_or(0, |group| 1 << group)
}

accessors! {
    snd_seq_client_info_t;

    /// Returns the number.
    get snd_seq_client_info_get_client(info) -> c_int { info.client }
    /// Returns the type: 1 for a program, 2 for a client of the kernel.
    get snd_seq_client_info_get_type(info) -> c_int { info.client_type }
    /// Returns whether broadcasts are accepted, 0 or 1.
    get snd_seq_client_info_get_broadcast_filter(info) -> c_int {
        info.filter.contains(ClientFilter::BROADCAST).into()
    }
    /// Returns whether undeliverable events come back, 0 or 1.
    get snd_seq_client_info_get_error_bounce(info) -> c_int {
        info.filter.contains(ClientFilter::BOUNCE).into()
    }
    /// Returns the number of the sound card, -1 without one.
    get snd_seq_client_info_get_card(info) -> c_int { info.card }
    /// Returns the number of the process, -1 for a client of the kernel.
    get snd_seq_client_info_get_pid(info) -> c_int { info.pid }
    /// Returns the number of ports.
    get snd_seq_client_info_get_num_ports(info) -> c_int { info.num_ports }
    /// Returns the number of lost events.
    get snd_seq_client_info_get_event_lost(info) -> c_int { info.event_lost }
    /// Returns the MIDI version: 0 without UMP, 1 or 2 for UMP.
    get snd_seq_client_info_get_midi_version(info) -> c_int {
        signed(info.midi_version)
    }
    /// Returns whether messages of UMP group 1 to 16 are accepted, 0 or 1. Group 0 is
    /// messages without one.
    get snd_seq_client_info_get_ump_group_enabled(info, group: c_int) -> c_int {
        (info.group_filter & group_bit(group) == 0).into()
    }
    /// Returns whether messages without a UMP group are accepted, 0 or 1.
    get snd_seq_client_info_get_ump_groupless_enabled(info) -> c_int {
        (info.group_filter & group_bit(0) == 0).into()
    }
    /// Returns whether the kernel converts between UMP and other events, 0 or 1.
    get snd_seq_client_info_get_ump_conversion(info) -> c_int {
        (!info.filter.contains(ClientFilter::NO_CONVERT)).into()
    }
    /// Sets the number of the client to query.
    set snd_seq_client_info_set_client(info, client: c_int) { info.client = client }
    /// Sets whether broadcasts are accepted.
    set snd_seq_client_info_set_broadcast_filter(info, val: c_int) {
        info.filter.set(ClientFilter::BROADCAST, val != 0);
    }
    /// Sets whether undeliverable events come back.
    set snd_seq_client_info_set_error_bounce(info, val: c_int) {
        info.filter.set(ClientFilter::BOUNCE, val != 0);
    }
    /// Sets the MIDI version: 0 without UMP, 1 or 2 for UMP.
    set snd_seq_client_info_set_midi_version(info, midi_version: c_int) {
        info.midi_version = unsigned(midi_version);
    }
    /// Sets whether messages of UMP group 1 to 16 are accepted. Group 0 is messages
    /// without one.
    set snd_seq_client_info_set_ump_group_enabled(info, group: c_int, enable: c_int) {
        if enable != 0 {
            info.group_filter &= !group_bit(group);
        } else {
            info.group_filter |= group_bit(group);
        }
    }
    /// Sets whether messages without a UMP group are accepted.
    set snd_seq_client_info_set_ump_groupless_enabled(info, enable: c_int) {
        if enable != 0 {
            info.group_filter &= !group_bit(0);
        } else {
            info.group_filter |= group_bit(0);
        }
    }
    /// Sets whether the kernel converts between UMP and other events.
    set snd_seq_client_info_set_ump_conversion(info, enable: c_int) {
        info.filter.set(ClientFilter::NO_CONVERT, enable == 0);
    }
    /// Accepts all event types: clears the bits, and disables the filter.
    set snd_seq_client_info_event_filter_clear(info) {
        info.filter.remove(ClientFilter::USE_EVENT);
        info.event_filter = [0; 32];
    }
    /// Sets the bit of an event type, and enables the filter: from now on, only types whose bit is
    /// set are accepted.
    set snd_seq_client_info_event_filter_add(info, event_type: c_int) {
        info.filter.insert(ClientFilter::USE_EVENT);
        if let Ok(event_type) = u8::try_from(event_type) {
            info.set_accepts_event(event_type, true);
        }
    }
    /// Clears the bit of an event type. The filter stays enabled or disabled.
    set snd_seq_client_info_event_filter_del(info, event_type: c_int) {
        if let Ok(event_type) = u8::try_from(event_type) {
            info.set_accepts_event(event_type, false);
        }
    }

    /// Sets the name.
    text snd_seq_client_info_set_name(info) { &mut info.name }
}

// These functions have other prototypes than the functions above.

/// Returns the name, which is the struct's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_client_info_get_name(
    info: *mut snd_seq_client_info_t,
) -> *const c_char {
    if info.is_null() {
        return ptr::null();
    }
    // SAFETY: *object*. The place is taken and not looked at.
    unsafe { &raw const (*info).name }.cast()
}

/// Returns whether the bit of an event type is set, 0 or 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_client_info_event_filter_check(
    info: *mut snd_seq_client_info_t,
    event_type: c_int,
) -> c_int {
    // SAFETY: *object*.
    let Some(info) = (unsafe { info.as_ref() }) else {
        return -libc::EINVAL;
    };
    u8::try_from(event_type)
        .is_ok_and(|event_type| info.accepts_event(event_type))
        .into()
}

/// Returns the bits of the event types, 32 bytes of the struct; null while the filter is disabled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_client_info_get_event_filter(
    info: *const snd_seq_client_info_t,
) -> *const c_uchar {
    if info.is_null() {
        return ptr::null();
    }
    // SAFETY: *object*.
    let filter = unsafe { (*info).filter };
    if !filter.contains(ClientFilter::USE_EVENT) {
        return ptr::null();
    }
    // SAFETY: *object*. The place is taken and not looked at.
    unsafe { &raw const (*info).event_filter }.cast()
}

/// Copies the bits of the event types from 32 bytes, and enables the filter. For null, disables the
/// filter, and the bits do not change.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_client_info_set_event_filter(
    info: *mut snd_seq_client_info_t,
    filter: *mut c_uchar,
) {
    let bits: Option<[u8; 32]> = if filter.is_null() {
        None
    } else {
        // SAFETY: *object*, of 32 bytes. It may be that of `info`, so it is read first.
        Some(unsafe { filter.cast::<[u8; 32]>().read() })
    };
    // SAFETY: *object*, and it is written to.
    let Some(info) = (unsafe { info.as_mut() }) else {
        return;
    };
    info.filter.set(ClientFilter::USE_EVENT, bits.is_some());
    if let Some(bits) = bits {
        info.event_filter = bits;
    }
}
