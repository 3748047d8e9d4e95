//! The user's cache directory.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

/// Returns `test-kernel` in the user's cache directory.
pub fn dir() -> Result<PathBuf> {
    dir_of("test-kernel")
}

/// Returns the directory of a program with this name in the user's cache directory.
pub fn dir_of(program: &str) -> Result<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .context("the cache has no directory: XDG_CACHE_HOME and HOME are not set")?;
    Ok(base.join(program))
}

/// Takes a lock file, and waits for its holder. If another process holds it, calls `waiting` first.
/// The kernel releases the lock when its holder ends, however that happens.
pub fn lock(path: &Path, waiting: impl FnOnce()) -> Result<Flock<File>> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(|| format!("open {}", path.display()))?;
    let file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => return Ok(lock),
        Err((file, Errno::EWOULDBLOCK)) => file,
        Err((_, e)) => return Err(e).with_context(|| format!("lock {}", path.display())),
    };
    waiting();
    Flock::lock(file, FlockArg::LockExclusive)
        .map_err(|(_, e)| e)
        .with_context(|| format!("lock {}", path.display()))
}

/// Creates a directory for unfinished work, beside the place of the result. The caller holds the
/// lock for this name. So other directories with this name are leftovers of killed runs, and are
/// removed.
pub fn temp_dir(beside: &Path, prefix: &str) -> Result<tempfile::TempDir> {
    for entry in fs::read_dir(beside).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            // If a directory cannot be removed now, the next run tries again.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    tempfile::Builder::new()
        .prefix(prefix)
        .tempdir_in(beside)
        .with_context(|| format!("create a directory in {}", beside.display()))
}
