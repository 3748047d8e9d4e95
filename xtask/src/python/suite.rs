//! Runs pytest in a test kernel.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Session;
use super::interpreter::{self, Interpreter};
use super::venv::{self, Venv};
use crate::steps::{self, Gauge};
use crate::workspace;

/// Packages for the tests of this package and of others.
pub(super) const PACKAGES: [&str; 5] = [
    "pytest==8.4.2",
    "pytest-asyncio==1.2.0",
    "mido==1.3.3",
    // These two have no wheels for some Pythons, and compiling them needs too much.
    "cffi==2.1.1; python_version in '3.10 3.11 3.12 3.13 3.14'",
    "uvloop==0.23.0; python_version in '3.10 3.11 3.12 3.13 3.14'",
];

/// Time limit of the package's own tests on one Python, in seconds.
const SECONDS: u32 = 600;

/// Returns the environment for the tests of a Python.
pub(super) fn venv(python: &Interpreter) -> Result<Venv> {
    venv::with("tests", python, &PACKAGES)
}

/// Returns pytest with these paths for `import`.
pub(super) fn pytest(command: &mut Command, venv: &Venv, paths: &[&Path]) -> Result<()> {
    let paths: OsString = std::env::join_paths(paths)?;
    command
        .env("PYTHONPATH", paths)
        .arg(venv.program("python3"))
        .args(["-m", "pytest", "-p", "no:cacheprovider"]);
    Ok(())
}

/// Runs the package's own tests on two Pythons.
pub(super) fn own(session: &Session, arguments: &[String]) -> Result<()> {
    let package = session.package()?;
    for python in interpreter::two()? {
        let mut command = session.in_kernel(SECONDS)?;
        pytest(&mut command, &venv(&python)?, &[&package.site])?;
        command.args(arguments);
        tests(session, &python.version, command)?;
    }
    Ok(())
}

/// Runs the package's own tests with this pytest.
pub(super) fn tests(session: &Session, version: &str, mut pytest: Command) -> Result<()> {
    pytest
        // Python finds packages in this path before installed packages.
        .current_dir(session.source.join("tests"))
        .args(["-q", "--durations=5", "."]);
    eprintln!("The package's tests on Python {version}");
    if !workspace::status(&mut pytest)?.success() {
        bail!("the package's tests fail on Python {version}");
    }
    Ok(())
}

/// The tests of a suite by their names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdicts {
    pub(super) passed: BTreeSet<String>,
    /// The tests that did not pass, with pytest's word for the reason.
    pub(super) others: BTreeMap<String, String>,
}

/// Runs a suite of another project. It may fail.
pub(super) fn verdicts(title: &str, pytest: &mut Command) -> Result<Verdicts> {
    let script = "\"$@\"; case $? in [01]) ;; *) exit 2;; esac";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(pytest.get_program());
    command.args(pytest.get_args());
    command.args(["-v", "--tb=short", "-o", "console_output_style=classic"]);
    for (name, value) in pytest.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(directory) = pytest.get_current_dir() {
        command.current_dir(directory);
    }
    let output = steps::run(title, &Gauge::Time, &mut command)?;
    Verdicts::parse(&output)
}

/// pytest's result of a test.
const WORDS: [&str; 6] = ["PASSED", "FAILED", "ERROR", "SKIPPED", "XFAIL", "XPASS"];

impl Verdicts {
    /// Returns pytest's word for a test that did not pass.
    pub(super) fn word(&self, name: &str) -> &str {
        self.others.get(name).map_or("", String::as_str)
    }

    /// Parses lines of the form `FILE::TEST WORD`.
    fn parse(output: &str) -> Result<Self> {
        let mut verdicts = Self::default();
        let mut collected = None;
        for line in output.lines() {
            let after = line.strip_prefix("collecting ... ").unwrap_or(line);
            if let Some(rest) = after.strip_prefix("collected ") {
                collected = rest.split(' ').next().and_then(|n| n.parse::<usize>().ok());
            }
            let word = WORDS.iter().find_map(|word| {
                let (name, rest) = line.split_once(&format!(" {word}"))?;
                let is_test = name.contains("::") && !name.contains(' ');
                (is_test && (rest.is_empty() || rest.starts_with(' '))).then_some((name, *word))
            });
            match word {
                Some((name, "PASSED")) => {
                    verdicts.passed.insert(name.to_owned());
                }
                Some((name, word)) => {
                    verdicts.others.insert(name.to_owned(), word.to_owned());
                }
                None => {}
            }
        }
        // A test that passes but whose fixture fails afterwards has two lines.
        verdicts
            .passed
            .retain(|name| !verdicts.others.contains_key(name));
        let collected = collected
            .with_context(|| format!("pytest does not print the number of tests:\n{output}"))?;
        let count = verdicts.passed.len() + verdicts.others.len();
        if count != collected {
            bail!("{count} of {collected} tests were run:\n{output}");
        }
        Ok(verdicts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_read() {
        let text = "\
collecting ... collected 4 items

tests/a.py::test_one PASSED
tests/a.py::test_two[x-1] FAILED
tests/b.py::test_three SKIPPED (no PASSED here)
tests/b.py::test_four PASSED
tests/b.py::test_four ERROR

FAILED tests/a.py::test_two[x-1] - assert 0
";
        let verdicts = Verdicts::parse(text).unwrap();
        assert_eq!(verdicts.passed.len(), 1);
        let others: Vec<_> = verdicts.others.values().map(String::as_str).collect();
        assert_eq!(others, ["FAILED", "ERROR", "SKIPPED"]);
        assert!(Verdicts::parse(&text.replace("4 items", "5 items")).is_err());
        assert!(Verdicts::parse("").is_err());
    }
}
