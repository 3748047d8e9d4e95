//! Chooses the file of a recording, so that a recording never replaces another by
//! accident.
//!
//! Until its end, a recording has a separate name in the same directory:
//! `take.recording.mid` for `take.mid`. The recorder holds a lock on it. So another
//! recorder of the same file is refused, and a recording without a lock is an interrupted
//! one, which is kept. The file itself is only changed at the end, when its replacement
//! is complete.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, Flock, FlockArg, OFlag, fcntl, posix_fallocate};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::unistd::syncfs;

use crate::people::{complain, shown};
use crate::signals::Signals;

/// The treatment of a file that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and nothing is recorded. The text explains the options. An empty file is
    /// not kept.
    Refuse(&'static str),
    /// It stays until the recording is complete. A recording without events does not
    /// replace it.
    Replace,
    /// It stays until the end, and is replaced also by a recording without events.
    #[cfg(feature = "old-names")]
    Overwrite,
    /// It stays. The recording gets the first free number after its name.
    Number,
}

/// The target of a recording.
#[derive(Debug)]
pub(crate) enum Target {
    /// A file with a name.
    File(Named),
    /// A pipe or a device, which can only be written to. The recording is kept in memory
    /// until its end.
    Stream(File),
}

/// A file that will be replaced or created.
#[derive(Debug)]
pub(crate) struct Named {
    /// Its path, after all links.
    path: PathBuf,
    existing: Existing,
    /// The file that had the name at the beginning.
    old: Option<File>,
    /// The path of the recording until its end.
    journal: PathBuf,
    /// Whether the file must be written in place, because no file can be created in its
    /// directory.
    in_place: bool,
    /// Locks on the journal, and on the file if it exists already.
    locks: Vec<Flock<File>>,
}

/// A file in which a recording is finished.
pub(super) struct Finished {
    pub(super) file: File,
    /// Its path, if it has one.
    path: Option<PathBuf>,
}

impl Target {
    /// Chooses the target of the recording, and opens the file for it.
    pub(crate) fn open(
        path: &Path,
        existing: Existing,
        signals: &Signals,
    ) -> io::Result<(Self, File)> {
        let (target, journal) = if names_directory(path) {
            return Err(Errno::EISDIR.into());
        } else if path == Path::new("-") {
            (Self::Stream(standard_output()?), memory()?)
        } else if existing == Existing::Number {
            Named::numbered(path).map(|(named, file)| (Self::File(named), file))?
        } else {
            Self::open_path(path, existing, signals)?
        };
        Ok((target, journal))
    }

    fn open_path(path: &Path, existing: Existing, signals: &Signals) -> io::Result<(Self, File)> {
        let path = follow_links(path)?;
        let file = match fs::metadata(&path) {
            Ok(about) if about.is_file() => {
                match existing {
                    Existing::Refuse(options) if about.len() > 0 => return Err(exists(options)),
                    _ => {}
                }
                // A user who may not write to the file must not replace it.
                Some(File::options().write(true).open(&path)?)
            }
            Ok(_) => {
                // Opening a pipe waits for a reader.
                let open = || File::options().write(true).open(&path);
                let stream = signals.interruptible(open)?;
                return Ok((Self::Stream(stream), memory()?));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let (named, journal) = Named::open(path, file, existing)?;
        Ok((Self::File(named), journal))
    }

    /// The file's path, after links and with its number, and the path of the recording
    /// until its end.
    pub(super) fn names(&self) -> Option<(&Path, &Path)> {
        match self {
            Self::File(named) => Some((&named.path, &named.journal)),
            Self::Stream(_) => None,
        }
    }

    /// Returns whether an old file exists that a recording without events must not replace.
    pub(super) fn has_old_take(&self) -> bool {
        match self {
            Self::File(named) if named.existing == Existing::Replace => {
                fs::symlink_metadata(&named.path).is_ok_and(|about| about.len() > 0)
            }
            _ => false,
        }
    }

    /// Removes the recording, which is empty.
    pub(crate) fn abandon(&self) {
        if let Self::File(named) = self {
            let _ = fs::remove_file(&named.journal);
        }
    }

    /// Creates the file for the final form of the recording.
    pub(super) fn finished(&self) -> io::Result<Finished> {
        match self {
            Self::File(named) if !named.in_place => {
                let path = unfinished(&named.journal);
                let opened = owned_options().truncate(true).open(&path);
                let file = opened.inspect_err(|_| {
                    // The kernel may have created the file before the call failed.
                    let _ = fs::remove_file(&path);
                })?;
                let path = Some(path);
                Ok(Finished { file, path })
            }
            _ => Ok(Finished {
                file: memory()?,
                path: None,
            }),
        }
    }

    /// Moves the final file to its place, and then removes the recording.
    pub(super) fn install(&mut self, finished: &Finished, signals: &Signals) -> io::Result<()> {
        match self {
            Self::Stream(stream) => copy(&finished.file, &mut signals.stream(stream.as_fd())),
            Self::File(named) => {
                let result = named.put(&finished.file, finished.path.as_deref());
                if let Some(path) = &finished.path {
                    // After success, the file no longer exists.
                    let _ = fs::remove_file(path);
                }
                result.and_then(|()| named.remove_journal())
            }
        }
    }

    /// Moves the recording itself to the final place.
    pub(crate) fn install_journal(&mut self, journal: &File, signals: &Signals) -> io::Result<()> {
        match self {
            Self::Stream(stream) => copy(journal, &mut signals.stream(stream.as_fd())),
            Self::File(named) => {
                let path = (!named.in_place).then_some(&*named.journal);
                named.put(journal, path)?;
                named.remove_journal()
            }
        }
    }
}

impl Finished {
    /// Removes an unfinished file.
    pub(super) fn abandon(&self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}

impl Named {
    fn open(path: PathBuf, old: Option<File>, existing: Existing) -> io::Result<(Self, File)> {
        let mut locks = Vec::new();
        if let Some(file) = &old {
            locks.extend(lock(file)?);
        }
        let (journal, file, in_place) = match claim(&path, Leftovers::Keep) {
            Ok((journal, file, lock)) => {
                locks.extend(lock);
                (journal, file, false)
            }
            Err(error) if old.is_some() && is_refused(&error) => {
                let (journal, file) = claim_elsewhere(&path, &error)?;
                (journal, file, true)
            }
            Err(error) => return Err(error),
        };
        let named = Self {
            path,
            existing,
            old,
            journal,
            in_place,
            locks,
        };
        Ok((named, file))
    }

    /// Finds the first unused number.
    fn numbered(path: &Path) -> io::Result<(Self, File)> {
        match fs::metadata(path) {
            Ok(about) if !about.is_file() => return Err(not_numbered()),
            _ => {}
        }
        for number in 1_u32.. {
            let path = with_suffix(path, &format!("-{number}"));
            if fs::symlink_metadata(&path).is_ok() {
                continue;
            }
            match claim(&path, Leftovers::Refuse) {
                Ok((journal, file, lock)) => {
                    let named = Self {
                        path,
                        existing: Existing::Number,
                        old: None,
                        journal,
                        in_place: false,
                        locks: lock.into_iter().collect(),
                    };
                    return Ok((named, file));
                }
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
                Err(error) => return Err(error),
            }
        }
        Err(Errno::EEXIST.into())
    }

    /// Gives the file its final name, or copies its contents to the file with that name.
    fn put(&self, file: &File, path: Option<&Path>) -> io::Result<()> {
        let there = match fs::symlink_metadata(&self.path) {
            Ok(about) if self.may_replace(&about)? => Some(about),
            Ok(_) => return Err(made_meanwhile()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let Some(from) = path else {
            return self.write_in_place(file);
        };
        match there {
            None => link_or_rename(from, &self.path)?,
            Some(about) => {
                file.set_permissions(about.permissions())?;
                // Only root may change the owner to that of the old file.
                let _ = fchown(file, Some(about.uid()), Some(about.gid()));
                match fs::rename(from, &self.path) {
                    // The file is a mount point, or its directory does not allow
                    // replacing it.
                    Err(error) if is_refused(&error) => return self.write_in_place(file),
                    result => result?,
                }
            }
        }
        sync_directory(&self.path, file)
    }

    /// Returns whether the recording may replace the file that has the name now. Without `--force`,
    /// that is allowed only for the empty file of the beginning.
    fn may_replace(&self, about: &fs::Metadata) -> io::Result<bool> {
        let is_allowed = match (self.existing, &self.old) {
            (Existing::Refuse(_), Some(old)) => about.len() == 0 && is_at(old, &self.path)?,
            (Existing::Refuse(_) | Existing::Number, _) => false,
            _ => true,
        };
        Ok(is_allowed && about.is_file())
    }

    /// Writes into the existing file. The journal stays until everything is written.
    fn write_in_place(&self, from: &File) -> io::Result<()> {
        let mut to = File::options().write(true).open(&self.path)?;
        let (old, new) = (to.metadata()?.len(), from.metadata()?.len());
        // Reserves the room for everything before it overwrites the file.
        let room = nix::libc::off_t::try_from(new).map_err(io::Error::other)?;
        if new > old {
            if let Err(Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG) = posix_fallocate(&to, 0, room)
            {
                let _ = to.set_len(old);
                return Err(Errno::ENOSPC.into());
            }
        }
        copy(from, &mut to)?;
        to.set_len(new)?;
        to.sync_all()
    }

    fn remove_journal(&mut self) -> io::Result<()> {
        match fs::remove_file(&self.journal) {
            // It was renamed to the final file, or another program has removed it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }?;
        self.locks.clear();
        Ok(())
    }
}

fn copy(mut from: &File, to: &mut impl Write) -> io::Result<()> {
    from.rewind()?;
    io::copy(&mut from, to)?;
    to.flush()
}

/// Returns standard output, if it is open. If it is closed, Rust's runtime opens
/// `/dev/null` in its place, for reading and writing, and the recording would be lost
/// there.
fn standard_output() -> io::Result<File> {
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let flags = OFlag::from_bits_retain(fcntl(&stdout, FcntlArg::F_GETFL)?);
    let (about, null) = (stdout.metadata()?, fs::metadata("/dev/null"));
    let is_null = null.is_ok_and(|null| (null.dev(), null.ino()) == (about.dev(), about.ino()));
    if is_null && flags & OFlag::O_ACCMODE == OFlag::O_RDWR {
        return Err(io::Error::other("standard output is closed"));
    }
    Ok(stdout)
}

/// Creates a file in memory, without a name.
fn memory() -> io::Result<File> {
    Ok(memfd_create(c"aseq record", MFdFlags::MFD_CLOEXEC)?.into())
}

/// Follows links, so that they are kept, also if the target does not exist yet.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // The kernel follows as many links.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(to) => path = path.parent().unwrap_or(Path::new("")).join(to),
            Err(_) => return Ok(path),
        }
    }
    Err(Errno::ELOOP.into())
}

/// Returns whether the name can only be that of a directory.
fn names_directory(path: &Path) -> bool {
    path.file_name().is_none() || path.as_os_str().as_bytes().ends_with(b"/")
}

/// `take-1.mid` for `take.mid`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path.file_stem().unwrap_or_default());
    name.push(suffix);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// The name of a recording's final file before it is complete. It is no longer than the
/// maximum length of a file name.
fn unfinished(journal: &Path) -> PathBuf {
    const LONGEST: usize = 255;
    const SUFFIX: &str = ".unfinished";

    let of = journal.file_name().unwrap_or_default().as_bytes();
    // The end of the name distinguishes recordings of the same file.
    let excess = (1 + of.len() + SUFFIX.len()).saturating_sub(LONGEST);
    let mut name = OsString::from(".");
    name.push(OsStr::from_bytes(of.get(excess..).unwrap_or_default()));
    name.push(SUFFIX);
    journal.with_file_name(name)
}

/// Options for opening a file of this program, which must not be a link.
fn owned_options() -> fs::OpenOptions {
    let mut options = File::options();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(OFlag::O_NOFOLLOW.bits());
    options
}

/// The treatment of interrupted recordings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leftovers {
    /// Reports the interrupted recordings, and uses another name.
    Keep,
    /// Fails with "busy".
    Refuse,
}

type Claimed = (PathBuf, File, Option<Flock<File>>);

/// Creates the journal of a file, with a name that no other recorder uses.
fn claim(path: &Path, leftovers: Leftovers) -> io::Result<Claimed> {
    let mut number = 1_u32;
    loop {
        let suffix = match number {
            1 => ".recording".to_owned(),
            number => format!(".recording-{number}"),
        };
        let journal = with_suffix(path, &suffix);
        let file = owned_options().open(&journal)?;
        // A recorder writes to its journal only after it has the lock.
        let lock = lock(&file)?;
        if !is_at(&file, &journal)? {
            // Its recorder has just finished it.
            continue;
        }
        if file.metadata()?.len() == 0 {
            return Ok((journal, file, lock));
        }
        if leftovers == Leftovers::Refuse {
            return Err(busy());
        }
        // The file that the interrupted recording had not finished.
        let _ = fs::remove_file(unfinished(&journal));
        complain(&format_args!(
            "{}: an interrupted recording, which you can play; it is kept",
            shown(&journal)
        ));
        number += 1;
    }
}

/// The same in the directory for temporary files, where every user may create files.
fn claim_elsewhere(path: &Path, reason: &io::Error) -> io::Result<(PathBuf, File)> {
    let directory = std::env::temp_dir();
    let name = path.file_name().unwrap_or_default();
    for number in 1_u32.. {
        let suffix = format!(".recording-{}-{number}", std::process::id());
        let journal = with_suffix(&directory.join(name), &suffix);
        match owned_options().create_new(true).open(&journal) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let directory = shown(&directory);
                return Err(io::Error::other(format!(
                    "cannot record in the same directory ({reason}), nor in {directory} ({error})"
                )));
            }
            Ok(file) => return Ok((journal, file)),
        }
    }
    Err(Errno::EEXIST.into())
}

/// Locks a file, if its file system supports locks.
fn lock(file: &File) -> io::Result<Option<Flock<File>>> {
    match Flock::lock(file.try_clone()?, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Err(busy()),
        Err(_) => Ok(None),
    }
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let about = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (about.dev(), about.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives a file a new name, which no file may have yet.
fn link_or_rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(made_meanwhile()),
        // Some file systems have no hard links. There, this first creates a file of the
        // name, which fails if the name is in use.
        Err(_) => match File::create_new(to) {
            Ok(_) => fs::rename(from, to).inspect_err(|_| {
                let _ = fs::remove_file(to);
            }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(made_meanwhile()),
            Err(error) => Err(error),
        },
    }
}

/// Writes the directory to the disk, so that the new name survives a power cut.
fn sync_directory(path: &Path, file: &File) -> io::Result<()> {
    let directory = match path.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    };
    match File::open(directory) {
        Ok(directory) => directory.sync_all(),
        // The user may be allowed to create files in the directory, but not to read it.
        Err(_) => Ok(syncfs(file)?),
    }
}

/// Returns whether the error means that a name cannot be created or replaced, although the file
/// itself may be writable.
fn is_refused(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(
        errno,
        Some(Errno::EACCES | Errno::EPERM | Errno::EROFS | Errno::EBUSY | Errno::EXDEV)
    )
}

fn busy() -> io::Error {
    let message = "another program is recording to it";
    io::Error::new(io::ErrorKind::ResourceBusy, message)
}

fn exists(options: &str) -> io::Error {
    let message = format!("the file exists ({options})");
    io::Error::new(io::ErrorKind::AlreadyExists, message)
}

fn not_numbered() -> io::Error {
    let message = "not a regular file, so --number cannot be used";
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

fn made_meanwhile() -> io::Error {
    let message = "another program has just created this file";
    io::Error::new(io::ErrorKind::AlreadyExists, message)
}
