//! Errors contain the reason.

use std::error::Error as _;

use alsa_seq::{ErrorKind, Event, Operation, PortCaps, PortOptions, SequencerClient};
use alsa_seq_midir as midir;
use midir::ext::{OutputExt as _, PortExt as _, last_error};
use midir::os::unix::{VirtualInput as _, VirtualOutput as _};
use midir::{ConnectErrorKind, MidiInput, MidiInputPort, MidiOutput, MidiOutputPort, SendError};

use support::midir::Listener;
use support::{need_sequencer, unique};

#[test]
fn a_removed_port_is_invalid() {
    need_sequencer!();
    let output = MidiOutput::new(&unique("gone"))
        .unwrap()
        .create_virtual("out")
        .unwrap();
    let port = MidiInputPort::from_address(output.address());
    // The client stays open, so no other client gets its number.
    let _open = output.close();
    let input = MidiInput::new(&unique("late")).unwrap();
    let Err(error) = input.connect(&port, "in", |_, _, ()| {}, ()) else {
        panic!("it was connected");
    };
    assert_eq!(error.kind(), ConnectErrorKind::InvalidPort);
    let last = last_error().unwrap();
    assert_eq!(
        (last.operation(), last.kind()),
        (Operation::PortInfo, ErrorKind::NotFound)
    );
    // The object is returned, and works.
    Listener::of(error.into_inner());
}

#[test]
fn the_error_of_a_refused_connection_has_the_errno() {
    need_sequencer!();
    let client = SequencerClient::open(unique("private")).unwrap();
    let options = PortOptions::new("in").caps(PortCaps::WRITE);
    let private = client.create_port(options).unwrap();
    let port = MidiOutputPort::from_address(private.address());
    let output = MidiOutput::new(&unique("curious")).unwrap();
    let Err(error) = output.connect(&port, "out") else {
        panic!("it was connected");
    };
    let text = error.to_string();
    assert!(
        text.starts_with("could not connect the output port: connect "),
        "{text}"
    );
    assert!(text.contains("(EPERM)"), "{text}");
    assert_eq!(format!("{error:?}"), format!("{:?}", error.kind()));
    assert_eq!(last_error().unwrap().kind(), ErrorKind::PermissionDenied);
    assert!(last_error().is_none(), "it was taken");
    // No port remains.
    let output = error.into_inner().create_virtual("out").unwrap();
    assert_eq!(output.address().port.number(), 0);
}

#[test]
fn the_error_of_a_refused_message_has_the_errno() {
    need_sequencer!();
    let client = SequencerClient::open(unique("full")).unwrap();
    let port = client.create_port("in").unwrap();
    let output = MidiOutput::new(&unique("busy")).unwrap();
    let mut connection = output
        .connect(&MidiOutputPort::from_address(port.address()), "out")
        .unwrap();
    let error = loop {
        // Nothing reads.
        if let Err(error) = connection.send(&[0x90, 60, 100]) {
            break error;
        }
    };
    let SendError::Other(text) = error else {
        panic!("{error}");
    };
    assert!(
        text.starts_with("could not send the message: send event"),
        "{text}"
    );
    assert!(text.contains("(EAGAIN)"), "{text}");
    // The same error has the same text, which is stored only once.
    let SendError::Other(again) = connection.send(&[0x90, 60, 100]).unwrap_err() else {
        panic!("another error");
    };
    assert!(std::ptr::eq(text, again));
}

#[test]
fn names_with_nul_are_refused() {
    need_sequencer!();
    let error = MidiInput::new("a\0b").err().unwrap();
    assert!(error.source().is_none());
    let text = error.to_string();
    assert!(
        text.starts_with("MIDI support could not be initialized: "),
        "{text}"
    );
    assert!(text.contains("NUL"), "{text}");
    let input = MidiInput::new(&unique("nul")).unwrap();
    let error = input
        .create_virtual("a\0b", |_, _, ()| {}, ())
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "port_name must not contain null bytes");
    let output = MidiOutput::new(&unique("nul")).unwrap();
    let error = output.create_virtual("a\0b").err().unwrap();
    assert_eq!(error.to_string(), "port_name must not contain null bytes");
}

#[test]
fn an_error_without_an_errno_has_no_last_error() {
    need_sequencer!();
    let listener = Listener::new();
    let port = MidiOutputPort::from_address(listener.address());
    let output = MidiOutput::new(&unique("player")).unwrap();
    let fail = || {
        let gone = MidiOutputPort::from_address((listener.address().client, 200.into()).into());
        let error = output.port_name(&gone).unwrap_err();
        assert_eq!(error, midir::PortInfoError::InvalidPort);
    };
    fail();
    assert!(last_error().is_some());
    let mut connection = MidiOutput::new(&unique("other"))
        .unwrap()
        .connect(&port, "out")
        .unwrap();
    fail();
    connection.send(&[0x90]).unwrap_err();
    assert!(last_error().is_none());
    fail();
    // The kernel has 32 bits for seconds.
    let far = std::time::Instant::now() + std::time::Duration::from_secs(1 << 33);
    let error = connection.send_at(&[0xf8], far).unwrap_err();
    assert!(
        matches!(error, SendError::Other(text) if text.contains("too far ahead")),
        "{error}"
    );
    assert!(last_error().is_none());
}

/// An overrun loses messages, and the connection continues.
#[test]
fn an_overrun_is_counted() {
    use std::sync::mpsc::channel;

    use midir::ext::InputExt as _;

    use support::PATIENCE;
    use support::midir::raw_sender;

    need_sequencer!();
    let (hold, held) = channel::<()>();
    let (tell, told) = channel();
    let callback = move |_: u64, bytes: &[u8], (): &mut ()| {
        tell.send(bytes.to_vec()).unwrap();
        if bytes == [0xfa] {
            held.recv_timeout(PATIENCE).unwrap();
        }
    };
    let input = MidiInput::new(&unique("slow")).unwrap();
    let connection = input.create_virtual("in", callback, ()).unwrap();
    let (mut raw, _port) = raw_sender(connection.address());
    // While the callback is blocked, nothing reads, and the kernel's 2000 cells are used up.
    raw.event_output_direct(&Event::start()).unwrap();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), [0xfa]);
    for _ in 0..3000 {
        // If the receiver stamps events and has no room, Linux 7.2 reports success.
        let _ = raw.event_output_direct(&Event::note_on(0, 1, 1).unwrap());
    }
    hold.send(()).unwrap();
    // After the kernel has dropped everything, it has room again.
    raw.event_output_patient(&Event::stop(), PATIENCE).unwrap();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), [0xfc]);
    assert_eq!(connection.gaps(), 1);
}
