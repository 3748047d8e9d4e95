//! The CPU and the memory of a test kernel.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use nix::fcntl::{Flock, FlockArg};
use nix::sched::{CpuSet, sched_getaffinity};
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::Pid;

use crate::workshop::cache;

/// Default memory of a test kernel in MiB. The host only provides the used part.
const MEMORY_MIB: u64 = 512;

/// With less memory, programs of ordinary size fail.
const LEAST_MIB: u64 = 128;

/// The CPU of one kernel, which is reserved until this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) cpu: Option<usize>,
    _lock: Option<Flock<File>>,
}

/// Takes a CPU that no other test kernel of this user runs on. Shares one if all are taken.
pub(crate) fn cpu() -> Slot {
    let allowed = allowed_cpus();
    if let Ok(dir) = lock_dir() {
        for &cpu in &allowed {
            if let Some(lock) = try_lock(&dir.join(cpu.to_string())) {
                return Slot {
                    cpu: Some(cpu),
                    _lock: Some(lock),
                };
            }
        }
    }
    let share = usize::try_from(std::process::id()).unwrap_or(0);
    Slot {
        cpu: allowed
            .get(share.checked_rem(allowed.len()).unwrap_or(0))
            .copied(),
        _lock: None,
    }
}

fn lock_dir() -> Result<PathBuf> {
    let dir = cache::dir()?.join("cpus");
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

fn allowed_cpus() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else {
        return Vec::new();
    };
    (0..CpuSet::count())
        .filter(|cpu| set.is_set(*cpu).unwrap_or(false))
        .collect()
}

fn try_lock(path: &Path) -> Option<Flock<File>> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .ok()?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()
}

/// The directory for a kernel's memory, and the size of the memory.
#[derive(Debug)]
pub struct Memory {
    /// The directory.
    pub dir: PathBuf,
    /// The memory in MiB: the requested size, or less if the directory has less room.
    pub mib: u64,
}

/// Finds a directory with room for a kernel's memory whose mount allows running programs.
/// Containers often have a small `/dev/shm`, or one mounted `noexec`.
///
/// # Errors
///
/// No directory has enough room.
pub fn memory() -> Result<Memory> {
    memory_of(None)
}

/// Does the same as [`memory`], for this number of MiB if the caller gives one.
pub(crate) fn memory_of(mib: Option<u64>) -> Result<Memory> {
    let wanted = match (mib, std::env::var("TEST_KERNEL_MEMORY")) {
        (Some(mib), _) => mib,
        (None, Ok(mib)) => mib
            .parse()
            .with_context(|| format!("TEST_KERNEL_MEMORY={mib:?} is not a number of MiB"))?,
        (None, Err(_)) => MEMORY_MIB,
    };
    let mut places = vec![PathBuf::from("/dev/shm")];
    places.extend(std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from));
    places.push(std::env::temp_dir());
    places.push("/tmp".into());
    places.push("/var/tmp".into());
    let mut best: Option<Memory> = None;
    for dir in places {
        let Some(room) = room_mib(&dir) else {
            continue;
        };
        if room >= wanted {
            return Ok(Memory { dir, mib: wanted });
        }
        if best.as_ref().is_none_or(|best| best.mib < room) {
            best = Some(Memory { dir, mib: room });
        }
    }
    best.filter(|best| best.mib >= LEAST_MIB.min(wanted))
        .with_context(|| {
            format!(
                "no directory has {LEAST_MIB} MiB free for the test kernel's memory (tried \
                 /dev/shm, XDG_RUNTIME_DIR, TMPDIR, /tmp, /var/tmp; directories mounted noexec \
                 cannot be used)"
            )
        })
}

fn room_mib(dir: &Path) -> Option<u64> {
    let stat = statvfs(dir).ok()?;
    let barred = FsFlags::ST_NOEXEC | FsFlags::ST_RDONLY;
    if !dir.is_absolute() || stat.flags().intersects(barred) {
        return None;
    }
    nix::unistd::access(dir, nix::unistd::AccessFlags::W_OK).ok()?;
    Some(stat.blocks_available() * stat.fragment_size() / (1 << 20))
}
