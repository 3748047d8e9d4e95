//! Gets published crates with cargo.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::steps::{self, Gauge};
use crate::{cache, workspace};

/// Returns the directory with the source of a crate. Fetches it if it is missing.
pub(crate) fn source(name: &str, version: &str) -> Result<PathBuf> {
    let all = cache::dir()?.join("suites");
    fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
    let home = all.join(format!("{name}-{version}"));
    let _lock = cache::lock(&all.join(format!("{name}-{version}.lock")), || {
        steps::note(&format!(
            "the crate {name} is being fetched; waiting for it"
        ));
    })?;
    if home.is_dir() {
        return Ok(home);
    }
    let temp = cache::temp_dir(&all, &format!("tmp-{name}-{version}-"))?;
    vendor(temp.path(), name, version)?;
    // The directory is complete, or does not exist.
    let new = temp.path().join("vendor").join(name);
    fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    Ok(home)
}

/// Makes cargo copy a crate, and its dependencies, into `vendor`.
fn vendor(directory: &Path, name: &str, version: &str) -> Result<()> {
    let manifest = format!(
        "[package]\nname = \"suite\"\nedition = \"2021\"\n\n[lib]\npath = \"lib.rs\"\n\n\
         [dependencies]\n{name} = \"={version}\"\n\n[workspace]\n"
    );
    fs::write(directory.join("Cargo.toml"), manifest)?;
    fs::write(directory.join("lib.rs"), "")?;
    let mut cargo = workspace::cargo()?;
    cargo
        .current_dir(directory)
        .args(["vendor", "--quiet", "vendor"]);
    steps::run(
        &format!("fetching the crate {name}"),
        &Gauge::Time,
        &mut cargo,
    )?;
    Ok(())
}

/// Copies the source of a crate to a place where cargo may write, and appends to its `Cargo.toml`:
/// an empty workspace, because the copy may be inside a workspace, and `patch`.
pub(crate) fn copy(source: &Path, directory: &Path, patch: &str) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("remove {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("create {}", directory.display()))?;
    let mut cp = Command::new("cp");
    // Keeps the times, because cargo would build everything again otherwise.
    cp.arg("--archive").arg(source.join(".")).arg(directory);
    steps::run(
        &format!("copying {}", source.display()),
        &Gauge::Time,
        &mut cp,
    )?;
    let manifest = directory.join("Cargo.toml");
    let text =
        fs::read_to_string(&manifest).with_context(|| format!("read {}", manifest.display()))?;
    let workspace = match text.contains("[workspace]") {
        true => "",
        false => "\n[workspace]\n",
    };
    let mut file = OpenOptions::new().append(true).open(&manifest)?;
    write!(file, "{workspace}{patch}").with_context(|| format!("write {}", manifest.display()))
}
