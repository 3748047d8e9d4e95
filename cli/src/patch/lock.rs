//! Ensures that each file has only one keeper.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag};

use super::atomic::beside;
use super::file::{Id, Source};
use crate::failure::Failure;
use crate::people::shown;

/// While this exists, no other keeper has the file. When the process ends in any way, the kernel
/// releases the lock.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: Flock<File>,
}

impl Lock {
    /// Locks a file that will be replaced, through another file beside it.
    pub(crate) fn beside(path: &Path) -> Result<Self, Failure> {
        // Does not wait for a FIFO with this name, and does not follow a link.
        let flags = OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        options.custom_flags(flags.bits());
        let file = beside(path, ".lock").and_then(|lock| options.open(lock));
        Self::take(path, file.map_err(Failure::file(path))?)
    }

    fn take(path: &Path, file: File) -> Result<Self, Failure> {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(file) => Ok(Self { _file: file }),
            Err((_, Errno::EWOULDBLOCK)) => Err(Failure::Other(format!(
                "{}: another `aseq patch keep` uses it",
                shown(path)
            ))),
            Err((_, errno)) => Err(Failure::file(path)(errno.into())),
        }
    }
}

/// The files that a keeper only reads.
#[derive(Debug, Default)]
pub(crate) struct Locks(Vec<(Id, Lock)>);

impl Locks {
    /// Locks these files and releases all others. If that fails, the locks do not change.
    pub(crate) fn change(&mut self, sources: Vec<Source>) -> Result<(), Failure> {
        let mut locks = Vec::new();
        let ids: Vec<Id> = sources.iter().map(|source| source.id).collect();
        for Source { path, file, id } in sources {
            if self.0.iter().all(|(had, _)| *had != id) {
                locks.push((id, Lock::take(&path, file)?));
            }
        }
        self.0.retain(|(id, _)| ids.contains(id));
        self.0.append(&mut locks);
        Ok(())
    }
}
