//! Signals, cancellation, and one handle in several threads.

use crate::support::*;
use alsa_seq_capi::*;
use core::cell::Cell;
use core::ffi::{c_int, c_ulong, c_void};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::{mem, ptr, thread};

extern "C" fn ignore(_signal: c_int) {}

/// Makes a signal without `SA_RESTART` end system calls.
fn interrupt_by(signal: c_int) {
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = ignore as extern "C" fn(c_int) as usize;
        assert_eq!(libc::sigaction(signal, &action, ptr::null_mut()), 0);
    }
}

/// Sends a signal again and again until the thread has finished, because the first signal may come
/// before the wait.
fn interrupt_until(done: &AtomicBool, target: libc::pthread_t, signal: c_int) {
    while !done.load(Ordering::SeqCst) {
        assert_eq!(unsafe { libc::pthread_kill(target, signal) }, 0);
        thread::yield_now();
    }
}

#[test]
fn a_signal_ends_a_wait_for_input() {
    let Some(seq) = open() else { return };
    let own = seq.address(c"own");
    interrupt_by(libc::SIGUSR1);
    let done = AtomicBool::new(false);
    let (send, receive) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            send.send(unsafe { libc::pthread_self() } as usize).unwrap();
            let error = seq.receive_error();
            done.store(true, Ordering::SeqCst);
            error
        });
        let thread = receive.recv().unwrap() as libc::pthread_t;
        interrupt_until(&done, thread, libc::SIGUSR1);
        assert_eq!(waiting.join().unwrap(), -libc::EINTR);
    });
    // The handle can still be used.
    let mut event = note(own.port, own, 1);
    assert_eq!(
        unsafe { snd_seq_event_output_direct(seq.raw(), &mut event) },
        28
    );
    assert_eq!(seq.receive().0.header.tag, 1);
}

/// The data for a thread that will be cancelled.
struct Waiter {
    seq: *mut snd_seq_t,
    /// The kernel's number of the thread, when it is about to wait.
    tid: AtomicI32,
}

/// Reports that the thread will wait now, and returns its handle.
unsafe fn about_to_wait(waiter: *mut c_void) -> *mut snd_seq_t {
    let waiter = unsafe { &*waiter.cast::<Waiter>() };
    waiter
        .tid
        .store(unsafe { libc::gettid() }, Ordering::SeqCst);
    waiter.seq
}

/// The function of a C program's thread: it waits for an event, and is not expected to return.
extern "C-unwind" fn wait_for_input(waiter: *mut c_void) -> *mut c_void {
    let mut event = ptr::null_mut();
    unsafe { snd_seq_event_input(about_to_wait(waiter), &mut event) };
    ptr::null_mut()
}

/// The same for output that is never delivered.
extern "C-unwind" fn wait_for_output(waiter: *mut c_void) -> *mut c_void {
    unsafe { snd_seq_sync_output_queue(about_to_wait(waiter)) };
    ptr::null_mut()
}

/// The same for room in a full pool.
extern "C-unwind" fn wait_for_room(waiter: *mut c_void) -> *mut c_void {
    unsafe { snd_seq_drain_output(about_to_wait(waiter)) };
    ptr::null_mut()
}

unsafe extern "C" {
    // The `libc` crate declares it with a start routine that must not unwind.
    fn pthread_create(
        thread: *mut libc::pthread_t,
        attributes: *const c_void,
        start: extern "C-unwind" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> c_int;
    fn pthread_cancel(thread: libc::pthread_t) -> c_int;
}

/// The result of `pthread_join` for a cancelled thread.
const CANCELED: usize = usize::MAX;

/// Returns whether a thread of this process sleeps.
fn sleeps(tid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{tid}/stat")).unwrap();
    // After the name in brackets.
    stat.rsplit(") ").next().unwrap().starts_with('S')
}

/// Cancels a thread while it waits in the function `start`.
fn cancel(seq: &Seq, start: extern "C-unwind" fn(*mut c_void) -> *mut c_void) {
    let waiter = Waiter {
        seq: seq.raw(),
        tid: AtomicI32::new(0),
    };
    unsafe {
        let mut thread = mem::zeroed();
        let argument = (&raw const waiter).cast_mut().cast();
        assert_eq!(pthread_create(&mut thread, ptr::null(), start, argument), 0);
        loop {
            let tid = waiter.tid.load(Ordering::SeqCst);
            if tid != 0 && sleeps(tid) {
                break;
            }
            thread::yield_now();
        }
        assert_eq!(pthread_cancel(thread), 0);
        let mut result = ptr::null_mut();
        assert_eq!(libc::pthread_join(thread, &mut result), 0);
        assert_eq!(result.addr(), CANCELED);
    }
}

#[test]
fn a_waiting_thread_can_be_cancelled() {
    let Some(seq) = open() else { return };
    let own = seq.address(c"own");
    for round in 0..5 {
        cancel(&seq, wait_for_input);
        let mut event = note(own.port, own, round);
        assert_eq!(
            unsafe { snd_seq_event_output_direct(seq.raw(), &mut event) },
            28
        );
        assert_eq!(seq.receive().0.header.tag, round);
    }
    unsafe {
        let queue = snd_seq_alloc_queue(seq.raw());
        assert!(queue >= 0);
        assert_eq!(snd_seq_set_client_pool_output(seq.raw(), 10), 0);
        let mut event = note(own.port, own, 1);
        event.header.queue = queue as u8;
        event.header.time = snd_seq_timestamp_t::from_tick(1000);
        snd_seq_event_output(seq.raw(), &mut event);
        assert_eq!(snd_seq_drain_output(seq.raw()), 0);
        cancel(&seq, wait_for_output);
        for _ in 0..50 {
            snd_seq_event_output(seq.raw(), &mut event);
        }
        cancel(&seq, wait_for_room);
        // The data that was written before the wait is no longer in the buffer. The rest is.
        assert_eq!(snd_seq_event_output_pending(seq.raw()) % 28, 0);
        assert_ne!(snd_seq_event_output_pending(seq.raw()), 0);
        assert_eq!(snd_seq_drop_output(seq.raw()), 0);
        assert_eq!(snd_seq_free_queue(seq.raw(), queue), 0);
    }
}

thread_local! {
    /// Whether to cancel this thread when one of its `ioctl` calls fails.
    static CANCELLED: Cell<bool> = const { Cell::new(false) };
}

/// Replaces the function of the C library. The next cancellation point comes after it.
#[unsafe(no_mangle)]
unsafe extern "C" fn ioctl(fd: c_int, request: c_ulong, argument: *mut c_void) -> c_int {
    let returned = unsafe { libc::syscall(libc::SYS_ioctl, fd, request, argument) } as c_int;
    if returned < 0 && CANCELLED.get() {
        CANCELLED.set(false);
        assert_eq!(unsafe { pthread_cancel(libc::pthread_self()) }, 0);
    }
    returned
}

/// Opens a timer that does not exist. The thread is cancelled when the kernel reports that.
extern "C-unwind" fn open_no_timer(cancelled: *mut c_void) -> *mut c_void {
    CANCELLED.set(true);
    let mut timer = ptr::null_mut();
    unsafe { snd_timer_open(&mut timer, c"hw:CLASS=1,DEV=77".as_ptr(), 0) };
    // The thread was cancelled before this.
    unsafe { &*cancelled.cast::<AtomicBool>() }.store(false, Ordering::SeqCst);
    ptr::null_mut()
}

#[test]
fn a_thread_can_be_cancelled_while_a_timer_is_closed() {
    let Some(_seq) = open() else { return };
    let cancelled = AtomicBool::new(true);
    unsafe {
        let mut thread = mem::zeroed();
        let argument = (&raw const cancelled).cast_mut().cast();
        let start = open_no_timer;
        assert_eq!(pthread_create(&mut thread, ptr::null(), start, argument), 0);
        let mut result = ptr::null_mut();
        assert_eq!(libc::pthread_join(thread, &mut result), 0);
        assert_eq!(result.addr(), CANCELED);
    }
    assert!(cancelled.into_inner());
}

/// The largest number of events between the two threads: less than the pool has room for.
const AHEAD: u32 = 100;

#[test]
fn one_thread_receives_while_others_send_and_connect() {
    const EVENTS: u32 = 20_000;
    let Some(seq) = open() else { return };
    let own = seq.address(c"own");
    let received = AtomicU32::new(0);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for expected in 0..EVENTS {
                let mut event = ptr::null_mut();
                assert_eq!(unsafe { snd_seq_event_input(seq.raw(), &mut event) }, 1);
                let event = unsafe { &*event };
                assert_eq!(event.data[4..8], expected.to_ne_bytes());
                received.store(expected + 1, Ordering::SeqCst);
            }
        });
        scope.spawn(|| {
            let mut info = snd_seq_client_info_t::default();
            while !ended.load(Ordering::SeqCst) {
                unsafe {
                    assert_eq!(snd_seq_get_client_info(seq.raw(), &mut info), 0);
                    assert_eq!(snd_seq_connect_from(seq.raw(), own.port.into(), 0, 0), 0);
                    assert_eq!(snd_seq_disconnect_from(seq.raw(), own.port.into(), 0, 0), 0);
                }
                thread::yield_now();
            }
        });
        for number in 0..EVENTS {
            while number - received.load(Ordering::SeqCst) >= AHEAD {
                assert_eq!(unsafe { snd_seq_drain_output(seq.raw()) }, 0);
                thread::yield_now();
            }
            let mut event = note(own.port, own, 1);
            event.data[4..8].copy_from_slice(&number.to_ne_bytes());
            assert!(unsafe { snd_seq_event_output(seq.raw(), &mut event) } > 0);
            if number % 7 == 0 {
                assert_eq!(unsafe { snd_seq_drain_output(seq.raw()) }, 0);
            }
        }
        assert_eq!(unsafe { snd_seq_drain_output(seq.raw()) }, 0);
        ended.store(true, Ordering::SeqCst);
    });
    assert_eq!(received.into_inner(), EVENTS);
}

/// Returns the number of events that four threads send: `ALSA_SEQ_SOAK_EVENTS`, or what takes less
/// than a second.
fn events() -> u32 {
    std::env::var("ALSA_SEQ_SOAK_EVENTS").map_or(20_000, |n| n.parse().unwrap())
}

#[test]
fn four_threads_send_directly_while_one_receives() {
    let Some(seq) = open() else { return };
    let each = events().div_ceil(4);
    let own = seq.address(c"own");
    let (sent, received) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for sender in 0..4_u8 {
            let (seq, sent, received) = (&seq, &sent, &received);
            scope.spawn(move || {
                let data = [sender; 20];
                for number in 0..each {
                    // Other threads may add as many between the check and the sending.
                    loop {
                        // This one is read first, because the number of received events never
                        // exceeds the number of sent ones.
                        let received = received.load(Ordering::SeqCst);
                        if sent.load(Ordering::SeqCst) - received < AHEAD / 4 {
                            break;
                        }
                        thread::yield_now();
                    }
                    sent.fetch_add(1, Ordering::SeqCst);
                    let mut event = note(own.port, own, sender);
                    event.data[4..8].copy_from_slice(&number.to_ne_bytes());
                    if number % 5 == 0 {
                        event = sysex(own.port, own, &data);
                        event.header.tag = sender;
                    }
                    assert!(unsafe { snd_seq_event_output_direct(seq.raw(), &mut event) } > 0);
                }
            });
        }
        let mut next = [0_u32; 4];
        for _ in 0..4 * each {
            let (event, data) = seq.receive();
            let sender = usize::from(event.header.tag);
            if next[sender] % 5 == 0 {
                assert_eq!(data, [event.header.tag; 20]);
            } else {
                assert_eq!(event.data[4..8], next[sender].to_ne_bytes());
            }
            next[sender] += 1;
            received.fetch_add(1, Ordering::SeqCst);
        }
        assert_eq!(next, [each; 4]);
    });
}
