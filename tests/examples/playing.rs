//! Programs that send events.

use std::sync::PoisonError;

use alsa_seq::{
    Event, EventData, EventType, PortFilter, PortOptions, PortType, RealTime, SequencerClient, Time,
};
use support::{client, need_sequencer, next_event, skip};

use crate::common::{Running, SYNTHS, failure, lines, quiet_port};

fn the_lick(client: &mut SequencerClient) -> Vec<(bool, u8, u32)> {
    let mut notes = Vec::new();
    while notes.len() < 14 {
        let event = next_event(client);
        let Time::Tick(tick) = event.time() else {
            panic!("{event:?}");
        };
        notes.push(match event.data() {
            EventData::NoteOn { note, .. } => (true, note, tick),
            EventData::NoteOff { note, .. } => (false, note, tick),
            other => panic!("{other:?}"),
        });
    }
    notes
}

const LICK: [(bool, u8, u32); 14] = [
    (true, 62, 0),
    (false, 62, 2),
    (true, 64, 2),
    (false, 64, 3),
    (true, 65, 3),
    (false, 65, 5),
    (true, 67, 5),
    (false, 67, 6),
    (true, 64, 6),
    (false, 64, 9),
    (true, 60, 9),
    (false, 60, 11),
    (true, 62, 11),
    (false, 62, 24),
];

#[test]
fn play_the_lick() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let address = port.address().to_string();
    let player = Running::start("play_the_lick", &["-p", &address, "--bpm", "6000"]);
    assert_eq!(the_lick(&mut client), LICK);
    assert!(player.rest().is_empty());
    let error = failure("play_the_lick", &["--bpm", "0"]);
    assert!(error.contains("beats per minute"), "{error}");
}

#[test]
fn play_the_lick_on_the_best_port() {
    need_sequencer!();
    let _only_synth = SYNTHS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut client = client("synth");
    let synth = client
        .create_port(
            PortOptions::new("in")
                .port_type(PortType::MIDI_GENERIC | PortType::MIDI_GM | PortType::SYNTHESIZER),
        )
        .unwrap();
    let best = client.ports(PortFilter::new().receives(true)).unwrap();
    if best[0].address() != synth.address() {
        // Not to be played on by a test.
        skip("this machine has a synthesizer of its own");
        return;
    }
    let mut player = Running::start("play_the_lick", &["--bpm", "6000"]);
    let name = client.info().unwrap().name().into_owned();
    let expected = format!("playing on {} \"in\" {name:?}", synth.address());
    assert_eq!(player.line(), expected);
    assert_eq!(the_lick(&mut client), LICK);
    assert!(player.rest().is_empty());
}

#[test]
fn play_the_lick_bytes() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let address = port.address().to_string();
    let player = Running::start("play_the_lick_bytes", &["-p", &address, "--bpm", "6000"]);
    assert_eq!(the_lick(&mut client), LICK);
    assert!(player.rest().is_empty());
}

#[test]
fn play_chord() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let address = port.address().to_string();
    let player = Running::start("play_chord", &[&address]);
    for expected in [EventType::NOTE_ON, EventType::NOTE_OFF] {
        for key in [60, 64, 67] {
            let event = next_event(&mut client);
            assert_eq!(event.event_type(), expected);
            match event.data() {
                EventData::NoteOn { note, .. } | EventData::NoteOff { note, .. } => {
                    assert_eq!(note, key);
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(player.rest().is_empty());
}

#[test]
fn schedule() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let address = port.address().to_string();
    let mut player = Running::start("schedule", &[&address]);
    assert_eq!(player.line(), "7 events wait, running: true");
    let mut received = Vec::new();
    while received.len() < 10 {
        let event = next_event(&mut client);
        let key = match event.data() {
            EventData::NoteOn { note, .. } | EventData::NoteOff { note, .. } => note,
            other => panic!("{other:?}"),
        };
        received.push((event.event_type(), key));
    }
    let (on, off) = (EventType::NOTE_ON, EventType::NOTE_OFF);
    // The quarters last 250 ms, the last two 125.
    assert_eq!(
        received,
        [
            (on, 37),
            (off, 37),
            (on, 37),
            (off, 37),
            (on, 37),
            (off, 37),
            (on, 37),
            (off, 37),
            (on, 49),
            (on, 53),
        ]
    );
    let rest = player.rest();
    let seconds = rest[0].strip_prefix("played until ").unwrap();
    let seconds: RealTime = seconds.parse().unwrap();
    assert!(seconds >= RealTime::new(1, 0).unwrap(), "{seconds}");
    assert!(seconds < RealTime::new(8, 0).unwrap(), "{seconds}");
}

#[test]
fn stop_playing() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let lines = lines("stop_playing", &[&port.address().to_string()]);
    // How many were played before they were counted depends on the machine.
    let count = |line: &str| -> i32 { line.split_once(' ').unwrap().0.parse().unwrap() };
    let counts: Vec<_> = lines.iter().map(|line| count(line)).collect();
    assert!((150..=200).contains(&counts[0]), "{counts:?}");
    assert!((50..=100).contains(&counts[1]), "{counts:?}");
    assert!((25..=50).contains(&counts[2]), "{counts:?}");
    assert_eq!(counts[3], 0);
    assert_eq!(next_event(&mut client).event_type(), EventType::NOTE_ON);
    let silence = Event::control_change(0, 123, 0).unwrap();
    loop {
        let event = next_event(&mut client);
        if event.event_type() == EventType::CONTROL_CHANGE {
            assert_eq!(event.data(), silence.data());
            break;
        }
    }
}

#[test]
fn recover_output() {
    need_sequencer!();
    let lines = lines("recover_output", &[]);
    assert!(lines[0].starts_with("send event 1 to "), "{lines:?}");
    assert!(lines[1].starts_with("it was number 1, for "), "{lines:?}");
    assert!(lines[2].contains("note: 60"), "{lines:?}");
    assert!(lines[3].contains("note: 62"), "{lines:?}");
    assert_eq!(lines.len(), 4);
}
