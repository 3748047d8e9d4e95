//! `snd_ump_block_info_t`: a UMP function block.

use crate::container::{accessor, accessors, container, signed};
use crate::types::snd_ump_block_info_t;
use alsa_seq_kernel_abi::event::{I32, U32};
use core::ffi::{c_char, c_int, c_uint};

container! {
    snd_ump_block_info_t, "a function block":
    snd_ump_block_info_sizeof snd_ump_block_info_malloc
    snd_ump_block_info_free snd_ump_block_info_copy
}

/// Converts a C number to a byte: the low one, as C does.
fn byte(value: c_uint) -> u8 {
    value.to_le_bytes()[0]
}

accessors! {
    snd_ump_block_info_t;

    /// Returns the number of the sound card, -1 without one.
    get snd_ump_block_info_get_card(info) -> c_int { info.card.get() }
    /// Returns the number of the card's device.
    get snd_ump_block_info_get_device(info) -> c_int { info.device.get() }
    /// Returns the number of the block, from 0.
    get snd_ump_block_info_get_block_id(info) -> c_uint { info.block_id.into() }
    /// Returns whether it is active, 1 or 0.
    get snd_ump_block_info_get_active(info) -> c_uint { info.active.into() }
    /// Returns the flags, bits `SND_UMP_BLOCK_…`.
    get snd_ump_block_info_get_flags(info) -> c_uint { info.flags_bits.get() }
    /// Returns the direction, `SND_UMP_DIR_…`.
    get snd_ump_block_info_get_direction(info) -> c_uint { info.direction.into() }
    /// Returns the first group, from 0.
    get snd_ump_block_info_get_first_group(info) -> c_uint { info.first_group.into() }
    /// Returns the number of groups.
    get snd_ump_block_info_get_num_groups(info) -> c_uint { info.num_groups.into() }
    /// Returns the version of MIDI-CI, 0 for none.
    get snd_ump_block_info_get_midi_ci_version(info) -> c_uint { info.midi_ci_version.into() }
    /// Returns the largest number of simultaneous streams of System Exclusive 8.
    get snd_ump_block_info_get_sysex8_streams(info) -> c_uint { info.sysex8_streams.into() }
    /// Returns the role that user interfaces show, `SND_UMP_BLOCK_UI_HINT_…`.
    get snd_ump_block_info_get_ui_hint(info) -> c_uint { info.ui_hint.into() }

    /// Returns the name, which is the struct's.
    lend snd_ump_block_info_get_name(info) -> *const c_char { &raw const (*info).name }

    /// Sets all of it to 0.
    set snd_ump_block_info_clear(info) { *info = snd_ump_block_info_t::zeroed() }
    /// Sets the number of the sound card.
    set snd_ump_block_info_set_card(info, card: c_uint) { info.card = I32::new(signed(card)) }
    /// Sets the number of the card's device.
    set snd_ump_block_info_set_device(info, device: c_uint) {
        info.device = I32::new(signed(device));
    }
    /// Sets the number of the block, from 0.
    set snd_ump_block_info_set_block_id(info, id: c_uint) { info.block_id = byte(id) }
    /// Sets whether it is active, 1 or 0.
    set snd_ump_block_info_set_active(info, active: c_uint) { info.active = u8::from(active != 0) }
    /// Sets the flags, bits `SND_UMP_BLOCK_…`.
    set snd_ump_block_info_set_flags(info, flags: c_uint) { info.flags_bits = U32::new(flags) }
    /// Sets the direction, `SND_UMP_DIR_…`.
    set snd_ump_block_info_set_direction(info, direction: c_uint) {
        info.direction = byte(direction);
    }
    /// Sets the first group, from 0.
    set snd_ump_block_info_set_first_group(info, first_group: c_uint) {
        info.first_group = byte(first_group);
    }
    /// Sets the number of groups.
    set snd_ump_block_info_set_num_groups(info, num_groups: c_uint) {
        info.num_groups = byte(num_groups);
    }
    /// Sets the version of MIDI-CI, 0 for none.
    set snd_ump_block_info_set_midi_ci_version(info, version: c_uint) {
        info.midi_ci_version = byte(version);
    }
    /// Sets the largest number of simultaneous streams of System Exclusive 8.
    set snd_ump_block_info_set_sysex8_streams(info, streams: c_uint) {
        info.sysex8_streams = byte(streams);
    }
    /// Sets the role that user interfaces show, `SND_UMP_BLOCK_UI_HINT_…`.
    set snd_ump_block_info_set_ui_hint(info, hint: c_uint) { info.ui_hint = byte(hint) }

    /// Sets the name.
    text snd_ump_block_info_set_name(info) { &mut info.name }
}
