//! How long a start takes, and how much memory, beside the programs that are
//! replaced. Ratios count: everything runs in one test kernel.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};

use crate::kernel::Wanted;
use crate::{debian, peers, runner, steps};

/// The argument by which this binary is told to measure.
pub(crate) const ROLE: &str = "measure";

/// How often each program is started.
const TIMES: u32 = 200;

/// Measures in a kernel, and prints a line for each program.
pub(crate) fn report(kernel: &Wanted, program: &Path) -> Result<ExitCode> {
    let own = std::env::current_exe().context("find this program's own file")?;
    let links = tempfile::tempdir().context("create a directory")?;
    let link = links.path().join("aconnect");
    symlink(fs::canonicalize(program)?, &link)?;
    let mut command = vec![own.into_os_string(), ROLE.into(), link.into()];
    if debian::in_path("aconnect") {
        command.push("aconnect".into());
    }
    match peers::alsa_utils::obtain() {
        Ok(programs) => command.push(programs.join("aconnect").into()),
        Err(error) => steps::note(&format!("without the newest alsa-utils: {error:#}")),
    }
    runner::run(Some(kernel.clone()), None, command)
}

/// `xtask measure PROGRAM…`: `PROGRAM -l`, many times; for one program alone, for
/// the system counts memory by the largest of all that were started.
pub(crate) fn run(programs: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let programs: Vec<PathBuf> = programs.map(PathBuf::from).collect();
    if let [program] = programs.as_slice() {
        let start = || -> Result<()> {
            let status = Command::new(program)
                .arg("-l")
                .stdout(Stdio::null())
                .status()
                .with_context(|| format!("start {}", program.display()))?;
            if !status.success() {
                bail!("{} -l: {status}", program.display());
            }
            Ok(())
        };
        // What is read from files the first time.
        start()?;
        let begun = Instant::now();
        for _ in 0..TIMES {
            start()?;
        }
        let each = begun.elapsed() / TIMES;
        let memory = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
        println!(
            "{:>7} us {memory:>6} KiB  {} -l",
            each.as_micros(),
            program.display()
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("{:>10} {:>10}  program", "each start", "memory");
    let own = std::env::current_exe().context("find this program's own file")?;
    for program in programs {
        let status = Command::new(&own).arg(ROLE).arg(&program).status()?;
        if !status.success() {
            bail!("{} could not be measured", program.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}
