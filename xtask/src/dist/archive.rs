//! Archives that depend only on their content.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use lzma_rust2::{XzOptions, XzWriter};
use nix::unistd::{AccessFlags, access};
use tar::{EntryType, Header};

use crate::files::{self, Links};

/// The compression level. Higher levels need more memory to unpack, and save nothing here.
const PRESET: u32 = 9;

/// Writes all files of `directory` into `archive`, a `.tar.xz`, below the directory `top`. The
/// files are sorted, have no owner's name, and have this time, in seconds since 1970. Of their
/// modes, only the executable bit is kept. Links are followed.
pub(super) fn write(directory: &Path, top: &str, time: u64, archive: &Path) -> Result<()> {
    let file = File::create(archive).with_context(|| format!("create {}", archive.display()))?;
    let packed = XzWriter::new(file, XzOptions::with_preset(PRESET))?;
    let packed = pack(directory, top, time, packed)?;
    packed
        .finish()
        .and_then(|mut file| file.flush())
        .with_context(|| format!("write {}", archive.display()))
}

fn pack<W: Write>(directory: &Path, top: &str, time: u64, to: W) -> Result<W> {
    let mut tar = tar::Builder::new(to);
    let mut add = |name: &Path, kind, mode, content: &[u8]| -> Result<()> {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(time);
        header.set_size(u64::try_from(content.len())?);
        tar.append_data(&mut header, name, content)
            .with_context(|| format!("pack {}", name.display()))
    };
    add(Path::new(top), EntryType::Directory, 0o755, &[])?;
    for name in files::names_below(directory, Links::Follow)? {
        let file = directory.join(&name);
        let content = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
        let mode = match access(&file, AccessFlags::X_OK).is_ok() {
            true => 0o755,
            false => 0o644,
        };
        add(
            &Path::new(top).join(name),
            EntryType::Regular,
            mode,
            &content,
        )?;
    }
    tar.into_inner().map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::time::{Duration, SystemTime};

    use super::*;

    /// The same files, created in this order, with other times and other bits of their modes.
    fn tree(names: &[&str], mode: u32) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for name in names {
            let file = directory.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, name).unwrap();
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(&file, permissions).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(mode) * 1000);
            let file = File::options().append(true).open(&file).unwrap();
            file.set_modified(time).unwrap();
        }
        symlink("b", directory.path().join("link")).unwrap();
        directory
    }

    fn packed(directory: &Path) -> Vec<u8> {
        let archive = tempfile::NamedTempFile::new().unwrap();
        write(directory, "top", 1_000_000, archive.path()).unwrap();
        fs::read(archive.path()).unwrap()
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let one = tree(&["b", "a/c", "a/b/d"], 0o644);
        let other = tree(&["a/b/d", "a/c", "b"], 0o600);
        assert!(packed(one.path()) == packed(other.path()));
        let program = tree(&["a/b/d", "a/c", "b"], 0o755);
        assert!(packed(one.path()) != packed(program.path()));
    }

    #[test]
    fn entries_are_sorted_and_contain_no_data_of_this_machine() {
        let directory = tree(&["b", "a/c", "a/b/d"], 0o600);
        let bytes = pack(directory.path(), "top", 1_000_000, Vec::new()).unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut names = Vec::new();
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!(header.uid().unwrap(), 0);
            assert_eq!(header.gid().unwrap(), 0);
            assert_eq!(header.mtime().unwrap(), 1_000_000);
            assert!([0o644, 0o755].contains(&header.mode().unwrap()));
            assert_eq!(header.username_bytes(), Some(&b""[..]));
            names.push(entry.path().unwrap().display().to_string());
        }
        assert_eq!(names, ["top", "top/a/b/d", "top/a/c", "top/b", "top/link"]);
    }
}
