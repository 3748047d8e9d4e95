//! The own client's event pools, and waiting for the delivery of output.

use super::ioctls;
use crate::handle::{handle, returned, snd_seq_t};
use crate::input::snd_seq_drop_input;
use crate::output::snd_seq_drop_output;
use crate::types::snd_seq_client_pool_t;
use alsa_seq_kernel_abi::info::ClientPool;
use core::ffi::c_int;

ioctls! {
    /// Fills in the own client's pools.
    snd_seq_get_client_pool(info: snd_seq_client_pool_t) seq => {
        info.client = seq.client.into();
        seq.fd.get_client_pool(info)
    };

    /// Changes the own client's pools. A size of 0 or out of range changes nothing and is
    /// no error.
    snd_seq_set_client_pool(info: snd_seq_client_pool_t) seq => {
        info.client = seq.client.into();
        seq.fd.set_client_pool(info)
    };
}

/// Converts a C size to the kernel's `int`.
fn number(size: usize) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

/// Reads the own pools, lets `change` change them, and writes them back.
///
/// # Safety
///
/// *handle*.
unsafe fn change(seq: *mut snd_seq_t, change: impl FnOnce(&mut ClientPool)) -> c_int {
    let mut pool = ClientPool::zeroed();
    // SAFETY: *handle*; the struct is this function's own.
    let read = unsafe { snd_seq_get_client_pool(seq, &raw mut pool) };
    if read < 0 {
        return read;
    }
    change(&mut pool);
    // SAFETY: as above.
    unsafe { snd_seq_set_client_pool(seq, &raw mut pool) }
}

/// Sets the size of the output pool, in events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_client_pool_output(seq: *mut snd_seq_t, size: usize) -> c_int {
    // SAFETY: *handle*.
    unsafe { change(seq, |pool| pool.output_pool = number(size)) }
}

/// Sets the number of free cells from which `poll` reports room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_client_pool_output_room(
    seq: *mut snd_seq_t,
    size: usize,
) -> c_int {
    // SAFETY: *handle*.
    unsafe { change(seq, |pool| pool.output_room = number(size)) }
}

/// Sets the size of the input pool, in events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_client_pool_input(seq: *mut snd_seq_t, size: usize) -> c_int {
    // SAFETY: *handle*.
    unsafe { change(seq, |pool| pool.input_pool = number(size)) }
}

/// Drops all output: [`snd_seq_drop_output`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_reset_pool_output(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: the same promises.
    unsafe { snd_seq_drop_output(seq) }
}

/// Drops all input: [`snd_seq_drop_input`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_reset_pool_input(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: the same promises.
    unsafe { snd_seq_drop_input(seq) }
}

/// Waits until the kernel has delivered all events that the client has scheduled, without a time
/// limit: on a stopped queue, for ever. Events in the output buffer must be drained before.
///
/// Returns 1, or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_sync_output_queue(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let mut pool = ClientPool::zeroed();
    pool.client = seq.client.into();
    let read = returned(seq.fd.get_client_pool(&mut pool));
    if read < 0 {
        return read;
    }
    let room = pool.output_room;
    // An empty pool has room.
    pool.output_room = pool.output_pool;
    let set = returned(seq.fd.set_client_pool(&mut pool));
    if set < 0 {
        return set;
    }
    let (polled, _) = seq.poll(libc::POLLOUT, -1);
    pool.output_room = room;
    let set = returned(seq.fd.set_client_pool(&mut pool));
    if set < 0 && polled >= 0 { set } else { polled }
}
