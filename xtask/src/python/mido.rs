//! Runs mido's own suite, its programs and its examples of ports, unchanged, with the package's
//! back-end.

use std::process::Command;

use anyhow::{Result, bail};

use super::suite;
use super::{Session, interpreter, pypi};
use crate::workspace;

const REQUIREMENT: &str = "mido==1.3.3";

/// Number of mido's tests.
const TESTS: usize = 122;

/// This test merges tracks, without a port, and fails if that takes three seconds. A busy machine
/// may need longer.
const TIMED: &str = "test_merge_large_midifile";

/// Time limit of one run, in seconds.
const SECONDS: u32 = 300;

pub(super) fn run(session: &Session) -> Result<()> {
    let theirs = pypi::source(REQUIREMENT, "mido")?;
    let site = &session.package()?.site;
    let venv = suite::venv(&interpreter::own()?)?;
    let pytest = || -> Result<Command> {
        let mut command = session.in_kernel(SECONDS)?;
        command
            .env("MIDO_BACKEND", "alsa_sequencer.mido_backend")
            .env("MIDO_SOURCE", &theirs);
        suite::pytest(&mut command, &venv, &[site])?;
        Ok(command)
    };

    let mut command = pytest()?;
    // Its own settings make pytest print no names of tests.
    command
        .current_dir(&theirs)
        .args(["-o", "addopts=", "tests"]);
    let verdicts = suite::verdicts("mido's suite", &mut command)?;
    println!("mido's suite: {} pass", verdicts.passed.len());
    for (name, word) in &verdicts.others {
        println!("does not pass: {name} ({word})");
    }
    let is_timed = |name: &str| name.ends_with(TIMED);
    let all = verdicts.passed.len() + verdicts.others.len();
    if all != TESTS || !verdicts.others.iter().all(|(name, _)| is_timed(name)) {
        bail!("mido has {TESTS} tests, and all except for {TIMED} must pass");
    }

    let mut command = pytest()?;
    command
        .current_dir(session.source.join("tests/mido"))
        .args(["-q", "programs.py"]);
    if !workspace::status(&mut command)?.success() {
        bail!("a program or an example of mido fails with the package");
    }
    Ok(())
}
