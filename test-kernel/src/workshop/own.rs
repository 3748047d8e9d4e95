//! This program's own file, which can start the program again.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// The kernel appends this to the name of a program whose file was removed.
const GONE: &[u8] = b" (deleted)";

/// Returns the path of this program.
///
/// When cargo builds the workspace with other features, it replaces the file, perhaps while one of
/// our commands runs. The new file has the same path, and does the same.
pub fn file() -> Result<PathBuf> {
    let path = std::env::current_exe().context("find this program's own file")?;
    Ok(present(path))
}

fn present(path: PathBuf) -> PathBuf {
    match path.as_os_str().as_bytes().strip_suffix(GONE) {
        Some(name) if !path.exists() => PathBuf::from(OsStr::from_bytes(name)),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_replaced_program_is_found_at_its_old_path() {
        let directory = tempfile::tempdir().unwrap();
        let plain = directory.path().join("program");
        assert_eq!(present(plain.clone()), plain);
        let gone = directory.path().join("program (deleted)");
        assert_eq!(present(gone.clone()), plain);
        // Such names exist.
        fs::write(&gone, "").unwrap();
        assert_eq!(present(gone.clone()), gone);
    }
}
