//! Output that must not delay music: messages, the texts and the progress of songs,
//! and the reports of `play --json`.
//!
//! A write blocks if the terminal is stopped by Ctrl+S, a connection stalls, or a
//! pager stops reading. So a thread of its own writes. It drops the texts that it
//! cannot write in time, and reports their number as soon as it can.

use std::collections::VecDeque;
use std::fmt::Display;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use alsa_seq::Printable;

use crate::failure::Failure;
use crate::signals;

/// The number of bytes that may wait. A reader that reads never falls so far behind.
const MOST: usize = 1 << 20;

/// The time for which `flush` waits for readers.
const PATIENCE: Duration = Duration::from_millis(400);

/// The further time for which it waits while there is room to write. Then the thread is late, on a
/// busy or slow machine.
const SLOWNESS: Duration = Duration::from_secs(10);

/// The interval of its checks.
const TURN: Duration = Duration::from_millis(20);

/// Writes an error message to standard error, on one line.
pub(crate) fn complain(message: &dyn Display) {
    say(&format_args!("aseq: {message}"));
}

/// Writes a message to standard error, on one line.
pub(crate) fn say(message: &dyn Display) {
    ERROR.put(Job::Say(format!("{message}\n")));
}

/// Writes a text to standard output. A write error is ignored.
pub(crate) fn show(text: String) {
    OUTPUT.put(Job::Say(text));
}

/// Writes a text for other programs to standard output. [`finish_reports`] returns the
/// write error, if there is one.
#[cfg(feature = "json")]
pub(crate) fn report(text: String) {
    OUTPUT.put(Job::Report(text));
}

/// Waits until all reports are written, or until the deadline.
///
/// # Errors
/// The first write error. A dropped report is not an error.
fn finish_reports(deadline: Instant) -> Result<(), Failure> {
    OUTPUT.flush(deadline);
    match OUTPUT.state().error.take() {
        Some(error) => Err(Failure::Output(error)),
        None => Ok(()),
    }
}

/// Hands work to the thread that writes standard error. Returns false if the thread
/// will not do it.
#[cfg(feature = "progress")]
pub(crate) fn draw(work: impl FnOnce() + Send + 'static) -> bool {
    ERROR.put(Job::Draw(Box::new(work)))
}

/// Until when the program waits for readers before it exits.
fn deadline() -> Instant {
    Instant::now() + PATIENCE
}

/// Waits until everything is written, but not for long.
pub(crate) fn flush() {
    flush_until(deadline());
}

/// Waits until everything is written, or until the deadline.
fn flush_until(deadline: Instant) {
    OUTPUT.flush(deadline);
    ERROR.flush(deadline);
}

/// Writes the failure by `tell`, and returns the exit status for it.
pub(crate) fn end(result: Result<(), Failure>, tell: impl FnOnce(&dyn Display)) -> ExitCode {
    let deadline = deadline();
    let result = result.and_then(|()| finish_reports(deadline));
    if let Some(message) = result.as_ref().err().and_then(Failure::message) {
        tell(&message);
    }
    flush_until(deadline);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit_code(),
    }
}

/// Makes a name safe for terminals, as [`Printable`] does.
pub(crate) fn printable(name: &str) -> String {
    Printable(name).to_string()
}

/// Makes a file's path safe for terminals.
pub(crate) fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

static ERROR: Stream = Stream::new(Standard::Error);
static OUTPUT: Stream = Stream::new(Standard::Output);

/// The file that a stream writes to.
#[derive(Clone, Copy)]
enum Standard {
    Error,
    Output,
}

struct Stream {
    to: Standard,
    state: Mutex<State>,
    /// A job was added.
    added: Condvar,
    /// A job was done.
    done: Condvar,
}

struct State {
    thread: Thread,
    jobs: VecDeque<Job>,
    /// The total length of the texts in `jobs`.
    bytes: usize,
    /// Whether the thread is doing a job that is no longer in `jobs`.
    is_busy: bool,
    /// The number of texts that were dropped and not reported yet.
    left_out: u64,
    /// The first error of writing a report.
    error: Option<io::Error>,
}

enum Job {
    Say(String),
    #[cfg(feature = "json")]
    Report(String),
    #[cfg(feature = "progress")]
    Draw(Box<dyn FnOnce() + Send>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Thread {
    Needless,
    Running,
    /// No thread could be started.
    Missing,
}

impl Stream {
    const fn new(to: Standard) -> Self {
        Self {
            to,
            state: Mutex::new(State {
                thread: Thread::Needless,
                jobs: VecDeque::new(),
                bytes: 0,
                is_busy: false,
                left_out: 0,
                error: None,
            }),
            added: Condvar::new(),
            done: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a job for the thread. Returns false if there is no room, or no thread.
    fn put(&'static self, job: Job) -> bool {
        let mut state = self.state();
        if state.thread == Thread::Needless {
            state.thread = self.start();
        }
        let length = job.length();
        if state.bytes + length > MOST {
            state.left_out += 1;
            return false;
        }
        #[cfg(feature = "progress")]
        if state.thread == Thread::Missing && matches!(job, Job::Draw(_)) {
            return false;
        }
        state.bytes += length;
        state.jobs.push_back(job);
        self.added.notify_one();
        true
    }

    fn start(&'static self) -> Thread {
        let builder = thread::Builder::new().stack_size(256 << 10);
        let started = signals::without_signals(|| builder.spawn(|| self.work()));
        match started {
            Ok(_) => Thread::Running,
            Err(_) => Thread::Missing,
        }
    }

    fn work(&self) {
        let mut state = self.state();
        loop {
            let Some(job) = state.jobs.pop_front() else {
                let waited = self.added.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            state.bytes -= job.length();
            state.is_busy = true;
            drop(state);
            self.perform(job);
            state = self.state();
            state.is_busy = false;
            self.done.notify_all();
        }
    }

    fn perform(&self, job: Job) {
        match job {
            Job::Say(text) => {
                // If standard error has no reader, no message is possible.
                let _ = self.write(&text);
            }
            #[cfg(feature = "json")]
            Job::Report(text) => {
                if let Err(error) = self.write(&text) {
                    self.state().error.get_or_insert(error);
                }
            }
            #[cfg(feature = "progress")]
            Job::Draw(work) => work(),
        }
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let written = self.to.write(text.as_bytes());
        let left_out = std::mem::take(&mut self.state().left_out);
        if written.is_ok() && left_out > 0 {
            complain(&format_args!(
                "{left_out} messages were left out here, because the reader was too slow"
            ));
        }
        written
    }

    fn flush(&self, deadline: Instant) {
        let mut state = self.state();
        if state.thread == Thread::Missing {
            let jobs = std::mem::take(&mut state.jobs);
            drop(state);
            return self.flush_alone(jobs, deadline);
        }
        while state.is_busy || !state.jobs.is_empty() {
            let now = Instant::now();
            if now >= deadline {
                drop(state);
                if now >= deadline + SLOWNESS || !self.to.is_writable(Duration::ZERO) {
                    return;
                }
                state = self.state();
            }
            let left = deadline.saturating_duration_since(now).max(TURN);
            let waited = self.done.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Without a thread, everything is written when the program exits, because then no
    /// music can be delayed. Signals end the program if the reader stops meanwhile.
    fn flush_alone(&self, jobs: VecDeque<Job>, deadline: Instant) {
        signals::unblocked(|| {
            for job in jobs {
                let left = deadline.saturating_duration_since(Instant::now());
                if self.to.is_writable(left) {
                    self.perform(job);
                }
            }
        });
    }
}

impl Standard {
    fn write(self, text: &[u8]) -> io::Result<()> {
        match self {
            // In one write: it has no buffer.
            Self::Error => io::stderr().write_all(text),
            Self::Output => {
                let mut out = io::stdout().lock();
                out.write_all(text).and_then(|()| out.flush())
            }
        }
    }

    /// Returns whether it can be written to before the time is over.
    fn is_writable(self, timeout: Duration) -> bool {
        match self {
            Self::Error => signals::is_writable(io::stderr().as_fd(), timeout),
            Self::Output => signals::is_writable(io::stdout().as_fd(), timeout),
        }
    }
}

impl Job {
    fn length(&self) -> usize {
        match self {
            Self::Say(text) => text.len(),
            #[cfg(feature = "json")]
            Self::Report(text) => text.len(),
            #[cfg(feature = "progress")]
            Self::Draw(_) => 0,
        }
    }
}
