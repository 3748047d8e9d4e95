//! One command with one fault, and with each.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use test_kernel::fault::{Faulty, Which};

use crate::work::Work;

/// The first argument of this program when it is to trace a program.
pub(crate) const FAULTY: &str = "under-a-fault";

/// A command that needs as long hangs. It takes some milliseconds.
const LIMIT: Duration = Duration::from_secs(60);

/// Behind this fault only some are tried: the longer commands do the same again and again.
const EACH: usize = 100;
const THEN_EVERY: usize = 101;

/// The programs of alsa-utils among the commands.
const OLD: [&str; 2] = ["aconnect", "aplaymidi"];

/// The numbers of the faults that are tried: every third, beginning with one that depends on
/// the kernel, so that the kernels of 6.1, 6.12 and 7.2 try each together. With
/// `ALSA_SEQ_EACH_FAULT=1` each is tried.
fn numbers() -> impl Iterator<Item = usize> {
    let all = (1..EACH).chain((EACH..).step_by(THEN_EVERY));
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

/// What a run led to.
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    /// All but what the tracer says.
    pub(crate) stderr: String,
    /// In which call the fault happened, and what that returned; `None` if it did not.
    pub(crate) fault: Option<String>,
}

fn run(nth: usize, arguments: &[String]) -> Outcome {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([FAULTY, &nth.to_string(), env!("CARGO_BIN_EXE_aseq")])
        .args(arguments)
        // What is said counts, and to find names for addresses takes long.
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

/// Tries the faults of a command. Returns how many there were, and what is wrong.
pub(crate) fn sweep(work: &mut Work, show: bool) -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    let mut runs = 0;
    for nth in numbers() {
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
        // Rust's library asks for the time by a system call in User-Mode Linux alone.
        Some(101) if fault.starts_with("clock_gettime = EFAULT") => Ok(()),
        Some(1) if !fault.is_empty() => {
            // The fault may be in writing the message.
            let unsaid = fault.starts_with("write = ") && outcome.stderr.is_empty();
            // The programs of alsa-utils have messages of their own.
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

/// Whether a line names the operation, or the file, and the errno.
fn says_why(line: &str) -> bool {
    let errnos = ["(EFAULT)", "(ENOMEM)", "(os error "];
    line.starts_with("aseq: ")
        && line.matches(": ").count() >= 2
        && errnos.iter().any(|errno| line.contains(errno))
}
