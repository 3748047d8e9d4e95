//! `snd_seq_query_subscribe_t`: one of a port's connections, by its index.

use super::{accessor, accessors, byte, container};
use crate::types::{snd_seq_addr_t, snd_seq_query_subscribe_t};
use alsa_seq_kernel_abi::flags::SubscribeFlags;
use core::ffi::c_int;

container! {
    snd_seq_query_subscribe_t, "a question about connections":
    snd_seq_query_subscribe_sizeof snd_seq_query_subscribe_malloc
    snd_seq_query_subscribe_free snd_seq_query_subscribe_copy
}

accessors! {
    snd_seq_query_subscribe_t;

    /// Returns the client of the queried port.
    get snd_seq_query_subscribe_get_client(info) -> c_int { info.root.client.into() }
    /// Returns the number of the queried port.
    get snd_seq_query_subscribe_get_port(info) -> c_int { info.root.port.into() }
    /// Returns the direction: 0 for connections from the port, 1 for those to it.
    get snd_seq_query_subscribe_get_type(info) -> c_int { info.query_type }
    /// Returns the index.
    get snd_seq_query_subscribe_get_index(info) -> c_int { info.index }
    /// Returns the number of connections.
    get snd_seq_query_subscribe_get_num_subs(info) -> c_int { info.num_subs }
    /// Returns the connection's queue of time stamps.
    get snd_seq_query_subscribe_get_queue(info) -> c_int { info.queue.into() }
    /// Returns whether the connection is exclusive, 0 or 1.
    get snd_seq_query_subscribe_get_exclusive(info) -> c_int {
        info.flags.contains(SubscribeFlags::EXCLUSIVE).into()
    }
    /// Returns whether events get a time stamp, 0 or 1.
    get snd_seq_query_subscribe_get_time_update(info) -> c_int {
        info.flags.contains(SubscribeFlags::TIMESTAMP).into()
    }
    /// Returns whether time stamps are in real time, 0 or 1.
    get snd_seq_query_subscribe_get_time_real(info) -> c_int {
        info.flags.contains(SubscribeFlags::TIME_REAL).into()
    }

    /// Returns the address of the queried port, which is the struct's.
    lend snd_seq_query_subscribe_get_root(info) -> *const snd_seq_addr_t {
        &raw const (*info).root
    }
    /// Returns the address at the other end, which is the struct's.
    lend snd_seq_query_subscribe_get_addr(info) -> *const snd_seq_addr_t {
        &raw const (*info).addr
    }

    /// Sets the client of the port to query.
    set snd_seq_query_subscribe_set_client(info, client: c_int) {
        info.root.client = byte(client);
    }
    /// Sets the number of the port to query.
    set snd_seq_query_subscribe_set_port(info, port: c_int) { info.root.port = byte(port) }
    /// Sets the direction: 0 for connections from the port, 1 for those to it.
    set snd_seq_query_subscribe_set_type(info, value: c_int) { info.query_type = value }
    /// Sets the index, from 0.
    set snd_seq_query_subscribe_set_index(info, index: c_int) { info.index = index }

    /// Sets the address of the port to query.
    put snd_seq_query_subscribe_set_root(info, addr: snd_seq_addr_t) { info.root = addr }
}
