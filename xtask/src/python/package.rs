//! Builds the package for this machine's Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Session;
use super::venv::{self, Venv};
use crate::steps::{self, Gauge};
use crate::workspace;

/// The way of compiling it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// Optimised, and with checks for arithmetic overflow.
    Dev,
    /// As it is released.
    Release,
}

/// The package, unpacked from its wheel.
pub(super) struct Package {
    /// The directory for `PYTHONPATH`.
    pub(super) site: PathBuf,
}

impl Package {
    /// Builds the package with this machine's compiler. Its ABI is the same for all Pythons.
    pub(super) fn build(session: &Session, profile: Profile) -> Result<Self> {
        let tools = venv::tools()?;
        let name = match profile {
            Profile::Dev => "dev",
            Profile::Release => "release",
        };
        let wheels = session.target.join(format!("wheel-{name}"));
        let mut maturin = maturin(session, &tools, &wheels)?;
        maturin.args(["--profile", name]);
        // The wheel is only for this machine.
        maturin.args(["--compatibility", "linux"]);
        steps::run("building the Python package", &Gauge::Time, &mut maturin)?;
        let wheel = only_file(&wheels)?;
        let site = session.target.join(format!("site-{name}"));
        unpack(&tools, &wheel, &site)?;
        Ok(Self { site })
    }
}

/// Runs `maturin build` into an empty directory.
pub(super) fn maturin(session: &Session, tools: &Venv, out: &Path) -> Result<Command> {
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("remove {}", out.display()))?;
    }
    // maturin gets cargo from the PATH, so this must be the right one.
    let mut maturin = Command::new(tools.program("maturin"));
    for (name, _) in workspace::cargo()?
        .get_envs()
        .filter(|(_, value)| value.is_none())
    {
        maturin.env_remove(name);
    }
    maturin
        .current_dir(&session.source)
        .env("PATH", path_with(tools)?)
        .env("CARGO_TARGET_DIR", session.target.join("build"))
        .args(["build", "--locked", "--out"])
        .arg(out)
        .arg("--interpreter")
        .arg(tools.program("python3"));
    Ok(maturin)
}

/// Returns the `PATH` with the environment's programs first, because maturin looks for zig there.
fn path_with(tools: &Venv) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(tools.home.join("bin")).chain(std::env::split_paths(&path));
    std::env::join_paths(all).context("put a directory in the PATH")
}

/// Returns the only file in a directory.
pub(super) fn only_file(directory: &Path) -> Result<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("read {}", directory.display()))? {
        files.push(entry?.path());
    }
    match &files[..] {
        [file] => Ok(file.clone()),
        _ => bail!("{} has {} files, not one", directory.display(), files.len()),
    }
}

/// Unpacks a wheel without its dependencies.
fn unpack(tools: &Venv, wheel: &Path, site: &Path) -> Result<()> {
    unpack_for(tools, wheel, site, &[])
}

/// Does the same as [`unpack`], with options for another system.
pub(super) fn unpack_for(tools: &Venv, wheel: &Path, site: &Path, platform: &[&str]) -> Result<()> {
    if site.exists() {
        fs::remove_dir_all(site).with_context(|| format!("remove {}", site.display()))?;
    }
    let mut pip = Command::new(tools.program("python3"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args(["--no-deps", "--no-index", "--no-compile", "--target"])
    .args([site, wheel])
    .args(platform);
    steps::run("unpacking the wheel", &Gauge::Time, &mut pip)?;
    Ok(())
}
