//! `snd_seq_system_info_t`: the sequencer's limits, and its present numbers.

use super::{accessor, accessors, container};
use crate::types::snd_seq_system_info_t;
use core::ffi::c_int;

container! {
    snd_seq_system_info_t, "limits":
    snd_seq_system_info_sizeof snd_seq_system_info_malloc
    snd_seq_system_info_free snd_seq_system_info_copy
}

accessors! {
    snd_seq_system_info_t;

    /// Returns the largest number of queues.
    get snd_seq_system_info_get_queues(info) -> c_int { info.queues }
    /// Returns the largest number of clients.
    get snd_seq_system_info_get_clients(info) -> c_int { info.clients }
    /// Returns the largest number of ports of a client.
    get snd_seq_system_info_get_ports(info) -> c_int { info.ports }
    /// Returns the largest number of channels of a port.
    get snd_seq_system_info_get_channels(info) -> c_int { info.channels }
    /// Returns the present number of clients.
    get snd_seq_system_info_get_cur_clients(info) -> c_int { info.cur_clients }
    /// Returns the present number of queues.
    get snd_seq_system_info_get_cur_queues(info) -> c_int { info.cur_queues }
}
