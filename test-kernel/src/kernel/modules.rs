//! Modules that are loaded when a kernel has started: those that its description names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The file beside a kernel that lists them, by paths that begin there, in their order.
pub(super) const LIST: &str = "modules.load";

/// The directory beside a kernel that has them.
pub(super) const DIR: &str = "modules";

/// The files of a kernel's modules, in the order in which they are loaded.
pub(crate) fn of(kernel: &Path) -> Result<Vec<PathBuf>> {
    let Some(dir) = kernel.parent() else {
        return Ok(Vec::new());
    };
    let list = match fs::read_to_string(dir.join(LIST)) {
        Ok(list) => list,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(|| format!("read {}", dir.join(LIST).display())),
    };
    list.lines()
        .map(|line| {
            let file = dir.join(line);
            let path = file.as_os_str().as_encoded_bytes();
            // The kernel's command line splits there.
            if path.iter().any(|b| b.is_ascii_whitespace() || *b == b'"') {
                bail!(
                    "{} cannot be named on a kernel's command line: move the cache \
                     (XDG_CACHE_HOME) to a plainer path",
                    file.display()
                );
            }
            Ok(file)
        })
        .collect()
}

/// Takes the modules that a description names out of a built tree into a kernel's directory:
/// `made` is where they were installed.
pub(super) fn collect(names: &[String], made: &Path, dir: &Path) -> Result<()> {
    let mut list = String::new();
    for name in names {
        let from =
            find(made, name)?.with_context(|| format!("the build has made no module {name}"))?;
        let file = Path::new(name)
            .file_name()
            .context("a module without a name")?;
        let to = dir.join(DIR);
        fs::create_dir_all(&to).with_context(|| format!("create {}", to.display()))?;
        fs::copy(&from, to.join(file)).with_context(|| format!("copy {}", from.display()))?;
        list.push_str(&format!("{DIR}/{}\n", file.to_string_lossy()));
    }
    if !list.is_empty() {
        fs::write(dir.join(LIST), list)?;
    }
    Ok(())
}

/// The file below a directory whose path ends so.
fn find(dir: &Path, end: &str) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(dir).with_context(|| format!("read {}", dir.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if let Some(found) = find(&path, end)? {
                return Ok(Some(found));
            }
        } else if path.ends_with(end) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
