//! `cargo xtask no-panic`: checks that no public function of the codec has code that can panic, for
//! any arguments.
//!
//! `tests/no_panic` uses all of them. It is compiled in one unit, and the linker keeps only the
//! used code. That code must not contain functions of `core::panicking`. With an allocator, only a
//! lack of memory may lead there.

mod graph;
mod public;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::debian::{Tool, provide};
use crate::steps::{self, Gauge};
use crate::{musl, workspace};

/// The crate that uses the functions.
const CRATE: &str = "tests/no_panic";

/// Least number of functions that the linker must keep. With fewer, the check has no meaning.
const FEWEST: usize = 300;

/// Functions that panic if there is no memory, or if too much is requested.
const OUT_OF_MEMORY: [&str; 3] = [
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
];

/// A 32-bit machine for which the machine's own linker can link.
const NARROW: &str = "i686-unknown-linux-musl";

/// A way to build the functions.
#[derive(Clone, Copy)]
struct Build {
    name: &'static str,
    features: &'static str,
    /// A target other than the machine's own.
    narrow: bool,
}

const PLAIN: Build = Build {
    name: "x86-64",
    features: "",
    narrow: false,
};

const NARROW_BUILD: Build = Build {
    name: "x86",
    narrow: true,
    ..PLAIN
};

const ALLOC: Build = Build {
    name: "x86-64 with an allocator",
    features: "alloc",
    ..PLAIN
};

const PLANTED: Build = Build {
    name: "x86-64 with a planted division",
    features: "planted",
    ..PLAIN
};

/// Checks that all functions are used, and that none of them panics.
pub(crate) fn run() -> Result<ExitCode> {
    if !cfg!(target_arch = "x86_64") {
        bail!("this needs an x86-64 machine");
    }
    provide("linking", &[Tool::program("ld", "binutils")])?;
    let root = workspace::root()?;
    let checker = Checker {
        target: root.join("target/no-panic"),
        root,
    };
    checker.everything_is_reached()?;

    for build in [PLAIN, NARROW_BUILD] {
        let archive = checker.build(build)?;
        let kept = checker.link(build, &archive)?;
        if let Some(symbol) = kept.iter().find(|name| graph::panics(name)) {
            let path = graph::path_to_panic(&archive, &[])?;
            let path = path.map_or_else(|| symbol.clone(), |path| path.join("\n  -> "));
            bail!("on {}, the codec can panic:\n  {path}", build.name);
        }
        println!("{}: {} functions, none panics", build.name, kept.len());
    }

    let archive = checker.build(ALLOC)?;
    if let Some(path) = graph::path_to_panic(&archive, &OUT_OF_MEMORY)? {
        let path = path.join("\n  -> ");
        bail!("on {}, the codec can panic:\n  {path}", ALLOC.name);
    }
    println!("{}: only a lack of memory panics", ALLOC.name);

    // The result is only meaningful if the check can fail.
    let archive = checker.build(PLANTED)?;
    let kept = checker.link(PLANTED, &archive)?;
    let path = graph::path_to_panic(&archive, &[])?.unwrap_or_default();
    let named = path.iter().any(|name| name.ends_with("::planted"));
    if !named || !kept.iter().any(|name| graph::panics(name)) {
        bail!("the planted division by 0 was not found; the path found: {path:?}");
    }
    println!("the planted division was found");
    Ok(ExitCode::SUCCESS)
}

struct Checker {
    root: PathBuf,
    target: PathBuf,
}

impl Checker {
    /// Checks that the crate mentions all functions in the documentation.
    fn everything_is_reached(&self) -> Result<()> {
        let pages = self.target.join("doc/alsa_seq");
        if pages.is_dir() {
            // Old pages of removed items would remain.
            fs::remove_dir_all(&pages).with_context(|| format!("remove {}", pages.display()))?;
        }
        steps::run(
            "documenting the codec",
            &Gauge::Time,
            workspace::cargo()?
                // With this, code for the machine is built only once.
                .args(["doc", "--release", "--package", "alsa-seq", "--no-deps"])
                .args(["--no-default-features", "--features", "alloc"])
                .arg("--target-dir")
                .arg(&self.target),
        )?;
        let wanted = public::functions(&pages)?;
        let source = self.root.join(CRATE).join("src");
        let mut text = String::new();
        for file in ["codec.rs", "owned.rs"] {
            let file = source.join(file);
            text +=
                &fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        }
        let missing = public::missing(&wanted, &text);
        if !missing.is_empty() {
            let missing = missing.join("\n  ");
            bail!("{} does not use:\n  {missing}", source.display());
        }
        println!("{} public functions and traits are used", wanted.len());
        Ok(())
    }

    /// Builds the crate. Returns the archive.
    fn build(&self, build: Build) -> Result<PathBuf> {
        let mut cargo = workspace::cargo()?;
        cargo
            .args(["build", "--release", "--features", build.features])
            .arg("--manifest-path")
            .arg(self.root.join(CRATE).join("Cargo.toml"));
        let mut directory = self.target.clone();
        if build.narrow {
            if !musl::obtain_target(NARROW)? {
                musl::compiler()?.with_library("core", &mut cargo);
                // In a separate directory, because a build with another environment would replace
                // the existing results.
                directory.push("narrow");
            }
            cargo.args(["--target", NARROW]);
        }
        cargo.arg("--target-dir").arg(&directory);
        if build.narrow {
            directory.push(NARROW);
        }
        let title = format!("building for {}", build.name);
        steps::run(&title, &Gauge::Time, &mut cargo)?;
        Ok(directory.join("release/libno_panic_check.a"))
    }

    /// Links an archive. Returns the names of the functions that the linker keeps.
    fn link(&self, build: Build, archive: &Path) -> Result<Vec<String>> {
        let program = self.target.join("linked");
        let emulation = if build.narrow {
            "elf_i386"
        } else {
            "elf_x86_64"
        };
        steps::run(
            &format!("linking for {}", build.name),
            &Gauge::Time,
            Command::new("ld")
                .args(["-m", emulation, "--gc-sections", "--entry=0"])
                // `memcpy` and similar functions come from a C library.
                .arg("--unresolved-symbols=ignore-all")
                .arg("--whole-archive")
                .arg(archive)
                .arg("-o")
                .arg(&program),
        )?;
        let kept = graph::functions(&program)?;
        if kept.len() < FEWEST {
            bail!(
                "the linker kept only {} functions; perhaps a newer compiler marks `#[used]` items \
                 in another way",
                kept.len()
            );
        }
        Ok(kept)
    }
}
