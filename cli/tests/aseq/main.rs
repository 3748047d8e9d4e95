//! Tests of `aseq` as users run it, on the real kernel sequencer.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod cable;
mod damaged;
mod dump;
mod endings;
mod expected;
mod graph;
mod hardware;
#[cfg(feature = "info")]
mod info;
#[cfg(feature = "json")]
mod json;
mod long;
mod night;
#[cfg(feature = "panic")]
mod panic;
#[cfg(feature = "patch")]
mod patch;
mod peers;
#[cfg(feature = "graph")]
mod picture;
mod play;
mod random_songs;
mod record;
mod returning;
mod routing;
mod send;
#[cfg(feature = "serve")]
mod serve;
mod silence;
mod songs;
mod takes;
#[cfg(feature = "wait")]
mod wait;
#[cfg(feature = "watch")]
mod watch;

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use support::PATIENCE;

fn aseq(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aseq"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn output(arguments: &[&str]) -> Output {
    aseq(arguments).output().unwrap()
}

/// Repeats an attempt until it has a result. An attempt has none if the machine was too busy.
fn in_time<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(Instant::now() < deadline, "the machine is too busy");
    }
}

/// Returns the output of a successful call.
fn printed(arguments: &[&str]) -> String {
    let output = output(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    assert_eq!(output.stderr, b"", "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the error message of a failing call, and its exit status.
fn complaint(arguments: &[&str]) -> (i32, String) {
    let output = output(arguments);
    assert_eq!(output.stdout, b"", "{arguments:?}: {output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains("panicked"), "{arguments:?}: {text}");
    (output.status.code().unwrap(), text)
}

/// A call that runs until a signal ends it.
struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut aseq(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
        }
    }

    fn stdout(&self) -> String {
        self.stdout.recv_timeout(PATIENCE).unwrap()
    }

    fn stderr(&self) -> String {
        self.stderr.recv_timeout(PATIENCE).unwrap()
    }

    fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(self.child.id().try_into().unwrap());
        nix::sys::signal::kill(pid, signal).unwrap();
    }

    /// Waits for its end. Returns the exit status, as in a shell, and the rest of standard error.
    fn end(mut self) -> (i32, Vec<String>) {
        let status = self.child.wait().unwrap();
        let code = status.code();
        let code = code.or_else(|| status.signal().map(|signal| 128 + signal));
        (code.unwrap(), self.stderr.iter().collect())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
