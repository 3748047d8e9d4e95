//! Checks the annotations: `mypy --strict` on the installed package, and `stubtest`, which compares
//! the stubs of the native module with the module.

use std::process::Command;

use anyhow::Result;

use super::venv::{self, Venv};
use super::{Session, interpreter};
use crate::steps::{self, Gauge};

const PACKAGES: [&str; 2] = ["mypy==2.4.1", "mido==1.3.3"];

pub(super) fn run(session: &Session) -> Result<()> {
    let venv = venv::with("types", &interpreter::own()?, &PACKAGES)?;
    let config = session.source.join("pyproject.toml");
    let mut mypy = command(session, &venv, "mypy")?;
    mypy.args(["--strict", "--package", "alsa_sequencer", "--cache-dir"])
        .arg(session.target.join("mypy"))
        .arg("--config-file")
        .arg(&config);
    steps::run("mypy --strict", &Gauge::Time, &mut mypy)?;
    let mut stubtest = command(session, &venv, "stubtest")?;
    stubtest
        .args(["alsa_sequencer._native", "--mypy-config-file"])
        .arg(&config);
    steps::run("stubtest", &Gauge::Time, &mut stubtest)?;
    println!("the annotations are complete, and the stubs agree with the native module");
    Ok(())
}

/// Returns a command that reads the installed package.
fn command(session: &Session, venv: &Venv, name: &str) -> Result<Command> {
    let site = &session.package()?.site;
    let mut command = Command::new(venv.program(name));
    command
        // Python and mypy look first in the working directory.
        .current_dir(&session.target)
        .env("MYPYPATH", site)
        .env("PYTHONPATH", site);
    Ok(command)
}
