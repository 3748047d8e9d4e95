//! Real songs for tests: the music of two games in Debian's archive.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cache;
use crate::debian::Apt;
use crate::files::{self, Links};

/// Packages of Standard MIDI Files from many authors and programs.
const PACKAGES: [&str; 2] = ["openttd-openmsx", "planetblupi-music-midi"];

/// The suite of the packages, on every machine.
const SUITE: &str = "trixie";

/// Returns the directory of the songs. Fetches them if they are missing.
pub(crate) fn obtain() -> Result<PathBuf> {
    let cache = cache::dir()?;
    fs::create_dir_all(&cache).with_context(|| format!("create {}", cache.display()))?;
    let songs = cache.join("songs");
    let _lock = cache::lock(&cache.join("songs.lock"), || {
        crate::steps::note("the songs are being fetched; waiting for them");
    })?;
    if songs.is_dir() {
        return Ok(songs);
    }
    let temp = cache::temp_dir(&cache, "tmp-songs-")?;
    let (unpacked, chosen) = (temp.path().join("unpacked"), temp.path().join("songs"));
    fs::create_dir(&unpacked)?;
    fs::create_dir(&chosen)?;
    let apt = Apt::for_suite(SUITE, PACKAGES[0])?;
    apt.unpack(&PACKAGES, &unpacked)?;
    let count = collect(&unpacked, &chosen)?;
    if count == 0 {
        bail!("{} no longer contain songs", PACKAGES.join(" and "));
    }
    // The directory is complete, or does not exist.
    fs::rename(&chosen, &songs).with_context(|| format!("create {}", songs.display()))?;
    Ok(songs)
}

/// Moves all MIDI files below `from` into `to`.
fn collect(from: &Path, to: &Path) -> Result<usize> {
    let mut count = 0;
    // Does not follow links, because they could lead anywhere.
    for path in files::below(from, Links::Skip)? {
        if is_song(&path) {
            let name = path.file_name().context("a file without a name")?;
            fs::rename(&path, to.join(name))?;
            count += 1;
        }
    }
    Ok(count)
}

fn is_song(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("mid") || extension.eq_ignore_ascii_case("midi")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn songs_are_collected_from_anywhere() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("usr/share/game/music")).unwrap();
        fs::create_dir(&to).unwrap();
        fs::write(from.join("usr/share/game/music/A.MID"), "a").unwrap();
        fs::write(from.join("usr/b.mid"), "b").unwrap();
        fs::write(from.join("usr/readme.txt"), "c").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", from.join("usr/link.mid")).unwrap();
        assert_eq!(collect(&from, &to).unwrap(), 2);
        assert!(to.join("A.MID").is_file() && to.join("b.mid").is_file());
        assert!(!to.join("link.mid").exists());
    }
}
