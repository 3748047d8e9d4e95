//! `cargo xtask fuzz`: every fuzz target for a while, from the committed seeds.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::debian::{in_path, provide};
use crate::steps::{self, Gauge};
use crate::{cache, peers, workspace};

/// Compares with libasound, and so runs only when it is asked for. It is a
/// feature of the same name.
const DIFFERENTIAL: &str = "libasound";

/// Fuzzes each target for so many seconds. What it finds on the way stays out
/// of the repository; an input that breaks something is kept, and named.
pub(crate) fn run(seconds: u32, only: &[String]) -> Result<ExitCode> {
    let root = workspace::root()?;
    let cargo_fuzz = cargo_fuzz()?;
    let targets = targets(&root.join("fuzz/fuzz_targets"))?;
    if let Some(unknown) = only.iter().find(|name| !targets.contains(name)) {
        bail!(
            "there is no fuzz target {unknown}, only {}",
            targets.join(", ")
        );
    }
    let wanted = |target: &String| match target.as_str() {
        DIFFERENTIAL => only.contains(target),
        _ => only.is_empty() || only.contains(target),
    };
    let found = tempfile::tempdir()?;
    for target in targets.iter().filter(|target| wanted(target)) {
        // What is new goes to the first directory; the second is only read.
        let grown = found.path().join(target);
        std::fs::create_dir(&grown)?;
        println!("fuzzing {target} for {seconds} s");
        let mut command = Command::new(&cargo_fuzz);
        command
            .current_dir(&root)
            // The codec has no `unsafe` for a sanitizer to look after, and
            // without one the stable compiler will do.
            .args(["fuzz", "run", "--sanitizer", "none"]);
        if target == DIFFERENTIAL {
            provide("comparing with libasound", &peers::LIBASOUND)?;
            command.args(["--features", DIFFERENTIAL]);
        }
        command
            .arg(target)
            .arg(&grown)
            .arg(Path::new("fuzz/corpus").join(target))
            .arg("--")
            .arg(format!("-max_total_time={seconds}"))
            .args(["-print_final_stats=1", "-verbosity=0"]);
        let words = match target.as_str() {
            "midi_bytes" | "sysex" | DIFFERENTIAL => "midi",
            name => name,
        };
        let dictionary = root.join(format!("fuzz/{words}.dict"));
        if dictionary.is_file() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        let status = command.status().context("run cargo fuzz")?;
        if !status.success() {
            bail!("{target} failed; the input is in fuzz/artifacts/{target}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The names of the targets, in order.
fn targets(dir: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("read {}", dir.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        names.extend(stem.map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// The machine's cargo-fuzz, or one of our own in the cache.
fn cargo_fuzz() -> Result<PathBuf> {
    if in_path("cargo-fuzz") {
        return Ok("cargo-fuzz".into());
    }
    let dir = cache::dir()?.join("tools");
    let program = dir.join("bin/cargo-fuzz");
    if !program.is_file() {
        steps::run(
            "installing cargo-fuzz",
            &Gauge::Time,
            workspace::cargo()?
                .args(["install", "--locked", "cargo-fuzz", "--root"])
                .arg(&dir),
        )?;
    }
    Ok(program)
}
