//! Runs python-alsa-midi's own suite, its examples and the snippets of its guide, unchanged, with
//! the package, which takes the name `alsa_midi` for that.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::suite::{self, Verdicts};
use super::venv::Venv;
use super::{Session, interpreter, pypi};
use crate::debian::{Tool, provide};
use crate::workspace;

const REQUIREMENT: &str = "alsa-midi==1.0.4";

/// Number of its tests.
const TESTS: usize = 148;

/// Number of its tests that pass without the shim, because they use only public names.
const PUBLIC: usize = 89;

/// The shim reads the numbers from these headers.
const HEADER: Tool = Tool {
    name: "the kernel's headers",
    package: "linux-libc-dev",
    file: Some("/usr/include/sound/asequencer.h"),
};

/// The plugin that gives the package the name `alsa_midi`.
const ALIAS: &str = "pam_alias";
/// The plugin that provides the internal names of python-alsa-midi that the suite uses.
const SHIM: &str = "pam_shim";

/// Time limit of one run, in seconds.
const SECONDS: u32 = 300;

/// Limit of repeated runs of failed tests. Some tests need an answer from the machine within half a
/// second.
const AGAIN: usize = 2;

/// With more failures than this, something else is wrong.
const FEW: usize = 5;

pub(super) fn run(session: &Session) -> Result<()> {
    provide("running python-alsa-midi's suite", &[HEADER])?;
    let suite = Suite {
        session,
        site: session.package()?.site.clone(),
        ours: session.source.join("tests/pam"),
        theirs: pypi::source(REQUIREMENT, "alsa_midi")?,
        venv: suite::venv(&interpreter::own()?)?,
    };
    let listed = listed(&suite.ours.join("not-passed.txt"))?;

    let public = suite.run(&[ALIAS], &[])?;
    let public = suite.again(public, &[ALIAS], |left| {
        let passed = TESTS - left.len();
        if passed < PUBLIC { left } else { Vec::new() }
    })?;
    println!("python-alsa-midi's suite: {} pass", public.passed.len());

    // Tests that pass without the shim do not use it.
    let rest: Vec<_> = public.others.keys().collect();
    let all = suite.run(&[ALIAS, SHIM], &rest)?;
    let mut all = suite.again(all, &[ALIAS, SHIM], |mut left| {
        left.retain(|name| !listed.contains(name));
        if left.len() > FEW { Vec::new() } else { left }
    })?;
    let only_with_shim = all.passed.clone();
    all.passed.extend(public.passed.iter().cloned());
    let count = all.passed.len() + all.others.len();
    println!("with the shim: {} of {count} pass", all.passed.len());

    let others: BTreeSet<_> = all.others.keys().cloned().collect();
    let differences: Vec<_> = listed.symmetric_difference(&others).collect();
    for name in &differences {
        match listed.contains(*name) {
            true => println!("passes, or does not exist, but is listed: {name}"),
            false => println!("does not pass: {name} ({})", all.word(name)),
        }
    }
    if count != TESTS || !differences.is_empty() {
        bail!("tests/pam/not-passed.txt does not match the tests that do not pass");
    }
    if public.passed.len() != PUBLIC {
        for name in only_with_shim {
            println!("passes only with the shim: {name}");
        }
        bail!("{PUBLIC} tests pass without the shim; update xtask/src/python/pam.rs");
    }
    suite.programs()
}

/// Returns the tests in the list, without the reasons.
fn listed(path: &Path) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let lines = text.lines().map(str::trim);
    Ok(lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

struct Suite<'a> {
    session: &'a Session,
    site: PathBuf,
    /// The plugins, and the programs that run examples and snippets.
    ours: PathBuf,
    /// The source of python-alsa-midi.
    theirs: PathBuf,
    venv: Venv,
}

impl Suite<'_> {
    /// Runs these tests, or all, with plugins.
    fn run(&self, plugins: &[&str], tests: &[&String]) -> Result<Verdicts> {
        let mut command = self.session.in_kernel(SECONDS)?;
        suite::pytest(&mut command, &self.venv, &[&self.site, &self.ours])?;
        command.current_dir(&self.theirs);
        for plugin in plugins {
            command.args(["-p", plugin]);
        }
        if tests.is_empty() {
            command.arg("tests");
        } else {
            command.args(tests);
        }
        suite::verdicts("python-alsa-midi's suite", &mut command)
    }

    /// Runs the tests again that do not pass and that `choose` selects.
    fn again(
        &self,
        mut all: Verdicts,
        plugins: &[&str],
        choose: impl Fn(Vec<String>) -> Vec<String>,
    ) -> Result<Verdicts> {
        for _ in 0..AGAIN {
            let chosen = choose(all.others.keys().cloned().collect());
            if chosen.is_empty() {
                break;
            }
            let more = self.run(plugins, &Vec::from_iter(&chosen))?;
            for name in more.passed {
                println!("passed in a later run, not at first: {name}");
                all.others.remove(&name);
                all.passed.insert(name);
            }
        }
        Ok(all)
    }

    /// Runs the examples and the snippets.
    fn programs(&self) -> Result<()> {
        let mut command = self.session.in_kernel(SECONDS)?;
        suite::pytest(&mut command, &self.venv, &[&self.site])?;
        command
            .current_dir(&self.ours)
            .env("ALSA_MIDI_SOURCE", &self.theirs)
            .args(["-q", "examples.py", "usage.py"]);
        if !workspace::status(&mut command)?.success() {
            bail!("an example or a snippet of python-alsa-midi fails with the package");
        }
        Ok(())
    }
}
