//! A keyboard is unplugged while a command waits. The command reports it and ends, or continues, as
//! its help promises.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use alsa_seq::{Address, PortOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use test_kernel::usb::{self, Keyboard, Plugged};

use crate::sockets;
use support::{PATIENCE, client, need_sequencer};

fn keyboard() -> Plugged {
    Keyboard::new("keys").title("Keys").plug().unwrap()
}

fn port(plugged: &Plugged) -> String {
    format!("{}:0", plugged.client)
}

/// A command that waits.
struct Waiting {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        // If the test has failed, nothing reads.
        lines
            .take_while(|line| sender.send(line.clone()).is_ok())
            .count()
    });
    receiver
}

impl Waiting {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_aseq"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdout: lines(child.stdout.take().unwrap()),
            stderr: lines(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Waits for a line of standard error with this text.
    fn says(&self, text: &str) {
        let line = self.stderr.recv_timeout(PATIENCE).unwrap();
        assert!(line.contains(text), "{line}");
    }

    fn shows(&self, text: &str) {
        while !self.stdout.recv_timeout(PATIENCE).unwrap().contains(text) {}
    }

    fn interrupt(&self) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, Signal::SIGINT).unwrap();
    }

    /// Waits for its end. Returns the status, and the rest of its output.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = Vec::new();
        // The pipe is closed when it ends.
        loop {
            match self.stderr.recv_timeout(PATIENCE) {
                Ok(line) => said.push(line),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(error) => panic!("it hangs: {error}; it says {said:?}"),
            }
        }
        let status = self.child.wait().unwrap();
        (status.code().or(status.signal()), said.join("\n"))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The keyboard's own side. It receives from the time when it is opened.
fn ear(keys: &Plugged) -> File {
    File::open(keys.device()).unwrap()
}

fn something_arrives(mut ear: File) {
    ear.read_exact(&mut [0]).unwrap();
}

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, bytes).unwrap();
    (directory, path)
}

/// Notes for five minutes, twenty a second.
fn song() -> Vec<u8> {
    let note = [0x05, 0x90, 60, 100, 0x04, 0x80, 60, 64];
    let mut track = note.repeat(6000);
    track.extend([0x00, 0xff, 0x2f, 0x00]);
    let length = u32::try_from(track.len()).unwrap();
    let header = [0, 0, 0, 6, 0, 0, 0, 1, 0x00, 0x60];
    [b"MThd", &header[..], b"MTrk", &length.to_be_bytes(), &track].concat()
}

/// A message that needs five minutes on a cable.
fn message() -> Vec<u8> {
    [&[0xf0][..], &vec![1; 1_000_000], &[0xf7]].concat()
}

#[test]
fn senders_report_the_unplugged_device_and_end() {
    need_sequencer!();
    let Some(_lock) = sockets() else { return };
    let (_directory, song) = file("song.mid", &song());
    let (_other_directory, message) = file("message.syx", &message());
    let (song, message) = (song.to_str().unwrap(), message.to_str().unwrap());
    let mut first = Some(keyboard());
    let commands: [&[&str]; 4] = [
        &["play", "--quiet", song],
        &["play", "--quiet", message],
        &["send", "--file", message],
        // It knows the time of the next event.
        &["send", "note", "1", "60", "100", "2s"],
    ];
    for command in commands {
        let mut tries = 0;
        let (port, (status, said)) = loop {
            let plug = || usb::plug("keys").unwrap();
            let keys = first.take().unwrap_or_else(plug);
            let port = port(&keys);
            let arguments = [&command[..1], &["-p", &port], &command[1..]].concat();
            let ear = ear(&keys);
            let waiting = Waiting::start(&arguments);
            something_arrives(ear);
            usb::unplug("keys").unwrap();
            let end = waiting.end();
            tries += 1;
            // On a busy machine, the note of two seconds may have ended before.
            let is_late = command.ends_with(&["2s"]) && end.0 == Some(0);
            if !is_late || tries == 5 {
                break (port, end);
            }
        };
        assert_eq!(status, Some(1), "{command:?}: {said}");
        assert_eq!(said, format!("aseq: port {port} is gone"), "{command:?}");
    }
}

#[test]
fn play_begins_when_its_device_appears() {
    need_sequencer!();
    let Some(_lock) = sockets() else { return };
    let (_directory, song) = file("song.mid", &song());
    keyboard();
    usb::unplug("keys").unwrap();
    let waiting = Waiting::start(&[
        "play",
        "--quiet",
        "--wait",
        "-p",
        "Keys",
        song.to_str().unwrap(),
    ]);
    waiting.says("waiting for Keys");
    let keys = usb::plug("keys").unwrap();
    something_arrives(ear(&keys));
    usb::unplug("keys").unwrap();
    let (status, said) = waiting.end();
    assert_eq!(status, Some(1), "{said}");
    assert_eq!(said, format!("aseq: port {} is gone", port(&keys)));
}

#[test]
fn dump_shows_the_unplugged_device_and_continues() {
    need_sequencer!();
    let Some(_lock) = sockets() else { return };
    let keys = keyboard();
    let waiting = Waiting::start(&["dump", "-p", &port(&keys)]);
    waiting.says("Waiting for data at port ");
    fs::write(keys.device(), [0x90, 60, 100]).unwrap();
    waiting.shows("Note on");
    usb::unplug("keys").unwrap();
    waiting.shows("Port unsubscribed");
    waiting.interrupt();
    let (status, said) = waiting.end();
    assert_eq!((status, &*said), (Some(0), ""));
}

#[test]
fn record_continues_when_the_device_is_back() {
    need_sequencer!();
    let Some(_lock) = sockets() else { return };
    let keys = keyboard();
    let (_directory, take) = file("take.mid", b"");
    let path = take.to_str().unwrap();
    let waiting = Waiting::start(&[
        "record",
        "--force",
        "--events",
        "2",
        "-p",
        &port(&keys),
        path,
    ]);
    waiting.says("recording from ");
    fs::write(keys.device(), [0x90, 60, 100]).unwrap();
    usb::unplug("keys").unwrap();
    waiting.says(" is gone; ");
    let keys = usb::plug("keys").unwrap();
    waiting.says(" is back");
    fs::write(keys.device(), [0x90, 61, 100]).unwrap();
    let (status, said) = waiting.end();
    assert_eq!(status, Some(0), "{said}");
    let bytes = fs::read(&take).unwrap();
    let has = |key: u8| bytes.windows(2).any(|note| note == [key, 100]);
    assert!(has(60) && has(61), "{bytes:x?}");
}

#[test]
fn connect_waits_for_the_device_again() {
    need_sequencer!();
    let Some(_lock) = sockets() else { return };
    keyboard();
    let name = support::unique("late");
    let waiting = Waiting::start(&["connect", "--wait", "Keys", &name]);
    waiting.says(&format!("waiting for {name}"));
    usb::unplug("keys").unwrap();
    waiting.says(&format!("waiting for Keys, {name}"));
    let keys = usb::plug("keys").unwrap();
    waiting.says(&format!("waiting for {name}"));
    let late = alsa_seq::SequencerClient::open(name).unwrap();
    let receiver = late.create_port(PortOptions::new("in")).unwrap();
    let (status, said) = waiting.end();
    assert_eq!(status, Some(0), "{said}");
    let sender = Address::new(u8::try_from(keys.client).unwrap(), 0);
    client("observer").connection(sender, &receiver).unwrap();
}
