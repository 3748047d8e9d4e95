//! The example programs do what they say, on the real kernel.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod common;
mod loops;
mod objects;
mod playing;
mod receiving;

use std::fs;

use alsa_seq::EventData;
use support::{PATIENCE, client, need_sequencer};

use common::{Running, quiet_port};

/// Every example has a test here.
#[test]
fn every_example_is_tested() {
    let package = support::root().join("examples");
    let mut tests = String::new();
    for entry in fs::read_dir(package.join("tests/examples")).unwrap() {
        tests += &fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    let mut count = 0;
    for entry in fs::read_dir(package.join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            tests.contains(&format!("\"{name}\"")),
            "the example {name} is not tested"
        );
        let text = fs::read_to_string(&path).unwrap();
        let how = text
            .lines()
            .filter_map(|line| line.strip_prefix("//! cargo run --example "))
            .any(|words| words.split(' ').next() == Some(&*name));
        assert!(how, "the example {name} does not say how to run it");
        count += 1;
    }
    assert!(count > 0, "there are no examples");
}

/// The README shows this program, without its first lines.
#[test]
fn first_program() {
    let program = include_str!("../../examples/first_program.rs");
    let (_, program) = program.split_once("\n\n").unwrap();
    let shown = format!("```rust,no_run\n{program}```\n");
    assert!(
        include_str!("../../../README.md").contains(&shown),
        "{shown}"
    );

    need_sequencer!();
    let mut client = client("first");
    let synth = quiet_port(&client, "synth");
    let mut running = Running::start("first_program", &[]);
    assert_eq!(
        running.line(),
        "Connect a synthesizer: aseq connect hello SYNTH"
    );
    let hello = client.parse_address("hello").unwrap();
    synth.connect_from(hello).unwrap();
    let mut keys = Vec::new();
    while keys.len() < 8 {
        let event = client.event_input_timeout(PATIENCE).unwrap();
        match event.data() {
            EventData::NoteOn { note, .. } => keys.push((true, note)),
            EventData::NoteOff { note, .. } => keys.push((false, note)),
            _ => {}
        }
    }
    let expected = [60, 64, 67, 72].map(|key| [(true, key), (false, key)]);
    assert_eq!(keys, expected.concat());
    assert_eq!(running.rest(), [""; 0]);
}
