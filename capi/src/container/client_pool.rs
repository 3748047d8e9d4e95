//! `snd_seq_client_pool_t`: a client's event pools, in cells of one event.

use super::{accessor, accessors, container, number, size};
use crate::types::snd_seq_client_pool_t;
use core::ffi::c_int;

container! {
    snd_seq_client_pool_t, "pools":
    snd_seq_client_pool_sizeof snd_seq_client_pool_malloc
    snd_seq_client_pool_free snd_seq_client_pool_copy
}

accessors! {
    snd_seq_client_pool_t;

    /// Returns the client's number.
    get snd_seq_client_pool_get_client(info) -> c_int { info.client }
    /// Returns the size of the pool for output.
    get snd_seq_client_pool_get_output_pool(info) -> usize { size(info.output_pool) }
    /// Returns the size of the pool for input.
    get snd_seq_client_pool_get_input_pool(info) -> usize { size(info.input_pool) }
    /// Returns the number of free cells from which `poll` reports room.
    get snd_seq_client_pool_get_output_room(info) -> usize { size(info.output_room) }
    /// Returns the number of free cells for output.
    get snd_seq_client_pool_get_output_free(info) -> usize { size(info.output_free) }
    /// Returns the number of free cells for input.
    get snd_seq_client_pool_get_input_free(info) -> usize { size(info.input_free) }

    /// Sets the size of the pool for output.
    set snd_seq_client_pool_set_output_pool(info, value: usize) {
        info.output_pool = number(value);
    }
    /// Sets the size of the pool for input.
    set snd_seq_client_pool_set_input_pool(info, value: usize) {
        info.input_pool = number(value);
    }
    /// Sets the number of free cells from which `poll` reports room.
    set snd_seq_client_pool_set_output_room(info, value: usize) {
        info.output_room = number(value);
    }
}
