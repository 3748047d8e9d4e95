//! Where a recording goes, so that no take is ever lost for another.
//!
//! While it is made, a recording has a name of its own beside the file that it is
//! for: `take.recording.mid` for `take.mid`. Whoever records holds a lock on it, so
//! another recorder of the same file is refused, and a recording without a lock is
//! one that was interrupted: it stays. The file itself is touched at the end alone,
//! when there is something to take its place.

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

use crate::signals::Signals;

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and nothing is recorded; the text tells people which options they
    /// have. An empty file holds nothing to be kept.
    Refuse(&'static str),
    /// It stays until there is a recording to take its place. One without events does
    /// not.
    Replace,
    /// It stays until the end, and is replaced by whatever was recorded.
    #[cfg(feature = "old-names")]
    Overwrite,
    /// It stays. The recording gets the first free number behind its name.
    Number,
}

/// Where a recording goes.
#[derive(Debug)]
pub(crate) enum Target {
    /// A file with a name.
    File(Named),
    /// What can only be written to: a pipe, a device. The recording is kept in
    /// memory until its end.
    Stream(File),
}

/// A file that will be replaced, or made.
#[derive(Debug)]
pub(crate) struct Named {
    /// Its name, behind all links.
    path: PathBuf,
    existing: Existing,
    /// The file that had the name at the beginning.
    old: Option<File>,
    /// The name of the recording while it is made.
    journal: PathBuf,
    /// Nothing can be made beside the file: it has to be written to in place.
    in_place: bool,
    /// Locks on the journal, and on the file if it is there already.
    locks: Vec<Flock<File>>,
}

/// A file in which a recording is finished.
pub(super) struct Finished {
    pub(super) file: File,
    /// Its name, if it has one.
    path: Option<PathBuf>,
}

impl Target {
    /// Finds out where the recording goes, and opens the file in which it is made.
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
        let path = behind_links(path)?;
        let file = match fs::metadata(&path) {
            Ok(about) if about.is_file() => {
                match existing {
                    Existing::Refuse(options) if about.len() > 0 => return Err(exists(options)),
                    _ => {}
                }
                // Whoever may not write to it shall not replace it.
                Some(File::options().write(true).open(&path)?)
            }
            Ok(_) => {
                // A pipe waits for somebody who reads it.
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

    /// The file's name, which links and numbers may have changed, and where the
    /// recording is until its end.
    pub(super) fn names(&self) -> Option<(&Path, &Path)> {
        match self {
            Self::File(named) => Some((&named.path, &named.journal)),
            Self::Stream(_) => None,
        }
    }

    /// Whether there is a take that a recording without events must not replace.
    pub(super) fn has_old_take(&self) -> bool {
        match self {
            Self::File(named) if named.existing == Existing::Replace => {
                fs::symlink_metadata(&named.path).is_ok_and(|about| about.len() > 0)
            }
            _ => false,
        }
    }

    /// Removes the recording, in which there is nothing.
    pub(crate) fn abandon(&self) {
        if let Self::File(named) = self {
            let _ = fs::remove_file(&named.journal);
        }
    }

    /// A new file for the recording as it is to be at last.
    pub(super) fn finished(&self) -> io::Result<Finished> {
        match self {
            Self::File(named) if !named.in_place => {
                let path = unfinished(&named.journal);
                let opened = owned_options().truncate(true).open(&path);
                let file = opened.inspect_err(|_| {
                    // The kernel may have made it before it failed.
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

    /// Puts a file in its place. The recording is removed when that is done.
    pub(super) fn install(&mut self, finished: &Finished, signals: &Signals) -> io::Result<()> {
        match self {
            Self::Stream(stream) => copy(&finished.file, &mut signals.stream(stream.as_fd())),
            Self::File(named) => {
                let result = named.put(&finished.file, finished.path.as_deref());
                if let Some(path) = &finished.path {
                    // It is there no more if all went well.
                    let _ = fs::remove_file(path);
                }
                result.and_then(|()| named.remove_journal())
            }
        }
    }

    /// Puts the recording itself in its place.
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
    /// Removes what could not be finished.
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

    /// The first number that nobody has used.
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

    /// Lets the file have its name, or its content what has the name.
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
                // Root alone may give a file to its old owner.
                let _ = fchown(file, Some(about.uid()), Some(about.gid()));
                match fs::rename(from, &self.path) {
                    // It is mounted there, or its directory keeps it.
                    Err(error) if is_refused(&error) => return self.write_in_place(file),
                    result => result?,
                }
            }
        }
        sync_directory(&self.path, file)
    }

    /// Whether the recording may take the place of what has the name now. Without
    /// `--force` this is the empty file of the beginning alone.
    fn may_replace(&self, about: &fs::Metadata) -> io::Result<bool> {
        let is_allowed = match (self.existing, &self.old) {
            (Existing::Refuse(_), Some(old)) => about.len() == 0 && is_at(old, &self.path)?,
            (Existing::Refuse(_) | Existing::Number, _) => false,
            _ => true,
        };
        Ok(is_allowed && about.is_file())
    }

    /// The journal goes on to exist until all is written.
    fn write_in_place(&self, from: &File) -> io::Result<()> {
        let mut to = File::options().write(true).open(&self.path)?;
        let (old, new) = (to.metadata()?.len(), from.metadata()?.len());
        // Before anything is overwritten, there has to be room for all of it.
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
            // It has become the file, or somebody else has removed it.
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

/// Standard output, if it is open. In place of a closed one Rust's runtime opens
/// `/dev/null` for reading and writing, where a recording would be lost.
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

/// A file without a name.
fn memory() -> io::Result<File> {
    Ok(memfd_create(c"aseq record", MFdFlags::MFD_CLOEXEC)?.into())
}

/// A name may be a link, or several. They are to stay, also if they lead to
/// nothing yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // As many as the kernel follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(to) => path = path.parent().unwrap_or(Path::new("")).join(to),
            Err(_) => return Ok(path),
        }
    }
    Err(Errno::ELOOP.into())
}

/// Whether the name can be that of a directory alone.
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

/// What a recording's file is called before it is finished. It is no longer than the
/// longest name of a file.
fn unfinished(journal: &Path) -> PathBuf {
    const LONGEST: usize = 255;
    const SUFFIX: &str = ".unfinished";

    let of = journal.file_name().unwrap_or_default().as_bytes();
    // The end tells recordings for the same file apart.
    let excess = (1 + of.len() + SUFFIX.len()).saturating_sub(LONGEST);
    let mut name = OsString::from(".");
    name.push(OsStr::from_bytes(of.get(excess..).unwrap_or_default()));
    name.push(SUFFIX);
    journal.with_file_name(name)
}

/// A file whose name belongs to this program; it is no link.
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

/// What to do with interrupted recordings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leftovers {
    /// Say so, and take another name.
    Keep,
    /// Answer "busy".
    Refuse,
}

type Claimed = (PathBuf, File, Option<Flock<File>>);

/// Makes the journal of a file, whose name nobody else uses.
fn claim(path: &Path, leftovers: Leftovers) -> io::Result<Claimed> {
    let mut number = 1_u32;
    loop {
        let suffix = match number {
            1 => ".recording".to_owned(),
            number => format!(".recording-{number}"),
        };
        let journal = with_suffix(path, &suffix);
        let file = owned_options().open(&journal)?;
        // Whoever makes it writes to it when it has the lock, not earlier.
        let lock = lock(&file)?;
        if !is_at(&file, &journal)? {
            // It was finished at this moment.
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
        crate::people::complain(&format_args!(
            "{}: an interrupted recording, which you can play; it is kept",
            journal.display()
        ));
        number += 1;
    }
}

/// The same in the directory for temporary files, where anybody may make files.
fn claim_elsewhere(path: &Path, reason: &io::Error) -> io::Result<(PathBuf, File)> {
    let directory = std::env::temp_dir();
    let name = path.file_name().unwrap_or_default();
    for number in 1_u32.. {
        let suffix = format!(".recording-{}-{number}", std::process::id());
        let journal = with_suffix(&directory.join(name), &suffix);
        match owned_options().create_new(true).open(&journal) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let directory = directory.display();
                return Err(io::Error::other(format!(
                    "cannot record in the same directory ({reason}), nor in {directory} ({error})"
                )));
            }
            Ok(file) => return Ok((journal, file)),
        }
    }
    Err(Errno::EEXIST.into())
}

/// Locks a file, if its file system has locks.
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

/// Gives a file a name that no file has.
fn link_or_rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(made_meanwhile()),
        // Not every file system has two names for a file. The name is taken first,
        // which fails if it is in use.
        Err(_) => match File::create_new(to) {
            Ok(_) => fs::rename(from, to).inspect_err(|_| {
                let _ = fs::remove_file(to);
            }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(made_meanwhile()),
            Err(error) => Err(error),
        },
    }
}

/// The new name outlives a power cut.
fn sync_directory(path: &Path, file: &File) -> io::Result<()> {
    let directory = match path.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    };
    match File::open(directory) {
        Ok(directory) => directory.sync_all(),
        // Who may make files there may not be allowed to see which there are.
        Err(_) => Ok(syncfs(file)?),
    }
}

/// Whether a name cannot be made or replaced, whatever may be done with the file
/// itself.
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
