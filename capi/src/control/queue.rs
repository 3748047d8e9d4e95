//! Queues.

use crate::handle::{WITH_TEMPO_BASE, handle, returned, snd_seq_t};
use crate::text;
use crate::types::{
    snd_seq_queue_info_t, snd_seq_queue_status_t, snd_seq_queue_tempo_t, snd_seq_queue_timer_t,
};
use alsa_seq_kernel_abi::info::{QueueClient, QueueInfo, QueueStatus, QueueTempo, QueueTimer};
use core::ffi::{c_char, c_int};
use core::ptr;

/// Defines a function that is one ioctl on a struct with the number of a queue.
macro_rules! queue_ioctls {
    ($(
        $(#[$doc:meta])*
        $name:ident($q:ident, $info:ident: $container:ty) $seq:ident => $call:expr;
    )*) => {$(
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            seq: *mut snd_seq_t,
            $q: c_int,
            info: *mut $container,
        ) -> c_int {
            // SAFETY: *handle*.
            let Some($seq) = (unsafe { handle(seq) }) else {
                return -libc::EINVAL;
            };
            // SAFETY: *object*, and it is written to.
            let Some($info) = (unsafe { info.as_mut() }) else {
                return -libc::EINVAL;
            };
            $info.queue = $q;
            $call
        }
    )*};
}

queue_ioctls! {
    /// Fills in owner, lock and name of queue `q`.
    snd_seq_get_queue_info(q, info: snd_seq_queue_info_t) seq => {
        returned(seq.fd.get_queue_info(info))
    };

    /// Changes owner, lock and name of queue `q`.
    snd_seq_set_queue_info(q, info: snd_seq_queue_info_t) seq => {
        returned(seq.fd.set_queue_info(info))
    };

    /// Fills in the state of queue `q`.
    snd_seq_get_queue_status(q, status: snd_seq_queue_status_t) seq => {
        *status = QueueStatus::zeroed();
        status.queue = q;
        returned(seq.fd.get_queue_status(status))
    };

    /// Fills in the tempo of queue `q`. The base is 1000 if the kernel supports no other base.
    snd_seq_get_queue_tempo(q, tempo: snd_seq_queue_tempo_t) seq => {
        *tempo = QueueTempo::zeroed();
        tempo.queue = q;
        let got = returned(seq.fd.get_queue_tempo(tempo));
        if seq.protocol < WITH_TEMPO_BASE {
            tempo.tempo_base = 1000;
        }
        got
    };

    /// Sets the tempo of queue `q`. Returns `-EINVAL` for a tempo base other than 0 and 1000 if the
    /// kernel supports no other base.
    snd_seq_set_queue_tempo(q, tempo: snd_seq_queue_tempo_t) seq => {
        if !matches!(tempo.tempo_base, 0 | 1000) && seq.protocol < WITH_TEMPO_BASE {
            return -libc::EINVAL;
        }
        returned(seq.fd.set_queue_tempo(tempo))
    };

    /// Fills in the timer of queue `q`.
    snd_seq_get_queue_timer(q, timer: snd_seq_queue_timer_t) seq => {
        *timer = QueueTimer::zeroed();
        timer.queue = q;
        returned(seq.fd.get_queue_timer(timer))
    };

    /// Sets the timer of queue `q`.
    snd_seq_set_queue_timer(q, timer: snd_seq_queue_timer_t) seq => {
        returned(seq.fd.set_queue_timer(timer))
    };
}

/// Returns whether the kernel supports tempo bases, 0 or 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_has_queue_tempo_base(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*.
    unsafe { handle(seq) }.map_or(-libc::EINVAL, |seq| {
        (seq.protocol >= WITH_TEMPO_BASE).into()
    })
}

/// Creates a queue of the own client with the name, lock and flags in `info`, which is
/// filled in. Returns its number or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_create_queue(
    seq: *mut snd_seq_t,
    info: *mut snd_seq_queue_info_t,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*, and it is written to.
    let Some(info) = (unsafe { info.as_mut() }) else {
        return -libc::EINVAL;
    };
    info.owner = seq.client.into();
    match returned(seq.fd.create_queue(info)) {
        0 => info.queue,
        error => error,
    }
}

/// Creates a queue that only the own client may control. Without a name (null), the kernel makes
/// one. Returns its number or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_alloc_named_queue(
    seq: *mut snd_seq_t,
    name: *const c_char,
) -> c_int {
    let mut info = QueueInfo::zeroed();
    info.set_locked(true);
    if !name.is_null() {
        // SAFETY: *string*.
        unsafe { text::set(&mut info.name, name) };
    }
    // SAFETY: *handle*; the struct is this function's own.
    unsafe { snd_seq_create_queue(seq, &raw mut info) }
}

/// Does the same as [`snd_seq_alloc_named_queue`], without a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_alloc_queue(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*.
    unsafe { snd_seq_alloc_named_queue(seq, ptr::null()) }
}

/// Deletes queue `q` of the own client, with all its events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_free_queue(seq: *mut snd_seq_t, q: c_int) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let mut info = QueueInfo::zeroed();
    info.queue = q;
    returned(seq.fd.delete_queue(&info))
}

/// Returns the number of the queue with this name, or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_query_named_queue(
    seq: *mut snd_seq_t,
    name: *const c_char,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    if name.is_null() {
        return -libc::EINVAL;
    }
    let mut info = QueueInfo::zeroed();
    // SAFETY: *string*.
    unsafe { text::set(&mut info.name, name) };
    match returned(seq.fd.get_named_queue(&mut info)) {
        0 => info.queue,
        error => error,
    }
}

/// Returns whether the own client uses queue `q`, 0 or 1, or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_get_queue_usage(seq: *mut snd_seq_t, q: c_int) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let mut usage = QueueClient::zeroed();
    usage.queue = q;
    usage.client = seq.client.into();
    match returned(seq.fd.get_queue_client(&mut usage)) {
        0 => usage.used,
        error => error,
    }
}

/// Sets whether the own client uses queue `q`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_queue_usage(
    seq: *mut snd_seq_t,
    q: c_int,
    used: c_int,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let mut usage = QueueClient::zeroed();
    usage.queue = q;
    usage.client = seq.client.into();
    usage.used = (used != 0).into();
    returned(seq.fd.set_queue_client(&mut usage))
}
