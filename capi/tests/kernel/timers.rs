//! Timers: the system's timer runs and can be read, and all timers are listed.

use alsa_seq_capi::*;
use alsa_seq_kernel_abi::consts::{
    TIMER_CLASS_GLOBAL, TIMER_CLASS_NONE, TIMER_GLOBAL_SYSTEM, TIMER_SCLASS_NONE,
};
use alsa_seq_kernel_abi::info::TimerId;
use alsa_seq_kernel_abi::timer::TimerRead;
use core::ffi::{CStr, c_int};
use libc::pollfd;
use std::io::Write as _;
use std::mem;
use std::ptr;

/// A timer, closed when it is dropped.
struct Timer(*mut snd_timer_t);

impl Drop for Timer {
    fn drop(&mut self) {
        assert_eq!(unsafe { snd_timer_close(self.0) }, 0);
    }
}

const SYSTEM: &CStr = c"hw:CLASS=1,SCLASS=0,CARD=0,DEV=0,SUBDEV=0";

/// Returns the system's timer. Without timers, returns `None` and prints a note, unless the tests
/// require a sequencer.
fn open(name: &CStr, mode: c_int) -> Option<Timer> {
    let mut timer = ptr::null_mut();
    let opened = unsafe { snd_timer_open(&mut timer, name.as_ptr(), mode) };
    if opened == 0 {
        assert!(!timer.is_null());
        return Some(Timer(timer));
    }
    assert!(timer.is_null());
    assert!(
        std::env::var("ALSA_SEQ_REQUIRE_KERNEL").as_deref() != Ok("1"),
        "no timer: {opened}"
    );
    // Written past the test harness, which hides the output of passing tests.
    let _ = writeln!(std::io::stderr(), "SKIPPED: no timer: {opened}");
    None
}

/// Sets the timer to repeat, every 10 ms or the nearest possible time.
fn set_going_on(timer: &Timer) {
    unsafe {
        let mut info = snd_timer_info_t::default();
        assert_eq!(snd_timer_info(timer.0, &mut info), 0);
        let resolution = snd_timer_info_get_resolution(&mut info);
        assert!(resolution > 0);
        let mut params = snd_timer_params_t::default();
        assert_eq!(snd_timer_params_set_auto_start(&mut params, 1), 0);
        snd_timer_params_set_ticks(&mut params, (10_000_000 / resolution).max(1));
        snd_timer_params_set_queue_size(&mut params, 128);
        assert_eq!(snd_timer_params(timer.0, &mut params), 0);
    }
}

/// Waits for the timer's descriptor, at most ten seconds. Returns the events.
fn wait(timer: &Timer) -> u16 {
    unsafe {
        assert_eq!(snd_timer_poll_descriptors_count(timer.0), 1);
        let mut one: pollfd = mem::zeroed();
        assert_eq!(snd_timer_poll_descriptors(timer.0, &mut one, 0), 0);
        assert_eq!(snd_timer_poll_descriptors(timer.0, &mut one, 1), 1);
        assert_eq!(libc::poll(&mut one, 1, 10_000), 1);
        let mut events = 0;
        let told = snd_timer_poll_descriptors_revents(timer.0, &mut one, 1, &mut events);
        assert_eq!(told, 0);
        events
    }
}

/// Reads a tick. Returns the result of reading, and the tick.
fn read(timer: &Timer) -> (isize, TimerRead) {
    let mut tick = TimerRead::default();
    let size = size_of::<TimerRead>();
    let got = unsafe { snd_timer_read(timer.0, (&raw mut tick).cast(), size) };
    (got, tick)
}

#[test]
fn the_systems_timer_starts_ticks_and_stops() {
    let Some(timer) = open(SYSTEM, SND_TIMER_OPEN_NONBLOCK) else {
        return;
    };
    unsafe {
        assert_eq!(CStr::from_ptr(snd_timer_name(timer.0)), SYSTEM);
        assert_eq!(snd_timer_type(timer.0), 0);
    }
    // The timer was not started.
    assert_eq!(read(&timer).0, -(libc::EAGAIN as isize));
    assert_eq!(unsafe { snd_timer_stop(timer.0) }, -libc::EBUSY);
    set_going_on(&timer);
    assert_eq!(unsafe { snd_timer_start(timer.0) }, 0);
    for _ in 0..3 {
        assert_eq!(wait(&timer), libc::POLLIN as u16);
        let (got, tick) = read(&timer);
        assert_eq!(got, size_of::<TimerRead>() as isize);
        assert!(tick.ticks > 0);
        assert!(tick.resolution > 0);
    }
    unsafe {
        let mut status = snd_timer_status_t::default();
        assert_eq!(snd_timer_status(timer.0, &mut status), 0);
        assert!(snd_timer_status_get_resolution(&mut status) > 0);
        assert_eq!(snd_timer_stop(timer.0), 0);
    }
    // Earlier ticks can still be read, and no new ones arrive.
    while read(&timer).0 > 0 {}
    assert_eq!(read(&timer).0, -(libc::EAGAIN as isize));
    assert_eq!(unsafe { snd_timer_continue(timer.0) }, 0);
    assert_eq!(wait(&timer), libc::POLLIN as u16);
    assert!(read(&timer).0 > 0);
}

#[test]
fn reading_waits_unless_the_handle_is_non_blocking() {
    let Some(timer) = open(c"hw:1,0,0,0,0", 0) else {
        return;
    };
    set_going_on(&timer);
    assert_eq!(unsafe { snd_timer_start(timer.0) }, 0);
    // It returns when a tick arrives.
    let (got, tick) = read(&timer);
    assert_eq!(got, size_of::<TimerRead>() as isize);
    assert!(tick.ticks > 0);
    assert_eq!(unsafe { snd_timer_stop(timer.0) }, 0);
    assert_eq!(unsafe { snd_timer_nonblock(timer.0, 1) }, 0);
    while read(&timer).0 > 0 {}
    assert_eq!(read(&timer).0, -(libc::EAGAIN as isize));
}

#[test]
fn enhanced_records_report_the_start() {
    let mode = SND_TIMER_OPEN_NONBLOCK | SND_TIMER_OPEN_TREAD;
    let Some(timer) = open(SYSTEM, mode) else {
        return;
    };
    // Event 2 is the start.
    unsafe {
        let mut params = snd_timer_params_t::default();
        assert_eq!(snd_timer_params_set_auto_start(&mut params, 1), 0);
        snd_timer_params_set_ticks(&mut params, 100);
        snd_timer_params_set_filter(&mut params, 1 << 2);
        assert_eq!(snd_timer_params(timer.0, &mut params), 0);
        assert_eq!(snd_timer_start(timer.0), 0);
    }
    assert_eq!(wait(&timer), libc::POLLIN as u16);
    let mut record = [0xff_u8; 64];
    let got = unsafe { snd_timer_read(timer.0, record.as_mut_ptr().cast(), record.len()) };
    // The event, a time and a value.
    assert!(got > 8, "{got}");
    assert_eq!(record[..4], 2_u32.to_ne_bytes());
}

#[test]
fn a_missing_timer_cannot_be_opened() {
    if open(SYSTEM, 0).is_none() {
        return;
    }
    let mut timer = ptr::dangling_mut();
    let name = c"hw:CLASS=1,DEV=77";
    let opened = unsafe { snd_timer_open(&mut timer, name.as_ptr(), 0) };
    assert_eq!(opened, -libc::ENODEV);
    assert!(timer.is_null());
}

#[test]
fn the_systems_timer_is_in_the_list_of_timers() {
    if open(SYSTEM, 0).is_none() {
        return;
    }
    let mut query = ptr::null_mut();
    let mut found = Vec::new();
    unsafe {
        assert_eq!(snd_timer_query_open(&mut query, c"hw".as_ptr(), 0), 0);
        let mut id = snd_timer_id_t::default();
        snd_timer_id_set_class(&mut id, TIMER_CLASS_NONE);
        loop {
            assert_eq!(snd_timer_query_next_device(query, &mut id), 0);
            if snd_timer_id_get_class(&mut id) == TIMER_CLASS_NONE {
                break;
            }
            assert!(!found.contains(&id), "{id:?} twice");
            found.push(id);
        }
        let system = TimerId {
            dev_class: TIMER_CLASS_GLOBAL,
            dev_sclass: TIMER_SCLASS_NONE,
            card: -1,
            device: TIMER_GLOBAL_SYSTEM,
            subdevice: 0,
        };
        let same = |id: &&TimerId| (id.dev_class, id.device) == (system.dev_class, system.device);
        let mut id = *found.iter().find(same).expect("the system's timer");
        let mut info = snd_timer_ginfo_t::default();
        assert_eq!(snd_timer_ginfo_set_tid(&mut info, &mut id), 0);
        assert_eq!(snd_timer_query_info(query, &mut info), 0);
        let name = CStr::from_ptr(snd_timer_ginfo_get_name(&mut info));
        assert_eq!(name, c"system timer");
        assert!(snd_timer_ginfo_get_resolution(&mut info) > 0);

        let mut status = snd_timer_gstatus_t::default();
        status.tid = id;
        assert_eq!(snd_timer_query_status(query, &mut status), 0);
        assert!(status.resolution > 0);

        info.tid.device = 77;
        assert_eq!(snd_timer_query_info(query, &mut info), -libc::ENODEV);
        assert_eq!(snd_timer_query_close(query), 0);
    }
}

#[test]
fn the_numbers_of_a_name_have_the_bases_of_c() {
    for name in [c"hw:CLASS=0x1,DEV=0X0", c"hw:01,-00", c"hw: CLASS= +1"] {
        let Some(timer) = open(name, 0) else { return };
        let mut info = snd_timer_info_t::default();
        let asked = unsafe { snd_timer_info(timer.0, &mut info) };
        assert_eq!(asked, 0, "{name:?}");
        assert_eq!(info.card, -1, "{name:?}");
    }
}
