//! Source packages of PyPI, in the cache.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::package::only_file;
use super::venv;
use crate::cache;
use crate::steps::{self, Gauge};

/// Returns the source of `name==version` without the directory of the package itself, so `import`
/// finds our package.
pub(super) fn source(requirement: &str, package: &str) -> Result<PathBuf> {
    let Some((name, _)) = requirement.split_once("==") else {
        bail!("{requirement} has no version");
    };
    let all = cache::dir()?.join("sources");
    fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
    let directory = requirement.replace("==", "-");
    let home = all.join(&directory);
    let _lock = cache::lock(&all.join(format!("{directory}.lock")), || {
        steps::note(&format!("another task fetches {name}; waiting for it"));
    })?;
    if home.is_dir() {
        return Ok(home);
    }
    let tools = venv::tools()?;
    let temp = cache::temp_dir(&all, &format!("tmp-{directory}-"))?;
    let download = temp.path().join("download");
    let mut pip = Command::new(tools.program("python3"));
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args(["--no-deps", "--no-binary", name, requirement, "--dest"])
    .arg(&download);
    let title = format!("downloading the source of {requirement}");
    steps::run(&title, &Gauge::Time, &mut pip)?;
    let new = temp.path().join("new");
    fs::create_dir(&new)?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--no-same-owner", "--strip-components=1"])
        .arg(format!("--exclude=*/{package}"))
        .arg("--file")
        .arg(only_file(&download)?)
        .arg("--directory")
        .arg(&new);
    steps::run(&format!("unpacking {name}"), &Gauge::Time, &mut tar)?;
    // The directory is complete, or does not exist.
    fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    Ok(home)
}
