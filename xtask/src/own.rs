//! The file of this program, which cargo's runner starts.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

pub(crate) use test_kernel::workshop::own::file;

use crate::files;
use crate::workspace;

/// Copies this program for `runner.sh`, if the copy is older. Without the copy, `runner.sh` builds
/// `test-kernel`.
pub(crate) fn become_runner() -> Result<()> {
    let root = workspace::root()?;
    let own = file()?;
    let runner = root.join("target/test-kernel/test-kernel");
    // A program of another user or of another checkout may have been built from other sources.
    if own.starts_with(root.join("target")) && own != runner && is_older(&runner, &own) {
        files::copy_program(&own, &runner)
            .with_context(|| format!("create {}", runner.display()))?;
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
        files::copy_program(&own, &runner).unwrap();
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
