//! A build where nothing else is: in a directory that has Debian's oldest compiler of ours
//! and what it depends on, without a network.

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

/// The argument by which this binary is told to start a program there.
pub(crate) const ROLE: &str = "empty-root";

/// What the root has, besides what this depends on.
const PACKAGES: [&str; 1] = ["cargo"];

/// Where the work is, inside.
const HOME: &str = "/build";

/// Builds the archive twice, in different directories, and compares; returns the size of
/// the program.
pub(super) fn build(archive: &Path, top: &str, version: &str) -> Result<u64> {
    provide("unpacking the archive", &[Tool::program("xz", "xz-utils")])?;
    let root = debian::root("release", msrv::SUITE, &PACKAGES)?;
    for name in ["build", "dev", "proc", "tmp"] {
        fs::create_dir_all(root.join(name))?;
    }
    let mut programs = Vec::new();
    for parent in ["one", "another/place"] {
        let home = tempfile::tempdir().context("create a directory")?;
        let place = home.path().join(parent);
        fs::create_dir_all(&place)?;
        fs::create_dir(home.path().join("bin"))?;
        // Whoever installs gcc makes this link.
        symlink("/usr/bin/gcc", home.path().join("bin/cc"))?;
        let mut tar = Command::new("tar");
        tar.arg("--extract").arg("--file").arg(archive);
        tar.arg("--directory").arg(&place);
        steps::run("unpacking the archive", &Gauge::Time, &mut tar)?;
        let inside = Path::new(HOME).join(parent).join(top);
        let mut cargo = command(&root, home.path(), &inside)?;
        cargo
            .args(["/usr/bin/cargo", "build", "--frozen", "--release"])
            .env("CARGO_HOME", Path::new(HOME).join(parent).join("cargo"))
            // What packagers' own tools set, too.
            .env(
                "RUSTFLAGS",
                format!("--remap-path-prefix={}=.", inside.display()),
            );
        let title = format!("building in an empty root, in {}", inside.display());
        steps::run(&title, &Gauge::Time, &mut cargo)?;
        let built = place.join(top).join("target/release/aseq");
        let mut aseq = command(&root, home.path(), &inside)?;
        aseq.args(["./target/release/aseq", "--version"]);
        let said = steps::run("starting aseq there", &Gauge::Time, &mut aseq)?;
        if said.trim() != format!("aseq {version}") {
            bail!("aseq --version says {said:?}");
        }
        programs.push(fs::read(&built).with_context(|| format!("read {}", built.display()))?);
    }
    let [one, other] = programs.as_slice() else {
        bail!("there are not two programs");
    };
    if one != other {
        bail!("two builds of the archive differ");
    }
    Ok(u64::try_from(one.len())?)
}

/// A command that starts the program in its arguments in the root.
fn command(root: &Path, home: &Path, directory: &Path) -> Result<Command> {
    let mut command = Command::new(own::file()?);
    command
        .env_clear()
        .arg(ROLE)
        .arg(root)
        .arg(home)
        .arg(directory);
    command
        .env("PATH", format!("{HOME}/bin:/usr/bin"))
        .env("HOME", HOME)
        .env("LC_ALL", "C.UTF-8");
    Ok(command)
}

/// `xtask empty-root ROOT HOME DIRECTORY PROGRAM…`: becomes the program, as root of ROOT,
/// in DIRECTORY, with HOME as `/build`. Returns if that fails.
pub(crate) fn run(
    mut arguments: impl Iterator<Item = OsString>,
) -> Result<std::convert::Infallible> {
    let mut next = || arguments.next().context("an argument is missing");
    let (root, home) = (PathBuf::from(next()?), PathBuf::from(next()?));
    let (directory, program) = (PathBuf::from(next()?), next()?);
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
