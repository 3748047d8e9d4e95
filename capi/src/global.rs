//! Functions of libasound as a whole.

use core::ffi::{c_char, c_int};

/// The release of libasound whose interface this is: programs compare it, mostly to
/// learn which functions there are.
#[unsafe(no_mangle)]
pub extern "C" fn snd_asoundlib_version() -> *const c_char {
    c"1.2.16.1".as_ptr()
}

/// Frees the configuration that libasound keeps between calls. There is none here.
/// Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn snd_config_update_free_global() -> c_int {
    0
}
