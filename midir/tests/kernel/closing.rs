//! The end of connections.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use alsa_seq_midir as midir;
use midir::ext::{InputExt as _, PortExt as _};
use midir::os::unix::VirtualInput as _;
use midir::{MidiInput, MidiInputConnection, MidiOutput, MidiOutputConnection, MidiOutputPort};

use support::midir::Listener;
use support::{PATIENCE, need_sequencer, unique};

fn output_to(address: alsa_seq::Address) -> MidiOutputConnection {
    let output = MidiOutput::new(&unique("player")).unwrap();
    let port = MidiOutputPort::from_address(address);
    output.connect(&port, "out").unwrap()
}

#[test]
fn the_last_message_before_a_close_arrives() {
    need_sequencer!();
    let listener = Listener::new();
    for note in 0..100 {
        let mut output = output_to(listener.address());
        output.send(&[0x90, note, 1]).unwrap();
        output.close();
        assert_eq!(listener.next(), [0x90, note, 1]);
    }
}

#[test]
fn messages_that_arrived_before_a_close_are_delivered() {
    need_sequencer!();
    for _ in 0..50 {
        let input = MidiInput::new(&unique("count")).unwrap();
        let count = |_: u64, _: &[u8], count: &mut usize| *count += 1;
        let connection = input.create_virtual("in", count, 0).unwrap();
        let mut output = output_to(connection.address());
        for note in 0..100 {
            output.send(&[0x90, note, 1]).unwrap();
        }
        let (_, count) = connection.close();
        assert_eq!(count, 100);
    }
}

#[test]
fn the_returned_object_can_be_used_again() {
    need_sequencer!();
    let mut input = MidiInput::new(&unique("again")).unwrap();
    let mut output = MidiOutput::new(&unique("again")).unwrap();
    for note in 0..10 {
        let log = |_: u64, bytes: &[u8], log: &mut Vec<u8>| log.extend_from_slice(bytes);
        let connection = input.create_virtual("in", log, Vec::new()).unwrap();
        let port = MidiOutputPort::from_address(connection.address());
        let mut playing = output.connect(&port, "out").unwrap();
        playing.send(&[0x90, note, 1]).unwrap();
        output = playing.close();
        let (given_back, log) = connection.close();
        input = given_back;
        assert_eq!(log, [0x90, note, 1]);
    }
}

#[test]
fn another_thread_may_drop_a_connection() {
    need_sequencer!();
    let listener = Listener::new();
    let mut output = output_to(listener.address());
    output.send(&[0xf8]).unwrap();
    let connection = listener.connection;
    thread::spawn(move || drop(connection)).join().unwrap();
    assert_eq!(listener.messages.recv().unwrap().1, [0xf8]);
    // The callback was dropped, and with it the channel's sender.
    listener.messages.recv().unwrap_err();
}

type Slot = Arc<Mutex<Option<MidiInputConnection<Sender<u8>>>>>;

/// midir panics in this case, because a thread cannot wait for itself.
#[test]
fn a_callback_may_drop_its_own_connection() {
    need_sequencer!();
    let slot: Slot = Arc::default();
    let (sender, messages) = channel();
    let (ready, wait_until_ready) = channel::<()>();
    let inside = Arc::clone(&slot);
    let once = move |_: u64, bytes: &[u8], to: &mut Sender<u8>| {
        let _ = wait_until_ready.recv_timeout(PATIENCE);
        drop(inside.lock().unwrap().take());
        to.send(bytes[1]).unwrap();
    };
    let input = MidiInput::new(&unique("once")).unwrap();
    let connection = input.create_virtual("in", once, sender).unwrap();
    let mut output = output_to(connection.address());
    *slot.lock().unwrap() = Some(connection);
    for note in 0..10 {
        output.send(&[0x90, note, 1]).unwrap();
    }
    ready.send(()).unwrap();
    drop(ready);
    // The callback was called once. Then its thread ended and dropped the data.
    assert_eq!(messages.recv_timeout(PATIENCE).unwrap(), 0);
    assert!(messages.iter().next().is_none());
}

#[test]
fn close_panics_with_the_panic_of_the_callback() {
    need_sequencer!();
    let name = unique("panics");
    let other = Listener::named(&name);
    let input = MidiInput::new(&name).unwrap();
    let (tell, told) = channel();
    let callback = move |_: u64, _: &[u8], (): &mut ()| {
        tell.send(()).unwrap();
        panic!("as the test wants it");
    };
    let connection = input.create_virtual("in", callback, ()).unwrap();
    let address = connection.address();
    let mut output = output_to(address);
    output.send(&[0xf8]).unwrap();
    told.recv_timeout(PATIENCE).unwrap();
    // Other connections of the same client continue.
    let mut to_other = output_to(other.address());
    to_other.send(&[0xfa]).unwrap();
    assert_eq!(other.next(), [0xfa]);
    let panic = catch_unwind(AssertUnwindSafe(|| drop(connection.close()))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"as the test wants it"));
    // Its number is free again.
    assert_eq!(Listener::named(&name).address(), address);
}

/// In this case, only the thread can release the number.
#[test]
fn a_callback_may_drop_its_connection_and_panic() {
    need_sequencer!();
    let name = unique("panics");
    // Keeps the client open.
    let other = Listener::named(&name);
    let slot: Arc<Mutex<Option<MidiInputConnection<Sender<()>>>>> = Arc::default();
    let inside = Arc::clone(&slot);
    let (ready, wait_until_ready) = channel();
    let callback = move |_: u64, _: &[u8], _: &mut Sender<()>| {
        let () = wait_until_ready.recv_timeout(PATIENCE).unwrap();
        drop(inside.lock().unwrap().take());
        panic!("as the test wants it");
    };
    let (data, ended) = channel();
    let input = MidiInput::new(&name).unwrap();
    let connection = input.create_virtual("in", callback, data).unwrap();
    let address = connection.address();
    let mut output = output_to(address);
    *slot.lock().unwrap() = Some(connection);
    for note in 0..20 {
        output.send(&[0x90, note, 1]).unwrap();
    }
    ready.send(()).unwrap();
    // The connection's thread drops the data when it ends.
    assert!(ended.iter().next().is_none());
    let again = Listener::named(&name);
    assert_eq!(again.address(), address);
    output_to(address).send(&[0xf8]).unwrap();
    assert_eq!(again.next(), [0xf8]);
    assert!(other.messages.try_recv().is_err());
}

#[test]
fn dropping_after_a_panic_of_the_callback_does_not_panic() {
    need_sequencer!();
    let input = MidiInput::new(&unique("panics")).unwrap();
    let (tell, told) = channel();
    let callback = move |_: u64, _: &[u8], (): &mut ()| {
        tell.send(()).unwrap();
        panic!("as the test wants it");
    };
    let connection = input.create_virtual("in", callback, ()).unwrap();
    output_to(connection.address()).send(&[0xf8]).unwrap();
    told.recv_timeout(PATIENCE).unwrap();
    drop(connection);
}

/// The data cannot be returned while the callback uses it.
#[test]
fn a_callback_cannot_close_its_own_connection() {
    need_sequencer!();
    let slot: Slot = Arc::default();
    let (sender, messages) = channel();
    let (ready, wait_until_ready) = channel::<()>();
    let inside = Arc::clone(&slot);
    let callback = move |_: u64, _: &[u8], to: &mut Sender<u8>| {
        wait_until_ready.recv_timeout(PATIENCE).unwrap();
        let own = inside.lock().unwrap().take().unwrap();
        let closed = catch_unwind(AssertUnwindSafe(|| drop(own.close())));
        to.send(u8::from(closed.is_err())).unwrap();
    };
    let input = MidiInput::new(&unique("own")).unwrap();
    let connection = input.create_virtual("in", callback, sender).unwrap();
    let mut output = output_to(connection.address());
    *slot.lock().unwrap() = Some(connection);
    output.send(&[0xf8]).unwrap();
    ready.send(()).unwrap();
    assert_eq!(messages.recv_timeout(PATIENCE).unwrap(), 1);
    assert!(messages.iter().next().is_none());
}
