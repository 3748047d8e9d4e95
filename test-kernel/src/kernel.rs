//! The test kernels: which one is meant, where it is cached, how it gets
//! there.

pub mod build;
pub mod recipe;

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};
use nix::fcntl::Flock;

pub use build::Tree;

use crate::workshop::debian::Apt;
use crate::workshop::{cache, steps};

/// The environment variable that names the kernel, as `--kernel` does.
pub const VARIABLE: &str = "TEST_KERNEL";

/// A kernel series, such as 6.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    major: u32,
    minor: u32,
}

impl Series {
    /// The default: what the current Debian release runs.
    pub const DEFAULT: Self = Self {
        major: 6,
        minor: 12,
    };

    /// Whether it is 6.1, the oldest that is supported, which has no UMP.
    const fn is_oldest(self) -> bool {
        self.major == 6 && self.minor == 1
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Series {
    type Err = anyhow::Error;

    /// Reads the start of a version: `6.12`, `6.12.117`, `7.2-rc1`.
    fn from_str(text: &str) -> Result<Self> {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        let mut next = || numbers.next().and_then(|n| n.parse().ok());
        match (next(), next()) {
            (Some(major), Some(minor)) => Ok(Self { major, minor }),
            _ => bail!("{text:?} is not a kernel version"),
        }
    }
}

/// A kernel of a series, with UMP if the series has it and unless it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flavour {
    series: Series,
    ump: bool,
}

impl Flavour {
    /// How the name of a kernel without UMP ends.
    const NO_UMP: &str = "-no-ump";

    pub const DEFAULT: Self = Self::usual(Series::DEFAULT);

    const fn usual(series: Series) -> Self {
        Self {
            series,
            ump: !series.is_oldest(),
        }
    }

    fn has_ump(self) -> bool {
        self.ump
    }

    fn is_oldest(self) -> bool {
        self.series.is_oldest()
    }

    /// What is built beside it, since that costs next to nothing then.
    fn together(self) -> Vec<Self> {
        if self.series == Series::DEFAULT {
            let ump = false;
            vec![Self::DEFAULT, Self { ump, ..self }]
        } else {
            vec![self]
        }
    }
}

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.series.fmt(f)?;
        if *self != Self::usual(self.series) {
            f.write_str(Self::NO_UMP)?;
        }
        Ok(())
    }
}

impl FromStr for Flavour {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.strip_suffix(Self::NO_UMP) {
            Some(series) => Ok(Self {
                series: series.parse()?,
                ump: false,
            }),
            None => Ok(Self::usual(text.parse()?)),
        }
    }
}

/// Which sequencer is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The test kernel of this name.
    Named(Flavour),
    /// The newest test kernel Debian has the source of.
    Newest,
    /// The machine's own sequencer.
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
    /// Reads a name as `--kernel` and [`VARIABLE`] take it.
    pub fn parse(text: &OsStr) -> Result<Self> {
        match text.to_str() {
            Some("newest") => return Ok(Self::Newest),
            Some("host") => return Ok(Self::Host),
            Some("") => bail!("an empty kernel name"),
            _ => {}
        }
        let path = Path::new(text);
        if path.components().count() > 1 || path.is_absolute() || path.is_file() {
            return Ok(Self::File(std::path::absolute(path)?));
        }
        let flavour: Result<Flavour> = text.to_string_lossy().parse();
        Ok(Self::Named(flavour.with_context(|| {
            format!(
                "{} is neither 6.1, 6.12, 6.12-no-ump, newest, host nor the path of a kernel",
                path.display()
            )
        })?))
    }

    /// What the environment asks for, if anything.
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
            Self::Named(flavour) => flavour.fmt(f),
            Self::Newest => f.write_str("newest"),
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
pub fn find(wanted: &Wanted) -> Result<Option<PathBuf>> {
    match wanted {
        Wanted::Host => Ok(None),
        Wanted::File(path) => {
            if !path.is_file() {
                bail!("there is no kernel {}", path.display());
            }
            Ok(Some(path.clone()))
        }
        Wanted::Named(flavour) => Ok(cached()?
            .into_iter()
            .find(|(there, _)| there == flavour)
            .map(|(_, path)| path)),
        // Not one of the two that have names of their own.
        Wanted::Newest => Ok(cached()?
            .into_iter()
            .filter(|(there, _)| there.series > Series::DEFAULT && there.has_ump())
            .max_by_key(|(there, _)| *there)
            .map(|(_, path)| path)),
    }
}

/// The kernel for a caller who named none: the default, or else the newest of
/// those there are.
pub fn find_any() -> Result<Option<PathBuf>> {
    if let Some(path) = find(&Wanted::Named(Flavour::DEFAULT))? {
        return Ok(Some(path));
    }
    Ok(cached()?
        .into_iter()
        .max_by_key(|(there, _)| *there)
        .map(|(_, path)| path))
}

/// The cached kernels that today's recipe would build.
fn cached() -> Result<Vec<(Flavour, PathBuf)>> {
    let dir = dir()?;
    let mut found = Vec::new();
    for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some((name, hash)) = name.to_str().and_then(|name| name.rsplit_once('-')) else {
            continue;
        };
        let kernel = entry.path().join("linux");
        match name.parse::<Flavour>() {
            Ok(flavour) if hash == recipe::hash(flavour) && kernel.is_file() => {
                found.push((flavour, kernel));
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
    match (wanted, origin) {
        (Wanted::Host, _) => bail!("host is not a kernel to build"),
        (Wanted::File(path), _) => {
            find(wanted)?;
            Ok(path.clone())
        }
        (Wanted::Named(flavour), None) => build_if_missing(*flavour, build::Source::Archive, check),
        (Wanted::Newest, None) => {
            if !look {
                if let Some(path) = find(wanted)? {
                    return Ok(path);
                }
            }
            let series = newest()?;
            steps::note(&format!("the newest kernel source is {series}"));
            build_if_missing(Flavour::usual(series), build::Source::Archive, check)
        }
        (_, Some(Origin::Source(source))) => {
            let flavour = match wanted {
                Wanted::Named(flavour) => *flavour,
                _ => bail!("name the version of the source, such as 6.12"),
            };
            build_if_missing(flavour, build::Source::Given(source), check)
        }
        (_, Some(Origin::Kernel(kernel))) => install(wanted, kernel),
    }
}

/// The newest series sid has the source of. sid is free again then: a build locks
/// the series first and sid after it, and in the other order two builds could wait
/// for each other.
fn newest() -> Result<Series> {
    const PREFIX: &str = "linux-source-";
    Apt::for_suite("sid", PREFIX)?
        .names(PREFIX)?
        .iter()
        .filter_map(|name| {
            let version = name.strip_prefix(PREFIX)?;
            let plain = version.chars().all(|c| c.is_ascii_digit() || c == '.');
            plain.then(|| version.parse().ok()).flatten()
        })
        .max()
        .context("sid offers no kernel source")
}

/// The cache entries of a series, locked while one is made.
struct Entries {
    dir: PathBuf,
    /// The name of the usual one.
    name: String,
    _lock: Flock<File>,
}

impl Entries {
    fn lock(series: Series) -> Result<Self> {
        let dir = dir()?;
        fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
        let name = entry(Flavour::usual(series));
        let lock = cache::lock(&dir.join(format!("{name}.lock")), || {
            steps::note(&format!(
                "another build of {series} is under way; waiting for it"
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

    fn kernel(&self, flavour: Flavour) -> PathBuf {
        self.dir.join(entry(flavour)).join("linux")
    }

    /// Puts a complete kernel in place, in one step.
    fn commit(&self, flavour: Flavour, kernel: &Path, version: &str) -> Result<PathBuf> {
        let temp = tempfile::Builder::new()
            .prefix(&self.temp_prefix())
            .tempdir_in(&self.dir)
            .with_context(|| format!("create a directory in {}", self.dir.display()))?;
        let new = temp.path().join("new");
        fs::create_dir(&new)?;
        fs::copy(kernel, new.join("linux"))
            .with_context(|| format!("copy {}", kernel.display()))?;
        fs::write(new.join("version"), format!("{version}\n"))?;
        // Only a given source or kernel replaces one that is there; whoever
        // runs the old one goes on with it.
        let target = self.dir.join(entry(flavour));
        if target.exists() {
            fs::rename(&target, temp.path().join("old"))
                .with_context(|| format!("replace {}", target.display()))?;
        }
        fs::rename(&new, &target).with_context(|| format!("create {}", target.display()))?;
        Ok(self.kernel(flavour))
    }
}

/// The name of a kernel's cache entry.
fn entry(flavour: Flavour) -> String {
    format!("{flavour}-{}", recipe::hash(flavour))
}

fn build_if_missing(
    flavour: Flavour,
    source: build::Source<'_>,
    check: Check<'_>,
) -> Result<PathBuf> {
    let given = matches!(source, build::Source::Given(_));
    if let (false, Some(path)) = (given, find(&Wanted::Named(flavour))?) {
        return Ok(path);
    }
    let entries = Entries::lock(flavour.series)?;
    // Whoever had the lock may have built it.
    if !given && entries.kernel(flavour).is_file() {
        return Ok(entries.kernel(flavour));
    }
    let temp = cache::temp_dir(&entries.dir, &entries.temp_prefix())?;
    let flavours = if given {
        vec![flavour]
    } else {
        let mut flavours = flavour.together();
        flavours.retain(|flavour| !entries.kernel(*flavour).is_file());
        flavours
    };
    let built = build::build(flavour.series, &flavours, source, temp.path(), check)
        .with_context(|| format!("build the test kernel {flavour}"))?;
    for built in built {
        entries.commit(built.flavour, &built.kernel, &built.version)?;
    }
    Ok(entries.kernel(flavour))
}

/// The source of the default series in `dir`, of which kernels with options of the
/// caller's are built. It is used again if it is there.
pub fn tree(dir: &Path) -> Result<Tree> {
    Tree::kept(Series::DEFAULT, dir)
}

/// Takes a finished kernel into the cache.
fn install(wanted: &Wanted, kernel: &Path) -> Result<PathBuf> {
    let version = version_of(kernel)?;
    let series: Series = version.parse()?;
    let flavour = match wanted {
        Wanted::Named(named) if named.series != series => {
            bail!("{} is {version}, not {named}", kernel.display())
        }
        Wanted::Newest if series <= Series::DEFAULT => {
            bail!(
                "{} is {version}, not newer than {}",
                kernel.display(),
                Series::DEFAULT
            )
        }
        Wanted::Named(named) => *named,
        _ => Flavour::usual(series),
    };
    Entries::lock(series)?.commit(flavour, kernel, &version)
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
