//! Texts of errors, and the handlers that programs install.
//!
//! Handlers are called only for errors of opening. Without a handler, these errors are written to
//! standard error, as in libasound.

use crate::open::SND_ERROR_INCOMPATIBLE_VERSION;
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::fmt::{self, Write as _};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// Returns the text of an error number of this library, positive or negative. The C
/// library's texts are in the user's language.
#[unsafe(no_mangle)]
pub extern "C" fn snd_strerror(errnum: c_int) -> *const c_char {
    let errnum = errnum.wrapping_abs();
    if errnum < SND_ERROR_INCOMPATIBLE_VERSION {
        // SAFETY: `strerror` takes any number.
        return unsafe { libc::strerror(errnum) };
    }
    if errnum == SND_ERROR_INCOMPATIBLE_VERSION {
        return c"Sound protocol is not compatible".as_ptr();
    }
    c"Unknown error".as_ptr()
}

/// A handler of all errors: file, line, function, errno (or 0), format and values.
#[allow(non_camel_case_types, reason = "a C name")]
pub type snd_lib_error_handler_t = unsafe extern "C" fn(
    file: *const c_char,
    line: c_int,
    function: *const c_char,
    errcode: c_int,
    fmt: *const c_char,
    ...
);

/// A handler of one thread's errors. It gets the values as a `va_list`. In the calling convention,
/// that is one pointer for every C type.
#[allow(non_camel_case_types, reason = "a C name")]
pub type snd_local_error_handler_t = unsafe extern "C" fn(
    file: *const c_char,
    line: c_int,
    function: *const c_char,
    errcode: c_int,
    fmt: *const c_char,
    arg: *mut c_void,
);

/// The handler that the program has set; null without one.
static HANDLER: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

std::thread_local! {
    /// The thread's own handler. It has no destructor and no lazy initialisation, so nothing
    /// remains when the library is unloaded.
    static LOCAL: Cell<Option<snd_local_error_handler_t>> = const { Cell::new(None) };
}

/// Sets the handler for the errors of all threads. For null, errors are written to standard error
/// again. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn snd_lib_error_set_handler(handler: Option<snd_lib_error_handler_t>) -> c_int {
    let pointer = handler.map_or(ptr::null_mut(), |handler| handler as *mut c_void);
    HANDLER.store(pointer, Ordering::Release);
    0
}

/// Sets the handler for this thread's errors, which is called if no handler for all threads is set.
/// Returns the previous one.
#[unsafe(no_mangle)]
pub extern "C" fn snd_lib_error_set_local(
    func: Option<snd_local_error_handler_t>,
) -> Option<snd_local_error_handler_t> {
    LOCAL.replace(func)
}

/// Text on the stack. So a thread that is cancelled while it writes the text leaks nothing. Text
/// that does not fit is left out.
struct Text {
    bytes: [u8; 512],
    used: usize,
}

impl Text {
    const fn new() -> Self {
        Self {
            bytes: [0; 512],
            used: 0,
        }
    }

    fn push(&mut self, byte: u8) {
        // The last byte stays the NUL.
        let room = self.bytes.len().saturating_sub(1);
        if self.used < room {
            if let Some(place) = self.bytes.get_mut(self.used) {
                *place = byte;
                self.used += 1;
            }
        }
    }

    fn push_text(&mut self, text: &CStr) {
        for byte in text.to_bytes() {
            self.push(*byte);
        }
    }

    fn as_ptr(&self) -> *const c_char {
        self.bytes.as_ptr().cast()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.push(byte);
        }
        Ok(())
    }
}

/// Calls the handler for an error: `message` with `subject` after it, and a negative errno or 0.
pub(crate) fn report(function: &CStr, message: &CStr, subject: &CStr, error: c_int) {
    let file = c"alsa-seq".as_ptr();
    let handler = HANDLER.load(Ordering::Acquire);
    if handler.is_null() && LOCAL.get().is_none() {
        write_out(function, message, subject, error);
        return;
    }
    // The message is the format. It requests no values, so an empty `va_list` is sufficient.
    let mut format = Text::new();
    for text in [message, subject] {
        for byte in text.to_bytes() {
            if *byte == b'%' {
                format.push(b'%');
            }
            format.push(*byte);
        }
    }
    let errcode = error.wrapping_neg();
    if !handler.is_null() {
        // SAFETY: it was made of such a function pointer in `snd_lib_error_set_handler`.
        let handler =
            unsafe { core::mem::transmute::<*mut c_void, snd_lib_error_handler_t>(handler) };
        // SAFETY: the program's function, called as its prototype says.
        unsafe { handler(file, 0, function.as_ptr(), errcode, format.as_ptr()) };
    } else if let Some(local) = LOCAL.get() {
        // No `va_list` is larger. Nothing is taken from it.
        let mut nothing = [0_u64; 8];
        let arguments = nothing.as_mut_ptr().cast();
        // SAFETY: as above. Every calling convention hands a `va_list` over as one
        // pointer, to the list or into it.
        unsafe {
            local(
                file,
                0,
                function.as_ptr(),
                errcode,
                format.as_ptr(),
                arguments,
            );
        };
    }
}

/// Writes an error to standard error, in libasound's form.
fn write_out(function: &CStr, message: &CStr, subject: &CStr, error: c_int) {
    let mut line = Text::new();
    line.push_text(c"ALSA lib alsa-seq:0:(");
    line.push_text(function);
    line.push_text(c") ");
    line.push_text(message);
    line.push_text(subject);
    if error != 0 {
        line.push_text(c": ");
        // SAFETY: the pointer is to a C string that stays until the next error's text.
        line.push_text(unsafe { CStr::from_ptr(snd_strerror(error)) });
    }
    let _ = line.write_char('\n');
    // SAFETY: so many bytes are there.
    unsafe { crate::sys::write(libc::STDERR_FILENO, line.bytes.as_ptr().cast(), line.used) };
}
