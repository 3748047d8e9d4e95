//! One keeper for each file.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::atomic::beside;
use super::file::open;
use crate::failure::Failure;

/// As long as it exists, nobody else has it. The kernel takes it back when the process ends
/// in any way.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: Flock<File>,
}

impl Lock {
    /// Locks a file or a directory that is only read.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        Self::take(path, open(path))
    }

    /// Locks a file that is replaced, by another one beside it.
    pub(crate) fn beside(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = beside(path, ".lock").and_then(|lock| options.open(lock));
        Self::take(path, file)
    }

    fn take(path: &Path, file: io::Result<File>) -> Result<Self, Failure> {
        let file = file.map_err(Failure::file(path))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(file) => Ok(Self { _file: file }),
            Err((_, Errno::EWOULDBLOCK)) => Err(Failure::Other(format!(
                "{}: another `aseq patch keep` has it",
                path.display()
            ))),
            Err((_, errno)) => Err(Failure::file(path)(errno.into())),
        }
    }
}
