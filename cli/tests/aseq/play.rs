//! `aseq play`: every event of a file, in order, at its tick, once.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use alsa_seq::{
    Address, ClientOptions, Event, EventData, EventType, Port, PortOptions, RealTime,
    SequencerClient, Time,
};
use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};
use nix::sys::signal::Signal;

use crate::files;
use crate::support::{PATIENCE, need_sequencer, skip, unique};
use crate::{Running, aseq, complaint};

/// Something that arrives: its tick, and what it is. Bytes of system-exclusive
/// at one tick are one, however they were cut.
type Heard = (u32, String);

/// Adds an event to those that were heard.
fn hear(heard: &mut Vec<Heard>, tick: u32, data: &EventData<'_>) {
    let EventData::SysEx(bytes) = data else {
        heard.push((tick, format!("{data:?}")));
        return;
    };
    if heard
        .last()
        .is_none_or(|(at, text)| *at != tick || !text.starts_with("sysex"))
    {
        heard.push((tick, "sysex".to_owned()));
    }
    let (_, text) = heard.last_mut().unwrap();
    for byte in bytes.iter() {
        write!(text, " {byte:02x}").unwrap();
    }
}

/// A file as this test reads it, which is not how `aseq` does.
struct Expected {
    heard: Vec<Heard>,
    /// Changes of the tempo after the first tick.
    tempos: Vec<(u32, i32)>,
    /// How long it takes.
    duration: f64,
}

fn expected(file: &[u8]) -> Expected {
    let smf = Smf::parse(file).unwrap();
    let mut all = Vec::new();
    let mut end = 0;
    for track in &smf.tracks {
        let mut tick = 0;
        for event in track {
            tick += event.delta.as_int();
            all.push((tick, event.kind));
            end = end.max(tick);
        }
    }
    all.sort_by_key(|(tick, _)| *tick);
    let ppq = match smf.header.timing {
        Timing::Metrical(ppq) => f64::from(ppq.as_int()),
        // A tick is a millisecond in the file that there is.
        Timing::Timecode(..) => 0.0,
    };
    let mut expected = Expected {
        heard: Vec::new(),
        tempos: Vec::new(),
        duration: 0.0,
    };
    let (mut last, mut micros) = (0, 500_000.0);
    for (tick, kind) in all.into_iter().chain([(end, TrackEventKind::Escape(&[]))]) {
        expected.duration +=
            f64::from(tick - last) * if ppq == 0.0 { 1e-3 } else { micros / ppq / 1e6 };
        last = tick;
        let event = match kind {
            TrackEventKind::Midi { channel, message } => {
                let channel = channel.as_int();
                match message {
                    MidiMessage::NoteOn { key, vel } => {
                        Event::note_on(channel, key.as_int(), vel.as_int())
                    }
                    MidiMessage::NoteOff { key, vel } => {
                        Event::note_off(channel, key.as_int(), vel.as_int())
                    }
                    MidiMessage::Aftertouch { key, vel } => {
                        Event::key_pressure(channel, key.as_int(), vel.as_int())
                    }
                    MidiMessage::Controller { controller, value } => {
                        Event::control_change(channel, controller.as_int(), value.as_int())
                    }
                    MidiMessage::ProgramChange { program } => {
                        Event::program_change(channel, program.as_int())
                    }
                    MidiMessage::ChannelAftertouch { vel } => {
                        Event::channel_pressure(channel, vel.as_int())
                    }
                    MidiMessage::PitchBend { bend } => Event::pitch_bend(channel, bend.as_int()),
                }
                .unwrap()
            }
            TrackEventKind::SysEx(bytes) => Event::sysex([&[0xf0], bytes].concat()),
            TrackEventKind::Escape([]) => continue,
            TrackEventKind::Escape(bytes) => Event::sysex(bytes),
            TrackEventKind::Meta(MetaMessage::Tempo(tempo)) if ppq != 0.0 => {
                micros = f64::from(tempo.as_int());
                if tick > 0 {
                    expected
                        .tempos
                        .push((tick, tempo.as_int().try_into().unwrap()));
                }
                continue;
            }
            TrackEventKind::Meta(_) => continue,
        };
        hear(&mut expected.heard, tick, &event.data());
    }
    expected
}

/// Somebody who listens to a player.
struct Listener {
    client: SequencerClient,
    port: Port,
}

impl Listener {
    fn new() -> Self {
        let client = ClientOptions::new(unique("listener"))
            .input_pool(2000)
            .open()
            .unwrap();
        let port = client
            .create_port(PortOptions::new("in").caps(PortOptions::WRITE))
            .unwrap();
        Self { client, port }
    }

    fn address(&self) -> String {
        self.port.address().to_string()
    }

    /// Listens until the player is gone. An overrun would be an error.
    fn listen(&mut self, mut hear: impl FnMut(&Event<'_>)) {
        loop {
            // A song may begin with a long rest.
            let event = self.client.event_input_timeout(PATIENCE * 6).unwrap();
            match event.event_type() {
                EventType::PORT_SUBSCRIBED => {}
                EventType::PORT_UNSUBSCRIBED => return,
                _ => hear(&event),
            }
        }
    }
}

fn tick(event: &Event<'_>) -> u32 {
    match event.time() {
        Time::Tick(tick) => tick,
        Time::Real(time) => panic!("{time}"),
    }
}

/// Plays a file in about a second, and returns how many events arrived as they
/// should.
fn plays_as_written(path: &Path) -> usize {
    let expected = expected(&std::fs::read(path).unwrap());
    // No faster than 10,000 events a second.
    let seconds = f64::max(1.0, expected.heard.len() as f64 / 10_000.0);
    let speed = (expected.duration / seconds).clamp(1.0, 1e5).to_string();
    let mut listener = Listener::new();
    let address = listener.address();
    let path = path.to_str().unwrap();
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
    // Only taken down: whoever reads slowly loses something.
    let mut received = Vec::with_capacity(expected.heard.len());
    listener.listen(|event| received.push(event.clone().into_owned()));
    let (status, complaints) = player.end();
    let mut heard = Vec::new();
    for event in received {
        hear(&mut heard, tick(&event), &event.data());
    }
    assert_eq!((status, complaints), (0, vec![]), "{path}");
    for (index, (heard, expected)) in heard.iter().zip(&expected.heard).enumerate() {
        assert_eq!(heard, expected, "{path}: event {index}");
    }
    assert_eq!(heard.len(), expected.heard.len(), "{path}");
    heard.len()
}

#[test]
fn our_own_files_play_as_written() {
    need_sequencer!();
    for (name, _) in files::all() {
        plays_as_written(&files::data_dir().join(name));
    }
}

/// Real music, from `ALSA_SEQ_SONGS`: the packages that `cargo xtask songs`
/// fetches.
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
    let events: usize = songs.iter().map(|song| plays_as_written(song)).sum();
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

/// The queue follows the file's tempo map, at the very ticks.
#[test]
fn the_tempo_map_is_played() {
    need_sequencer!();
    let path = files::data_dir().join("three-tracks.mid");
    let expected = expected(&std::fs::read(&path).unwrap());
    let mut listener = Listener::new();
    let address = listener.address();
    // The timer port repeats what it is told.
    let clock = listener.client.create_port("clock").unwrap();
    clock.connect_from(Address::TIMER).unwrap();
    let player = Running::start(&["play", path.to_str().unwrap(), "-p", &address, "-d", "0"]);
    let mut tempos = Vec::new();
    let mut queue = None;
    listener.listen(|event| match event.data() {
        EventData::Tempo(tempo) if event.source() == Address::TIMER => {
            tempos.push((tempo.queue, tick(event), tempo.value));
        }
        EventData::NoteOn(_) => queue = Some(event.queue()),
        _ => {}
    });
    assert_eq!(player.end().0, 0);
    // Other players run at the same time.
    let ours: Vec<_> = tempos
        .into_iter()
        .filter(|(of, _, _)| Some(*of) == queue)
        .map(|(_, tick, tempo)| (tick, tempo))
        .collect();
    assert_eq!(ours, expected.tempos);
}

#[test]
fn standard_input_is_a_file_too() {
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
    assert_eq!(count, expected(&std::fs::read(&path).unwrap()).heard.len());
}

/// A song of one long chord.
fn chord() -> tempfile::NamedTempFile {
    let mut track = vec![];
    for key in [60, 64, 67] {
        track.extend([0, 0x90, key, 100]);
    }
    track.extend([0, 0xb0, 64, 127]);
    // An hour later.
    for (index, key) in [60, 64, 67].into_iter().enumerate() {
        let delta: &[u8] = if index == 0 {
            &[0x83, 0xff, 0x7f]
        } else {
            &[0]
        };
        track.extend_from_slice(delta);
        track.extend([0x80, key, 0]);
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let length = u32::try_from(track.len()).unwrap().to_be_bytes();
    let file = tempfile::NamedTempFile::new().unwrap();
    let header = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk";
    std::fs::write(file.path(), [header.as_slice(), &length, &track].concat()).unwrap();
    file
}

#[test]
fn a_signal_leaves_no_note_and_no_pedal() {
    need_sequencer!();
    let song = chord();
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let mut listener = Listener::new();
        let address = listener.address();
        let arguments = ["play", song.path().to_str().unwrap(), "-p", &address];
        let player = Running::start(&arguments);
        let mut sounding = std::collections::BTreeSet::new();
        let mut pedal = false;
        let mut most = 0;
        listener.listen(|event| match event.data() {
            EventData::NoteOn(key) => {
                sounding.insert(key.note);
                most = most.max(sounding.len());
            }
            EventData::NoteOff(key) => {
                sounding.remove(&key.note);
            }
            EventData::ControlChange(control) if control.param == 64 => {
                pedal = control.value > 0;
                if pedal {
                    player.signal(signal);
                }
            }
            _ => {}
        });
        assert_eq!(player.end(), (status, vec![]));
        assert_eq!(most, 3, "the chord was heard");
        assert!(sounding.is_empty() && !pedal, "{sounding:?}, pedal {pedal}");
    }
}

#[test]
fn a_receiver_that_goes_away_ends_the_song() {
    need_sequencer!();
    let path = files::data_dir().join("three-tracks.mid");
    let mut listener = Listener::new();
    let address = listener.address();
    let player = Running::start(&["play", path.to_str().unwrap(), "-p", &address]);
    loop {
        let event = listener.client.event_input_timeout(PATIENCE).unwrap();
        if event.event_type() == EventType::NOTE_ON {
            break;
        }
    }
    drop(listener);
    let (status, complaints) = player.end();
    assert_eq!(status, 1);
    assert_eq!(complaints, [format!("aseq: port {address} is gone")]);
}

#[test]
fn what_is_no_song_is_refused_with_a_reason() {
    need_sequencer!();
    let whole = files::all().remove(1).1;
    let mut format_two = whole.clone();
    format_two[9] = 2;
    let mut no_ticks = whole.clone();
    no_ticks[12..14].fill(0);
    let mut bad_event = files::all().remove(0).1;
    bad_event[23] = 0xf4;
    let cases: [(&[u8], &str); 7] = [
        (b"", "not a standard MIDI file"),
        (b"RIFF\0\0\0\0WAVE", "not a standard MIDI file"),
        (&whole[..12], "the file ends within its header"),
        (&whole[..whole.len() - 1], "the file ends within track 4"),
        (&format_two, "format 2"),
        (&no_ticks, "the header gives 0 ticks per quarter or frame"),
        (&bad_event, "that is no MIDI event"),
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

/// Cut anywhere, and with any byte wrong, a file is played or refused.
#[test]
fn hostile_files_never_crash_it() {
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
        // Not the delta times, which could make it wait for a month.
        broken[index] |= 0x80;
        if index < 22 {
            broken[index] ^= 0x55;
        }
        if broken[index] < 0x80 || index < 22 || !is_delta(&whole, index) {
            check(&broken);
        }
    }
}

/// Whether the byte is one of the delta times of `split-sysex.mid`.
fn is_delta(file: &[u8], index: usize) -> bool {
    index >= 22 && file[index] <= 20
}

#[test]
fn an_address_must_be_there() {
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
