//! Asks for newer versions of cached files after a day, so "newest" stays true.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::steps;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The file beside unpacked packages with their versions.
const VERSIONS: &str = "versions";

/// Calls `fetch` if a file of the cache was written more than a day ago. If `fetch` fails, for
/// example without a network, the old files stay, and a note reports their age.
pub(crate) fn renew(name: &str, stamp: &Path, fetch: impl FnOnce() -> Result<()>) -> Result<()> {
    let written = fs::metadata(stamp).and_then(|data| data.modified());
    let written = written.with_context(|| format!("read {}", stamp.display()))?;
    // A time in the future does not count.
    let age = written.elapsed().unwrap_or_default();
    if age < DAY {
        return Ok(());
    }
    match fetch() {
        Err(e) if !e.is::<steps::Interrupted>() => {
            let days = age.as_secs() / DAY.as_secs();
            steps::note(&format!(
                "the newest {name} cannot be fetched; using the files of {days} days ago: {e:#}"
            ));
            Ok(())
        }
        result => result,
    }
}

/// Returns whether a directory has packages of these versions. If so, gives its file `stamp` the
/// current time.
pub(crate) fn is_current(directory: &Path, stamp: &str, versions: &str) -> Result<bool> {
    if !fs::read_to_string(directory.join(VERSIONS)).is_ok_and(|text| text == versions) {
        return Ok(false);
    }
    let stamp = directory.join(stamp);
    let text = fs::read(&stamp).with_context(|| format!("read {}", stamp.display()))?;
    fs::write(&stamp, text).with_context(|| format!("write {}", stamp.display()))?;
    Ok(true)
}

/// Writes the versions of a directory's packages.
pub(crate) fn write(directory: &Path, versions: &str) -> Result<()> {
    let file = directory.join(VERSIONS);
    fs::write(&file, versions).with_context(|| format!("write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::SystemTime;

    use super::*;

    /// Makes a file two days old.
    fn make_old(file: &Path) {
        let old = SystemTime::now() - 2 * DAY;
        let file = fs::File::options().write(true).open(file).unwrap();
        file.set_modified(old).unwrap();
    }

    #[test]
    fn files_older_than_a_day_are_fetched_again() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let stamp = directory.join("stamp");
        fs::write(&stamp, "text").unwrap();
        write(directory, "a 1\n").unwrap();
        let asked = Cell::new(0);
        let ask = || {
            renew("files", &stamp, || {
                asked.set(asked.get() + 1);
                is_current(directory, "stamp", "a 1\n").map(|current| assert!(current))
            })
            .unwrap();
            asked.get()
        };
        assert_eq!(ask(), 0);
        make_old(&stamp);
        assert_eq!(ask(), 1);
        // The file is new now, and has the same text.
        assert_eq!(ask(), 1);
        assert_eq!(fs::read_to_string(&stamp).unwrap(), "text");
        assert!(!is_current(directory, "stamp", "a 2\n").unwrap());
    }

    #[test]
    fn without_a_network_the_old_files_stay() {
        let file = tempfile::NamedTempFile::new().unwrap();
        make_old(file.path());
        renew("files", file.path(), || anyhow::bail!("no network")).unwrap();
    }
}
