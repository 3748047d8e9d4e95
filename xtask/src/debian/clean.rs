//! A Debian that contains only the packages that every Debian has.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::sources::{self, PackageKind};
use super::{Tool, provide};
use crate::cache;
use crate::steps::{self, Gauge};

/// Returns an archive of its files, with dpkg and apt, for `tar`. It is made once.
pub(crate) fn clean(suite: &str) -> Result<PathBuf> {
    let roots = cache::dir()?.join("roots");
    fs::create_dir_all(&roots).with_context(|| format!("create {}", roots.display()))?;
    let archive = roots.join(format!("clean-{suite}.tar"));
    let _lock = cache::lock(&roots.join(format!("clean-{suite}.lock")), || {
        steps::note("another task makes a clean Debian; waiting for it");
    })?;
    if archive.is_file() {
        return Ok(archive);
    }
    provide(
        "making a clean Debian",
        &[Tool::program("mmdebstrap", "mmdebstrap")],
    )?;
    let temp = cache::temp_dir(&roots, "tmp-clean-")?;
    let made = temp.path().join("clean.tar");
    let mut failure = None;
    for mirror in sources::machine_mirrors()? {
        let done = steps::run(
            "making a clean Debian",
            &Gauge::Time,
            Command::new("mmdebstrap")
                .args(["--variant=apt", suite])
                .arg(&made)
                .arg(mirror.line(PackageKind::Binary, suite)),
        );
        match done {
            Ok(_) => {
                fs::rename(&made, &archive)
                    .with_context(|| format!("create {}", archive.display()))?;
                return Ok(archive);
            }
            Err(error) if error.is::<steps::Interrupted>() => return Err(error),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.context("this machine has no mirror of Debian")?)
}
