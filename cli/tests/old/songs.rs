//! Real songs: ours plays and the original records, and the other way round.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use alsa_seq::{Address, ClientId, ClientKind, PortOptions, PortType, SequencerClient};
use midly::{MetaMessage, Smf, Timing, TrackEventKind};
use nix::sys::signal::Signal;

use crate::compare::{Program, Whose, alone, interrupt};
use support::{PATIENCE, client, need_sequencer, skip};

/// Events a second. The original has room for 200.
const RATES: [f64; 4] = [500.0, 250.0, 100.0, 50.0];

/// Ports of all kinds, listed and hidden.
pub(crate) fn ports() -> SequencerClient {
    let client = client("a client with a name that is longer than a column");
    for (name, caps, port_type) in [
        ("a port of many", PortOptions::BOTH, PortType::MIDI_GENERIC),
        ("one for input", PortOptions::SENDS, PortType::MIDI_GENERIC),
        (
            "one for output",
            PortOptions::RECEIVES,
            PortType::MIDI_GENERIC,
        ),
        ("one of no type", PortOptions::BOTH, PortType::empty()),
        (
            "one to write to",
            alsa_seq::PortCaps::WRITE,
            PortType::MIDI_GENERIC,
        ),
        (
            "a secret one",
            PortOptions::BOTH | alsa_seq::PortCaps::NO_EXPORT,
            PortType::MIDI_GENERIC,
        ),
    ] {
        let options = PortOptions::new(name).caps(caps).port_type(port_type);
        client.create_port(options).unwrap().keep();
    }
    client
}

/// Returns the messages of a file in playing order, as bytes.
fn messages(bytes: &[u8]) -> Vec<String> {
    let smf = Smf::parse(bytes).unwrap();
    let mut all = Vec::new();
    for track in &smf.tracks {
        let mut tick = 0;
        for event in track {
            tick += event.delta.as_int();
            let text = match event.kind {
                TrackEventKind::Midi { channel, message } => format!("{channel} {message:?}"),
                TrackEventKind::SysEx(bytes) => format!("F0 {bytes:02x?}"),
                TrackEventKind::Escape(bytes) => format!("F7 {bytes:02x?}"),
                TrackEventKind::Meta(_) => continue,
            };
            all.push((tick, text));
        }
    }
    all.sort_by_key(|(tick, _)| *tick);
    all.into_iter().map(|(_, text)| text).collect()
}

/// Returns the same song with this number of events a second. It gets more ticks for a quarter
/// note, which both programs support. None if it has bursts.
fn hurried(bytes: &[u8], rate: f64) -> Option<Vec<u8>> {
    let smf = Smf::parse(bytes).ok()?;
    let Timing::Metrical(ppq) = smf.header.timing else {
        return None;
    };
    let (mut last, mut seconds, mut micros) = (0, 0.0, 500_000.0);
    let mut events: Vec<(u32, Option<u32>)> = Vec::new();
    for track in &smf.tracks {
        let mut tick = 0;
        for event in track {
            tick += event.delta.as_int();
            events.push((
                tick,
                match event.kind {
                    TrackEventKind::Meta(MetaMessage::Tempo(micros)) => Some(micros.as_int()),
                    _ => None,
                },
            ));
        }
    }
    events.sort_by_key(|(tick, _)| *tick);
    // The original has room for 200 events, and loses all of them if there are more.
    let burst = events
        .iter()
        .zip(events.iter().skip(120))
        .any(|((first, _), (last, _))| last - first < u32::from(ppq.as_int()) / 8);
    if burst {
        return None;
    }
    let count = f64::from(u32::try_from(events.len()).ok()?);
    for (tick, tempo) in events {
        seconds += f64::from(tick - last) * micros / f64::from(ppq.as_int()) / 1e6;
        last = tick;
        micros = tempo.map_or(micros, f64::from);
    }
    let factor = (seconds / f64::max(0.5, count / rate)).max(1.0);
    let faster = (f64::from(ppq.as_int()) * factor).min(32767.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let faster = faster as u16;
    let mut bytes = bytes.to_vec();
    bytes[12..14].copy_from_slice(&faster.to_be_bytes());
    Some(bytes)
}

fn program_client(control: &SequencerClient, name: &str) -> Option<ClientId> {
    control
        .clients()
        .filter_map(Result::ok)
        .find(|info| info.kind() == ClientKind::User && info.name() == name)
        .map(|info| info.id())
}

/// Lets one program play through a port, and the other one record there. Returns false if ours
/// reports lost events, because the recorder has not read for too long.
fn relay(player: &Program, recorder: &Program, song: &Path, take: &Path) -> bool {
    let control = client("control");
    let through = "14:0";
    let recording = recorder
        .command(&["-p", through, "-t", "30000", take.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = std::time::Instant::now();
    let id = loop {
        assert!(started.elapsed() < PATIENCE, "it does not record");
        let Some(id) = program_client(&control, "arecordmidi") else {
            continue;
        };
        let queues = control.queues().unwrap();
        let own = queues.iter().find(|queue| queue.owner() == id);
        let is_running = |queue: &alsa_seq::QueueInfo| {
            let queue = control.queue(queue.id()).ok()?;
            queue.status().ok().filter(|status| status.is_running())
        };
        let source = Address::from((id, alsa_seq::PortId::new(0)));
        let connected = control
            .connections_to(source)
            .is_ok_and(|list| !list.is_empty());
        if connected && own.and_then(is_running).is_some() {
            break id;
        }
    };
    let played = player.run(&["-p", through, "-d", "0", song.to_str().unwrap()]);
    let undelivered = player.whose == Whose::Ours
        && played.code == Some(1)
        && played.stderr.contains("could not be delivered");
    if !undelivered {
        assert_eq!((played.code, &*played.stderr), (Some(0), ""), "{player:?}");
    }
    interrupt(&recording, Signal::SIGINT, &control, id);
    let recorded = recording.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&recorded.stderr);
    let overrun = recorder.whose == Whose::Ours
        && recorded.status.code() == Some(1)
        && said.contains("events were lost");
    if !overrun {
        assert_eq!(recorded.status.code(), Some(0), "{recorder:?}: {said}");
    }
    !undelivered && !overrun
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

/// Each event arrives, in order, unless ours has reported a loss. A busy machine may delay a
/// recorder for longer than its room lasts. Then the test gives it more time.
#[test]
fn songs_are_exchanged_both_ways() {
    need_sequencer!();
    let Some(directory) = std::env::var_os("ALSA_SEQ_SONGS") else {
        skip("ALSA_SEQ_SONGS names no directory of songs; `cargo xtask songs` makes one");
        return;
    };
    let _lock = alone();
    let mut songs = Vec::new();
    find(Path::new(&directory), &mut songs);
    songs.sort();
    let takes = tempfile::tempdir_in("/dev/shm").unwrap();
    let song = takes.path().join("song.mid");
    let take = takes.path().join("take.mid");
    let mut count = 0;
    let mut events = 0;
    for path in songs {
        let original = std::fs::read(&path).unwrap();
        let Some(bytes) = hurried(&original, RATES[0]) else {
            continue;
        };
        let expected = messages(&bytes);
        if !(100..5_000).contains(&expected.len()) {
            continue;
        }
        let theirs = Program::theirs("aplaymidi").pop();
        let (Some(play), Some(record)) = (theirs, Program::theirs("arecordmidi").pop()) else {
            return;
        };
        for (player, recorder) in [
            (&Program::ours("aplaymidi"), &record),
            (&play, &Program::ours("arecordmidi")),
        ] {
            let arrives = RATES.iter().any(|rate| {
                std::fs::write(&song, hurried(&original, *rate).unwrap()).unwrap();
                relay(player, recorder, &song, &take)
            });
            assert!(
                arrives,
                "{player:?} to {recorder:?}: it is lost at any speed"
            );
            let recorded = messages(&std::fs::read(&take).unwrap());
            let name = path.display();
            for (index, (recorded, expected)) in recorded.iter().zip(&expected).enumerate() {
                assert_eq!(recorded, expected, "{name}, {recorder:?}: event {index}");
            }
            assert_eq!(recorded.len(), expected.len(), "{name}, {recorder:?}");
            events += recorded.len();
        }
        count += 1;
        if count == 4 {
            break;
        }
    }
    assert_eq!(count, 4, "there are not enough songs");
    println!("{count} songs, {events} events");
}
