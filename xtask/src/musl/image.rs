//! An image of nothing but some programs, and a first process that tries them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::cpio::Archive;
use crate::{place, steps};

/// It takes a second; but machines may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Boots it, and fails unless the first process says that all went well.
pub(crate) fn boot(kernel: &Path, init: &Path, programs: &[(&str, &Path)]) -> Result<()> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
    let mut archive = Archive::default();
    archive.directory("dev");
    archive.directory("dev/snd");
    archive.device("dev/console", 5, 1);
    archive.device("dev/null", 1, 3);
    archive.device("dev/snd/seq", 116, 1);
    archive.program("init", &read(init)?);
    for (name, program) in programs {
        archive.program(name, &read(program)?);
    }
    let memory = place::memory()?;
    let image = tempfile::NamedTempFile::new_in(&memory.dir)?;
    fs::write(image.path(), archive.finish())?;
    let mut initrd = std::ffi::OsString::from("initrd=");
    initrd.push(image.path());

    let mut machine = Command::new(kernel)
        .args(["mem=64M", "rdinit=/init", "root=none", "quiet"])
        .arg(initrd)
        .args([
            "con=null",
            "con0=null,fd:1",
            "seccomp=auto",
            "uml_dir=/dev/null/",
        ])
        .env_clear()
        .env("TMPDIR", &memory.dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("start {}", kernel.display()))?;
    let console = machine.stdout.take().context("no console")?;
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(console).split(b'\n').map_while(Result::ok) {
            if sender
                .send(String::from_utf8_lossy(&line).trim_end().to_owned())
                .is_err()
            {
                break;
            }
        }
    });
    let end = Instant::now() + PATIENCE;
    let mut said = Vec::new();
    let passed = loop {
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) if line == "embedded: passed" => break true,
            Ok(line) => {
                let failed = line.starts_with("embedded: ");
                said.push(line);
                if failed {
                    break false;
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break false,
        }
    };
    if let Ok(pid) = i32::try_from(machine.id()) {
        let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
    }
    machine.wait().context("wait for the image")?;
    let files: Vec<_> = programs
        .iter()
        .map(|(_, program)| program.display().to_string())
        .collect();
    let files = files.join(", ");
    if !passed {
        bail!(
            "this failed in an image of its own: {files}\n  | {}",
            said.join("\n  | ")
        );
    }
    steps::note(&format!(
        "this works in an image that has nothing else: {files}"
    ));
    Ok(())
}
