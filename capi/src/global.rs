//! Functions of the library as a whole.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

/// Returns the release of libasound whose interface this is. Programs compare it, usually to find
/// out which functions exist.
#[unsafe(no_mangle)]
pub extern "C" fn snd_asoundlib_version() -> *const c_char {
    c"1.2.16.1".as_ptr()
}

/// Frees the configuration that libasound keeps between calls. Here, nothing is kept. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn snd_config_update_free_global() -> c_int {
    0
}

/// Writes the text of the last error of `dlopen`, `dlsym` or `dlclose`, as much of it as fits.
///
/// # Safety
///
/// `buffer` is null or has room for `size` bytes (*result*).
unsafe fn tell_error(buffer: *mut c_char, size: usize) {
    // SAFETY: takes no argument and has no precondition.
    let text = unsafe { libc::dlerror() };
    if buffer.is_null() || size == 0 {
        return;
    }
    let text = if text.is_null() {
        c"unknown error".as_ptr()
    } else {
        text
    };
    // SAFETY: a C string, which stays until the thread's next call.
    let text = unsafe { CStr::from_ptr(text) }.to_bytes();
    let length = text.len().min(size - 1);
    // SAFETY: *result*: there is room for `size` bytes.
    unsafe { buffer.copy_from_nonoverlapping(text.as_ptr().cast(), length) };
    // SAFETY: as above; `length` is less than `size`.
    let end = unsafe { buffer.add(length) };
    // SAFETY: as above.
    unsafe { end.write(0) };
}

/// `dlopen`. Null means the object that contains this function. A name without a leading slash is
/// in the directory `ALSA_PLUGIN_DIR`, if this variable is set.
///
/// Returns null on failure, with the reason in `errbuf`, of `errbuflen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_dlopen(
    file: *const c_char,
    mode: c_int,
    errbuf: *mut c_char,
    errbuflen: usize,
) -> *mut c_void {
    // SAFETY: takes no argument and has no precondition. What is told later is of now.
    unsafe { libc::dlerror() };
    // SAFETY: *string*.
    let opened = unsafe { open_object(file, mode) };
    if opened.is_null() {
        // SAFETY: *result*.
        unsafe { tell_error(errbuf, errbuflen) };
    }
    opened
}

/// # Safety
///
/// `file` is a *string*.
unsafe fn open_object(file: *const c_char, mode: c_int) -> *mut c_void {
    if file.is_null() {
        let own: unsafe extern "C" fn(*const c_char, c_int, *mut c_char, usize) -> *mut c_void =
            snd_dlopen;
        // SAFETY: it consists of pointers.
        let mut found: libc::Dl_info = unsafe { core::mem::zeroed() };
        // SAFETY: the pointer is not followed, and there is room for the result.
        let told = unsafe { libc::dladdr(own as *const c_void, &raw mut found) };
        if told == 0 {
            return ptr::null_mut();
        }
        // SAFETY: the linker's own string.
        let opened = unsafe { libc::dlopen(found.dli_fname, mode) };
        if !opened.is_null() {
            return opened;
        }
        // A program that this function is linked into can be opened without a name only.
        // SAFETY: null is the program.
        return unsafe { libc::dlopen(ptr::null(), mode) };
    }
    // SAFETY: *string*.
    let name = unsafe { CStr::from_ptr(file) };
    if !name.to_bytes().starts_with(b"/") {
        // SAFETY: a C string. Programs that change the environment meanwhile are
        // at fault themselves, as everywhere in C.
        let directory = unsafe { libc::getenv(c"ALSA_PLUGIN_DIR".as_ptr()) };
        if !directory.is_null() {
            // SAFETY: the environment's C string.
            let directory = unsafe { CStr::from_ptr(directory) };
            let path = joined(directory, b"/", name.to_bytes());
            if path.is_null() {
                return ptr::null_mut();
            }
            // SAFETY: a C string, just made.
            let opened = unsafe { libc::dlopen(path, mode) };
            // SAFETY: from `calloc`, and not used afterwards.
            unsafe { libc::free(path.cast()) };
            return opened;
        }
    }
    // SAFETY: *string*.
    unsafe { libc::dlopen(file, mode) }
}

/// Makes a new C string. Returns null without memory.
fn joined(first: &CStr, second: &[u8], third: &[u8]) -> *mut c_char {
    let parts = [first.to_bytes(), second, third];
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // SAFETY: `calloc` takes any numbers.
    let made = unsafe { libc::calloc(length + 1, 1) }.cast::<u8>();
    if made.is_null() {
        return ptr::null_mut();
    }
    let mut at = made;
    for part in parts {
        // SAFETY: there is room for all parts and the NUL.
        unsafe { at.copy_from_nonoverlapping(part.as_ptr(), part.len()) };
        // SAFETY: as above.
        at = unsafe { at.add(part.len()) };
    }
    made.cast()
}

/// `dlsym`. With a version, the object must also have the symbol `_`, the name and the version.
/// Returns null if it does not have one of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_dlsym(
    handle: *mut c_void,
    name: *const c_char,
    version: *const c_char,
) -> *mut c_void {
    if name.is_null() {
        return ptr::null_mut();
    }
    if !version.is_null() {
        // SAFETY: *string*.
        let of = unsafe { CStr::from_ptr(name) };
        // SAFETY: *string*.
        let version = unsafe { CStr::from_ptr(version) };
        let mark = joined(c"_", of.to_bytes(), version.to_bytes());
        if mark.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: the caller's handle, and a C string.
        let found = unsafe { libc::dlsym(handle, mark) };
        // SAFETY: from `calloc`, and not used afterwards.
        unsafe { libc::free(mark.cast()) };
        if found.is_null() {
            return ptr::null_mut();
        }
    }
    // SAFETY: the caller's handle, and *string*.
    unsafe { libc::dlsym(handle, name) }
}

/// `dlclose`. Returns 0, or another number on failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_dlclose(handle: *mut c_void) -> c_int {
    if handle.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: the caller's handle, and this is its last use.
    unsafe { libc::dlclose(handle) }
}

/// Replaces `~` before a slash with the user's home directory: the value of `HOME`, or the home
/// directory of the user's account. Otherwise `*result` is a copy of the name. The caller must pass
/// `*result` to `free`.
///
/// Returns 0; `-ENOENT`, with `*result` null, if the user has no home directory; or `-ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_user_file(file: *const c_char, result: *mut *mut c_char) -> c_int {
    if result.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { result.write(ptr::null_mut()) };
    if file.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *string*.
    let name = unsafe { CStr::from_ptr(file) };
    let made = match name.to_bytes() {
        [b'~', rest @ ..] if rest.starts_with(b"/") => {
            let home = home();
            if home.is_null() {
                return -libc::ENOENT;
            }
            // SAFETY: a C string of the C library's.
            joined(unsafe { CStr::from_ptr(home) }, rest, b"")
        }
        _ => joined(name, b"", b""),
    };
    // SAFETY: *result*.
    unsafe { result.write(made) };
    if made.is_null() { -libc::ENOMEM } else { 0 }
}

/// Returns the home directory, or null.
fn home() -> *const c_char {
    // SAFETY: a C string. See `open_object` about the environment.
    let home = unsafe { libc::getenv(c"HOME".as_ptr()) };
    if !home.is_null() {
        return home;
    }
    // SAFETY: takes no argument.
    let user = unsafe { libc::getuid() };
    // SAFETY: takes any number. The result is the C library's, until the next call.
    let account = unsafe { libc::getpwuid(user) };
    // SAFETY: null or as above.
    unsafe { account.as_ref() }.map_or(ptr::null(), |account| account.pw_dir.cast_const())
}
