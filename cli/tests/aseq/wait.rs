//! Tests of `--wait`: commands that start before their ports exist.

use alsa_seq::{ClientOptions, Event, EventData, EventType, PortOptions, SequencerClient};
use nix::sys::signal::Signal;

use crate::{Running, complaint};
use support::files::song;
use support::{PATIENCE, client, need_sequencer, next_event, unique};

/// A client with the expected name, and a port that every client may use.
fn appear(name: &str) -> (SequencerClient, alsa_seq::Port) {
    let client = ClientOptions::new(name).open().unwrap();
    let port = client.create_port(PortOptions::new("port")).unwrap();
    (client, port)
}

#[test]
fn each_command_waits_for_its_ports() {
    need_sequencer!();
    let song = song(&[(0, &[0x90, 60, 1]), (1, &[0x80, 60, 1])]);
    let path = song.path().to_str().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let take = directory.path().join("take.mid");
    let take = take.to_str().unwrap();
    let commands: [&[&str]; 4] = [
        &["play", path, "-d", "0", "--wait", "-p"],
        &["send", "note-on", "1", "60", "1", "-w", "-p"],
        &["dump", "-n", "1", "--wait", "-T", "note-on", "-p"],
        &["record", take, "-n", "1", "-w", "-p"],
    ];
    for command in commands {
        let name = unique("late");
        let waiting = Running::start(&[command, &[&name]].concat());
        assert_eq!(waiting.stderr(), format!("aseq: waiting for {name}"));
        // Another client appears first.
        let _other = appear(&unique("another"));
        let (mut late, port) = appear(&name);
        if matches!(command[0], "play" | "send") {
            let event = next_event(&mut late);
            assert_eq!(event.event_type(), EventType::NOTE_ON, "{command:?}");
        } else {
            // It is connected, and gets the port's events.
            let receiver = loop {
                let event = late.event_input_timeout(PATIENCE).unwrap();
                if let EventData::PortSubscribed { receiver, .. } = event.data() {
                    break receiver;
                }
            };
            // The kernel announces the connection before it carries events. It carries events when
            // the receiver's list contains it.
            while late.connections_to(receiver).unwrap().is_empty() {
                std::thread::yield_now();
            }
            let note = Event::note_on(0, 60, 1).unwrap().from_port(&port);
            late.event_output_direct(&note.to_subscribers()).unwrap();
        }
        let (status, _) = waiting.end();
        assert_eq!(status, 0, "{command:?}");
    }
}

/// Waits first for the missing port, by its number, and then for the other one.
#[test]
fn connect_waits_for_both() {
    need_sequencer!();
    let there = client("there");
    let out = there.create_port("out").unwrap();
    let name = unique("late");
    let first = format!("{}:7", there.id());
    let waiting = Running::start(&["connect", "--wait", &first, &name]);
    assert_eq!(
        waiting.stderr(),
        format!("aseq: waiting for {first}, {name}")
    );
    let (late, input) = appear(&name);
    assert_eq!(waiting.stderr(), format!("aseq: waiting for {first}"));
    let seventh = there
        .create_port(PortOptions::new("seventh").number(7))
        .unwrap();
    assert_eq!(waiting.end(), (0, vec![]));
    assert_eq!(input.senders().unwrap()[0].sender, seventh.address());
    assert_eq!(out.receivers().unwrap(), []);
    drop(late);
}

#[test]
fn a_signal_ends_the_wait() {
    need_sequencer!();
    let path = support::files::data_dir().join("empty.mid");
    let path = path.to_str().unwrap();
    let name = unique("never");
    let commands: [&[&str]; 5] = [
        &["play", path, "-wp", &name],
        &["send", "clock", "-wp", &name],
        &["dump", "-wp", &name],
        &["record", "/no/such/directory/take.mid", "-wp", &name],
        &["connect", "-w", &name, &name],
    ];
    for command in commands {
        for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
            let waiting = Running::start(command);
            assert!(waiting.stderr().starts_with("aseq: waiting for "));
            waiting.signal(signal);
            assert_eq!(waiting.end(), (status, vec![]), "{command:?}");
        }
    }
    // A mistake ends the command at once.
    for wrong in ["300:0", "", "a:"] {
        let (status, text) = complaint(&["dump", "-w", "-p", wrong]);
        assert_eq!(status, 2, "{wrong}: {text}");
    }
    let _twins = [appear(&name), appear(&name)];
    let (status, text) = complaint(&["dump", "-w", "-p", &name]);
    assert!(status == 1 && text.contains("ambiguous"), "{text}");
}

/// The program does not wait for existing ports.
#[test]
fn existing_ports_are_used_at_once() {
    need_sequencer!();
    let mut there = client("there");
    let port = there.create_port(PortOptions::receiver("in")).unwrap();
    let address = port.address().to_string();
    assert_eq!(crate::printed(&["send", "-w", "-p", &address, "clock"]), "");
    let event = next_event(&mut there);
    assert!(matches!(event.data(), EventData::Clock(_)));
}
