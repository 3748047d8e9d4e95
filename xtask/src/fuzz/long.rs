//! Fuzzes for hours. Corpora and counts are stored, so a run can be interrupted at any time, and
//! the next one continues.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, thread};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;

use super::{Cases, Fuzzer, Target};
use crate::cache;
use crate::steps::Interrupted;
use test_kernel::workshop::ignored;

/// Duration of a target's turn with cases of all sizes, and with short ones.
const TURN: [(Cases, u32); 2] = [(Cases::Any, 60), (Cases::Short, 240)];

/// The line with which a libFuzzer program reports the number of executions.
const EXECUTIONS: &str = "stat::number_of_executed_units:";

/// Always runs the targets with the fewest executions, until all have this number.
pub(super) fn run(
    fuzzer: &Fuzzer,
    targets: &[Target],
    goal: u64,
    dir: &Path,
    jobs: NonZeroUsize,
) -> Result<ExitCode> {
    fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
    // The programs run in another directory.
    let dir = &fs::canonicalize(dir)?;
    let _lock = cache::lock(&dir.join("lock"), || {
        eprintln!("another task fuzzes in {}; waiting for it", dir.display());
    })?;
    let run = Run {
        fuzzer,
        goal,
        dir,
        state: Mutex::new(State {
            totals: Totals::read(dir.join("totals"))?,
            busy: Vec::new(),
            failed: None,
        }),
        running: Running::watch()?,
    };
    thread::scope(|scope| {
        for _ in 0..jobs.get() {
            scope.spawn(|| run.work(targets));
        }
    });
    let state = run
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    print!("{}", state.totals.table(targets));
    println!("Found inputs are in {}.", dir.display());
    if let Some(failure) = state.failed {
        bail!(failure);
    }
    match run.running.stopped() {
        Some(Stop::Signal(signal)) => Err(Interrupted(signal as i32).into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

struct Run<'a> {
    fuzzer: &'a Fuzzer,
    goal: u64,
    dir: &'a Path,
    state: Mutex<State>,
    running: Running,
}

struct State {
    totals: Totals,
    /// The targets that are running.
    busy: Vec<String>,
    failed: Option<String>,
}

impl Run<'_> {
    /// Runs one target after the other.
    fn work(&self, targets: &[Target]) {
        while let Some(target) = self.next(targets) {
            if let Err(error) = self.turn(target) {
                lock(&self.state).failed = Some(format!("{error:#}"));
                self.running.stop(Stop::Failure);
            }
            lock(&self.state).busy.retain(|name| *name != target.name);
        }
    }

    /// Returns the target with the fewest executions that no thread runs.
    fn next<'t>(&self, targets: &'t [Target]) -> Option<&'t Target> {
        if self.running.stopped().is_some() {
            return None;
        }
        let state = &mut *lock(&self.state);
        let total = |target: &&Target| state.totals.of(&target.name);
        let next = targets
            .iter()
            .filter(|target| !state.busy.contains(&target.name) && total(target) < self.goal)
            .min_by_key(total)?;
        state.busy.push(next.name.clone());
        Some(next)
    }

    fn turn(&self, target: &Target) -> Result<()> {
        let corpus = self.dir.join(&target.name);
        fs::create_dir_all(&corpus).with_context(|| format!("create {}", corpus.display()))?;
        for (cases, seconds) in TURN {
            let left = self
                .goal
                .saturating_sub(lock(&self.state).totals.of(&target.name));
            if !target.takes(cases) || left == 0 {
                continue;
            }
            let mut command = self.fuzzer.command(target, cases, &corpus, seconds)?;
            command.arg(format!("-runs={left}"));
            let Some(output) = self.running.run(&mut command)? else {
                return Ok(());
            };
            let said = String::from_utf8_lossy(&output.stderr);
            let made = executions(&said);
            let total = lock(&self.state).totals.add(&target.name, cases, made)?;
            println!(
                "{}: {made} with {cases}, {total} of {}",
                target.name, self.goal
            );
            if self.running.stopped().is_some() {
                return Ok(());
            }
            if !output.status.success() {
                eprint!("{said}");
                bail!(self.fuzzer.failure(target, cases));
            }
        }
        Ok(())
    }
}

/// Returns the number of executions from the program's last output.
fn executions(said: &str) -> u64 {
    let count = |line: &str| line.strip_prefix(EXECUTIONS)?.trim().parse().ok();
    said.lines().rev().find_map(count).unwrap_or(0)
}

/// The reason why all threads end.
#[derive(Clone, Copy)]
enum Stop {
    Signal(Signal),
    Failure,
}

/// The running programs. A signal for this process ends them, and they report their numbers of
/// executions.
#[derive(Clone)]
struct Running(Arc<Mutex<(Vec<Pid>, Option<Stop>)>>);

impl Running {
    fn watch() -> Result<Self> {
        let running = Self(Arc::default());
        let mut set = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            if !ignored::signals().contains(&(signal as i32)) {
                set.add(signal);
            }
        }
        set.thread_block()?;
        let watcher = running.clone();
        thread::spawn(move || {
            while let Ok(signal) = set.wait() {
                watcher.stop(Stop::Signal(signal));
            }
        });
        Ok(running)
    }

    fn stopped(&self) -> Option<Stop> {
        lock(&self.0).1
    }

    fn stop(&self, why: Stop) {
        let (programs, stopped) = &mut *lock(&self.0);
        stopped.get_or_insert(why);
        for program in programs {
            // The program handles it like Ctrl-C.
            let _ = kill(*program, Signal::SIGINT);
        }
    }

    /// Runs a program to its end. Returns `None` if no more programs may start.
    fn run(&self, command: &mut Command) -> Result<Option<Output>> {
        // A separate process group, so Ctrl-C at the terminal reaches only this process.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        let name = command.get_program().to_string_lossy().into_owned();
        let mut start = || command.spawn().with_context(|| format!("start {name}"));
        let (mut child, program) = {
            let (programs, stopped) = &mut *lock(&self.0);
            if stopped.is_some() {
                return Ok(None);
            }
            let child = start()?;
            let program = Pid::from_raw(i32::try_from(child.id())?);
            programs.push(program);
            (child, program)
        };
        let mut said = Vec::new();
        if let Some(mut stderr) = child.stderr.take() {
            std::io::Read::read_to_end(&mut stderr, &mut said)?;
        }
        // The program has ended. After the wait, another program may have its number.
        lock(&self.0).0.retain(|running| *running != program);
        Ok(Some(Output {
            status: child.wait()?,
            stdout: Vec::new(),
            stderr: said,
        }))
    }
}

/// The data is consistent, however a thread ended.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The executions of all runs: a line for each target, with its name, the number of short cases,
/// and the number of other cases.
#[derive(Debug)]
struct Totals {
    file: PathBuf,
    counts: BTreeMap<String, [u64; 2]>,
}

impl Totals {
    fn read(file: PathBuf) -> Result<Self> {
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("read {}", file.display())),
        };
        let line = |line: &str| {
            let mut words = line.split_whitespace();
            let name = words.next()?.to_owned();
            let counts = [words.next()?.parse().ok()?, words.next()?.parse().ok()?];
            Some((name, counts))
        };
        let counts = text.lines().map(line).collect::<Option<_>>();
        let counts = counts.with_context(|| format!("{} is damaged", file.display()))?;
        Ok(Self { file, counts })
    }

    /// Adds to the counts, and writes them to the file.
    fn add(&mut self, name: &str, cases: Cases, executions: u64) -> Result<u64> {
        let [short, any] = self.counts.entry(name.to_owned()).or_default();
        match cases {
            Cases::Short => *short += executions,
            Cases::Any => *any += executions,
        }
        let total = *short + *any;
        let mut text = String::new();
        for (name, [short, any]) in &self.counts {
            writeln!(text, "{name} {short} {any}")?;
        }
        // The file is complete at any time.
        let new = self.file.with_extension("new");
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, &self.file))
            .with_context(|| format!("write {}", self.file.display()))?;
        Ok(total)
    }

    fn of(&self, name: &str) -> u64 {
        self.counts.get(name).map_or(0, |[short, any]| short + any)
    }

    fn table(&self, targets: &[Target]) -> String {
        let mut table = format!("{:12} {:>15} {:>15} {:>15}\n", "", "short", "any", "total");
        for Target { name, .. } in targets {
            let [short, any] = self.counts.get(name).copied().unwrap_or_default();
            let total = short + any;
            table += &format!("{name:12} {short:15} {any:15} {total:15}\n");
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_continue_with_the_stored_counts() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("totals");
        let mut totals = Totals::read(file.clone()).unwrap();
        assert_eq!(totals.of("ump"), 0);
        assert_eq!(totals.add("ump", Cases::Any, 5).unwrap(), 5);
        assert_eq!(
            totals.add("ump", Cases::Short, 1 << 40).unwrap(),
            (1 << 40) + 5
        );
        assert_eq!(totals.add("sysex", Cases::Short, 7).unwrap(), 7);

        let mut totals = Totals::read(file.clone()).unwrap();
        assert_eq!(totals.of("ump"), (1 << 40) + 5);
        assert_eq!(totals.add("sysex", Cases::Any, 1).unwrap(), 8);
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            "sysex 7 1\nump 1099511627776 5\n"
        );

        fs::write(&file, "sysex 7\n").unwrap();
        assert!(Totals::read(file).is_err());
    }

    #[test]
    fn executions_are_those_of_the_final_statistics() {
        let said = "Done 12 runs\nstat::number_of_executed_units: 1234\nstat::new_units_added: 7\n";
        assert_eq!(executions(said), 1234);
        assert_eq!(executions("==1== libFuzzer: run interrupted"), 0);
    }

    #[test]
    fn a_stop_ends_running_programs_and_prevents_new_ones() {
        let dir = tempfile::tempdir().unwrap();
        let [ready, never] = ["ready", "never"].map(|name| {
            let path = dir.path().join(name);
            nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
            path
        });
        let command = || {
            let mut command = Command::new("env");
            command
                .args(["--default-signal=INT", "sh", "-c"])
                .arg("echo >\"$1\"; exec cat \"$2\"")
                .arg("sh")
                .args([&ready, &never]);
            command
        };
        let running = Running(Arc::default());
        thread::scope(|scope| {
            let ran = scope.spawn(|| running.run(&mut command()).unwrap().unwrap());
            assert_eq!(fs::read(&ready).unwrap(), b"\n");
            running.stop(Stop::Failure);
            let output = ran.join().unwrap();
            assert!(!output.status.success(), "{:?}", output.status);
        });
        assert!(running.stopped().is_some());
        assert!(running.run(&mut command()).unwrap().is_none());
    }
}
