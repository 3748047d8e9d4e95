//! Files that are complete at every moment.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

/// Replaces a file in one step: every reader, and also a reader after a power cut, finds the old
/// file or the new one. In the meantime, the hidden file `.name.new` is beside it. The new file
/// gets the owner and the permissions of the old one.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let path = resolve(path)?;
    let old = fs::metadata(&path).ok();
    // A rename would replace a device or a FIFO.
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return Err(io::Error::other("it is not an ordinary file"));
    }
    let new = beside(&path, ".new")?;
    let result = write(&new, contents, old).and_then(|()| fs::rename(&new, &path));
    if result.is_err() {
        let _ = fs::remove_file(&new);
    }
    result?;
    // Writes the name to the disk, too. Not every file system supports that.
    let _ = File::open(directory_of(&path))?.sync_all();
    Ok(())
}

fn write(path: &Path, contents: &[u8], old: Option<Metadata>) -> io::Result<()> {
    // An earlier write may have left this file, or it may be something else with this name.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    if let Some(old) = old {
        // Only some users may change a file's owner, and only some file systems have permissions.
        let _ = fchown(&file, Some(old.uid()), Some(old.gid()));
        let _ = file.set_permissions(old.permissions());
    }
    file.write_all(contents)?;
    file.sync_all()
}

/// Returns the path of the file itself, not of a link to it. The file need not exist, but its
/// directory must.
pub(crate) fn resolve(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if path.is_symlink() {
                return Err(io::Error::other(
                    "it is a link to a file that does not exist",
                ));
            }
            Ok(fs::canonicalize(directory_of(path))?.join(name_of(path)?))
        }
        found => found,
    }
}

fn directory_of(path: &Path) -> &Path {
    let directory = path.parent();
    let directory = directory.filter(|directory| !directory.as_os_str().is_empty());
    directory.unwrap_or(Path::new("."))
}

fn name_of(path: &Path) -> io::Result<&OsStr> {
    let name = path.file_name();
    name.ok_or_else(|| io::Error::other("the path has no file name"))
}

/// Returns `.name` with this suffix, in the same directory.
pub(super) fn beside(path: &Path, end: &str) -> io::Result<PathBuf> {
    let mut hidden = OsString::from(".");
    hidden.push(name_of(path)?);
    hidden.push(end);
    Ok(path.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};

    use nix::sys::stat::Mode;

    use super::*;

    #[test]
    fn a_file_that_is_not_ordinary_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let fifo = path("fifo");
        nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        replace(&fifo, b"new").unwrap_err();
        assert!(fs::metadata(&fifo).unwrap().file_type().is_fifo());
        replace(directory.path(), b"new").unwrap_err();

        // Another file with the hidden name is not overwritten.
        fs::write(path("old"), "old").unwrap();
        std::os::unix::fs::symlink("old", path(".rules.new")).unwrap();
        replace(&path("rules"), b"new").unwrap();
        nix::unistd::mkfifo(&path(".rules.new"), Mode::S_IRWXU).unwrap();
        replace(&path("rules"), b"newer").unwrap();
        assert_eq!(fs::read(path("old")).unwrap(), b"old");
        assert_eq!(fs::read(path("rules")).unwrap(), b"newer");

        // A link stays a link, and still leads to the file.
        std::os::unix::fs::symlink("rules", path("link")).unwrap();
        replace(&path("link"), b"newest").unwrap();
        assert_eq!(fs::read(path("rules")).unwrap(), b"newest");
        std::os::unix::fs::symlink("nowhere", path("dangling")).unwrap();
        replace(&path("dangling"), b"new").unwrap_err();
        assert!(path("dangling").is_symlink());
    }

    #[test]
    fn the_new_file_has_the_rights_of_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // Root may change a file's owner.
        let is_root = nix::unistd::geteuid().is_root();
        let owner = if is_root {
            12_345
        } else {
            fs::metadata(&path).unwrap().uid()
        };
        std::os::unix::fs::chown(&path, Some(owner), None).unwrap();
        replace(&path, b"new").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.mode() & 0o7777, metadata.uid()), (0o640, owner));
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
