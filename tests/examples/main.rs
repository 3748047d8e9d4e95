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

/// Every example has a test here, and `examples/README.md` lists it.
#[test]
fn every_example_is_tested_and_listed() {
    let examples = support::root().join("examples");
    let mut tests = String::new();
    for entry in fs::read_dir(support::root().join("tests/examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension() == Some("rs".as_ref()) {
            tests += &fs::read_to_string(path).unwrap();
        }
    }
    let index = fs::read_to_string(examples.join("README.md")).unwrap();
    let listed: Vec<&str> = index
        .lines()
        .filter(|line| line.starts_with("- "))
        .collect();
    let mut count = 0;
    for entry in fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        if path.extension() != Some("rs".as_ref()) {
            continue;
        }
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
        let line = format!("- [`{name}`]({name}.rs): {}", first_sentence(&text));
        assert!(listed.contains(&&*line), "README.md does not have: {line}");
        count += 1;
    }
    assert_eq!(count, listed.len(), "README.md lists other examples");
}

/// Returns the first sentence of a program's documentation.
fn first_sentence(program: &str) -> String {
    let lines = program.lines().map_while(|line| line.strip_prefix("//! "));
    let text = lines.collect::<Vec<_>>().join(" ");
    match text.split_once(". ") {
        Some((sentence, _)) => format!("{sentence}."),
        None => text,
    }
}

/// The README shows this program, without its first lines.
#[test]
fn first_program() {
    let program = include_str!("examples/first_program.rs");
    let (_, program) = program.split_once("\n\n").unwrap();
    let shown = format!("```rust,no_run\n{program}```\n");
    assert!(include_str!("../../README.md").contains(&shown), "{shown}");

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
