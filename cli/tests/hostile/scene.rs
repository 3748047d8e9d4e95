//! A command with its hostile conditions, and the expected result.

use std::any::Any;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::time::Instant;

use alsa_seq::ClientInfo;
use nix::sys::signal::Signal;

use crate::heard::Receiver;
use support::{PATIENCE, client};

/// The expected end of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// The signal ends it.
    Killed,
    /// With status 0 after TERM, INT and HUP. Every other signal itself ends it.
    Well,
    /// As with `aseqdump`: status 0 after TERM and INT. Other signals themselves end it.
    AsAseqdump,
    /// As with `aseqnet`: status 1 after TERM and INT. Other signals themselves end it.
    AsAseqnet,
    /// With this status after every signal.
    Fails(i32),
    /// With this status, before a signal.
    Alone(i32),
}

impl Expected {
    /// Returns the exit status as a shell shows it.
    pub(crate) fn status(self, signal: i32) -> i32 {
        let is = |other: Signal| other as i32 == signal;
        let polite = is(Signal::SIGTERM) || is(Signal::SIGINT);
        let usual = polite || is(Signal::SIGHUP);
        match self {
            Self::Well if usual => 0,
            Self::AsAseqdump if polite => 0,
            Self::AsAseqnet if polite => 1,
            Self::Fails(status) | Self::Alone(status) => status,
            _ => 128 + signal,
        }
    }
}

/// An action before the signal.
pub(crate) type Step = Box<dyn FnOnce(&mut Scene) -> Result<(), String>>;
/// A check after the command has ended.
pub(crate) type Check = Box<dyn FnOnce() -> Result<(), String>>;

/// A command with its hostile conditions.
pub(crate) struct Scene {
    pub(crate) arguments: Vec<String>,
    /// The words before the program in the command line.
    pub(crate) before: Vec<String>,
    pub(crate) stdin: Option<OwnedFd>,
    pub(crate) stdout: Option<OwnedFd>,
    pub(crate) stderr: Option<OwnedFd>,
    pub(crate) expected: Expected,
    /// The number of the process when it runs.
    pub(crate) pid: u32,
    pub(crate) receiver: Option<Receiver>,
    /// Whether the receiver must be silent at the end.
    pub(crate) is_heard: bool,
    /// Whether the signal is sent at once after the steps, because the command gives up soon.
    pub(crate) is_urgent: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) checks: Vec<Check>,
    /// Values that must exist while the command runs.
    pub(crate) kept: Vec<Box<dyn Any>>,
}

impl Scene {
    pub(crate) fn new(expected: Expected, arguments: &[&str]) -> Self {
        Self {
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
            before: Vec::new(),
            stdin: None,
            stdout: None,
            stderr: None,
            expected,
            pid: 0,
            receiver: None,
            is_heard: false,
            is_urgent: false,
            steps: Vec::new(),
            checks: Vec::new(),
            kept: Vec::new(),
        }
    }

    pub(crate) fn keep(mut self, kept: impl Any) -> Self {
        self.kept.push(Box::new(kept));
        self
    }

    /// Adds a receiver, which gets this number of notes before the signal, and must be silent at
    /// the end.
    pub(crate) fn heard_by(mut self, receiver: Receiver, notes: usize) -> Self {
        self.receiver = Some(receiver);
        self.is_heard = true;
        self.step(move |scene| match &mut scene.receiver {
            Some(receiver) => receiver.hear_notes(notes),
            None => Err("no receiver".to_owned()),
        })
    }

    /// Waits before the signal until the command has a port. From then on, it handles signals.
    pub(crate) fn with_a_port(self) -> Self {
        self.step(|scene| {
            let control = client("watcher");
            let deadline = Instant::now() + PATIENCE;
            while Instant::now() < deadline {
                let is_it = |client: &ClientInfo| client.pid() == Some(scene.pid);
                for client in control.clients().filter_map(Result::ok) {
                    if is_it(&client) && client.num_ports() > 0 {
                        return Ok(());
                    }
                }
                std::thread::yield_now();
            }
            Err("it makes no port".to_owned())
        })
    }

    /// Adds a receiver that does not read. Waits before the signal until the command sleeps because
    /// of that.
    pub(crate) fn waits_for(mut self, receiver: Receiver) -> Self {
        self.is_urgent = true;
        self.step(move |scene| {
            let deadline = Instant::now() + PATIENCE;
            let is_connected = || !receiver.port().senders().unwrap().is_empty();
            let stat = format!("/proc/{}/stat", scene.pid);
            loop {
                let stat = std::fs::read_to_string(&stat).unwrap_or_default();
                if stat.is_empty() || stat.contains(") Z ") {
                    return Err("it has ended".to_owned());
                }
                if is_connected() && stat.contains(") S ") {
                    break;
                }
                if Instant::now() > deadline {
                    return Err("it does not send".to_owned());
                }
                std::thread::yield_now();
            }
            scene.receiver = Some(receiver);
            Ok(())
        })
    }

    pub(crate) fn step(
        mut self,
        step: impl FnOnce(&mut Self) -> Result<(), String> + 'static,
    ) -> Self {
        self.steps.push(Box::new(step));
        self
    }

    pub(crate) fn check(mut self, check: impl FnOnce() -> Result<(), String> + 'static) -> Self {
        self.checks.push(Box::new(check));
        self
    }

    pub(crate) fn stdin(mut self, file: OwnedFd) -> Self {
        self.stdin = Some(file);
        self
    }

    /// Makes standard output a full pipe that nobody reads.
    pub(crate) fn stdout_stopped(mut self) -> Self {
        let (reader, full) = full_pipe();
        self.stdout = Some(full);
        self.keep(reader)
    }

    /// Makes standard error a full pipe that nobody reads.
    pub(crate) fn stderr_stopped(mut self) -> Self {
        let (reader, full) = full_pipe();
        self.stderr = Some(full);
        self.keep(reader)
    }

    /// Makes standard input a pipe that nobody writes to.
    pub(crate) fn stdin_silent(self) -> Self {
        let (reader, writer) = pipe();
        self.stdin(reader).keep(writer)
    }

    /// Makes all three a terminal whose output is stopped.
    pub(crate) fn terminal_stopped(mut self) -> Self {
        use nix::sys::termios::{FlowArg, tcflow};

        let terminal = nix::pty::openpty(None, None).unwrap();
        tcflow(&terminal.slave, FlowArg::TCOOFF).unwrap();
        let again = || terminal.slave.try_clone().unwrap();
        self.stdin = Some(again());
        self.stdout = Some(again());
        self.stderr = Some(again());
        self.keep(terminal)
    }

    /// Makes standard output a full device.
    pub(crate) fn stdout_full(mut self) -> Self {
        let full = File::options().write(true).open("/dev/full").unwrap();
        self.stdout = Some(full.into());
        self
    }

    /// Limits the size of files to 0.
    pub(crate) fn disk_full(mut self) -> Self {
        let before = ["sh", "-c", "ulimit -f 0; exec \"$@\"", "sh"];
        self.before = before.map(str::to_owned).to_vec();
        self
    }
}

/// Makes a pipe that no other command inherits.
pub(crate) fn pipe() -> (OwnedFd, OwnedFd) {
    nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).unwrap()
}

/// Makes a full pipe; returns its reader and its writer.
fn full_pipe() -> (OwnedFd, OwnedFd) {
    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, OFlag, fcntl};

    let (reader, writer) = pipe();
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    for piece in [&[b'x'; 4096][..], b"x"] {
        while nix::unistd::write(&writer, piece) != Err(Errno::EAGAIN) {}
    }
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::empty())).unwrap();
    (reader, writer)
}
