//! Checksums in the format of `sha256sum`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use sha2::Digest;

/// Returns the checksum of a file, in hexadecimal.
pub(crate) fn of_file<D: Digest>(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("read {}", file.display()))?;
    let mut sum = String::new();
    for byte in D::digest(bytes) {
        write!(sum, "{byte:02x}")?;
    }
    Ok(sum)
}
