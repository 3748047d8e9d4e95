//! Source packages: the releases of their authors, without Debian's changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::sources::PackageKind;
use super::{Apt, Tool, provide};
use crate::workshop::steps::{self, Gauge};

/// The program that unpacks them.
const TOOLS: [Tool; 4] = [
    Tool::program("tar", "tar"),
    Tool::program("gzip", "gzip"),
    Tool::program("bzip2", "bzip2"),
    Tool::program("xz", "xz-utils"),
];

impl Apt {
    /// Reads the list of source packages of `suite` from the machine's own mirror, and checks that
    /// it contains this one.
    pub fn for_source(suite: &str, package: &str) -> Result<Self> {
        Self::open(suite, None, PackageKind::Source, package)
    }

    /// Returns the newest version of a source package, if there is one.
    pub(super) fn source_version(&self, package: &str) -> Result<Option<String>> {
        let output = self
            .command("apt-cache")
            .args(["showsrc", "--only-source", package])
            .output()
            .context("run apt-cache")?;
        // apt uses the first version that it shows.
        Ok(String::from_utf8_lossy(&output.stdout)
            .lines()
            .find_map(|line| line.strip_prefix("Version: "))
            .map(|version| version.trim().to_owned()))
    }

    /// Downloads a source package and unpacks it into `dir`. Returns the directory with the source.
    pub fn source(&self, package: &str, dir: &Path) -> Result<PathBuf> {
        provide("unpacking source packages", &TOOLS)?;
        let version = self
            .source_version(package)?
            .with_context(|| format!("{} does not have {package}", self.suite))?;
        let files = tempfile::Builder::new()
            .prefix("source-")
            .tempdir_in(dir)
            .with_context(|| format!("create a directory in {}", dir.display()))?;
        steps::run(
            &format!("downloading the source of {package} {version}"),
            &Gauge::Time,
            self.command("apt-get")
                .args(["-q", "source", "--download-only", "--only-source"])
                // Without Debian's changes, because applying them needs dpkg-dev.
                .args(["--tar-only", package])
                .current_dir(files.path()),
        )?;
        let mut archives = Vec::new();
        for entry in fs::read_dir(files.path())? {
            let path = entry?.path();
            if is_archive(&path) {
                archives.push(path);
            }
        }
        let [archive] = &archives[..] else {
            bail!("the source of {package} is not one archive: {archives:?}");
        };
        let unpacked = dir.join(package);
        fs::create_dir(&unpacked).with_context(|| format!("create {}", unpacked.display()))?;
        steps::run(
            &format!("unpacking the source of {package}"),
            &Gauge::Time,
            Command::new("tar")
                // The archive's only directory can have any name.
                .args([
                    "--extract",
                    "--no-same-owner",
                    "--strip-components=1",
                    "--file",
                ])
                .arg(archive)
                .arg("--directory")
                .arg(&unpacked),
        )?;
        Ok(unpacked)
    }
}

/// Returns whether this file is the archive, and not its signature.
fn is_archive(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.contains(".tar.") && !name.ends_with(".asc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_distinguished_from_its_signature() {
        assert!(is_archive(Path::new("/a/rtmidi_6.0.0.orig.tar.gz")));
        assert!(is_archive(Path::new("native_1.tar.xz")));
        assert!(!is_archive(Path::new("alsa-lib_1.2.14.orig.tar.bz2.asc")));
        assert!(!is_archive(Path::new("alsa-lib_1.2.14-1.dsc")));
    }
}
