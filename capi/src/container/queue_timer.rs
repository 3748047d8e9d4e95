//! `snd_seq_queue_timer_t`: a queue's timer.

use super::{accessor, accessors, container};
use crate::types::{snd_seq_queue_timer_t, snd_timer_id_t};
use core::ffi::{c_int, c_uint};

container! {
    snd_seq_queue_timer_t, "a queue's timer":
    snd_seq_queue_timer_sizeof snd_seq_queue_timer_malloc
    snd_seq_queue_timer_free snd_seq_queue_timer_copy
}

accessors! {
    snd_seq_queue_timer_t;

    /// Returns the queue's number.
    get snd_seq_queue_timer_get_queue(info) -> c_int { info.queue }
    /// Returns the type, `SND_SEQ_TIMER_…`: 0 for a timer of ALSA.
    get snd_seq_queue_timer_get_type(info) -> c_int { info.timer_type }
    /// Returns the frequency in hertz, 0 for the default.
    get snd_seq_queue_timer_get_resolution(info) -> c_uint { info.resolution }

    /// Returns the timer's name, which is the struct's.
    lend snd_seq_queue_timer_get_id(info) -> *const snd_timer_id_t { &raw const (*info).id }

    /// Sets the type, `SND_SEQ_TIMER_…`: 0 for a timer of ALSA.
    set snd_seq_queue_timer_set_type(info, value: c_int) { info.timer_type = value }
    /// Sets the frequency in hertz, 0 for the default.
    set snd_seq_queue_timer_set_resolution(info, resolution: c_uint) {
        info.resolution = resolution;
    }

    /// Sets the timer's name.
    put snd_seq_queue_timer_set_id(info, id: snd_timer_id_t) { info.id = id }
}
