//! `cargo xtask musl`: `aseq` as one static file, for machines that have nothing
//! else; tried in an image that has nothing else, and measured beside what it
//! replaces.

mod compiler;
mod cpio;
pub(crate) mod gcc;
mod image;
mod measure;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::kernel::{self, Flavour, Wanted};
use crate::{steps, workspace};

pub(crate) use compiler::{Compiler, STD, obtain as compiler, obtain_target};
pub(crate) use image::boot;
pub(crate) use measure::{ROLE as MEASURE, run as measure};

pub(crate) const TARGET: &str = "x86_64-unknown-linux-musl";

/// How large `aseq` with every command may be, in bytes.
const LIMIT: u64 = 2_000_000;

/// How large `aseq` with the fewest commands may be, in bytes. The old compiler, which
/// builds it where rustup has no target for musl, makes larger code of the same source.
fn minimal_limit(compiler: &Compiler) -> u64 {
    match compiler {
        Compiler::Rustup => 700_000,
        Compiler::Debian(_) => 750_000,
    }
}

/// How a release is built to be small: `panic = "abort"`, for unwinding would be
/// a third of it.
const SMALL: [(&str, &str); 5] = [
    ("OPT_LEVEL", "z"),
    ("LTO", "fat"),
    ("CODEGEN_UNITS", "1"),
    ("PANIC", "abort"),
    ("STRIP", "symbols"),
];

/// Builds both, looks at them, boots them, measures them.
pub(crate) fn run(wanted: &Wanted) -> Result<ExitCode> {
    let builder = Builder::obtain()?;
    let minimal = builder.release.join("aseq-minimal");
    let program = builder.aseq(&["--no-default-features"])?;
    fs::copy(&program, &minimal).with_context(|| format!("create {}", minimal.display()))?;
    let program = builder.aseq(&[])?;
    let init = builder.init()?;

    let size = check(&program, LIMIT)?;
    let minimal_size = check(&minimal, minimal_limit(&builder.compiler))?;
    let kernel = kernel::obtain(wanted, None, false)?;
    for program in [&program, &minimal] {
        boot(&kernel, &init, &[("aseq", program)])?;
    }
    println!("{} bytes  {}", size, program.display());
    println!("{} bytes  {}", minimal_size, minimal.display());
    measure::report(wanted, &program)
}

/// Builds static programs.
pub(crate) struct Builder {
    compiler: Compiler,
    root: PathBuf,
    /// Where cargo puts what it builds.
    target: PathBuf,
    /// Where the programs are then.
    release: PathBuf,
}

impl Builder {
    /// With a compiler for musl, which it gets.
    pub(crate) fn obtain() -> Result<Self> {
        let compiler = compiler()?;
        let root = workspace::root()?;
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        // Cargo works elsewhere than we do.
        let target = std::path::absolute(target)?;
        let release = target.join(TARGET).join("release");
        Ok(Self {
            compiler,
            root,
            target,
            release,
        })
    }

    /// `aseq` as it is shipped, but for what `features` says; returns its file,
    /// which the next one replaces.
    pub(crate) fn aseq(&self, features: &[&str]) -> Result<PathBuf> {
        self.build("cli/Cargo.toml", "aseq", features)
    }

    /// The first process of an image that [`boot`] makes.
    pub(crate) fn init(&self) -> Result<PathBuf> {
        self.build("tests/embedded/Cargo.toml", "embedded-init", &[])
    }

    fn build(&self, manifest: &str, program: &str, arguments: &[&str]) -> Result<PathBuf> {
        let mut cargo = workspace::cargo()?;
        cargo
            .args(["build", "--release", "--target", TARGET, "--bin", program])
            .args(arguments)
            .arg("--manifest-path")
            .arg(self.root.join(manifest))
            .arg("--target-dir")
            .arg(&self.target);
        for (name, value) in SMALL {
            cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
        }
        self.compiler.configure(&mut cargo);
        if !workspace::status(&mut cargo)?.success() {
            bail!("the build failed");
        }
        Ok(self.release.join(program))
    }
}

/// The kernel on which it is tried, unless another is named.
pub(crate) fn default_kernel() -> Wanted {
    Wanted::Named(Flavour::DEFAULT)
}

/// That a program needs no other file, and is not too large; returns its size.
pub(crate) fn check(program: &Path, limit: u64) -> Result<u64> {
    let bytes = fs::read(program).with_context(|| format!("read {}", program.display()))?;
    if interpreter(&bytes).context("it is no ELF file")? {
        bail!("{} is not static", program.display());
    }
    let size = u64::try_from(bytes.len())?;
    if size > limit {
        bail!("{} has {size} bytes, more than {limit}", program.display());
    }
    steps::note(&format!("{} is static, {size} bytes", program.display()));
    Ok(size)
}

/// Whether a 64-bit ELF file names a loader for shared libraries.
fn interpreter(bytes: &[u8]) -> Option<bool> {
    const PT_INTERP: u32 = 3;
    let word = |at: usize, length: usize| -> Option<usize> {
        let bytes = bytes.get(at..at.checked_add(length)?)?;
        let mut number = [0; 8];
        number.get_mut(..length)?.copy_from_slice(bytes);
        usize::try_from(u64::from_le_bytes(number)).ok()
    };
    if bytes.get(..5)? != b"\x7fELF\x02" {
        return None;
    }
    let (table, entry, count) = (word(32, 8)?, word(54, 2)?, word(56, 2)?);
    for index in 0..count {
        let at = table.checked_add(index.checked_mul(entry)?)?;
        if word(at, 4)? == usize::try_from(PT_INTERP).ok()? {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loader_is_found() {
        let own = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(interpreter(&own), Some(true));
        assert_eq!(interpreter(b"#!/bin/sh\n"), None);
        assert_eq!(interpreter(&own[..60]), None);
    }
}
