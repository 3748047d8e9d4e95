//! Functions for signals and shared memory. Programs import them, but here they only fail, and
//! clear their results.

use crate::timer::snd_timer_t;
use crate::types::{snd_async_callback_t, snd_async_handler_t, snd_ctl_t, snd_pcm_t, snd_shm_area};
use core::ffi::{c_int, c_void};
use core::ptr;

/// Clears a result.
///
/// # Safety
///
/// *result*.
unsafe fn refuse(handler: *mut *mut snd_async_handler_t) -> c_int {
    if !handler.is_null() {
        // SAFETY: as promised by the caller.
        unsafe { handler.write(ptr::null_mut()) };
    }
    -libc::ENOSYS
}

macro_rules! add_handler {
    ($($name:ident($of:ty);)*) => {$(
        /// Calls a function at each signal of a device in libasound. Here, sets `*handler` to null
        /// and returns `-ENOSYS`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            handler: *mut *mut snd_async_handler_t,
            _of: $of,
            _callback: Option<snd_async_callback_t>,
            _private_data: *mut c_void,
        ) -> c_int {
            // SAFETY: *result*.
            unsafe { refuse(handler) }
        }
    )*};
}

add_handler! {
    snd_async_add_handler(c_int);
    snd_async_add_timer_handler(*mut snd_timer_t);
    snd_async_add_ctl_handler(*mut snd_ctl_t);
    snd_async_add_pcm_handler(*mut snd_pcm_t);
}

macro_rules! of_handler {
    ($($name:ident -> $result:ty = $value:expr;)*) => {$(
        /// Functions for handlers of signals, which do not exist here: each returns `-ENOSYS` or
        /// null.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(_handler: *mut snd_async_handler_t) -> $result {
            $value
        }
    )*};
}

of_handler! {
    snd_async_del_handler -> c_int = -libc::ENOSYS;
    snd_async_handler_get_fd -> c_int = -libc::ENOSYS;
    snd_async_handler_get_signo -> c_int = -libc::ENOSYS;
    snd_async_handler_get_callback_private -> *mut c_void = ptr::null_mut();
    snd_async_handler_get_timer -> *mut snd_timer_t = ptr::null_mut();
    snd_async_handler_get_ctl -> *mut snd_ctl_t = ptr::null_mut();
    snd_async_handler_get_pcm -> *mut snd_pcm_t = ptr::null_mut();
}

/// Creates shared memory in libasound. Here, returns null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_shm_area_create(
    _shmid: c_int,
    _ptr: *mut c_void,
) -> *mut snd_shm_area {
    ptr::null_mut()
}

/// Shares an area again in libasound. Here, returns null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_shm_area_share(_area: *mut snd_shm_area) -> *mut snd_shm_area {
    ptr::null_mut()
}

/// Releases an area in libasound. Here, returns `-ENOSYS`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_shm_area_destroy(_area: *mut snd_shm_area) -> c_int {
    -libc::ENOSYS
}

/// Does nothing, because no area can be created.
#[unsafe(no_mangle)]
pub extern "C" fn snd_shm_area_destructor() {}
