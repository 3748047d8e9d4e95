//! A program that gets lines of input, as from a user.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Time limit for an expected line. It is far longer than necessary, even on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. Dropping this ends it.
pub(super) struct Running {
    name: String,
    child: Child,
    /// The lines, with their ends.
    lines: Receiver<io::Result<String>>,
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
        let (sender, lines) = channel();
        thread::spawn(move || pass_on(output, &sender));
        Ok(Self {
            name: name.into(),
            child,
            lines,
            said: String::new(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Sends a line to the program.
    pub(super) fn give(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("no input")?;
        writeln!(input, "{line}").with_context(|| format!("write to {}", self.name))
    }

    /// Reads until a line contains this text, and returns the line.
    pub(super) fn wait_for(&mut self, text: &str) -> Result<String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let line = self.line(text, end)?;
            if line.contains(text) {
                return Ok(line);
            }
        }
    }

    /// Checks that the next line is this one.
    pub(super) fn says(&mut self, text: &str) -> Result<()> {
        let line = self.line(text, Instant::now() + PATIENCE)?;
        if line != text {
            bail!("{} prints {line:?} instead of {text:?}", self.name);
        }
        Ok(())
    }

    /// Reads one line, which must arrive before `end`. The error contains the expected text.
    pub(super) fn line(&mut self, awaited: &str, end: Instant) -> Result<String> {
        match self.next(awaited, end)? {
            Some(line) => Ok(line.trim_end().to_owned()),
            None => bail!(
                "{} ends without {awaited:?}, after printing\n{}",
                self.name,
                shortened(&self.said)
            ),
        }
    }

    /// Returns the next line, unless the output ends.
    fn next(&mut self, awaited: &str, end: Instant) -> Result<Option<String>> {
        let left = end.saturating_duration_since(Instant::now());
        let line = match left.is_zero() {
            // It may have printed other lines all the time.
            true => Err(RecvTimeoutError::Timeout),
            false => self.lines.recv_timeout(left),
        };
        match line {
            Ok(line) => {
                let line = line.with_context(|| format!("read from {}", self.name))?;
                self.said.push_str(&line);
                Ok(Some(line))
            }
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => bail!(
                "{}: {awaited:?} did not arrive in {} seconds, only\n{}",
                self.name,
                PATIENCE.as_secs(),
                shortened(&self.said)
            ),
        }
    }

    /// Returns everything that was read.
    pub(super) fn output(&self) -> &str {
        &self.said
    }

    /// Reads the rest of the output. Returns the whole output.
    pub(super) fn end(mut self) -> Result<String> {
        let end = Instant::now() + PATIENCE;
        while self.next("its end", end)?.is_some() {}
        let status = self.child.wait()?;
        if !status.success() {
            bail!(
                "{} ends ({status}), after printing\n{}",
                self.name,
                shortened(&self.said)
            );
        }
        Ok(std::mem::take(&mut self.said))
    }
}

/// Reads lines until the output ends or the receiver is dropped.
fn pass_on(output: ChildStdout, lines: &Sender<io::Result<String>>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = String::new();
        let read = output.read_line(&mut line);
        if matches!(read, Ok(0)) || lines.send(read.map(|_| line)).is_err() {
            return;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the text with shortened lines, because a message may be long.
pub(super) fn shortened(said: &str) -> String {
    let line = |line: &str| line.chars().take(100).chain(['\n']).collect::<String>();
    said.lines().map(line).collect()
}
