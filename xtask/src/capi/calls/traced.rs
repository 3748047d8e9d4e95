//! A traced program, for scenes that control it step by step.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::place::Form;
use super::call::Call;
use super::differences::{OPENS, without_question};
use super::tracer;

/// Time limit for the next traced call of a program.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message of the tracer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A call begins.
    Begun(Call),
    /// The call has returned this value (a negative errno if it has failed) and these bytes.
    Returned(i64, Vec<u8>),
    /// The program has ended.
    Ended(String),
}

/// The input and output of a traced program.
pub(super) struct Streams {
    pub(super) stdin: Stdio,
    pub(super) stdout: Stdio,
    pub(super) stderr: Stdio,
}

/// A traced program.
#[derive(Debug)]
pub(super) struct Traced {
    child: Child,
    messages: Receiver<Message>,
    /// The program's standard output, unless it is dropped.
    answers: Option<BufReader<ChildStdout>>,
    /// The current call.
    inside: Option<Call>,
    /// The finished calls.
    lines: Vec<String>,
    name: String,
    form: Form,
}

impl Traced {
    pub(super) fn start(
        name: &str,
        form: Form,
        stdout: Stdio,
        command: &mut Command,
    ) -> Result<Self> {
        command.env("LD_BIND_NOW", "1");
        let (send, messages) = channel();
        let streams = Streams {
            stdin: Stdio::piped(),
            stdout,
            // Some programs print messages, and that is expected, because their calls fail.
            stderr: Stdio::null(),
        };
        let mut child =
            tracer::start(command, streams, send).with_context(|| format!("start {name}"))?;
        Ok(Self {
            answers: child.stdout.take().map(BufReader::new),
            child,
            messages,
            inside: None,
            lines: Vec::new(),
            name: name.to_owned(),
            form,
        })
    }

    /// Handles the next message. Returns whether the program has ended.
    fn next(&mut self) -> Result<bool> {
        let message = self
            .messages
            .recv_timeout(PATIENCE)
            .with_context(|| format!("{} makes no call after\n{}", self.name, self.end()))?;
        match (message, self.inside.take()) {
            (Message::Begun(call), None) => self.inside = Some(call),
            (Message::Begun(_), Some(call)) => {
                bail!("{} makes two calls at the same time: {call:?}", self.name)
            }
            (Message::Returned(result, bytes), Some(call)) => {
                self.lines.push(call.line(self.form, result, &bytes));
            }
            (Message::Returned(..), None) => {
                bail!("{} returns from a call that has not begun", self.name)
            }
            (Message::Ended(how), _) => {
                self.lines.push(format!("ended: {how}"));
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn end(&self) -> String {
        let first = self.lines.len().saturating_sub(5);
        self.lines.get(first..).unwrap_or_default().join("\n")
    }

    /// Continues until the program waits for an event.
    pub(super) fn until_it_waits(&mut self) -> Result<()> {
        loop {
            if self.next()? {
                bail!("{} has ended:\n{}", self.name, self.end());
            }
            if self.inside.as_ref().is_some_and(Call::polls) {
                return Ok(());
            }
        }
    }

    /// Writes a line to the program's standard input.
    pub(super) fn ask(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("no standard input")?;
        writeln!(input, "{line}").with_context(|| format!("write to {}", self.name))
    }

    /// Returns the next line of the program's standard output.
    pub(super) fn answer(&mut self) -> Result<String> {
        let output = self.answers.as_mut().context("no standard output")?;
        let mut line = String::new();
        if output.read_line(&mut line)? == 0 {
            bail!("{} prints no more lines", self.name);
        }
        Ok(line)
    }

    pub(super) fn interrupt(&self) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?);
        kill(pid, Signal::SIGINT).with_context(|| format!("interrupt {}", self.name))
    }

    /// Waits for the program's end, and returns its calls, one on each line.
    pub(super) fn finish(mut self) -> Result<Vec<String>> {
        self.child.stdin = None;
        while !self.next()? {}
        let calls = std::mem::take(&mut self.lines);
        // Otherwise, nothing would be compared.
        if !calls.iter().any(|call| call.starts_with(OPENS)) {
            bail!("{} does not open the sequencer: {calls:?}", self.name);
        }
        match self.form {
            Form::Real => Ok(calls),
            Form::Library | Form::Preload => {
                without_question(calls).with_context(|| self.name.clone())
            }
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // The tracer waits for the program. After its end, another program has its number only if
        // 32768 programs were started in the meantime.
        let _ = self.child.kill();
    }
}
