//! The UMP programs of the newest alsa-utils: they show our events, send events to us, play to us
//! and record from us.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use alsa_seq::ump::{BlockDirection, Group, Packet, Packets, Ump};
use alsa_seq::{
    Address, ClientId, ClientOptions, ErrorKind, Event, EventData, MidiVersion, Port, PortCaps,
    PortFilter, PortOptions, SequencerClient, TopologyChange, TopologyMonitor,
};

use support::{PATIENCE, client, need_sequencer, newest_alsa_utils, next_event, unique};

/// Returns a client of this version with a port. On a kernel without UMP, prints that the test is
/// skipped and returns `None`.
fn speaker(version: MidiVersion) -> Option<(SequencerClient, Port)> {
    let options = ClientOptions::new(unique("ump"))
        .midi_version(version)
        .input_pool(2000);
    let mut client = match options.open() {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => {
            support::say_skipped("this kernel has no UMP");
            return None;
        }
        client => client.unwrap(),
    };
    let port = client.create_port("port").unwrap();
    client.set_source(&port);
    Some((client, port))
}

fn packet(text: &str) -> Packet {
    text.parse().unwrap()
}

/// A program that is killed if the test fails.
struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn start(path: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(path);
        command.args(arguments).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "the program ended after {line:?}");
        line.truncate(line.len() - 1);
        line
    }

    fn ends_well(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a program that connects from our port, and waits until the connection exists. The notice
/// to the port itself would come a moment too early.
fn listener(path: &Path, arguments: &[&str], port: &Port) -> Program {
    let mut observer = TopologyMonitor::open(unique("observer")).unwrap();
    let program = Program::start(path, arguments);
    loop {
        let change = observer.next_change_timeout(PATIENCE).unwrap();
        if let TopologyChange::Connected(connection) = change {
            if connection.sender == port.address() {
                return program;
            }
        }
    }
}

/// Starts arecordmidi2, and waits until it records: its ports and connections exist, and its queue
/// runs. It counts earlier events, but does not write them.
fn recorder(path: &Path, arguments: &[&str]) -> (Program, ClientId) {
    // A UMP client would get a packet, which does not contain the queue.
    let mut watcher = client("watcher");
    let port = watcher.create_port("watcher").unwrap();
    port.connect_from(Address::TIMER).unwrap();
    let program = Program::start(path, arguments);
    loop {
        let event = watcher.event_input_timeout(PATIENCE).unwrap();
        let EventData::Start(queue) = event.data() else {
            continue;
        };
        // Queues of other tests may have been deleted already.
        let owner = watcher.queue_info(queue).map(|info| info.owner());
        if let Ok(owner) = owner.and_then(|owner| watcher.client_info(owner)) {
            if owner.pid() == Some(program.child.id()) {
                return (program, owner.id());
            }
        }
    }
}

/// The packets that we send, and aseqdump's output for each, after the address.
const SHOWN: [(&str, &str); 14] = [
    (
        "40953c03 c924abcd",
        "Group  0, Note on                 5, note 60, velocity 0xc924, attr type = 3, data = 0xabcd",
    ),
    (
        "43853c00 80000000",
        "Group  3, Note off                5, note 60, velocity 0x8000, attr type = 0, data = 0x0",
    ),
    (
        "40603c00 88000001",
        "Group  0, Per-note pitchbend      0, note 60, value 0x88000001",
    ),
    (
        "40b00700 12345678",
        "Group  0, Control change          0, controller 7, value 0x12345678",
    ),
    (
        "40250102 06100000",
        "Group  0, RPN                     5, bank 1:2, value 0x6100000",
    ),
    ("10f80000", "Group  0, Timing clock"),
    (
        "30047e7f 09010000",
        "Group  0, SysEx Single   length 4 7e:7f:09:01",
    ),
    (
        "501e0121 22232425 26272829 2a2b2c2d",
        "Group  0, SysEx8 Start    length 14  stream 1 21:22:23:24:25:26:27:28:29:2a:2b:2c:2d",
    ),
    (
        "f0000101 0000001f 00000000 00000000",
        "          EP Discovery    ver=1/1, filter=0x1f",
    ),
    (
        "d0100000 02faf080 00000000 00000000",
        "Group  0, UMP Set Tempo          value 50000000",
    ),
    (
        "40f03c03 00000000",
        "Group  0, Per-note management     0, value 0x3",
    ),
    (
        "40e00000 80000000",
        "Group  0, Pitchbend               0, value 0x80000000",
    ),
    (
        "40c50001 03000102",
        "Group  0, Program change          5, program 3, Bank select 1:2",
    ),
    ("10ff0000", "Group  0, Reset"),
];

#[test]
fn aseqdump_shows_the_packets_that_we_send() {
    need_sequencer!();
    let Some(aseqdump) = newest_alsa_utils("aseqdump") else {
        return;
    };
    let Some((mut client, port)) = speaker(MidiVersion::Ump2) else {
        return;
    };
    let address = port.address().to_string();
    let mut dump = listener(&aseqdump, &["-u", "2", "-p", &address], &port);
    for (text, _) in SHOWN {
        client
            .event_output(&Event::ump(packet(text)).from_port(&port))
            .unwrap();
    }
    client.drain_output().unwrap();
    while !dump.line().starts_with("Source") {}
    for (text, shown) in SHOWN {
        let line = dump.line();
        let behind = line.strip_prefix(&format!("{address:<8}"));
        assert_eq!(behind, Some(shown), "{text}: {line:?}");
    }
}

/// aseqdump asks for MIDI 1.0 packets or for no packets, and the kernel converts them.
#[test]
fn aseqdump_shows_converted_packets() {
    need_sequencer!();
    let Some(aseqdump) = newest_alsa_utils("aseqdump") else {
        return;
    };
    for (version, shown) in [
        (
            "1",
            "Group  0, Note on                 5, note 60, velocity 100",
        ),
        ("0", "Note on                 5, note 60, velocity 100"),
    ] {
        let Some((mut client, port)) = speaker(MidiVersion::Ump2) else {
            return;
        };
        let address = port.address().to_string();
        let mut dump = listener(&aseqdump, &["-u", version, "-p", &address], &port);
        let note = Event::ump(packet("40953c00 c9240000")).from_port(&port);
        client.event_output_direct(&note).unwrap();
        while !dump.line().starts_with("Source") {}
        let line = dump.line();
        assert_eq!(line, format!("{address:<8}{shown}"), "-u {version}");
    }
}

/// `aseqsend` sends packets of both versions, and bytes.
#[test]
fn the_messages_of_aseqsend_arrive() {
    need_sequencer!();
    let Some(aseqsend) = newest_alsa_utils("aseqsend") else {
        return;
    };
    for (arguments, expected) in [
        (
            &["-u", "2", "40 90 3c 00 c9 24 00 00"][..],
            "40903c00 c9240000",
        ),
        (&["-u", "2", "40 60 3c 00 88 00 00 01"], "40603c00 88000001"),
        (&["-u", "1", "20 91 3c 64"], "40913c00 c9240000"),
        (&["93 3c 64"], "40933c00 c9240000"),
        (&["-u", "1", "30 04 7e 7f 09 01 00 00"], "30047e7f 09010000"),
        (&["f0 7e 7f 09 01 f7"], "30047e7f 09010000"),
        (
            &["-u", "2", "f0 00 01 01 00 00 00 1f 00 00 00 00 00 00 00 00"],
            "f0000101 0000001f 00000000 00000000",
        ),
    ] {
        let Some((mut client, port)) = speaker(MidiVersion::Ump2) else {
            return;
        };
        let address = port.address().to_string();
        let arguments = [&["-p", &address], arguments].concat();
        Program::start(&aseqsend, &arguments).ends_well();
        let event = next_event(&mut client);
        assert_eq!(event.packet(), Some(packet(expected)), "{arguments:?}");
    }
}

/// `aplaymidi -u 1` plays a MIDI 1.0 file in packets.
#[test]
fn aplaymidi_plays_packets_to_us() {
    need_sequencer!();
    let Some(aplaymidi) = newest_alsa_utils("aplaymidi") else {
        return;
    };
    let track: &[u8] = &[
        0, 0xc5, 12, // program
        0, 0x95, 60, 100, // note on
        0, 0xb5, 7, 127, // volume
        0, 0xe5, 0, 0x60, // bend
        0, 0xf0, 5, 0x7e, 0x7f, 9, 1, 0xf7, // GM on
        1, 0x85, 60, 64, // note off
        0, 0xff, 0x2f, 0,
    ];
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    file.extend(u32::try_from(track.len()).unwrap().to_be_bytes());
    file.extend(track);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("song.mid");
    fs::write(&path, file).unwrap();
    for (version, expected) in [
        (
            MidiVersion::Ump1,
            [
                "20c50c00",
                "20953c64",
                "20b5077f",
                "20e50060",
                "30047e7f 09010000",
                "20853c40",
            ],
        ),
        (
            MidiVersion::Ump2,
            [
                "40c50000 0c000000",
                "40953c00 c9240000",
                "40b50700 ffffffff",
                "40e50000 c0020010",
                "30047e7f 09010000",
                "40853c00 80000000",
            ],
        ),
    ] {
        let Some((mut client, port)) = speaker(version) else {
            return;
        };
        let address = port.address().to_string();
        let arguments = ["-u", "1", "-d", "0", "-p", &address, path.to_str().unwrap()];
        let playing = Program::start(&aplaymidi, &arguments);
        for expected in expected {
            let event = next_event(&mut client);
            let got = event.packet().map(|packet| packet.decode());
            assert_eq!(got, Some(packet(expected).decode()), "{version:?}");
        }
        playing.ends_well();
    }
}

/// Returns a MIDI clip file (SMF2CLIP) of packets, with their clock.
fn clip(packets: &[&str]) -> Vec<u8> {
    let mut file = b"SMF2CLIP".to_vec();
    // 384 ticks a quarter note. The clip begins.
    let head = [
        "00400000",
        "00300180",
        "00400000",
        "f0200000 00000000 00000000 00000000",
    ];
    for text in head.iter().chain(packets) {
        for word in packet(text).words() {
            file.extend(word.to_be_bytes());
        }
    }
    file
}

#[test]
fn aplaymidi2_plays_a_clip_to_us() {
    need_sequencer!();
    let Some(aplaymidi2) = newest_alsa_utils("aplaymidi2") else {
        return;
    };
    let Some((mut client, port)) = speaker(MidiVersion::Ump2) else {
        return;
    };
    let played = [
        "40953c03 c924abcd",
        "40653c00 88000001",
        "40b50700 12345678",
        "30047e7f 09010000",
        "40853c00 80000000",
    ];
    let mut packets = Vec::new();
    for text in &played {
        packets.push("00400001");
        packets.push(text);
    }
    packets.extend(["00400001", "f0210000 00000000 00000000 00000000"]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("song.midi2");
    fs::write(&path, clip(&packets)).unwrap();
    let address = port.address().to_string();
    let arguments = ["-d", "0", "-p", &address, path.to_str().unwrap()];
    let playing = Program::start(&aplaymidi2, &arguments);
    for expected in played {
        assert_eq!(next_event(&mut client).packet(), Some(packet(expected)));
    }
    playing.ends_well();
}

/// Returns the packets of a clip file, without the clock.
fn read_clip(path: &Path) -> Vec<Packet> {
    let bytes = fs::read(path).unwrap();
    let words: Vec<u32> = bytes
        .strip_prefix(b"SMF2CLIP")
        .unwrap()
        .chunks_exact(4)
        .map(|word| u32::from_be_bytes(word.try_into().unwrap()))
        .collect();
    Packets::new(&words)
        .map(Result::unwrap)
        .filter(|packet| packet.group().is_some())
        .collect()
}

#[test]
fn arecordmidi2_records_our_packets() {
    need_sequencer!();
    let Some(arecordmidi2) = newest_alsa_utils("arecordmidi2") else {
        return;
    };
    let Some((mut client, port)) = speaker(MidiVersion::Ump2) else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("song.midi2");
    let address = port.address().to_string();
    let sent = [
        "40953c03 c924abcd",
        "40653c00 88000001",
        "40b50700 12345678",
        "40853c00 80000000",
    ];
    let count = sent.len().to_string();
    let arguments = [
        "-u",
        "2",
        "-n",
        &count,
        "-p",
        &address,
        path.to_str().unwrap(),
    ];
    let (recording, _) = recorder(&arecordmidi2, &arguments);
    for text in sent {
        client
            .event_output_direct(&Event::ump(packet(text)).from_port(&port))
            .unwrap();
    }
    recording.ends_well();
    let recorded: Vec<_> = read_clip(&path)
        .into_iter()
        .filter(|packet| matches!(packet.decode(), Ump::Midi2(..)))
        .collect();
    // (The times between the packets are wrong: docs/old-names.md.)
    assert_eq!(recorded, sent.map(packet));
}

/// Without a port to record from, arecordmidi2 makes an endpoint with libasound, and we see its
/// description. It records the events that we send to a group's port in that group.
#[test]
fn arecordmidi2_makes_an_endpoint_with_all_groups() {
    need_sequencer!();
    let Some(arecordmidi2) = newest_alsa_utils("arecordmidi2") else {
        return;
    };
    let Some((mut client, _port)) = speaker(MidiVersion::Ump2) else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("song.midi2");
    let arguments = ["-u", "2", "-n", "1", path.to_str().unwrap()];
    let (recording, endpoint) = recorder(&arecordmidi2, &arguments);
    let info = client.endpoint_info(endpoint).unwrap();
    assert_eq!(info.name(), "arecordmidi2");
    assert_eq!(info.num_blocks(), 16);
    let blocks = client.function_blocks(endpoint).unwrap();
    assert_eq!(blocks.len(), 16);
    for (block, group) in blocks.iter().zip(Group::all()) {
        assert_eq!(block.name(), format!("Group {}", group.number() + 1));
        // The endpoint records: it is an input, and its ports can be written to.
        assert_eq!(block.direction(), Some(BlockDirection::Input));
        assert_eq!((block.first_group(), block.num_groups()), (Some(group), 1));
        let port = Address::new(endpoint.number(), group.number() + 1);
        let port = client.port_info(port).unwrap();
        assert_eq!(port.ump_group(), Some(group));
        assert!(port.caps().contains(PortOptions::RECEIVES));
        assert!(!port.caps().contains(PortCaps::READ));
    }
    let port = client
        .port_info(Address::new(endpoint.number(), 0))
        .unwrap();
    assert_eq!((&*port.name(), port.is_ump_endpoint()), ("MIDI 2.0", true));
    let listed = client.ports(PortFilter::new().receives(true)).unwrap();
    let own = listed
        .iter()
        .filter(|port| port.address().client == endpoint);
    assert_eq!(own.count(), 17);

    let note = packet("40953c00 c9240000");
    client
        .event_output_direct(&Event::ump(note).to(Address::new(endpoint.number(), 4)))
        .unwrap();
    recording.ends_well();
    let group = Group::new(3).unwrap();
    let recorded = read_clip(&path);
    assert!(recorded.contains(&note.with_group(group)), "{recorded:?}");
}
