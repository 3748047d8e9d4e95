//! `snd_seq_queue_tempo_t`: a queue's tempo.

use super::{accessor, accessors, container};
use crate::types::snd_seq_queue_tempo_t;
use core::ffi::{c_int, c_uint};

container! {
    snd_seq_queue_tempo_t, "a tempo":
    snd_seq_queue_tempo_sizeof snd_seq_queue_tempo_malloc
    snd_seq_queue_tempo_free snd_seq_queue_tempo_copy
}

accessors! {
    snd_seq_queue_tempo_t;

    /// Returns the queue's number.
    get snd_seq_queue_tempo_get_queue(info) -> c_int { info.queue }
    /// Returns the length of a quarter note, in microseconds or units of the base.
    get snd_seq_queue_tempo_get_tempo(info) -> c_uint { info.tempo }
    /// Returns how many ticks a quarter note has.
    get snd_seq_queue_tempo_get_ppq(info) -> c_int { info.ppq }
    /// Returns the speed in units of the skew's base.
    get snd_seq_queue_tempo_get_skew(info) -> c_uint { info.skew_value }
    /// Returns the skew's base.
    get snd_seq_queue_tempo_get_skew_base(info) -> c_uint { info.skew_base }
    /// Returns the unit of the tempo in nanoseconds: 10 or 1000, 0 for 1000.
    get snd_seq_queue_tempo_get_tempo_base(info) -> c_uint { info.tempo_base.into() }

    /// Sets the length of a quarter note, in microseconds or units of the base.
    set snd_seq_queue_tempo_set_tempo(info, tempo: c_uint) { info.tempo = tempo }
    /// Sets how many ticks a quarter note has.
    set snd_seq_queue_tempo_set_ppq(info, ppq: c_int) { info.ppq = ppq }
    /// Sets the speed in units of the skew's base.
    set snd_seq_queue_tempo_set_skew(info, skew: c_uint) { info.skew_value = skew }
    /// Sets the skew's base, 0x10000.
    set snd_seq_queue_tempo_set_skew_base(info, base: c_uint) { info.skew_base = base }
    /// Sets the unit of the tempo in nanoseconds: 10 or 1000; 0 becomes 1000.
    set snd_seq_queue_tempo_set_tempo_base(info, tempo_base: c_uint) {
        let [low, high, ..] = tempo_base.to_le_bytes();
        info.tempo_base = match tempo_base {
            0 => 1000,
            _ => u16::from_le_bytes([low, high]),
        };
    }
}
