//! What a kernel of the cache is, in the file `manifest.toml` beside it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::Description;

/// The name of the file.
pub(super) const FILE: &str = "manifest.toml";

/// What a kernel is, and what it was built of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    /// The name of its description.
    pub name: String,
    /// The hash of its description.
    pub hash: String,
    /// Its version.
    pub release: String,
    /// Where its source is from: a package and its version, a file, or nothing that is known.
    pub source: String,
    /// The suite of Debian's archive with that package.
    pub suite: Option<String>,
    /// The compiler.
    pub compiler: Option<String>,
}

impl Manifest {
    /// A kernel that somebody else has built, of this version.
    pub(super) fn unknown(kernel: &Description, release: &str) -> Self {
        Self {
            name: kernel.name().to_owned(),
            hash: kernel.hash(),
            release: release.to_owned(),
            source: "unknown: a finished kernel".to_owned(),
            suite: None,
            compiler: None,
        }
    }

    /// Reads it in a kernel's directory.
    ///
    /// # Errors
    ///
    /// It is not there, or is not one.
    pub fn read(dir: &Path) -> Result<Self> {
        let file = dir.join(FILE);
        let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("read {}", file.display()))
    }

    pub(super) fn write(&self, dir: &Path) -> Result<()> {
        let file = dir.join(FILE);
        let text = toml::to_string(self)?;
        fs::write(&file, text).with_context(|| format!("write {}", file.display()))
    }
}
