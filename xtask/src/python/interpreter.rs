//! The Pythons that the package is tried on.

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

/// The suite and the version of the Python that Debian has, beside the machine's own.
const OTHER: (&str, &str) = ("trixie", "3.13");

/// The machine's own, and one of Debian's, which are of different versions.
pub(super) fn two() -> Result<[Interpreter; 2]> {
    let (suite, version) = OTHER;
    let other = debian(suite, &[version])?;
    let other = other.into_iter().next().context("no Python")?;
    let own = own()?;
    if own.version == other.version {
        bail!("both Pythons are {version}: name another of Debian's");
    }
    Ok([own, other])
}

/// The machine's own.
pub(super) fn own() -> Result<Interpreter> {
    // A version manager may have put a script in the place of the program.
    Interpreter::ask(Path::new("python3"))
}

impl Interpreter {
    /// Asks a Python for its program and its version.
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
            .context("Python does not say its version")?;
        Ok(Self {
            program: program.into(),
            version: version.into(),
        })
    }
}

/// Pythons of a suite of Debian's, unpacked into the cache.
pub(super) fn debian(suite: &str, versions: &[&str]) -> Result<Vec<Interpreter>> {
    let packages: Vec<String> = versions.iter().map(|v| format!("python{v}")).collect();
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    let root = debian::root(&format!("python-{suite}"), suite, &packages)?;
    let home = cache::dir()?.join("pythons").join(suite);
    packages
        .iter()
        .map(|name| {
            let program = script(&root, &home, name)?;
            Interpreter::ask(&program)
        })
        .collect()
}

/// A script that starts a Python with the C library beside it. Python finds its library
/// by the script's place, and starts the script where it starts itself.
fn script(root: &Path, home: &Path, name: &str) -> Result<PathBuf> {
    let bin = home.join("bin");
    fs::create_dir_all(&bin).with_context(|| format!("create {}", bin.display()))?;
    let lib = home.join("lib");
    if !lib.is_dir() {
        // It may lead to where the cache was once.
        let _ = fs::remove_file(&lib);
        symlink(root.join("usr/lib"), &lib).with_context(|| format!("create {}", lib.display()))?;
    }
    let root = root.display();
    let text = format!(
        "#!/bin/sh\n\
         exec '{root}/usr/lib64/ld-linux-x86-64.so.2' --argv0 \"$0\" \\\n\
         \t--library-path '{root}/usr/lib/x86_64-linux-gnu' \\\n\
         \t'{root}/usr/bin/{name}' \"$@\"\n"
    );
    let program = bin.join(name);
    if !fs::read_to_string(&program).is_ok_and(|there| there == text) {
        // Whole, or not at all: another task may start it.
        let new = tempfile::NamedTempFile::new_in(&bin)?;
        fs::write(new.path(), text)?;
        fs::set_permissions(new.path(), fs::Permissions::from_mode(0o755))?;
        new.persist(&program)
            .with_context(|| format!("create {}", program.display()))?;
    }
    Ok(program)
}
