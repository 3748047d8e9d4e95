//! `arecordmidi2`.

use std::path::Path;

use alsa_seq::ump::{Flex, MessageType, Packet, Packets, Stream, Ump, Utility};
use alsa_seq::{
    Address, ClientId, ClientOptions, Event, EventData, MidiVersion, Port, PortOptions,
    SequencerClient,
};
use nix::sys::signal::Signal;

use crate::aplaymidi2::has_ump;
use crate::compare::{Program, beside_others, interrupt};
use support::files::temporary;
use support::{PATIENCE, need_sequencer, unique};

#[test]
fn answers_are_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    if !has_ump() {
        return;
    }
    let file = temporary(b"");
    let file = file.path().to_str().unwrap();
    let ours = Program::ours("arecordmidi2");
    for theirs in Program::theirs("arecordmidi2") {
        for arguments in [
            &[] as &[&str],
            &["-p", "14:0"],
            &["-p", "99:0", file],
            &["-p", "nobody", file],
            &["-b", "3", file],
            &["-b", "x", file],
            &["-t", "0", file],
            &["--timesig=3", file],
            &["--timesig", "0:4", file],
            &["-n", "0", file],
            &["-n", "x", file],
            &["-u", "3", file],
            &["-P", "/no/such/file", file],
            &["-p", "14:0", "/no/such/directory/file"],
            &["-l"],
            &["-h"],
        ] {
            assert_eq!(
                ours.run(arguments).without_usage(),
                theirs.run(arguments).without_usage(),
                "{arguments:?}"
            );
        }
    }
    // An option that the original documents but does not have.
    let said = ours.run(&["-i", "3:5", file]);
    assert_eq!(said.stderr, "Invalid time signature (3:5)\n");
}

/// The packets of a clip, and their ticks.
fn packets(bytes: &[u8]) -> Vec<(u32, Packet)> {
    let bytes = bytes.strip_prefix(b"SMF2CLIP").unwrap();
    assert_eq!(bytes.len() % 4, 0);
    let words: Vec<u32> = bytes
        .chunks(4)
        .map(|word| u32::from_be_bytes(word.try_into().unwrap()))
        .collect();
    let mut tick = 0;
    let mut packets = Vec::new();
    for packet in Packets::new(&words) {
        let packet = packet.unwrap();
        if let Ump::Utility(Utility::DeltaClockstamp(ticks)) = packet.decode() {
            tick += ticks.get();
        } else {
            packets.push((tick, packet));
        }
    }
    packets
}

/// The packets that a program played.
fn music(bytes: &[u8]) -> Vec<String> {
    let is_music = |packet: &Packet| {
        matches!(
            packet.message_type(),
            MessageType::MIDI1 | MessageType::MIDI2 | MessageType::DATA64
        )
    };
    let music = packets(bytes).into_iter().map(|(_, packet)| packet);
    music
        .filter(is_music)
        .map(|packet| packet.to_string())
        .collect()
}

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
        let notices = PortOptions::receiver("notices");
        let notices = client.create_port(notices).unwrap();
        notices.connect_from(Address::ANNOUNCE).unwrap();
        notices.keep();
        Self { client, ports }
    }

    /// Returns the addresses of its ports, for an option.
    fn addresses(&self) -> String {
        let all: Vec<_> = self
            .ports
            .iter()
            .map(|port| port.address().to_string())
            .collect();
        all.join(",")
    }

    /// Waits until a program with a running queue listens to all ports.
    fn wait_for_listener(&mut self) -> ClientId {
        let last = self.ports.last().unwrap().address();
        let id = loop {
            let event = self.client.event_input_timeout(PATIENCE).unwrap();
            match event.data() {
                EventData::PortSubscribed { sender, receiver } if sender == last => {
                    break receiver.client;
                }
                _ => {}
            }
        };
        loop {
            let queues = self.client.queues().unwrap();
            let own = queues.iter().find(|queue| queue.owner() == id);
            let queue = own.and_then(|queue| self.client.queue(queue.id()).ok());
            if queue.is_some_and(|queue| queue.status().is_ok_and(|status| status.is_running())) {
                return id;
            }
            std::thread::yield_now();
        }
    }

    fn play(&mut self, port: usize, event: Event<'_>) {
        let event = event.from_port(&self.ports[port]).to_subscribers().direct();
        self.client.event_output_direct(&event).unwrap();
    }
}

fn record(program: &Program, arguments: &[&str]) -> Vec<u8> {
    let directory = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = directory.path().join("clip");
    let mut band = Band::new();
    let sources = band.addresses();
    let all = [&["-p", &sources], arguments, &[path.to_str().unwrap()]].concat();
    let mut child = program.command(&all).spawn().unwrap();
    let id = band.wait_for_listener();
    for (port, event) in [
        (0, Event::note_on(0, 60, 100).unwrap()),
        (1, Event::key_pressure(0, 60, 5).unwrap()),
        (0, Event::control_change(1, 7, 99).unwrap()),
        (0, Event::program_change(2, 33).unwrap()),
        (1, Event::channel_pressure(3, 1).unwrap()),
        (1, Event::pitch_bend(4, -8192).unwrap()),
        (0, Event::sysex(&[0xf0, 1, 2, 3, 4, 5, 6, 7, 0xf7][..])),
        (0, Event::note_off(0, 60, 64).unwrap()),
    ] {
        band.play(port, event);
    }
    interrupt(&child, Signal::SIGINT, &band.client, id);
    assert_eq!(child.wait().unwrap().code(), Some(0), "{program:?}");
    std::fs::read(&path).unwrap()
}

#[test]
fn clips_have_the_same_content() {
    need_sequencer!();
    let _lock = beside_others();
    if !has_ump() {
        return;
    }
    let ours = Program::ours("arecordmidi2");
    for theirs in Program::theirs("arecordmidi2") {
        for arguments in [
            &["-u", "1"] as &[&str],
            &["-u", "2", "-b", "100"],
            &[
                "--song=a song with a long name",
                "--date",
                "today",
                "-t",
                "100",
            ],
        ] {
            let (ours, theirs) = (record(&ours, arguments), record(&theirs, arguments));
            let recorded = music(&ours);
            assert_eq!(recorded, music(&theirs), "{arguments:?}");
            assert_eq!(recorded.len(), 9, "{recorded:?}");
            let texts = |bytes: &[u8]| {
                let packets = packets(bytes).into_iter();
                let texts = packets.filter_map(|(_, packet)| match packet.decode() {
                    Ump::Flex(_, _, Flex::Text { kind, form, text }) => Some((kind, form, text)),
                    _ => None,
                });
                texts.collect::<Vec<_>>()
            };
            assert_eq!(texts(&ours), texts(&theirs), "{arguments:?}");
        }
    }
}

/// Ours records the time of each event. The original does not.
#[test]
fn clips_contain_the_times() {
    need_sequencer!();
    let _lock = beside_others();
    if !has_ump() {
        return;
    }
    let directory = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = directory.path().join("clip");
    let profile = temporary(&[0x30, 2, 1, 2, 0, 0, 0, 0]);
    let mut band = Band::new();
    let sources = band.addresses();
    let mut child = Program::ours("arecordmidi2")
        .command(&[
            "-p", &sources, "-b", "60", "-t", "1000", "-n", "2", "-i", "6:8",
        ])
        .arg("-P")
        .arg(profile.path())
        .arg(&path)
        .spawn()
        .unwrap();
    band.wait_for_listener();
    let queue = band.client.create_queue("queue").unwrap();
    queue.start().unwrap();
    for millis in [0, 500] {
        let event = Event::note_on(0, 60, 1).unwrap().from_port(&band.ports[0]);
        let time = alsa_seq::RealTime::new(0, millis * 1_000_000).unwrap();
        let event = event
            .to_subscribers()
            .at(&queue, alsa_seq::Time::Real(time));
        band.client.event_output(&event).unwrap();
    }
    band.client.drain_output().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let packets = packets(&std::fs::read(&path).unwrap());
    let head: Vec<_> = packets
        .iter()
        .take(5)
        .map(|(tick, packet)| (*tick, packet.decode()))
        .collect();
    assert_eq!(head[0], (0, Ump::Utility(Utility::TicksPerQuarter(1000))));
    assert_eq!(head[1].1, Packet::new([0x3002_0102, 0, 0, 0]).decode());
    assert_eq!(head[2].1, Ump::Stream(Stream::StartOfClip));
    assert!(matches!(
        head[3].1,
        Ump::Flex(_, _, Flex::Tempo(100_000_000))
    ));
    assert!(matches!(
        head[4].1,
        Ump::Flex(
            _,
            _,
            Flex::TimeSignature {
                numerator: 6,
                denominator: 3,
                ..
            }
        )
    ));
    let notes: Vec<_> = packets
        .iter()
        .filter(|(_, packet)| packet.message_type() == MessageType::MIDI1)
        .map(|(tick, _)| *tick)
        .collect();
    let [first, second] = notes[..] else {
        panic!("{notes:?}")
    };
    // 500 ticks, and a reserve for a busy machine.
    assert!((400..700).contains(&(second - first)), "{notes:?}");
    let (end, last) = packets.last().unwrap();
    assert_eq!(last.decode(), Ump::Stream(Stream::EndOfClip));
    assert!(*end >= second);
}

/// If it is killed at any moment, a clip is left. Without `-p`, other programs connect.
#[test]
fn a_kill_leaves_a_clip() {
    need_sequencer!();
    let _lock = beside_others();
    if !has_ump() {
        return;
    }
    let directory = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = directory.path().join("clip");
    let ours = Program::ours("arecordmidi2");
    let mut child = ours.command(&[path.to_str().unwrap()]).spawn().unwrap();
    let path = directory.path().join("clip.recording");
    let mut client = ClientOptions::new(unique("player"))
        .midi_version(MidiVersion::Ump1)
        .open()
        .unwrap();
    let started = std::time::Instant::now();
    let id = loop {
        assert!(started.elapsed() < PATIENCE);
        let mut clients = client.clients().filter_map(Result::ok);
        let found = clients
            .find(|info| info.pid().is_some_and(|pid| pid == child.id()) && info.num_ports() == 18);
        // The file has its name before it has bytes.
        let has_begun = std::fs::metadata(&path).is_ok_and(|about| about.len() > 0);
        if let (Some(found), true) = (found, has_begun) {
            break found.id();
        }
    };
    let port = client.create_port("out").unwrap();
    let mut played = Vec::new();
    // Until the file has content.
    while packets(&std::fs::read(&path).unwrap()).len() < 20 {
        assert!(started.elapsed() < PATIENCE);
        let key = u32::try_from(played.len()).unwrap() % 128;
        let packet = Packet::new([0x2590_0001 | key << 8, 0, 0, 0]);
        let dest = Address::from((id, alsa_seq::PortId::new(6)));
        let event = Event::ump(packet).from_port(&port).to(dest);
        client.event_output_direct(&event).unwrap();
        played.push(packet.to_string());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let recorded = music(&bytes);
    assert!(!recorded.is_empty());
    assert_eq!(recorded, played[..recorded.len()]);
    let (_, last) = *packets(&bytes).last().unwrap();
    assert_eq!(last.decode(), Ump::Stream(Stream::EndOfClip));
    plays(&path);
}

fn plays(path: &Path) {
    let said = Program::ours("aplaymidi2").run(&["-p", "14:0", "-d", "0", path.to_str().unwrap()]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
}
