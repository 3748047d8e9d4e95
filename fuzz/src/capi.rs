//! Compares `capi` with the installed libasound, in one process: the same calls must return and
//! write the same. Intended differences are marked "KNOWN DIFFERENCE" here, and the list in
//! `capi/src/lib.rs` contains them.

use std::ffi::{CStr, c_void};
use std::sync::LazyLock;

pub mod accessors;
pub mod midi;

/// The installed libasound. `LD_LIBRARY_PATH` selects another one.
struct Libasound(*mut c_void);

// SAFETY: it is only looked at, and never closed.
unsafe impl Send for Libasound {}
// SAFETY: as above.
unsafe impl Sync for Libasound {}

static LIBASOUND: LazyLock<Libasound> = LazyLock::new(|| {
    let flags = libc::RTLD_NOW | libc::RTLD_LOCAL | libc::RTLD_DEEPBIND;
    // SAFETY: the name is a C string. libasound does nothing when it is loaded.
    let library = unsafe { libc::dlopen(c"libasound.so.2".as_ptr(), flags) };
    assert!(!library.is_null(), "is libasound2 installed?");
    Libasound(library)
});

/// Returns a symbol of libasound, if this release has it.
fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the library stays open, and the name is a C string.
    let symbol = unsafe { libc::dlsym(LIBASOUND.0, name.as_ptr()) };
    (!symbol.is_null()).then_some(symbol)
}
