//! `cargo xtask dist --check`: makes all files twice, and tests them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Options, SUMS, empty_root};
use crate::files::{self, Links};
use crate::steps::{self, Gauge};
use crate::{own, python, workspace};

/// Limit of the program's size with a stable compiler of the Rust project.
const LIMIT: u64 = 1_340_000;

/// The limit with Debian's compiler, which is the oldest supported one. Its LLVM makes more code.
const DEBIAN_LIMIT: u64 = 1_520_000;

/// The differences between two runs: the directory of the sources, and cargo's own directory.
const PLACES: [(&str, &str); 2] = [("one", "cargo"), ("another/and/longer", "home/of/cargo")];

/// Makes all files twice, from clones of the repository, and compares them. The first run is the
/// result.
pub(super) fn run(options: &Options, output: &Path) -> Result<()> {
    super::sources::commit()?;
    super::empty(output)?;
    let temp = tempfile::tempdir().context("create a directory")?;
    let mut made = Vec::new();
    for (place, home) in PLACES {
        let clone = temp.path().join(place).join("alsa-seq");
        let home = temp.path().join(place).join(home);
        share_registry(&home)?;
        let mut git = Command::new("git");
        git.args(["clone", "--quiet", "--no-hardlinks"]);
        git.arg(workspace::root()?).arg(&clone);
        steps::run("cloning the repository", &Gauge::Time, &mut git)?;
        let output = clone.join("target/dist");
        let mut dist = Command::new(own::file()?);
        // Paths of the workspace, and of cargo's results.
        dist.env("CARGO_MANIFEST_DIR", clone.join("xtask"))
            .env("CARGO_TARGET_DIR", clone.join("target"))
            .env("CARGO_HOME", home)
            .args(["dist", "--vendor"])
            .arg("--output")
            .arg(&output);
        if !options.boards.is_empty() {
            dist.arg("--boards").args(&options.boards);
        }
        let title = format!("making all files in {}", clone.display());
        steps::run(&title, &Gauge::Time, &mut dist)?;
        made.push(output);
    }
    let [one, other] = made.as_slice() else {
        bail!("the files were not made twice");
    };
    compare(one, other)?;
    for name in files::names_below(one, Links::Follow)? {
        fs::copy(one.join(&name), output.join(&name))?;
    }
    steps::note("both runs made the same bytes");
    look_at(output)
}

/// Makes a home for cargo with the crates that were downloaded, which cargo unpacks there, and with
/// the settings for other crates.
fn share_registry(home: &Path) -> Result<()> {
    let registry = home.join("registry");
    fs::create_dir_all(&registry).with_context(|| format!("create {}", registry.display()))?;
    let own = workspace::cargo_home()?;
    for name in ["registry/cache", "registry/index", "config.toml"] {
        let from = own.join(name);
        if from.exists() {
            symlink(&from, home.join(name))?;
        }
    }
    Ok(())
}

/// Fails if two directories differ.
fn compare(one: &Path, other: &Path) -> Result<()> {
    let names = files::names_below(one, Links::Follow)?;
    if names != files::names_below(other, Links::Follow)? {
        bail!("two runs made different files");
    }
    let mut different = Vec::new();
    for name in names {
        if fs::read(one.join(&name))? != fs::read(other.join(&name))? {
            different.push(name.display().to_string());
        }
    }
    if !different.is_empty() {
        bail!("two runs differ in {}", different.join(", "));
    }
    Ok(())
}

/// Validates the descriptions, and builds the packed sources.
fn look_at(output: &Path) -> Result<()> {
    let names = files::names_below(output, Links::Follow)?;
    let vendored = names.iter().find_map(|name| {
        let top = name.to_str()?.strip_suffix("-vendored.tar.xz")?;
        Some((output.join(name), top.to_owned()))
    });
    let (archive, top) = vendored.context("the archive with all sources is missing")?;
    let version = top
        .strip_prefix("alsa-seq-")
        .context("the archive has no version")?;
    let release = empty_root::Release {
        archive: &archive,
        top: &top,
        version,
    };
    let programs = [
        (empty_root::debian(release)?, DEBIAN_LIMIT),
        (empty_root::stock(release)?, LIMIT),
    ];
    let temp = tempfile::tempdir().context("create a directory")?;
    let mut tar = Command::new("tar");
    tar.arg("--extract").arg("--file").arg(&archive);
    tar.arg("--directory").arg(temp.path());
    steps::run("unpacking the archive", &Gauge::Time, &mut tar)?;
    let mut documents = vec![temp.path().join(&top).join("aseq.cdx.json")];
    let beside = output.join(format!("aseq-{version}.cdx.json"));
    documents.extend(beside.exists().then_some(beside));
    python::validate_sboms(&documents)?;
    let mut check = Command::new("sha256sum");
    check
        .current_dir(output)
        .args(["--check", "--strict", SUMS]);
    steps::run("checking the checksums", &Gauge::Time, &mut check)?;
    // The size is checked last, because the other checks hold for programs of any size.
    let mut is_small = true;
    for (empty_root::Program { compiler, size }, limit) in programs {
        steps::note(&format!(
            "in an empty root, {compiler} makes an aseq of {size} bytes; the limit is {limit}"
        ));
        is_small &= size <= limit;
    }
    if !is_small {
        bail!("aseq has become too large");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_found() {
        let temp = tempfile::tempdir().unwrap();
        let (one, other) = (temp.path().join("one"), temp.path().join("other"));
        for directory in [&one, &other] {
            fs::create_dir(directory).unwrap();
            fs::write(directory.join("a"), "text").unwrap();
            fs::write(directory.join("b"), "text").unwrap();
        }
        compare(&one, &other).unwrap();
        fs::write(other.join("b"), "test").unwrap();
        let error = compare(&one, &other).unwrap_err();
        assert_eq!(error.to_string(), "two runs differ in b");
        fs::remove_file(other.join("b")).unwrap();
        let error = compare(&one, &other).unwrap_err();
        assert_eq!(error.to_string(), "two runs made different files");
    }
}
