//! Tests of `aseq send`: events arrive as they were written, and an event that does not arrive is a
//! failure.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use alsa_seq::{
    ClientOptions, ConnectOptions, ErrorKind, Event, EventData, EventType, MidiVersion, PortOptions,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::silence::{wait_for_state, wait_for_stop};
use crate::{Running, aseq, complaint};
use support::announcements::Announcements;
use support::kept;
use support::listener::Listener;
use support::{PATIENCE, client, need_sequencer, say_skipped, unique, until};

fn on(note: u8) -> EventData<'static> {
    EventData::note_on(0, note, 1).unwrap()
}

fn off(note: u8) -> EventData<'static> {
    EventData::note_off(0, note, 0).unwrap()
}

/// Returns the events that arrive from this successful call.
fn received(arguments: &[&str]) -> Vec<EventData<'static>> {
    let mut listener = Listener::new();
    let address = listener.address();
    let sender = Running::start(&[&["send", "-p", &address], arguments].concat());
    let mut heard = Vec::new();
    listener.listen(|event| heard.push(kept(event.clone())));
    assert_eq!(sender.end(), (0, vec![]), "{arguments:?}");
    heard
}

#[test]
fn words_and_bytes_arrive() {
    need_sequencer!();
    let words = "note-on 1 60 1 note 1 62 1 1ms wait 0.01 pitch-bend 16 -8192";
    let bend = EventData::pitch_bend(15, -8192).unwrap();
    let expected = [on(60), on(62), off(62), bend];
    let words: Vec<_> = words.split(' ').collect();
    assert_eq!(received(&words), expected);
    // In one argument, and as bytes.
    assert_eq!(received(&["note-on 1 60 1"]), expected[..1]);
    assert_eq!(received(&["903c01", "3e", "01", "80 3e 0"]), expected[..3]);
    assert_eq!(
        received(&["--interval", "1ms", "f0", "7e", "f7"]),
        [EventData::Sysex(&[0xf0, 0x7e, 0xf7])]
    );
}

/// Another program connects the port of `aseq send` to the receiver as soon as the port exists. If
/// that program is faster than `aseq`, the event still arrives, and only once.
#[test]
fn another_program_may_connect_the_two_ports_first() {
    need_sequencer!();
    let mut receiver = client("receiver");
    let input = receiver.create_port(PortOptions::receiver("in")).unwrap();
    let address = input.address().to_string();
    let mut announcements = Announcements::new();
    let deadline = Instant::now() + PATIENCE;
    let mut is_faster = false;
    while !is_faster {
        assert!(
            Instant::now() < deadline,
            "the other program is never faster"
        );
        // With this priority, `aseq` is often slower than the test.
        let mut child = Command::new("nice")
            .args([
                "-n",
                "19",
                env!("CARGO_BIN_EXE_aseq"),
                "send",
                "-p",
                &address,
            ])
            .args(["note-on", "1", "60", "1"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let other = &mut announcements.client;
        let sender = loop {
            let EventData::PortStart(port) = other.event_input_timeout(PATIENCE).unwrap().data()
            else {
                continue;
            };
            match other.client_info(port.client) {
                Ok(owner) if owner.pid() == Some(child.id()) => break Some(port),
                Ok(_) => {}
                // `aseq` has ended already.
                Err(_) if child.try_wait().unwrap().is_some() => break None,
                Err(_) => {}
            }
        };
        is_faster = sender.is_some_and(|sender| {
            let connected = other.connect(sender, &input, ConnectOptions::new());
            connected.is_ok()
        });
        let output = child.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        let mut notes = 0;
        while let Some(event) = receiver.try_event_input().unwrap() {
            notes += usize::from(event.data() == on(60));
        }
        assert_eq!(notes, 1);
    }
}

#[test]
fn standard_input_is_read_line_by_line() {
    need_sequencer!();
    let mut listener = Listener::new();
    let address = listener.address();
    let mut child = aseq(&["send", "-p", &address, "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut next = || loop {
        let event = listener.client.event_input_timeout(PATIENCE).unwrap();
        if event.event_type() != EventType::PORT_SUBSCRIBED {
            return kept(event);
        }
    };
    // Each line is sent before the next one is written.
    stdin.write_all(b"# a comment\n\nnote-on 1 60 1\n").unwrap();
    assert_eq!(next(), on(60));
    stdin.write_all(b"90 3d 01 # another\nnote-on 1").unwrap();
    assert_eq!(next(), on(61));
    // A wrong line is reported, and the lines after it are sent.
    stdin
        .write_all(b" 62 1\nnote-on 1 63\nnote-on 1 64 1\n")
        .unwrap();
    assert_eq!(next(), on(62));
    assert_eq!(next(), on(64));
    drop(stdin);
    // It fails at its end, and ends sounding notes.
    let off = |key| EventData::note_off(0, key, 64).unwrap();
    for key in [60, 61, 62, 64] {
        assert_eq!(next(), off(key));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "aseq: line 6: note-on takes CHANNEL NOTE VELOCITY; example: note-on 1 60 100\n\
         aseq: a line was wrong and was not sent\n"
    );
}

/// More events than a pool can hold, to a slow receiver.
#[test]
fn a_long_file_arrives_complete() {
    need_sequencer!();
    let mut message: Vec<u8> = (0..100_000).map(|n: u32| (n % 128) as u8).collect();
    message[0] = 0xf0;
    message.push(0xf7);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &message).unwrap();
    let path = file.path().to_str().unwrap();
    let heard = received(&["--file", path]);
    assert!(heard.len() > 300);
    let bytes = heard.iter().flat_map(|data| match data {
        EventData::Sysex(bytes) => bytes.to_vec(),
        other => panic!("{other:?}"),
    });
    assert!(bytes.eq(message), "the bytes differ");
}

#[test]
fn hexadecimal_words_are_packets() {
    need_sequencer!();
    let client = ClientOptions::new(unique("ump"))
        .midi_version(MidiVersion::Ump2)
        .open();
    let mut client = match client {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => {
            println!("this kernel has no UMP: {error:#}");
            let arguments = ["send", "-p", "14:0", "--ump", "2", "20903c64"];
            let (status, text) = complaint(&arguments);
            assert_eq!(status, 1);
            assert!(text.contains("UMP"), "{text}");
            return;
        }
        result => result.unwrap(),
    };
    let port = client.create_port(PortOptions::receiver("in")).unwrap();
    let address = port.address().to_string();
    let words = ["--ump", "2", "40903c00", "c0000000", "20903c64"];
    let sender = Running::start(&[&["send", "-p", &address], &words[..]].concat());
    let mut packets = Vec::new();
    loop {
        let event = client.event_input_timeout(PATIENCE).unwrap();
        if event.event_type() == EventType::PORT_UNSUBSCRIBED {
            break;
        }
        packets.extend(event.packet().map(|packet| packet.to_string()));
    }
    assert_eq!(sender.end(), (0, vec![]));
    // The kernel turns the second message into MIDI 2.0.
    assert_eq!(packets.len(), 2, "{packets:?}");
    assert_eq!(packets[0], "40903c00 c0000000");
    assert!(packets[1].starts_with("40903c00"), "{packets:?}");
}

#[test]
fn undelivered_events_are_a_failure() {
    need_sequencer!();
    for (arguments, status, reason) in [
        (&["-p", "no such client", "f8"][..], 1, "no such client"),
        // Programs can only read from this port.
        (&["-p", "0:1", "f8"], 1, "0:1"),
        (&["-p", "300:0", "f8"], 2, "0 to 255"),
        (
            &["-p", "14:0", "foo"],
            2,
            "aseq: \"foo\" is neither the name of an event nor hexadecimal bytes; examples: note 1 \
             60 100 500ms, or 90 3c 64\n",
        ),
        (&["-p", "14:0", "note-on"], 2, "note-on takes"),
        (
            &["-p", "14:0", "note-on", "1", "60", "100", "99"],
            2,
            "note-on takes CHANNEL NOTE VELOCITY; \"99\" after that",
        ),
        (&["-p", "14:0", "90", "3c"], 2, "end within a message"),
        (
            &["-p", "14:0", "--file", "/no/such/file"],
            1,
            "/no/such/file: ",
        ),
        (
            &["-p", "14:0", "--file", "/dev/null", "f8"],
            2,
            "cannot be used",
        ),
        (&["-p", "14:0"], 2, "required"),
        (&["f8"], 2, "--port"),
    ] {
        let (code, text) = complaint(&[&["send"], arguments].concat());
        assert_eq!(code, status, "{arguments:?}: {text}");
        assert!(text.contains(reason), "{arguments:?}: {text}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    for (bytes, reason) in [
        (&b"MThd\0\0\0\x06"[..], "aseq play"),
        (b"hello", "not MIDI"),
        (b"\xf0\x01", "cut short"),
        (b"\x90\x3c", "cut short"),
        (b"\xf0\x01\x90\x3c\x01", "cut short"),
    ] {
        std::fs::write(file.path(), bytes).unwrap();
        let (code, text) = complaint(&["send", "-p", "14:0", "--file", path]);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains(reason), "{text}");
    }
}

/// A receiver that does not read is not overrun, and is reported.
#[test]
fn a_receiver_that_does_not_read_is_a_failure() {
    need_sequencer!();
    let mut listener = Listener::new();
    listener.client.set_input_pool(20).unwrap();
    let address = listener.address();
    let words: Vec<_> = (0..40).map(|key| format!("note-on 1 {key} 1")).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let (status, text) = complaint(&[&["send", "-p", &address], &words[..]].concat());
    assert_eq!(status, 1);
    assert!(text.contains("has stopped reading"), "{text}");
    // It has lost no event, and its events leave no sounding note.
    let mut keys = std::collections::BTreeSet::new();
    let mut count = 0;
    while let Some(event) = listener.client.try_event_input().unwrap() {
        match event.data() {
            EventData::NoteOn { note, .. } => {
                assert_eq!(note, count);
                count += 1;
                keys.insert(note);
            }
            EventData::NoteOff { note, .. } => assert!(keys.remove(&note)),
            _ => {}
        }
    }
    assert!(count > 0);
    assert!(keys.is_empty(), "{keys:?}");
}

/// The signal is pending when the time for the receiver is over.
#[test]
fn a_signal_takes_precedence_over_a_receiver_that_does_not_read() {
    need_sequencer!();
    let client = ClientOptions::new(unique("full"))
        .input_pool(4)
        .open()
        .unwrap();
    let port = client.create_port(PortOptions::receiver("in")).unwrap();
    let address = port.address().to_string();
    let message = ["01"; 300].join(" ");
    let message = format!("f0 {message} f7");
    let sender = Running::start(&["send", "-p", &address, &message]);
    until(|| !port.senders().unwrap().is_empty());
    wait_for_state(&sender, 'S');
    sender.signal(Signal::SIGSTOP);
    wait_for_stop(&sender);
    // It waits for two seconds.
    std::thread::sleep(Duration::from_millis(2500));
    sender.signal(Signal::SIGTERM);
    sender.signal(Signal::SIGCONT);
    assert_eq!(sender.end().0, 143);
}

#[test]
fn a_signal_ends_the_note() {
    need_sequencer!();
    let mut listener = Listener::new();
    let address = listener.address();
    let sender = Running::start(&["send", "-p", &address, "note", "1", "60", "1", "3600s"]);
    let mut heard = Vec::new();
    listener.listen(|event| {
        if event.event_type() == EventType::NOTE_ON {
            sender.signal(Signal::SIGTERM);
        }
        heard.push(event.event_type());
    });
    assert_eq!(sender.end(), (143, vec![]));
    assert_eq!(heard[..2], [EventType::NOTE_ON, EventType::NOTE_OFF]);
}

/// The receiver ends, and a new client gets its number. The new client gets neither the next
/// event nor the silence at the end.
#[test]
fn a_new_client_with_the_same_number_gets_no_events() {
    need_sequencer!();
    for next in [Some("note-off 1 60 1\n"), None] {
        let Listener { mut client, port } = Listener::new();
        let address = port.address();
        let mut child = aseq(&["send", "-p", &address.to_string(), "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"note-on 1 60 1\n").unwrap();
        let is_note = |event: &Event<'_>| event.event_type() == EventType::NOTE_ON;
        while !is_note(&client.event_input_timeout(PATIENCE).unwrap()) {}
        // A client with another name looks like another program.
        drop(port);
        client.set_name(&unique("stranger")).unwrap();
        let options = PortOptions::receiver("in");
        let port = client.create_port(options).unwrap();
        assert_eq!(port.address(), address);
        let pid = Pid::from_raw(child.id().try_into().unwrap());
        match next {
            Some(line) => stdin.write_all(line.as_bytes()).unwrap(),
            None => kill(pid, Signal::SIGTERM).unwrap(),
        }
        // A program that does not notice the new client would end here.
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let expected = next.map(|_| format!("aseq: port {address} is gone\n"));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told, expected.unwrap_or_default());
        assert_eq!(output.status.code(), next.map(|_| 1));
        let heard = client.try_event_input().unwrap();
        assert!(heard.is_none(), "{heard:?}");
    }
}

/// For a UMP client, the kernel turns long messages into packets. Each packet needs a cell.
#[test]
fn a_ump_client_that_does_not_read_loses_nothing() {
    need_sequencer!();
    let client = ClientOptions::new(unique("ump"))
        .midi_version(MidiVersion::Ump1)
        .open();
    let mut client = match client {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => {
            say_skipped(&format!("this kernel has no UMP: {error:#}"));
            return;
        }
        client => client.unwrap(),
    };
    let port = client.create_port(PortOptions::receiver("in")).unwrap();
    let message = [&[0xf0], &[1; 4000][..], &[0xf7]].concat();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), message).unwrap();
    let path = file.path().to_str().unwrap();
    let address = port.address().to_string();
    let (status, text) = complaint(&["send", "-p", &address, "--file", path]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("has stopped reading"), "{text}");
    // The sent events are still there.
    let mut packets = 0;
    while let Some(event) = client.try_event_input().unwrap() {
        packets += usize::from(event.is_ump());
    }
    assert!(packets > 100, "{packets}");
}
