//! Programs that run in a machine.

use std::fs::File;
use std::io::Read as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::driver::Driver;
use crate::error::Error;

/// A signal's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(
    /// The number, as on the host.
    pub i32,
);

impl Signal {
    /// `SIGINT`, which Ctrl-C raises.
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
    /// The program has ended with this status.
    Exited(i32),
    /// This signal has ended the program.
    Signaled(Signal),
}

impl ExitStatus {
    /// Returns whether the program has ended with status 0.
    #[must_use]
    pub fn success(self) -> bool {
        self == Self::Exited(0)
    }
}

/// The output of a program, and the way in which it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it has ended.
    pub status: ExitStatus,
    /// The standard output, if it was a pipe.
    pub stdout: Vec<u8>,
    /// The standard error, if it was a pipe.
    pub stderr: Vec<u8>,
}

/// A program that runs in a machine. If this is dropped, the program continues until the machine
/// ends.
#[derive(Debug)]
pub struct Child<'s> {
    /// The end of the pipe to the program's standard input. Dropping it ends the input.
    pub stdin: Option<File>,
    /// The end of the pipe from the program's standard output.
    pub stdout: Option<File>,
    /// The end of the pipe from the program's standard error.
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
    /// [`Error::Crashed`], [`Error::Off`]: the machine has ended.
    pub fn signal(&self, signal: Signal) -> Result<(), Error> {
        self.driver.signal(self.number, signal, false, &self.state)
    }

    /// Sends a signal to the program and to all processes in its process group.
    ///
    /// # Errors
    ///
    /// [`Error::Crashed`], [`Error::Off`]: the machine has ended.
    pub fn signal_group(&self, signal: Signal) -> Result<(), Error> {
        self.driver.signal(self.number, signal, true, &self.state)
    }

    /// Waits for the program's end. Then all its output was passed on. Closes its standard input
    /// first.
    ///
    /// # Errors
    ///
    /// [`Error::Crashed`], [`Error::Off`]: the machine has ended before the program.
    pub fn wait(mut self) -> Result<ExitStatus, Error> {
        drop(self.stdin.take());
        self.state.end()
    }

    /// Waits for the program's end, with a time limit. If the time has elapsed, kills its process
    /// group. The error contains the function in which each process of the machine slept, and the
    /// end of the console's output with the stacks of processes that no signal reaches.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`]: the time has elapsed. [`Error::Crashed`], [`Error::Off`]: the machine
    /// has ended before the program.
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

    /// Reads the program's output until its end. Closes its standard input first.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_with_output(mut self) -> Result<Output, Error> {
        drop(self.stdin.take());
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (out, err) = (self.stdout.take(), self.stderr.take());
        // Reads both at the same time, because the program may fill either pipe.
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| read_all(err, &mut stderr));
            let first = read_all(out, &mut stdout);
            let second = reader.join().unwrap_or(Ok(()));
            first.and(second)
        })
        .context("read the output of a program")?;
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

/// The stages of a program's run.
#[derive(Debug)]
pub(super) enum Stage {
    Starting,
    Running,
    Ended(ExitStatus),
    /// The program could not be started.
    Failed {
        errno: i32,
        reason: String,
    },
    /// The machine has ended before the program. The error is present if that was a failure.
    Lost(Option<String>),
}

impl Stage {
    fn is_end(&self) -> bool {
        !matches!(self, Self::Starting | Self::Running)
    }
}

/// A program's stage. The driver changes it.
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

    /// Goes on to a later stage. After an end, the stage does not change.
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

    /// Waits for a stage, with a time limit. Returns false if the stage was not reached.
    fn wait_until(&self, deadline: Instant, reached: impl Fn(&Stage) -> bool) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let (_stage, timeout) = self
            .changed
            .wait_timeout_while(self.lock(), left, |stage| !reached(stage))
            .unwrap_or_else(PoisonError::into_inner);
        !timeout.timed_out()
    }
}

/// A requested program. If this is dropped before the program's end, the program counts as lost.
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
