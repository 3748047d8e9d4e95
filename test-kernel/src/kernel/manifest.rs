//! The file `manifest.toml` beside a cached kernel: its description, version and origin.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::Description;

/// The name of the file.
pub(super) const FILE: &str = "manifest.toml";

/// The description, version and origin of a kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    /// The name of the description.
    pub name: String,
    /// The hash of the description.
    pub hash: String,
    /// The kernel's version.
    pub release: String,
    /// The origin of the source: a package and its version, a file, or "unknown".
    pub source: String,
    /// The suite of Debian's archive that has the package.
    pub suite: Option<String>,
    /// The compiler.
    pub compiler: Option<String>,
}

impl Manifest {
    /// Describes a kernel of this version that was built by somebody else.
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

    /// Reads the file in a kernel's directory.
    ///
    /// # Errors
    ///
    /// The file does not exist, or is wrong.
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
