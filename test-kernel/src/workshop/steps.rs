//! Long work in named steps, with progress: a live line on a terminal, plain
//! lines elsewhere.

use std::collections::VecDeque;
use std::io::{IsTerminal as _, stderr};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nix::fcntl::OFlag;
use nix::poll::{PollFlags, PollTimeout};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::{Pid, pipe2};

use crate::fdio::{self, PollSet, Read};
use crate::workshop::ignored;

/// Interval of the lines in a plain log about a long step.
const PLAIN_EVERY: Duration = Duration::from_secs(30);

/// Interval in which the live line changes without news.
const TICK_MS: u16 = 120;

/// Number of output lines of a failed command that its error shows.
const TAIL: usize = 25;

/// The measure of a command's progress.
#[derive(Debug)]
pub enum Gauge {
    /// Only the elapsed time.
    Time,
    /// The bytes that have arrived in a directory, of this total.
    Bytes { dir: PathBuf, total: u64 },
    /// The number of output lines that start with this text.
    Lines {
        prefix: &'static str,
        unit: &'static str,
    },
}

/// Work that a signal has interrupted. Its unfinished files were removed.
#[derive(Debug)]
pub struct Interrupted(pub i32);

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "interrupted by signal {}", self.0)
    }
}

impl std::error::Error for Interrupted {}

/// Runs a command as one step and returns its output.
pub fn run(title: &str, gauge: &Gauge, command: &mut Command) -> Result<String> {
    Step::start(title, gauge, Stdio::null(), command)?.finish()
}

/// Runs a command as one step until it prints the last wanted line. Then ends the command with all
/// processes that it has started. Returns the lines. Fails if the command ends before that, or
/// after this time.
pub fn run_until(
    title: &str,
    patience: Duration,
    command: &mut Command,
    is_last: impl Fn(&str) -> bool,
) -> Result<Vec<String>> {
    converse(title, patience, Stdio::null(), command, is_last)
}

/// Does the same as [`run_until`], with this standard input. `is_last` gets each line several times,
/// and may write to the other end of the input.
pub fn converse(
    title: &str,
    patience: Duration,
    stdin: impl Into<Stdio>,
    command: &mut Command,
    is_last: impl Fn(&str) -> bool,
) -> Result<Vec<String>> {
    Step::start(title, &Gauge::Time, stdin.into(), command)?.until(patience, is_last)
}

/// Returns the same command. The kernel ends it when this process ends, however that happens.
pub fn tied(command: &Command) -> Command {
    let mut tied = Command::new("setpriv");
    tied.args(["--pdeathsig", "KILL", "--"])
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(directory) = command.get_current_dir() {
        tied.current_dir(directory);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => tied.env(name, value),
            None => tied.env_remove(name),
        };
    }
    tied
}

/// A step without a command.
pub fn note(text: &str) {
    eprintln!("  {text}");
}

struct Step<'a> {
    title: &'a str,
    gauge: &'a Gauge,
    started: Instant,
    bar: ProgressBar,
    plain_due: Option<Instant>,
    signals: SignalFd,
    child: std::process::Child,
    from: std::os::fd::OwnedFd,
    output: Vec<u8>,
    counted: usize,
    line: Vec<u8>,
}

impl<'a> Step<'a> {
    fn start(
        title: &'a str,
        gauge: &'a Gauge,
        stdin: Stdio,
        command: &mut Command,
    ) -> Result<Self> {
        let ignored = ignored::signals();
        let mut set = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            if !ignored.contains(&(signal as i32)) {
                set.add(signal);
            }
        }
        let before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let signals = SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        let (from, to) = pipe2(OFlag::O_CLOEXEC)?;
        fdio::set_nonblocking(&from)?;
        // A separate process group, so that all its processes can be ended.
        command
            .stdin(stdin)
            .stdout(to.try_clone()?)
            .stderr(to)
            .process_group(0);
        before.thread_set_mask()?;
        let child = command.spawn();
        set.thread_block()?;
        let name = command.get_program().to_string_lossy().into_owned();
        // The command object holds the pipes' other ends until they are replaced.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = child.with_context(|| format!("{title}: start {name}"))?;
        let bar = match gauge {
            Gauge::Bytes { total, .. } => {
                ProgressBar::new(*total).with_style(ProgressStyle::with_template(
                    "{spinner} {msg} {bar:25} {decimal_bytes}/{decimal_total_bytes} {elapsed}",
                )?)
            }
            _ => ProgressBar::new_spinner()
                .with_style(ProgressStyle::with_template("{spinner} {msg} {elapsed}")?),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.set_message(title.to_owned());
        let plain = !stderr().is_terminal();
        if plain {
            eprintln!("  {title} ...");
        }
        Ok(Self {
            title,
            gauge,
            started: Instant::now(),
            bar,
            plain_due: plain.then(|| Instant::now() + PLAIN_EVERY),
            signals,
            child,
            from,
            output: Vec::new(),
            counted: 0,
            line: Vec::new(),
        })
    }

    fn finish(mut self) -> Result<String> {
        // The output ends when every process that could write has ended.
        while self.turn()? {}
        let status = self.child.wait()?;
        self.bar.finish_and_clear();
        let output = String::from_utf8_lossy(&self.output).into_owned();
        if !status.success() {
            bail!("{} failed ({status}){}", self.title, tail(&output));
        }
        let elapsed = self.started.elapsed().as_secs_f32();
        eprintln!("  {}: done, {elapsed:.1} s{}", self.title, self.amount());
        Ok(output)
    }

    fn until(mut self, patience: Duration, is_last: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        loop {
            let more = self.turn()?;
            let text = String::from_utf8_lossy(&self.output).replace('\r', "");
            let complete = text.rfind('\n').map_or(0, |end| end + 1);
            let lines = || text.get(..complete).unwrap_or_default().lines();
            if lines().any(&is_last) {
                self.end_group();
                return Ok(lines().map(str::to_owned).collect());
            }
            let reason = match self.started.elapsed() > patience {
                true => format!("it takes more than {} s", patience.as_secs()),
                false if more => continue,
                false => "it has ended".to_owned(),
            };
            self.end_group();
            bail!("{} failed: {reason}{}", self.title, tail(&text));
        }
    }

    /// Waits for the next event. Returns false at the end of the output.
    fn turn(&mut self) -> Result<bool> {
        let mut set = PollSet::new();
        set.add(0, self.from.as_fd(), PollFlags::POLLIN);
        set.add(1, self.signals.as_fd(), PollFlags::POLLIN);
        for (which, _) in set.wait(PollTimeout::from(TICK_MS))? {
            if which == 1 {
                if let Some(info) = self.signals.read_signal()? {
                    self.end_group();
                    let number = i32::try_from(info.ssi_signo)?;
                    return Err(Interrupted(number).into());
                }
            } else if !self.read()? {
                return Ok(false);
            }
        }
        self.show();
        Ok(true)
    }

    fn end_group(&mut self) {
        if let Ok(pid) = i32::try_from(self.child.id()) {
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = self.child.wait();
        self.bar.finish_and_clear();
    }

    fn read(&mut self) -> Result<bool> {
        let mut buf = [0; 16 * 1024];
        match fdio::read(&self.from, &mut buf)? {
            Read::Data(n) => {
                let bytes = buf.get(..n).unwrap_or_default();
                self.output.extend_from_slice(bytes);
                self.count(bytes);
                Ok(true)
            }
            Read::Empty => Ok(true),
            Read::End => Ok(false),
        }
    }

    fn count(&mut self, bytes: &[u8]) {
        let Gauge::Lines { prefix, .. } = self.gauge else {
            return;
        };
        for byte in bytes {
            if *byte == b'\n' {
                self.counted += usize::from(self.line.starts_with(prefix.as_bytes()));
                self.line.clear();
            } else {
                self.line.push(*byte);
            }
        }
    }

    fn amount(&self) -> String {
        match self.gauge {
            Gauge::Time => String::new(),
            Gauge::Bytes { dir, .. } => format!(", {:.1} MB", megabytes(size_of_dir(dir))),
            Gauge::Lines { unit, .. } => format!(", {} {unit}", self.counted),
        }
    }

    fn show(&mut self) {
        if let Gauge::Bytes { dir, .. } = self.gauge {
            self.bar.set_position(size_of_dir(dir));
        }
        if let Gauge::Lines { .. } = self.gauge {
            self.bar
                .set_message(format!("{}{}", self.title, self.amount()));
        }
        self.bar.tick();
        if self.plain_due.is_some_and(|due| due <= Instant::now()) {
            self.plain_due = Some(Instant::now() + PLAIN_EVERY);
            let elapsed = self.started.elapsed().as_secs();
            eprintln!("  {}: {elapsed} s{}", self.title, self.amount());
        }
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        // After an early error, the process is still running. Otherwise it was waited for.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end_group();
        }
    }
}

/// Returns the end of a failed command's output, for its error.
fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let tail = lines
        .get(lines.len().saturating_sub(TAIL)..)
        .unwrap_or_default();
    format!("; the end of its output:\n  | {}", tail.join("\n  | "))
}

fn megabytes(bytes: u64) -> f64 {
    // Shown with one digit, so the precision of f64 is sufficient.
    #[allow(clippy::cast_precision_loss)]
    let bytes = bytes as f64;
    bytes / 1e6
}

/// Returns the size of the files in a directory and one level below. apt keeps incomplete downloads
/// there.
fn size_of_dir(dir: &Path) -> u64 {
    let mut total = 0;
    let mut dirs = VecDeque::from([(dir.to_owned(), 0)]);
    while let Some((dir, depth)) = dirs.pop_front() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() && depth < 1 => {
                    dirs.push_back((entry.path(), depth + 1));
                }
                Ok(meta) if meta.is_file() => total += meta.len(),
                _ => {}
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    fn script(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    fn until_last(patience: Duration, text: &str) -> Result<Vec<String>> {
        run_until("a script", patience, &mut script(text), |line| {
            line == "last"
        })
    }

    #[test]
    fn a_command_is_ended_with_all_its_processes() {
        let lines = until_last(LONG, "sleep 1000 & echo $!; echo last; wait").unwrap();
        assert_eq!(lines[1], "last");
        let child = Pid::from_raw(lines[0].parse().unwrap());
        // The process that has inherited the pipe may notice the end a moment later.
        let begun = Instant::now();
        let is_running = || {
            let status = std::fs::read_to_string(format!("/proc/{child}/stat"));
            status.is_ok_and(|text| !text.contains(") Z "))
        };
        while is_running() {
            assert!(begun.elapsed() < LONG, "{child} is still running");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_command_that_ends_early_fails_with_its_output() {
        let error = until_last(LONG, "echo the reason").unwrap_err().to_string();
        assert!(error.contains("it has ended"), "{error}");
        assert!(error.contains("the reason"), "{error}");
    }

    #[test]
    fn a_command_that_takes_too_long_fails_with_its_output() {
        let error = until_last(Duration::ZERO, "echo the reason; sleep 1000").unwrap_err();
        assert!(error.to_string().contains("more than 0 s"), "{error}");
    }
}
