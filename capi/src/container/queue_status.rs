//! `snd_seq_queue_status_t`: a queue's state.

use super::{accessor, accessors, container, unsigned};
use crate::types::{snd_seq_queue_status_t, snd_seq_real_time_t, snd_seq_tick_time_t};
use core::ffi::{c_int, c_uint};

container! {
    snd_seq_queue_status_t, "a queue's state":
    snd_seq_queue_status_sizeof snd_seq_queue_status_malloc
    snd_seq_queue_status_free snd_seq_queue_status_copy
}

accessors! {
    snd_seq_queue_status_t;

    /// Returns the queue's number.
    get snd_seq_queue_status_get_queue(info) -> c_int { info.queue }
    /// Returns how many events are in it.
    get snd_seq_queue_status_get_events(info) -> c_int { info.events }
    /// Returns the position in ticks.
    get snd_seq_queue_status_get_tick_time(info) -> snd_seq_tick_time_t { info.tick }
    /// Returns 1 while it runs, else 0.
    get snd_seq_queue_status_get_status(info) -> c_uint { unsigned(info.running) }

    /// Returns the position in seconds and nanoseconds, which is the struct's.
    lend snd_seq_queue_status_get_real_time(info) -> *const snd_seq_real_time_t {
        &raw const (*info).time
    }
}
