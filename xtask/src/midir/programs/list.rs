//! The programs, and the task of each of them.

use std::fs;

use anyhow::{Context as _, Result, bail};

use super::desk::{Desk, Seen, number};
use super::{Program, Source};
use crate::capi;

pub(super) const PROGRAMS: [Program; 8] = [
    Program {
        name: "rmididings",
        version: "0.2.1",
        kind: "a router",
        uses: "alsa 0.5",
        stand_in: "0.3",
        source: Source::Registry,
        arguments: &["--example", "simple_patch"],
        file: "examples/simple_patch",
        update: &[],
        work: rmididings,
    },
    Program {
        name: "plmidi",
        version: "0.14.2",
        kind: "a player of songs",
        uses: "midir 0.8",
        stand_in: "0.3",
        source: Source::Registry,
        arguments: &["--no-default-features", "--features", "system"],
        file: "plmidi",
        // These two are for the sequencer. The last one is for the musl of today's Rust.
        update: &["quote", "proc-macro2", "getrandom@0.2.6"],
        work: plmidi,
    },
    Program {
        name: "midnote",
        version: "0.11.1",
        kind: "a reader of songs, on a terminal",
        uses: "midir 0.8",
        stand_in: "0.3",
        source: Source::Registry,
        arguments: &[],
        file: "midnote",
        update: &["quote", "proc-macro2"],
        work: midnote,
    },
    Program {
        name: "launchy",
        version: "0.4.1",
        kind: "a library for controllers; its example",
        uses: "midir 0.9",
        stand_in: "0.3",
        source: Source::Registry,
        arguments: &["--example", "validate-mini-mk3"],
        file: "examples/validate-mini-mk3",
        update: &[],
        work: launchy,
    },
    Program {
        name: "midi-control",
        version: "0.2.3",
        kind: "a library for controllers; its example",
        uses: "midir 0.10",
        stand_in: "0.3",
        source: Source::Registry,
        arguments: &["--example", "arturia-blink"],
        file: "examples/arturia-blink",
        update: &[],
        work: midi_control,
    },
    Program {
        name: "bevy_midi",
        version: "0.12.0",
        kind: "a game engine's plugin, in a game of ours",
        uses: "midir 0.10",
        stand_in: "0.3",
        source: Source::Ours("tests/midi_programs/game"),
        arguments: &[],
        file: "game",
        update: &[],
        work: bevy_midi,
    },
    Program {
        name: "caw_midi_live",
        version: "0.5.0",
        kind: "a library for synthesizers, in a synthesizer of ours",
        uses: "midir 0.10",
        stand_in: "0.3",
        source: Source::Ours("tests/midi_programs/synthesizer"),
        arguments: &[],
        file: "synthesizer",
        update: &[],
        work: caw_midi_live,
    },
    Program {
        name: "mseq",
        version: "3.0.0",
        kind: "a library for step sequencers; its example",
        uses: "midir 0.11",
        stand_in: "0.4",
        source: Source::Registry,
        arguments: &["--example", "slave_mode"],
        file: "examples/slave_mode",
        update: &[],
        work: mseq,
    },
];

/// Returns the channel messages of [`capi::SONG`].
const SONG: [&str; 10] = [
    "B0 07 64", "E0 00 40", "D0 11", "90 3C 40", "80 3C 40", "91 40 50", "91 40 00", "A2 30 22",
    "B3 40 7F", "C0 63",
];

/// The program forwards the messages that it receives.
fn rmididings(desk: &Desk) -> Result<Seen> {
    let mut keys = desk.device("Virtual Keyboard", "Virtual Keyboard")?;
    let mut monitor = desk.device("midisnoop", "MIDI Input")?;
    let _program = desk.start(&[])?;
    keys.is_heard()?;
    monitor.is_reached()?;
    let messages = ["90 3C 40", "B0 07 11", "90 3C 00"];
    for message in messages {
        keys.send(message)?;
    }
    monitor.has_received(&messages)?;
    Ok(Seen::both(
        "3 messages, to another client",
        "notes and a controller",
    ))
}

/// The program plays a song on its terminal.
fn plmidi(desk: &Desk) -> Result<Seen> {
    let song = desk.file("song.mid");
    fs::write(&song, capi::SONG)?;
    let mut synthesizer = desk.device("Synthesizer", "Input")?;
    let device = number(&listed(desk, "Synthesizer:Input")?)?;
    let song = song.to_str().context("the path is not UTF-8")?;
    let program = desk.start_on_terminal(&["--device", &device, song])?;
    // At the start, the program ends every note on every channel.
    let is_end = |message: &str| message.starts_with('8') && message.ends_with("7F");
    synthesizer.has_received_but(is_end, &["FF"])?;
    synthesizer.has_received_but(is_end, &SONG)?;
    program.end()?;
    Ok(Seen::sent("each channel message of a song, in order"))
}

/// The program plays the next bar of a song at each key press.
fn midnote(desk: &Desk) -> Result<Seen> {
    let song = desk.file("song.mid");
    fs::write(&song, capi::SONG)?;
    let keys = desk.file("keys.json");
    fs::write(&keys, r#"{"keys": {"exit": {"Char": "q"}}}"#)?;
    let mut synthesizer = desk.device("Synthesizer", "Input")?;
    let device = number(&listed(desk, "Synthesizer:Input")?)?;
    let (keys, song) = (keys.to_str(), song.to_str());
    let (keys, song) = keys.zip(song).context("the path is not UTF-8")?;
    let mut program = desk.start_on_terminal(&["--config", keys, "--device", &device, song])?;
    program.wait_for("toggle note style")?;
    // The right arrow: the next bar. Here a bar is a quarter note.
    let (first, second) = SONG.split_at(6);
    program.give("\x1b[C")?;
    synthesizer.has_received(first)?;
    // The up arrow, and this bar again. The program prints the number of the bar, of two.
    program.give("\x1b[A")?;
    program.wait_for("0 / 2")?;
    program.give("r")?;
    synthesizer.has_received(&[
        "B0 07 64", "E0 00 40", "D0 11", "90 3D 40", "80 3D 40", "91 41 50",
    ])?;
    // The down arrow.
    program.give("\x1b[B")?;
    program.wait_for("0 / 2")?;
    program.give("\x1b[C")?;
    synthesizer.has_received(second)?;
    program.give("q")?;
    program.end()?;
    Ok(Seen::sent(
        "each channel message of a song, and a bar half a tone higher",
    ))
}

/// Returns the line with the name of a port in its list.
fn listed(desk: &Desk, port: &str) -> Result<String> {
    let list = desk.start(&["--list"])?.end()?;
    let line = list.lines().find(|line| line.contains(port));
    line.map(str::to_owned)
        .with_context(|| format!("the list is\n{list}"))
}

/// The program lights the controller's lights, asks for its state, and waits for keys.
fn launchy(desk: &Desk) -> Result<Seen> {
    let mut launchpad = desk.device("Launchpad Mini MK3", "Launchpad Mini MK3 LPMiniMK3 MI")?;
    let mut program = desk.start(&[])?;
    // "All lights turn dark grey", and so on.
    for _ in 0..30 {
        program.give("y")?;
    }
    launchpad.is_heard()?;
    for (question, answer, said) in [
        (
            "F0 00 20 29 02 0D 09 F7",
            "F0 00 20 29 02 0D 09 01 F7",
            "SleepMode Wake",
        ),
        (
            "F0 00 20 29 02 0D 08 F7",
            "F0 00 20 29 02 0D 08 40 F7",
            "Brightness 64",
        ),
        (
            "F0 7E 7F 06 01 F7",
            "F0 7E 00 06 02 00 20 29 13 01 00 00 01 02 03 04 F7",
            "The application version is [1, 2, 3, 4]",
        ),
    ] {
        launchpad.receives(question)?;
        launchpad.send(answer)?;
        program.wait_for(said)?;
    }
    program.wait_for("Press and release")?;
    launchpad.send("90 37 7F")?;
    launchpad.send("90 37 00")?;
    program.wait_for("Release")?;
    // The program opens its ports again, to draw. The top left key ends that.
    launchpad.is_heard()?;
    launchpad.send("B0 5B 7F")?;
    let sent = launchpad.received().len();
    let said = program.end()?;
    if !said.contains("All tests done!") || said.contains("FAILED") {
        bail!("the program prints\n{said}");
    }
    if sent < 30 {
        bail!("it has sent only {sent} messages");
    }
    Ok(Seen::both(
        "system-exclusive messages: lights, and three questions",
        "the three answers, and keys",
    ))
}

/// The program asks for the type of the controller, and blinks the controller's lights.
fn midi_control(desk: &Desk) -> Result<Seen> {
    let mut controller = desk.device("Arturia MiniLab mkII", "MIDI 1")?;
    let _program = desk.start(&[])?;
    controller.has_received(&["F0 7E 7F 06 01 F7"])?;
    controller.send("F0 7E 00 06 02 00 20 6B 02 00 04 02 43 07 00 01 F7")?;
    // Off, and red.
    controller.receives("F0 00 20 6B 7F 42 02 00 10 70 00 F7")?;
    controller.receives("F0 00 20 6B 7F 42 02 00 10 77 01 F7")?;
    Ok(Seen::both(
        "system-exclusive messages: a question, and lights",
        "the answer",
    ))
}

/// The game answers each note with the note an octave higher.
fn bevy_midi(desk: &Desk) -> Result<Seen> {
    let mut joystick = desk.device("Joystick", "MIDI 1")?;
    let mut program = desk.start(&[])?;
    // In any order.
    joystick.is_heard_and_reached()?;
    joystick.send("90 3C 40")?;
    joystick.send("80 3C 00")?;
    program.wait_for("received [144, 60, 64]")?;
    joystick.has_received(&["90 48 40", "80 48 00"])?;
    Ok(Seen::both("a note", "a note"))
}

/// The synthesizer prints the notes that it would play for the keyboard's messages.
fn caw_midi_live(desk: &Desk) -> Result<Seen> {
    let mut keyboard = desk.device("Keyboard", "MIDI 1")?;
    let mut program = desk.start(&[])?;
    keyboard.is_heard()?;
    program.says("silence")?;
    for (message, heard) in [
        ("90 45 40", "440 Hz at 100 %"),
        // The pitch wheel at its maximum: a whole tone.
        ("E0 7F 7F", "494 Hz at 100 %"),
        ("B0 07 40", "494 Hz at 50 %"),
        ("E0 00 40", "440 Hz at 50 %"),
        ("90 51 40", "880 Hz at 50 %"),
        // The first key is still pressed.
        ("80 51 00", "440 Hz at 50 %"),
        ("80 45 00", "silence"),
    ] {
        keyboard.send(message)?;
        program.says(heard)?;
    }
    Ok(Seen::received("notes, a controller and the pitch wheel"))
}

/// The program plays with the received clock.
fn mseq(desk: &Desk) -> Result<Seen> {
    let mut clock = desk.device("Master Clock", "MIDI 1")?;
    let mut program = desk.start(&[])?;
    for _ in 0..2 {
        let line = program.wait_for("Master Clock")?;
        program.give(&number(&line)?)?;
    }
    clock.is_heard_and_reached()?;
    clock.send("FA")?;
    // It sends at each step, and counts clocks that arrive together as one.
    let is_other = |message: &str| ["FA", "FC", "90 30 7F", "80 30 00"].contains(&message);
    for _ in 0..60 {
        clock.send("F8")?;
        clock.has_received_but(is_other, &["F8"])?;
    }
    let mut notes = clock.received();
    notes.retain(|message| message.ends_with("30 7F") || message.ends_with("30 00"));
    if notes != ["90 30 7F", "80 30 00"].repeat(2) {
        bail!("in two and a half quarter notes, it has sent\n{notes:?}");
    }
    program.wait_for("BPM: ")?;
    Ok(Seen::both("notes", "the clock by which it plays"))
}
