//! Connections.

use super::ioctls;
use crate::handle::{handle, returned, snd_seq_t};
use crate::types::{snd_seq_port_subscribe_t, snd_seq_query_subscribe_t};
use alsa_seq_kernel_abi::event::Address;
use alsa_seq_kernel_abi::info::PortSubscribe;
use alsa_seq_kernel_abi::ioctl::{Errno, SeqFd};
use core::ffi::c_int;

ioctls! {
    /// Fills in queue and flags of the connection between the ports in `info`.
    snd_seq_get_port_subscription(info: snd_seq_port_subscribe_t) seq => {
        seq.fd.get_subscription(info)
    };

    /// Connects the ports in `info`.
    snd_seq_subscribe_port(info: snd_seq_port_subscribe_t) seq => seq.fd.subscribe_port(info);

    /// Disconnects the ports in `info`.
    snd_seq_unsubscribe_port(info: snd_seq_port_subscribe_t) seq => {
        seq.fd.unsubscribe_port(info)
    };

    /// Fills in the connection with the index in `info`, and the number of connections. Returns
    /// `-ENOENT` after the last.
    snd_seq_query_port_subscribers(info: snd_seq_query_subscribe_t) seq => {
        seq.fd.query_subs(info)
    };
}

/// Converts a client and a port from C: each is the low byte of an `int`.
fn address(client: c_int, port: c_int) -> Address {
    Address::new(client.to_le_bytes()[0], port.to_le_bytes()[0])
}

/// Calls `call` for the connection between a port of the own client and another.
///
/// # Safety
///
/// *handle*.
unsafe fn simple(
    seq: *mut snd_seq_t,
    ends: impl FnOnce(c_int) -> (Address, Address),
    call: fn(&SeqFd, &PortSubscribe) -> Result<(), Errno>,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let mut subscribe = PortSubscribe::zeroed();
    (subscribe.sender, subscribe.dest) = ends(seq.client.into());
    returned(call(&seq.fd, &subscribe))
}

/// Connects the port `src_client`:`src_port` to the own port `my_port`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_connect_from(
    seq: *mut snd_seq_t,
    my_port: c_int,
    src_client: c_int,
    src_port: c_int,
) -> c_int {
    let ends = |own| (address(src_client, src_port), address(own, my_port));
    // SAFETY: *handle*.
    unsafe { simple(seq, ends, SeqFd::subscribe_port) }
}

/// Connects the own port `my_port` to the port `dest_client`:`dest_port`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_connect_to(
    seq: *mut snd_seq_t,
    my_port: c_int,
    dest_client: c_int,
    dest_port: c_int,
) -> c_int {
    let ends = |own| (address(own, my_port), address(dest_client, dest_port));
    // SAFETY: *handle*.
    unsafe { simple(seq, ends, SeqFd::subscribe_port) }
}

/// Disconnects the port `src_client`:`src_port` from the own port `my_port`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_disconnect_from(
    seq: *mut snd_seq_t,
    my_port: c_int,
    src_client: c_int,
    src_port: c_int,
) -> c_int {
    let ends = |own| (address(src_client, src_port), address(own, my_port));
    // SAFETY: *handle*.
    unsafe { simple(seq, ends, SeqFd::unsubscribe_port) }
}

/// Disconnects the own port `my_port` from the port `dest_client`:`dest_port`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_disconnect_to(
    seq: *mut snd_seq_t,
    my_port: c_int,
    dest_client: c_int,
    dest_port: c_int,
) -> c_int {
    let ends = |own| (address(own, my_port), address(dest_client, dest_port));
    // SAFETY: *handle*.
    unsafe { simple(seq, ends, SeqFd::unsubscribe_port) }
}
