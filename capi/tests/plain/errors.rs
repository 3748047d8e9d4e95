//! Texts of errors and handlers.

use alsa_seq_capi::*;
use core::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::Mutex;

fn text(errnum: c_int) -> String {
    let text = unsafe { CStr::from_ptr(snd_strerror(errnum)) };
    text.to_str().unwrap().to_owned()
}

#[test]
fn errors_of_both_signs_have_texts() {
    assert_eq!(text(-libc::ENOENT), "No such file or directory");
    assert_eq!(text(libc::ENOENT), "No such file or directory");
    assert_eq!(text(0), "Success");
    assert_eq!(text(-500_000), "Sound protocol is not compatible");
    assert_eq!(text(500_001), "Unknown error");
    assert_ne!(text(c_int::MIN), "");
    assert_ne!(text(-499_999), "Unknown error");
}

/// The arguments of the handlers' calls, and the called handler.
static TOLD: Mutex<Vec<(&str, String, String, c_int)>> = Mutex::new(Vec::new());

fn tell(who: &'static str, function: *const c_char, errcode: c_int, fmt: *const c_char) {
    let string = |text| unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned();
    TOLD.lock()
        .unwrap()
        .push((who, string(function), string(fmt), errcode));
}

/// A handler for all threads. In C, it is variadic. On the tested machines, the first arguments are
/// passed in the same way.
unsafe extern "C" fn everywhere(
    _file: *const c_char,
    _line: c_int,
    function: *const c_char,
    errcode: c_int,
    fmt: *const c_char,
) {
    tell("everywhere", function, errcode, fmt);
}

unsafe extern "C" fn here(
    _file: *const c_char,
    _line: c_int,
    function: *const c_char,
    errcode: c_int,
    fmt: *const c_char,
    arg: *mut c_void,
) {
    assert!(!arg.is_null());
    tell("here", function, errcode, fmt);
}

#[test]
fn a_failed_open_calls_the_handlers() {
    let open = |name: &CStr| {
        let mut seq = ptr::dangling_mut();
        let result = unsafe { snd_seq_open(&mut seq, name.as_ptr(), SND_SEQ_OPEN_DUPLEX, 0) };
        assert_eq!(result, -libc::ENOENT);
        assert!(seq.is_null());
    };
    assert!(snd_lib_error_set_local(Some(here)).is_none());
    open(c"100%s");
    let all = unsafe {
        std::mem::transmute::<*const (), snd_lib_error_handler_t>(everywhere as *const ())
    };
    assert_eq!(snd_lib_error_set_handler(Some(all)), 0);
    open(c"hw:7");
    assert_eq!(snd_lib_error_set_handler(None), 0);
    open(c"third");
    assert!(snd_lib_error_set_local(None).is_some());
    assert!(snd_lib_error_set_local(None).is_none());
    let told = |who, fmt: &str| (who, "snd_seq_open".to_owned(), fmt.to_owned(), 0);
    let expected = [
        told("here", "Unknown SEQ 100%%s"),
        told("everywhere", "Unknown SEQ hw:7"),
        told("here", "Unknown SEQ third"),
    ];
    assert_eq!(*TOLD.lock().unwrap(), expected);
}

#[test]
fn open_refuses_wrong_directions_and_null_pointers() {
    let mut seq = ptr::dangling_mut();
    unsafe {
        for streams in [0, 4, -1] {
            let refused = snd_seq_open(&mut seq, c"hw".as_ptr(), streams, 0);
            assert_eq!((refused, seq), (-libc::EINVAL, ptr::null_mut()));
        }
        let refused = snd_seq_open(&mut seq, ptr::null(), SND_SEQ_OPEN_INPUT, 0);
        assert_eq!((refused, seq), (-libc::EINVAL, ptr::null_mut()));
        let refused = snd_seq_open(ptr::null_mut(), c"hw".as_ptr(), SND_SEQ_OPEN_INPUT, 0);
        assert_eq!(refused, -libc::EINVAL);
    }
}

/// No function follows a null handle.
#[test]
fn a_null_handle_is_refused() {
    let seq = ptr::null_mut();
    let none = -libc::EINVAL;
    unsafe {
        assert_eq!(snd_seq_close(seq), none);
        assert!(snd_seq_name(seq).is_null());
        assert_eq!(snd_seq_client_id(seq), none);
        assert_eq!(snd_seq_nonblock(seq, 1), none);
        assert_eq!(snd_seq_poll_descriptors_count(seq, libc::POLLIN), none);
        assert_eq!(
            snd_seq_poll_descriptors(seq, ptr::null_mut(), 1, libc::POLLIN),
            none
        );
        assert_eq!(snd_seq_event_input(seq, &mut ptr::null_mut()), none);
        assert_eq!(snd_seq_event_input_pending(seq, 1), none);
        let mut event = snd_seq_event_t::zeroed();
        assert_eq!(snd_seq_event_output(seq, &mut event), none);
        assert_eq!(snd_seq_event_output_direct(seq, &mut event), none);
        assert_eq!(snd_seq_drain_output(seq), none);
        assert_eq!(snd_seq_extract_output(seq, ptr::null_mut()), none);
        assert_eq!(snd_seq_drop_output(seq), none);
        assert_eq!(snd_seq_set_client_name(seq, c"x".as_ptr()), none);
        assert_eq!(snd_seq_alloc_queue(seq), none);
        assert_eq!(snd_seq_sync_output_queue(seq), none);
        assert_eq!(snd_seq_connect_to(seq, 0, 0, 1), none);
        assert_eq!(snd_seq_get_output_buffer_size(seq), 0);
    }
}

#[test]
fn the_release_is_libasounds() {
    let version = unsafe { CStr::from_ptr(snd_asoundlib_version()) };
    assert!(version.to_bytes().starts_with(b"1.2."));
    assert_eq!(snd_config_update_free_global(), 0);
}
