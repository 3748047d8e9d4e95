//! Debian as a source of packages: a private apt that can read another suite
//! than the machine's own, without root and without touching the machine.

mod source;
pub mod sources;
mod tools;

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use nix::fcntl::Flock;

use sources::{Mirror, PackageKind};
pub use tools::{Tool, provide};

use super::cache;
use super::steps::{self, Gauge};

/// Returns whether this is a Debian-like system.
pub fn here() -> bool {
    Path::new("/etc/apt").is_dir() && in_path("apt-get") && in_path("dpkg")
}

/// Returns whether a program is in the PATH.
pub fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| {
        let file = dir.join(program);
        nix::unistd::access(&file, nix::unistd::AccessFlags::X_OK).is_ok() && file.is_file()
    })
}

/// A private apt for one suite. Its files are removed when it is dropped.
#[derive(Debug)]
pub struct Apt {
    suite: String,
    /// Another architecture than the machine's own.
    architecture: Option<String>,
    kind: PackageKind,
    dir: PathBuf,
    _lock: Flock<File>,
}

impl Drop for Apt {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

impl Apt {
    /// Reads the package lists of `suite` from the machine's own mirror, and
    /// checks that it offers a package whose name starts with `wanted`.
    pub fn for_suite(suite: &str, wanted: &str) -> Result<Self> {
        Self::open(suite, None, PackageKind::Binary, wanted)
    }

    /// Does the same as [`for_suite`](Self::for_suite), for packages of this architecture, which may
    /// differ from the machine's own.
    pub fn for_architecture(suite: &str, architecture: &str, wanted: &str) -> Result<Self> {
        Self::open(suite, Some(architecture), PackageKind::Binary, wanted)
    }

    fn open(
        suite: &str,
        architecture: Option<&str>,
        kind: PackageKind,
        wanted: &str,
    ) -> Result<Self> {
        if !here() {
            bail!("this is not a Debian-like system: apt-get or dpkg is missing");
        }
        let mirrors = sources::machine_mirrors()?;
        let all = cache::dir()?.join("apt");
        fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
        let name = match architecture {
            Some(architecture) => format!("{suite}-{architecture}"),
            None => suite.to_owned(),
        };
        let lock = cache::lock(&all.join(format!("{name}.lock")), || {
            steps::note(&format!("another task reads {name}; waiting for it"));
        })?;
        let apt = Self {
            suite: suite.to_owned(),
            architecture: architecture.map(str::to_owned),
            kind,
            dir: all.join(name),
            _lock: lock,
        };
        let mut failure = None;
        for mirror in &mirrors {
            match apt.update(mirror).and_then(|()| apt.offers(wanted)) {
                Ok(true) => return Ok(apt),
                Ok(false) => {}
                Err(e) if e.is::<steps::Interrupted>() => return Err(e),
                Err(e) => failure = Some(e),
            }
        }
        let failure = failure.unwrap_or_else(|| {
            anyhow::anyhow!(
                "none of the {} Debian mirrors in /etc/apt offers {wanted} in {suite}",
                mirrors.len()
            )
        });
        // Mirrors of other distributions look similar.
        Err(failure.context(format!(
            "read Debian's {suite} through this machine's mirrors (only mirrors of Debian have it)"
        )))
    }

    fn update(&self, mirror: &Mirror) -> Result<()> {
        // Leftovers of another mirror or of a killed run would count as an answer.
        if self.dir.exists() {
            fs::remove_dir_all(&self.dir)
                .with_context(|| format!("remove {}", self.dir.display()))?;
        }
        for dir in [self.dir.join("lists/partial"), self.dir.join("cache")] {
            fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
        }
        let list = self.dir.join("sources.list");
        let write = |file: &Path, text: &str| {
            fs::write(file, text).with_context(|| format!("write {}", file.display()))
        };
        write(&list, &mirror.line(self.kind, &self.suite))?;
        write(&self.status(), "")?;
        if let Some(architecture) = &self.architecture {
            let only = format!("APT::Architectures {{ \"{architecture}\"; }};\n");
            write(&self.configuration(), &only)?;
        }
        steps::run(
            &format!("reading the package lists of {}", self.suite),
            &Gauge::Time,
            self.command("apt-get").args(["-q", "update"]),
        )?;
        Ok(())
    }

    /// Returns the suite whose lists it has read.
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// The empty list of installed packages.
    pub fn status(&self) -> PathBuf {
        self.dir.join("status")
    }

    /// Architectures for apt, in a configuration file. An option on the command line would only add
    /// to the machine's configuration.
    fn configuration(&self) -> PathBuf {
        self.dir.join("apt.conf")
    }

    /// Returns `apt-get` or `apt-cache` with the private lists.
    pub fn command(&self, program: &str) -> Command {
        let option = |name: &str, value: &Path| {
            let mut option = OsString::from(name);
            option.push("=");
            option.push(value);
            option
        };
        let mut command = Command::new(program);
        command.env("LC_ALL", "C.UTF-8");
        for (name, value) in [
            ("Dir::Etc::sourcelist", self.dir.join("sources.list")),
            ("Dir::Etc::sourceparts", "/dev/null".into()),
            ("Dir::Etc::preferences", "/dev/null".into()),
            ("Dir::Etc::preferencesparts", "/dev/null".into()),
            ("Dir::State::lists", self.dir.join("lists")),
            ("Dir::Cache", self.dir.join("cache")),
            // apt's own user may not read the user's cache.
            ("APT::Sandbox::User", "root".into()),
            ("Acquire::Languages", "none".into()),
            ("Acquire::PDiffs", "false".into()),
        ] {
            command.arg("-o").arg(option(name, &value));
        }
        if let Some(architecture) = &self.architecture {
            command
                .env("APT_CONFIG", self.configuration())
                .arg("-o")
                .arg(format!("APT::Architecture={architecture}"))
                // The machine's packages have another architecture.
                .arg("-o")
                .arg(option("Dir::State::status", &self.status()));
        }
        command
    }

    /// Returns whether a package whose name starts with this text exists, or a source with this
    /// name.
    fn offers(&self, wanted: &str) -> Result<bool> {
        match self.kind {
            PackageKind::Binary => Ok(!self.names(wanted)?.is_empty()),
            PackageKind::Source => Ok(self.source_version(wanted)?.is_some()),
        }
    }

    /// Returns the names of packages that start with this text.
    pub fn names(&self, start: &str) -> Result<Vec<String>> {
        let output = self
            .command("apt-cache")
            .args(["pkgnames", start])
            .output()
            .context("run apt-cache")?;
        Ok(String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect())
    }

    /// Returns the versions of these packages in the suite, a line for each.
    ///
    /// # Errors
    ///
    /// The suite does not have one of them.
    pub fn versions(&self, packages: &[&str]) -> Result<String> {
        packages
            .iter()
            .map(|package| Ok(format!("{package} {}\n", self.describe(package)?.0)))
            .collect()
    }

    /// Returns the version and the download size of a package.
    fn describe(&self, package: &str) -> Result<(String, u64)> {
        let output = self
            .command("apt-cache")
            .args(["show", "--no-all-versions", package])
            .output()
            .context("run apt-cache")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .map(str::trim)
        };
        let version =
            field("Version").with_context(|| format!("{} does not have {package}", self.suite))?;
        let size = field("Size").and_then(|s| s.parse().ok()).unwrap_or(0);
        Ok((version.to_owned(), size))
    }

    /// Downloads packages and unpacks them into `dir`, without installing them. Returns the version
    /// of the first package.
    pub fn unpack(&self, packages: &[&str], dir: &Path) -> Result<String> {
        let debs = tempfile::Builder::new()
            .prefix("debs-")
            .tempdir_in(dir)
            .with_context(|| format!("create a directory in {}", dir.display()))?;
        let mut total = 0;
        let mut first = None;
        for package in packages {
            let (version, size) = self.describe(package)?;
            total += size;
            first.get_or_insert(version);
        }
        let first = first.context("no package named")?;
        let (name, more) = packages.split_first().context("no package named")?;
        let more = match more.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        steps::run(
            &format!("downloading {name} {first}{more}"),
            &Gauge::Bytes {
                dir: debs.path().to_owned(),
                total,
            },
            self.command("apt-get")
                .args(["-q", "download"])
                .args(packages)
                .current_dir(debs.path()),
        )?;
        for entry in fs::read_dir(debs.path())? {
            let deb = entry?.path();
            if deb.extension().is_some_and(|e| e == "deb") {
                let name = deb.file_name().unwrap_or_default().to_string_lossy();
                steps::run(
                    &format!("unpacking {name}"),
                    &Gauge::Time,
                    Command::new("dpkg").arg("-x").arg(&deb).arg(dir),
                )?;
            }
        }
        Ok(first)
    }
}
