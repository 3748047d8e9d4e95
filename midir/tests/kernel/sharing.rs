//! Connections with the same name share a client, without visible effects.

use std::sync::mpsc::channel;

use alsa_seq_midir as midir;
use midir::ext::{InputExt, OutputExt as _, PortExt as _};
use midir::os::unix::{VirtualInput as _, VirtualOutput as _};
use midir::{MidiInput, MidiOutput, MidiOutputPort};

use support::midir::Listener;
use support::{PATIENCE, need_sequencer, unique};

#[test]
fn one_client_for_each_name_and_direction() {
    need_sequencer!();
    let name = unique("shared");
    let first = Listener::named(&name);
    let second = Listener::named(&name);
    let other = Listener::named(&unique("another"));
    assert_eq!(first.address().client, second.address().client);
    assert_ne!(first.address().port, second.address().port);
    assert_ne!(first.address().client, other.address().client);
    let output = MidiOutput::new(&name)
        .unwrap()
        .create_virtual("out")
        .unwrap();
    assert_ne!(output.address().client, first.address().client);
    let info = InputExt::control(&first.connection).info().unwrap();
    assert_eq!(info.name(), name);
    assert_eq!(info.num_ports(), 2);
}

#[test]
fn each_connection_gets_its_own_messages() {
    need_sequencer!();
    let name = unique("shared");
    let listeners: Vec<Listener> = (0..5).map(|_| Listener::named(&name)).collect();
    let mut outputs: Vec<_> = listeners
        .iter()
        .map(|listener| {
            let port = MidiOutputPort::from_address(listener.address());
            MidiOutput::new(&name)
                .unwrap()
                .connect(&port, "out")
                .unwrap()
        })
        .collect();
    for round in 0..100 {
        for (index, output) in outputs.iter_mut().enumerate() {
            let channel = u8::try_from(index).unwrap();
            output.send(&[0x90 | channel, round, 100]).unwrap();
        }
    }
    for round in 0..100 {
        for (index, listener) in listeners.iter().enumerate() {
            let channel = u8::try_from(index).unwrap();
            assert_eq!(listener.next(), [0x90 | channel, round, 100]);
        }
    }
}

/// A callback that waits delays only its own connection.
#[test]
fn a_callback_may_wait_for_another() {
    need_sequencer!();
    let name = unique("waiting");
    let (tell, told) = channel();
    let (begin, begun) = channel();
    let patient = MidiInput::new(&name)
        .unwrap()
        .create_virtual(
            "patient",
            move |_, _, heard: &mut Vec<u8>| {
                begin.send(()).unwrap();
                heard.push(told.recv_timeout(PATIENCE).unwrap());
            },
            Vec::new(),
        )
        .unwrap();
    let teller = MidiInput::new(&name)
        .unwrap()
        .create_virtual(
            "teller",
            move |_, bytes, ()| tell.send(bytes[1]).unwrap(),
            (),
        )
        .unwrap();
    assert_eq!(patient.address().client, teller.address().client);
    let to = |address| {
        let port = MidiOutputPort::from_address(address);
        MidiOutput::new(&name)
            .unwrap()
            .connect(&port, "out")
            .unwrap()
    };
    let mut to_patient = to(patient.address());
    let mut to_teller = to(teller.address());
    for note in 1..20 {
        to_patient.send(&[0x90, 0, 1]).unwrap();
        begun.recv_timeout(PATIENCE).unwrap();
        to_teller.send(&[0x90, note, 1]).unwrap();
    }
    let (_, heard) = patient.close();
    assert_eq!(heard, (1..20).collect::<Vec<u8>>());
}

/// The number of a removed port is used again, but a new connection gets none of its messages.
#[test]
fn a_new_connection_gets_no_messages_of_an_old_one() {
    need_sequencer!();
    let name = unique("again");
    // Keeps the client open. Its thread is the one that reads.
    let other = Listener::named(&name);
    for round in 0..50 {
        let listener = Listener::named(&name);
        let port = MidiOutputPort::from_address(listener.address());
        let mut output = MidiOutput::new(&name)
            .unwrap()
            .connect(&port, "out")
            .unwrap();
        for _ in 0..20 {
            output.send(&[0x90, round, 1]).unwrap();
        }
        drop(listener.connection);
        let received: Vec<Vec<u8>> = listener.messages.iter().map(|(_, bytes)| bytes).collect();
        assert_eq!(received, vec![vec![0x90, round, 1]; 20]);
    }
    assert!(other.messages.try_recv().is_err());
}

/// The same is true if the old callback has panicked, and nothing has read the remaining messages.
#[test]
fn a_new_connection_gets_no_messages_of_one_that_panicked() {
    need_sequencer!();
    let name = unique("again");
    // Keeps the client open. Its callback waits, and its thread does not read in the meantime.
    let (hold, held) = channel::<()>();
    let (tell, told) = channel();
    let busy = move |_: u64, _: &[u8], (): &mut ()| {
        tell.send(()).unwrap();
        let _ = held.recv_timeout(PATIENCE);
    };
    let input = MidiInput::new(&name).unwrap();
    let busy = input.create_virtual("busy", busy, ()).unwrap();
    let to = |address| {
        let port = MidiOutputPort::from_address(address);
        let output = MidiOutput::new(&unique("player")).unwrap();
        output.connect(&port, "out").unwrap()
    };
    to(busy.address()).send(&[0xf8]).unwrap();
    told.recv_timeout(PATIENCE).unwrap();
    for round in 0..50 {
        let (begin, begun) = channel::<()>();
        let panics = move |_: u64, _: &[u8], (): &mut ()| {
            let _ = begun.recv_timeout(PATIENCE);
            panic!("as the test wants it");
        };
        let input = MidiInput::new(&name).unwrap();
        let connection = input.create_virtual("in", panics, ()).unwrap();
        let address = connection.address();
        let mut output = to(address);
        for _ in 0..20 {
            output.send(&[0x90, round, 1]).unwrap();
        }
        begin.send(()).unwrap();
        drop(connection);
        let listener = Listener::named(&name);
        assert_eq!(listener.address(), address);
        to(address).send(&[0x80, round, 1]).unwrap();
        assert_eq!(listener.next(), [0x80, round, 1]);
    }
    drop(hold);
}
