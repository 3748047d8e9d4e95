//! This program's own file: what starts it again, and what cargo's runner starts.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::workspace;

/// What the kernel appends to the name of a program whose file is gone.
const GONE: &[u8] = b" (deleted)";

/// The path of this program.
///
/// Cargo replaces the file when it builds the workspace with other features, perhaps while
/// one of our commands runs. The new file has the same path, and does the same.
pub(crate) fn file() -> Result<PathBuf> {
    let path = std::env::current_exe().context("find this program's own file")?;
    Ok(present(path))
}

fn present(path: PathBuf) -> PathBuf {
    match path.as_os_str().as_bytes().strip_suffix(GONE) {
        Some(name) if !path.exists() => PathBuf::from(OsStr::from_bytes(name)),
        _ => path,
    }
}

/// Gives `runner.sh` this program, if the one that it has is older. Without that, `runner.sh`
/// builds one of its own.
pub(crate) fn become_runner() -> Result<()> {
    let root = workspace::root()?;
    let own = file()?;
    let runner = root.join("target/xtask-runner/xtask");
    // Another user's program, or one of another checkout, is not known to be of these sources.
    if own.starts_with(root.join("target")) && own != runner && is_older(&runner, &own) {
        copy(&own, &runner).with_context(|| format!("create {}", runner.display()))?;
    }
    Ok(())
}

fn is_older(one: &Path, other: &Path) -> bool {
    let written = |path: &Path| fs::metadata(path).and_then(|data| data.modified());
    match (written(one), written(other)) {
        (Ok(one), Ok(other)) => one < other,
        (one, _) => one.is_err(),
    }
}

/// Copies a program so that nobody ever starts a part of it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let directory = to.parent().context("a program without a directory")?;
    fs::create_dir_all(directory)?;
    let new = tempfile::Builder::new()
        .prefix("new-")
        .tempdir_in(directory)?;
    let file = new.path().join("xtask");
    fs::copy(from, &file)?;
    // `runner.sh` compares it with the sources: it is as old as what it is a copy of.
    let written = fs::metadata(from)?.modified()?;
    fs::File::options()
        .write(true)
        .open(&file)?
        .set_modified(written)?;
    fs::rename(&file, to)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_program_is_found_where_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let plain = directory.path().join("program");
        assert_eq!(present(plain.clone()), plain);
        let gone = directory.path().join("program (deleted)");
        assert_eq!(present(gone.clone()), plain);
        // There are such names.
        fs::write(&gone, "").unwrap();
        assert_eq!(present(gone.clone()), gone);
    }

    #[test]
    fn only_an_older_program_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let (own, runner) = (
            directory.path().join("own"),
            directory.path().join("sub/run"),
        );
        fs::write(&own, "new").unwrap();
        assert!(is_older(&runner, &own), "there is none");
        copy(&own, &runner).unwrap();
        assert_eq!(fs::read_to_string(&runner).unwrap(), "new");
        assert!(!is_older(&runner, &own));
        let time = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        assert_eq!(time(&runner), time(&own));
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        let file = fs::File::options().write(true).open(&runner).unwrap();
        file.set_modified(old).unwrap();
        assert!(is_older(&runner, &own));
    }
}
