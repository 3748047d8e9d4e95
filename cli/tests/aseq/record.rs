//! Tests of `aseq record`: every event is recorded at its tick, and the file is complete after
//! every kind of end.

use std::path::Path;
use std::time::{Duration, Instant};

use alsa_seq::{ClientOptions, Event, EventData, Port, PortOptions, SequencerClient};
use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};
use nix::sys::signal::Signal;

use crate::{Running, aseq, complaint};
use support::{PATIENCE, need_sequencer, next_event, unique};

/// A client that plays to a recorder.
pub(crate) struct Musician {
    pub(crate) client: SequencerClient,
    pub(crate) ports: Vec<Port>,
}

impl Musician {
    pub(crate) fn new(ports: usize) -> Self {
        Self::named(&unique("musician"), ports)
    }

    pub(crate) fn named(name: &str, ports: usize) -> Self {
        let client = ClientOptions::new(name).open().unwrap();
        let port = |_| {
            let options = PortOptions::sender("out");
            client.create_port(options).unwrap()
        };
        let ports = (0..ports).map(port).collect();
        Self { client, ports }
    }

    /// Starts a recorder that listens to all ports, and waits until it listens.
    pub(crate) fn record(&mut self, arguments: &[&str], path: &Path) -> Running {
        let addresses: Vec<_> = self.ports.iter().map(|p| p.address().to_string()).collect();
        let mut command = aseq(&["record", "-q", "-p", &addresses.join(",")]);
        command.args(arguments).arg(path);
        let connected = self.watch();
        let running = Running::spawn(&mut command);
        self.wait_for_connection(&connected);
        self.wait_for_queue();
        running
    }

    /// Receives the events about connections.
    pub(crate) fn watch(&self) -> Port {
        let options = PortOptions::receiver("announce");
        let port = self.client.create_port(options).unwrap();
        port.connect_from(alsa_seq::Address::ANNOUNCE).unwrap();
        port
    }

    /// Waits until a recorder is connected to the last port.
    pub(crate) fn wait_for_connection(&mut self, _watch: &Port) {
        let last = self.ports.last().unwrap().address();
        loop {
            let notice = self.client.event_input_timeout(PATIENCE).unwrap();
            match notice.data() {
                EventData::PortSubscribed { sender, .. } if sender == last => return,
                _ => {}
            }
        }
    }

    /// Waits until the recorder's queue runs.
    pub(crate) fn wait_for_queue(&mut self) {
        let receivers = self.ports.last().unwrap().receivers().unwrap();
        let recorder = receivers.last().unwrap().receiver.client;
        let owned = |info: alsa_seq::QueueInfo| (info.owner() == recorder).then(|| info.id());
        let queues = self.client.queues().unwrap();
        let queue = queues.into_iter().find_map(owned).unwrap();
        let queue = self.client.queue(queue).unwrap();
        while !queue.status().is_ok_and(|status| status.is_running()) {
            std::thread::yield_now();
        }
    }

    pub(crate) fn play(&mut self, port: usize, event: Event<'_>) {
        let event = event.from_port(&self.ports[port]).to_subscribers().direct();
        let sent = self.client.event_output_patient(&event, PATIENCE);
        sent.unwrap();
    }
}

pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap()
}

/// Returns all channel messages as text, track by track.
pub(crate) fn messages(smf: &Smf<'_>) -> Vec<Vec<String>> {
    let track = |track: &Vec<midly::TrackEvent<'_>>| {
        let text = |event: &midly::TrackEvent<'_>| match event.kind {
            TrackEventKind::Midi { channel, message } => Some(format!("{channel} {message:?}")),
            TrackEventKind::SysEx(bytes) => Some(format!("F0 {bytes:02x?}")),
            TrackEventKind::Escape(bytes) => Some(format!("F7 {bytes:02x?}")),
            TrackEventKind::Meta(MetaMessage::MidiPort(port)) => Some(format!("port {port}")),
            TrackEventKind::Meta(_) => None,
        };
        track.iter().filter_map(text).collect()
    };
    smf.tracks.iter().map(track).collect()
}

/// Checks that no other file is left beside the recording.
pub(crate) fn nothing_else_in(directory: &Path, path: &Path) {
    let names: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(names, [path]);
}

#[test]
fn played_events_are_recorded() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("song.mid");
    let mut musician = Musician::new(1);
    let recorder = musician.record(&["--bpm", "240", "--time-signature", "6/8"], &path);
    for event in [
        Event::note_on(0, 60, 100).unwrap(),
        Event::key_pressure(0, 60, 5).unwrap(),
        Event::control_change(1, 7, 99).unwrap(),
        Event::program_change(2, 33).unwrap(),
        Event::channel_pressure(3, 1).unwrap(),
        Event::pitch_bend(4, -8192).unwrap(),
        Event::rpn(2, 1, 300).unwrap(),
        Event::sysex(&[0xf0, 1, 2][..]),
        Event::sysex(&[3, 0xf7][..]),
        // Messages that only matter in real time.
        Event::new(EventData::ActiveSensing),
        Event::note_off(0, 60, 64).unwrap(),
    ] {
        musician.play(0, event);
    }
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end(), (0, vec![]));
    nothing_else_in(directory.path(), &path);
    let bytes = std::fs::read(&path).unwrap();
    let smf = Smf::parse(&bytes).unwrap();
    assert_eq!(smf.header.timing, Timing::Metrical(384.into()));
    assert_eq!(smf.header.format, midly::Format::SingleTrack);
    let [track] = &smf.tracks[..] else { panic!() };
    let metas: Vec<_> = track.iter().take(2).map(|event| event.kind).collect();
    assert_eq!(
        metas,
        [
            TrackEventKind::Meta(MetaMessage::Tempo(250_000.into())),
            TrackEventKind::Meta(MetaMessage::TimeSignature(6, 3, 24, 8)),
        ]
    );
    assert_eq!(
        messages(&smf).concat(),
        [
            "0 NoteOn { key: u7(60), vel: u7(100) }",
            "0 Aftertouch { key: u7(60), vel: u7(5) }",
            "1 Controller { controller: u7(7), value: u7(99) }",
            "2 ProgramChange { program: u7(33) }",
            "3 ChannelAftertouch { vel: u7(1) }",
            "4 PitchBend { bend: PitchBend(u14(0)) }",
            "2 Controller { controller: u7(101), value: u7(0) }",
            "2 Controller { controller: u7(100), value: u7(1) }",
            "2 Controller { controller: u7(6), value: u7(2) }",
            "2 Controller { controller: u7(38), value: u7(44) }",
            "F0 [01, 02]",
            "F7 [03, f7]",
            "0 NoteOff { key: u7(60), vel: u7(64) }",
        ]
    );
}

#[test]
fn ports_and_channels_get_tracks() {
    need_sequencer!();
    let directory = directory();
    let note = |channel, key| Event::note_on(channel, key, 1).unwrap();
    let text = |channel, key| format!("{channel} NoteOn {{ key: u7({key}), vel: u7(1) }}");
    let port = |port| format!("port {port}");
    for (arguments, expected) in [
        (
            &[][..],
            vec![
                vec![port(0), text(0, 60), text(1, 61)],
                vec![port(1), text(0, 62)],
            ],
        ),
        (
            &["--format", "1"],
            vec![
                vec![],
                vec![port(0), text(0, 60), text(1, 61)],
                vec![port(1), text(0, 62)],
            ],
        ),
        (
            &["--format", "0"],
            vec![vec![
                port(0),
                text(0, 60),
                port(1),
                text(0, 62),
                port(0),
                text(1, 61),
            ]],
        ),
        (
            &["--split-channels"],
            vec![
                vec![port(0)],
                vec![port(0), text(0, 60)],
                vec![port(0), text(1, 61)],
                vec![port(1), text(0, 62)],
            ],
        ),
        // A track without events is left out, unless it is the first.
    ] {
        let path = directory.path().join("song.mid");
        let mut musician = Musician::new(2);
        let arguments = [arguments, &["-n", "3", "--force"]].concat();
        let recorder = musician.record(&arguments, &path);
        musician.play(0, note(0, 60));
        musician.play(1, note(0, 62));
        musician.play(0, note(1, 61));
        // The recorder ends by itself.
        assert_eq!(recorder.end(), (0, vec![]));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(messages(&Smf::parse(&bytes).unwrap()), expected);
        nothing_else_in(directory.path(), &path);
    }
}

/// The ticks match the arguments, measured with the kernel's clock.
#[test]
fn ticks_are_of_the_division() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("song.mid");
    for (arguments, timing, per_second) in [
        (
            &["-b", "60", "--ticks", "1000"][..],
            Timing::Metrical(1000.into()),
            1000.0,
        ),
        (
            &["--fps", "25"],
            Timing::Timecode(midly::Fps::Fps25, 40),
            1000.0,
        ),
        (
            &["--fps", "29.97", "--ticks", "100"],
            Timing::Timecode(midly::Fps::Fps29, 100),
            3000.0 / 1.001,
        ),
    ] {
        let mut musician = Musician::new(1);
        let recorder = musician.record(&[arguments, &["--force"]].concat(), &path);
        let queue = musician.client.create_queue("player").unwrap();
        queue.start().unwrap();
        for (key, millis) in [(60, 0), (61, 500)] {
            let event = Event::note_on(0, key, 1).unwrap();
            let event = event.from_port(&musician.ports[0]);
            let time = alsa_seq::RealTime::try_from(Duration::from_millis(millis)).unwrap();
            let time = alsa_seq::Time::Real(time);
            musician
                .client
                .event_output(&event.at(&queue, time))
                .unwrap();
        }
        musician.client.sync_output_queue_timeout(PATIENCE).unwrap();
        recorder.signal(Signal::SIGTERM);
        assert_eq!(recorder.end(), (0, vec![]));
        let bytes = std::fs::read(&path).unwrap();
        let smf = Smf::parse(&bytes).unwrap();
        assert_eq!(smf.header.timing, timing);
        let mut between = smf.tracks[0].iter().skip_while(|event| {
            !matches!(event.kind, TrackEventKind::Midi { message: MidiMessage::NoteOn { key, .. }, .. } if key == 60)
        });
        let ticks = f64::from(between.nth(1).unwrap().delta.as_int());
        let expected = per_second / 2.0;
        // The rest is for a busy machine.
        assert!(
            (ticks - expected).abs() < expected / 5.0,
            "{ticks} {expected}"
        );
    }
}

#[test]
fn the_metronome_beats_and_ends() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("song.mid");
    let mut listener = support::listener::Listener::new();
    let address = listener.address();
    let mut musician = Musician::new(1);
    let arguments = ["-b", "600", "--time-signature", "3:4", "-m", &address];
    let recorder = musician.record(&arguments, &path);
    let mut beats = Vec::new();
    let mut sounding = 0;
    listener.listen(|event| match event.data() {
        EventData::NoteOn {
            channel,
            note,
            velocity,
        } => {
            assert_eq!((channel, velocity), (9, 100));
            beats.push((support::listener::tick(event), note));
            sounding = note;
            if beats.len() == 10 {
                recorder.signal(Signal::SIGINT);
            }
        }
        EventData::NoteOff { note, .. } if note == sounding => sounding = 0,
        _ => {}
    });
    assert_eq!(recorder.end(), (0, vec![]));
    for (index, (tick, note)) in (0..).zip(&beats) {
        assert_eq!(*tick, index * 384);
        assert_eq!(*note, if index % 3 == 0 { 34 } else { 33 });
    }
    assert_eq!(sounding, 0, "the last beat goes on");
}

/// The queue follows the tempo of a file. The recording has the same tempo.
#[test]
fn a_tempo_map_is_followed() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("song.mid");
    let map = support::files::data_dir().join("three-tracks.mid");
    let mut musician = Musician::new(1);
    let clock = musician.client.create_port("clock").unwrap();
    clock.connect_from(alsa_seq::Address::TIMER).unwrap();
    let arguments = ["--tempo-map", map.to_str().unwrap(), "--ticks", "96"];
    let recorder = musician.record(&arguments, &path);
    let mut heard = Vec::new();
    // Other queues are also visible, but no other queue has these values.
    while !heard.ends_with(&[250_000, 1_000_000]) {
        if let EventData::Tempo {
            micros_per_quarter, ..
        } = next_event(&mut musician.client).data()
        {
            heard.push(micros_per_quarter);
        }
    }
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end(), (0, vec![]));
    let bytes = std::fs::read(&path).unwrap();
    let map = crate::expected::expected(&std::fs::read(&map).unwrap());
    assert_eq!(crate::expected::expected(&bytes).tempos, map.tempos);
}

/// If it is killed at any moment, a song without its last second is left.
#[test]
fn a_kill_leaves_a_song() {
    need_sequencer!();
    let directory = directory();
    let mut random = u64::from(std::process::id());
    for round in 0..20 {
        // Five at the same time.
        let mut musician = Musician::new(1);
        let mut recorders: Vec<_> = (0..5)
            .map(|number| {
                let path = directory.path().join(format!("{round}-{number}.mid"));
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let kill_after = Duration::from_millis(random >> 33 & 0x7ff);
                Some((musician.record(&[], &path), path, kill_after))
            })
            .collect();
        let started = Instant::now();
        let mut played: Vec<Duration> = Vec::new();
        // The longest time for which the machine has delayed this loop, and perhaps the recorders.
        let (mut last, mut delay) = (started.elapsed(), Duration::ZERO);
        while recorders.iter().any(Option::is_some) {
            let number = u32::try_from(played.len()).unwrap();
            let [low, high] = [number % 128, number / 128 % 128].map(|n| n.to_le_bytes()[0]);
            let now = started.elapsed();
            delay = delay.max(now - last);
            last = now;
            played.push(now);
            musician.play(0, Event::note_on(1, low, high.max(1)).unwrap());
            for slot in &mut recorders {
                if slot
                    .as_ref()
                    .is_some_and(|(_, _, after)| started.elapsed() > *after)
                {
                    let (recorder, path, _) = slot.take().unwrap();
                    let killed = started.elapsed();
                    recorder.signal(Signal::SIGKILL);
                    drop(recorder);
                    delay = delay.max(killed - last);
                    let safe = killed.saturating_sub(Duration::from_secs(1) + delay);
                    let safe = played.iter().filter(|at| **at < safe).count();
                    check_remains(&path, safe, played.len());
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Checks that the recording contains the first played notes, and at least this number.
fn check_remains(path: &Path, safe: usize, played: usize) {
    assert!(!path.exists(), "{path:?} is not finished");
    let bytes = std::fs::read(path.with_extension("recording.mid")).unwrap();
    let smf = Smf::parse(&bytes).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let notes = messages(&smf).concat();
    assert!(
        (safe..=played).contains(&notes.len()),
        "{} of {played} are there, {safe} should be",
        notes.len()
    );
    for (number, note) in notes.iter().enumerate() {
        let (low, high) = (number % 128, (number / 128 % 128).max(1));
        assert_eq!(
            *note,
            format!("1 NoteOn {{ key: u7({low}), vel: u7({high}) }}")
        );
    }
    // The order is right.
    crate::expected::expected(&bytes);
}

#[test]
fn a_file_that_cannot_be_written_is_a_failure() {
    need_sequencer!();
    let (status, text) = complaint(&["record", "-p", "0:0", "/no/such/directory/song.mid"]);
    assert_eq!(status, 1);
    assert!(
        text.starts_with("aseq: /no/such/directory/song.mid: "),
        "{text}"
    );
    let (status, text) = complaint(&["record", "-q", "-p", "0:0", "-n", "0", "/dev/full"]);
    assert_eq!(status, 1, "{text}");
    assert!(text.starts_with("aseq: /dev/full: "), "{text}");
    let (status, _) = complaint(&[
        "record",
        "-p",
        "0:0",
        "--time-signature",
        "3:5",
        "/dev/null",
    ]);
    assert_eq!(status, 2);
}

#[test]
fn a_pipe_gets_the_file_at_the_end() {
    need_sequencer!();
    let output = aseq(&["record", "-p", "0:0", "-n", "0", "-"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(Smf::parse(&output.stdout).unwrap().tracks.len(), 1);
}
