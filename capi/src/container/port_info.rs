//! `snd_seq_port_info_t`: a port.

use super::{accessor, accessors, byte, container};
use crate::types::{snd_seq_addr_t, snd_seq_port_info_t};
use alsa_seq_kernel_abi::flags::{PortCaps, PortFlags, PortType};
use core::ffi::{c_char, c_int, c_uint};

container! {
    snd_seq_port_info_t, "a port":
    snd_seq_port_info_sizeof snd_seq_port_info_malloc
    snd_seq_port_info_free snd_seq_port_info_copy
}

/// In a 32-bit program, a field has two places. Returns the used one.
fn filled((own, wide): (u8, u8)) -> c_int {
    if own != 0 { own.into() } else { wide.into() }
}

accessors! {
    snd_seq_port_info_t;

    /// Returns the client's number.
    get snd_seq_port_info_get_client(info) -> c_int { info.addr.client.into() }
    /// Returns the port's number.
    get snd_seq_port_info_get_port(info) -> c_int { info.addr.port.into() }
    /// Returns the capabilities, bits `SND_SEQ_PORT_CAP_…`.
    get snd_seq_port_info_get_capability(info) -> c_uint { info.capability.bits() }
    /// Returns the type, bits `SND_SEQ_PORT_TYPE_…`.
    get snd_seq_port_info_get_type(info) -> c_uint { info.port_type.bits() }
    /// Returns the direction, `SND_SEQ_PORT_DIR_…`.
    get snd_seq_port_info_get_direction(info) -> c_int { filled(info.direction_copies()) }
    /// Returns the UMP group, 1 to 16, or 0 for none.
    get snd_seq_port_info_get_ump_group(info) -> c_int { filled(info.ump_group_copies()) }
    /// Returns the number of MIDI channels.
    get snd_seq_port_info_get_midi_channels(info) -> c_int { info.midi_channels }
    /// Returns the number of MIDI voices.
    get snd_seq_port_info_get_midi_voices(info) -> c_int { info.midi_voices }
    /// Returns the number of synthesizer voices.
    get snd_seq_port_info_get_synth_voices(info) -> c_int { info.synth_voices }
    /// Returns the number of connections from the port.
    get snd_seq_port_info_get_read_use(info) -> c_int { info.read_use }
    /// Returns the number of connections to the port.
    get snd_seq_port_info_get_write_use(info) -> c_int { info.write_use }
    /// Returns whether the program has chosen the port's number, 0 or 1.
    get snd_seq_port_info_get_port_specified(info) -> c_int {
        info.flags.contains(PortFlags::GIVEN_PORT).into()
    }
    /// Returns whether received events get a time stamp, 0 or 1.
    get snd_seq_port_info_get_timestamping(info) -> c_int {
        info.flags.contains(PortFlags::TIMESTAMP).into()
    }
    /// Returns whether time stamps are in real time, 0 or 1.
    get snd_seq_port_info_get_timestamp_real(info) -> c_int {
        info.flags.contains(PortFlags::TIME_REAL).into()
    }
    /// Returns the queue of time stamps.
    get snd_seq_port_info_get_timestamp_queue(info) -> c_int { info.time_queue.into() }
    /// Returns whether the port uses MIDI 1.0 in UMP, 0 or 1.
    get snd_seq_port_info_get_ump_is_midi1(info) -> c_int {
        info.flags.contains(PortFlags::IS_MIDI1).into()
    }

    /// Returns the address, which is the struct's.
    lend snd_seq_port_info_get_addr(info) -> *const snd_seq_addr_t { &raw const (*info).addr }
    /// Returns the name, which is the struct's.
    lend snd_seq_port_info_get_name(info) -> *const c_char { &raw const (*info).name }

    /// Sets the client's number.
    set snd_seq_port_info_set_client(info, client: c_int) { info.addr.client = byte(client) }
    /// Sets the port's number.
    set snd_seq_port_info_set_port(info, port: c_int) { info.addr.port = byte(port) }
    /// Sets the capabilities, bits `SND_SEQ_PORT_CAP_…`.
    set snd_seq_port_info_set_capability(info, capability: c_uint) {
        info.capability = PortCaps::from_bits_retain(capability);
    }
    /// Sets the type, bits `SND_SEQ_PORT_TYPE_…`.
    set snd_seq_port_info_set_type(info, value: c_uint) {
        info.port_type = PortType::from_bits_retain(value);
    }
    /// Sets the direction, `SND_SEQ_PORT_DIR_…`.
    set snd_seq_port_info_set_direction(info, direction: c_int) {
        info.set_direction(byte(direction));
    }
    /// Sets the UMP group, 1 to 16, or 0 for none.
    set snd_seq_port_info_set_ump_group(info, ump_group: c_int) {
        info.set_ump_group(byte(ump_group));
    }
    /// Sets the number of MIDI channels.
    set snd_seq_port_info_set_midi_channels(info, channels: c_int) {
        info.midi_channels = channels;
    }
    /// Sets the number of MIDI voices.
    set snd_seq_port_info_set_midi_voices(info, voices: c_int) { info.midi_voices = voices }
    /// Sets the number of synthesizer voices.
    set snd_seq_port_info_set_synth_voices(info, voices: c_int) { info.synth_voices = voices }
    /// Sets whether the program chooses the port's number.
    set snd_seq_port_info_set_port_specified(info, val: c_int) {
        info.flags.set(PortFlags::GIVEN_PORT, val != 0);
    }
    /// Sets whether received events get a time stamp.
    set snd_seq_port_info_set_timestamping(info, enable: c_int) {
        info.flags.set(PortFlags::TIMESTAMP, enable != 0);
    }
    /// Sets whether time stamps are in real time.
    set snd_seq_port_info_set_timestamp_real(info, realtime: c_int) {
        info.flags.set(PortFlags::TIME_REAL, realtime != 0);
    }
    /// Sets the queue of time stamps.
    set snd_seq_port_info_set_timestamp_queue(info, queue: c_int) {
        info.time_queue = byte(queue);
    }
    /// Sets whether the port uses MIDI 1.0 in UMP.
    set snd_seq_port_info_set_ump_is_midi1(info, is_midi1: c_int) {
        info.flags.set(PortFlags::IS_MIDI1, is_midi1 != 0);
    }

    /// Sets the address.
    put snd_seq_port_info_set_addr(info, addr: snd_seq_addr_t) { info.addr = addr }
    /// Sets the name.
    text snd_seq_port_info_set_name(info) { &mut info.name }
}
