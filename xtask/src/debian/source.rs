//! Source packages in the cache.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::Apt;
use crate::{cache, steps};

/// Returns the directory with the source of a package. Fetches it if it is missing. The directory
/// is shared, so builds use a copy.
pub(crate) fn source(suite: &str, package: &str) -> Result<PathBuf> {
    let all = cache::dir()?.join("sources");
    fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
    let home = all.join(format!("{package}-{suite}"));
    let _lock = cache::lock(&all.join(format!("{package}-{suite}.lock")), || {
        steps::note(&format!(
            "the source of {package} is being fetched; waiting for it"
        ));
    })?;
    if home.is_dir() {
        return Ok(home);
    }
    let temp = cache::temp_dir(&all, &format!("tmp-{package}-{suite}-"))?;
    let new = Apt::for_source(suite, package)?.source(package, temp.path())?;
    // The directory is complete, or does not exist.
    fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    Ok(home)
}
