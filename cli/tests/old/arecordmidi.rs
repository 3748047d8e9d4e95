//! `arecordmidi`.

use alsa_seq::{ClientOptions, Event, EventData, Port, PortOptions, SequencerClient};
use midly::{Smf, TrackEventKind};
use nix::sys::signal::Signal;

use crate::compare::{Program, beside_others, interrupt};
use support::files::temporary;
use support::{PATIENCE, need_sequencer, unique};

#[test]
fn answers_are_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    let file = temporary(b"");
    let file = file.path().to_str().unwrap();
    let ours = Program::ours("arecordmidi");
    for theirs in Program::theirs("arecordmidi") {
        for arguments in [
            &["-p", "14:0"] as &[&str],
            &[],
            &[file],
            &["-p", "99:0", file],
            &["-p", "nobody", file],
            &["-p", "14:0,99:9", file],
            &["-p", "14:0", "-b", "3", file],
            &["-p", "14:0", "-b", "6001", file],
            &["-p", "14:0", "-b", "x", file],
            &["-p", "14:0", "-f", "23", file],
            &["-p", "14:0", "-f", "x", file],
            &["-p", "14:0", "-t", "0", file],
            &["-p", "14:0", "-t", "40000", file],
            &["-p", "14:0", "-t", "x", file],
            &["-p", "14:0", "-i", "3", file],
            &["-p", "14:0", "-i", "0:4", file],
            &["-p", "14:0", "-i", "x", file],
            &["-p", "14:0", "-i", "99:4", file],
            &["-p", "14:0", "-i", "4:128", file],
            &["-p", "14:0", "-i", "4/4", file],
            &["-p", "14:0", "-m", "99:0", file],
            &["-p", "14:0", "-m", "nobody", file],
            &["-p", "14:0", "/no/such/directory/file"],
            &["-d"],
            &["-p"],
            &["-z"],
            &["-h"],
        ] {
            assert_eq!(
                ours.run(arguments).without_usage(),
                theirs.run(arguments).without_usage(),
                "{arguments:?} of {theirs:?}"
            );
        }
    }
}

/// The machine's own program may be older.
#[test]
fn numbers_of_events_are_checked_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    let ours = Program::ours("arecordmidi");
    for theirs in Program::theirs("arecordmidi") {
        for number in ["0", "-1", "x"] {
            let arguments = ["-p", "14:0", "-n", number, "/dev/null"];
            let expected = theirs.run(&arguments);
            if !expected.stdout.contains("Usage") && !expected.stderr.contains("Usage") {
                assert_eq!(ours.run(&arguments), expected, "{number} of {theirs:?}");
            }
        }
    }
}

#[test]
fn differences_are_on_purpose() {
    need_sequencer!();
    let _lock = beside_others();
    let ours = Program::ours("arecordmidi");
    for (arguments, message) in [
        // A file cannot contain this.
        (
            ["-p", "14:0", "-i", "3:5"],
            "Invalid time signature (3:5)\n",
        ),
        (["-f", "25", "-t", "300"], "Invalid number of ticks\n"),
    ] {
        let said = ours.run(&[&arguments[..], &["-p", "14:0", "/dev/null"]].concat());
        assert_eq!((said.code, &*said.stderr), (Some(1), message));
    }
}

/// Ports that play every type of event.
struct Band {
    client: SequencerClient,
    ports: Vec<Port>,
}

impl Band {
    fn new() -> Self {
        let client = ClientOptions::new(unique("band")).open().unwrap();
        let port = |_| {
            let options = PortOptions::sender("out");
            client.create_port(options).unwrap()
        };
        let ports = (0..2).map(port).collect();
        Self { client, ports }
    }

    /// No parameters: the original writes the bytes of their numbers in the order that the
    /// specification does not recommend.
    fn play(&mut self) {
        for (port, event) in [
            (0, Event::note_on(0, 60, 100).unwrap()),
            (0, Event::key_pressure(0, 60, 5).unwrap()),
            (0, Event::control_change(1, 7, 99).unwrap()),
            (0, Event::program_change(2, 33).unwrap()),
            (1, Event::channel_pressure(3, 1).unwrap()),
            (1, Event::pitch_bend(4, -8192).unwrap()),
            (1, Event::pitch_bend(4, 8191).unwrap()),
            (0, Event::control_14bit(2, 7, 1000).unwrap()),
            (0, Event::sysex(&[0xf0, 1, 2][..])),
            (0, Event::sysex(&[3, 0xf7][..])),
            (1, Event::sysex(&[0xf0, 0xf7][..])),
            // Messages that only matter in real time.
            (0, Event::new(EventData::ActiveSensing)),
            (0, Event::new(EventData::SongSelect { song: 3 })),
            (0, Event::note_off(0, 60, 64).unwrap()),
            (0, Event::note_on(0, 60, 0).unwrap()),
        ] {
            let event = event.from_port(&self.ports[port]).to_subscribers().direct();
            self.client.event_output_direct(&event).unwrap();
        }
    }
}

/// Returns a file's tracks, without times and ends. Each event is the one that midly reads.
pub(crate) fn tracks(bytes: &[u8]) -> Vec<Vec<String>> {
    let smf = Smf::parse(bytes).unwrap();
    let event = |event: &midly::TrackEvent<'_>| match event.kind {
        TrackEventKind::Meta(midly::MetaMessage::EndOfTrack) => None,
        kind => Some(format!("{kind:?}")),
    };
    let track = |track: &Vec<midly::TrackEvent<'_>>| track.iter().filter_map(event).collect();
    let mut tracks: Vec<Vec<String>> = smf.tracks.iter().map(track).collect();
    tracks.insert(0, vec![format!("{:?}", smf.header)]);
    tracks
}

/// Records until everything was received, and reads the file.
fn record(program: &Program, arguments: &[&str], ports: usize) -> Vec<Vec<String>> {
    let directory = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = directory.path().join("song.mid");
    let mut band = Band::new();
    let notices = PortOptions::receiver("notices");
    let notices = band.client.create_port(notices).unwrap();
    notices.connect_from(alsa_seq::Address::ANNOUNCE).unwrap();
    let sources: Vec<_> = band.ports[..ports]
        .iter()
        .map(|port| port.address().to_string())
        .collect();
    let sources = sources.join(",");
    let all = [&["-p", &sources], arguments, &[path.to_str().unwrap()]].concat();
    // Scripts start it in the background, and end it with Ctrl+C.
    let mut child = program.command_in_background(&all).spawn().unwrap();
    let last = band.ports[ports - 1].address();
    let recorder = loop {
        let event = band.client.event_input_timeout(PATIENCE).unwrap();
        match event.data() {
            EventData::PortSubscribed { sender, receiver } if sender == last => {
                break receiver.client;
            }
            _ => {}
        }
    };
    // The original starts its queue a moment after it has connected, and records nothing before.
    let name = |info: alsa_seq::QueueInfo| (info.owner() == recorder).then(|| info.id());
    let queue = loop {
        let queues = band.client.queues().unwrap();
        if let Some(queue) = queues.into_iter().find_map(name) {
            break band.client.queue(queue).unwrap();
        }
    };
    while !queue.status().is_ok_and(|status| status.is_running()) {
        std::thread::yield_now();
    }
    band.play();
    interrupt(&child, Signal::SIGINT, &band.client, recorder);
    assert_eq!(child.wait().unwrap().code(), Some(0), "{program:?}");
    tracks(&std::fs::read(&path).unwrap())
}

#[test]
fn files_have_the_same_content() {
    need_sequencer!();
    let _lock = beside_others();
    let ours = Program::ours("arecordmidi");
    for theirs in Program::theirs("arecordmidi") {
        for (arguments, ports) in [
            (&[] as &[&str], 1),
            (&[], 2),
            (&["-s"], 1),
            (&["-s", "-i", "6:8"], 2),
            (&["-b", "200", "-t", "96"], 1),
            (&["--fps=25", "--timesig=3:4"], 1),
            (&["-f", "29.97", "-t", "80"], 2),
        ] {
            assert_eq!(
                record(&ours, arguments, ports),
                record(&theirs, arguments, ports),
                "{arguments:?}, {ports} ports, {theirs:?}"
            );
        }
    }
}
