//! Crates that use libasound. Their programs also use its functions for sound, so they run with the
//! preload form.

use anyhow::{Context as _, Result};

use super::verdicts;
use super::work::{Form, Run, Work};
use crate::steps::{self, Gauge};
use crate::{published, workspace};

const ALSA: (&str, &str) = ("alsa", "0.12.1");
const MIDIR: (&str, &str) = ("midir", "0.11.1");

pub(super) fn alsa(work: &Work) -> Result<Run> {
    run(work, ALSA, &["--lib"], &["seq::"])
}

pub(super) fn midir(work: &Work) -> Result<Run> {
    run(work, MIDIR, &["--test", "virtual"], &[])
}

/// Builds tests of a crate.
fn run(work: &Work, (name, version): (&str, &str), which: &[&str], filter: &[&str]) -> Result<Run> {
    let directory = published::source(name, version)?;
    let mut cargo = workspace::cargo()?;
    cargo
        .current_dir(&directory)
        .args([
            "test",
            "--quiet",
            "--no-run",
            "--locked",
            "--message-format=json",
        ])
        .arg("--target-dir")
        .arg(&work.target)
        .args(which);
    let output = steps::run(
        &format!("building the tests of {name}"),
        &Gauge::Time,
        &mut cargo,
    )?;
    let program = executable(&output).with_context(|| format!("{name} has no tests"))?;
    let mut run = Run::new(
        directory,
        [&[program][..], filter].concat(),
        verdicts::libtest,
    );
    run.form = Form::Preload;
    Ok(run)
}

/// Returns the program that cargo has built.
fn executable(messages: &str) -> Option<&str> {
    let (_, rest) = messages.split_once("\"executable\":\"")?;
    let (path, _) = rest.split_once('"')?;
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found() {
        let messages =
            "{\"executable\":null}\n{\"a\":1,\"executable\":\"/t/deps/alsa-1\",\"b\":2}\n";
        assert_eq!(executable(messages), Some("/t/deps/alsa-1"));
        assert_eq!(executable("{\"executable\":null}\n"), None);
    }
}
