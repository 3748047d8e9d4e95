//! The child of a fork. The program has only this test, because the child would have the locks of
//! another test's thread, but not the thread.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use alsa_seq::{PortOptions, SequencerClient};
use alsa_seq_midir as midir;
use fork::{Fork, fork};
use midir::ext::{OutputExt as _, PortChange, PortExt as _, PortWatch};
use midir::{MidiOutput, MidiOutputPort};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use support::midir::Listener;
use support::{PATIENCE, need_sequencer, unique};

#[test]
fn an_object_that_a_child_drops_stays_open_in_the_parent() {
    need_sequencer!();
    let (listener, closing) = (Listener::new(), Listener::new());
    let port = MidiOutputPort::from_address(listener.address());
    let connect = |output: MidiOutput| output.connect(&port, "out").unwrap();
    let mut output = connect(MidiOutput::new(&unique("player")).unwrap());
    // Its client has a queue, and no connection.
    let mut idle = connect(MidiOutput::new(&unique("idle")).unwrap());
    idle.send_at(&[0xf8], Instant::now()).unwrap();
    assert_eq!(listener.next(), [0xf8]);
    let idle = idle.close();
    let (tell, changes) = channel();
    let watch = PortWatch::new(&unique("watch"), move |change| {
        let _ = tell.send(change);
    })
    .unwrap();
    changes.recv_timeout(PATIENCE).unwrap();

    match fork().unwrap() {
        Fork::Child => {
            let drops = || {
                output.close();
                drop((watch, idle, listener.connection));
            };
            let dropped = catch_unwind(AssertUnwindSafe(drops)).is_ok();
            let close = || drop(closing.connection.close());
            let closed = catch_unwind(AssertUnwindSafe(close)).unwrap_err();
            let says = closed
                .downcast_ref::<&str>()
                .is_some_and(|text| text.contains("child"));
            // This drops only the connection.
            std::process::exit(i32::from(!dropped) + 2 * i32::from(!says));
        }
        Fork::Parent(child) => {
            let ended = waitpid(Pid::from_raw(child), None).unwrap();
            assert_eq!(ended, WaitStatus::Exited(Pid::from_raw(child), 0));
        }
    }

    output.send(&[0x90, 60, 100]).unwrap();
    assert_eq!(listener.next(), [0x90, 60, 100]);
    let mut idle = connect(idle);
    idle.send_at(&[0x80, 60, 0], Instant::now() + Duration::from_millis(1))
        .unwrap();
    assert_eq!(listener.next(), [0x80, 60, 0]);
    let maker = unique("maker");
    let client = SequencerClient::open(maker.clone()).unwrap();
    let _port = client.create_port(PortOptions::sender("new")).unwrap();
    loop {
        match changes.recv_timeout(PATIENCE).unwrap() {
            PortChange::InputAdded(_, name) if name.starts_with(&maker) => break,
            _ => {}
        }
    }
    drop((watch, closing, listener));
}
