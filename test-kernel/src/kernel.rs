//! The test kernels: which one is meant, where it is cached, how it gets
//! there.

mod archive;
pub mod build;
mod description;
mod manifest;
pub(crate) mod modules;
pub mod recipe;
mod series;

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};
use nix::fcntl::Flock;

pub use archive::pack;
pub use build::Tree;
pub use description::Description;
pub use manifest::Manifest;
pub use series::Series;

use crate::error::Error;
use crate::workshop::debian::Apt;
use crate::workshop::{cache, steps};

/// The environment variable that names the kernel, as `--kernel` does.
pub const VARIABLE: &str = "TEST_KERNEL";

/// The name of the kernel for a caller who names none.
pub const DEFAULT: &str = "6.12";

/// Which kernel is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one that the built-in description of this name describes, or the newest of this
    /// series.
    Named(String),
    /// One that is built as this says.
    Described(Description),
    /// The machine's own.
    Host,
    /// This very kernel.
    File(PathBuf),
}

impl FromStr for Wanted {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(OsStr::new(text))
    }
}

impl Wanted {
    /// The kernel for a caller who names none.
    #[must_use]
    pub fn usual() -> Self {
        Self::Named(DEFAULT.to_owned())
    }

    /// The newest kernel that Debian has the source of.
    #[must_use]
    pub fn newest() -> Self {
        Self::Named(description::NEWEST.to_owned())
    }

    /// What it is built of; none if it is not built here.
    ///
    /// # Errors
    ///
    /// There is no such name.
    pub fn description(&self) -> Result<Option<Description>> {
        match self {
            Self::Named(name) => Description::named(name).map(Some),
            Self::Described(description) => Ok(Some(description.clone())),
            Self::Host | Self::File(_) => Ok(None),
        }
    }

    /// Reads a name as `--kernel` and [`VARIABLE`] take it.
    ///
    /// # Errors
    ///
    /// It names no kernel, or a description that cannot be read.
    pub fn parse(text: &OsStr) -> Result<Self> {
        match text.to_str() {
            Some("host") => return Ok(Self::Host),
            Some("") => bail!("an empty kernel name"),
            _ => {}
        }
        let path = Path::new(text);
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            return Ok(Self::Described(Description::read(path)?));
        }
        if path.components().count() > 1 || path.is_absolute() || path.is_file() {
            return Ok(Self::File(std::path::absolute(path)?));
        }
        let name = text.to_string_lossy().into_owned();
        Description::named(&name)?;
        Ok(Self::Named(name))
    }

    /// The same kernel with the options of these files in addition.
    ///
    /// # Errors
    ///
    /// One cannot be read, or the kernel is not one that is built.
    pub fn with_config(self, fragments: &[PathBuf]) -> Result<Self> {
        if fragments.is_empty() {
            return Ok(self);
        }
        let Some(description) = self.description()? else {
            bail!("{self} is not built here, so that no options can be added");
        };
        fragments
            .iter()
            .try_fold(description, |kernel, file| kernel.with_config(file))
            .map(Self::Described)
    }

    /// What the environment asks for, if anything.
    ///
    /// # Errors
    ///
    /// It names no kernel.
    pub fn from_env() -> Result<Option<Self>> {
        match std::env::var_os(VARIABLE) {
            Some(text) if !text.is_empty() => Ok(Some(
                Self::parse(&text).with_context(|| format!("read {VARIABLE}"))?,
            )),
            _ => Ok(None),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Described(description) => description.fmt(f),
            Self::Host => f.write_str("host"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Whether the caller may use the machine's own sequencer.
pub fn host_sequencer() -> std::io::Result<()> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/snd/seq")
        .map(|_| ())
}

/// Finds a kernel without building one. None if it is not there, or is the
/// machine's own.
///
/// # Errors
///
/// There is no such file or name.
pub fn find(wanted: &Wanted) -> Result<Option<PathBuf>> {
    if let Wanted::File(path) = wanted {
        if !path.is_file() {
            bail!("there is no kernel {}", path.display());
        }
        return Ok(Some(path.clone()));
    }
    match wanted.description()? {
        None => Ok(None),
        Some(kernel) => find_described(&kernel),
    }
}

fn find_described(kernel: &Description) -> Result<Option<PathBuf>> {
    if kernel.series().is_some() {
        let path = dir()?.join(entry(kernel)).join("linux");
        return Ok(path.is_file().then_some(path));
    }
    // Not one of those that have names of their own.
    Ok(cached()?
        .into_iter()
        .filter(|(series, hash, _)| *series > Series::DEFAULT && *hash == kernel.hash())
        .max_by_key(|(series, ..)| *series)
        .map(|(.., path)| path))
}

/// The kernel for a caller who named none: the default, or else the newest of
/// those there are.
///
/// # Errors
///
/// There is no place for a cache.
pub fn find_any() -> Result<Option<PathBuf>> {
    if let Some(path) = find(&Wanted::usual())? {
        return Ok(Some(path));
    }
    let current = |series: &Series, hash: &str| {
        Description::named(&series.to_string()).is_ok_and(|kernel| kernel.hash() == hash)
    };
    Ok(cached()?
        .into_iter()
        .filter(|(series, hash, _)| current(series, hash))
        .max_by_key(|(series, ..)| *series)
        .map(|(.., path)| path))
}

/// The cached kernels that are named by their series, with their hashes.
fn cached() -> Result<Vec<(Series, String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir()?).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some((name, hash)) = name.to_str().and_then(|name| name.rsplit_once('-')) else {
            continue;
        };
        let kernel = entry.path().join("linux");
        match name.parse::<Series>() {
            Ok(series) if series.to_string() == name && kernel.is_file() => {
                found.push((series, hash.to_owned(), kernel));
            }
            _ => {}
        }
    }
    Ok(found)
}

fn dir() -> Result<PathBuf> {
    Ok(cache::dir()?.join("kernels"))
}

/// Where a kernel comes from when Debian's source is not to be used.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A kernel source tree or an archive of one.
    Source(PathBuf),
    /// A finished User-Mode Linux kernel.
    Kernel(PathBuf),
    /// A ready-made one: a directory, an archive, or the address of one, as [`pack`] makes
    /// them.
    Ready {
        /// The path or address.
        from: String,
        /// The archive's checksum.
        sha256: Option<String>,
    },
}

/// What a caller wants to know about a source: it gets the tree's directory.
pub type Check<'a> = &'a dyn Fn(&Path) -> Result<()>;

/// Gets a kernel: the cached one if there is one, else it is built. `newest`
/// asks Debian again only with `look`.
///
/// `check` sees the source before it is built, if it is Debian's.
pub fn obtain(
    wanted: &Wanted,
    origin: Option<&Origin>,
    look: bool,
    check: Check<'_>,
) -> Result<PathBuf> {
    Error::check_host()?;
    let Some(kernel) = wanted.description()? else {
        return find(wanted)?.context("host is not a kernel to build");
    };
    match origin {
        Some(Origin::Kernel(file)) => install(&kernel, file),
        Some(Origin::Ready { from, sha256 }) => install_ready(&kernel, from, sha256.as_deref()),
        Some(Origin::Source(source)) => {
            if kernel.series().is_none() {
                bail!("name the version of the source, such as 6.12");
            }
            build_if_missing(&kernel, build::Source::Given(source), check)
        }
        None if kernel.series().is_some() => {
            build_if_missing(&kernel, build::Source::Archive, check)
        }
        None => {
            if !look {
                if let Some(path) = find(wanted)? {
                    return Ok(path);
                }
            }
            let series = newest(kernel.suite())?;
            steps::note(&format!("the newest kernel source is {series}"));
            build_if_missing(&kernel.of_series(series), build::Source::Archive, check)
        }
    }
}

/// The newest series that a suite has the source of. The suite is free again then: a build locks
/// the series first and the suite after it, and in the other order two builds could wait
/// for each other.
fn newest(suite: &str) -> Result<Series> {
    const PREFIX: &str = "linux-source-";
    Apt::for_suite(suite, PREFIX)?
        .names(PREFIX)?
        .iter()
        .filter_map(|name| {
            let version = name.strip_prefix(PREFIX)?;
            let plain = version.chars().all(|c| c.is_ascii_digit() || c == '.');
            plain.then(|| version.parse().ok()).flatten()
        })
        .max()
        .with_context(|| format!("{suite} offers no kernel source"))
}

/// The cache entries of a kernel and of those that are built with it, locked while one is
/// made.
struct Entries {
    dir: PathBuf,
    /// The name of the first of them, by which the lock goes.
    name: String,
    _lock: Flock<File>,
}

impl Entries {
    fn lock(kernel: &Description) -> Result<Self> {
        let dir = dir()?;
        fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
        let all = kernel.together()?;
        let name = all.iter().map(entry).min().unwrap_or_default();
        let lock = cache::lock(&dir.join(format!("{name}.lock")), || {
            steps::note(&format!(
                "another build of {} is under way; waiting for it",
                kernel.name()
            ));
        })?;
        Ok(Self {
            dir,
            name,
            _lock: lock,
        })
    }

    fn temp_prefix(&self) -> String {
        format!("tmp-{}-", self.name)
    }

    fn kernel(&self, kernel: &Description) -> PathBuf {
        self.dir.join(entry(kernel)).join("linux")
    }

    /// Puts a complete kernel in place, in one step: all that is in a directory.
    fn commit(&self, kernel: &Description, new: &Path) -> Result<PathBuf> {
        let temp = tempfile::Builder::new()
            .prefix(&self.temp_prefix())
            .tempdir_in(&self.dir)
            .with_context(|| format!("create a directory in {}", self.dir.display()))?;
        // Only a given source or kernel replaces one that is there; whoever
        // runs the old one goes on with it.
        let target = self.dir.join(entry(kernel));
        if target.exists() {
            fs::rename(&target, temp.path().join("old"))
                .with_context(|| format!("replace {}", target.display()))?;
        }
        fs::rename(new, &target).with_context(|| format!("create {}", target.display()))?;
        Ok(self.kernel(kernel))
    }
}

/// The name of a kernel's cache entry.
fn entry(kernel: &Description) -> String {
    format!("{}-{}", kernel.name(), kernel.hash())
}

fn build_if_missing(
    kernel: &Description,
    source: build::Source<'_>,
    check: Check<'_>,
) -> Result<PathBuf> {
    let given = matches!(source, build::Source::Given(_));
    if let (false, Some(path)) = (given, find_described(kernel)?) {
        return Ok(path);
    }
    let entries = Entries::lock(kernel)?;
    // Whoever had the lock may have built it.
    if !given && entries.kernel(kernel).is_file() {
        return Ok(entries.kernel(kernel));
    }
    let temp = cache::temp_dir(&entries.dir, &entries.temp_prefix())?;
    let mut kernels = kernel.together()?;
    if given {
        kernels.truncate(1);
    } else {
        kernels.retain(|kernel| !entries.kernel(kernel).is_file());
    }
    let built = build::build(&kernels, source, temp.path(), check)
        .with_context(|| format!("build the test kernel {}", kernel.name()))?;
    for built in built {
        entries.commit(&built.description, &built.dir)?;
    }
    Ok(entries.kernel(kernel))
}

/// The source of the default series in `dir`, of which kernels with options of the
/// caller's are built. It is used again if it is there.
pub fn tree(dir: &Path) -> Result<Tree> {
    Tree::kept(&Description::named(DEFAULT)?, dir)
}

/// Takes a finished kernel into the cache.
fn install(kernel: &Description, file: &Path) -> Result<PathBuf> {
    let version = version_of(file)?;
    kernel.check_version(&file.display().to_string(), &version)?;
    let kernel = match kernel.series() {
        Some(_) => kernel.clone(),
        None => kernel.clone().of_series(version.parse()?),
    };
    let entries = Entries::lock(&kernel)?;
    let temp = cache::temp_dir(&entries.dir, &entries.temp_prefix())?;
    let new = temp.path().join("new");
    fs::create_dir(&new)?;
    fs::copy(file, new.join("linux")).with_context(|| format!("copy {}", file.display()))?;
    Manifest::unknown(&kernel, &version).write(&new)?;
    entries.commit(&kernel, &new)
}

/// Takes a ready-made kernel into the cache.
fn install_ready(kernel: &Description, from: &str, sha256: Option<&str>) -> Result<PathBuf> {
    let entries = Entries::lock(kernel)?;
    let temp = cache::temp_dir(&entries.dir, &entries.temp_prefix())?;
    let new = archive::fetch(from, sha256, temp.path())?;
    let manifest = Manifest::read(&new)?;
    let kernel = match kernel.series() {
        Some(_) => kernel.clone(),
        None => kernel.clone().of_series(manifest.release.parse()?),
    };
    kernel.check_version(from, &manifest.release)?;
    if (manifest.name.as_str(), manifest.hash) != (kernel.name(), kernel.hash()) {
        bail!(
            "{from} has a kernel for {}, built by another recipe than that of {} here; the \
             version of test-kernel that has packed it can use it",
            manifest.name,
            kernel.name()
        );
    }
    let version = version_of(&new.join("linux"))?;
    kernel.check_version(from, &version)?;
    entries.commit(&kernel, &new)
}

/// A kernel of the cache.
#[derive(Debug)]
pub struct Cached {
    /// The directory of the cache that has it.
    pub dir: PathBuf,
    /// What it is.
    pub manifest: Manifest,
    /// Whether it is what its built-in description would give today. Others are those of
    /// older versions, of files, and with more options.
    pub is_current: bool,
}

/// All kernels of the cache.
///
/// # Errors
///
/// There is no place for a cache.
pub fn list() -> Result<Vec<Cached>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir()?).into_iter().flatten().flatten() {
        let dir = entry.path();
        if let (true, Ok(manifest)) = (dir.join("linux").is_file(), Manifest::read(&dir)) {
            let is_current = Description::named(&manifest.name)
                .is_ok_and(|kernel| kernel.hash() == manifest.hash);
            found.push(Cached {
                dir,
                manifest,
                is_current,
            });
        }
    }
    found.sort_by(|a, b| a.dir.cmp(&b.dir));
    Ok(found)
}

/// Asks a User-Mode Linux kernel for its version.
pub fn version_of(kernel: &Path) -> Result<String> {
    let output = Command::new(kernel)
        .arg("--version")
        .env_clear()
        .output()
        .with_context(|| format!("run {}", kernel.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || text.parse::<Series>().is_err() {
        bail!(
            "{} does not look like a User-Mode Linux kernel: asked for its version it says {text:?}",
            kernel.display()
        );
    }
    Ok(text)
}
