//! A process that may start no more threads. Nothing else can run in it, so it has only this test.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Barrier;
use std::thread;

use alsa_seq_midir as midir;
use midir::ext::{InputExt as _, last_error};
use midir::os::unix::VirtualInput as _;
use midir::{ConnectErrorKind, MidiInput};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{Uid, setuid};

use support::{need_sequencer, unique};

/// Prevents this process from starting more threads. The limit does not apply to root.
fn no_more_threads() {
    if Uid::effective().is_root() {
        setuid(Uid::from_raw(65534)).unwrap();
    }
    let (_, most) = getrlimit(Resource::RLIMIT_NPROC).unwrap();
    setrlimit(Resource::RLIMIT_NPROC, 0, most).unwrap();
}

/// The port of a connection without a thread must be deleted before its number is free. Otherwise
/// another connection that gets the number finds the port.
#[test]
fn a_thread_that_cannot_start_is_an_error() {
    need_sequencer!();
    let name = unique("crowded");
    let input = MidiInput::new(&name).unwrap();
    let first = input.create_virtual("first", |_, _, ()| {}, ()).unwrap();
    let control = first.control();
    // Keeps the client open.
    let (_input, ()) = first.close();
    let begin = Barrier::new(3);
    let attempts = || {
        let mut input = MidiInput::new(&name).unwrap();
        begin.wait();
        for _ in 0..500 {
            let made = input.create_virtual("in", |_, _, ()| {}, ());
            let Err(error) = made else {
                panic!("there is a thread");
            };
            let ConnectErrorKind::Other(text) = error.kind() else {
                panic!("{error}");
            };
            let reason = text.strip_prefix("could not start the thread of the input: ");
            assert!(
                reason.is_some_and(|reason| reason.contains("temporarily")),
                "{text}"
            );
            assert!(last_error().is_none());
            input = error.into_inner();
        }
    };
    thread::scope(|scope| {
        let threads = [scope.spawn(attempts), scope.spawn(attempts)];
        no_more_threads();
        begin.wait();
        for thread in threads {
            thread.join().unwrap();
        }
    });
    assert_eq!(control.info().unwrap().num_ports(), 0);
}
