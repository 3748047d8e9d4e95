//! `snd_seq_system_info_t`: the sequencer's limits and how much of them is in use.

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

    /// Returns how many queues there may be.
    get snd_seq_system_info_get_queues(info) -> c_int { info.queues }
    /// Returns how many clients there may be.
    get snd_seq_system_info_get_clients(info) -> c_int { info.clients }
    /// Returns how many ports a client may have.
    get snd_seq_system_info_get_ports(info) -> c_int { info.ports }
    /// Returns how many channels a port may have.
    get snd_seq_system_info_get_channels(info) -> c_int { info.channels }
    /// Returns how many clients there are.
    get snd_seq_system_info_get_cur_clients(info) -> c_int { info.cur_clients }
    /// Returns how many queues there are.
    get snd_seq_system_info_get_cur_queues(info) -> c_int { info.cur_queues }
}
