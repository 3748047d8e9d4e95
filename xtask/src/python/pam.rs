//! python-alsa-midi's own suite, its examples and the snippets of its guide, unchanged,
//! on the package, which takes the name `alsa_midi` for it.

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

/// How many tests it has.
const TESTS: usize = 148;

/// How many of them pass without the shim: those that use nothing but what is public.
const PUBLIC: usize = 89;

/// The shim takes the numbers from it.
const HEADER: Tool = Tool {
    name: "the kernel's headers",
    package: "linux-libc-dev",
    file: Some("/usr/include/sound/asequencer.h"),
};

/// The plugin that gives the package the name.
const ALIAS: &str = "pam_alias";
/// The plugin that gives the suite what it uses of python-alsa-midi's insides.
const SHIM: &str = "pam_shim";

/// Seconds that one run may take.
const SECONDS: u32 = 300;

/// How often what fails may run again: some of the tests need a machine that answers
/// within half a second.
const AGAIN: usize = 2;

/// With more failures than these, something is wrong.
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

    // What passes without the shim uses nothing of it.
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
            true => println!("passes, or is gone, but is listed: {name}"),
            false => println!("does not pass: {name} ({})", all.word(name)),
        }
    }
    if count != TESTS || !differences.is_empty() {
        bail!("tests/pam/not-passed.txt lists other tests than those that do not pass");
    }
    if public.passed.len() != PUBLIC {
        for name in only_with_shim {
            println!("passes with the shim alone: {name}");
        }
        bail!("{PUBLIC} pass without the shim, as xtask/src/python/pam.rs has it");
    }
    suite.programs()
}

/// The tests of the list, without what is said of them.
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
    /// The plugins and what runs examples and snippets.
    ours: PathBuf,
    /// python-alsa-midi's source.
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

    /// Runs again what `choose` chooses of the tests that do not pass.
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
            bail!("an example or a snippet of python-alsa-midi fails on the package");
        }
        Ok(())
    }
}
