//! The test kernels: selects a kernel, finds it in the cache, builds it or gets it.

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

/// The kernel's name if the caller names none.
pub const DEFAULT: &str = "6.12";

/// The requested kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The kernel of the built-in description with this name, or the newest kernel of this series.
    Named(String),
    /// A kernel that is built from this description.
    Described(Description),
    /// The machine's own kernel.
    Host,
    /// The kernel in this file.
    File(PathBuf),
}

impl FromStr for Wanted {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(OsStr::new(text))
    }
}

impl Wanted {
    /// The kernel if the caller names none.
    #[must_use]
    pub fn usual() -> Self {
        Self::Named(DEFAULT.to_owned())
    }

    /// The newest kernel whose source Debian has.
    #[must_use]
    pub fn newest() -> Self {
        Self::Named(description::NEWEST.to_owned())
    }

    /// Returns the description that it is built from; none if it is not built here.
    ///
    /// # Errors
    ///
    /// The name does not exist.
    pub fn description(&self) -> Result<Option<Description>> {
        match self {
            Self::Named(name) => Description::named(name).map(Some),
            Self::Described(description) => Ok(Some(description.clone())),
            Self::Host | Self::File(_) => Ok(None),
        }
    }

    /// Parses a name, as in `--kernel` and [`VARIABLE`].
    ///
    /// # Errors
    ///
    /// The text is not the name of a kernel, or the description cannot be read.
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

    /// Returns the same kernel with the additional options in these files.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or the kernel is not built here.
    pub fn with_config(self, fragments: &[PathBuf]) -> Result<Self> {
        if fragments.is_empty() {
            return Ok(self);
        }
        let Some(description) = self.description()? else {
            bail!("{self} is not built here, so options cannot be added");
        };
        fragments
            .iter()
            .try_fold(description, |kernel, file| kernel.with_config(file))
            .map(Self::Described)
    }

    /// Returns the kernel that the environment requests, if any.
    ///
    /// # Errors
    ///
    /// The variable does not name a kernel.
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

/// Returns whether the caller may use the machine's own sequencer.
pub fn host_sequencer() -> std::io::Result<()> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/snd/seq")
        .map(|_| ())
}

/// Finds a kernel without building one. Returns none if the cache does not have it, or if it is the
/// machine's own.
///
/// # Errors
///
/// The file or name does not exist.
pub fn find(wanted: &Wanted) -> Result<Option<PathBuf>> {
    if let Wanted::File(path) = wanted {
        if !path.is_file() {
            bail!("the kernel {} does not exist", path.display());
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
    // Not a series that has a built-in name.
    Ok(cached()?
        .into_iter()
        .filter(|(series, hash, _)| *series > Series::DEFAULT && *hash == kernel.hash())
        .max_by_key(|(series, ..)| *series)
        .map(|(.., path)| path))
}

/// Finds the kernel if the caller names none: the default kernel, or the newest one in the cache.
///
/// # Errors
///
/// No directory for the cache was found.
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

/// Returns the cached kernels whose name is their series, with their hashes.
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

/// Another place than Debian's archive to get a kernel from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A kernel source tree or an archive of one.
    Source(PathBuf),
    /// A finished User-Mode Linux kernel.
    Kernel(PathBuf),
    /// A ready-made kernel: a directory or an archive that [`pack`] has made, or the archive's URL.
    Ready {
        /// The path or address.
        from: String,
        /// The archive's checksum.
        sha256: Option<String>,
    },
}

/// A caller's check of a source. It gets the tree's directory.
pub type Check<'a> = &'a dyn Fn(&Path) -> Result<()>;

/// Gets a kernel from the cache, or builds it. Asks Debian for a newer version of `newest` only
/// with `look`.
///
/// `check` reads the source before the build, if the source comes from Debian.
pub fn obtain(
    wanted: &Wanted,
    origin: Option<&Origin>,
    look: bool,
    check: Check<'_>,
) -> Result<PathBuf> {
    Error::check_host()?;
    let Some(kernel) = wanted.description()? else {
        return find(wanted)?.context("host is the machine's own kernel and cannot be built");
    };
    match origin {
        Some(Origin::Kernel(file)) => install(&kernel, file),
        Some(Origin::Ready { from, sha256 }) => install_ready(&kernel, from, sha256.as_deref()),
        Some(Origin::Source(source)) => {
            if kernel.series().is_none() {
                bail!("give the version of the source, such as 6.12");
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

/// Returns the newest series whose source a suite has. The lock of the suite is released before
/// this returns. A build locks first the series and then the suite. In the other order, two builds
/// could wait for each other.
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
        .with_context(|| format!("{suite} has no kernel source"))
}

/// The cache entries of a kernel and of the kernels that are built with it. They are locked during
/// a build.
struct Entries {
    dir: PathBuf,
    /// The name of the first entry, which is also the name of the lock.
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
                "another task is building {}; waiting for it",
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

    /// Moves a complete kernel, with all files in its directory, to its place in one step.
    fn commit(&self, kernel: &Description, new: &Path) -> Result<PathBuf> {
        let temp = tempfile::Builder::new()
            .prefix(&self.temp_prefix())
            .tempdir_in(&self.dir)
            .with_context(|| format!("create a directory in {}", self.dir.display()))?;
        // Only a source or kernel that the caller has given replaces an existing one. Programs that
        // run the old kernel are not affected.
        let target = self.dir.join(entry(kernel));
        if target.exists() {
            fs::rename(&target, temp.path().join("old"))
                .with_context(|| format!("replace {}", target.display()))?;
        }
        fs::rename(new, &target).with_context(|| format!("create {}", target.display()))?;
        Ok(self.kernel(kernel))
    }
}

/// Returns the name of a kernel's cache entry.
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
    // The previous holder of the lock may have built the kernel.
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

/// Prepares the source of the default series in `dir`, for kernels with the caller's options. Uses
/// the source again if the directory has it.
pub fn tree(dir: &Path) -> Result<Tree> {
    Tree::reused(&Description::named(DEFAULT)?, dir)
}

/// Adds a finished kernel to the cache.
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

/// Adds a ready-made kernel to the cache.
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
            "{from} has a kernel for {} that was built by another recipe than that of {} here; use \
             the version of test-kernel that has packed it",
            manifest.name,
            kernel.name()
        );
    }
    let version = version_of(&new.join("linux"))?;
    kernel.check_version(from, &version)?;
    entries.commit(&kernel, &new)
}

/// A kernel in the cache.
#[derive(Debug)]
pub struct Cached {
    /// The kernel's directory in the cache.
    pub dir: PathBuf,
    /// The kernel's description.
    pub manifest: Manifest,
    /// Whether the built-in description still describes this kernel. It does not describe kernels
    /// of older versions, of files, or with additional options.
    pub is_current: bool,
}

/// Returns all kernels in the cache.
///
/// # Errors
///
/// No directory for the cache was found.
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
            "{} is not a User-Mode Linux kernel: with --version, it prints {text:?}",
            kernel.display()
        );
    }
    Ok(text)
}
