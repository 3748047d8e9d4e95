//! Measures the time of a start and the memory, beside the programs that `aseq` replaces. Only the
//! ratios are meaningful. All programs run in one test kernel.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::kernel::Wanted;
use crate::{debian, runner, steps};

/// The argument that makes this binary measure.
pub(crate) const ROLE: &str = "measure";

/// Number of starts of each program.
const TIMES: u32 = 200;

/// Time limit until a program waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures in a kernel, and prints a line for each program.
pub(crate) fn report(kernel: &Wanted, program: &Path) -> Result<ExitCode> {
    let own = crate::own::file()?;
    let links = tempfile::tempdir().context("create a directory")?;
    for name in ["aconnect", "aseqdump"] {
        symlink(fs::canonicalize(program)?, links.path().join(name))?;
    }
    let mut command = vec![own.into_os_string(), ROLE.into(), links.path().into()];
    if debian::in_path("aconnect") {
        command.push("".into());
    } else {
        steps::note("alsa-utils are not installed, so there is nothing to compare with");
    }
    runner::run(Some(kernel.clone()), None, command)
}

/// `xtask measure DIRECTORY…`: the directories of the programs; an empty name means the PATH.
pub(crate) fn run(directories: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    println!("start of aconnect -l   memory of a waiting aseqdump");
    for directory in directories {
        let directory = Path::new(&directory);
        let start = start(&directory.join("aconnect"))?;
        let memory = memory(&directory.join("aseqdump"))?;
        let whose = match directory.as_os_str().is_empty() {
            true => "alsa-utils",
            false => "aseq",
        };
        println!("{:>15} us {memory:>22} KiB  {whose}", start.as_micros());
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the time of one run from start to end.
fn start(program: &Path) -> Result<Duration> {
    let once = || -> Result<()> {
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
    // The first run reads the files into the page cache.
    once()?;
    let begun = Instant::now();
    for _ in 0..TIMES {
        once()?;
    }
    Ok(begun.elapsed() / TIMES)
}

/// Returns the peak of its memory when it waits for events, in KiB. (The system's figure for an
/// ended program includes the memory of its parent process.)
fn memory(program: &Path) -> Result<u64> {
    let mut child = Command::new(program)
        .args(["-p", "14:0"])
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("start {}", program.display()))?;
    let look = || -> Result<u64> {
        let end = Instant::now() + PATIENCE;
        // The connection is its last step.
        while !fs::read_to_string("/proc/asound/seq/clients")?.contains("Connected From: 14:0") {
            if Instant::now() > end {
                bail!("{} does not connect", program.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let status = fs::read_to_string(format!("/proc/{}/status", child.id()))?;
        let most = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
        most.and_then(|text| text.trim().parse().ok())
            .context("find VmHWM")
    };
    let found = look();
    let _ = child.kill();
    child.wait()?;
    found
}
