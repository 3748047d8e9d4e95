//! `snd_seq_queue_info_t`: a queue.

use super::{accessor, accessors, container};
use crate::types::snd_seq_queue_info_t;
use alsa_seq_kernel_abi::flags::QueueFlags;
use core::ffi::{c_char, c_int, c_uint};

container! {
    snd_seq_queue_info_t, "a queue":
    snd_seq_queue_info_sizeof snd_seq_queue_info_malloc
    snd_seq_queue_info_free snd_seq_queue_info_copy
}

accessors! {
    snd_seq_queue_info_t;

    /// Returns the number.
    get snd_seq_queue_info_get_queue(info) -> c_int { info.queue }
    /// Returns the client that owns it.
    get snd_seq_queue_info_get_owner(info) -> c_int { info.owner }
    /// Returns whether only the owner may control it, 0 or 1.
    get snd_seq_queue_info_get_locked(info) -> c_int { info.locked().into() }
    /// Returns the flags.
    get snd_seq_queue_info_get_flags(info) -> c_uint { info.flags.bits() }

    /// Returns the name, which is the struct's.
    lend snd_seq_queue_info_get_name(info) -> *const c_char { &raw const (*info).name }

    /// Sets the owner.
    set snd_seq_queue_info_set_owner(info, owner: c_int) { info.owner = owner }
    /// Sets whether only the owner may control it.
    set snd_seq_queue_info_set_locked(info, locked: c_int) { info.set_locked(locked != 0) }
    /// Sets the flags.
    set snd_seq_queue_info_set_flags(info, flags: c_uint) {
        info.flags = QueueFlags::from_bits_retain(flags);
    }

    /// Sets the name.
    text snd_seq_queue_info_set_name(info) { &mut info.name }
}
