//! Where a program is tried: beside devices to which it is connected.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::midir::child::{PATIENCE, Running};

/// What a program was seen to do.
pub(super) struct Seen {
    pub(super) sent: String,
    pub(super) received: String,
}

impl Seen {
    /// Of a program that does both.
    pub(super) fn both(sent: impl Into<String>, received: impl Into<String>) -> Self {
        Self {
            sent: sent.into(),
            received: received.into(),
        }
    }

    /// Of a program that has no output.
    pub(super) fn received(received: impl Into<String>) -> Self {
        Self::both("has no output", received)
    }

    /// Of a program that has no input.
    pub(super) fn sent(sent: impl Into<String>) -> Self {
        Self::both(sent, "has no input")
    }
}

pub(super) struct Desk {
    program: PathBuf,
    device: PathBuf,
    directory: TempDir,
}

impl Desk {
    pub(super) fn new(program: &Path, device: &Path) -> Result<Self> {
        Ok(Self {
            program: program.to_owned(),
            device: device.to_owned(),
            directory: tempfile::tempdir().context("create a directory")?,
        })
    }

    /// A file of this name may be written.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A client with one port, in the place of an instrument.
    pub(super) fn device(&self, client: &str, port: &str) -> Result<Device> {
        let mut command = Command::new(&self.device);
        let mut running = Running::start(client, command.args([client, port]))?;
        running.wait_for("ready")?;
        Ok(Device { running, seen: 0 })
    }

    /// Starts the program.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Running> {
        let mut command = Command::new(&self.program);
        Running::start("the program", command.args(arguments))
    }

    /// Starts the program on a terminal of its own.
    pub(super) fn start_on_terminal(&self, arguments: &[&str]) -> Result<Running> {
        let mut words = vec![self.program.display().to_string()];
        words.extend(arguments.iter().map(|word| format!("'{word}'")));
        let mut command = Command::new("script");
        command
            .args(["--quiet", "--return", "--command", &words.join(" ")])
            .arg("/dev/null")
            .env("TERM", "xterm");
        Running::start("the program", &mut command)
    }
}

/// The instrument: what it shows, it has received.
pub(super) struct Device {
    running: Running,
    /// How many of its messages have been looked at.
    seen: usize,
}

impl Device {
    pub(super) fn send(&mut self, bytes: &str) -> Result<()> {
        self.running.give(bytes)
    }

    /// Waits until it gets a message with these bytes in it, after those that have been
    /// looked at.
    pub(super) fn receives(&mut self, bytes: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while !self.next(bytes, end)?.contains(bytes) {}
        Ok(())
    }

    /// That the next messages are these.
    pub(super) fn has_received(&mut self, messages: &[&str]) -> Result<()> {
        self.has_received_but(|_| false, messages)
    }

    /// That the next messages are these, apart from those that are of no interest.
    pub(super) fn has_received_but(
        &mut self,
        is_ignored: impl Fn(&str) -> bool,
        messages: &[&str],
    ) -> Result<()> {
        for message in messages {
            let end = Instant::now() + PATIENCE;
            let mut came = self.next(message, end)?;
            while is_ignored(&came) {
                came = self.next(message, end)?;
            }
            if came != *message {
                bail!(
                    "{came} came instead of {message}; up to now came\n{}",
                    self.received().join("\n")
                );
            }
        }
        Ok(())
    }

    /// Waits until a program receives from it.
    pub(super) fn is_heard(&mut self) -> Result<()> {
        self.running.wait_for("to ").map(drop)
    }

    /// Waits until a program sends to it.
    pub(super) fn is_reached(&mut self) -> Result<()> {
        self.running.wait_for("from ").map(drop)
    }

    /// Waits until both are true, in any order.
    pub(super) fn is_heard_and_reached(&mut self) -> Result<()> {
        let is =
            |running: &Running, which| running.said().lines().any(|line| line.starts_with(which));
        for which in ["to ", "from "] {
            if !is(&self.running, which) {
                self.running.wait_for(which)?;
            }
        }
        Ok(())
    }

    /// The messages that it has got up to now.
    pub(super) fn received(&self) -> Vec<&str> {
        let is_message = |line: &&str| line.split(' ').all(|byte| byte.len() == 2 && is_hex(byte));
        self.running.said().lines().filter(is_message).collect()
    }

    /// The next message, which is to come before `end`. An error names what is awaited.
    fn next(&mut self, awaited: &str, end: Instant) -> Result<String> {
        loop {
            if let Some(message) = self.received().get(self.seen) {
                let message = (*message).to_owned();
                self.seen += 1;
                return Ok(message);
            }
            self.running.line(awaited, end)?;
        }
    }
}

fn is_hex(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_hexdigit())
}

/// The number that a list gives a port: what stands before `name` in its line.
pub(super) fn number(line: &str) -> Result<String> {
    let digits: String = line
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    if digits.is_empty() {
        bail!("there is no number in {line:?}");
    }
    Ok(digits)
}
