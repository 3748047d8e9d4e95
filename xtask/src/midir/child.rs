//! A program that is given lines, as by somebody who sits there.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A running program. It is not left running.
pub(super) struct Running {
    name: String,
    child: Child,
    output: BufReader<ChildStdout>,
    said: String,
}

impl Running {
    pub(super) fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {name}"))?;
        let output = child.stdout.take().context("no output")?;
        Ok(Self {
            name: name.into(),
            child,
            output: BufReader::new(output),
            said: String::new(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Gives it a line.
    pub(super) fn give(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("no input")?;
        writeln!(input, "{line}").with_context(|| format!("write to {}", self.name))
    }

    /// Reads until it says this, and returns that line.
    pub(super) fn wait_for(&mut self, text: &str) -> Result<String> {
        loop {
            let before = self.said.len();
            if self.output.read_line(&mut self.said)? == 0 {
                bail!(
                    "{} ends without {text:?}, and has said\n{}",
                    self.name,
                    shortened(&self.said)
                );
            }
            let line = self.said.get(before..).unwrap_or_default();
            if line.contains(text) {
                return Ok(line.trim_end().to_owned());
            }
        }
    }

    /// Everything that has been read of it.
    pub(super) fn said(&self) -> &str {
        &self.said
    }

    /// Reads all that is left. Returns everything that it has said.
    pub(super) fn end(mut self) -> Result<String> {
        while self.output.read_line(&mut self.said)? > 0 {}
        let status = self.child.wait()?;
        if !status.success() {
            bail!(
                "{} ends ({status}), and has said\n{}",
                self.name,
                shortened(&self.said)
            );
        }
        Ok(std::mem::take(&mut self.said))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text with short lines, for people: a message may be long.
pub(super) fn shortened(said: &str) -> String {
    let line = |line: &str| line.chars().take(100).chain(['\n']).collect::<String>();
    said.lines().map(line).collect()
}
