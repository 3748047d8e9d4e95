//! The environment of a program: devices that it is connected with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::midir::child::{PATIENCE, Running};

/// The observed actions of a program.
pub(super) struct Seen {
    pub(super) sent: String,
    pub(super) received: String,
}

impl Seen {
    /// Of a program that sends and receives.
    pub(super) fn both(sent: impl Into<String>, received: impl Into<String>) -> Self {
        Self {
            sent: sent.into(),
            received: received.into(),
        }
    }

    /// Of a program without an output.
    pub(super) fn received(received: impl Into<String>) -> Self {
        Self::both("has no output", received)
    }

    /// Of a program without an input.
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

    /// Returns the path of a file with this name that may be written.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Starts a client with one port, in place of an instrument.
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

    /// Starts the program on a separate terminal.
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

/// The instrument: it prints the messages that it has received.
pub(super) struct Device {
    running: Running,
    /// The number of messages that were checked.
    seen: usize,
}

impl Device {
    pub(super) fn send(&mut self, bytes: &str) -> Result<()> {
        self.running.give(bytes)
    }

    /// Waits for a message that contains these bytes, after the messages that were checked.
    pub(super) fn receives(&mut self, bytes: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while !self.next(bytes, end)?.contains(bytes) {}
        Ok(())
    }

    /// Checks that the next messages are these.
    pub(super) fn has_received(&mut self, messages: &[&str]) -> Result<()> {
        self.has_received_but(|_| false, messages)
    }

    /// Checks that the next messages are these, apart from messages that do not matter.
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
                    "{came} arrived instead of {message}; before that, these arrived:\n{}",
                    self.received().join("\n")
                );
            }
        }
        Ok(())
    }

    /// Waits until a program is connected to receive from it.
    pub(super) fn is_heard(&mut self) -> Result<()> {
        self.running.wait_for("to ").map(drop)
    }

    /// Waits until a program is connected to send to it.
    pub(super) fn is_reached(&mut self) -> Result<()> {
        self.running.wait_for("from ").map(drop)
    }

    /// Waits until both are true, in any order.
    pub(super) fn is_heard_and_reached(&mut self) -> Result<()> {
        let is =
            |running: &Running, which| running.output().lines().any(|line| line.starts_with(which));
        for which in ["to ", "from "] {
            if !is(&self.running, which) {
                self.running.wait_for(which)?;
            }
        }
        Ok(())
    }

    /// Returns the messages that have arrived until now.
    pub(super) fn received(&self) -> Vec<&str> {
        let is_message = |line: &&str| line.split(' ').all(|byte| byte.len() == 2 && is_hex(byte));
        self.running.output().lines().filter(is_message).collect()
    }

    /// Returns the next message, which must arrive before `end`. The error contains the expected
    /// message.
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

/// Returns the number of a port in a list: the text before `name` in its line.
pub(super) fn number(line: &str) -> Result<String> {
    let digits: String = line
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    if digits.is_empty() {
        bail!("{line:?} does not contain a number");
    }
    Ok(digits)
}
