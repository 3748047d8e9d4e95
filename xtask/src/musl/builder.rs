//! Building static programs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::compiler::{self, Compiler};
use super::elf;
use super::target::Target;
use crate::steps::{self, Gauge};
use crate::workspace;

/// Builds static programs for a target.
pub(crate) struct Builder {
    compiler: Compiler,
    target: &'static Target,
    root: PathBuf,
    /// Where cargo puts what it builds.
    directory: PathBuf,
}

impl Builder {
    /// With a compiler that has what it takes, or gets it.
    pub(crate) fn obtain(target: &'static Target) -> Result<Self> {
        let compiler = compiler::obtain()?;
        let root = workspace::root()?;
        let directory =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Self {
            compiler,
            target,
            root,
            // Cargo works elsewhere than we do.
            directory: std::path::absolute(directory)?,
        })
    }

    /// `aseq` as it is shipped, but for what `features` says; returns its file,
    /// which the next one replaces.
    pub(crate) fn aseq(&self, features: &[&str]) -> Result<PathBuf> {
        self.build("cli/Cargo.toml", "aseq", features)
    }

    /// `aseq` with the fewest commands, in a file of its own.
    pub(crate) fn minimal(&self) -> Result<PathBuf> {
        let program = self.aseq(&["--no-default-features"])?;
        let minimal = program.with_file_name("aseq-minimal");
        fs::copy(&program, &minimal).with_context(|| format!("create {}", minimal.display()))?;
        Ok(minimal)
    }

    /// The first process of an image that [`super::boot`] makes.
    pub(crate) fn init(&self) -> Result<PathBuf> {
        self.build("tests/embedded/Cargo.toml", "embedded-init", &[])
    }

    /// The library's own tests of the sequencer.
    pub(crate) fn tests(&self) -> Result<PathBuf> {
        let mut cargo = workspace::cargo()?;
        cargo
            .args(["test", "--no-run", "--target", self.target.triple])
            .args(["--package", "alsa-seq", "--test", "kernel"])
            .args(["--message-format", "json-render-diagnostics"])
            .arg("--target-dir")
            .arg(&self.directory)
            // There is no unwinder: a test that fails is a process that ends.
            .arg("-Zpanic-abort-tests");
        for (name, value) in [
            ("DEBUG", "0"),
            ("INCREMENTAL", "false"),
            ("OPT_LEVEL", "1"),
            ("PANIC", "abort"),
        ] {
            cargo.env(format!("CARGO_PROFILE_DEV_{name}"), value);
        }
        self.compiler.configure(self.target, &[], &mut cargo)?;
        let title = format!("building tests/kernel for {}", self.target.triple);
        let messages = steps::run(&title, &Gauge::Time, &mut cargo)?;
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find_map(|message| Some(message.get("executable")?.as_str()?.into()))
            .context("cargo names no executable")
    }

    /// How large a program may be that has this limit. The old compiler makes larger code
    /// of the same source.
    pub(crate) fn allowed(&self, limit: u64) -> u64 {
        match self.compiler {
            Compiler::Rustup(_) => limit,
            Compiler::Debian(_) => limit + limit / 10,
        }
    }

    fn build(&self, manifest: &str, program: &str, arguments: &[&str]) -> Result<PathBuf> {
        let mut cargo = workspace::cargo()?;
        cargo
            .args(["build", "--release", "--target", self.target.triple])
            .args(["--bin", program])
            .args(arguments)
            .arg("--manifest-path")
            .arg(self.root.join(manifest))
            .arg("--target-dir")
            .arg(&self.directory)
            .arg("-Zbuild-std-features=optimize_for_size");
        // Nothing unwinds.
        let flags = ["-C", "force-unwind-tables=no"];
        self.compiler.configure(self.target, &flags, &mut cargo)?;
        if !workspace::status(&mut cargo)?.success() {
            bail!("the build failed");
        }
        let release = self.directory.join(self.target.triple).join("release");
        Ok(release.join(program))
    }
}

/// That a program needs no other file, is for this target, and is not too large; returns
/// its size.
pub(crate) fn check(program: &Path, target: &Target, limit: u64) -> Result<u64> {
    let bytes = fs::read(program).with_context(|| format!("read {}", program.display()))?;
    elf::check(&bytes, target).with_context(|| program.display().to_string())?;
    let size = u64::try_from(bytes.len())?;
    if size > limit {
        bail!("{} has {size} bytes, more than {limit}", program.display());
    }
    steps::note(&format!("{} is static, {size} bytes", program.display()));
    Ok(size)
}
