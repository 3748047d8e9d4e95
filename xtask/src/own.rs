//! The file of this program, which cargo's runner starts.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

pub(crate) use test_kernel::workshop::own::file;

use crate::workspace;

/// Copies this program for `runner.sh`, if the copy is older. Without the copy, `runner.sh` builds
/// `test-kernel`.
pub(crate) fn become_runner() -> Result<()> {
    let root = workspace::root()?;
    let own = file()?;
    let runner = root.join("target/test-kernel/test-kernel");
    // A program of another user or of another checkout may have been built from other sources.
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

/// Copies a program in one step, so that an incomplete file is never started.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let directory = to.parent().context("a program without a directory")?;
    fs::create_dir_all(directory)?;
    let new = tempfile::Builder::new()
        .prefix("new-")
        .tempdir_in(directory)?;
    let file = new.path().join("test-kernel");
    fs::copy(from, &file)?;
    // `runner.sh` compares its time with the sources, so it gets the time of the original.
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
