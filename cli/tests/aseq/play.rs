//! Tests of `aseq play`: every event of a file is sent once, in order, and at its tick.

use std::path::{Path, PathBuf};
use std::time::Duration;

use alsa_seq::{Address, ErrorKind, Event, EventData, PortOptions, Time};

use crate::expected::expected;
use crate::{Running, aseq, complaint};
use support::files;
use support::listener::{Listener, hear, tick};
use support::{need_sequencer, skip};

/// Plays a file in about a second, and returns the number of correct events.
fn a_song_is_played_as_written(path: &Path) -> usize {
    let expected = expected(&std::fs::read(path).unwrap());
    // At most 5,000 events a second, so that a busy machine keeps up.
    let seconds = f64::max(1.0, expected.heard.len() as f64 / 5_000.0);
    let mut speed = (expected.duration / seconds).clamp(1.0, 1e5);
    let path = path.to_str().unwrap();
    let (mut received, player) = loop {
        match received(path, speed) {
            Ok(received) => break received,
            // The machine stood still for so long that the late events filled the listener's pool.
            Err(error) if error.kind() == ErrorKind::Overrun && speed > 1.0 => {
                speed = f64::max(speed / 2.0, 1.0);
            }
            Err(error) => panic!("{path}: {error:#}"),
        }
    };
    let (status, complaints) = player.end();
    let mut heard = Vec::new();
    let way = received
        .first()
        .map(|first| (first.source(), first.queue()));
    // After the song, the state that it has changed is reset.
    let rests = received.split_off(received.len() - expected.rests.len());
    let rests: Vec<_> = rests
        .iter()
        .map(|event| format!("{:?}", event.data()))
        .collect();
    assert_eq!(rests, expected.rests, "{path}");
    for event in received {
        // Everything arrives through one queue, in pieces of any size.
        assert!(!event.is_direct(), "{path}: {event:?}");
        assert_eq!(Some((event.source(), event.queue())), way, "{path}");
        assert!(event.payload().len() <= 256, "{path}: {event:?}");
        hear(&mut heard, tick(&event), &event.data());
    }
    assert_eq!((status, complaints), (0, vec![]), "{path}");
    for (index, (heard, expected)) in heard.iter().zip(&expected.heard).enumerate() {
        assert_eq!(heard, expected, "{path}: event {index}");
    }
    assert_eq!(heard.len(), expected.heard.len(), "{path}");
    heard.len()
}

/// Plays a file, and returns the received events.
fn received(path: &str, speed: f64) -> alsa_seq::Result<(Vec<Event<'static>>, Running)> {
    let mut listener = Listener::new();
    listener.goes_first();
    let address = listener.address();
    let speed = speed.to_string();
    let arguments = [
        "play",
        path,
        "-p",
        &address,
        "--end-delay",
        "0",
        "--tempo-scale",
        &speed,
    ];
    let player = Running::start(&arguments);
    // Only stores the events, because a slow reader would lose some.
    let mut received = Vec::new();
    listener.try_listen(|event| received.push(event.clone().into_owned()))?;
    Ok((received, player))
}

#[test]
fn our_own_files_play_as_written() {
    need_sequencer!();
    for (name, _) in files::all() {
        a_song_is_played_as_written(&files::data_dir().join(name));
    }
}

/// Real music from `ALSA_SEQ_SONGS`: the packages of `cargo xtask songs`.
#[test]
fn real_songs_play_as_written() {
    need_sequencer!();
    let Some(directory) = std::env::var_os("ALSA_SEQ_SONGS") else {
        skip("ALSA_SEQ_SONGS names no directory of songs; `cargo xtask songs` makes one");
        return;
    };
    let mut songs = Vec::new();
    find(Path::new(&directory), &mut songs);
    assert!(
        songs.len() >= 10,
        "only {} songs in {directory:?}",
        songs.len()
    );
    songs.sort();
    let events: usize = songs
        .iter()
        .map(|song| a_song_is_played_as_written(song))
        .sum();
    println!("{} songs, {events} events", songs.len());
}

fn find(directory: &Path, songs: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, songs);
        } else if path.extension().is_some_and(|ending| ending == "mid") {
            songs.push(path);
        }
    }
}

/// The queue gets each change of tempo at its time.
#[test]
fn the_tempo_map_is_played() {
    need_sequencer!();
    let path = files::data_dir().join("three-tracks.mid");
    let expected = expected(&std::fs::read(&path).unwrap());
    let mut listener = Listener::new();
    let address = listener.address();
    // The timer port sends received events to its receivers.
    let clock = listener.client.create_port("clock").unwrap();
    clock.connect_from(Address::TIMER).unwrap();
    let player = Running::start(&["play", path.to_str().unwrap(), "-p", &address, "-d", "0"]);
    let mut tempos = Vec::new();
    let mut queue = None;
    listener.listen(|event| match event.data() {
        EventData::Tempo {
            queue,
            micros_per_quarter,
        } if event.source() == Address::TIMER => {
            tempos.push((queue, tick(event), micros_per_quarter));
        }
        EventData::NoteOn { .. } => queue = Some(event.queue()),
        _ => {}
    });
    assert_eq!(player.end().0, 0);
    // Other players run at the same time.
    let ours: Vec<_> = tempos
        .into_iter()
        .filter(|(of, _, _)| Some(*of) == queue)
        .map(|(_, tick, tempo)| (tick, tempo))
        .collect();
    let values = |tempos: &[(u32, i32)]| tempos.iter().map(|(_, value)| *value).collect::<Vec<_>>();
    assert_eq!(values(&ours), values(&expected.tempos));
    for ((tick, _), (due, _)) in ours.iter().zip(&expected.tempos) {
        // The event has the queue's position at that moment. On a busy machine, a late timer makes
        // it larger.
        assert!((*due..due + 24).contains(tick), "{ours:?}");
    }
}

/// The effect of the tempo changes, measured with a clock that is independent of the player.
#[test]
fn notes_are_played_at_their_times() {
    need_sequencer!();
    let path = files::data_dir().join("three-tracks.mid");
    let mut listener = Listener::new();
    let clock = listener.client.create_queue("stopwatch").unwrap();
    clock.start().unwrap();
    let options = PortOptions::from(&listener.port.info().unwrap());
    let options = options.stamp_real_time(&clock);
    listener.port.set_info(options).unwrap();
    let address = listener.address();
    let path = path.to_str().unwrap();
    let player = Running::start(&[
        "play",
        path,
        "-p",
        &address,
        "-d",
        "0",
        "--tempo-scale",
        "2",
    ]);
    let mut times = Vec::new();
    listener.listen(|event| {
        if let (EventData::NoteOn { channel: 0, .. }, Time::Real(time)) =
            (event.data(), event.time())
        {
            times.push(Duration::from(time).as_secs_f64());
        }
    });
    assert_eq!(player.end(), (0, vec![]));
    // Quarter notes of 500, 250 and 1000 ms, at double speed.
    let due = [0.0, 0.25, 0.5, 0.625, 0.75, 1.25, 1.75, 2.25];
    assert_eq!(times.len(), due.len());
    // By default, the queue's timer steps once a millisecond. The rest is for busy machines.
    for (time, due) in times.iter().zip(due) {
        let late = time - times[0] - due;
        assert!(late.abs() < 0.1, "{times:?}");
    }
}

#[test]
fn standard_input_can_be_played() {
    need_sequencer!();
    let path = files::data_dir().join("every-message.mid");
    let mut listener = Listener::new();
    let address = listener.address();
    let mut child = aseq(&["play", "-", "-p", &address, "-d", "0"])
        .stdin(std::fs::File::open(&path).unwrap())
        .spawn()
        .unwrap();
    let mut count = 0;
    listener.listen(|_| count += 1);
    assert!(child.wait().unwrap().success());
    let expected = expected(&std::fs::read(&path).unwrap());
    assert_eq!(count, expected.heard.len() + expected.rests.len());
}

#[test]
fn files_that_are_not_songs_are_refused_with_a_reason() {
    need_sequencer!();
    let whole = files::all().remove(1).1;
    let mut format_three = whole.clone();
    format_three[9] = 3;
    let mut no_ticks = whole.clone();
    no_ticks[12..14].fill(0);
    let mut bad_event = files::all().remove(0).1;
    bad_event[23] = 0xf4;
    let cases: [(&[u8], &str); 10] = [
        (b"", "neither a MIDI file nor"),
        (b"hello", "neither a MIDI file nor"),
        (b"SMF2CLIP", "the clip does not contain"),
        (b"\xf0\x01\x02", "cut short"),
        (b"RIFF\0\0\0\0WAVE", "not a standard MIDI file"),
        (&whole[..12], "the file ends within its header"),
        (&whole[..20], "the file ends before track 1 of 4"),
        (&format_three, "unknown format 3"),
        (&no_ticks, "the header gives 0 ticks per quarter or frame"),
        (&bad_event, "has an invalid MIDI event at byte"),
    ];
    for (bytes, reason) in cases {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let path = file.path().to_str().unwrap();
        let (status, text) = complaint(&["play", path, "-p", "14:0"]);
        assert_eq!(status, 1, "{text}");
        assert!(text.starts_with(&format!("aseq: {path}: ")), "{text}");
        assert!(text.contains(reason), "{text}");
    }
}

/// A file that is truncated anywhere, or has a wrong byte, is played or refused.
#[test]
fn hostile_files_never_crash_play() {
    need_sequencer!();
    let whole = files::all().remove(3).1;
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let mut listener = Listener::new();
    let address = listener.address();
    let speed = ["--tempo-scale", "100000"];
    let arguments = ["play", path, "-p", &address, "-d", "0", speed[0], speed[1]];
    let mut check = |bytes: &[u8]| {
        std::fs::write(file.path(), bytes).unwrap();
        let output = aseq(&arguments).output().unwrap();
        let status = output.status.code();
        assert!(matches!(status, Some(0 | 1)), "{output:?}, {bytes:02x?}");
        assert_eq!(status == Some(0), output.stderr.is_empty(), "{output:?}");
        listener.client.drop_input().unwrap();
    };
    for length in 0..whole.len() {
        check(&whole[..length]);
    }
    for index in 0..whole.len() {
        let mut broken = whole.clone();
        // Not the delta times, because they could make it wait for a month.
        broken[index] |= 0x80;
        if index < 22 {
            broken[index] ^= 0x55;
        }
        if broken[index] < 0x80 || index < 22 || !is_delta(&whole, index) {
            check(&broken);
        }
    }
}

/// Returns whether the byte is a delta time of `split-sysex.mid`.
fn is_delta(file: &[u8], index: usize) -> bool {
    index >= 22 && file[index] <= 20
}

#[test]
fn an_address_is_required() {
    need_sequencer!();
    let path = files::data_dir().join("empty.mid");
    let path = path.to_str().unwrap();
    let (status, text) = complaint(&["play", path, "-p", "no such client"]);
    assert_eq!(status, 1);
    assert!(text.contains("no such client"), "{text}");
    let (status, _) = complaint(&["play", path]);
    assert_eq!(status, 2);
    let (status, text) = complaint(&["play", "/no/such/file", "-p", "14:0"]);
    assert_eq!(status, 1);
    assert!(text.starts_with("aseq: /no/such/file: "), "{text}");
}

/// `ALSA_SEQ_WRITE_TEST_DATA=1` writes the files in `tests/data`.
#[test]
fn the_files_equal_their_generated_contents() {
    let directory = files::data_dir();
    let write = std::env::var_os("ALSA_SEQ_WRITE_TEST_DATA").is_some();
    for (name, bytes) in files::all() {
        let path = directory.join(name);
        if write {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == bytes, "{name} differs");
    }
}
