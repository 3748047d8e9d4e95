//! Runs the Rust library's tests of python-alsa-midi, with the package in place of
//! python-alsa-midi. Each side must receive the events that the other one sends, and see its
//! objects.

use std::process::ExitCode;

use anyhow::{Result, bail};

use super::{Session, interpreter, suite};
use crate::kernel::Wanted;
use crate::test;

/// Builds the tests in `tests/peers/python.rs` like `cargo xtask test`.
const TESTS: [&str; 5] = [
    "--workspace",
    "--all-features",
    "--test=peers",
    "--",
    "python::",
];

pub(super) fn run(session: &Session) -> Result<()> {
    // This Python has no python-alsa-midi. In this directory, the package has its name.
    let venv = suite::venv(&interpreter::own()?)?;
    let alias = session.source.join("tests/peers");
    let paths = std::env::join_paths([&session.package()?.site, &alias])?;
    let status = test::run_with(
        &Wanted::File(session.kernel.clone()),
        &TESTS.map(Into::into),
        &[
            ("PYTHONPATH", paths),
            ("ALSA_SEQ_PYTHON", venv.program("python3").into()),
        ],
    )?;
    if status != ExitCode::SUCCESS {
        bail!("a Rust client and a client of the package do not agree");
    }
    Ok(())
}
