//! `snd_seq_remove_events_t`: the conditions for removing events.

use super::{accessor, accessors, byte, container};
use crate::types::{snd_seq_addr_t, snd_seq_remove_events_t, snd_seq_timestamp_t};
use alsa_seq_kernel_abi::flags::RemoveMode;
use core::ffi::{c_int, c_uint};

container! {
    snd_seq_remove_events_t, "conditions":
    snd_seq_remove_events_sizeof snd_seq_remove_events_malloc
    snd_seq_remove_events_free snd_seq_remove_events_copy
}

accessors! {
    snd_seq_remove_events_t;

    /// Returns the conditions that apply, bits `SND_SEQ_REMOVE_…`.
    get snd_seq_remove_events_get_condition(info) -> c_uint { info.remove_mode.bits() }
    /// Returns the queue.
    get snd_seq_remove_events_get_queue(info) -> c_int { info.queue.into() }
    /// Returns the channel.
    get snd_seq_remove_events_get_channel(info) -> c_int { info.channel.into() }
    /// Returns the event type.
    get snd_seq_remove_events_get_event_type(info) -> c_int { info.event_type }
    /// Returns the tag.
    get snd_seq_remove_events_get_tag(info) -> c_int { info.tag.into() }

    /// Returns the time, which is the struct's.
    lend snd_seq_remove_events_get_time(info) -> *const snd_seq_timestamp_t {
        &raw const (*info).time
    }
    /// Returns the destination of the events, which is the struct's.
    lend snd_seq_remove_events_get_dest(info) -> *const snd_seq_addr_t {
        &raw const (*info).dest
    }

    /// Sets the conditions that apply, bits `SND_SEQ_REMOVE_…`.
    set snd_seq_remove_events_set_condition(info, flags: c_uint) {
        info.remove_mode = RemoveMode::from_bits_retain(flags);
    }
    /// Sets the queue.
    set snd_seq_remove_events_set_queue(info, queue: c_int) { info.queue = byte(queue) }
    /// Sets the channel.
    set snd_seq_remove_events_set_channel(info, channel: c_int) { info.channel = byte(channel) }
    /// Sets the event type.
    set snd_seq_remove_events_set_event_type(info, value: c_int) { info.event_type = value }
    /// Sets the tag.
    set snd_seq_remove_events_set_tag(info, tag: c_int) { info.tag = byte(tag) }

    /// Sets the time.
    put snd_seq_remove_events_set_time(info, time: snd_seq_timestamp_t) { info.time = time }
    /// Sets the destination of the events.
    put snd_seq_remove_events_set_dest(info, addr: snd_seq_addr_t) { info.dest = addr }
}
