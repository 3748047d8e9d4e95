//! `aseq patch`: connections by rules.

mod hold;
mod learn;
mod others;
mod rules;

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;

use alsa_seq::{Address, ClientControl, Port, PortOptions, SequencerClient};
use tempfile::TempDir;

use crate::{Running, aseq};
use support::announcements::Announcements;
use support::{PATIENCE, unique};

/// A client with a port for each direction.
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) client: SequencerClient,
    pub(crate) out: Port,
    pub(crate) input: Port,
}

impl Program {
    pub(crate) fn new(name: &str) -> Self {
        Self::named(&unique(name))
    }

    pub(crate) fn named(name: &str) -> Self {
        let client = SequencerClient::open(name).unwrap();
        Self {
            name: name.to_owned(),
            out: client.create_port(PortOptions::sender("out")).unwrap(),
            input: client.create_port(PortOptions::receiver("in")).unwrap(),
            client,
        }
    }

    pub(crate) fn sends_to(&self, other: &Self) -> bool {
        let receivers = self.out.receivers().unwrap();
        let other = other.input.address();
        receivers.iter().any(|found| found.receiver == other)
    }
}

/// A file in a separate directory.
pub(crate) struct File {
    _directory: TempDir,
    path: PathBuf,
}

impl File {
    pub(crate) fn new(text: &str) -> Self {
        let file = Self::none();
        fs::write(&file.path, text).unwrap();
        file
    }

    pub(crate) fn none() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.toml");
        Self {
            _directory: directory,
            path,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        self.path.to_str().unwrap()
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap()
    }
}

pub(crate) fn rule(from: &str, to: &str) -> String {
    format!("[[connect]]\nfrom = '{from}'\nto = '{to}'\n")
}

/// A keeper that has connected the existing ports, and waits for announcements.
pub(crate) fn keep(arguments: &[&str]) -> Running {
    ready(&mut aseq(&[&["patch", "keep"], arguments].concat()))
}

/// Starts a keeper, and waits until it is ready.
fn ready(command: &mut Command) -> Running {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let keeper = Running::spawn(command.env("NOTIFY_SOCKET", &path));
    is_told(&socket);
    keeper
}

/// Waits until the service reports on the socket that it is ready.
fn is_told(socket: &UnixDatagram) {
    let mut buffer = [0; 64];
    let length = socket.recv(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], b"READY=1\n");
}

/// Waits for connections in the kernel.
pub(crate) struct Watch(Announcements);

impl Watch {
    pub(crate) fn new() -> Self {
        Self(Announcements::new())
    }

    pub(crate) fn until(&mut self, is_so: impl Fn() -> bool) {
        self.0.until(is_so);
    }

    pub(crate) fn until_connected(&mut self, sender: Address, receiver: Address) {
        let control = self.0.client.control();
        self.until(|| is_connected(&control, sender, receiver));
    }

    pub(crate) fn until_disconnected(&mut self, sender: Address, receiver: Address) {
        let control = self.0.client.control();
        self.until(|| !is_connected(&control, sender, receiver));
    }
}

pub(crate) fn is_connected(control: &ClientControl, sender: Address, receiver: Address) -> bool {
    let senders = control.connections_to(receiver).unwrap();
    senders.iter().any(|found| found.sender == sender)
}
