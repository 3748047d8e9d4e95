//! `cargo xtask demo`: a song through the sequencer, for everybody to see.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::kernel::{self, Series, Wanted};
use crate::runner;

/// The name of the second half, which runs beside the sequencer.
pub(crate) const INSIDE: &str = "demo-inside";

/// What is played.
const SONG: &str = "tests/data/three-tracks.mid";

/// Sees to it that there is a sequencer and a tool, and shows them at work.
pub(crate) fn run(kernel: Option<Wanted>) -> Result<ExitCode> {
    let kernel = match kernel {
        Some(named) => Some(named),
        None => Wanted::from_env()?,
    };
    // Built if it is not there yet; the machine's own needs no building.
    let kernel = match kernel {
        None if kernel::host_sequencer().is_ok() => Some(Wanted::Host),
        None => Some(Wanted::Series(Series::DEFAULT)),
        named => named,
    };
    if let Some(wanted @ (Wanted::Series(_) | Wanted::Newest)) = &kernel {
        kernel::obtain(wanted, None, true)?;
    }
    let this = std::env::current_exe().context("find this program")?;
    let root = root();
    let status = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["build", "--package", "aseq", "--target-dir"])
        .arg(target_dir(&this)?)
        .current_dir(&root)
        .status()
        .context("run cargo")?;
    if !status.success() {
        bail!("cannot build aseq");
    }
    let aseq = this.with_file_name("aseq");
    let song = root.join(SONG);
    let command = [this.into(), INSIDE.into(), aseq.into(), song.into()];
    runner::run(kernel, None, command.into())
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Cargo's target directory: the program lies in a directory of it.
fn target_dir(program: &Path) -> Result<&Path> {
    program
        .ancestors()
        .nth(2)
        .context("this program is not where cargo builds programs")
}

/// A program that is ended with the demo, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Beside the sequencer: dumps, plays and lists.
pub(crate) fn inside(aseq: &Path, song: &Path) -> Result<ExitCode> {
    let start = |arguments: &[&str], stderr: Stdio| {
        Command::new(aseq)
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map(Running)
            .with_context(|| format!("run {}", aseq.display()))
    };
    let song = song.to_str().context("the song has a strange path")?;

    heading("aseq dump");
    let mut dump = start(&["dump", "--time", "tick"], Stdio::piped())?;
    let stderr = dump.0.stderr.take().context("a pipe that was asked for")?;
    let mut said = BufReader::new(stderr).lines();
    let port = port_of(&mut said)?;

    heading(&format!("aseq play {SONG} -p {port}"));
    let mut play = start(&["play", song, "-p", &port, "-d", "0"], Stdio::inherit())?;

    // The song takes a few seconds, so they are still connected.
    heading("aseq list");
    let list = start(&["list"], Stdio::inherit())?.0.wait()?;
    heading("and what arrives");
    let played = play.0.wait()?;
    if !list.success() || !played.success() {
        bail!("the demo failed");
    }
    kill(Pid::from_raw(dump.0.id().try_into()?), Signal::SIGINT).context("end aseq dump")?;
    if !dump.0.wait()?.success() {
        bail!("aseq dump failed");
    }
    heading("that was a song through the kernel's sequencer");
    Ok(ExitCode::SUCCESS)
}

/// The address that `aseq dump` says it waits at.
fn port_of(said: &mut Lines<BufReader<ChildStderr>>) -> Result<String> {
    let line = said.next().context("aseq dump says nothing")??;
    eprintln!("{line}");
    line.split(' ')
        .find(|word| word.contains(':'))
        .map(|word| word.trim_end_matches('.').to_owned())
        .with_context(|| format!("aseq dump says {line:?}"))
}

fn heading(text: &str) {
    println!("\n--- {text}");
}
