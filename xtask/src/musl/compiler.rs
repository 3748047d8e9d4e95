//! A compiler that builds for musl: the machine's own with rustup's target, or
//! the old compiler that `cargo xtask msrv` uses with Debian's musl, where rustup
//! has no such target or cannot be reached.
//!
//! Both build the standard library from its source. The one that comes with the
//! target shows the names of functions after a panic, which is a fourth of a small
//! program.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{TARGET, gcc};
use crate::debian::Apt;
use crate::steps::{self, Gauge};
use crate::{cache, msrv};

/// Which compiler it is.
pub(crate) enum Compiler {
    /// Cargo's own; it has the target, and the library's source.
    Rustup,
    /// The one in this directory.
    Debian(PathBuf),
}

const SOURCE: &str = "rust-src";

/// The library of a program that does not unwind.
pub(crate) const STD: &str = "std,panic_abort";

/// How long rustup may take.
const SECONDS: &str = "120";

/// What Debian's unwinder asks of glibc, and musl does not have: nothing is
/// found. With `panic = "abort"` nobody asks.
const STUB: &str = "int _dl_find_object(void *pc, void *found) { return -1; }\n";

pub(crate) fn obtain() -> Result<Compiler> {
    let parts = [["target", "add", TARGET], ["component", "add", "rust-src"]];
    if is_complete() || (ask_rustup(&parts)? && is_complete()) {
        return Ok(Compiler::Rustup);
    }
    if !cfg!(target_arch = "x86_64") {
        bail!("rustup target add {TARGET}; rustup component add rust-src");
    }
    steps::note("rustup has no target for musl here; Debian's compiler builds it");
    debian().map(Compiler::Debian)
}

/// Whether the machine's own compiler has all it takes.
fn is_complete() -> bool {
    let source = printed(&["sysroot"]).join("lib/rustlib/src/rust/library/std");
    has_target(TARGET) && source.is_dir()
}

/// Whether the machine's own compiler has the library of a target.
fn has_target(target: &str) -> bool {
    printed(&["target-libdir", "--target", target]).is_dir()
}

/// What the machine's own compiler says of itself.
fn printed(what: &[&str]) -> PathBuf {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print"])
        .args(what)
        .stderr(Stdio::null())
        .output();
    output.map_or_else(
        |_| PathBuf::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().into(),
    )
}

/// Whether the machine's own compiler has the library of a target, or rustup gets
/// it.
pub(crate) fn obtain_target(target: &str) -> Result<bool> {
    Ok(has_target(target) || (ask_rustup(&[["target", "add", target]])? && has_target(target)))
}

/// Asks rustup, which may have no way out.
fn ask_rustup(for_what: &[[&str; 3]]) -> Result<bool> {
    if !crate::debian::in_path("rustup") || !crate::debian::in_path("timeout") {
        return Ok(false);
    }
    for what in for_what {
        let added = steps::run(
            &format!("rustup {}", what.join(" ")),
            &Gauge::Time,
            Command::new("timeout").args([SECONDS, "rustup"]).args(what),
        );
        match added {
            Err(error) if error.is::<steps::Interrupted>() => return Err(error),
            Err(_) => return Ok(false),
            Ok(_) => {}
        }
    }
    Ok(true)
}

impl Compiler {
    /// Makes cargo compile with it, and so much of the standard library too: for any
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

    /// Makes cargo build an archive for musl with it, which another linker links.
    pub(crate) fn for_library(&self, cargo: &mut Command) {
        if let Self::Debian(_) = self {
            self.with_library(STD, cargo);
        }
    }

    /// Makes cargo build with it.
    pub(crate) fn configure(&self, cargo: &mut Command) {
        self.with_library(STD, cargo);
        // Nothing unwinds, and nothing is loaded elsewhere than at its address.
        let mut flags = "-C target-feature=+crt-static -C relocation-model=static \
                         -C force-unwind-tables=no"
            .to_owned();
        cargo.arg("-Zbuild-std-features=optimize_for_size");
        if let Self::Debian(home) = self {
            let unwinder = home.join("unwind");
            flags.push_str(&format!(
                " -C link-self-contained=no -L {}",
                unwinder.display()
            ));
            // Cargo tells by its name what kind of linker it is.
            let linker = home.join("musl-gcc");
            cargo.env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER", linker);
        }
        cargo.env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS", flags);
    }
}

/// The compiler in the cache, fetched and put together if it is not there yet.
fn debian() -> Result<PathBuf> {
    let gcc = gcc::obtain()?;
    let rust = msrv::unpacked()?;
    let cache = cache::dir()?;
    let home = cache.join(concat!("musl-", env!("CARGO_PKG_RUST_VERSION")));
    let _lock = cache::lock(&cache.join("musl.lock"), || {
        steps::note("musl is being fetched; waiting for it");
    })?;
    if home.join("rustc.sh").is_file() {
        return Ok(home);
    }
    let temp = cache::temp_dir(&cache, "tmp-musl-")?;
    let new = temp.path().join("new");
    fs::create_dir(&new)?;
    Apt::for_suite(msrv::SUITE, SOURCE)?.unpack(&[SOURCE], &new)?;

    // A system root that has the library's source beside the library.
    let rustlib = new.join("sysroot/lib/rustlib");
    fs::create_dir_all(&rustlib)?;
    let host = "x86_64-unknown-linux-gnu";
    symlink(rust.join("usr/lib/rustlib").join(host), rustlib.join(host))?;
    symlink(home.join("usr/lib/rustlib/src"), rustlib.join("src"))?;
    msrv::write_script(&new.join("rustc.sh"), "rustc", &rust, &home.join("sysroot"))?;

    symlink(&gcc, new.join("musl-gcc"))?;
    unwinder(&new.join("unwind"))?;
    // Whole, or not at all.
    fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    Ok(home)
}

/// gcc's unwinder, under the name by which Rust asks for it.
fn unwinder(directory: &Path) -> Result<()> {
    fs::create_dir(directory)?;
    fs::write(directory.join("stub.c"), STUB)?;
    let output = Command::new("gcc")
        .arg("-print-file-name=libgcc_eh.a")
        .output()
        .context("run gcc")?;
    let archive = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    fs::copy(&archive, directory.join("libunwind.a")).with_context(|| format!("copy {archive}"))?;
    let run = |command: &mut Command| -> Result<()> {
        let status = command.current_dir(directory).status()?;
        if !status.success() {
            bail!("{command:?} failed");
        }
        Ok(())
    };
    run(Command::new("gcc").args(["-O2", "-c", "stub.c"]))?;
    run(Command::new("ar").args(["r", "libunwind.a", "stub.o"]))
}
