//! Names in the kernel's structs: bytes that end with a NUL, in any encoding.

use alsa_seq_kernel_abi::Name;
use core::ffi::{CStr, c_char};

/// Replaces a name with as much of `text` as fits before the NUL, and clears the bytes after it.
///
/// # Safety
///
/// `text` is not null and is a C string (*string*).
pub(crate) unsafe fn set<const N: usize>(name: &mut Name<N>, text: *const c_char) {
    // SAFETY: as promised by the caller.
    let text = unsafe { CStr::from_ptr(text) };
    let room = N.saturating_sub(1);
    name.0 = [0; N];
    for (to, from) in name.0.iter_mut().zip(text.to_bytes().iter().take(room)) {
        *to = *from;
    }
}
