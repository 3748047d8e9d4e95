//! The Rust library's tests of python-alsa-midi, with the package in its place: what each
//! of the two sends and makes is what the other receives and sees.

use std::process::ExitCode;

use anyhow::{Result, bail};

use super::{Session, interpreter, suite};
use crate::kernel::Wanted;
use crate::test;

/// The tests in `tests/peers/python.rs`, built as `cargo xtask test` builds them.
const TESTS: [&str; 5] = [
    "--workspace",
    "--all-features",
    "--test=peers",
    "--",
    "python::",
];

pub(super) fn run(session: &Session) -> Result<()> {
    // It has no python-alsa-midi. In this directory, the package gets its name.
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
        bail!("a Rust client and one of the package do not agree");
    }
    Ok(())
}
