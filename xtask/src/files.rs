//! The files below a directory, and copies of programs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The treatment of symbolic links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// They are left out.
    Skip,
    /// Each is a file, also if it leads to a directory.
    List,
    /// Each is the file or the directory that it leads to.
    Follow,
}

/// The names of all files below a directory, as seen from it, sorted.
pub(crate) fn names_below(directory: &Path, links: Links) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(below) = directories.pop() {
        let path = directory.join(&below);
        for entry in fs::read_dir(&path).with_context(|| format!("read {}", path.display()))? {
            let entry = entry?;
            let mut kind = entry.file_type()?;
            if kind.is_symlink() {
                match links {
                    Links::Skip => continue,
                    Links::List => {}
                    Links::Follow => kind = fs::metadata(entry.path())?.file_type(),
                }
            }
            let name = below.join(entry.file_name());
            match kind.is_dir() {
                true => directories.push(name),
                false => found.push(name),
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The paths of all files below a directory, sorted.
pub(crate) fn below(directory: &Path, links: Links) -> Result<Vec<PathBuf>> {
    let names = names_below(directory, links)?;
    Ok(names.iter().map(|name| directory.join(name)).collect())
}

/// Copies a program in one step, so that an incomplete file is never started.
pub(crate) fn copy_program(from: &Path, to: &Path) -> Result<()> {
    let directory = to.parent().context("a program without a directory")?;
    fs::create_dir_all(directory)?;
    let new = tempfile::Builder::new()
        .prefix("new-")
        .tempdir_in(directory)?;
    let file = new.path().join("program");
    fs::copy(from, &file)?;
    // `runner.sh` compares its time with the sources, so it gets the time of the original.
    let written = fs::metadata(from)?.modified()?;
    fs::File::options()
        .write(true)
        .open(&file)?
        .set_modified(written)?;
    fs::rename(&file, to)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_left_out_listed_or_followed() {
        let place = tempfile::tempdir().unwrap();
        let top = place.path().join("top");
        fs::create_dir_all(top.join("b/c")).unwrap();
        for name in ["b/c/d", "b/a", "e"] {
            fs::write(top.join(name), "").unwrap();
        }
        symlink(".", top.join("b/c/loop")).unwrap();
        symlink("nowhere", top.join("dangling")).unwrap();
        let names = |links| {
            let names = names_below(&top, links).unwrap();
            let names = names.iter().map(|name| name.display().to_string());
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(Links::Skip), "b/a b/c/d e");
        assert_eq!(names(Links::List), "b/a b/c/d b/c/loop dangling e");

        fs::remove_file(top.join("b/c/loop")).unwrap();
        fs::remove_file(top.join("dangling")).unwrap();
        symlink("c/d", top.join("b/file")).unwrap();
        fs::create_dir(place.path().join("other")).unwrap();
        fs::write(place.path().join("other/f"), "").unwrap();
        symlink("../other", top.join("directory")).unwrap();
        assert_eq!(names(Links::Follow), "b/a b/c/d b/file directory/f e");
        assert_eq!(
            below(&top, Links::Skip).unwrap(),
            [top.join("b/a"), top.join("b/c/d"), top.join("e")]
        );
        assert!(below(&top.join("none"), Links::Skip).is_err());
    }
}
