//! Modules that are loaded after a kernel has started. The description names them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Name of the file beside a kernel that lists the modules. The paths are relative to the kernel's
/// directory. The order is the order of loading.
pub(super) const LIST: &str = "modules.load";

/// Name of the directory beside a kernel that contains the modules.
pub(super) const DIR: &str = "modules";

/// Returns the files of a kernel's modules in the order of loading.
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
            // White space separates the arguments on the kernel's command line.
            if path.iter().any(|b| b.is_ascii_whitespace() || *b == b'"') {
                bail!(
                    "the path {} contains white space or a quotation mark and cannot be an argument of a kernel: move the \
                     cache (XDG_CACHE_HOME) to another path",
                    file.display()
                );
            }
            Ok(file)
        })
        .collect()
}

/// Copies the modules that a description names to a kernel's directory. `made` is the directory of
/// the installed modules.
pub(super) fn collect(names: &[String], made: &Path, dir: &Path) -> Result<()> {
    let mut list = String::new();
    for name in names {
        let from = find(made, name)?
            .with_context(|| format!("the build has not made the module {name}"))?;
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

/// Returns the file below a directory whose path ends in this text.
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
