//! Runs a command with one fault, and with each fault.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use test_kernel::fault::{Faulty, Which};

use crate::work::Work;

/// The first argument that makes this program trace another one.
pub(crate) const FAULTY: &str = "under-a-fault";

/// A command that needs this time hangs. Usually it needs some milliseconds.
const LIMIT: Duration = Duration::from_secs(60);

/// Of later faults, only some are tried, because the longer commands repeat the same operations.
/// The server answers browsers only after these, so `serve` has no such limit.
const EACH: usize = 100;
const THEN_EVERY: usize = 101;

/// The programs of alsa-utils that are commands here.
const OLD: [&str; 2] = ["aconnect", "aplaymidi"];

/// The numbers of the tried faults: every third one. The first depends on the kernel, so that the
/// kernels 6.1, 6.12 and 7.2 together try each one. With `ALSA_SEQ_EACH_FAULT=1`, all faults are
/// tried.
fn numbers(name: &str) -> impl Iterator<Item = usize> + use<> {
    let every = if name == "serve" { 1 } else { THEN_EVERY };
    let all = (1..EACH).chain((EACH..).step_by(every));
    let each = std::env::var_os("ALSA_SEQ_EACH_FAULT").is_some_and(|value| value == "1");
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let minor: usize = release.split('.').nth(1).unwrap().parse().unwrap();
    let (first, step) = if each { (0, 1) } else { (minor % 3, 3) };
    all.skip(first).step_by(step)
}

/// `under-a-fault NTH PROGRAM ARGUMENTS…`
pub(crate) fn faulty(arguments: &[String]) -> ExitCode {
    let (nth, command) = arguments.split_first().unwrap();
    let faulty = Faulty {
        which: Which::Nth(nth.parse().unwrap()),
        at_open: PathBuf::from("/dev/snd/seq"),
        limit: LIMIT,
        command: command.iter().map(OsString::from).collect(),
    };
    test_kernel::fault::run(&faulty).unwrap()
}

/// The result of a run.
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    /// The output, without the tracer's.
    pub(crate) stderr: String,
    /// The call in which the fault happened, and its result; `None` if it did not happen.
    pub(crate) fault: Option<String>,
}

fn run(nth: usize, arguments: &[String]) -> Outcome {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([FAULTY, &nth.to_string(), env!("CARGO_BIN_EXE_aseq")])
        .args(arguments)
        // Only the message matters, and looking up names for addresses takes long.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let all = String::from_utf8_lossy(&output.stderr).into_owned();
    let (told, stderr): (Vec<&str>, Vec<&str>) = all
        .lines()
        .partition(|line| line.starts_with("test-kernel: "));
    let happened = format!("test-kernel: fault {nth} happened: ");
    let fault = told.iter().find_map(|line| line.strip_prefix(&happened));
    assert!(!told.is_empty(), "the tracer says nothing: {all}");
    Outcome {
        status: output.status.code(),
        stdout: output.stdout,
        fault: fault.map(str::to_owned),
        stderr: stderr.join("\n"),
    }
}

/// Tries the faults of a command. Returns their number, and the errors.
pub(crate) fn sweep(work: &mut Work, show: bool) -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    let mut runs = 0;
    for nth in numbers(work.name) {
        (work.begin)();
        let outcome = run(nth, &work.arguments);
        let checked = check(work, &outcome);
        let Outcome {
            status,
            stderr,
            fault,
            ..
        } = outcome;
        let about = format!(
            "{} {nth}: {}; status {status:?}; {stderr}",
            work.name,
            fault.as_deref().unwrap_or("none")
        );
        if show {
            println!("{about}");
        }
        if let Err(why) = checked {
            failures.push(format!("{about}\n    {why}"));
        }
        if fault.is_none() {
            break;
        }
        runs += 1;
    }
    (runs, failures)
}

fn check(work: &mut Work, outcome: &Outcome) -> Result<(), String> {
    let fault = outcome.fault.as_deref().unwrap_or_default();
    let done = (work.end)(outcome)?;
    match outcome.status {
        Some(0) if done => Ok(()),
        Some(0) => Err("it has not done its work, and does not say so".into()),
        // Only in User-Mode Linux, Rust's library reads the time with a system call.
        Some(101) if fault.starts_with("clock_gettime = EFAULT") => Ok(()),
        // The program did not learn that its mask of signals is wrong. So the signal that ends
        // the server ends the process at once.
        None if fault.starts_with("rt_sigprocmask = EFAULT") && done => Ok(()),
        Some(1) if !fault.is_empty() => {
            // The fault may have hit the output of the message.
            let unsaid = fault.starts_with("write = ") && outcome.stderr.is_empty();
            // The programs of alsa-utils have other messages.
            let is_old = OLD.contains(&work.name) && !outcome.stderr.is_empty();
            let said = is_old || outcome.stderr.lines().any(says_why);
            if outcome.stderr.contains("in use") {
                Err("it says that all are in use, but memory lacks".into())
            } else if said || unsaid {
                Ok(())
            } else {
                Err("its message has no operation, or no errno".into())
            }
        }
        _ => Err("that is no status it should end with".into()),
    }
}

/// Returns whether a line contains the operation or the file, and the errno.
fn says_why(line: &str) -> bool {
    let errnos = ["(EFAULT)", "(ENOMEM)", "(os error "];
    line.starts_with("aseq: ")
        && line.matches(": ").count() >= 2
        && errnos.iter().any(|errno| line.contains(errno))
}
