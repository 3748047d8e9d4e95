//! Other projects' programs on the same kernel: they see our ports, connect them, and receive our
//! events.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use alsa_seq::{Event, EventData, EventType, Port, TopologyChange, TopologyMonitor};

use support::{PATIENCE, client, need_program, need_sequencer, next_event, unique};

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn aconnect_sees_our_clients_ports_and_connections() {
    need_sequencer!();
    need_program!("aconnect");
    let a = client("seen-a");
    let b = client("seen-b");
    let out = a.create_port("the out").unwrap();
    let input = b.create_port("the in").unwrap();
    out.connect_to(&input).unwrap();

    let listing = output("aconnect", &["-l"]);
    let name = a.client_info(a.id()).unwrap().name().into_owned();
    let head = format!("client {}: '{name}' [type=user", a.id());
    let mut lines = listing.lines().skip_while(|line| !line.starts_with(&head));
    assert!(lines.next().is_some(), "no {head} in:\n{listing}");
    assert_eq!(lines.next(), Some("    0 'the out         '"));
    assert_eq!(
        lines.next().map(str::trim),
        Some(&*format!("Connecting To: {}", input.address()))
    );
}

#[test]
fn aconnect_connects_our_ports_and_we_are_notified() {
    need_sequencer!();
    need_program!("aconnect");
    let a = client("from");
    let mut b = client("to");
    let out = a.create_port("out").unwrap();
    let input = b.create_port("in").unwrap();
    let (sender, receiver) = (out.address(), input.address());
    let ends = [&*sender.to_string(), &receiver.to_string()];
    let notice = |b: &mut alsa_seq::SequencerClient| b.event_input_timeout(PATIENCE).unwrap();

    output("aconnect", &ends);
    assert_eq!(
        notice(&mut b).data(),
        EventData::PortSubscribed { sender, receiver }
    );
    assert_eq!(a.connections_from(&out).unwrap().len(), 1);

    output("aconnect", &["-d", ends[0], ends[1]]);
    assert_eq!(
        notice(&mut b).data(),
        EventData::PortUnsubscribed { sender, receiver }
    );
    assert_eq!(a.connections_from(&out).unwrap().len(), 0);
}

/// `aseqdump`, connected to one of our ports. It ends when the test ends, also after a failure.
struct Aseqdump {
    child: Child,
    lines: Receiver<String>,
}

impl Aseqdump {
    fn connected_from(port: &Port) -> Self {
        // The kernel sends the announcement when the connection exists. It sends the notice to the
        // port a moment earlier. On Linux 7.2 that moment is so long that an event can still be
        // lost.
        let mut observer = TopologyMonitor::open(unique("observer")).unwrap();
        let mut child = Command::new("aseqdump")
            .args(["-p", &port.address().to_string()])
            .env("LC_ALL", "C")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        loop {
            let change = observer.next_change_timeout(PATIENCE).unwrap();
            if let TopologyChange::Connected(connection) = change {
                if connection.sender == port.address() {
                    return Self { child, lines };
                }
            }
        }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Aseqdump {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn aseqdump_receives_our_events() {
    need_sequencer!();
    need_program!("aseqdump");
    let mut client = client("sender");
    let out = client.create_port("out").unwrap();
    let dump = Aseqdump::connected_from(&out);

    let events = [
        Event::note_on(0, 60, 100).unwrap(),
        Event::note_off(0, 60, 64).unwrap(),
        Event::key_pressure(1, 61, 5).unwrap(),
        Event::control_change(2, 7, 99).unwrap(),
        Event::program_change(3, 40).unwrap(),
        Event::channel_pressure(4, 33).unwrap(),
        Event::pitch_bend(15, -8192).unwrap(),
        Event::sysex(&[0xf0, 0x7e, 0x7f, 0x09, 0x01, 0xf7]),
        Event::new(EventData::SongPosition { beats: 1234 }),
        Event::new(EventData::Clock(alsa_seq::QueueId::new(0))),
    ];
    for event in events {
        client.event_output(&event.from_port(&out)).unwrap();
    }
    client.drain_output().unwrap();

    let expected = [
        "Note on                 0, note 60, velocity 100",
        "Note off                0, note 60, velocity 64",
        "Polyphonic aftertouch   1, note 61, value 5",
        "Control change          2, controller 7, value 99",
        "Program change          3, program 40",
        "Channel aftertouch      4, value 33",
        "Pitch bend             15, value -8192",
        "System exclusive           F0 7E 7F 09 01 F7",
        "Song position pointer      value 1234",
        "Clock",
    ];
    let source = format!("{:>3}:{:<3} ", out.address().client, out.address().port);
    let mut received = std::iter::from_fn(|| Some(dump.line()))
        .filter_map(|line| Some(line.strip_prefix(&source)?.trim_end().to_owned()))
        .filter(|line| !line.starts_with("Port subscribed"));
    for expected in expected {
        assert_eq!(received.next().as_deref(), Some(expected));
    }
}

const CHILD: &str = "peers::opens_a_client_between_two_marks";

/// The program that `opening_touches_no_other_file` traces.
#[test]
#[ignore = "part of opening_touches_no_other_file"]
fn opens_a_client_between_two_marks() {
    let _ = File::open("/mark-before");
    let client = client("traced");
    let port = client.create_port("port").unwrap();
    drop(port);
    drop(client);
    let _ = File::open("/mark-after");
}

#[test]
fn opening_touches_no_other_file() {
    need_sequencer!();
    need_program!("strace");
    let log = std::env::temp_dir().join(unique("strace"));
    let this = std::env::current_exe().unwrap();
    let status = Command::new("strace")
        .args(["-f", "-e", "trace=%file", "-o"])
        .arg(&log)
        .arg(this)
        .args(["--ignored", "--exact", CHILD])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let trace = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    let between: Vec<&str> = trace
        .lines()
        .skip_while(|line| !line.contains("/mark-before"))
        .skip(1)
        .take_while(|line| !line.contains("/mark-after"))
        // `SeqFd` queries the open file; this call names no other file.
        .filter(|line| !line.contains("AT_EMPTY_PATH"))
        .collect();
    let [opened] = between[..] else {
        panic!("{between:#?}");
    };
    assert!(
        opened.contains("openat(AT_FDCWD, \"/dev/snd/seq\""),
        "{opened}"
    );
}

/// The kernel drops the events of a program that was killed. The sender's own events are still
/// delivered.
#[test]
fn a_killed_receiver_does_not_disturb_the_sender() {
    need_sequencer!();
    need_program!("aseqdump");
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let mut dump = Aseqdump::connected_from(&out);
    dump.kill();
    let notices = [EventType::PORT_SUBSCRIBED, EventType::PORT_UNSUBSCRIBED];
    for notice in notices {
        let event = sender.event_input_timeout(PATIENCE).unwrap();
        assert_eq!(event.event_type(), notice);
    }
    let event = Event::note_on(0, 60, 100).unwrap().from_port(&out);
    sender.event_output_direct(&event).unwrap();

    let mut receiver = client("another");
    let input = receiver.create_port("in").unwrap();
    out.connect_to(&input).unwrap();
    sender.event_output_direct(&event).unwrap();
    assert_eq!(next_event(&mut receiver).data(), event.data());
}
