//! `cargo xtask msrv`: checks that the oldest supported compiler builds everything.
//!
//! It is the compiler of Debian stable. It is unpacked beside the machine's own, with its own C
//! library, and only checks.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::debian::Apt;
use crate::{cache, steps, workspace};

/// The suite whose compiler has the version in `Cargo.toml`.
pub(crate) const SUITE: &str = "trixie";
const PACKAGES: [&str; 8] = [
    "rustc",
    "libstd-rust-dev",
    "libstd-rust-1.85",
    "libllvm19",
    "libc6",
    "libgcc-s1",
    "libstdc++6",
    "zlib1g",
];
/// Other packages that the compiler's libraries need.
const MORE: [&str; 6] = [
    "libzstd1", "libxml2", "libedit2", "libffi8", "liblzma5", "libz3-4",
];

/// The directory of cargo's results with the old compiler.
pub(crate) const TARGET: &str = "target/msrv";

/// Checks the workspace with the old compiler.
pub(crate) fn run() -> Result<ExitCode> {
    let rustc = unpacked()?.join("rustc.sh");
    let version = Command::new(&rustc)
        .arg("--version")
        .output()
        .with_context(|| format!("run {}", rustc.display()))?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let promised = concat!("rustc ", env!("CARGO_PKG_RUST_VERSION"));
    if !version.starts_with(promised) {
        bail!("{SUITE} has {version:?}, but Cargo.toml has {promised}");
    }
    println!("{}", version.trim());
    let target = workspace::root()?.join(TARGET);
    let mut check = workspace::cargo()?;
    check
        // Not the tests, because their dependencies may need a newer compiler.
        .args(["check", "--workspace", "--all-features", "--target-dir"])
        .arg(target)
        .env("RUSTC", &rustc)
        .env_remove("RUSTUP_TOOLCHAIN");
    let status = workspace::status(&mut check)?;
    if !status.success() {
        bail!(
            "Rust {} does not build this",
            env!("CARGO_PKG_RUST_VERSION")
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the directory of the old compiler. Unpacks it into the cache if it is missing.
pub(crate) fn unpacked() -> Result<PathBuf> {
    let cache = cache::dir()?;
    fs::create_dir_all(&cache).with_context(|| format!("create {}", cache.display()))?;
    let dir = cache.join(concat!("rust-", env!("CARGO_PKG_RUST_VERSION")));
    let _lock = cache::lock(&cache.join("rust.lock"), || {
        steps::note("the old compiler is being fetched; waiting for it");
    })?;
    if dir.join("rustc.sh").is_file() {
        return Ok(dir);
    }
    let temp = tempfile::Builder::new()
        .prefix("tmp-rust-")
        .tempdir_in(&cache)?;
    let apt = Apt::for_suite(SUITE, "rustc")?;
    apt.unpack(&[PACKAGES.as_slice(), &MORE].concat(), temp.path())?;
    write_script(
        &temp.path().join("rustc.sh"),
        "rustc",
        &dir,
        &dir.join("usr"),
    )?;
    let temp = temp.keep();
    fs::rename(&temp, &dir).with_context(|| format!("create {}", dir.display()))?;
    Ok(dir)
}

/// Writes a script that starts a program of the compiler in `dir` with this system root.
pub(crate) fn write_script(path: &Path, program: &str, dir: &Path, sysroot: &Path) -> Result<()> {
    // Only rustdoc may use unstable features. If the compiler allowed them, some crates would use
    // them.
    let unstable = match program {
        "rustdoc" => "export RUSTC_BOOTSTRAP=1\n",
        _ => "",
    };
    let sysroot = format!("--sysroot '{}'", sysroot.display());
    write(
        path,
        unstable,
        dir,
        &dir.join("usr/bin").join(program),
        &sysroot,
    )
}

/// Writes a script that starts a program with the libraries of the compiler in `dir`.
pub(crate) fn write_starter(path: &Path, program: &Path, dir: &Path) -> Result<()> {
    write(path, "", dir, program, "")
}

/// The loader of the program's own C library starts the program. It does not change how the program
/// starts the linker.
fn write(path: &Path, first: &str, dir: &Path, program: &Path, arguments: &str) -> Result<()> {
    let mut file = fs::File::create(path)?;
    let (dir, program) = (dir.display(), program.display());
    writeln!(
        file,
        "#!/bin/sh\n{first}\
         libs={dir}/usr/lib/x86_64-linux-gnu\n\
         exec \"$libs/ld-linux-x86-64.so.2\" --library-path \"$libs:{dir}/usr/lib/llvm-19/lib\" \\\n\
         \t'{program}' {arguments} \"$@\""
    )?;
    file.set_permissions(fs::Permissions::from_mode(0o755))?;
    Ok(())
}
