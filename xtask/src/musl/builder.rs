//! Builds static programs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use nix::fcntl::Flock;

use super::compiler::{self, Compiler};
use super::elf;
use super::target::Target;
use crate::cache;
use crate::files;
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
            let _lock = lock(&directory)?;
            let mut cargo = build(&root, &directory, targets, program, arguments)?;
            cargo.arg("--keep-going");
            compiler.configure(targets, &BUILD_FLAGS, &mut cargo)?;
            workspace::status(&mut steps::tied(&cargo))?;
        }
        Ok(())
    }

    /// Builds `aseq` with every command.
    pub(crate) fn aseq(&self) -> Result<PathBuf> {
        self.variant("aseq-full", &[FULL])
    }

    /// Builds `aseq` with the fewest commands.
    pub(crate) fn minimal(&self) -> Result<PathBuf> {
        self.variant("aseq-minimal", &[MINIMAL])
    }

    /// Builds `aseq` with these features only.
    pub(crate) fn chosen(&self, features: &str) -> Result<PathBuf> {
        self.variant("aseq-chosen", &[MINIMAL, "--features", features])
    }

    /// Builds `aseq`, and copies it to a file of this name: cargo replaces its own file when this or
    /// another task builds `aseq` in another way.
    fn variant(&self, name: &str, arguments: &[&str]) -> Result<PathBuf> {
        let _lock = lock(&self.directory)?;
        let program = self.build(ASEQ, arguments)?;
        let copy = program.with_file_name(name);
        files::copy_program(&program, &copy)
            .with_context(|| format!("create {}", copy.display()))?;
        Ok(copy)
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

/// Other tasks that build static programs in this directory wait until the result is dropped.
fn lock(directory: &Path) -> Result<Flock<File>> {
    fs::create_dir_all(directory).with_context(|| format!("create {}", directory.display()))?;
    cache::lock(&directory.join("static.lock"), || {
        steps::note("another task builds static programs; waiting for it");
    })
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
