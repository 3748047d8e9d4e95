//! Calls to the kernel: clients, ports, connections, queues, pools and UMP endpoints.
//!
//! Most functions are one ioctl. They return 0 or its negative errno (see
//! `alsa_seq_kernel_abi::ioctl::SeqFd` for the meaning of each), unless their documentation states
//! otherwise, and `-EINVAL` for null pointers. Any number of threads may call them on one handle at
//! the same time, except for the two that create UMP endpoints.

mod client;
mod endpoint;
mod pool;
mod port;
mod queue;
mod subscription;
mod ump;

pub use client::*;
pub use endpoint::*;
pub use pool::*;
pub use port::*;
pub use queue::*;
pub use subscription::*;
pub use ump::*;

/// Defines a function that is one ioctl on a struct of the caller.
macro_rules! ioctls {
    ($(
        $(#[$doc:meta])*
        $name:ident($info:ident: $container:ty) $seq:ident => $call:expr;
    )*) => {$(
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            seq: *mut $crate::handle::snd_seq_t,
            info: *mut $container,
        ) -> core::ffi::c_int {
            // SAFETY: *handle*.
            let Some($seq) = (unsafe { $crate::handle::handle(seq) }) else {
                return -libc::EINVAL;
            };
            // SAFETY: *object*, and it is written to.
            let Some($info) = (unsafe { info.as_mut() }) else {
                return -libc::EINVAL;
            };
            $crate::handle::returned($call)
        }
    )*};
}

use ioctls;
