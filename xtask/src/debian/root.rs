//! Packages with all their dependencies, unpacked into the cache. Nothing is installed: the
//! programs run with the loader and the libraries beside them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Apt, age};
use crate::cache;
use crate::steps::{self, Gauge};

/// Increased when the way of unpacking packages changes.
const REVISION: u8 = 1;

/// The file with the list of packages that a directory was made for.
const MADE_FOR: &str = "made-for";

/// The package of libasound.
const LIBASOUND: &str = "libasound2t64";

/// The directories that Debian has moved below `/usr`. Some packages still have files in the old
/// place.
const MERGED: [&str; 4] = ["bin", "sbin", "lib", "lib64"];

/// Returns the directory `roots/NAME` of the cache, with these packages of a suite and all their
/// dependencies. Makes it if it is missing or was made for another list.
pub(crate) fn obtain(name: &str, suite: &str, packages: &[&str]) -> Result<PathBuf> {
    let roots = cache::dir()?.join("roots");
    fs::create_dir_all(&roots).with_context(|| format!("create {}", roots.display()))?;
    let home = roots.join(name);
    let _lock = cache::lock(&roots.join(format!("{name}.lock")), || {
        steps::note(&format!(
            "{name} is being fetched by another task; waiting for it"
        ));
    })?;
    let made_for = home.join(MADE_FOR);
    let wanted = format!("{REVISION} {suite}\n{}\n", packages.join("\n"));
    let fetch = || fetch(&home, name, suite, packages, &wanted);
    if fs::read_to_string(&made_for).is_ok_and(|text| text == wanted) {
        age::renew(name, &made_for, fetch)?;
    } else {
        fetch()?;
    }
    Ok(home)
}

/// Fetches the packages, unless the directory was made for the same list and has the newest versions.
fn fetch(home: &Path, name: &str, suite: &str, packages: &[&str], wanted: &str) -> Result<()> {
    let first = packages.first().context("no package named")?;
    let apt = Apt::for_suite(suite, first)?;
    // Some dependency changes every day, but most of these changes do not matter.
    let versions = apt.versions(&[packages, &[LIBASOUND]].concat())?;
    if fs::read_to_string(home.join(MADE_FOR)).is_ok_and(|text| text == wanted)
        && age::is_current(home, MADE_FOR, &versions)?
    {
        return Ok(());
    }
    let roots = home.parent().context("no directory")?;
    let temp = cache::temp_dir(roots, &format!("tmp-{name}-"))?;
    let root = temp.path().join("root");
    for directory in MERGED {
        fs::create_dir_all(root.join("usr").join(directory))?;
        symlink(format!("usr/{directory}"), root.join(directory))?;
    }
    let all = closure(&apt, packages)?;
    unpack_all(&apt, name, &all, &root)?;
    fs::write(root.join(MADE_FOR), wanted)?;
    age::write(&root, &versions)?;
    if home.exists() {
        let old = temp.path().join("old");
        fs::rename(home, &old).with_context(|| format!("remove {}", home.display()))?;
    }
    // The directory is complete, or does not exist.
    fs::rename(&root, home).with_context(|| format!("create {}", home.display()))
}

/// Returns these packages and all their dependencies, but neither recommended packages nor those
/// that every Debian has (`Essential`).
fn closure(apt: &Apt, packages: &[&str]) -> Result<BTreeSet<String>> {
    let text = steps::run(
        "resolving the packages' dependencies",
        &Gauge::Time,
        apt.command("apt-get")
            .arg("-o")
            // As on a machine without installed packages.
            .arg(format!("Dir::State::status={}", apt.status().display()))
            .args(["install", "--simulate", "--no-install-recommends"])
            .args(packages),
    )?;
    let all = to_install(&text);
    match packages.iter().find(|name| !all.contains(**name)) {
        Some(name) => bail!("{} does not have {name}", apt.suite()),
        None => Ok(all),
    }
}

/// Downloads all of these and unpacks them into `dir`.
fn unpack_all(apt: &Apt, name: &str, packages: &BTreeSet<String>, dir: &Path) -> Result<()> {
    let debs = tempfile::Builder::new()
        .prefix("debs-")
        .tempdir_in(dir)
        .with_context(|| format!("create a directory in {}", dir.display()))?;
    let uris = steps::run(
        "looking up the packages' addresses",
        &Gauge::Time,
        apt.command("apt-get")
            .args(["-q", "--print-uris", "download"])
            .args(packages),
    )?;
    steps::run(
        &format!("downloading {} packages for {name}", packages.len()),
        &Gauge::Bytes {
            dir: debs.path().to_owned(),
            total: sizes(&uris),
        },
        apt.command("apt-get")
            .args(["-q", "download"])
            .args(packages)
            .current_dir(debs.path()),
    )?;
    // Each package is removed at once, which halves the necessary disk space.
    let script =
        "root=$1; shift; for deb; do dpkg -x \"$deb\" \"$root\" && rm \"$deb\" || exit; done";
    let mut files = Vec::new();
    for entry in fs::read_dir(debs.path())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            files.push(path);
        }
    }
    if files.len() != packages.len() {
        bail!(
            "{} of {} packages have arrived",
            files.len(),
            packages.len()
        );
    }
    steps::run(
        &format!("unpacking {} packages", files.len()),
        &Gauge::Time,
        Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(dir)
            .args(&files),
    )?;
    Ok(())
}

/// Returns the packages that `apt-get --simulate install` would install: `Inst NAME (VERSION …)`.
fn to_install(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("Inst ")?.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// Returns the size of the download that `apt-get download` reports: `'URI' FILE SIZE HASH`.
fn sizes(uris: &str) -> u64 {
    uris.lines()
        .filter(|line| line.starts_with('\''))
        .filter_map(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_to_install_are_read() {
        let text = "\
Reading package lists...
The following NEW packages will be installed:
  libc6 pmidi
Inst gcc-14-base (14.2.0-19 Debian:unstable [amd64])
Inst libc6 (2.41-12 Debian:unstable [amd64]) []
Inst pmidi (1.7.1-1+b3 Debian:unstable [amd64])
Conf libc6 (2.41-12 Debian:unstable [amd64])
";
        let names: Vec<String> = to_install(text).into_iter().collect();
        assert_eq!(names, ["gcc-14-base", "libc6", "pmidi"]);
    }

    #[test]
    fn sizes_are_added() {
        let text = "\
'http://mirror.example/a_1%3a2_amd64.deb' a_1%3a2_amd64.deb 100 SHA256:00
Get something
'http://mirror.example/b_1_all.deb' b_1_all.deb 23 SHA256:00
";
        assert_eq!(sizes(text), 123);
    }
}
