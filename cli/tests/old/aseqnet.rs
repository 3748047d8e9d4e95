//! Tests of `aseqnet`: two of ours, ours with the original, and ours with a test program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Stdio};

use alsa_seq::{Address, Event, EventData, Port, PortOptions, SequencerClient};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::compare::{Program, alone, beside_others};
use support::{client, need_sequencer, next_event, unique};

/// Returns an unused port.
fn tcp_port() -> String {
    // The test kernel starts without a loopback interface.
    let _ = std::process::Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

/// A running program with its output.
struct Net {
    child: Child,
    says: BufReader<ChildStderr>,
    port: Address,
}

impl Net {
    fn start(program: &Program, arguments: &[&str]) -> Self {
        let mut child = program
            .command(&[&["-v", "-n", &unique("net")], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        says.read_line(&mut line).unwrap();
        let port = line.strip_prefix("sequencer opened: ").unwrap();
        let port = port.trim_end().parse().unwrap();
        Self { child, says, port }
    }

    fn waits_for(&mut self, start: &str) {
        let mut line = String::new();
        while !line.starts_with(start) {
            line.clear();
            assert_ne!(self.says.read_line(&mut line).unwrap(), 0, "no {start}");
        }
    }

    /// Returns the rest of its output, and its exit status.
    fn ends(mut self) -> (String, Option<i32>) {
        let mut rest = String::new();
        self.says.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap().code())
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a client of a server that may not listen yet.
fn connected(program: &Program, port: &str) -> Net {
    loop {
        let mut net = Net::start(program, &["-p", port, "127.0.0.1"]);
        let mut line = String::new();
        net.says.read_line(&mut line).unwrap();
        assert_eq!(line, "connecting to: 127.0.0.1\n");
        line.clear();
        net.says.read_line(&mut line).unwrap();
        if line == "ok.. connected\n" {
            return net;
        }
        assert_eq!(line, "connect: Connection refused\n");
        assert_eq!(net.ends(), (String::new(), Some(1)));
    }
}

/// Returns a server, and a client of it.
fn pair(server: &Program, other: &Program) -> (Net, Net) {
    let port = tcp_port();
    let mut server = Net::start(server, &["-p", &port]);
    let other = connected(other, &port);
    server.waits_for("accepted[");
    (server, other)
}

/// A client that plays into one end and receives from the other.
struct Ends {
    player: SequencerClient,
    out: Port,
    listener: SequencerClient,
    _input: Port,
}

impl Ends {
    fn new(from: &Net, to: &Net) -> Self {
        let (player, listener) = (client("player"), client("listener"));
        let out = player.create_port("out").unwrap();
        let options = PortOptions::receiver("in");
        let input = listener.create_port(options).unwrap();
        out.connect_to(from.port).unwrap();
        input.connect_from(to.port).unwrap();
        Self {
            player,
            out,
            listener,
            _input: input,
        }
    }

    fn send(&mut self, event: &Event<'static>) {
        let event = event.clone().from_port(&self.out);
        self.player.event_output_direct(&event).unwrap();
    }

    fn hears(&mut self, events: &[Event<'static>], to: &Net) {
        for event in events {
            let heard = next_event(&mut self.listener);
            assert_eq!(heard.data(), event.data());
            assert_eq!(heard.source(), to.port);
        }
    }
}

fn events() -> Vec<Event<'static>> {
    vec![
        Event::note_on(0, 60, 100).unwrap(),
        Event::sysex(&[0xf0, 0x7e, 0x7f, 6, 1, 0xf7]),
        Event::control_change(9, 7, 127).unwrap(),
        Event::pitch_bend(15, -8192).unwrap(),
        Event::sysex(
            (0..2000_u16)
                .map(|i| i.to_le_bytes()[0] & 0x7f)
                .collect::<Vec<u8>>(),
        ),
        Event::new(EventData::Start(alsa_seq::QueueId::new(0))),
        Event::program_change(3, 5).unwrap(),
        Event::note_off(0, 60, 0).unwrap(),
    ]
}

#[test]
fn events_pass_both_ways_between_ours_and_theirs() {
    need_sequencer!();
    let _lock = beside_others();
    let ours = Program::ours("aseqnet");
    let mut pairs = vec![(ours.clone(), ours.clone())];
    for theirs in Program::theirs("aseqnet") {
        pairs.push((ours.clone(), theirs.clone()));
        pairs.push((theirs, ours.clone()));
    }
    for (server, other) in pairs {
        let (server, other) = pair(&server, &other);
        for (from, to) in [(&server, &other), (&other, &server)] {
            let mut ends = Ends::new(from, to);
            let all = events();
            for event in &all {
                ends.send(event);
            }
            ends.hears(&all, to);
        }
        // Each of them ends when the other one does.
        other.signal(Signal::SIGINT);
        let (_, code) = other.ends();
        assert_eq!(code, Some(1));
        let (said, code) = server.ends();
        assert_eq!((&*said, code), ("disconnected\nclosing files..\n", Some(0)));
    }
}

#[test]
fn errors_are_the_same() {
    need_sequencer!();
    let _lock = alone();
    let ours = Program::ours("aseqnet");
    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let free = tcp_port();
    for theirs in Program::theirs("aseqnet") {
        for arguments in [
            &["-h"] as &[&str],
            &["--help"],
            &["-V"],
            &["-p"],
            &["--nothing"],
            &["-s", "nobody"],
            &["-d", "nobody"],
            &["-s", "99:0"],
            &["-d", "99:0"],
            &["-v", "-p", "nothing"],
            &["-v", "-p", "80x"],
            &["-v", "-p", &port],
            &["-v", "-p", &free, "127.0.0.1"],
            &["-v", "-6", "-p", &free, "::1"],
        ] {
            let expected = theirs.run(arguments).without_usage();
            let said = ours.run(arguments).without_usage();
            assert_eq!(said, expected, "{arguments:?} of {theirs:?}");
        }
    }
}

/// The signal is pending before the server opens its socket. It ends the server with the same status
/// as later.
#[test]
fn a_signal_at_the_start_ends_a_server_as_later() {
    need_sequencer!();
    let _lock = beside_others();
    for signal in ["INT", "TERM"] {
        let start = format!("kill -{signal} $$; exec \"$0\" aseqnet -p {}", tcp_port());
        let output = std::process::Command::new("env")
            .arg(format!("--block-signal={signal}"))
            .args(["bash", "-c", &start, env!("CARGO_BIN_EXE_aseq")])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        // Other failures have this status, too, but also a message.
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

/// A peer that sends invalid data is disconnected. The others stay connected.
#[test]
fn a_peer_that_sends_wrong_lengths_is_disconnected() {
    need_sequencer!();
    let _lock = beside_others();
    let port = tcp_port();
    let ours = Program::ours("aseqnet");
    let mut server = Net::start(&ours, &["-p", &port]);
    let friend = connected(&ours, &port);
    server.waits_for("accepted[");
    let mut too_long = vec![130, 4, 0, 253];
    too_long.resize(16, 0);
    too_long.extend(0x3fff_ffff_u32.to_ne_bytes());
    too_long.resize(32, 0);
    let mut unknown = vec![6, 0xff];
    unknown.resize(32, 0);
    for (bytes, why) in [
        (too_long, "an event of 1073741823 bytes"),
        (unknown, "an event with unknown flags 0xff"),
    ] {
        let mut enemy = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        server.waits_for("accepted[");
        enemy.write_all(&bytes).unwrap();
        // It gets no more events.
        assert_eq!(enemy.read(&mut [0; 1]).unwrap(), 0);
        let mut line = String::new();
        server.says.read_line(&mut line).unwrap();
        assert!(
            line.starts_with("not understood") && line.contains(why),
            "{line}"
        );
    }
    let mut ends = Ends::new(&friend, &server);
    let all = events();
    for event in &all {
        ends.send(event);
    }
    ends.hears(&all, &server);
}

/// A burst over TCP, to a program whose pool has room for a small part of it.
#[test]
fn a_burst_arrives_complete() {
    need_sequencer!();
    let _lock = beside_others();
    let port = tcp_port();
    let mut server = Net::start(&Program::ours("aseqnet"), &["-p", &port]);
    server.waits_for("connecting to");
    let mut listener = client("listener");
    let options = PortOptions::receiver("in");
    let input = listener.create_port(options).unwrap();
    input.connect_from(server.port).unwrap();
    let mut stream = loop {
        // It may not listen yet.
        match TcpStream::connect(format!("127.0.0.1:{port}")) {
            Ok(stream) => break stream,
            Err(_) => std::thread::yield_now(),
        }
    };
    server.waits_for("accepted[");
    let burst = || (0..5000).map(support::numbered);
    let mut bytes = Vec::new();
    for event in burst() {
        aseq::old::aseqnet::wire::put(&event, &mut bytes);
    }
    let writer = std::thread::spawn(move || {
        stream.write_all(&bytes).unwrap();
        stream
    });
    for event in burst() {
        assert_eq!(next_event(&mut listener).data(), event.data());
    }
    drop(writer.join().unwrap());
    let (said, code) = server.ends();
    assert_eq!((&*said, code), ("disconnected\nclosing files..\n", Some(0)));
}
