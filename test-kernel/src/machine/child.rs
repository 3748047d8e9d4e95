//! Programs that run in a machine.

use std::fs::File;
use std::io::Read as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::driver::Driver;
use crate::error::Error;

/// A signal, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(
    /// The number, as on the host.
    pub i32,
);

impl Signal {
    /// `SIGINT`, as Ctrl-C raises it.
    pub const INTERRUPT: Self = Self(2);
    /// `SIGKILL`, which no program survives.
    pub const KILL: Self = Self(9);
    /// `SIGUSR1`.
    pub const USER_1: Self = Self(10);
    /// `SIGTERM`, which asks a program to end.
    pub const TERMINATE: Self = Self(15);
}

/// How a program has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Signaled(Signal),
}

impl ExitStatus {
    /// Whether it ended by itself with the status 0.
    #[must_use]
    pub fn success(self) -> bool {
        self == Self::Exited(0)
    }
}

/// What a program has written, and how it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it has ended.
    pub status: ExitStatus,
    /// What it has written to standard output, if that was a pipe.
    pub stdout: Vec<u8>,
    /// What it has written to standard error, if that was a pipe.
    pub stderr: Vec<u8>,
}

/// A program that runs in a machine. It goes on when this is dropped, until the machine ends.
#[derive(Debug)]
pub struct Child<'s> {
    /// The end of the pipe to its standard input; dropping it is the end of the input.
    pub stdin: Option<File>,
    /// The end of the pipe from its standard output.
    pub stdout: Option<File>,
    /// The end of the pipe from its standard error.
    pub stderr: Option<File>,
    pub(super) driver: &'s Driver,
    pub(super) number: u8,
    pub(super) state: Arc<State>,
}

impl Child<'_> {
    /// Sends a signal to the program, if it still runs.
    ///
    /// # Errors
    ///
    /// [`Error::Crashed`], [`Error::Off`]: there is no machine any more.
    pub fn signal(&self, signal: Signal) -> Result<(), Error> {
        self.driver.signal(self.number, signal, false, &self.state)
    }

    /// Sends a signal to the program and all that it has started in its process group.
    ///
    /// # Errors
    ///
    /// [`Error::Crashed`], [`Error::Off`]: there is no machine any more.
    pub fn signal_group(&self, signal: Signal) -> Result<(), Error> {
        self.driver.signal(self.number, signal, true, &self.state)
    }

    /// Waits for its end, after which all that it wrote has been passed on. Its standard
    /// input is closed first.
    ///
    /// # Errors
    ///
    /// [`Error::Crashed`], [`Error::Off`]: the machine has ended before.
    pub fn wait(mut self) -> Result<ExitStatus, Error> {
        drop(self.stdin.take());
        self.state.end()
    }

    /// Waits for its end, and no longer than this. If the time is up, its process group is
    /// killed. The error tells where each process of the machine slept, and has the end of the
    /// console with the stacks of those that no signal reaches.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`]: the time is up. [`Error::Crashed`], [`Error::Off`]: the machine
    /// has ended before.
    pub fn wait_timeout(mut self, patience: Duration) -> Result<ExitStatus, Error> {
        drop(self.stdin.take());
        let deadline = Instant::now() + patience;
        if !self.state.wait_until(deadline, Stage::is_end) {
            let what = format!(
                "{} ran for more than {} s and was ended",
                self.state.program,
                patience.as_secs_f32()
            );
            let report = self.driver.hung(&what);
            self.signal_group(Signal::KILL)?;
            return Err(Error::TimedOut(report));
        }
        self.state.end()
    }

    /// Reads what it writes until its end. Its standard input is closed first.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_with_output(mut self) -> Result<Output, Error> {
        drop(self.stdin.take());
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (out, err) = (self.stdout.take(), self.stderr.take());
        // Both at once: the program may fill either.
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| read_all(err, &mut stderr));
            let first = read_all(out, &mut stdout);
            let second = reader.join().unwrap_or(Ok(()));
            first.and(second)
        })
        .context("read what a program writes")?;
        Ok(Output {
            status: self.state.end()?,
            stdout,
            stderr,
        })
    }
}

fn read_all(from: Option<File>, to: &mut Vec<u8>) -> std::io::Result<()> {
    match from {
        Some(mut from) => from.read_to_end(to).map(|_| ()),
        None => Ok(()),
    }
}

/// How far a program has come.
#[derive(Debug)]
pub(super) enum Stage {
    Starting,
    Running,
    Ended(ExitStatus),
    /// It could not be started.
    Failed {
        errno: i32,
        reason: String,
    },
    /// The machine has ended before: why, if that was a failure.
    Lost(Option<String>),
}

impl Stage {
    fn is_end(&self) -> bool {
        !matches!(self, Self::Starting | Self::Running)
    }
}

/// A program's stage, which the driver changes.
#[derive(Debug)]
pub(super) struct State {
    program: String,
    stage: Mutex<Stage>,
    changed: Condvar,
}

impl State {
    pub(super) fn new(program: String) -> Self {
        Self {
            program,
            stage: Mutex::new(Stage::Starting),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on to a later stage; nothing comes after an end.
    pub(super) fn set(&self, stage: Stage) {
        let mut there = self.lock();
        if !there.is_end() {
            *there = stage;
        }
        drop(there);
        self.changed.notify_all();
    }

    pub(super) fn is_running(&self) -> bool {
        !self.lock().is_end()
    }

    /// Waits until the program runs.
    pub(super) fn wait_for_start(&self) -> Result<(), Error> {
        let stage = self.wait(|stage| !matches!(stage, Stage::Starting));
        match &*stage {
            Stage::Failed { errno, reason } => Err(Error::NotStarted {
                program: self.program.clone(),
                errno: *errno,
                reason: reason.clone(),
            }),
            Stage::Lost(report) => Err(lost(report.as_ref())),
            Stage::Starting | Stage::Running | Stage::Ended(_) => Ok(()),
        }
    }

    /// Waits for the end.
    fn end(&self) -> Result<ExitStatus, Error> {
        match &*self.wait(Stage::is_end) {
            Stage::Ended(status) => Ok(*status),
            Stage::Lost(report) => Err(lost(report.as_ref())),
            Stage::Starting | Stage::Running | Stage::Failed { .. } => Err(Error::Off),
        }
    }

    fn wait(&self, reached: impl Fn(&Stage) -> bool) -> MutexGuard<'_, Stage> {
        self.changed
            .wait_while(self.lock(), |stage| !reached(stage))
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a stage, and no longer than this; false if it was not reached.
    fn wait_until(&self, deadline: Instant, reached: impl Fn(&Stage) -> bool) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let (_stage, timeout) = self
            .changed
            .wait_timeout_while(self.lock(), left, |stage| !reached(stage))
            .unwrap_or_else(PoisonError::into_inner);
        !timeout.timed_out()
    }
}

/// A program that somebody has ordered: it is lost where this is dropped before its end.
#[derive(Debug)]
pub(super) struct Watched(pub(super) Arc<State>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.set(Stage::Lost(None));
    }
}

fn lost(report: Option<&String>) -> Error {
    report.map_or(Error::Off, |report| Error::Crashed(report.clone()))
}
