//! After every end and interruption of `aseq play`, receivers are silent and reset.

use std::collections::BTreeSet;

use alsa_seq::{Event, EventData, EventType, PortOptions};
use nix::sys::signal::Signal;

use crate::Running;
use crate::endings::chord;
use support::files::song;
use support::listener::Listener;
use support::{PATIENCE, need_sequencer, unique, until};

/// The state of a receiver that is still changed when a song has ended or was cut off. The receiver
/// stores all messages.
#[derive(Default)]
pub(crate) struct Synth {
    pub(crate) keys: BTreeSet<u8>,
    pub(crate) moved: BTreeSet<&'static str>,
    /// The number of values that were ever changed.
    most: usize,
}

impl Synth {
    pub(crate) fn hear(&mut self, data: &EventData<'_>) {
        let (name, is_moved) = match *data {
            EventData::NoteOn { note, .. } => {
                self.keys.insert(note);
                return;
            }
            EventData::NoteOff { note, .. } => {
                self.keys.remove(&note);
                return;
            }
            EventData::PitchBend { bend, .. } => ("bend", bend != 0),
            EventData::ChannelPressure { pressure, .. } => ("pressure", pressure != 0),
            EventData::KeyPressure { pressure, .. } => ("key pressure", pressure != 0),
            EventData::ControlChange {
                controller, value, ..
            } => {
                let name = match controller {
                    1 => "modulation",
                    64 => "sustain",
                    66 => "sostenuto",
                    67 => "soft pedal",
                    69 => "hold 2",
                    _ => return,
                };
                (name, value != 0)
            }
            _ => return,
        };
        self.moved.remove(name);
        if is_moved {
            self.moved.insert(name);
        }
        self.most = self.most.max(self.moved.len());
    }
}

#[test]
fn each_ending_returns_all_controllers_to_rest() {
    need_sequencer!();
    let moved: [(u32, &[u8]); 8] = [
        (0, &[0xe0, 0, 0x60]),
        (0, &[0xd0, 127]),
        (0, &[0xa0, 60, 127]),
        (0, &[0xb0, 1, 127]),
        (0, &[0xb0, 64, 127]),
        (0, &[0xb0, 66, 127]),
        (0, &[0xb0, 67, 127]),
        (0, &[0xb0, 69, 127]),
    ];
    let end: [(u32, &[u8]); 2] = [(0, &[0x90, 60, 100]), (700_000, &[0xff, 1, 0])];
    let endless = song(&[&moved[..], &end].concat());
    let short = song(&[&moved[..], &end[..1], &[(9, &[0x80, 60, 0][..])]].concat());
    let twice = ["--loop=2"];
    let cases: [(&tempfile::NamedTempFile, &[&str], Option<Signal>); 6] = [
        (&endless, &[], Some(Signal::SIGINT)),
        (&endless, &[], Some(Signal::SIGTERM)),
        (&endless, &[], Some(Signal::SIGHUP)),
        (&endless, &["--to", "0.1"], None),
        (&short, &[], None),
        (&short, &twice, None),
    ];
    for (song, arguments, signal) in cases {
        let mut listener = Listener::new();
        let address = listener.address();
        let path = song.path().to_str().unwrap();
        let fixed = ["play", path, "-p", &address, "-d", "0"];
        let player = Running::start(&[&fixed, arguments].concat());
        let mut synth = Synth::default();
        let mut times = 0;
        listener.listen(|event| {
            let data = event.data();
            if matches!(data, EventData::NoteOn { .. }) {
                times += 1;
                if let Some(signal) = signal {
                    player.signal(signal);
                }
            } else if matches!(data, EventData::PitchBend { bend, .. } if bend != 0) {
                assert!(synth.moved.is_empty(), "{arguments:?}: {:?}", synth.moved);
            }
            synth.hear(&data);
        });
        let status = signal.map_or(0, |signal| 128 + signal as i32);
        assert_eq!(player.end(), (status, vec![]), "{arguments:?}");
        assert_eq!(times, if arguments == twice { 2 } else { 1 });
        assert_eq!(synth.most, 8, "all of it was heard");
        assert!(
            synth.keys.is_empty(),
            "{arguments:?}, {signal:?}: {:?}",
            synth.keys
        );
        assert!(
            synth.moved.is_empty(),
            "{arguments:?}, {signal:?}: {:?}",
            synth.moved
        );
    }
}

/// Every signal that ends a program, except for the one that cannot be caught.
#[test]
fn no_signal_leaves_anything_sounding() {
    need_sequencer!();
    let song = chord();
    let path = song.path().to_str().unwrap();
    // Of the real-time signals, the first one that the C library does not use, and the last one.
    for signal in [
        1, 2, 3, 6, 10, 12, 14, 15, 24, 25, 26, 27, 29, 30, 31, 35, 64,
    ] {
        let mut listener = Listener::new();
        let address = listener.address();
        let player = Running::spawn(
            // Prevents core dumps.
            std::process::Command::new("sh")
                .args(["-c", "ulimit -c 0; exec \"$@\"", "sh"])
                .arg(env!("CARGO_BIN_EXE_aseq"))
                .args(["play", path, "-p", &address]),
        );
        let mut synth = Synth::default();
        listener.listen(|event| {
            let data = event.data();
            synth.hear(&data);
            if matches!(data, EventData::ControlChange { value, .. } if value > 0) {
                assert_eq!(synth.keys.len(), 3);
                let kill = format!("kill -{signal} {}", player.child.id());
                let killed = std::process::Command::new("sh")
                    .args(["-c", &kill])
                    .status();
                assert!(killed.unwrap().success());
            }
        });
        assert_eq!(player.end(), (128 + signal, vec![]));
        assert!(synth.keys.is_empty(), "{signal}: {:?}", synth.keys);
        assert!(synth.moved.is_empty(), "{signal}: {:?}", synth.moved);
    }
}

/// Returns the events that arrive within two seconds, by the listener's own clock.
fn heard_in_two_seconds(listener: &mut Listener) -> Vec<EventData<'static>> {
    let queue = listener.client.create_queue("stopwatch").unwrap();
    queue.start().unwrap();
    let mark = Event::new(EventData::Echo(*b"2 seconds .."));
    let end = alsa_seq::Time::Real(alsa_seq::RealTime::new(2, 0).unwrap());
    let mark = mark
        .from_port(&listener.port)
        .to(&listener.port)
        .at(&queue, end);
    listener.client.event_output(&mark).unwrap();
    listener.client.drain_output().unwrap();
    let mut heard = Vec::new();
    loop {
        let event = listener.client.event_input_timeout(PATIENCE).unwrap();
        if event.event_type() == EventType::ECHO {
            return heard;
        }
        heard.push(support::kept(event));
    }
}

/// Waits until a process is stopped.
pub(crate) fn wait_for_stop(player: &Running) {
    wait_for_state(player, 'T');
}

/// Waits until a process has this state of `/proc/PID/stat`.
pub(crate) fn wait_for_state(process: &Running, state: char) {
    let path = format!("/proc/{}/stat", process.child.id());
    let state = format!(") {state} ");
    until(|| std::fs::read_to_string(&path).unwrap().contains(&state));
}

#[test]
#[cfg(feature = "json")]
fn a_pause_is_silent_and_the_song_continues() {
    need_sequencer!();
    // The second note comes 1.5 seconds after the first.
    let song = song(&[
        (0, &[0xb0, 64, 127]),
        (0, &[0xe0, 0, 0x60]),
        (0, &[0x90, 60, 100]),
        (288, &[0x80, 60, 0]),
        (0, &[0x90, 62, 100]),
        (48, &[0x80, 62, 0]),
        (0, &[0xe0, 0, 0x40]),
        (0, &[0xb0, 64, 0]),
    ]);
    let path = song.path().to_str().unwrap();
    let state = |line: &str| -> (String, u64) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["file"], path);
        assert_eq!(line["time"], 1);
        let tick = line["position"]["tick"].as_u64().unwrap();
        let seconds = line["position"]["seconds"].as_f64().unwrap();
        #[allow(clippy::cast_precision_loss)]
        let expected = tick as f64 / 192.0;
        assert!((seconds - expected).abs() < 1e-6, "{line}");
        (line["state"].as_str().unwrap().to_owned(), tick)
    };
    let state_after_playing = |player: &Running| loop {
        let (state, at) = state(&player.stdout());
        if state != "playing" {
            return (state, at);
        }
    };
    let (mut listener, player, mut synth, at) = crate::in_time(|| {
        let mut listener = Listener::new();
        let address = listener.address();
        let player = Running::start(&["play", path, "-p", &address, "-d", "0", "--json"]);
        let mut synth = Synth::default();
        while synth.keys.is_empty() {
            let event = listener.client.event_input_timeout(PATIENCE).unwrap();
            synth.hear(&event.data());
        }
        let (started, begun) = state(&player.stdout());
        assert_eq!(started, "started");
        player.signal(Signal::SIGTSTP);
        let (paused, at) = state_after_playing(&player);
        // On a busy machine, the signal may come after the second note, or after the song.
        if at >= 288 {
            return None;
        }
        assert_eq!(paused, "paused");
        // The queue runs when the player reads its position for the first report.
        assert!(begun <= at, "{begun} {at}");
        wait_for_stop(&player);
        Some((listener, player, synth, at))
    });
    // The song would have ended by then.
    for data in heard_in_two_seconds(&mut listener) {
        assert!(
            !matches!(data, EventData::NoteOn { .. }),
            "it plays on: {data:?}"
        );
        synth.hear(&data);
    }
    assert!(synth.keys.is_empty(), "{:?}", synth.keys);
    assert!(synth.moved.is_empty(), "{:?}", synth.moved);

    player.signal(Signal::SIGCONT);
    assert_eq!(state(&player.stdout()), ("resumed".to_owned(), at));
    let mut notes = Vec::new();
    listener.listen(|event| match event.data() {
        EventData::NoteOn { note, .. } => {
            // As without the pause.
            assert_eq!(synth.moved.len(), 2, "{:?}", synth.moved);
            notes.push(note);
        }
        data => synth.hear(&data),
    });
    assert_eq!(notes, [62]);
    assert_eq!(state_after_playing(&player), ("ended".to_owned(), 336));
    assert_eq!(player.end(), (0, vec![]));
}

/// The receiver ends, and a new client gets its number. The new client does not get the rest of
/// the song.
#[test]
fn a_new_client_with_the_same_number_gets_no_events() {
    need_sequencer!();
    let notes = (0..100).map(|n| (n.min(1) * 20, &[0x90, 60, 1][..]));
    let song = song(&notes.collect::<Vec<_>>());
    let path = song.path().to_str().unwrap();
    for _ in 0..10 {
        let listener = Listener::new();
        let address = listener.address();
        let mut first = listener.client;
        let player = Running::start(&["play", path, "-p", &address]);
        while first.event_input_timeout(PATIENCE).unwrap().event_type() != EventType::NOTE_ON {}
        drop(listener.port);
        drop(first);
        let mut stranger = Listener::new();
        if stranger.address() != address {
            // Another test has got the number.
            continue;
        }
        assert_eq!(
            player.end(),
            (1, vec![format!("aseq: port {address} is gone")])
        );
        let mut heard = 0;
        while stranger.client.try_event_input().unwrap().is_some() {
            heard += 1;
        }
        // A note each 0.1 s: a busy machine may need that time to report the end.
        assert!(heard < 20, "{heard} of 100 notes");
        return;
    }
    panic!("no number was given again");
}

/// The receiver ends during a pause, and a new client gets its number. The new client gets no
/// events of the continued song.
#[test]
fn a_new_client_gets_no_events_after_a_pause() {
    need_sequencer!();
    let song = song(&[
        (0, &[0xb0, 64, 127]),
        (0, &[0x90, 60, 1]),
        (960, &[0x80, 60, 0]),
    ]);
    let Listener { mut client, port } = Listener::new();
    let address = port.address();
    let path = song.path().to_str().unwrap();
    let player = Running::start(&["play", path, "-p", &address.to_string()]);
    while client.event_input_timeout(PATIENCE).unwrap().event_type() != EventType::NOTE_ON {}
    player.signal(Signal::SIGTSTP);
    wait_for_stop(&player);
    // A client with another name looks like another program.
    drop(port);
    while client.try_event_input().unwrap().is_some() {}
    client.set_name(&unique("stranger")).unwrap();
    let options = PortOptions::receiver("in");
    let port = client.create_port(options).unwrap();
    assert_eq!(port.address(), address);
    player.signal(Signal::SIGCONT);
    let complaint = format!("aseq: port {address} is gone");
    assert_eq!(player.end(), (1, vec![complaint]));
    let heard = client.try_event_input().unwrap();
    assert!(heard.is_none(), "{heard:?}");
}
