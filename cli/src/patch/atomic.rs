//! Files that are whole at every moment.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Replaces a file by another at once: whoever reads it, and whoever finds it after a power
/// cut, has the old one or the new one. `name.new`, hidden, is beside it meanwhile.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    // The file itself, and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // A device or a FIFO would be gone.
    if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("it is not an ordinary file"));
    }
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
    // One that an earlier write has left, or something else by this name.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileTypeExt as _;

    use nix::sys::stat::Mode;

    use super::*;

    #[test]
    fn what_is_no_file_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let fifo = path("fifo");
        nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        replace(&fifo, b"new").unwrap_err();
        assert!(fs::metadata(&fifo).unwrap().file_type().is_fifo());
        replace(directory.path(), b"new").unwrap_err();

        // What has the name of the hidden file is not written to.
        fs::write(path("old"), "old").unwrap();
        std::os::unix::fs::symlink("old", path(".rules.new")).unwrap();
        replace(&path("rules"), b"new").unwrap();
        nix::unistd::mkfifo(&path(".rules.new"), Mode::S_IRWXU).unwrap();
        replace(&path("rules"), b"newer").unwrap();
        assert_eq!(fs::read(path("old")).unwrap(), b"old");
        assert_eq!(fs::read(path("rules")).unwrap(), b"newer");
    }
}
