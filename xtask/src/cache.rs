//! The user's cache directory.

use std::path::PathBuf;

use anyhow::Result;

pub(crate) use test_kernel::workshop::cache::{lock, temp_dir};

/// Returns `alsa-seq` in the user's cache directory.
pub(crate) fn dir() -> Result<PathBuf> {
    test_kernel::workshop::cache::dir_of("alsa-seq")
}
