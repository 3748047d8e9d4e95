//! A compiler that builds for musl: the machine's own, or the old one of `cargo xtask msrv`, if
//! rustup cannot get the source of the standard library.
//!
//! Both build the standard library from its source. A prebuilt library prints the names of
//! functions after a panic, which needs a fourth of a small program, and some targets have no
//! prebuilt library.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail};

use super::library::{self, LLD};
use super::target::Target;
use crate::debian::Apt;
use crate::steps::{self, Gauge};
use crate::{cache, msrv, workspace};

/// The kind of compiler.
#[derive(Clone)]
pub(crate) enum Compiler {
    /// Cargo's own compiler, which has this system root.
    Rustup(PathBuf),
    /// The compiler in this directory.
    Debian(PathBuf),
}

const SOURCE: &str = "rust-src";
const LINKER: &str = "lld-19";

/// The standard library for a program that does not unwind.
pub(crate) const STD: &str = "std,panic_abort";

/// Time limit for rustup.
const SECONDS: &str = "120";

/// Returns the compiler. Asks rustup only once.
pub(crate) fn obtain() -> Result<Compiler> {
    static FOUND: OnceLock<Compiler> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found.clone());
    }
    let found = find()?;
    Ok(FOUND.get_or_init(|| found).clone())
}

fn find() -> Result<Compiler> {
    if let Some(own) = own() {
        return Ok(own);
    }
    if ask_rustup(&["component", "add", SOURCE])? {
        if let Some(own) = own() {
            return Ok(own);
        }
    }
    if !cfg!(target_arch = "x86_64") {
        bail!("the standard library must be built from its source: rustup component add {SOURCE}");
    }
    steps::note("rustup has no source of the standard library here; using Debian's compiler");
    debian().map(Compiler::Debian)
}

/// Returns the machine's own compiler, if it is complete.
fn own() -> Option<Compiler> {
    let sysroot = printed(&["sysroot"])?;
    let source = sysroot.join("lib/rustlib/src/rust/library/std");
    (source.is_dir() && lld(&sysroot)?.is_file()).then_some(Compiler::Rustup(sysroot))
}

/// Returns the linker that comes with the machine's own compiler.
fn lld(sysroot: &Path) -> Option<PathBuf> {
    // The directory of libraries is beside that of programs.
    let libraries = printed(&["target-libdir"])?;
    let host = libraries.parent()?.strip_prefix(sysroot).ok()?;
    Some(sysroot.join(host).join("bin/rust-lld"))
}

/// Returns whether the machine's own compiler has the standard library of a target.
fn has_target(target: &str) -> bool {
    printed(&["target-libdir", "--target", target]).is_some_and(|library| library.is_dir())
}

/// Returns the machine's own compiler's answer to a question.
fn printed(what: &[&str]) -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print"])
        .args(what)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().into())
}

/// Returns whether the machine's own compiler has the standard library of a target, or rustup can
/// install it.
pub(crate) fn obtain_target(target: &str) -> Result<bool> {
    Ok(has_target(target) || (ask_rustup(&["target", "add", target])? && has_target(target)))
}

/// Asks rustup, which may have no network.
fn ask_rustup(what: &[&str]) -> Result<bool> {
    if !crate::debian::in_path("rustup") || !crate::debian::in_path("timeout") {
        return Ok(false);
    }
    let added = steps::run(
        &format!("rustup {}", what.join(" ")),
        &Gauge::Time,
        Command::new("timeout").args([SECONDS, "rustup"]).args(what),
    );
    match added {
        Err(error) if error.is::<steps::Interrupted>() => Err(error),
        added => Ok(added.is_ok()),
    }
}

impl Compiler {
    /// Makes cargo compile with this compiler and this part of the standard library, for any
    /// target.
    pub(crate) fn with_library(&self, library: &str, cargo: &mut Command) {
        cargo
            .arg(format!("-Zbuild-std={library}"))
            .env("RUSTC_BOOTSTRAP", "1");
        if let Self::Debian(home) = self {
            cargo
                .env("RUSTC", home.join("rustc.sh"))
                .env_remove("RUSTUP_TOOLCHAIN");
        }
    }

    /// Makes cargo build static programs for these targets with this compiler and these flags for
    /// rustc.
    pub(crate) fn configure(
        &self,
        targets: &[&Target],
        flags: &[&str],
        cargo: &mut Command,
    ) -> Result<()> {
        self.with_library(STD, cargo);
        // These variables would replace the flags of the targets.
        cargo
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        // The program is loaded only at its own address. The linker knows the C library.
        let always = [
            "-C",
            "target-feature=+crt-static",
            "-C",
            "relocation-model=static",
            "-C",
            "linker-flavor=ld",
            "-C",
            "link-self-contained=no",
        ];
        let renamed = self.renamed()?;
        for target in targets {
            let mut flags = [&always, target.flags, flags].concat();
            flags.extend(renamed.iter().map(String::as_str));
            cargo
                .arg("--config")
                // A list in JSON is also a list in TOML.
                .arg(format!(
                    "target.{}.rustflags={}",
                    target.triple,
                    serde_json::to_string(&flags)?
                ))
                .env(target.variable("LINKER"), library::linker(target)?);
        }
        cargo.env(LLD, self.lld()?);
        Ok(())
    }

    /// Returns flags that keep the names of the build's directories out of the program.
    fn renamed(&self) -> Result<Vec<String>> {
        let sysroot = match self {
            Self::Rustup(sysroot) => sysroot.clone(),
            Self::Debian(home) => home.join("sysroot"),
        };
        let source = sysroot.join("lib/rustlib/src/rust");
        // The compiler prints the target of a link, and cargo prints the link.
        let mut places = vec![fs::canonicalize(&source)?, source];
        let registries = workspace::cargo_home()?.join("registry/src");
        for entry in fs::read_dir(registries).into_iter().flatten() {
            places.push(entry?.path());
        }
        Ok(places
            .iter()
            .map(|place| format!("--remap-path-prefix={}/=", place.display()))
            .collect())
    }

    fn lld(&self) -> Result<PathBuf> {
        match self {
            Self::Rustup(sysroot) => lld(sysroot).context("find rust-lld"),
            Self::Debian(home) => Ok(home.join("lld.sh")),
        }
    }
}

/// Returns the compiler in the cache. Fetches and prepares it if it is missing.
fn debian() -> Result<PathBuf> {
    let rust = msrv::unpacked()?;
    let cache = cache::dir()?;
    let home = cache.join(concat!("rust-src-", env!("CARGO_PKG_RUST_VERSION")));
    let _lock = cache::lock(&cache.join("rust-src.lock"), || {
        steps::note("the source of the standard library is being fetched; waiting for it");
    })?;
    if home.join("rustc.sh").is_file() {
        return Ok(home);
    }
    let temp = cache::temp_dir(&cache, "tmp-rust-src-")?;
    let new = temp.path().join("new");
    fs::create_dir(&new)?;
    Apt::for_suite(msrv::SUITE, SOURCE)?.unpack(&[SOURCE, LINKER], &new)?;

    // A system root that contains the library and its source.
    let rustlib = new.join("sysroot/lib/rustlib");
    fs::create_dir_all(&rustlib)?;
    let host = "x86_64-unknown-linux-gnu";
    symlink(rust.join("usr/lib/rustlib").join(host), rustlib.join(host))?;
    symlink(home.join("usr/lib/rustlib/src"), rustlib.join("src"))?;
    let sysroot = home.join("sysroot");
    msrv::write_script(&new.join("rustc.sh"), "rustc", &rust, &sysroot)?;
    let lld = home.join("usr/lib/llvm-19/bin/lld");
    msrv::write_starter(&new.join("lld.sh"), &lld, &rust)?;
    // The directory is complete, or does not exist.
    fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    Ok(home)
}
