//! The newest alsa-utils, which may be much newer than the machine's own. Nothing is installed: the
//! programs run from the cache, with the C library and the libasound that they were built for.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::debian::{Apt, age};
use crate::files::{self, Links};
use crate::{cache, steps};

/// The Debian suite with the newest version.
const SUITE: &str = "sid";

/// alsa-utils, the packages that its MIDI programs need, and libasound's headers.
const PACKAGES: [&str; 5] = [
    "alsa-utils",
    "libasound2t64",
    "libasound2-data",
    "libc6",
    "libasound2-dev",
];

/// A header in the last package.
const HEADER: &str = "usr/include/alsa/asoundlib.h";

/// The file with the version of the first package.
const VERSION: &str = "version";

const PROGRAMS: [&str; 8] = [
    "aconnect",
    "aplaymidi",
    "aplaymidi2",
    "arecordmidi",
    "arecordmidi2",
    "aseqdump",
    "aseqnet",
    "aseqsend",
];

/// Returns the directory of the programs. Fetches them if they are missing.
pub(crate) fn obtain() -> Result<PathBuf> {
    let cache = cache::dir()?;
    fs::create_dir_all(&cache).with_context(|| format!("create {}", cache.display()))?;
    let home = cache.join("alsa-utils");
    let _lock = cache::lock(&cache.join("alsa-utils.lock"), || {
        steps::note("the newest alsa-utils are being fetched; waiting for them");
    })?;
    let programs = home.join("bin");
    if programs.is_dir() && home.join(HEADER).is_file() {
        age::renew("alsa-utils", &home.join(VERSION), || fetch(&cache, &home))?;
    } else {
        fetch(&cache, &home)?;
    }
    Ok(programs)
}

/// Fetches the programs, unless the directory has the newest version.
fn fetch(cache: &Path, home: &Path) -> Result<()> {
    let temp = cache::temp_dir(cache, "tmp-alsa-utils-")?;
    let root = temp.path().join("root");
    fs::create_dir(&root)?;
    let apt = Apt::for_suite(SUITE, PACKAGES[0])?;
    let versions = apt.versions(&PACKAGES)?;
    if home.join(HEADER).is_file() && age::is_current(home, VERSION, &versions)? {
        return Ok(());
    }
    let version = apt.unpack(&PACKAGES, &root)?;
    make_programs(&root)?;
    fs::write(root.join(VERSION), version)?;
    age::write(&root, &versions)?;
    // The directory is complete, or does not exist. It replaces the files of an older list of
    // packages.
    let old = temp.path().join("old");
    if home.exists() {
        fs::rename(home, &old).with_context(|| format!("remove {}", home.display()))?;
    }
    fs::rename(&root, home).with_context(|| format!("create {}", home.display()))
}

/// The newest alsa-utils, for callers that start the programs in another way.
#[derive(Debug)]
pub(crate) struct Newest {
    /// The directory with `usr/bin` and `usr/share`.
    pub(crate) root: PathBuf,
    /// The version of alsa-utils.
    pub(crate) version: String,
    /// The loader, with the paths of the libraries. It starts a program.
    pub(crate) loader: PathBuf,
    pub(crate) libraries: PathBuf,
    pub(crate) libasound: PathBuf,
}

/// Returns the same. Fetches them if they are missing.
pub(crate) fn newest() -> Result<Newest> {
    let programs = obtain()?;
    let root = programs.parent().unwrap_or(Path::new("/")).to_owned();
    let find = |start: &str| -> Result<PathBuf> {
        let file = find(&root, start)?;
        Ok(root.join(file.with_context(|| format!("the packages do not contain {start}"))?))
    };
    let libasound = find("libasound.so.2")?;
    Ok(Newest {
        version: fs::read_to_string(root.join(VERSION))?,
        loader: find("ld-linux")?,
        libraries: libasound.parent().unwrap_or(Path::new("/")).to_owned(),
        libasound,
        root,
    })
}

/// Writes a script for each program into `bin`. The script starts the program as if it were
/// installed.
fn make_programs(root: &Path) -> Result<()> {
    let find = |start: &str| {
        find(root, start)?.with_context(|| format!("the packages do not contain {start}"))
    };
    let loader = find("ld-linux")?;
    let libraries = find("libasound.so.2")?;
    let libraries = libraries.parent().unwrap_or(Path::new(""));
    let bin = root.join("bin");
    fs::create_dir(&bin)?;
    for name in PROGRAMS {
        let script = format!(
            "#!/bin/sh\n\
             root=${{0%/*}}/..\n\
             export ALSA_CONFIG_DIR=\"$root/usr/share/alsa\"\n\
             exec \"$root/{}\" --argv0 {name} --library-path \"$root/{}\" \"$root/usr/bin/{name}\" \"$@\"\n",
            loader.display(),
            libraries.display(),
        );
        write_script(&bin.join(name), &script)?;
    }
    Ok(())
}

/// Writes a script for each program into `bin`. The script starts the program with the libraries of
/// a directory before its own.
pub(crate) fn with_library(newest: &Newest, library: &Path, bin: &Path) -> Result<()> {
    fs::create_dir_all(bin).with_context(|| format!("create {}", bin.display()))?;
    let root = newest.root.display();
    for name in PROGRAMS {
        let script = format!(
            "#!/bin/sh\n\
             export ALSA_CONFIG_DIR='{root}/usr/share/alsa'\n\
             exec '{}' --argv0 {name} --library-path '{}:{}' '{root}/usr/bin/{name}' \"$@\"\n",
            newest.loader.display(),
            library.display(),
            newest.libraries.display(),
        );
        write_script(&bin.join(name), &script)?;
    }
    Ok(())
}

fn write_script(file: &Path, script: &str) -> Result<()> {
    fs::write(file, script).with_context(|| format!("write {}", file.display()))?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Returns a file below `root` whose name starts with this text, relative to `root`.
fn find(root: &Path, start: &str) -> Result<Option<PathBuf>> {
    let names = files::names_below(root, Links::List)?;
    let starts = |name: &PathBuf| {
        let name = name.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with(start)
    };
    Ok(names.into_iter().find(starts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_started_with_its_own_libraries() {
        let dir = tempfile::tempdir().unwrap();
        let libraries = dir.path().join("usr/lib/some-arch");
        fs::create_dir_all(&libraries).unwrap();
        fs::write(libraries.join("libasound.so.2.0.0"), "").unwrap();
        // Prints its arguments.
        let loader = dir.path().join("usr/lib/ld-linux-some-arch.so.2");
        fs::write(&loader, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n").unwrap();
        fs::set_permissions(&loader, fs::Permissions::from_mode(0o755)).unwrap();
        make_programs(dir.path()).unwrap();
        let output = std::process::Command::new(dir.path().join("bin/aseqdump"))
            .args(["-p", "a b"])
            .output()
            .unwrap();
        let root = dir.path().join("bin/..");
        let path = |name: &str| format!("{}/{name}", root.display());
        assert_eq!(
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .collect::<Vec<_>>(),
            [
                "--argv0",
                "aseqdump",
                "--library-path",
                &path("usr/lib/some-arch"),
                &path("usr/bin/aseqdump"),
                "-p",
                "a b"
            ]
        );
    }
}
