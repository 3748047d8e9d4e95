//! Ports.

use super::ioctls;
use crate::handle::{handle, returned, snd_seq_t};
use crate::text;
use crate::types::snd_seq_port_info_t;
use alsa_seq_kernel_abi::event::Address;
use alsa_seq_kernel_abi::flags::{PortCaps, PortType};
use alsa_seq_kernel_abi::info::PortInfo;
use core::ffi::{c_char, c_int, c_uint};

ioctls! {
    /// Creates a port of the own client, and fills in its address.
    snd_seq_create_port(info: snd_seq_port_info_t) seq => {
        info.addr.client = seq.client;
        seq.fd.create_port(info)
    };

    /// Fills in the next port of the client in `info`: the one with the next number above the one
    /// in `info`, which is 255 (-1) at the start. Returns `-ENOENT` after the last.
    snd_seq_query_next_port(info: snd_seq_port_info_t) seq => seq.fd.query_next_port(info);
}

/// Converts an `int` as C does: to the low byte.
fn byte(value: c_int) -> u8 {
    value.to_le_bytes()[0]
}

/// Deletes a port of the own client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_delete_port(seq: *mut snd_seq_t, port: c_int) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let mut info = PortInfo::zeroed();
    info.addr = Address::new(seq.client, byte(port));
    returned(seq.fd.delete_port(&info))
}

/// Fills in a port of the own client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_get_port_info(
    seq: *mut snd_seq_t,
    port: c_int,
    info: *mut snd_seq_port_info_t,
) -> c_int {
    // SAFETY: *handle*.
    let client = unsafe { handle(seq) }.map_or(0, |seq| seq.client);
    // SAFETY: the same promises.
    unsafe { snd_seq_get_any_port_info(seq, client.into(), port, info) }
}

/// Fills in the port `port` of client `client`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_get_any_port_info(
    seq: *mut snd_seq_t,
    client: c_int,
    port: c_int,
    info: *mut snd_seq_port_info_t,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*, and it is written to.
    let Some(info) = (unsafe { info.as_mut() }) else {
        return -libc::EINVAL;
    };
    *info = PortInfo::zeroed();
    info.addr = Address::new(byte(client), byte(port));
    returned(seq.fd.get_port_info(info))
}

/// Changes a port of the own client. The address is set in `info`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_port_info(
    seq: *mut snd_seq_t,
    port: c_int,
    info: *mut snd_seq_port_info_t,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*, and it is written to.
    let Some(info) = (unsafe { info.as_mut() }) else {
        return -libc::EINVAL;
    };
    info.addr = Address::new(seq.client, byte(port));
    returned(seq.fd.set_port_info(info))
}

/// Creates a port with these capabilities and this type, 16 MIDI channels and 64 MIDI voices.
/// Without a name (null), the kernel makes one.
///
/// Returns its number or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_create_simple_port(
    seq: *mut snd_seq_t,
    name: *const c_char,
    caps: c_uint,
    port_type: c_uint,
) -> c_int {
    let mut info = PortInfo::zeroed();
    if !name.is_null() {
        // SAFETY: *string*.
        unsafe { text::set(&mut info.name, name) };
    }
    info.capability = PortCaps::from_bits_retain(caps);
    info.port_type = PortType::from_bits_retain(port_type);
    info.midi_channels = 16;
    info.midi_voices = 64;
    info.synth_voices = 0;
    // SAFETY: *handle*; the struct is this function's own.
    let created = unsafe { snd_seq_create_port(seq, &raw mut info) };
    if created < 0 {
        return created;
    }
    info.addr.port.into()
}

/// Deletes a port of the own client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_delete_simple_port(seq: *mut snd_seq_t, port: c_int) -> c_int {
    // SAFETY: the same promises.
    unsafe { snd_seq_delete_port(seq, port) }
}
