//! Runs a command until it ends.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::scene::{Expected, Scene};

/// Time limit for the end of a command. It needs half a second at most; the rest is for busy
/// machines.
const SOON: Duration = Duration::from_secs(3);

impl Scene {
    /// Runs the command, sends the signal, and checks the result.
    pub(crate) fn play(self, command: &str, signal: Signal) -> Result<(), String> {
        self.play_numbered(command, signal as i32)
    }

    /// Does the same as [`play`](Self::play), with a signal's number.
    pub(crate) fn play_numbered(mut self, command: &str, signal: i32) -> Result<(), String> {
        let program = env!("CARGO_BIN_EXE_aseq").to_owned();
        let command: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let words = [&self.before[..], &[program], &command, &self.arguments].concat();
        let stream =
            |file: Option<std::os::fd::OwnedFd>| file.map_or_else(Stdio::null, Stdio::from);
        let mut errors = None;
        let stderr = match self.stderr.take() {
            Some(file) => Stdio::from(file),
            None => {
                let file = tempfile::tempfile().unwrap();
                errors = Some(file.try_clone().unwrap());
                Stdio::from(file)
            }
        };
        let child = Command::new(&words[0])
            .args(&words[1..])
            .stdin(stream(self.stdin.take()))
            .stdout(stream(self.stdout.take()))
            .stderr(stderr)
            .spawn()
            .unwrap();
        self.pid = child.id();
        let pid = Pid::from_raw(child.id().try_into().unwrap());
        let ended = wait_for(child);
        let result = self.act(pid, &ended, signal);
        if result.is_err() {
            // If it has ended, the thread may have waited for it, and its number is free. Numbers
            // are ascending, so no other process has it yet.
            if ended.try_recv().is_err() {
                let _ = kill(pid, Signal::SIGKILL);
            }
        }
        let mut said = || {
            use std::io::{Read, Seek};
            let mut text = String::new();
            if let Some(file) = &mut errors {
                let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
            }
            text
        };
        result.map_err(|why| format!("{why} ({}; it says {:?})", words.join(" "), said()))
    }

    fn act(&mut self, pid: Pid, ended: &Receiver<ExitStatus>, signal: i32) -> Result<(), String> {
        for step in std::mem::take(&mut self.steps) {
            step(self)?;
        }
        let started = Instant::now();
        let status = if let Expected::Alone(_) = self.expected {
            ended.recv_timeout(SOON * 2)
        } else {
            if !self.is_urgent {
                settle(pid);
            }
            if let Ok(status) = ended.try_recv() {
                return Err(format!("it ended before the signal: {status}"));
            }
            // If it has ended, the status shows that.
            let _ = send(pid, signal);
            ended.recv_timeout(SOON)
        };
        let status = status.map_err(|_| format!("still there after {:?}", started.elapsed()))?;
        let code = status.code();
        let code = code.or_else(|| status.signal().map(|signal| 128 + signal));
        let expected = self.expected.status(signal);
        if code != Some(expected) {
            return Err(format!("{status}, and not {expected}"));
        }
        if let (Some(receiver), true) = (&mut self.receiver, self.is_heard) {
            receiver.check()?;
        }
        std::mem::take(&mut self.checks)
            .into_iter()
            .try_for_each(|check| check())
    }
}

fn send(pid: Pid, signal: i32) -> std::io::Result<()> {
    if let Ok(signal) = Signal::try_from(signal) {
        return Ok(kill(pid, signal)?);
    }
    // `nix` has no real-time signals, but the shell has.
    let send = format!("kill -{signal} {pid}");
    Command::new("sh").args(["-c", &send]).status().map(drop)
}

fn wait_for(mut child: std::process::Child) -> Receiver<ExitStatus> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        if let Ok(status) = child.wait() {
            let _ = sender.send(status);
        }
    });
    receiver
}

/// Waits until the program seems to be blocked. The test does not depend on that: a signal that
/// arrives earlier must end the program, too.
fn settle(pid: Pid) {
    let mut before = None;
    let mut same = 0;
    for _ in 0..200 {
        let now = switches(pid);
        if now.is_none() {
            return;
        }
        same = if now == before { same + 1 } else { 0 };
        if same == 4 {
            return;
        }
        before = now;
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Returns the states and context switches of its threads, or `None` if it has ended.
fn switches(pid: Pid) -> Option<Vec<String>> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let mut all = Vec::new();
    for task in tasks {
        let status = std::fs::read_to_string(task.ok()?.path().join("status")).ok()?;
        let is_told = |line: &&str| line.starts_with("State") || line.contains("ctxt_switches");
        all.extend(status.lines().filter(is_told).map(str::to_owned));
    }
    (!all.iter().any(|line| line.contains('Z'))).then_some(all)
}
