//! The examples that answer the first questions of authors of MIDI programs.

use std::io::Write;
use std::process::Stdio;

use alsa_seq::sysex::{Outcome, Reassembler};
use alsa_seq::{Address, ClientId, Event, EventData, EventType, PortOptions, Tempo, Time};

use crate::common::{Running, await_connection, example, quiet_port, run, send};
use support::{PATIENCE, client, need_sequencer, next_event, unique};

/// An example with a standard input.
fn with_input(name: &str, arguments: &[&str]) -> Running {
    Running::spawn(example(name).args(arguments).stdin(Stdio::piped()))
}

#[test]
fn a_step_sequencer_plays_ahead_pauses_and_stops() {
    need_sequencer!();
    let mut client = client("drums");
    let port = quiet_port(&client, "in");
    let mut sequencer = with_input("step_sequencer", &[&port.address().to_string()]);
    let mut sounding = Vec::new();
    let mut bass_drums = 0;
    let mut silences = 0;
    let mut input = sequencer.child.stdin.take();
    // More than a bar, then a pause, and again some.
    loop {
        let event = next_event(&mut client);
        match event.data() {
            EventData::NoteOn { note, .. } => {
                sounding.push(note);
                bass_drums += usize::from(note == 36);
                if (bass_drums, note) == (6, 36) && silences == 0 {
                    input.as_mut().unwrap().write_all(b"\n").unwrap();
                }
                if (bass_drums, note) == (8, 36) {
                    break;
                }
            }
            EventData::NoteOff { note, .. } => {
                let place = sounding.iter().position(|sounds| *sounds == note).unwrap();
                sounding.remove(place);
            }
            EventData::ControlChange {
                controller: 123, ..
            } => {
                silences += 1;
                input.as_mut().unwrap().write_all(b"\n").unwrap();
            }
            EventData::PortSubscribed { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(silences, 1);
    drop(input);
    assert_eq!(sequencer.rest(), [""; 0]);
    while let Some(event) = client.try_event_input().unwrap() {
        match event.data() {
            EventData::NoteOn { note, .. } => sounding.push(note),
            EventData::NoteOff { note, .. } => {
                let place = sounding.iter().position(|sounds| *sounds == note).unwrap();
                sounding.remove(place);
            }
            _ => {}
        }
    }
    assert_eq!(sounding, [0_u8; 0]);
}

#[test]
fn midi_clock_leads() {
    need_sequencer!();
    let mut client = client("follower");
    let port = quiet_port(&client, "in");
    let leader = Running::start("midi_clock", &["lead", "600", &port.address().to_string()]);
    let mut heard = Vec::new();
    while heard.last() != Some(&EventType::STOP) {
        heard.push(next_event(&mut client).event_type());
    }
    heard.retain(|event_type| *event_type != EventType::PORT_SUBSCRIBED);
    assert_eq!(heard[0], EventType::START);
    assert_eq!(heard[1..heard.len() - 1], [EventType::CLOCK; 192]);
    assert_eq!(leader.rest(), [""; 0]);
}

#[test]
fn midi_clock_follows() {
    need_sequencer!();
    let mut client = client("leader");
    let stamps = client.create_queue("stamps").unwrap();
    stamps.start().unwrap();
    let options = PortOptions::receiver("in");
    let own = client
        .create_port(options.stamp_real_time(&stamps))
        .unwrap();
    let out = quiet_port(&client, "out");
    let mut follower = Running::start("midi_clock", &["follow", &out.address().to_string()]);
    await_connection(&mut client);
    out.connect_to(&own).unwrap();
    let queue = client.create_queue("clock").unwrap();
    let tempo = Tempo::from_bpm(300.0).unwrap().with_ppq(24).unwrap();
    queue.set_tempo(tempo).unwrap();
    queue.start().unwrap();
    client.set_source(&out);
    for tick in 0..=48 {
        let clock = Event::clock().at(&queue, Time::Tick(tick));
        client.event_output(&clock).unwrap();
    }
    let stop = Event::stop().at(&queue, Time::Tick(49));
    client.event_output(&stop).unwrap();
    client.drain_output().unwrap();
    let mut beats = Vec::new();
    let mut clocks = 0;
    while clocks <= 48 {
        let event = next_event(&mut client);
        if event.event_type() == EventType::CLOCK {
            if clocks % 24 == 0 {
                beats.push(event.time().real_time().unwrap());
            }
            clocks += 1;
        }
    }
    // Both were stamped when they were delivered, one just after the other.
    for beat in beats.windows(2) {
        let quarter = beat[1].saturating_duration_since(beat[0]);
        let expected = 60.0 / quarter.as_secs_f64();
        let line = follower.line();
        let shown: f64 = line.strip_suffix(" bpm").unwrap().parse().unwrap();
        assert!((shown / expected - 1.0).abs() < 0.2, "{line}, {expected}");
    }
    assert_eq!(follower.line(), "stopped after 49 clocks");
}

#[test]
fn a_router_maps_channels_and_parameters() {
    need_sequencer!();
    let mut client = client("keys");
    let [out, input] = ["out", "in"].map(|name| quiet_port(&client, name));
    let ports = [&out, &input].map(|port| port.address().to_string());
    let mut router = Running::start("route", &[&ports[0], &ports[1]]);
    // MIDI has no such channel, and no such value; the kernel delivers them.
    let nowhere = EventData::NoteOn {
        channel: 20,
        note: 60,
        velocity: 100,
    };
    let too_high = EventData::Nrpn {
        channel: 0,
        parameter: 136,
        value: -1,
    };
    assert_eq!(router.line(), format!("{} to {}", ports[0], ports[1]));
    // The kernel tells the router of this connection, as of its own.
    let other = quiet_port(&client, "other");
    other
        .connect_to(out.receivers().unwrap()[0].receiver)
        .unwrap();
    for event in [
        Event::note_on(0, 60, 100).unwrap(),
        Event::note_on(9, 60, 100).unwrap(),
        Event::control_change(0, 99, 1).unwrap(),
        Event::control_change(0, 98, 8).unwrap(),
        Event::control_change(0, 6, 64).unwrap(),
        Event::control_change(0, 38, 3).unwrap(),
        Event::sysex(&[0xf0, 1, 0xf7][..]),
        Event::new(nowhere),
        Event::new(too_high),
        Event::note_off(1, 3, 0).unwrap(),
        Event::control_change(1, 7, 100).unwrap(),
        Event::control_change(1, 39, 5).unwrap(),
    ] {
        send(&mut client, event, &out);
    }
    let expected = [
        Event::note_on(4, 48, 100).unwrap(),
        Event::note_on(9, 60, 100).unwrap(),
        Event::control_change(4, 74, 64).unwrap(),
        Event::sysex(&[0xf0, 1, 0xf7][..]),
        Event::new(nowhere),
        Event::new(too_high.with_channel(4).unwrap()),
        // An octave lower there is no note.
        Event::note_off(1, 3, 0).unwrap(),
        // Not the one event of 14 bits that they are joined to in between.
        Event::control_change(1, 7, 100).unwrap(),
        Event::control_change(1, 39, 5).unwrap(),
    ];
    for expected in expected {
        let event = loop {
            let event = client.event_input_timeout(PATIENCE).unwrap();
            let from_system = event.source().client == ClientId::SYSTEM;
            if !from_system && event.dest() == input.address() {
                break event;
            }
        };
        assert_eq!(event.data(), expected.data());
    }
}

#[test]
fn a_thread_that_waits_is_stopped() {
    need_sequencer!();
    let mut sender = client("sender");
    let out = quiet_port(&sender, "out");
    let mut listener = with_input("stop_thread", &[]);
    let line = listener.line();
    let port: Address = line.strip_prefix("listening at ").unwrap().parse().unwrap();
    send(
        &mut sender,
        Event::note_on(0, 60, 100).unwrap().to(port),
        &out,
    );
    assert!(listener.line().starts_with("NoteOn"));
    drop(listener.child.stdin.take());
    assert_eq!(listener.rest(), ["stopped"]);
}

#[test]
fn a_librarian_keeps_messages_and_sends_them() {
    need_sequencer!();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sounds.syx");
    let path = path.to_str().unwrap();
    let mut client = client("synthesizer");
    let port = quiet_port(&client, "port");
    let address = port.address().to_string();
    let mut librarian = Running::start("librarian", &["receive", &address, path]);
    assert_eq!(librarian.line(), "waiting");
    let long: Vec<u8> = std::iter::once(0xf0)
        .chain((0..1000_u16).map(|byte| (byte % 128) as u8))
        .chain([0xf7])
        .collect();
    for piece in [&[0xf0, 1, 2, 3, 0xf7][..], &long[..300], &long[300..]] {
        send(&mut client, Event::sysex(piece), &port);
    }
    assert_eq!(librarian.rest(), ["5 bytes", "1002 bytes"]);
    let kept = std::fs::read(path).unwrap();
    assert_eq!(kept, [&[0xf0, 1, 2, 3, 0xf7][..], &long].concat());

    let sent = run("librarian", &["send", path, &address]);
    assert!(sent.status.success(), "{sent:?}");
    let mut messages = Reassembler::new();
    let mut heard = Vec::new();
    let mut is_connected = false;
    while heard.len() < kept.len() {
        let event = client.event_input_timeout(PATIENCE).unwrap();
        if let EventData::PortSubscribed { receiver, .. } = event.data() {
            is_connected |= receiver == port.address();
        }
        if event.event_type() != EventType::SYSEX {
            continue;
        }
        // A driver would get nothing before.
        assert!(is_connected);
        let mut piece = event.payload();
        while let Some(outcome) = messages.push(event.source(), &mut piece) {
            match outcome {
                Outcome::Complete(message) => heard.extend_from_slice(message),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(heard, kept);
}

#[test]
fn a_port_is_found_whenever_it_appears() {
    need_sequencer!();
    let name = unique("keyboard");
    let mut example = Running::start("hot_plug", &[&name]);
    let mut keyboard = client("keyboard");
    for _ in 0..2 {
        let port = quiet_port(&keyboard, &name);
        let address = port.address().to_string();
        assert_eq!(example.line(), format!("connected to {address}"));
        send(&mut keyboard, Event::note_on(0, 60, 100).unwrap(), &port);
        assert!(example.line().starts_with("NoteOn"));
        drop(port);
        assert_eq!(example.line(), format!("{address} is gone"));
    }
}
