//! Options of `aseq play`: parts of songs, repetition, speed and transposition; and other formats.

use alsa_seq::{ClientOptions, ErrorKind, EventData, EventType, MidiVersion, PortOptions};

use crate::{Running, aseq, complaint};
use support::files::{song, songs_in_turn, temporary};
use support::kept;
use support::listener::{Listener, tick};
use support::{PATIENCE, need_sequencer, unique};

/// Returns the events of a file, and their times.
fn received(path: &std::path::Path, arguments: &[&str]) -> Vec<(u32, EventData<'static>)> {
    let mut listener = Listener::new();
    let address = listener.address();
    let path = path.to_str().unwrap();
    let fixed = ["play", path, "-p", &address, "-d", "0"];
    let player = Running::start(&[&fixed, arguments].concat());
    let mut heard = Vec::new();
    listener.listen(|event| heard.push((tick(event), kept(event.clone()))));
    assert_eq!(player.end(), (0, vec![]), "{arguments:?}");
    heard
}

fn on(channel: u8, note: u8) -> EventData<'static> {
    EventData::note_on(channel, note, 100).unwrap()
}

fn off(channel: u8, note: u8) -> EventData<'static> {
    off_with(channel, note, 0)
}

fn off_with(channel: u8, note: u8, velocity: u8) -> EventData<'static> {
    EventData::note_off(channel, note, velocity).unwrap()
}

fn program(channel: u8, program: u8) -> EventData<'static> {
    EventData::program_change(channel, program).unwrap()
}

/// A note on each quarter note, which is 96 ticks and half a second.
fn scale() -> tempfile::NamedTempFile {
    song(&[
        (0, &[0xc0, 1]),
        (0, &[0x90, 60, 100]),
        (48, &[0x80, 60, 0]),
        (24, &[0xc0, 2]),
        (24, &[0x90, 62, 100]),
        (48, &[0x80, 62, 0]),
        (48, &[0x99, 40, 100]),
        (48, &[0x89, 40, 0]),
        (48, &[0x91, 127, 100]),
        (48, &[0x81, 127, 0]),
        (48, &[0xff, 1, 0]),
    ])
}

#[test]
fn a_part_sounds_as_in_the_whole() {
    need_sequencer!();
    let song = scale();
    let arguments = ["--from", "0.5", "--to", "0:1", "--tempo-scale", "10"];
    assert_eq!(
        received(song.path(), &arguments),
        [(0, program(0, 2)), (0, on(0, 62)), (48, off(0, 62))]
    );
    // In the middle of a note: the note does not begin, but its end is sent.
    let arguments = ["--from", "0.75", "--to", "1.25", "--tempo-scale", "10"];
    let heard = received(song.path(), &arguments);
    assert_eq!(
        heard[..3],
        [(0, program(0, 2)), (0, off(0, 62)), (48, on(9, 40))]
    );
    // The note was cut off, and does not continue.
    assert_eq!(heard.len(), 4, "{heard:?}");
    assert_eq!(heard[3].1, off_with(9, 40, 64));
}

/// A data entry belongs to the last selected parameter.
#[test]
fn parameters_are_set_as_in_the_whole() {
    need_sequencer!();
    let entries: &[[u8; 2]] = &[
        [101, 0],
        [100, 0],
        [6, 12],
        [100, 1],
        [6, 70],
        [7, 1],
        [7, 99],
    ];
    let mut events: Vec<(u32, Vec<u8>)> = entries
        .iter()
        .map(|[number, value]| (0, vec![0xb0, *number, *value]))
        .collect();
    events.push((96, vec![0x90, 60, 100]));
    events.push((48, vec![0x80, 60, 0]));
    let events: Vec<(u32, &[u8])> = events.iter().map(|(at, bytes)| (*at, &bytes[..])).collect();
    let song = song(&events);
    let heard = received(song.path(), &["--from", "0.25", "--tempo-scale", "10"]);
    let set =
        |[number, value]: &[u8; 2]| (0, EventData::control_change(0, *number, *value).unwrap());
    // First the volume, once, and then each parameter.
    let mut expected: Vec<_> = entries.iter().map(set).collect();
    let volume = expected.pop().unwrap();
    expected.pop();
    expected.insert(0, volume);
    assert_eq!(heard[..6], expected);
}

#[test]
fn a_song_is_played_repeatedly() {
    need_sequencer!();
    let song = scale();
    let arguments = [
        "--loop",
        "3",
        "--from",
        "0.5",
        "--to",
        "0.6",
        "--tempo-scale",
        "10",
    ];
    let heard = received(song.path(), &arguments);
    let length = 19;
    let ended = off_with(0, 62, 64);
    // The program does not change.
    let mut expected = vec![(0, program(0, 2))];
    for time in 0..3 {
        let at = time * length;
        expected.push((at, on(0, 62)));
        // Before each repetition.
        expected.push((at + length, ended));
    }
    let (last, rest) = heard.split_last().unwrap();
    assert_eq!(rest, &expected[..6]);
    // At the end, the player resets it.
    assert_eq!(last.1, ended);
}

/// A pedal that is pressed where a part begins does not hold its notes into the next repetition.
#[test]
fn a_pedal_from_before_a_part_goes_up_between_its_times() {
    need_sequencer!();
    let song = song(&[
        (0, &[0xb0, 64, 127]),
        (96, &[0x90, 60, 100]),
        (48, &[0x80, 60, 0]),
    ]);
    let arguments = ["--loop", "2", "--from", "0.5", "--tempo-scale", "10"];
    let heard = received(song.path(), &arguments).into_iter();
    let pedal = |value| EventData::control_change(0, 64, value).unwrap();
    let once = [pedal(127), on(0, 60), off(0, 60), pedal(0)];
    let heard: Vec<_> = heard.map(|(_, data)| data).collect();
    assert_eq!(heard, [once, once].concat());
}

#[test]
fn channels_and_keys_are_changed() {
    need_sequencer!();
    let song = scale();
    let fast = ["--tempo-scale", "100"];
    let keys = |arguments: &[&str]| {
        let heard = received(song.path(), &[&fast, arguments].concat());
        let key = |(_, data): (u32, EventData<'_>)| match data {
            EventData::NoteOn { channel, note, .. } => Some((channel, note)),
            _ => None,
        };
        heard.into_iter().filter_map(key).collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&["--transpose", "-12"]),
        [(0, 48), (0, 50), (9, 40), (1, 115)]
    );
    // Notes that would be too high are left out.
    assert_eq!(keys(&["--transpose", "1"]), [(0, 61), (0, 63), (9, 40)]);
    assert_eq!(keys(&["--channel", "2,9-10"]), [(9, 40), (1, 127)]);
    assert_eq!(keys(&["-c", "1"]), [(0, 60), (0, 62)]);
}

#[test]
fn a_loop_without_end_ends_with_a_signal() {
    need_sequencer!();
    let song = scale();
    let mut listener = Listener::new();
    let address = listener.address();
    let path = song.path().to_str().unwrap();
    let arguments = [
        "play",
        path,
        "-p",
        &address,
        "--loop",
        "forever",
        "--tempo-scale",
        "20",
    ];
    let player = Running::start(&arguments);
    let mut count = 0;
    listener.listen(|event| {
        count += u32::from(event.event_type() == EventType::PROGRAM_CHANGE);
        if count == 10 {
            player.signal(nix::sys::signal::Signal::SIGTERM);
        }
    });
    assert_eq!(player.end(), (143, vec![]));
    assert!(count >= 10);
}

/// When a queue has reached its last tick, another one continues.
#[test]
fn a_loop_is_longer_than_a_queue_counts() {
    need_sequencer!();
    // 1.9 * 2^31 ticks, of 1 ns each.
    let mut events: Vec<(u32, &[u8])> =
        vec![(0, &[0xff, 0x51, 3, 0, 0, 33]), (0, &[0x90, 60, 100])];
    events.extend([(0x0fff_ffff, &[0x80, 60, 0][..]); 15]);
    let song = support::files::with_division(32767, &events);
    let heard = received(song.path(), &["--loop", "2"]);
    let ons = heard.iter().filter(|(_, data)| *data == on(0, 60));
    assert_eq!(ons.map(|(tick, _)| *tick).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(heard.len(), 2 * 16);
}

#[test]
fn several_files_and_several_tracks_come_in_turn() {
    need_sequencer!();
    let first = songs_in_turn(&[
        &[(0, &[0x90, 60, 100]), (10, &[0x80, 60, 0])],
        &[(5, &[0x90, 61, 100]), (10, &[0x80, 61, 0])],
    ]);
    let second = temporary(&[0xf0, 0x7e, 0xf7]);
    assert_eq!(
        received(first.path(), &[second.path().to_str().unwrap()]),
        [
            (0, on(0, 60)),
            (10, off(0, 60)),
            (15, on(0, 61)),
            (25, off(0, 61)),
            (0, EventData::Sysex(&[0xf0, 0x7e, 0xf7])),
        ]
    );
}

#[test]
fn messages_are_played_at_the_pace_of_a_cable() {
    need_sequencer!();
    let mut bytes: Vec<u8> = (0..1000).map(|n: u32| (n % 128) as u8).collect();
    bytes[0] = 0xf0;
    bytes.push(0xf7);
    let file = temporary(&[&bytes[..], &[0xf0, 1, 0xf7]].concat());
    let heard = received(file.path(), &[]);
    let ticks: Vec<_> = heard.iter().map(|(tick, _)| *tick).collect();
    assert_eq!(ticks, [0, 256, 512, 768, 1001]);
}

#[test]
fn clips_are_played_to_their_groups() {
    need_sequencer!();
    let words: [&[u32]; 8] = [
        &[0x0040_0000, 0x0030_0060],
        &[0x0040_0000, 0xf020_0000, 0, 0, 0],
        &[0x0040_0000, 0x4090_3c00, 0xc000_0000],
        &[0x0040_0000, 0x4190_3d00, 0xc000_0000],
        &[0x0040_000a, 0x4080_3c00, 0],
        &[0x0040_0000, 0x2191_3e40],
        &[0x0040_0014],
        &[0xf021_0000, 0, 0, 0],
    ];
    let mut bytes = b"SMF2CLIP".to_vec();
    for word in words.concat() {
        bytes.extend(word.to_be_bytes());
    }
    let file = temporary(&bytes);
    let path = file.path().to_str().unwrap();
    let client = ClientOptions::new(unique("clip")).midi_version(MidiVersion::Ump2);
    let mut client = match client.open() {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => {
            support::say_skipped(&format!("this kernel has no UMP: {error:#}"));
            let (status, text) = complaint(&["play", path, "-p", "14:0"]);
            assert_eq!(status, 1);
            assert!(text.contains("UMP"), "{text}");
            return;
        }
        result => result.unwrap(),
    };
    client.set_ump_conversion(false).unwrap();
    let ports = ["first", "second"].map(|name| {
        let options = PortOptions::receiver(name);
        client.create_port(options).unwrap()
    });
    let [first, second] = ports.each_ref().map(|port| port.address().to_string());
    let player = Running::start(&["play", path, "-p", &first, "-p", &second, "-d", "0"]);
    let mut packets = Vec::new();
    let mut gone = 0;
    while gone < 2 {
        let event = client.event_input_timeout(PATIENCE).unwrap();
        gone += u32::from(event.event_type() == EventType::PORT_UNSUBSCRIBED);
        if let Some(packet) = event.packet() {
            packets.push((tick(&event), event.dest(), packet.to_string()));
        }
    }
    assert_eq!(player.end(), (0, vec![]));
    let [a, b] = ports.each_ref().map(|port| port.address());
    let text = |tick, port, text: &str| (tick, port, text.to_owned());
    assert_eq!(
        packets[..4],
        [
            text(0, a, "40903c00 c0000000"),
            text(0, b, "41903d00 c0000000"),
            text(10, a, "40803c00 00000000"),
            text(10, b, "21913e40"),
        ]
    );
    // The notes that the clip has not ended are ended.
    let mut ended: Vec<_> = packets[4..]
        .iter()
        .map(|(_, port, text)| (*port, &**text))
        .collect();
    ended.sort();
    assert_eq!(ended, [(b, "21813e40"), (b, "41803d00 80000000")]);
}

#[test]
fn invalid_arguments_are_refused() {
    need_sequencer!();
    let song = scale();
    let path = song.path().to_str().unwrap();
    for (arguments, status, reason) in [
        (&["--from", "1:75"][..], 2, "a time is written"),
        (&["--from", "-1"], 2, "a time is written"),
        (&["-d", "1e30"], 2, "a time is written"),
        (&["--channel", "0"], 2, "1 to 16"),
        (&["--channel", "5-4"], 2, "begins after its end"),
        (&["--transpose", "200"], 2, "200"),
        (&["--from", "1000"], 1, "nothing to play"),
        (&["--from", "1", "--to", "1"], 2, "nothing to play"),
        (&["--from", "5", "--to", "3"], 2, "nothing to play"),
        (&["--from", "1:00:00"], 1, "nothing to play"),
        (&["--loop", "0"], 2, "forever"),
        (&["--loop", "-1"], 2, "forever"),
        (&["--loop"], 2, "a value is required"),
    ] {
        let (code, text) = complaint(&[&["play", path, "-p", "14:0"], arguments].concat());
        assert_eq!(code, status, "{arguments:?}: {text}");
        assert!(text.contains(reason), "{arguments:?}: {text}");
    }
}

/// The length of a file is checked before it is read.
#[test]
fn huge_files_are_refused_unread() {
    need_sequencer!();
    let file = tempfile::NamedTempFile::new().unwrap();
    // A hole needs no space on the disk, but much time to read.
    std::fs::write(file.path(), b"MThd").unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    let path = file.path().to_str().unwrap();
    let (status, text) = complaint(&["play", path, "-p", "14:0"]);
    assert_eq!(
        (status, text),
        (1, format!("aseq: {path}: larger than 256 MiB\n"))
    );
}

/// Reading is limited for every file.
#[test]
fn endless_files_are_refused() {
    need_sequencer!();
    let (status, text) = complaint(&["play", "/dev/zero", "-p", "14:0"]);
    assert_eq!(status, 1);
    assert!(text.contains("neither a MIDI file nor"), "{text}");
    let mut endless = aseq(&["play", "-", "-p", "14:0"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = endless.stdin.take().unwrap();
    let chunk = [0x90_u8; 1 << 16];
    // Until the reader has ended.
    while std::io::Write::write_all(&mut stdin, &chunk).is_ok() {}
    drop(stdin);
    let output = endless.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "aseq: -: larger than 256 MiB\n");
}

/// Each repetition is the same. Controllers that the song leaves pressed are released. Values that
/// it has set return to their earlier values, or to those after a reset if they were not set.
#[test]
fn each_repetition_begins_in_the_same_state() {
    need_sequencer!();
    let song = song(&[
        (0, &[0xb0, 10, 30]),
        (0, &[0xb0, 64, 127]),
        (0, &[0xb0, 91, 20]),
        (96, &[0x90, 60, 100]),
        (0, &[0xa0, 60, 9]),
        (0, &[0xb0, 10, 90]),
        (0, &[0xb0, 66, 127]),
        (0, &[0xb0, 69, 127]),
        (0, &[0xb0, 91, 20]),
        (0, &[0xe0, 0, 0]),
        (0, &[0xd0, 5]),
        (0, &[0xb0, 7, 0]),
        (0, &[0xb0, 101, 0]),
        (0, &[0xb0, 100, 0]),
        (0, &[0xb0, 6, 12]),
        (48, &[0xff, 1, 0]),
    ]);
    let arguments = ["--loop=2", "--from", "0.25", "--tempo-scale", "10"];
    let heard = received(song.path(), &arguments);
    let set = |number: u8, value: u8| EventData::control_change(0, number, value).unwrap();
    let bend = |value| EventData::pitch_bend(0, value).unwrap();
    let pressure = |value: u8| EventData::channel_pressure(0, value).unwrap();
    let keys = |value| EventData::key_pressure(0, 60, value).unwrap();
    let chased = [set(10, 30), set(64, 127), set(91, 20)];
    let played = [
        on(0, 60),
        keys(9),
        set(10, 90),
        set(66, 127),
        set(69, 127),
        set(91, 20),
        bend(-8192),
        pressure(5),
        set(7, 0),
        set(101, 0),
        set(100, 0),
        set(6, 12),
    ];
    // A pedal from before the beginning is released, too, because it would hold the notes.
    let ended = [
        off_with(0, 60, 64),
        keys(0),
        pressure(0),
        bend(0),
        set(64, 0),
        set(66, 0),
        set(69, 0),
    ];
    // The pedal is pressed again, and the bend range is two semitones.
    let back = [
        set(7, 100),
        set(10, 30),
        set(64, 127),
        set(6, 2),
        set(38, 0),
    ];
    let heard: Vec<_> = heard.into_iter().map(|(_, data)| data).collect();
    let expected = [&chased[..], &played, &ended, &back, &played].concat();
    assert_eq!(heard[..expected.len()], expected);
    assert_eq!(heard[expected.len()..], ended);
}

/// An ordinary set-up of sixteen channels, for a receiver with a default pool.
#[test]
fn settings_before_the_start_arrive() {
    need_sequencer!();
    let mut events: Vec<(u32, Vec<u8>)> = Vec::new();
    for channel in 0..16 {
        for number in [0, 1, 5, 7, 8, 10, 11, 32, 65, 71, 72, 73, 91, 93] {
            events.push((0, vec![0xb0 | channel, number, 1 + channel]));
        }
        events.push((1, vec![0xc0 | channel, channel]));
        events.push((0, vec![0xe0 | channel, 0, 0x41]));
        events.push((0, vec![0xd0 | channel, 5]));
    }
    // Thousands of entries, each in the place of another one.
    for number in 0..8000_u32 {
        let value = (number % 128).to_le_bytes()[0];
        events.push((1, vec![0xb3, 98, value]));
        events.push((0, vec![0xb3, 99, 1]));
        events.push((0, vec![0xb3, 6, value]));
    }
    events.push((96, vec![0x90, 60, 100]));
    events.push((48, vec![0x80, 60, 0]));
    let events: Vec<(u32, &[u8])> = events.iter().map(|(at, bytes)| (*at, &bytes[..])).collect();
    let song = song(&events);
    let mut listener = Listener::new();
    listener.client.set_input_pool(200).unwrap();
    let address = listener.address();
    let path = song.path().to_str().unwrap();
    let player = Running::start(&["play", path, "-p", &address, "-d", "0", "--from", "41.9"]);
    let mut heard = Vec::new();
    listener.listen(|event| heard.push(kept(event.clone())));
    assert_eq!(player.end(), (0, vec![]));
    let note = heard.iter().position(|data| *data == on(0, 60)).unwrap();
    // 17 for each channel, and 3 for each of the 128 parameters, whose upper byte is selected once.
    assert_eq!(note, 17 * 16 + 128 * 2 + 1);
    for channel in 0..16 {
        assert!(heard[..note].contains(&program(channel, channel)));
    }
}
