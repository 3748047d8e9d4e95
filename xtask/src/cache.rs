//! The user's cache directory.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// `alsa-seq` in the user's cache directory.
pub(crate) fn dir() -> Result<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME says where the cache is")?;
    Ok(base.join("alsa-seq"))
}
