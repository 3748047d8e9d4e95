//! Functions of the library as a whole, and those that fail.

use alsa_seq_capi::*;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use std::ffi::CString;

/// Returns the expanded name.
fn user_file(name: &CStr) -> CString {
    let mut result = ptr::null_mut();
    assert_eq!(unsafe { snd_user_file(name.as_ptr(), &mut result) }, 0);
    assert!(!result.is_null());
    let text = unsafe { CStr::from_ptr(result) }.to_owned();
    unsafe { libc::free(result.cast()) };
    text
}

#[test]
fn a_home_directory_stands_for_a_tilde_before_a_slash() {
    let home = std::env::var("HOME").ok();
    if let Some(home) = home {
        let expected = CString::new(format!("{home}/x y")).unwrap();
        assert_eq!(user_file(c"~/x y"), expected);
    } else {
        assert!(user_file(c"~/x").to_bytes().ends_with(b"/x"));
        assert!(!user_file(c"~/x").to_bytes().starts_with(b"~"));
    }
    for name in [c"~", c"~root/x", c"/a/b", c"a", c"", c"$HOME/a", c"a/~/b"] {
        assert_eq!(user_file(name).as_c_str(), name);
    }
    let mut result = ptr::dangling_mut();
    unsafe {
        assert_eq!(snd_user_file(ptr::null(), &mut result), -libc::EINVAL);
        assert!(result.is_null());
        assert_eq!(snd_user_file(c"a".as_ptr(), ptr::null_mut()), -libc::EINVAL);
    }
}

#[test]
fn objects_are_opened_searched_and_closed() {
    let mut text = [0 as c_char; 12];
    unsafe {
        let own = snd_dlopen(ptr::null(), libc::RTLD_NOW, ptr::null_mut(), 0);
        assert!(!own.is_null());
        let found = snd_dlsym(own, c"malloc".as_ptr(), ptr::null());
        assert!(!found.is_null());
        // The object has no symbol for a version.
        assert!(snd_dlsym(own, c"malloc".as_ptr(), c"_dlsym_x".as_ptr()).is_null());
        assert!(snd_dlsym(own, c"snd_no_such".as_ptr(), ptr::null()).is_null());
        assert_eq!(snd_dlclose(own), 0);

        let buffer = text.as_mut_ptr();
        let none = snd_dlopen(c"/no/such.so".as_ptr(), libc::RTLD_NOW, buffer, text.len());
        assert!(none.is_null());
        let told = CStr::from_ptr(buffer).to_bytes();
        assert_eq!(told, b"/no/such.so");
        let none = snd_dlopen(c"/no/such.so".as_ptr(), libc::RTLD_NOW, ptr::null_mut(), 9);
        assert!(none.is_null());
        assert_ne!(snd_dlclose(ptr::null_mut()), 0);
    }
}

#[test]
fn absent_functions_fail_and_set_pointers_to_null() {
    unsafe extern "C" fn callback(_: *mut snd_async_handler_t) {}
    let mut handler: *mut snd_async_handler_t;
    let none = ptr::null_mut::<c_void>();
    macro_rules! refused {
        ($($name:ident($of:expr))*) => {$(
            handler = ptr::dangling_mut();
            let added: c_int = unsafe { $name(&mut handler, $of, Some(callback), none) };
            assert_eq!(added, -libc::ENOSYS, stringify!($name));
            assert!(handler.is_null(), stringify!($name));
        )*};
    }
    refused! {
        snd_async_add_handler(0)
        snd_async_add_timer_handler(ptr::null_mut())
        snd_async_add_ctl_handler(ptr::null_mut())
        snd_async_add_pcm_handler(ptr::null_mut())
    }
    let handler = ptr::null_mut();
    unsafe {
        assert_eq!(snd_async_del_handler(handler), -libc::ENOSYS);
        assert_eq!(snd_async_handler_get_fd(handler), -libc::ENOSYS);
        assert_eq!(snd_async_handler_get_signo(handler), -libc::ENOSYS);
        assert!(snd_async_handler_get_callback_private(handler).is_null());
        assert!(snd_async_handler_get_timer(handler).is_null());
        assert!(snd_async_handler_get_ctl(handler).is_null());
        assert!(snd_async_handler_get_pcm(handler).is_null());
        assert_eq!(snd_timer_async(ptr::null_mut(), 0, 0), -libc::ENOSYS);
        assert!(snd_shm_area_create(0, none).is_null());
        assert!(snd_shm_area_share(ptr::null_mut()).is_null());
        assert_eq!(snd_shm_area_destroy(ptr::null_mut()), -libc::ENOSYS);
    }
    snd_shm_area_destructor();
}
