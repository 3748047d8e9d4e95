//! `test-kernel fault`: one run, or a table of runs.

use std::ffi::OsString;
use std::fmt;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::RangeInclusive;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::errno::Errno;
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::trace::{self, Ended, Fault, Plan};
use crate::runner::die;

/// The allocation or copy of the program that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one with this number, counted from 1.
    Nth(u32),
    /// Each of these, in separate runs.
    Each(RangeInclusive<u32>),
}

/// Arguments of `test-kernel fault`.
#[derive(Clone, Debug)]
pub struct Faulty {
    /// The faults to inject.
    pub which: Which,
    /// The count begins when the program opens this file.
    pub at_open: PathBuf,
    /// The time limit of a run.
    pub limit: Duration,
    /// The program and its arguments.
    pub command: Vec<OsString>,
}

/// Exit status of a run that hangs, as of `timeout`.
const HUNG: u8 = 124;

/// Runs the program and reports the fault on standard error, or prints a table.
///
/// # Errors
///
/// The kernel has no faults, or the program cannot be traced.
pub fn run(faulty: &Faulty) -> Result<ExitCode> {
    if !Path::new("/proc/self/fail-nth").exists() {
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        bail!(
            "this kernel, {}, cannot inject faults; kernels of `test-kernel kernel get` can",
            release.trim()
        );
    }
    match &faulty.which {
        Which::Nth(nth) => once(faulty, *nth),
        Which::Each(range) => sweep(faulty, range.clone()),
    }
}

fn plan(faulty: &Faulty, nth: u32) -> Plan {
    Plan {
        nth,
        at_open: faulty.at_open.clone(),
        limit: faulty.limit,
    }
}

fn once(faulty: &Faulty, nth: u32) -> Result<ExitCode> {
    let (fault, ended) = trace::run(&plan(faulty, nth), &faulty.command, |_| Ok(()))?;
    match &fault {
        Fault::NotArmed => eprintln!(
            "test-kernel: no fault: the program did not open {}",
            faulty.at_open.display()
        ),
        Fault::NotReached => {
            eprintln!("test-kernel: no fault: there were fewer than {nth} allocations and copies");
        }
        _ => eprintln!("test-kernel: fault {nth} happened: {fault}"),
    }
    Ok(match ended {
        Ended::Exited(code) => ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
        Ended::Signaled(signal) => die(signal),
        Ended::Hung => {
            eprintln!(
                "test-kernel: the program ran for more than {} s and was killed",
                faulty.limit.as_secs()
            );
            ExitCode::from(HUNG)
        }
    })
}

/// Prints a line for each run. Fails if a run hung or a signal ended it.
fn sweep(faulty: &Faulty, range: RangeInclusive<u32>) -> Result<ExitCode> {
    println!(
        "nth  fault                                    end         last line of standard error"
    );
    let mut bad = 0;
    for nth in range {
        let output = memfd_create("standard error", MFdFlags::MFD_CLOEXEC)
            .context("keep the program's messages")?;
        let mut output = std::fs::File::from(output);
        let theirs = output.try_clone()?;
        let (fault, ended) = trace::run(&plan(faulty, nth), &faulty.command, |command| {
            command.stdin(Stdio::null()).stdout(Stdio::null());
            command.stderr(theirs);
            Ok(())
        })?;
        let mut text = Vec::new();
        output.seek(SeekFrom::Start(0))?;
        output.read_to_end(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        let last = text.lines().last().unwrap_or_default();
        let line = format!(
            "{nth:<4} {:<40} {:<11} {last}",
            fault.to_string(),
            ended.to_string()
        );
        println!("{}", line.trim_end());
        if !matches!(ended, Ended::Exited(_)) {
            bad += 1;
        }
        match fault {
            Fault::NotArmed => bail!("the program did not open {}", faulty.at_open.display()),
            Fault::NotReached => break,
            _ => {}
        }
    }
    if bad > 0 {
        eprintln!("test-kernel: {bad} runs hung, or a signal ended them");
    }
    Ok(ExitCode::from(u8::from(bad > 0)))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotArmed => f.write_str("none: not opened"),
            Self::NotReached => f.write_str("none: fewer"),
            Self::BetweenCalls => f.write_str("between calls"),
            Self::InLast(name) => write!(f, "{name}, which did not return"),
            Self::In(call) => match errno(call.returned) {
                Some(errno) => write!(f, "{} = {errno:?}", call.name),
                None => write!(f, "{} = {}", call.name, call.returned),
            },
        }
    }
}

/// Returns the errno of a failed call.
fn errno(returned: i64) -> Option<Errno> {
    let code = i32::try_from(returned.checked_neg()?).ok()?;
    (1..4096).contains(&code).then(|| Errno::from_raw(code))
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit {code}"),
            Self::Signaled(signal) => {
                write!(f, "{}", ExitStatus::from_raw(*signal))
            }
            Self::Hung => f.write_str("hung"),
        }
    }
}
