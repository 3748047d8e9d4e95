//! Files of Debian's archive for the tasks of this project, in the cache.

pub(crate) mod age;
mod clean;
mod root;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

pub(crate) use test_kernel::workshop::debian::{Apt, Tool, here, in_path, provide, sources};

pub(crate) use clean::clean;
pub(crate) use root::obtain as root;
pub(crate) use source::source;

/// Returns all files below a directory.
pub(crate) fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        let entries =
            fs::read_dir(&directory).with_context(|| format!("read {}", directory.display()))?;
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                directories.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}
