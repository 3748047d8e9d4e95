//! A program that is traced, for those that tell it what to do at which moment.

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

/// How long a program may do nothing that is told.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the tracer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// A call begins.
    Begun(Call),
    /// It has returned this, a negative errno if it has failed, and these bytes.
    Returned(i64, Vec<u8>),
    /// The program has ended.
    Ended(String),
}

/// What a traced program reads and writes.
pub(super) struct Streams {
    pub(super) stdin: Stdio,
    pub(super) stdout: Stdio,
    pub(super) stderr: Stdio,
}

/// A program that is traced.
#[derive(Debug)]
pub(super) struct Traced {
    child: Child,
    told: Receiver<Told>,
    /// Its standard output, if that is not thrown away.
    answers: Option<BufReader<ChildStdout>>,
    /// The call that it is in.
    inside: Option<Call>,
    /// The calls that have returned.
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
        let (send, told) = channel();
        let streams = Streams {
            stdin: Stdio::piped(),
            stdout,
            // Some complain, and have to: their calls fail.
            stderr: Stdio::null(),
        };
        let mut child =
            tracer::start(command, streams, send).with_context(|| format!("start {name}"))?;
        Ok(Self {
            answers: child.stdout.take().map(BufReader::new),
            child,
            told,
            inside: None,
            lines: Vec::new(),
            name: name.to_owned(),
            form,
        })
    }

    /// The next message; whether the program has ended.
    fn next(&mut self) -> Result<bool> {
        let told = self
            .told
            .recv_timeout(PATIENCE)
            .with_context(|| format!("{} does nothing after\n{}", self.name, self.end()))?;
        match (told, self.inside.take()) {
            (Told::Begun(call), None) => self.inside = Some(call),
            (Told::Begun(_), Some(call)) => bail!("{} has two calls at once: {call:?}", self.name),
            (Told::Returned(result, bytes), Some(call)) => {
                self.lines.push(call.line(self.form, result, &bytes));
            }
            (Told::Returned(..), None) => bail!("{} returns from no call", self.name),
            (Told::Ended(how), _) => {
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

    /// Goes on until the program begins to wait for something.
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

    /// Writes a line to its standard input.
    pub(super) fn ask(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("no standard input")?;
        writeln!(input, "{line}").with_context(|| format!("write to {}", self.name))
    }

    /// The next line of its standard output.
    pub(super) fn answer(&mut self) -> Result<String> {
        let output = self.answers.as_mut().context("no standard output")?;
        let mut line = String::new();
        if output.read_line(&mut line)? == 0 {
            bail!("{} says nothing more", self.name);
        }
        Ok(line)
    }

    pub(super) fn interrupt(&self) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?);
        kill(pid, Signal::SIGINT).with_context(|| format!("interrupt {}", self.name))
    }

    /// Waits for its end and returns its calls, a line each.
    pub(super) fn finish(mut self) -> Result<Vec<String>> {
        self.child.stdin = None;
        while !self.next()? {}
        let calls = std::mem::take(&mut self.lines);
        // Else nothing would be compared.
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
        // The tracer waits for it. One that has ended has no number that another could have
        // meanwhile, unless 32768 programs were started since.
        let _ = self.child.kill();
    }
}
