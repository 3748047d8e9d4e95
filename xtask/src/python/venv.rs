//! Virtual environments in the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::interpreter::{self, Interpreter};
use super::package::only_file;
use crate::debian::{self, provide};
use crate::steps::{self, Gauge};
use crate::{cache, peers};

/// The file with the packages that an environment was made for.
const MADE_FOR: &str = "made-for";

/// The packages that install everything else, and that build the package.
const TOOLS: [&str; 3] = ["pip==25.3", "maturin==1.16.0", "ziglang==0.17.1"];

/// An environment.
#[derive(Debug)]
pub(super) struct Venv {
    pub(super) home: PathBuf,
}

impl Venv {
    /// The directory of its packages.
    pub(super) fn site(&self) -> Result<PathBuf> {
        let lib = only_file(&self.home.join("lib"))?;
        Ok(lib.join("site-packages"))
    }

    /// Returns the path of a program in it.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.home.join("bin").join(name)
    }
}

/// Returns the environment with pip and maturin.
pub(super) fn tools() -> Result<Venv> {
    if debian::here() {
        provide("building the Python package", &[peers::VENV])?;
    }
    let python = interpreter::own()?;
    obtain("tools", &python, &TOOLS, |home| {
        make(home, &python, &[])?;
        let mut pip = Command::new(home.join("bin/python3"));
        pip.args(["-m", "pip", "install"]);
        install(&mut pip, &TOOLS)
    })
}

/// Returns an environment of a Python with these packages of PyPI.
pub(super) fn with(name: &str, python: &Interpreter, packages: &[&str]) -> Result<Venv> {
    let tools = tools()?;
    let name = format!("{name}-{}", python.version);
    obtain(&name, python, packages, |home| {
        // Debian's Pythons have no pip.
        make(home, python, &["--without-pip"])?;
        let mut pip = Command::new(tools.program("python3"));
        pip.args(["-m", "pip", "--python"])
            .arg(home.join("bin/python3"))
            .arg("install");
        install(&mut pip, packages)
    })
}

/// Returns a directory with packages of PyPI for a Python that does not run here.
pub(super) fn packages(name: &str, platform: &[&str], packages: &[&str]) -> Result<PathBuf> {
    let tools = tools()?;
    let python = interpreter::own()?;
    let venv = obtain(name, &python, packages, |home| {
        let mut pip = Command::new(tools.program("python3"));
        pip.args(["-m", "pip", "install", "--only-binary", ":all:", "--target"])
            .arg(home)
            .args(platform);
        install(&mut pip, packages)
    })?;
    Ok(venv.home)
}

fn obtain(
    name: &str,
    python: &Interpreter,
    packages: &[&str],
    build: impl Fn(&Path) -> Result<()>,
) -> Result<Venv> {
    let all = cache::dir()?.join("venvs");
    fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
    let home = all.join(name);
    let _lock = cache::lock(&all.join(format!("{name}.lock")), || {
        steps::note(&format!("another task is making {name}; waiting for it"));
    })?;
    let wanted = format!("{}\n{}\n", python.program.display(), packages.join("\n"));
    let made_for = home.join(MADE_FOR);
    // An environment cannot be moved, so the last written file shows that it is complete.
    if fs::read_to_string(&made_for).is_ok_and(|text| text == wanted) {
        return Ok(Venv { home });
    }
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("remove {}", home.display()))?;
    }
    build(&home)?;
    fs::write(&made_for, wanted).with_context(|| format!("write {}", made_for.display()))?;
    Ok(Venv { home })
}

fn make(home: &Path, python: &Interpreter, options: &[&str]) -> Result<()> {
    let mut command = Command::new(&python.program);
    command.args(["-I", "-m", "venv"]).args(options).arg(home);
    let title = format!("making an environment for Python {}", python.version);
    steps::run(&title, &Gauge::Time, &mut command)?;
    Ok(())
}

fn install(pip: &mut Command, packages: &[&str]) -> Result<()> {
    pip.args(["--quiet", "--disable-pip-version-check", "--no-compile"])
        .args(packages);
    let title = format!("installing {}", packages.join(" "));
    steps::run(&title, &Gauge::Time, pip)?;
    Ok(())
}

/// Returns a program of a PyPI package, for other tasks. `besides` are packages that it needs and
/// does not declare.
pub(crate) fn program_of(package: &str, besides: &[&str], program: &str) -> Result<PathBuf> {
    let name = package.replace("==", "-");
    let packages = [&[package], besides].concat();
    Ok(with(&name, &interpreter::own()?, &packages)?.program(program))
}
