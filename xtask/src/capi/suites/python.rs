//! Suites for pytest: python-alsa-midi's and python-rtmidi's.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::c::SUITE;
use super::verdicts;
use super::work::{Run, Work, build};
use crate::debian::{self, provide};
use crate::steps::{self, Gauge};
use crate::{cache, peers};

const ALSA_MIDI: &str = "alsa-midi==1.0.4";
const RTMIDI: &str = "python-rtmidi==1.5.8";
const PYTEST: [&str; 2] = ["pytest==8.4.2", "pytest-asyncio==1.2.0"];

/// Makes python-alsa-midi open libasound by its name, and look up each function.
const NOT_COMPILED: &str = "PY_ALSA_MIDI_NO_COMPILE";

/// python-alsa-midi with its extension, which is linked with libasound.
pub(super) fn alsa_midi(_: &Work) -> Result<Run> {
    let home = home()?;
    let path = home.join("site").into_os_string();
    Ok(pytest(&home, home.join("alsa-midi"), path))
}

/// The same without the extension.
pub(super) fn alsa_midi_plain(_: &Work) -> Result<Run> {
    let home = home()?;
    // Python uses the first one in the path.
    let mut path = home.join("plain").into_os_string();
    path.push(":");
    path.push(home.join("site"));
    let mut run = pytest(&home, home.join("alsa-midi"), path);
    run.environment.push((NOT_COMPILED, "1".into()));
    Ok(run)
}

pub(super) fn rtmidi(_: &Work) -> Result<Run> {
    let home = home()?;
    let source = debian::source(SUITE, "python-rtmidi")?;
    let path = home.join("site").into_os_string();
    let mut run = pytest(&home, source, path);
    // The tests for JACK fail at once if no server can be started.
    run.environment.push(("JACK_NO_START_SERVER", "1".into()));
    Ok(run)
}

fn pytest(home: &Path, directory: PathBuf, path: OsString) -> Run {
    let mut program: Vec<OsString> = vec!["python3".into(), home.join("site/bin/pytest").into()];
    // The cache is shared, so nothing is written to it.
    program.extend(
        [
            "-q",
            "--tb=short",
            "-rpfE",
            "-p",
            "no:cacheprovider",
            "tests",
        ]
        .map(Into::into),
    );
    let mut run = Run::new(directory, program, verdicts::pytest);
    run.environment.push(("PYTHONPATH", path));
    run.environment
        .push(("PYTHONDONTWRITEBYTECODE", "1".into()));
    run
}

/// Returns the directory in the cache with all packages, for the machine's own Python.
fn home() -> Result<PathBuf> {
    if debian::here() {
        provide("running Python's suites", &[peers::VENV])?;
    }
    let script = "import sys; print('%d.%d' % sys.version_info[:2])";
    let mut python = Command::new("python3");
    let version = steps::run("asking Python", &Gauge::Time, python.args(["-c", script]))?;
    let all = cache::dir()?.join("suites");
    fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
    let name = format!("python-{}", version.trim());
    let home = all.join(&name);
    let _lock = cache::lock(&all.join(format!("{name}.lock")), || {
        steps::note("Python's suites are being fetched; waiting for them");
    })?;
    if home.is_dir() {
        return Ok(home);
    }
    let temp = cache::temp_dir(&all, &format!("tmp-{name}-"))?;
    let new = temp.path().join("new");
    fs::create_dir(&new)?;
    install(temp.path(), &new)?;
    // The directory is complete, or does not exist.
    fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    Ok(home)
}

/// Puts the packages and the source of python-alsa-midi into `new`.
fn install(temp: &Path, new: &Path) -> Result<()> {
    // Only for pip: the environment itself cannot be moved.
    let venv = temp.join("venv");
    let mut python = Command::new("python3");
    build(
        "making a Python environment",
        python.args(["-m", "venv"]).arg(&venv),
    )?;
    let pip = |command: &str| {
        let mut pip = Command::new(venv.join("bin/python3"));
        pip.args([
            "-m",
            "pip",
            command,
            "--quiet",
            "--disable-pip-version-check",
        ]);
        pip
    };
    let mut packages = pip("install");
    packages.arg("--target").arg(new.join("site"));
    packages.args([ALSA_MIDI, RTMIDI]).args(PYTEST);
    build(
        "installing python-alsa-midi, python-rtmidi and pytest",
        &mut packages,
    )?;

    let download = temp.join("download");
    let mut source = pip("download");
    source.args(["--no-deps", "--no-binary", "alsa-midi", ALSA_MIDI, "--dest"]);
    build(
        "downloading the source of python-alsa-midi",
        source.arg(&download),
    )?;
    let archive = fs::read_dir(&download)?
        .next()
        .context("pip has downloaded nothing")??
        .path();
    let mut plain = pip("install");
    plain.env(NOT_COMPILED, "1").args(["--no-deps", "--target"]);
    plain.arg(new.join("plain")).arg(&archive);
    build("installing python-alsa-midi, not compiled", &mut plain)?;

    let unpacked = new.join("alsa-midi");
    fs::create_dir(&unpacked)?;
    let mut tar = Command::new("tar");
    tar.args([
        "--extract",
        "--no-same-owner",
        "--strip-components=1",
        "--file",
    ]);
    tar.arg(&archive).arg("--directory").arg(&unpacked);
    build("unpacking the source of python-alsa-midi", &mut tar)
}
