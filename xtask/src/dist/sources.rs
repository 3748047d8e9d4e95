//! The packed tree: the sources for packagers, and files that are made from them.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::manifest::{self, KERNEL_ABI, LIBRARY};
use super::packages;
use crate::files::{self, Links};
use crate::steps::{self, Gauge};
use crate::workspace;

/// The files of the repository that are in the release, and their paths there. A directory includes
/// all its files. These are not in the release: tests with the crates that they need, and parts
/// that cargo alone cannot build or that users get in another way (`capi`, `midir`, `alsa-sys`,
/// `python`).
const FILES: [(&str, &str); 21] = [
    ("README.md", "README.md"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("docs", "docs"),
    ("packaging", "packaging"),
    ("cli/src", "cli/src"),
    ("cli/build.rs", "cli/build.rs"),
    ("cli/unwind-tables.ld", "cli/unwind-tables.ld"),
    ("cli/README.md", "cli/README.md"),
    ("cli/LICENSE-APACHE", "cli/LICENSE-APACHE"),
    ("cli/LICENSE-MIT", "cli/LICENSE-MIT"),
    ("kernel-abi/src", "kernel-abi/src"),
    ("kernel-abi/README.md", "kernel-abi/README.md"),
    ("kernel-abi/LICENSE-APACHE", "kernel-abi/LICENSE-APACHE"),
    ("kernel-abi/LICENSE-MIT", "kernel-abi/LICENSE-MIT"),
    ("src", "library/src"),
    ("README.md", "library/README.md"),
    ("docs/coming-from.md", "library/docs/coming-from.md"),
    ("LICENSE-APACHE", "library/LICENSE-APACHE"),
    ("LICENSE-MIT", "library/LICENSE-MIT"),
];

/// The released commit.
#[derive(Debug)]
pub(super) struct Commit {
    /// Its time, in seconds since 1970, and as text.
    pub(super) seconds: u64,
    pub(super) time: String,
}

/// Returns the commit of the working tree, which must not have changes.
pub(super) fn commit() -> Result<Commit> {
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    if !changed.is_empty() {
        bail!("a release is made from a commit, and these files differ from it:\n{changed}");
    }
    let seconds = git(&["log", "-1", "--format=%ct"])?;
    let format = "--date=format-local:%Y-%m-%dT%H:%M:%SZ";
    Ok(Commit {
        seconds: seconds.parse().context("git prints no time")?,
        time: git(&["log", "-1", "--format=%cd", format])?,
    })
}

/// Makes the tree in `directory`, which is empty.
pub(super) fn make(directory: &Path, target: &Path) -> Result<()> {
    let temp = tempfile::tempdir().context("create a directory")?;
    let from = temp.path();
    unpack(from)?;
    for (name, to) in FILES {
        let source = from.join(name);
        if source.exists() {
            copy(&source, &directory.join(to))?;
        } else if name != "packaging" {
            bail!("the commit has no {name}");
        }
    }
    let read =
        |name: &str| fs::read_to_string(from.join(name)).with_context(|| format!("read {name}"));
    let write = |name: &str, text: String| {
        fs::write(directory.join(name), text).with_context(|| format!("write {name}"))
    };
    let root = read("Cargo.toml")?;
    write("Cargo.toml", manifest::workspace(&root)?)?;
    write(
        "cli/Cargo.toml",
        manifest::member(&read("cli/Cargo.toml")?)?,
    )?;
    write(
        &format!("{LIBRARY}/Cargo.toml"),
        manifest::library(&root, &root)?,
    )?;
    let abi = format!("{KERNEL_ABI}/Cargo.toml");
    write(&abi, manifest::library(&read(&abi)?, &root)?)?;
    prune(directory, &read("Cargo.lock")?)?;
    documents(directory, target)
}

/// Unpacks the commit.
fn unpack(directory: &Path) -> Result<()> {
    let mut names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    names.extend([
        "Cargo.toml",
        "Cargo.lock",
        "cli/Cargo.toml",
        "kernel-abi/Cargo.toml",
    ]);
    names.retain(|name| git(&["cat-file", "-e", &format!("HEAD:{name}")]).is_ok());
    let output = Command::new("git")
        .current_dir(workspace::root()?)
        .args(["archive", "--format=tar", "HEAD"])
        .args(names)
        .output()
        .context("run git")?;
    if !output.status.success() {
        bail!("git archive: {}", String::from_utf8_lossy(&output.stderr));
    }
    tar::Archive::new(Cursor::new(output.stdout))
        .unpack(directory)
        .context("unpack the commit")
}

fn git(arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .current_dir(workspace::root()?)
        .env("TZ", "UTC")
        .args(arguments)
        .output()
        .context("run git")?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("git {}: {reason}", arguments.join(" "));
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Copies a file, or all files of a directory. Follows links, because their targets may be
/// elsewhere in the release.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let names = match from.is_dir() {
        true => files::names_below(from, Links::Follow)?,
        false => vec![PathBuf::new()],
    };
    for name in names {
        // Joining an empty path would append a slash.
        let (from, to) = match name.as_os_str().is_empty() {
            true => (from.to_owned(), to.to_owned()),
            false => (from.join(&name), to.join(&name)),
        };
        let parent = to.parent().context("a file has no directory")?;
        fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
        fs::copy(&from, &to)
            .with_context(|| format!("copy {} to {}", from.display(), to.display()))?;
    }
    Ok(())
}

/// Writes the lock file: the part of the repository's that this workspace needs.
fn prune(directory: &Path, lock: &str) -> Result<()> {
    let file = directory.join("Cargo.lock");
    fs::write(&file, lock).with_context(|| format!("write {}", file.display()))?;
    let mut cargo = workspace::cargo()?;
    cargo
        .current_dir(directory)
        .args(["metadata", "--quiet", "--format-version", "1"]);
    steps::run("pruning the lock file", &Gauge::Time, &mut cargo)?;
    let all = packages::locked(lock)?;
    for (key, sum) in packages::locked(&fs::read_to_string(&file)?)? {
        if all.get(&key) != Some(&sum) {
            bail!("the lock file has no matching {} {}", key.0, key.1);
        }
    }
    Ok(())
}

/// Makes the manual pages and completions, with the `aseq` of the tree.
fn documents(directory: &Path, target: &Path) -> Result<()> {
    let mut cargo = workspace::cargo()?;
    cargo
        .current_dir(directory)
        .args([
            "build",
            "--locked",
            "--bin",
            "aseq",
            "--features",
            "docs,full",
        ])
        .arg("--target-dir")
        .arg(target)
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    steps::run("building aseq for its documents", &Gauge::Time, &mut cargo)?;
    let temp = tempfile::tempdir().context("create a directory")?;
    let mut aseq = Command::new(target.join("debug/aseq"));
    aseq.arg("docs").arg(temp.path());
    steps::run(
        "writing manual pages and completions",
        &Gauge::Time,
        &mut aseq,
    )?;
    copy(&temp.path().join("man1"), &directory.join("man"))?;
    copy(
        &temp.path().join("completions"),
        &directory.join("completions"),
    )
}
