//! Programs of other projects that cargo installs, in the cache.

use std::path::PathBuf;

use anyhow::Result;

use crate::steps::{self, Gauge};
use crate::{cache, workspace};

/// Returns the path of a program in the cache. Builds it if it is missing. The crate has the
/// program's name.
pub(crate) fn obtain(name: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let directory = cache::dir()?
        .join("tools")
        .join(format!("{name}-{version}"));
    let program = directory.join("bin").join(name);
    if !program.is_file() {
        steps::run(
            &format!("installing {name} {version}"),
            &Gauge::Time,
            workspace::cargo()?
                .args(["install", "--locked", name, "--version", version])
                .args(options)
                .arg("--root")
                .arg(&directory),
        )?;
    }
    Ok(program)
}
