//! Builds in a root directory without other software: it has only Debian's compiler, which is the
//! oldest supported one, and the compiler's dependencies, and no network. The machine's own
//! compiler can be added.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{chroot, getegid, geteuid};

use crate::debian::{self, Tool, provide};
use crate::steps::{self, Gauge};
use crate::{msrv, own};

/// The argument that makes this binary start a program there.
pub(crate) const ROLE: &str = "empty-root";

/// Packages of the root, in addition to their dependencies.
const PACKAGES: [&str; 1] = ["cargo"];

/// The directory of the build, inside.
const HOME: &str = "/build";

/// The directory of the machine's own compiler, inside.
const TOOLCHAIN: &str = "/toolchain";

/// A program that was built there.
#[derive(Debug)]
pub(super) struct Program {
    /// The output of `rustc --version`.
    pub(super) compiler: String,
    /// The size in bytes.
    pub(super) size: u64,
}

/// An archive with all sources.
#[derive(Clone, Copy, Debug)]
pub(super) struct Release<'a> {
    pub(super) archive: &'a Path,
    /// The directory in the archive.
    pub(super) top: &'a str,
    pub(super) version: &'a str,
}

/// Builds twice with Debian's compiler, in different directories, and compares the results.
pub(super) fn debian(release: Release<'_>) -> Result<Program> {
    let (one, program) = build(release, "one", None)?;
    let (other, _) = build(release, "another/place", None)?;
    if one != other {
        bail!("two builds of the archive differ");
    }
    Ok(program)
}

/// Builds with the machine's own compiler, which has the standard library of the Rust project.
pub(super) fn stock(release: Release<'_>) -> Result<Program> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "sysroot"]);
    let sysroot = steps::run(
        "asking for the compiler's directory",
        &Gauge::Time,
        &mut rustc,
    )?;
    let sysroot = Path::new(sysroot.trim());
    if sysroot == Path::new("/usr") || !sysroot.join("bin/cargo").exists() {
        bail!(
            "the compiler in {} is not one of the Rust project, which is in a separate directory",
            sysroot.display()
        );
    }
    Ok(build(release, "stock", Some(sysroot))?.1)
}

/// Builds the archive below a directory with this name. Also returns the program.
fn build(
    release: Release<'_>,
    parent: &str,
    toolchain: Option<&Path>,
) -> Result<(Vec<u8>, Program)> {
    provide("unpacking the archive", &[Tool::program("xz", "xz-utils")])?;
    let root = debian::root("release", msrv::SUITE, &PACKAGES)?;
    for name in ["build", "dev", "proc", "tmp", "toolchain"] {
        fs::create_dir_all(root.join(name))?;
    }
    let home = tempfile::tempdir().context("create a directory")?;
    let place = home.path().join(parent);
    fs::create_dir_all(&place)?;
    fs::create_dir(home.path().join("bin"))?;
    // The installation of gcc makes this link.
    symlink("/usr/bin/gcc", home.path().join("bin/cc"))?;
    let mut tar = Command::new("tar");
    tar.arg("--extract").arg("--file").arg(release.archive);
    tar.arg("--directory").arg(&place);
    steps::run("unpacking the archive", &Gauge::Time, &mut tar)?;
    let inside = Path::new(HOME).join(parent).join(release.top);
    let start = |program: &str| -> Result<Command> {
        let mut command = command(&root, home.path(), &inside, toolchain)?;
        command.arg(program);
        Ok(command)
    };
    let mut rustc = start("rustc")?;
    rustc.arg("--version");
    let compiler = steps::run("starting the compiler there", &Gauge::Time, &mut rustc)?;
    let compiler = compiler.trim().to_owned();
    let mut cargo = start("cargo")?;
    cargo
        .args(["build", "--frozen", "--release"])
        .env("CARGO_HOME", Path::new(HOME).join(parent).join("cargo"))
        // Tools of packagers also set these variables.
        .env(
            "RUSTFLAGS",
            format!("--remap-path-prefix={}=.", inside.display()),
        );
    let title = format!(
        "building in an empty root with {compiler}, in {}",
        inside.display()
    );
    steps::run(&title, &Gauge::Time, &mut cargo)?;
    let mut aseq = start("./target/release/aseq")?;
    aseq.arg("--version");
    let said = steps::run("starting aseq there", &Gauge::Time, &mut aseq)?;
    if said.trim() != format!("aseq {}", release.version) {
        bail!("aseq --version prints {said:?}");
    }
    let built = place.join(release.top).join("target/release/aseq");
    let built = fs::read(&built).with_context(|| format!("read {}", built.display()))?;
    let size = u64::try_from(built.len())?;
    Ok((built, Program { compiler, size }))
}

/// Returns a command that starts the program in its arguments in the root.
fn command(
    root: &Path,
    home: &Path,
    directory: &Path,
    toolchain: Option<&Path>,
) -> Result<Command> {
    let mut command = Command::new(own::file()?);
    command
        .env_clear()
        .arg(ROLE)
        .arg(root)
        .arg(home)
        .arg(directory)
        .arg(toolchain.unwrap_or(Path::new("")));
    let path = match toolchain {
        Some(_) => format!("{HOME}/bin:{TOOLCHAIN}/bin:/usr/bin"),
        None => format!("{HOME}/bin:/usr/bin"),
    };
    command
        .env("PATH", path)
        .env("HOME", HOME)
        .env("LC_ALL", "C.UTF-8");
    Ok(command)
}

/// `xtask empty-root ROOT HOME DIRECTORY TOOLCHAIN PROGRAM…`: becomes the program, as root of ROOT,
/// in DIRECTORY, with HOME as `/build` and TOOLCHAIN as `/toolchain`, unless TOOLCHAIN is empty.
/// Returns only if that fails.
pub(crate) fn run(
    mut arguments: impl Iterator<Item = OsString>,
) -> Result<std::convert::Infallible> {
    let mut next = || arguments.next().context("an argument is missing");
    let (root, home) = (PathBuf::from(next()?), PathBuf::from(next()?));
    let (directory, toolchain) = (PathBuf::from(next()?), next()?);
    let program = next()?;
    let mut flags = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET;
    let (user, group) = (geteuid(), getegid());
    if !user.is_root() {
        flags |= CloneFlags::CLONE_NEWUSER;
    }
    unshare(flags).context("leave the machine's network and mounts")?;
    if !user.is_root() {
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
    }
    let bind = |from: &Path, to: &Path, flags| {
        mount(Some(from), to, None::<&str>, flags, None::<&str>)
            .with_context(|| format!("mount {}", to.display()))
    };
    bind(
        Path::new("none"),
        Path::new("/"),
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
    )?;
    let deep = MsFlags::MS_BIND | MsFlags::MS_REC;
    bind(Path::new("/proc"), &root.join("proc"), deep)?;
    bind(Path::new("/dev"), &root.join("dev"), deep)?;
    bind(&home, &root.join("build"), deep)?;
    if !toolchain.is_empty() {
        bind(Path::new(&toolchain), &root.join("toolchain"), deep)?;
    }
    let tmp = root.join("tmp");
    mount(
        Some("tmpfs"),
        &tmp,
        Some("tmpfs"),
        MsFlags::empty(),
        None::<&str>,
    )
    .with_context(|| format!("mount {}", tmp.display()))?;
    chroot(&root).context("enter the root")?;
    std::env::set_current_dir(&directory).context("enter the directory")?;
    let error = Command::new(&program).args(arguments).exec();
    Err(error).with_context(|| format!("start {}", program.to_string_lossy()))
}
