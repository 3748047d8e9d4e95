//! `snd_seq_port_subscribe_t`: a connection.

use super::{accessor, accessors, byte, container};
use crate::types::{snd_seq_addr_t, snd_seq_port_subscribe_t};
use alsa_seq_kernel_abi::flags::SubscribeFlags;
use core::ffi::c_int;

container! {
    snd_seq_port_subscribe_t, "a connection":
    snd_seq_port_subscribe_sizeof snd_seq_port_subscribe_malloc
    snd_seq_port_subscribe_free snd_seq_port_subscribe_copy
}

accessors! {
    snd_seq_port_subscribe_t;

    /// Returns the queue of time stamps.
    get snd_seq_port_subscribe_get_queue(info) -> c_int { info.queue.into() }
    /// Returns whether the connection is exclusive, 0 or 1.
    get snd_seq_port_subscribe_get_exclusive(info) -> c_int {
        info.flags.contains(SubscribeFlags::EXCLUSIVE).into()
    }
    /// Returns whether events get a time stamp, 0 or 1.
    get snd_seq_port_subscribe_get_time_update(info) -> c_int {
        info.flags.contains(SubscribeFlags::TIMESTAMP).into()
    }
    /// Returns whether time stamps are in real time, 0 or 1.
    get snd_seq_port_subscribe_get_time_real(info) -> c_int {
        info.flags.contains(SubscribeFlags::TIME_REAL).into()
    }

    /// Returns the sender's address, which is the struct's.
    lend snd_seq_port_subscribe_get_sender(info) -> *const snd_seq_addr_t {
        &raw const (*info).sender
    }
    /// Returns the receiver's address, which is the struct's.
    lend snd_seq_port_subscribe_get_dest(info) -> *const snd_seq_addr_t {
        &raw const (*info).dest
    }

    /// Sets the queue of time stamps.
    set snd_seq_port_subscribe_set_queue(info, q: c_int) { info.queue = byte(q) }
    /// Sets whether the connection is exclusive.
    set snd_seq_port_subscribe_set_exclusive(info, val: c_int) {
        info.flags.set(SubscribeFlags::EXCLUSIVE, val != 0);
    }
    /// Sets whether events get a time stamp.
    set snd_seq_port_subscribe_set_time_update(info, val: c_int) {
        info.flags.set(SubscribeFlags::TIMESTAMP, val != 0);
    }
    /// Sets whether time stamps are in real time.
    set snd_seq_port_subscribe_set_time_real(info, val: c_int) {
        info.flags.set(SubscribeFlags::TIME_REAL, val != 0);
    }

    /// Sets the sender's address.
    put snd_seq_port_subscribe_set_sender(info, addr: snd_seq_addr_t) { info.sender = addr }
    /// Sets the receiver's address.
    put snd_seq_port_subscribe_set_dest(info, addr: snd_seq_addr_t) { info.dest = addr }
}
