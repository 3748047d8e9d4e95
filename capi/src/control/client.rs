//! Clients and the sequencer as a whole.

use super::ioctls;
use crate::container::{
    snd_seq_client_info_event_filter_add, snd_seq_client_info_set_midi_version,
    snd_seq_client_info_set_name, snd_seq_client_info_set_ump_conversion,
};
use crate::handle::{handle, returned, snd_seq_t};
use crate::types::{snd_seq_client_info_t, snd_seq_system_info_t};
use alsa_seq_kernel_abi::consts::USER_CLIENT;
use alsa_seq_kernel_abi::info::ClientInfo;
use core::ffi::{c_char, c_int};

ioctls! {
    /// Fills in the sequencer's limits and its present numbers.
    snd_seq_system_info(info: snd_seq_system_info_t) seq => seq.fd.system_info(info);

    /// Fills in the own client.
    snd_seq_get_client_info(info: snd_seq_client_info_t) seq => {
        *info = ClientInfo::zeroed();
        info.client = seq.client.into();
        seq.fd.get_client_info(info)
    };

    /// Changes the own client: name, filters, MIDI version and the number of lost events.
    /// Number and type are set in `info`.
    ///
    /// Returns `-EINVAL` if the kernel has no UMP (before Linux 6.5) and `info` has a MIDI
    /// version, a filter of UMP groups, or asks for no conversion.
    snd_seq_set_client_info(info: snd_seq_client_info_t) seq => {
        info.client = seq.client.into();
        info.client_type = USER_CLIENT;
        seq.set_client_info(info)
    };

    /// Fills in the client with the next number above the one in `info`, which is -1 at the start.
    /// Returns `-ENOENT` after the last.
    snd_seq_query_next_client(info: snd_seq_client_info_t) seq => {
        seq.fd.query_next_client(info)
    };
}

/// Fills in the client of number `client`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_get_any_client_info(
    seq: *mut snd_seq_t,
    client: c_int,
    info: *mut snd_seq_client_info_t,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*, and it is written to.
    let Some(info) = (unsafe { info.as_mut() }) else {
        return -libc::EINVAL;
    };
    *info = ClientInfo::zeroed();
    info.client = client;
    returned(seq.fd.get_client_info(info))
}

/// Reads the own client, lets `change` change it, and writes it back.
///
/// # Safety
///
/// *handle*.
unsafe fn change(seq: *mut snd_seq_t, change: impl FnOnce(&mut ClientInfo)) -> c_int {
    let mut info = ClientInfo::zeroed();
    // SAFETY: *handle*; the struct is this function's own.
    let read = unsafe { snd_seq_get_client_info(seq, &raw mut info) };
    if read < 0 {
        return read;
    }
    change(&mut info);
    // SAFETY: as above.
    unsafe { snd_seq_set_client_info(seq, &raw mut info) }
}

/// Sets the own client's name, of which 63 bytes are kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_client_name(
    seq: *mut snd_seq_t,
    name: *const c_char,
) -> c_int {
    if name.is_null() {
        return -libc::EINVAL;
    }
    let set = |info: &mut ClientInfo| {
        // SAFETY: *string*.
        unsafe { snd_seq_client_info_set_name(info, name) };
    };
    // SAFETY: *handle*.
    unsafe { change(seq, set) }
}

/// Accepts events of type `event_type`. After the first such call, only the types of these calls
/// are accepted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_client_event_filter(
    seq: *mut snd_seq_t,
    event_type: c_int,
) -> c_int {
    let set = |info: &mut ClientInfo| {
        // SAFETY: the struct is this function's own.
        unsafe { snd_seq_client_info_event_filter_add(info, event_type) };
    };
    // SAFETY: *handle*.
    unsafe { change(seq, set) }
}

/// Sets the own client's MIDI version: 0 without UMP, 1 or 2 for UMP. From then on, records have 32
/// bytes for UMP, otherwise 28. Returns `-EINVAL` for UMP if the kernel does not have it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_client_midi_version(
    seq: *mut snd_seq_t,
    midi_version: c_int,
) -> c_int {
    let set = |info: &mut ClientInfo| {
        // SAFETY: the struct is this function's own.
        unsafe { snd_seq_client_info_set_midi_version(info, midi_version) };
    };
    // SAFETY: *handle*.
    unsafe { change(seq, set) }
}

/// Sets whether the kernel converts between UMP and other events for the own client.
/// Returns `-EINVAL` for no conversion if the kernel has no UMP.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_client_ump_conversion(
    seq: *mut snd_seq_t,
    enable: c_int,
) -> c_int {
    let set = |info: &mut ClientInfo| {
        // SAFETY: the struct is this function's own.
        unsafe { snd_seq_client_info_set_ump_conversion(info, enable) };
    };
    // SAFETY: *handle*.
    unsafe { change(seq, set) }
}
