//! Files that are whole at every moment.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Replaces a file by another at once: whoever reads it, and whoever finds it after a power
/// cut, has the old one or the new one. `name.new`, hidden, is beside it meanwhile.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    // The file itself, and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let new = beside(&path, ".new")?;
    let result = write(&new, contents).and_then(|()| fs::rename(&new, &path));
    if result.is_err() {
        let _ = fs::remove_file(&new);
    }
    result?;
    // The name is on the disk as well. Not every file system can say so.
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = File::open(directory.unwrap_or(Path::new(".")))?;
    let _ = directory.sync_all();
    Ok(())
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// `.name` with this at its end, in the same directory.
pub(super) fn beside(path: &Path, end: &str) -> io::Result<PathBuf> {
    let name = path.file_name();
    let name = name.ok_or_else(|| io::Error::other("it has no name of a file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(end);
    Ok(path.with_file_name(hidden))
}
