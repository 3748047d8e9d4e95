//! Builds static programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::compiler::{self, Compiler};
use super::elf;
use super::target::Target;
use crate::steps;
use crate::workspace;

/// The directories of our programs' manifests.
const ASEQ: (&str, &str) = ("cli/Cargo.toml", "aseq");
const INIT: (&str, &str) = ("tests/embedded/Cargo.toml", "embedded-init");

/// The options for the smallest `aseq`.
const MINIMAL: &str = "--no-default-features";
const FULL: &str = "--features=full";

/// Builds static programs for a target.
pub(crate) struct Builder {
    compiler: Compiler,
    target: &'static Target,
    root: PathBuf,
    /// The directory of cargo's results.
    directory: PathBuf,
}

impl Builder {
    /// Uses a suitable compiler, or gets one.
    pub(crate) fn obtain(target: &'static Target) -> Result<Self> {
        let compiler = compiler::obtain()?;
        let root = workspace::root()?;
        let directory = directory()?;
        Ok(Self {
            compiler,
            target,
            root,
            directory,
        })
    }

    /// Builds the programs of [`minimal`](Self::minimal), [`aseq`](Self::aseq) and
    /// [`init`](Self::init) for several targets at the same time, because one target after the
    /// other leaves processors idle. These methods build again what has failed here, and report it.
    pub(crate) fn prepare(targets: &[&'static Target]) -> Result<()> {
        if targets.len() < 2 {
            return Ok(());
        }
        let compiler = compiler::obtain()?;
        let (root, directory) = (workspace::root()?, directory()?);
        for (program, arguments) in [(ASEQ, &[MINIMAL][..]), (ASEQ, &[FULL]), (INIT, &[])] {
            let mut cargo = build(&root, &directory, targets, program, arguments)?;
            cargo.arg("--keep-going");
            compiler.configure(targets, &BUILD_FLAGS, &mut cargo)?;
            workspace::status(&mut steps::tied(&cargo))?;
        }
        Ok(())
    }

    /// Builds `aseq` with every command. [`minimal`](Self::minimal) replaces this file.
    pub(crate) fn aseq(&self) -> Result<PathBuf> {
        self.build(ASEQ, &[FULL])
    }

    /// Builds `aseq` with the fewest commands, and copies it to another file.
    pub(crate) fn minimal(&self) -> Result<PathBuf> {
        let program = self.build(ASEQ, &[MINIMAL])?;
        let minimal = program.with_file_name("aseq-minimal");
        fs::copy(&program, &minimal).with_context(|| format!("create {}", minimal.display()))?;
        Ok(minimal)
    }

    /// Builds `aseq` with these features only, and copies it to another file.
    pub(crate) fn chosen(&self, features: &str) -> Result<PathBuf> {
        let program = self.build(ASEQ, &[MINIMAL, "--features", features])?;
        let chosen = program.with_file_name("aseq-chosen");
        fs::copy(&program, &chosen).with_context(|| format!("create {}", chosen.display()))?;
        Ok(chosen)
    }

    /// Builds the first process of an image for [`super::boot`].
    pub(crate) fn init(&self) -> Result<PathBuf> {
        self.build(INIT, &[])
    }

    /// Builds the library's own tests of the sequencer.
    pub(crate) fn tests(&self) -> Result<PathBuf> {
        let mut cargo = workspace::cargo()?;
        cargo
            .args(["test", "--no-run", "--target", self.target.triple])
            .args(["--package", "alsa-seq-tests", "--test", "kernel"])
            .args(["--message-format", "json-render-diagnostics"])
            .arg("--target-dir")
            .arg(&self.directory)
            // The program cannot unwind, so a failed test ends the process.
            .arg("-Zpanic-abort-tests");
        for (name, value) in [
            ("DEBUG", "0"),
            ("INCREMENTAL", "false"),
            ("OPT_LEVEL", "1"),
            ("PANIC", "abort"),
        ] {
            cargo.env(format!("CARGO_PROFILE_DEV_{name}"), value);
        }
        self.compiler.configure(&[self.target], &[], &mut cargo)?;
        let title = format!("building tests/kernel for {}", self.target.triple);
        workspace::executable(&title, &mut cargo)
    }

    /// Returns the size limit for this compiler: the old compiler makes larger code from the same
    /// source.
    pub(crate) fn allowed(&self, limit: u64) -> u64 {
        match self.compiler {
            Compiler::Rustup(_) => limit,
            Compiler::Debian(_) => limit + limit / 10,
        }
    }

    fn build(&self, program: (&str, &str), arguments: &[&str]) -> Result<PathBuf> {
        let targets = [self.target];
        let mut cargo = build(&self.root, &self.directory, &targets, program, arguments)?;
        self.compiler
            .configure(&targets, &BUILD_FLAGS, &mut cargo)?;
        if !workspace::status(&mut steps::tied(&cargo))?.success() {
            bail!("the build failed");
        }
        let release = self.directory.join(self.target.triple).join("release");
        Ok(release.join(program.1))
    }
}

/// Returns flags without unwinding.
const BUILD_FLAGS: [&str; 2] = ["-C", "force-unwind-tables=no"];

/// Returns a cargo command that builds a program for these targets, with any compiler.
fn build(
    root: &Path,
    directory: &Path,
    targets: &[&Target],
    (manifest, program): (&str, &str),
    arguments: &[&str],
) -> Result<Command> {
    let mut cargo = workspace::cargo()?;
    cargo
        .args(["build", "--release", "--bin", program])
        .args(arguments)
        .arg("--manifest-path")
        .arg(root.join(manifest))
        .arg("--target-dir")
        .arg(directory)
        .arg("-Zbuild-std-features=optimize_for_size");
    for target in targets {
        cargo.args(["--target", target.triple]);
    }
    Ok(cargo)
}

/// The directory of cargo's results.
fn directory() -> Result<PathBuf> {
    let directory = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => PathBuf::from(directory),
        None => workspace::root()?.join("target"),
    };
    // Cargo runs in another directory than this process.
    Ok(std::path::absolute(directory)?)
}

/// Checks that a program needs no other file, is for this target, and is not too large. Returns its
/// size.
pub(crate) fn check(program: &Path, target: &Target, limit: u64) -> Result<u64> {
    let bytes = fs::read(program).with_context(|| format!("read {}", program.display()))?;
    elf::check(&bytes, target).with_context(|| program.display().to_string())?;
    let size = u64::try_from(bytes.len())?;
    if size > limit {
        bail!(
            "{} has {size} bytes; the limit is {limit}",
            program.display()
        );
    }
    steps::note(&format!("{} is static, {size} bytes", program.display()));
    Ok(size)
}
