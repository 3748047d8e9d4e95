//! The Pythons for the tests of the package.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{cache, debian};

/// One Python.
#[derive(Clone, Debug)]
pub(super) struct Interpreter {
    pub(super) program: PathBuf,
    /// As in `3.11`.
    pub(super) version: String,
}

/// The Debian suite and the version of the Python that is used beside the machine's own.
const OTHER: (&str, &str) = ("trixie", "3.13");

/// Returns the machine's own Python and one of Debian's, which have different versions.
pub(super) fn two() -> Result<[Interpreter; 2]> {
    let (suite, version) = OTHER;
    let other = debian(suite, &[version])?;
    let other = other.into_iter().next().context("no Python")?;
    let own = own()?;
    if own.version == other.version {
        bail!("both Pythons are {version}: name another Python of Debian");
    }
    Ok([own, other])
}

/// The oldest version that the package supports.
const OLDEST: u32 = 9;

/// Debian's newest Python.
const NEWEST: (&str, &[&str]) = ("sid", &["3.14", "3.15"]);

/// Returns one Python of each available version: the machine's own, those of pyenv, and Debian's.
pub(super) fn all() -> Result<Vec<Interpreter>> {
    let mut found = two()?.to_vec();
    let (suite, versions) = NEWEST;
    found.extend(debian(suite, versions)?);
    let root = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")));
    let installed = root.map(|root| fs::read_dir(root.join("versions")));
    for entry in installed.into_iter().flatten().flatten() {
        let program = entry?.path().join("bin/python3");
        if program.is_file() {
            found.push(Interpreter::ask(&program)?);
        }
    }
    found.retain(|python| python.minor() >= OLDEST);
    found.sort_by_key(Interpreter::minor);
    found.dedup_by_key(|python| python.minor());
    Ok(found)
}

/// Returns the machine's own Python.
pub(super) fn own() -> Result<Interpreter> {
    // A version manager may have replaced the program with a script.
    Interpreter::ask(Path::new("python3"))
}

impl Interpreter {
    /// Returns the minor version; 0 if it is not Python 3.
    fn minor(&self) -> u32 {
        let minor = self.version.strip_prefix("3.");
        minor.and_then(|minor| minor.parse().ok()).unwrap_or(0)
    }

    /// Asks a Python for its path and its version.
    pub(super) fn ask(program: &Path) -> Result<Self> {
        let script = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2])";
        let output = Command::new(program)
            .args(["-I", "-c", script])
            .output()
            .with_context(|| format!("run {}", program.display()))?;
        if !output.status.success() {
            bail!(
                "{} does not run: {}",
                program.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let (program, version) = text
            .trim()
            .rsplit_once(' ')
            .context("Python does not print its version")?;
        Ok(Self {
            program: program.into(),
            version: version.into(),
        })
    }
}

/// Pythons of a Debian suite, unpacked into the cache.
pub(super) fn debian(suite: &str, versions: &[&str]) -> Result<Vec<Interpreter>> {
    let packages: Vec<String> = versions.iter().map(|v| format!("python{v}")).collect();
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    let root = debian::root(&format!("python-{suite}"), suite, &packages)?;
    let home = cache::dir()?.join("pythons").join(suite);
    packages
        .iter()
        .map(|name| {
            let script = Loaded {
                loader: &root.join("usr/lib64/ld-linux-x86-64.so.2"),
                libraries: &[root.join("usr/lib/x86_64-linux-gnu")],
                program: &root.join("usr/bin").join(name),
                lib: &root.join("usr/lib"),
            };
            Interpreter::ask(&script.script(&home)?)
        })
        .collect()
}

/// A Python that a loader starts with the libraries beside it.
pub(super) struct Loaded<'a> {
    pub(super) loader: &'a Path,
    pub(super) libraries: &'a [PathBuf],
    pub(super) program: &'a Path,
    /// The directory with the directory `python3.N` of its library.
    pub(super) lib: &'a Path,
}

impl Loaded<'_> {
    /// Writes a script into `home` that starts it. Python finds its library from the script's path,
    /// and starts the script again when it starts itself.
    pub(super) fn script(&self, home: &Path) -> Result<PathBuf> {
        let bin = home.join("bin");
        fs::create_dir_all(&bin).with_context(|| format!("create {}", bin.display()))?;
        let lib = home.join("lib");
        if fs::read_link(&lib).is_ok_and(|to| to != self.lib) {
            fs::remove_file(&lib).with_context(|| format!("remove {}", lib.display()))?;
        }
        if !lib.exists() {
            symlink(self.lib, &lib).with_context(|| format!("create {}", lib.display()))?;
        }
        let libraries = std::env::join_paths(self.libraries)?;
        let text = format!(
            "#!/bin/sh\nexec '{}' --argv0 \"$0\" --library-path '{}' \\\n\t'{}' \"$@\"\n",
            self.loader.display(),
            Path::new(&libraries).display(),
            self.program.display(),
        );
        let script = bin.join(
            self.program
                .file_name()
                .context("a program without a name")?,
        );
        if !fs::read_to_string(&script).is_ok_and(|there| there == text) {
            // The script is complete, or does not exist, because another task may start it.
            let new = tempfile::NamedTempFile::new_in(&bin)?;
            fs::write(new.path(), text)?;
            fs::set_permissions(new.path(), fs::Permissions::from_mode(0o755))?;
            new.persist(&script)
                .with_context(|| format!("create {}", script.display()))?;
        }
        Ok(script)
    }
}
