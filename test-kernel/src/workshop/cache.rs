//! The user's cache directory.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

/// `test-kernel` in the user's cache directory.
pub fn dir() -> Result<PathBuf> {
    dir_of("test-kernel")
}

/// What a program of this name keeps in the user's cache directory.
pub fn dir_of(program: &str) -> Result<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME says where the cache is")?;
    Ok(base.join(program))
}

/// Takes a lock file, waiting for whoever has it; `waiting` is called first if
/// there is somebody. The kernel lets go of it when its holder ends, however
/// that happens.
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

/// A directory for work under way, beside where its result goes. The caller
/// holds the lock for that name: what other directories of the name there are
/// were left by runs that were killed, and go.
pub fn temp_dir(beside: &Path, prefix: &str) -> Result<tempfile::TempDir> {
    for entry in fs::read_dir(beside).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            // What cannot be removed now is tried again next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    tempfile::Builder::new()
        .prefix(prefix)
        .tempdir_in(beside)
        .with_context(|| format!("create a directory in {}", beside.display()))
}
