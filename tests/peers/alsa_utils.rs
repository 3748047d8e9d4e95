//! alsa-utils: programs that play to us, record from us, and list and connect our ports.
//! (`tests/kernel/peers.rs` tests more of them.)

use std::process::{Child, Command, Output, Stdio};

use alsa_seq::{
    Address, ConnectOptions, Event, EventData, EventType, Port, PortCaps, PortOptions,
    QueueOptions, RealTime, SequencerClient, Stamp, Time,
};

use support::{PATIENCE, client, need_program, need_sequencer, next_event};

fn run(program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C");
    command.stdin(Stdio::null()).output().unwrap()
}

fn text(program: &str, arguments: &[&str]) -> String {
    let output = run(program, arguments);
    assert!(output.status.success(), "{program}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A program that must end successfully, and is killed if the test fails.
struct Running(Child);

impl Running {
    fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        Self(command.args(arguments).env("LC_ALL", "C").spawn().unwrap())
    }

    fn ends_well(mut self) {
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns a Standard MIDI File with one track of events at ticks. All events of a time except the
/// last may use running status, as in `bytes`.
fn midi_file(ppq: u16, events: &[(u32, &[u8])]) -> Vec<u8> {
    let mut track = Vec::new();
    let mut last = 0;
    for (tick, bytes) in events {
        track.extend(variable_length(tick - last));
        track.extend_from_slice(bytes);
        last = *tick;
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01".to_vec();
    file.extend(ppq.to_be_bytes());
    file.extend(b"MTrk");
    file.extend(u32::try_from(track.len()).unwrap().to_be_bytes());
    file.extend(track);
    file
}

fn variable_length(mut number: u32) -> Vec<u8> {
    let mut bytes = vec![(number & 0x7f) as u8];
    while number > 0x7f {
        number >>= 7;
        bytes.insert(0, (number & 0x7f) as u8 | 0x80);
    }
    bytes
}

/// Returns the events of a file with one track: ticks, and bytes with their status.
fn events_of(file: &[u8]) -> Vec<(u32, Vec<u8>)> {
    assert_eq!(&file[..12], b"MThd\0\0\0\x06\0\0\0\x01");
    assert_eq!(&file[14..18], b"MTrk");
    let mut rest = &file[22..];
    let number = |rest: &mut &[u8]| {
        let mut number = 0;
        loop {
            let byte = rest[0];
            *rest = &rest[1..];
            number = number << 7 | u32::from(byte & 0x7f);
            if byte < 0x80 {
                return number;
            }
        }
    };
    let mut events = Vec::new();
    let (mut tick, mut status) = (0, 0);
    while !rest.is_empty() {
        tick += number(&mut rest);
        if rest[0] >= 0x80 {
            status = rest[0];
            rest = &rest[1..];
        }
        let mut bytes = vec![status];
        let length = match status {
            0xff => {
                bytes.push(rest[0]);
                rest = &rest[1..];
                number(&mut rest)
            }
            0xf0 | 0xf7 => number(&mut rest),
            0xc0..=0xdf => 1,
            _ => 2,
        };
        let (data, behind) = rest.split_at(length as usize);
        bytes.extend(data);
        rest = behind;
        events.push((tick, bytes));
    }
    events
}

/// Returns a file with these contents. The file is deleted when the value is dropped.
fn temporary(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

/// Returns one event of every type that MIDI files and channels have, with its bytes.
fn music() -> Vec<(Event<'static>, &'static [u8])> {
    let event = |event: Result<Event<'static>, alsa_seq::ValueError>| event.unwrap();
    vec![
        (event(Event::program_change(3, 40)), &[0xc3, 40]),
        (event(Event::control_change(3, 7, 99)), &[0xb3, 7, 99]),
        (event(Event::note_on(3, 60, 100)), &[0x93, 60, 100]),
        (event(Event::note_on(3, 64, 1)), &[0x93, 64, 1]),
        (event(Event::key_pressure(3, 60, 55)), &[0xa3, 60, 55]),
        (event(Event::channel_pressure(3, 66)), &[0xd3, 66]),
        (event(Event::pitch_bend(3, -8192)), &[0xe3, 0, 0]),
        (event(Event::pitch_bend(3, 8191)), &[0xe3, 0x7f, 0x7f]),
        (event(Event::note_off(3, 64, 77)), &[0x83, 64, 77]),
        (
            Event::sysex(&[0xf0, 0x7e, 0x7f, 9, 1, 0xf7]),
            &[0xf0, 0x7e, 0x7f, 9, 1, 0xf7],
        ),
        (event(Event::note_off(15, 60, 0)), &[0x8f, 60, 0]),
    ]
}

/// Returns the bytes of an event as in a file: sysex with its length.
fn in_file(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [0xf0, data @ ..] => [&[0xf0, u8::try_from(data.len()).unwrap()], data].concat(),
        plain => plain.to_vec(),
    }
}

#[test]
fn aplaymidi_plays_to_us() {
    need_sequencer!();
    need_program!("aplaymidi");
    let mut client = client("synth");
    let port = client.create_port("in").unwrap();

    // At 10 ms a quarter note, the timer has little work.
    let mut track = vec![(0, vec![0xff, 0x51, 3, 0x00, 0x27, 0x10])];
    for (beat, (_, bytes)) in (0..).zip(music()) {
        track.push((beat * 96, in_file(bytes)));
    }
    let track: Vec<_> = track
        .iter()
        .map(|(tick, bytes)| (*tick, &**bytes))
        .collect();
    let file = temporary(&midi_file(96, &track));
    let player = Running::start(
        "aplaymidi",
        &[
            "-d",
            "0",
            "-p",
            &port.address().to_string(),
            file.path().to_str().unwrap(),
        ],
    );
    for (beat, (expected, _)) in (0..).zip(music()) {
        let event = next_event(&mut client);
        assert_eq!(event.data(), expected.data());
        assert_eq!(event.time(), Time::Tick(beat * 96));
        assert!(!event.is_direct());
        assert_ne!(event.source().client, client.id());
    }
    player.ends_well();
}

/// We schedule the events, arecordmidi stamps them, and aplaymidi plays them back to us.
#[test]
fn arecordmidi_records_our_events() {
    need_sequencer!();
    need_program!("arecordmidi");
    need_program!("aplaymidi");
    let mut client = client("player");
    let out = client.create_port("out").unwrap();
    // The kernel's timer port announces each start of a queue to its subscribers.
    let timer = client.create_port("timer").unwrap();
    timer.connect_from(Address::TIMER).unwrap();
    let file = temporary(&[]);
    let path = file.path().to_str().unwrap();
    let count = music().len().to_string();
    let recorder = Running::start(
        "arecordmidi",
        &[
            "-t",
            "100",
            "-b",
            "600",
            "-n",
            &count,
            "-p",
            &out.address().to_string(),
            path,
        ],
    );
    await_start(&mut client, &out);

    drop(timer);
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    queue.start().unwrap();
    // A mark comes with each event. The next event is sent after the mark, so the events are at
    // least 10 ms apart, also if this program or the kernel is late.
    let marks = client.create_port("marks").unwrap();
    let delay = RealTime::new(0, 10_000_000).unwrap();
    for (event, _) in music() {
        let mark = Event::new(EventData::Echo([0; 12])).to(&marks);
        for event in [event, mark] {
            let event = event.from_port(&out).after(&queue, delay);
            client.event_output(&event).unwrap();
        }
        client.drain_output().unwrap();
        while client.event_input_timeout(PATIENCE).unwrap().event_type() != EventType::ECHO {}
    }
    recorder.ends_well();

    let recorded = std::fs::read(path).unwrap();
    let events: Vec<_> = events_of(&recorded)
        .into_iter()
        .filter(|(_, bytes)| bytes[0] != 0xff)
        .collect();
    let bytes: Vec<_> = events.iter().map(|(_, bytes)| &**bytes).collect();
    let expected: Vec<_> = music().into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(bytes, expected);
    // A tick lasts 1 ms, and the events take 100 ms or more. A busy machine delays some.
    let ticks: Vec<_> = events.iter().map(|(tick, _)| *tick).collect();
    assert!(ticks.is_sorted(), "{ticks:?}");
    assert!(ticks.last().unwrap() - ticks[0] >= 50, "{ticks:?}");

    // Drops the notices of connections.
    client.drop_input().unwrap();
    let input = client.create_port("in").unwrap();
    let player = Running::start(
        "aplaymidi",
        &["-d", "0", "-p", &input.address().to_string(), path],
    );
    for (expected, _) in music() {
        let event = next_event(&mut client);
        assert_eq!(event.data(), expected.data());
    }
    player.ends_well();
}

/// Waits until the client that has connected to `out` starts its queue.
fn await_start(client: &mut SequencerClient, out: &Port) {
    let mut started = Vec::new();
    loop {
        let event = client.event_input_timeout(PATIENCE).unwrap();
        if let EventData::Start(queue) = event.data() {
            if let Ok(info) = client.queue_info(queue) {
                started.push(info.owner());
            }
        }
        let receivers = out.receivers().unwrap();
        if receivers
            .iter()
            .any(|connection| started.contains(&connection.receiver.client))
        {
            return;
        }
    }
}

#[test]
fn all_programs_list_our_ports() {
    need_sequencer!();
    need_program!("aconnect");
    need_program!("aplaymidi");
    need_program!("arecordmidi");
    need_program!("aseqdump");
    let client = client("listed");
    let name = client.info().unwrap().name().into_owned();
    let sink = client
        .create_port(PortOptions::receiver("the sink"))
        .unwrap();
    let source = client
        .create_port(PortOptions::sender("the source"))
        .unwrap();
    let hidden = PortOptions::new("hidden").caps(PortOptions::BOTH | PortCaps::NO_EXPORT);
    let _hidden = client.create_port(hidden).unwrap();
    for (program, port, port_name) in [
        ("aplaymidi", &sink, "the sink"),
        ("arecordmidi", &source, "the source"),
        ("aseqdump", &source, "the source"),
    ] {
        let listing = text(program, &["-l"]);
        let address = port.address();
        let line = format!(
            "{:>3}:{:<3}  {name:<32} {port_name}",
            address.client, address.port
        );
        assert!(listing.contains(&line), "{program}:\n{listing}");
    }
    for (option, shown, not_shown) in [
        ("-o", "the sink", "the source"),
        ("-i", "the source", "the sink"),
    ] {
        let listing = text("aconnect", &[option]);
        let head = format!("client {}: '{name}'", client.id());
        let ours: Vec<_> = listing
            .lines()
            .skip_while(|line| !line.starts_with(&head))
            .skip(1)
            .take_while(|line| !line.starts_with("client"))
            .collect();
        let ours = ours.join("\n");
        assert!(ours.contains(shown), "{ours}");
        assert!(
            !ours.contains(not_shown) && !ours.contains("hidden"),
            "{ours}"
        );
    }
}

#[test]
fn aconnect_connects_with_every_option() {
    need_sequencer!();
    need_program!("aconnect");
    let (a, b) = (client("from"), client("to"));
    let (out, input) = (a.create_port("out").unwrap(), b.create_port("in").unwrap());
    let queue = a.create_queue(QueueOptions::new()).unwrap();
    let (sender, dest) = (out.address().to_string(), input.address().to_string());
    let number = queue.id().to_string();
    for (options, exclusive, stamp) in [
        (&["-e"][..], true, None),
        (&["-r", &number], false, Some(Stamp::RealTime(queue.id()))),
        (&["-t", &number, "-e"], true, Some(Stamp::Ticks(queue.id()))),
    ] {
        text("aconnect", &[options, &[&sender, &dest]].concat());
        let found = a.connection(&out, &input).unwrap();
        assert_eq!((found.exclusive, found.stamp), (exclusive, stamp));
        out.disconnect_to(&input).unwrap();
    }
    // aconnect also shows our connections. libasound treats every stamp as a real-time stamp, so
    // aconnect shows a stamp in ticks as one in real time.
    let options = ConnectOptions::new()
        .exclusive(true)
        .stamp_ticks(queue.id());
    a.connect(&out, &input, options).unwrap();
    let listing = text("aconnect", &["-l"]);
    let link = format!("Connecting To: {dest}[ex][real:{number}]");
    let right = format!("Connecting To: {dest}[ex][tick:{number}]");
    assert!(
        listing.contains(&link) || listing.contains(&right),
        "{listing}"
    );
    // The two connections exclude each other: aconnect reports an error for the second.
    let output = run("aconnect", &[&sender, &dest]);
    assert_eq!(output.status.code(), Some(1));
}
