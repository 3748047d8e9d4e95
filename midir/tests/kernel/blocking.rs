//! The cases in which sending a system-exclusive message waits, and in which it does not.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::thread;

use alsa_seq::{Address, EventType, Port, SequencerClient};
use alsa_seq_midir as midir;
use midir::ext::{OutputExt as _, PortExt as _};
use midir::{
    MidiInput, MidiInputPort, MidiOutput, MidiOutputConnection, MidiOutputPort, SendError,
};

use support::midir::forward;
use support::{PATIENCE, need_sequencer, skip, unique};

/// A program that reads on request, and a connection to it.
fn program() -> (SequencerClient, Port, MidiOutputConnection) {
    let client = SequencerClient::open(unique("reader")).unwrap();
    let port = client.create_port("in").unwrap();
    let output = MidiOutput::new(&unique("player")).unwrap();
    let to = MidiOutputPort::from_address(port.address());
    let output = output.connect(&to, "out").unwrap();
    (client, port, output)
}

fn sysex(length: usize) -> Vec<u8> {
    let mut message = vec![1; length];
    message[0] = 0xf0;
    message[length - 1] = 0xf7;
    message
}

/// Returns the calling thread's directory.
fn this_thread() -> PathBuf {
    PathBuf::from("/proc").join(fs::read_link("/proc/thread-self").unwrap())
}

/// Returns how many times a thread has gone to sleep; `None` if it has ended.
fn sleeps(thread: &std::path::Path) -> Option<u64> {
    let status = fs::read_to_string(thread.join("status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("voluntary"))?;
    line.split_whitespace().last()?.parse().ok()
}

/// The same as with midir. A wait of ten seconds would be more than a thousand sleeps.
#[test]
fn no_room_for_the_first_piece_is_an_error_at_once() {
    need_sequencer!();
    let (_reader, _port, mut output) = program();
    while output.send(&[0x90, 60, 100]).is_ok() {}
    for length in [3, 9000] {
        let before = sleeps(&this_thread()).unwrap();
        let error = output.send(&sysex(length)).unwrap_err();
        let after = sleeps(&this_thread()).unwrap();
        assert!(matches!(error, SendError::Other(_)), "{error}");
        assert!(after - before < 100, "{length} bytes: it slept");
    }
}

/// The first piece leaves no room for the second.
#[test]
fn later_pieces_of_a_message_wait_for_room() {
    need_sequencer!();
    let long = sysex(9000);
    let parts = [&long[..4000], &long[4000..]];
    for calls in [&[&long[..]][..], &parts] {
        let (mut reader, _port, mut output) = program();
        let calls: Vec<Vec<u8>> = calls.iter().map(|bytes| bytes.to_vec()).collect();
        let (tell, told) = channel();
        let sender = thread::spawn(move || {
            let thread = this_thread();
            let before = sleeps(&thread).unwrap();
            tell.send((thread, before)).unwrap();
            for bytes in calls {
                output.send(&bytes).unwrap();
            }
        });
        let (thread, before) = told.recv_timeout(PATIENCE).unwrap();
        // Waits until it waits, or has failed.
        while sleeps(&thread).is_some_and(|now| now < before + 10) {
            thread::yield_now();
        }
        let mut received = Vec::new();
        while received.len() < long.len() {
            let event = reader.event_input_timeout(PATIENCE).unwrap();
            // The connection also gets the error.
            if event.event_type() == EventType::SYSEX {
                received.extend_from_slice(event.payload());
            }
        }
        sender.join().unwrap();
        assert_eq!(received, long);
    }
}

/// Only hardware is slow. At this rate, the messages would take an hour.
#[test]
fn midi_through_does_not_count_as_hardware() {
    need_sequencer!();
    let client = SequencerClient::open(unique("looks")).unwrap();
    let through = client
        .clients()
        .map(Result::unwrap)
        .find(|client| client.name() == "Midi Through");
    let Some(through) = through else {
        skip("there is no client called Midi Through (snd-seq-dummy)");
        return;
    };
    let through = Address::new(through.id().number(), 0);
    let (sender, messages) = channel();
    let _input = MidiInput::new(&unique("listener"))
        .unwrap()
        .connect(&MidiInputPort::from_address(through), "in", forward, sender)
        .unwrap();
    let output = MidiOutput::new(&unique("player")).unwrap();
    let to = MidiOutputPort::from_address(through);
    let mut output = output.connect(&to, "out").unwrap();
    output.set_sysex_rate(Some(1));
    let message = sysex(4000);
    let (tell, told) = channel();
    let sent = message.clone();
    // The thread is not joined if this test fails.
    thread::spawn(move || {
        output.send(&sent).unwrap();
        output.send(&sent).unwrap();
        tell.send(output).unwrap();
    });
    told.recv_timeout(PATIENCE).unwrap();
    for _ in 0..2 {
        // Other tests may also send to this port.
        while messages.recv_timeout(PATIENCE).unwrap().1 != message {}
    }
}
