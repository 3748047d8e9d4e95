//! The eleven structs that C programs see only through pointers, and their accessors.
//!
//! Each is the kernel's struct. A program gets one from `…_malloc`, or from `alloca` with the size
//! of `…_sizeof`, set to zero. Both are valid values. `…_malloc` is the C library's `calloc`, so a
//! program that calls `free` instead of `…_free` also works.
//!
//! The functions are defined in tables. A row has the C name, the arguments and the value. Its
//! first word is the kind:
//!
//! | kind | function |
//! |---|---|
//! | `get` | returns a value |
//! | `lend` | returns a pointer into the struct |
//! | `set` | takes values |
//! | `put` | copies a small struct from a pointer |
//! | `text` | copies a name, as much of it as fits |
//! | `ask` | `get`, for a prototype whose pointer is not `const` |
//! | `tell` | `set`, for a prototype that returns 0, or `-EINVAL` for null |
//! | `point` | `lend`, for a prototype whose pointer is not `const` |
//!
//! With a null pointer a getter returns `-EINVAL`, 0 for an unsigned value, or null, and
//! a setter changes nothing.

mod client_info;
mod client_pool;
mod port_info;
mod port_subscribe;
mod query_subscribe;
mod queue_info;
mod queue_status;
mod queue_tempo;
mod queue_timer;
mod remove_events;
mod system_info;

pub use client_info::*;
pub use client_pool::*;
pub use port_info::*;
pub use port_subscribe::*;
pub use query_subscribe::*;
pub use queue_info::*;
pub use queue_status::*;
pub use queue_tempo::*;
pub use queue_timer::*;
pub use remove_events::*;
pub use system_info::*;

use core::ffi::{c_int, c_uint};
use core::ptr;

/// The result of a getter for a null pointer.
pub(crate) trait Absent {
    const ABSENT: Self;
}

impl Absent for c_int {
    const ABSENT: Self = -libc::EINVAL;
}

impl Absent for c_uint {
    const ABSENT: Self = 0;
}

#[cfg(target_pointer_width = "64")]
impl Absent for core::ffi::c_long {
    const ABSENT: Self = -(libc::EINVAL as Self);
}

#[cfg(target_pointer_width = "64")]
impl Absent for core::ffi::c_ulong {
    const ABSENT: Self = 0;
}

impl Absent for usize {
    const ABSENT: Self = 0;
}

impl<T> Absent for *const T {
    const ABSENT: Self = ptr::null();
}

impl<T> Absent for *mut T {
    const ABSENT: Self = ptr::null_mut();
}

/// The four functions that every container has.
macro_rules! container {
    ($container:ty, $noun:literal: $sizeof:ident $malloc:ident $free:ident $copy:ident) => {
        #[doc = concat!("Returns the size of ", $noun, " in bytes, for `alloca`.")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $sizeof() -> usize {
            size_of::<$container>()
        }

        #[doc = concat!("Allocates ", $noun, ", zeroed, and puts its address into `*ptr`.")]
        ///
        /// Returns 0, `-ENOMEM`, or `-EINVAL` for null.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $malloc(ptr: *mut *mut $container) -> core::ffi::c_int {
            if ptr.is_null() {
                return -libc::EINVAL;
            }
            // SAFETY: `calloc` takes any numbers.
            let made = unsafe { libc::calloc(1, size_of::<$container>()) };
            // SAFETY: *result*.
            unsafe { ptr.write(made.cast()) };
            if made.is_null() { -libc::ENOMEM } else { 0 }
        }

        #[doc = concat!("Frees ", $noun, " that was allocated. Null is ignored.")]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $free(ptr: *mut $container) {
            // SAFETY: *object*, from `calloc`, and not used afterwards.
            unsafe { libc::free(ptr.cast()) };
        }

        #[doc = concat!("Copies ", $noun, " from `src` to `dst`.")]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $copy(dst: *mut $container, src: *const $container) {
            if !dst.is_null() && !src.is_null() {
                // SAFETY: *object*, both. They may be the same, so it is not a copy of
                // memory that must not overlap.
                unsafe { core::ptr::copy(src, dst, 1) };
            }
        }
    };
}

/// Accessors of a container: see the module.
macro_rules! accessors {
    ($container:ty; $(
        $(#[$doc:meta])*
        $kind:ident $name:ident($info:ident $(, $value:ident: $type:ty)*) $(-> $result:ty)? $body:block
    )*) => {$(
        accessor! {
            $kind $container; $(#[$doc])* $name($info $(, $value: $type)*) $(-> $result)? $body
        }
    )*};
}

macro_rules! accessor {
    (ask $container:ty; $(#[$doc:meta])*
     $name:ident($info:ident) -> $result:ty $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(info: *mut $container) -> $result {
            // SAFETY: *object*.
            match unsafe { info.as_ref() } {
                Some($info) => $body,
                None => <$result as $crate::container::Absent>::ABSENT,
            }
        }
    };
    (tell $container:ty; $(#[$doc:meta])*
     $name:ident($info:ident, $value:ident: $type:ty) -> $result:ty $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(info: *mut $container, $value: $type) -> $result {
            // SAFETY: *object*, and it is written to.
            let Some($info) = (unsafe { info.as_mut() }) else {
                return <$result as $crate::container::Absent>::ABSENT;
            };
            $body
            0
        }
    };
    (point $container:ty; $(#[$doc:meta])*
     $name:ident($info:ident) -> $result:ty $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(info: *mut $container) -> $result {
            let $info = info;
            if $info.is_null() {
                return <$result as $crate::container::Absent>::ABSENT;
            }
            // SAFETY: *object*. The field's place is taken and not looked at, so the
            // pointer may be used as long as the object, also when it is changed.
            unsafe { $body }.cast()
        }
    };
    (get $container:ty; $(#[$doc:meta])*
     $name:ident($info:ident $(, $value:ident: $type:ty)*) -> $result:ty $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            info: *const $container $(, $value: $type)*
        ) -> $result {
            // SAFETY: *object*.
            match unsafe { info.as_ref() } {
                Some($info) => $body,
                None => <$result as $crate::container::Absent>::ABSENT,
            }
        }
    };
    (lend $container:ty; $(#[$doc:meta])*
     $name:ident($info:ident) -> $result:ty $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(info: *const $container) -> $result {
            let $info = info;
            if $info.is_null() {
                return <$result as $crate::container::Absent>::ABSENT;
            }
            // SAFETY: *object*. The field's place is taken and not looked at, so the
            // pointer may be used as long as the object, also when it is changed.
            unsafe { $body }.cast()
        }
    };
    (set $container:ty; $(#[$doc:meta])*
     $name:ident($info:ident $(, $value:ident: $type:ty)*) $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(info: *mut $container $(, $value: $type)*) {
            // SAFETY: *object*, and it is written to.
            if let Some($info) = unsafe { info.as_mut() } {
                $body
            }
        }
    };
    (put $container:ty; $(#[$doc:meta])*
     $name:ident($info:ident, $value:ident: $type:ty) $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(info: *mut $container, $value: *const $type) {
            if $value.is_null() {
                return;
            }
            // SAFETY: *object*. It may be a part of the container, so it is read first.
            let $value = unsafe { $value.read_unaligned() };
            // SAFETY: *object*, and it is written to.
            if let Some($info) = unsafe { info.as_mut() } {
                $body
            }
        }
    };
    (text $container:ty; $(#[$doc:meta])*
     $name:ident($info:ident) $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(info: *mut $container, name: *const core::ffi::c_char) {
            if name.is_null() {
                return;
            }
            // SAFETY: *object*, and it is written to.
            if let Some($info) = unsafe { info.as_mut() } {
                // SAFETY: *string*.
                unsafe { $crate::text::set($body, name) };
            }
        }
    };
}

pub(crate) use {accessor, accessors, container};

/// A byte of the kernel's as C's `int`.
fn byte(value: c_int) -> u8 {
    // As C converts it: the low byte.
    value.to_le_bytes()[0]
}

/// A number of C's `size_t` in the kernel's `int`. A number that does not fit becomes the largest
/// `int`, which is also too large for the kernel.
fn number(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// A number of the kernel's as C's `size_t`, as C converts it.
fn size(value: i32) -> usize {
    let value = isize::try_from(value).unwrap_or(0);
    usize::from_ne_bytes(value.to_ne_bytes())
}

/// The same bits as C's `int`.
pub(crate) fn signed(value: u32) -> c_int {
    c_int::from_ne_bytes(value.to_ne_bytes())
}

/// The same bits as C's `unsigned int`.
fn unsigned(value: c_int) -> u32 {
    u32::from_ne_bytes(value.to_ne_bytes())
}
