//! Checks the files of `packaging/` without running anything.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest, Sha256, Sha512};

use crate::sum;

/// The place of a version: the file, and the text before and after it in its line.
const VERSIONS: [(&str, &str, &str); 4] = [
    ("buildroot/package/aseq/aseq.mk", "ASEQ_VERSION = ", ""),
    ("openwrt/aseq/Makefile", "PKG_VERSION:=", ""),
    ("alpine/aseq/APKBUILD", "pkgver=", ""),
    ("debian/changelog", "aseq (", "-1) "),
];

/// Fails if a file does not have the workspace's version.
pub(super) fn check(root: &Path) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let packaging = root.join("packaging");
    for (file, before, after) in VERSIONS {
        let path = packaging.join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let wanted = format!("{before}{version}{after}");
        let line = text
            .lines()
            .find(|line| line.starts_with(before))
            .with_context(|| format!("packaging/{file} has no version"))?;
        let rest = line.strip_prefix(&wanted);
        if rest.is_none_or(|rest| after.is_empty() && !rest.is_empty()) {
            bail!("packaging/{file} has {line:?}, but the workspace's version is {version}");
        }
    }
    let recipe = packaging.join(format!(
        "openembedded/recipes-multimedia/aseq/aseq_{version}.bb"
    ));
    if !recipe.is_file() {
        bail!("{} does not exist", recipe.display());
    }
    let hash = "buildroot/package/aseq/aseq.hash";
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        has_sum::<Sha256>(&packaging.join(hash), &root.join(licence))?;
    }
    has_sum::<Sha512>(
        &packaging.join("alpine/aseq/APKBUILD"),
        &packaging.join("openrc/aseq.initd"),
    )
}

/// Fails unless a list has the checksum of this file beside its name.
fn has_sum<D: Digest>(list: &Path, file: &Path) -> Result<()> {
    let sum = sum::of_file::<D>(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let wanted = format!("{sum}  {name}");
    let text = fs::read_to_string(list).with_context(|| format!("read {}", list.display()))?;
    if !text.lines().any(|line| line.ends_with(&wanted)) {
        bail!("{} lacks the line {wanted}", list.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_and_sums_are_those_of_the_workspace() {
        super::check(&crate::workspace::root().unwrap()).unwrap();
    }
}
