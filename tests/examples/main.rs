//! The example programs do what they say, on the real kernel.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::explicit_write, clippy::panic)]

mod answers;
#[path = "../support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use alsa_seq::ump::Packet;
use alsa_seq::{
    Address, ClientOptions, ErrorKind, Event, EventData, EventType, MidiVersion, Port, PortFilter,
    PortOptions, PortType, QueueOptions, RealTime, SequencerClient, Stamp, Time,
};

use support::{PATIENCE, client, need_sequencer, next_event, skip, unique};

/// The program of an example. Cargo puts it beside the directory of the tests,
/// but only builds it when it is to test everything.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program: PathBuf = profile.join("examples").join(name);
    assert!(
        program.is_file(),
        "{} is not there: run `cargo build --examples` first",
        program.display()
    );
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

fn run(name: &str, arguments: &[&str]) -> Output {
    example(name).args(arguments).output().unwrap()
}

/// What an example that ends well prints.
fn lines(name: &str, arguments: &[&str]) -> Vec<String> {
    let output = run(name, arguments);
    assert!(output.status.success(), "{name}: {output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// What an example that fails prints on standard error.
fn failure(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    assert!(!output.status.success(), "{name}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A port that is in nobody else's list of MIDI ports, so that the examples
/// that choose one do not choose it.
fn quiet_port(client: &SequencerClient, name: &str) -> Port {
    let options = PortOptions::new(name).port_type(PortType::APPLICATION);
    client.create_port(options).unwrap()
}

/// An example that goes on until it is told to end.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(name: &str, arguments: &[&str]) -> Self {
        Self::spawn(example(name).args(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// Waits until it ends by itself, and returns what it still printed.
    fn rest(mut self) -> Vec<String> {
        let rest = self.lines.by_ref().map(Result::unwrap).collect();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until somebody has connected to a port of this client: which port it is.
fn await_connection(client: &mut SequencerClient) -> Address {
    let event = client.event_input_timeout(PATIENCE).unwrap();
    let EventData::PortSubscribed { sender, receiver } = event.data() else {
        panic!("{event:?}");
    };
    // The kernel tells the sender a moment before the receiver's side is
    // connected too, and nothing is delivered until then.
    let is_this = |connection: alsa_seq::Connection| connection.sender == sender;
    while !client
        .connections_to(receiver)
        .unwrap()
        .into_iter()
        .any(is_this)
    {
        std::thread::yield_now();
    }
    receiver
}

fn send(client: &mut SequencerClient, event: Event<'_>, port: &Port) {
    client.event_output_direct(&event.from_port(port)).unwrap();
}

/// Every example has a test here.
#[test]
fn every_example_is_tested() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let these = [include_str!("main.rs"), include_str!("answers.rs")].concat();
    for entry in std::fs::read_dir(root.join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            these.contains(&format!("\"{name}\"")),
            "the example {name} is not tested"
        );
        let text = std::fs::read_to_string(&path).unwrap();
        let how = text
            .lines()
            .filter_map(|line| line.strip_prefix("//! cargo run "))
            .any(|line| {
                let mut words = line.split(' ').skip_while(|word| *word != "--example");
                words.nth(1) == Some(&*name)
            });
        assert!(how, "the example {name} does not say how to run it");
    }
}

/// The README shows this program, without its first lines.
#[test]
fn first_program() {
    let program = include_str!("../../examples/first_program.rs");
    let (_, program) = program.split_once("\n\n").unwrap();
    let shown = format!("```rust,no_run\n{program}```\n");
    assert!(include_str!("../../README.md").contains(&shown), "{shown}");

    need_sequencer!();
    let mut client = client("first");
    let synth = quiet_port(&client, "synth");
    let mut running = Running::start("first_program", &[]);
    assert_eq!(
        running.line(),
        "Connect a synthesizer: aseq connect hello SYNTH"
    );
    let hello = client.parse_address("hello").unwrap();
    synth.connect_from(hello).unwrap();
    let mut keys = Vec::new();
    while keys.len() < 8 {
        let event = client.event_input_timeout(PATIENCE).unwrap();
        match event.data() {
            EventData::NoteOn { note, .. } => keys.push((true, note)),
            EventData::NoteOff { note, .. } => keys.push((false, note)),
            _ => {}
        }
    }
    let expected = [60, 64, 67, 72].map(|key| [(true, key), (false, key)]);
    assert_eq!(keys, expected.concat());
    assert_eq!(running.rest(), [""; 0]);
}

#[test]
fn list_ports() {
    need_sequencer!();
    let client = client("listed");
    let name = client.info().unwrap().name().into_owned();
    let sink = client
        .create_port(PortOptions::receiver("the sink"))
        .unwrap();
    let quiet = quiet_port(&client, "the quiet one");
    let line = |port: &Port, port_name: &str| format!("{} {name:?} {port_name:?}", port.address());
    let (sink, quiet) = (line(&sink, "the sink"), line(&quiet, "the quiet one"));

    for (arguments, shows_sink, shows_quiet) in [
        (&[][..], true, false),
        (&["--output"], true, false),
        (&["--input"], false, false),
        (&["--type", "ANY"], true, true),
        (&["--type", "midi_generic,software"], true, false),
        (
            &["--type", "APPLICATION", "--input", "--output"],
            false,
            true,
        ),
    ] {
        let lines = lines("list_ports", arguments);
        assert_eq!(lines.contains(&sink), shows_sink, "{arguments:?}");
        assert_eq!(lines.contains(&quiet), shows_quiet, "{arguments:?}");
        assert!(!lines.iter().any(|line| line.starts_with("0:0 ")));
    }
    let all = lines("list_ports", &["--system", "--type", "ANY", "--verbose"]);
    let at = all.iter().position(|line| *line == sink).unwrap();
    assert!(
        all[at + 1].contains("WRITE | SUBS_WRITE"),
        "{}",
        all[at + 1]
    );
    assert!(all.contains(&"0:0 \"System\" \"Timer\"".to_owned()));
    let through = "\"Midi Through\"";
    let without = lines("list_ports", &["--no-midi-through"]);
    assert!(!without.iter().any(|line| line.contains(through)));

    assert!(failure("list_ports", &["--type", "NONSENSE"]).contains("no port type NONSENSE"));
    assert!(failure("list_ports", &["--nonsense"]).contains("usage: list_ports"));
}

#[test]
fn list_ports_full() {
    need_sequencer!();
    let client = client("listed");
    let port = quiet_port(&client, "a port");
    let all = lines("list_ports_full", &[]);
    assert_eq!(all[0], "client 0 \"System\"");
    assert_eq!(all[1], "  0:0 \"Timer\"");
    let head = format!("client {} {:?}", client.id(), client.info().unwrap().name());
    let at = all.iter().position(|line| *line == head).unwrap();
    let line = format!("  {} \"a port\"", port.address());
    assert_eq!(all[at + 1], line);

    let id = client.id().to_string();
    let details = lines("list_ports_full", &["--client-id", &id, "-v"]);
    assert_eq!(details[..2], [head, line]);
    assert!(details[3].ends_with("PortType(APPLICATION)"), "{details:?}");
    let error = failure("list_ports_full", &["--client-id", "191"]);
    assert!(error.contains("ENOENT"), "{error}");
}

#[test]
fn list_clients() {
    need_sequencer!();
    let client = client("listed");
    let filter = [EventType::NOTE_ON, EventType::SYSEX];
    client.set_event_filter(filter).unwrap();
    let _port = quiet_port(&client, "port");
    let all = lines("list_clients", &[]);
    let info = client.info().unwrap();
    let head = format!("client {} {:?}", client.id(), info.name());
    let at = all.iter().position(|line| *line == head).unwrap();
    assert_eq!(all[at + 1], "  kind:   User");
    assert_eq!(all[at + 2], format!("  thread: {}", info.pid().unwrap()));
    assert_eq!(all[at + 3], "  ports:  1");
    assert_eq!(all[at + 5], "  takes:  note-on sysex");
    assert!(all.last().unwrap().ends_with(" of 32 queues"));
}

#[test]
fn connect() {
    need_sequencer!();
    let a = client("a");
    let b = client("b");
    let (out, input) = (quiet_port(&a, "out"), quiet_port(&b, "in"));
    let (sender, dest) = (out.address().to_string(), input.address().to_string());
    let queue = b.create_queue(QueueOptions::new()).unwrap();
    let number = queue.id().to_string();

    assert!(lines("connect", &[&sender, &dest]).is_empty());
    assert_eq!(a.connection(&out, &input).unwrap().stamp, None);
    let error = failure("connect", &[&sender, &dest]);
    assert!(error.contains("EBUSY"), "{error}");
    lines("connect", &["-d", &sender, &dest]);
    assert_eq!(out.receivers().unwrap(), []);

    lines(
        "connect",
        &["--exclusive", "--real", &number, &sender, &dest],
    );
    let connection = a.connection(&out, &input).unwrap();
    assert!(connection.exclusive);
    assert_eq!(connection.stamp, Some(Stamp::RealTime(queue.id())));
    lines("connect", &["-d", &sender, &dest]);
    lines("connect", &["-t", &number, &sender, &dest]);
    let connection = a.connection(&out, &input).unwrap();
    assert_eq!(connection.stamp, Some(Stamp::Ticks(queue.id())));

    for wrong in [&[&*sender][..], &[&sender, "14:300"], &["--real"], &["-x"]] {
        failure("connect", wrong);
    }
}

#[test]
fn dump_events() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let mut dump = Running::start("dump_events", &["--port", &address]);
    let dest = await_connection(&mut client);
    assert_eq!(dump.line(), format!("listening at {dest}"));
    assert_eq!(dump.line(), "           Time Source  Event");

    send(&mut client, Event::note_on(1, 60, 100).unwrap(), &port);
    let note = "NoteOn { channel: 1, note: 60, velocity: 100 }";
    assert_eq!(dump.line(), format!("{:>15} {address:7} {note}", ""));
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    queue.start().unwrap();
    let reset = Event::new(EventData::Reset).at(&queue, Time::Tick(3));
    send(&mut client, reset, &port);
    assert_eq!(dump.line(), format!("{:>15} {address:7} Reset", 3));
}

#[test]
fn dump_events_stamped_and_filtered() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let arguments = ["-p", &address, "--real-time", "-f", "note-on", "-f", "130"];
    let mut dump = Running::start("dump_events", &arguments);
    await_connection(&mut client);
    for _ in 0..2 {
        dump.line();
    }

    let bend = Event::pitch_bend(0, 0).unwrap().from_port(&port);
    let error = client.event_output_direct(&bend).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    send(&mut client, Event::note_on(0, 1, 2).unwrap(), &port);
    send(&mut client, Event::sysex(&[0xf0, 0xf7]), &port);
    for expected in ["NoteOn {", "Sysex([240, 247])"] {
        let line = dump.line();
        let (time, event) = line.trim_start().split_once(' ').unwrap();
        let _: RealTime = time.parse().unwrap();
        assert!(time.contains('.'), "{line}");
        let event = event.trim_start().strip_prefix(&*address).unwrap();
        assert!(event.trim_start().starts_with(expected), "{line}");
    }
    let error = failure("dump_events", &["-f", "nonsense"]);
    assert!(error.contains("no event type"), "{error}");
}

/// The examples that make a GM synthesizer, or look for one.
static SYNTHS: Mutex<()> = Mutex::new(());

fn the_lick(client: &mut SequencerClient) -> Vec<(bool, u8, u32)> {
    let mut notes = Vec::new();
    while notes.len() < 14 {
        let event = next_event(client);
        let Time::Tick(tick) = event.time() else {
            panic!("{event:?}");
        };
        notes.push(match event.data() {
            EventData::NoteOn { note, .. } => (true, note, tick),
            EventData::NoteOff { note, .. } => (false, note, tick),
            other => panic!("{other:?}"),
        });
    }
    notes
}

const LICK: [(bool, u8, u32); 14] = [
    (true, 62, 0),
    (false, 62, 2),
    (true, 64, 2),
    (false, 64, 3),
    (true, 65, 3),
    (false, 65, 5),
    (true, 67, 5),
    (false, 67, 6),
    (true, 64, 6),
    (false, 64, 9),
    (true, 60, 9),
    (false, 60, 11),
    (true, 62, 11),
    (false, 62, 24),
];

#[test]
fn play_the_lick() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let address = port.address().to_string();
    let player = Running::start("play_the_lick", &["-p", &address, "--bpm", "6000"]);
    assert_eq!(the_lick(&mut client), LICK);
    assert!(player.rest().is_empty());
    let error = failure("play_the_lick", &["--bpm", "0"]);
    assert!(error.contains("beats per minute"), "{error}");
}

#[test]
fn play_the_lick_on_the_best_port() {
    need_sequencer!();
    let _only_synth = SYNTHS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut client = client("synth");
    let synth = client
        .create_port(
            PortOptions::new("in")
                .port_type(PortType::MIDI_GENERIC | PortType::MIDI_GM | PortType::SYNTHESIZER),
        )
        .unwrap();
    let best = client.ports(PortFilter::new().receives(true)).unwrap();
    if best[0].address() != synth.address() {
        // Not to be played on by a test.
        skip("this machine has a synthesizer of its own");
        return;
    }
    let mut player = Running::start("play_the_lick", &["--bpm", "6000"]);
    let name = client.info().unwrap().name().into_owned();
    let expected = format!("playing on {} \"in\" {name:?}", synth.address());
    assert_eq!(player.line(), expected);
    assert_eq!(the_lick(&mut client), LICK);
    assert!(player.rest().is_empty());
}

#[test]
fn dump_bytes() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let mut dump = Running::start("dump_bytes", &["-p", &address]);
    let dest = await_connection(&mut client);
    assert_eq!(dump.line(), format!("listening at {dest}"));
    assert_eq!(dump.line(), "           Time Source  Bytes");
    let mut all = Running::start(
        "dump_bytes",
        &["-p", &address, "--all-events", "--real-time"],
    );
    await_connection(&mut client);
    for _ in 0..2 {
        all.line();
    }

    send(&mut client, Event::new(EventData::Echo([0; 12])), &port);
    send(&mut client, Event::note_on(1, 60, 100).unwrap(), &port);
    send(&mut client, Event::sysex(&[0xf0, 0x7e, 0xf7]), &port);
    for bytes in ["91 3C 64", "F0 7E F7"] {
        assert_eq!(dump.line(), format!("{:>15} {address:7} {bytes}", ""));
    }
    for expected in ["Echo([0, ", "91 3C 64", "F0 7E F7"] {
        let line = all.line();
        let (time, rest) = line.trim_start().split_once(' ').unwrap();
        let _: RealTime = time.parse().unwrap();
        let event = rest.trim_start().strip_prefix(&*address).unwrap();
        assert!(event.trim_start().starts_with(expected), "{line}");
    }
}

#[test]
fn play_the_lick_bytes() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let address = port.address().to_string();
    let player = Running::start("play_the_lick_bytes", &["-p", &address, "--bpm", "6000"]);
    assert_eq!(the_lick(&mut client), LICK);
    assert!(player.rest().is_empty());
}

#[test]
fn look_up() {
    need_sequencer!();
    let client = client("looked:up");
    let name = client.info().unwrap().name().into_owned();
    let first = quiet_port(&client, "first");
    let _second = quiet_port(&client, "second");
    let found = [
        format!("{} \"first\"", first.address()),
        format!("\"{name}\":first"),
    ];
    for text in [
        &first.address().to_string(),
        &name,
        &format!("{name}:fi"),
        &format!("{}:first", client.id()),
        &found[1],
    ] {
        assert_eq!(lines("look_up", &[text]), found, "{text}");
    }
    let output = run("look_up", &[&format!("{name}:")]);
    assert!(!output.status.success());
    let _third = quiet_port(&client, "seconds");
    let output = run("look_up", &[&format!("{name}:sec")]);
    assert!(!output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches("perhaps ").count(), 2, "{text}");
}

#[test]
fn send_and_receive_sysex() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let receiver = Running::start("receive_sysex", &[&address]);
    let dest = await_connection(&mut client).to_string();

    let message = [&[0xf0][..], &[0x55; 100_000], &[0xf7]].concat();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &message).unwrap();
    let mut sender = Running::start("send_sysex", &[&dest, file.path().to_str().unwrap()]);
    // Another message, in two pieces, amidst the pieces of that one.
    send(&mut client, Event::sysex(&[0xf0, 1]), &port);
    assert_eq!(sender.line(), "sent 100002 bytes");
    send(&mut client, Event::sysex(&[2, 0xf7]), &port);
    // It is disconnected now, but that was the sender, not the source.
    drop(sender);
    drop(client);
    let mut received = receiver.rest();
    received.sort_by_key(|line| line.starts_with(&address));
    assert_eq!(received.len(), 2, "{received:?}");
    assert!(received[0].ends_with(": 100002 bytes"), "{received:?}");
    assert_eq!(received[1], format!("{address}: 4 bytes"));
}

#[test]
fn open_client() {
    need_sequencer!();
    let lines = lines("open_client", &[]);
    assert!(lines[0].ends_with(" \"open_client\""), "{lines:?}");
    assert_eq!(
        lines[1..],
        ["now \"renamed\"", "1000 cells for output, 1000 for input"]
    );
    let output = run("open_client", &["/no/such/device"]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("(ENOENT); load the kernel's sequencer"),
        "{error}"
    );
    assert_eq!(run("open_client", &["/dev/null"]).status.code(), Some(1));
}

#[test]
fn make_ports() {
    need_sequencer!();
    let _only_synth = SYNTHS.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = lines("make_ports", &[]);
    assert_eq!(lines.len(), 7, "{lines:?}");
    assert!(lines[0].contains(":0 \"both\" "), "{lines:?}");
    assert!(lines[4].contains(":9 \"private\" "), "{lines:?}");
    assert!(lines[4].contains("NO_EXPORT"), "{lines:?}");
    assert!(lines[5].ends_with(":0 is now \"renamed\""), "{lines:?}");
    assert!(lines[6].starts_with("4 ports left; "), "{lines:?}");
}

#[test]
fn connect_ports() {
    need_sequencer!();
    let client = client("other");
    let port = quiet_port(&client, "port");
    let address = port.address().to_string();
    let lines = lines("connect_ports", &[&address]);
    assert!(
        lines[0].ends_with(&format!(" -> {address} None")),
        "{lines:?}"
    );
    assert!(lines[1].contains("Some(RealTime("), "{lines:?}");
    assert!(
        lines[2].ends_with(&format!(" <- {address} None")),
        "{lines:?}"
    );
    assert!(
        lines[4].contains("the ports are already connected"),
        "{lines:?}"
    );
    assert_eq!(lines[5], "1 connections left");
    assert_eq!(port.receivers().unwrap(), []);
}

#[test]
fn play_chord() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let address = port.address().to_string();
    let player = Running::start("play_chord", &[&address]);
    for expected in [EventType::NOTE_ON, EventType::NOTE_OFF] {
        for key in [60, 64, 67] {
            let event = next_event(&mut client);
            assert_eq!(event.event_type(), expected);
            match event.data() {
                EventData::NoteOn { note, .. } | EventData::NoteOff { note, .. } => {
                    assert_eq!(note, key);
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(player.rest().is_empty());
}

#[test]
fn receive() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let receiver = Running::start("receive", &[&address, "1"]);
    await_connection(&mut client);
    for event in [
        Event::note_on(1, 60, 100).unwrap(),
        Event::note_on(1, 60, 0).unwrap(),
        Event::note_off(1, 61, 5).unwrap(),
        Event::control_change(0, 7, 90).unwrap(),
        Event::sysex(&[0xf0, 1, 0xf7]),
        Event::new(EventData::Reset),
    ] {
        send(&mut client, event, &port);
    }
    drop(client);
    assert_eq!(
        receiver.rest(),
        [
            "key 60 down on channel 1",
            "key 60 up on channel 1",
            "key 61 up on channel 1",
            "controller 7 is 90",
            "3 bytes of sysex",
            "reset",
            "disconnected",
        ]
    );
}

#[test]
fn receive_batches() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let receiver = Running::start("receive_batches", &[&address]);
    await_connection(&mut client);
    for _ in 0..1000 {
        let event = Event::note_on(1, 60, 100).unwrap().from_port(&port);
        client.event_output(&event).unwrap();
    }
    client.drain_output().unwrap();
    send(&mut client, Event::sysex(&[0; 1000]), &port);
    drop(client);
    assert_eq!(receiver.rest(), ["1001 events, 1000 bytes of sysex"]);
}

/// Twice: to a client of MIDI 2.0, and to one that knows nothing of it.
#[test]
fn midi2_echo() {
    need_sequencer!();
    let options = ClientOptions::new(unique("player")).midi_version(MidiVersion::Ump2);
    let mut player = match options.open() {
        Err(error) => {
            // No UMP: too old, or built without.
            assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
            let text = failure("midi2_echo", &[]);
            assert!(text.contains("needs Linux 6.5"), "{text}");
            return;
        }
        Ok(player) => player,
    };
    let mut echo = Running::start("midi2_echo", &["5"]);
    let port = port_of(&mut echo, "listening on ");
    assert_eq!(
        player.endpoint_info(port.client).unwrap().name(),
        "MIDI 2.0 echo"
    );
    let own = player.create_port("own").unwrap();
    player.set_source(&own);
    own.connect_from(port).unwrap();
    let mut old = client("old");
    let old_port = old.create_port("old").unwrap();
    old_port.connect_from(port).unwrap();

    let packet = |text: &str| -> Packet { text.parse().unwrap() };
    let mut exchange = |sent: &str, echoes: &[&str]| {
        let event = Event::ump(packet(sent)).to(port);
        player.event_output_direct(&event).unwrap();
        for echo in echoes {
            assert_eq!(
                next_event(&mut player).packet(),
                Some(packet(echo)),
                "{sent}"
            );
        }
    };
    exchange(
        "40953c03 c0001234",
        &[
            "40653c00 80444444",
            "40953c03 60001234",
            "40653c00 80888888",
            "40953c03 30001234",
            "40653c00 80cccccc",
            "40953c03 18001234",
        ],
    );
    exchange("40853c00 80000000", &["40853c00 80000000"; 3]);
    exchange(
        "40b50700 80000004",
        &[
            "40b50700 60000003",
            "40b50700 40000002",
            "40b50700 20000001",
        ],
    );
    let velocities: Vec<_> = (0..3)
        .map(|_| match next_event(&mut old).data() {
            EventData::NoteOn { velocity, .. } => velocity,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(velocities, [0x30, 0x18, 0x0c]);
}

#[test]
fn schedule() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let address = port.address().to_string();
    let mut player = Running::start("schedule", &[&address]);
    assert_eq!(player.line(), "7 events wait, running: true");
    let mut received = Vec::new();
    while received.len() < 10 {
        let event = next_event(&mut client);
        let key = match event.data() {
            EventData::NoteOn { note, .. } | EventData::NoteOff { note, .. } => note,
            other => panic!("{other:?}"),
        };
        received.push((event.event_type(), key));
    }
    let (on, off) = (EventType::NOTE_ON, EventType::NOTE_OFF);
    // The quarters last 250 ms, the last two 125.
    assert_eq!(
        received,
        [
            (on, 37),
            (off, 37),
            (on, 37),
            (off, 37),
            (on, 37),
            (off, 37),
            (on, 37),
            (off, 37),
            (on, 49),
            (on, 53),
        ]
    );
    let rest = player.rest();
    let seconds = rest[0].strip_prefix("played until ").unwrap();
    let seconds: RealTime = seconds.parse().unwrap();
    assert!(seconds >= RealTime::new(1, 0).unwrap(), "{seconds}");
    assert!(seconds < RealTime::new(8, 0).unwrap(), "{seconds}");
}

#[test]
fn stop_playing() {
    need_sequencer!();
    let mut client = client("listener");
    let port = quiet_port(&client, "in");
    let lines = lines("stop_playing", &[&port.address().to_string()]);
    // How many were played before they were counted depends on the machine.
    let count = |line: &str| -> i32 { line.split_once(' ').unwrap().0.parse().unwrap() };
    let counts: Vec<_> = lines.iter().map(|line| count(line)).collect();
    assert!((150..=200).contains(&counts[0]), "{counts:?}");
    assert!((50..=100).contains(&counts[1]), "{counts:?}");
    assert!((25..=50).contains(&counts[2]), "{counts:?}");
    assert_eq!(counts[3], 0);
    assert_eq!(next_event(&mut client).event_type(), EventType::NOTE_ON);
    let silence = Event::control_change(0, 123, 0).unwrap();
    loop {
        let event = next_event(&mut client);
        if event.event_type() == EventType::CONTROL_CHANGE {
            assert_eq!(event.data(), silence.data());
            break;
        }
    }
}

#[test]
fn stamp_input() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let receiver = Running::start("stamp_input", &[&address]);
    await_connection(&mut client);
    await_connection(&mut client);
    send(&mut client, Event::new(EventData::Reset), &port);
    drop(client);
    let lines = receiver.rest();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let mut times: Vec<&str> = lines
        .iter()
        .map(|line| line.trim_start().strip_suffix(" reset").unwrap())
        .collect();
    times.sort_by_key(|time| time.contains('.'));
    let _: u32 = times[0].parse().unwrap();
    let _: RealTime = times[1].parse().unwrap();
}

#[test]
fn two_threads() {
    need_sequencer!();
    assert_eq!(lines("two_threads", &[]), ["the keys add up to 4950"]);
}

#[test]
fn filter_input() {
    need_sequencer!();
    let lines = lines("filter_input", &[]);
    assert!(lines[0].contains("(ENOENT)"), "{lines:?}");
    assert_eq!(lines[1..], ["received note-on", "received program-change"]);
}

#[test]
fn survive_overrun() {
    need_sequencer!();
    let lines = lines("survive_overrun", &[]);
    assert_eq!(lines[0], "the sender knows of 10 events that were refused");
    assert!(lines[1].contains("enlarge the input pool"), "{lines:?}");
    assert_eq!(lines[2], "next: Reset");
}

#[test]
fn recover_output() {
    need_sequencer!();
    let lines = lines("recover_output", &[]);
    assert!(lines[0].starts_with("send event 1 to "), "{lines:?}");
    assert!(lines[1].starts_with("it was number 1, for "), "{lines:?}");
    assert!(lines[2].contains("note: 60"), "{lines:?}");
    assert!(lines[3].contains("note: 62"), "{lines:?}");
    assert_eq!(lines.len(), 4);
}

#[test]
fn announcements() {
    need_sequencer!();
    let mut watcher = Running::start("announcements", &[]);
    assert!(watcher.line().starts_with("watching at "));
    let client = client("comes and goes");
    let id = client.id();
    let port = quiet_port(&client, "port");
    port.connect_to(&port).unwrap();
    let address = port.address();
    drop(port);
    drop(client);
    for expected in [
        format!("+ client {id}"),
        format!("+ port {address}"),
        format!("+ {address} -> {address}"),
        format!("- port {address}"),
        format!("- client {id}"),
    ] {
        // Other tests come and go at the same time.
        while watcher.line() != expected {}
    }
}

#[test]
fn watch() {
    need_sequencer!();
    let there = client("is there");
    let port = quiet_port(&there, "out");
    port.connect_to(&port).unwrap();
    let mut watcher = Running::start("watch", &[]);
    let mut until = |expected: &str| while watcher.line() != expected {};
    // Other tests come and go at the same time.
    let (name, address) = (there.info().unwrap().name().into_owned(), port.address());
    until(&format!("{} {name:?}", there.id()));
    until(&format!("    {address} \"out\""));
    until(&format!("        to {address} \"{name}:out\""));
    until("watching");

    port.disconnect_to(&port).unwrap();
    until(&format!(
        "- {address} \"{name}:out\" -> {address} \"{name}:out\""
    ));
    let new = quiet_port(&there, "new");
    let address = new.address();
    until(&format!("+ port {address} \"new\""));
    new.connect_to(&port).unwrap();
    let connection = format!(
        "{address} \"{name}:new\" -> {} \"{name}:out\"",
        port.address()
    );
    until(&format!("+ {connection}"));
    drop(new);
    until(&format!("- {address} -> {} \"{name}:out\"", port.address()));
    until(&format!("- port {address} \"new\""));
    let id = there.id();
    drop(there);
    until(&format!("- client {id} {name:?}"));
}

#[test]
fn raw_ioctl() {
    need_sequencer!();
    let lines = lines("raw_ioctl", &[]);
    assert!(lines[0].starts_with("protocol 1.0."), "{lines:?}");
    assert_eq!(lines.len(), 4);
}

/// Needs no sequencer.
#[test]
fn decode_offline() {
    let lines = lines("decode_offline", &[]);
    assert_eq!(lines[0], "62 bytes");
    assert!(lines[1].starts_with("note-on at 96: NoteOn {"), "{lines:?}");
    assert_eq!(
        lines[3],
        "the event at byte 28 needs 34 bytes, of which 33 are there"
    );
}

/// The port that an example says it is at.
fn port_of(running: &mut Running, before: &str) -> Address {
    let line = running.line();
    let rest = line.strip_prefix(before).unwrap();
    rest.split(' ').next().unwrap().parse().unwrap()
}

#[cfg(feature = "tokio")]
#[test]
fn bridges_a_network_and_a_port() {
    need_sequencer!();
    let there = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    there.set_read_timeout(Some(PATIENCE)).unwrap();
    let address = there.local_addr().unwrap().to_string();
    let mut bridge = Running::start("bridge", &["127.0.0.1:0", &address]);
    let line = bridge.line();
    let (port, here) = line
        .strip_prefix("bridging ")
        .unwrap()
        .split_once(" and ")
        .unwrap();
    let port: Address = port.parse().unwrap();

    let mut client = client("player");
    let input = quiet_port(&client, "in");
    input.connect_from(port).unwrap();
    client
        .event_output_direct(&Event::note_on(1, 60, 100).unwrap().to(port))
        .unwrap();
    let mut datagram = [0; 10];
    let length = there.recv(&mut datagram).unwrap();
    // The notice of our connection is no MIDI.
    assert_eq!(datagram[..length], [0x91, 60, 100]);

    there.send_to(&[0x82, 61, 5], here).unwrap();
    let event = next_event(&mut client);
    let expected = Event::note_off(2, 61, 5).unwrap();
    assert_eq!(event.data(), expected.data());
}

#[cfg(all(feature = "tokio", feature = "async-io"))]
#[test]
fn async_programs_show_and_play() {
    need_sequencer!();
    for name in ["async_tokio", "async_io"] {
        let mut program = Running::start(name, &[]);
        let port = port_of(&mut program, "listening at ");
        let mut client = client("partner");
        let input = quiet_port(&client, "in");
        input.connect_from(port).unwrap();
        client
            .event_output_direct(&Event::note_on(1, 61, 100).unwrap().to(port))
            .unwrap();
        let shown = std::iter::from_fn(|| Some(program.line()))
            .find(|line| line.contains("NoteOn"))
            .unwrap();
        assert!(shown.contains("note: 61"), "{shown}");
        let played = next_event(&mut client);
        let expected = Event::note_on(0, 60, 100).unwrap();
        assert_eq!(played.data(), expected.data());
    }
}

#[test]
fn a_poll_loop_shows_and_plays() {
    need_sequencer!();
    let mut child = example("poll_loop")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut program = Running { child, lines };
    let port = port_of(&mut program, "listening at ");
    let mut client = client("partner");
    let input = quiet_port(&client, "in");
    input.connect_from(port).unwrap();
    keyboard.write_all(b"\n").unwrap();
    let expected = Event::note_on(0, 60, 100).unwrap();
    assert_eq!(next_event(&mut client).data(), expected.data());
    client
        .event_output_direct(&Event::note_on(1, 61, 100).unwrap().to(port))
        .unwrap();
    std::iter::from_fn(|| Some(program.line()))
        .find(|line| line.contains("note: 61"))
        .unwrap();
    drop(keyboard);
    assert_eq!(program.rest(), Vec::<String>::new());
}

#[test]
fn a_loop_of_mio_shows_events_and_changes() {
    need_sequencer!();
    let mut program = Running::start("mio_loop", &[]);
    let port = port_of(&mut program, "listening at ");
    let mut client = client("partner");
    let out = quiet_port(&client, "out");
    out.connect_to(port).unwrap();
    let mut await_line = |text: &str| {
        std::iter::from_fn(|| Some(program.line()))
            .find(|line| line.contains(text))
            .unwrap();
    };
    let sender = out.address();
    await_line(&format!("Connected(Connection {{ sender: {sender:?}"));
    // Several at once make the loop's file readable once.
    for note in 61..64 {
        let event = Event::note_on(1, note, 100).unwrap();
        client.event_output(&event.from_port(&out)).unwrap();
    }
    client.drain_output().unwrap();
    for note in 61..64 {
        await_line(&format!("note: {note}"));
    }
}
