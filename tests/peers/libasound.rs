//! libasound itself: `libasound.c` is a client that carries out the requests of these tests.
//! python-alsa-midi has its own model of an event, but this client has the structs of
//! `seq_event.h`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use alsa_seq::{Address, Event, EventData, PortOptions, PortType, SequencerClient, wire};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use support::rows::{hex, row};
use support::samples;
use support::{PATIENCE, client, need_program, need_sequencer, required, skip, unique};

/// Returns whether the program can be built on this machine.
fn headers() -> bool {
    let found = Path::new("/usr/include/alsa/asoundlib.h").is_file();
    if !found {
        let message = "the headers of libasound are not installed (libasound2-dev)";
        assert!(!required(), "ALSA_SEQ_REQUIRE_KERNEL=1, and {message}");
        skip(message);
    }
    found
}

macro_rules! need_libasound {
    () => {
        need_sequencer!();
        need_program!("cc");
        if !headers() {
            return;
        }
    };
}

/// A client made with libasound.
struct Peer {
    child: Child,
    /// `None` after the client was asked to end.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    port: Address,
    _directory: tempfile::TempDir,
}

impl Peer {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("libasound");
        let source = support::root().join("tests/peers/libasound.c");
        let built = Command::new("cc")
            .args(["-Wall", "-Werror", "-o"])
            .args([&program, &source])
            .arg("-lasound")
            .status();
        assert!(built.unwrap().success());
        let mut child = Command::new(program)
            .arg(unique("libasound"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut peer = Self {
            requests: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
            port: Address::new(0, 0),
            _directory: directory,
        };
        peer.port = peer.answer().replace(' ', ":").parse().unwrap();
        peer
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "libasound.c has ended");
        line.pop();
        line
    }

    fn ask(&mut self, request: &str) -> String {
        writeln!(self.requests.as_mut().unwrap(), "{request}").unwrap();
        self.answer()
    }

    fn send(&mut self, dest: Address, tag: u8, data: &EventData<'_>) {
        let request = format!("send {} {} {tag} {}", dest.client, dest.port, row(data));
        assert_eq!(self.ask(&request), "ok", "{request}");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The client closes when its input ends.
        self.requests = None;
        if std::thread::panicking() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn port_of(client: &SequencerClient) -> alsa_seq::Port {
    let options = PortOptions::new("port").port_type(PortType::APPLICATION);
    client.create_port(options).unwrap()
}

/// Returns every event that the kernel delivers, with a tag that counts.
fn events() -> impl Iterator<Item = (u8, EventData<'static>)> {
    (0..).zip(samples::legacy().into_iter().filter(samples::passes))
}

#[test]
fn the_peer_receives_every_event() {
    need_libasound!();
    let mut client = client("ours");
    let port = port_of(&client);
    let mut peer = Peer::start();
    for (tag, data) in events() {
        let expected = received_row(port.address(), tag, &data);
        let event = Event::new(data).from_port(&port).to(peer.port);
        client.event_output_direct(&event.with_tag(tag)).unwrap();
        assert_eq!(peer.ask("receive"), expected);
    }
}

fn received_row(source: Address, tag: u8, data: &EventData<'_>) -> String {
    format!("{} {} {tag} {}", source.client, source.port, row(data))
}

#[test]
fn we_receive_every_event_of_the_peer() {
    need_libasound!();
    let mut client = client("ours");
    let port = port_of(&client);
    let mut peer = Peer::start();
    for (tag, data) in events() {
        peer.send(port.address(), tag, &data);
        let received = client.event_input_timeout(PATIENCE).unwrap();
        assert_eq!(received.data(), data);
        assert_eq!(received.tag(), tag);
        assert_eq!(
            (received.source(), received.dest()),
            (peer.port, port.address())
        );
        assert!(received.is_direct());
    }
}

/// libasound's structs are our records, also for events that the kernel does not deliver.
#[test]
fn the_structs_of_libasound_are_our_records() {
    need_libasound!();
    let mut peer = Peer::start();
    for data in samples::legacy() {
        if data.event_type().is_variable() {
            // libasound's record contains an address in this place.
            continue;
        }
        let record = &*peer.ask(&format!("record {}", row(&data)));
        let nowhere = Address::new(0, 0);
        let ours = Event::new(data).from_port(nowhere).to(nowhere);
        let mut bytes = vec![0; wire::encoded_len(&ours)];
        wire::encode(&ours, &mut bytes).unwrap();
        // libasound clears the queue number, which in our record means "direct".
        bytes[3] = 0;
        assert_eq!(record, hex(&bytes), "{data:?}");
        assert_eq!(peer.ask(&format!("row {record}")), row(&data));
    }
}

fn golden(name: &str) -> PathBuf {
    support::root().join(name)
}

/// Writes the files again that `tests/codec/captured.rs` reads: one `read` of the events that
/// libasound sent, and the events that libasound read from us. Run this on a kernel that was booted
/// only for this test, so that the numbers of clients are the same.
#[test]
#[ignore = "writes the golden records"]
fn write_golden_records() {
    need_libasound!();
    let mut client = client("ours");
    let port = port_of(&client);
    let mut peer = Peer::start();
    for (tag, data) in events() {
        peer.send(port.address(), tag, &data);
    }
    let mut fds = [PollFd::new(client.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::NONE).unwrap();
    let mut bytes = vec![0; 1 << 16];
    let count = nix::unistd::read(client.as_fd(), &mut bytes).unwrap();
    fs::write(
        golden("fuzz/corpus/records/libasound-sent"),
        &bytes[..count],
    )
    .unwrap();

    let mut lines = String::new();
    for (tag, data) in events() {
        let event = Event::new(data)
            .from_port(&port)
            .to(peer.port)
            .with_tag(tag);
        let mut record = vec![0; wire::encoded_len(&event)];
        wire::encode(&event, &mut record).unwrap();
        client.event_output_direct(&event).unwrap();
        writeln!(lines, "{} {}", hex(&record), peer.ask("receive")).unwrap();
    }
    fs::write(golden("tests/data/libasound-received"), lines).unwrap();
}
