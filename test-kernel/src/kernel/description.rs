//! A kernel's description: its series, its options, and everything else that distinguishes it from
//! other kernels.
//!
//! A description is a TOML file. Some descriptions are built in; others are the caller's files.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::recipe;
use super::series::{Series, numbers};

/// The built-in descriptions, with their names.
const BUILT_IN: [(&str, &str); 4] = [
    ("6.1", include_str!("../../kernels/6.1.toml")),
    ("6.12", include_str!("../../kernels/6.12.toml")),
    (
        "6.12-no-ump",
        include_str!("../../kernels/6.12-no-ump.toml"),
    ),
    (NEWEST, include_str!("../../kernels/newest.toml")),
];

/// The description of a series that has no built-in one.
pub(super) const NEWEST: &str = "newest";

/// The built-in fragments of a configuration, with their names.
const FRAGMENTS: [(&str, &str); 7] = [
    ("base", include_str!("../../kernels/base.config")),
    ("sequencer", include_str!("../../kernels/sequencer.config")),
    ("ump", include_str!("../../kernels/ump.config")),
    ("no-ump", include_str!("../../kernels/no-ump.config")),
    ("usb", include_str!("../../kernels/usb.config")),
    ("faults", include_str!("../../kernels/faults.config")),
    ("6.1", include_str!("../../kernels/6.1.config")),
];

/// The content of a description's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    series: Option<String>,
    suite: Option<String>,
    minimal_version: Option<String>,
    fragments: Vec<String>,
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    modules: Vec<String>,
    #[serde(default)]
    patches: Vec<PathBuf>,
    #[serde(default)]
    together: Vec<String>,
}

/// A complete description of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    name: String,
    /// The description's file, unless it is built in.
    file: Option<PathBuf>,
    series: Option<Series>,
    suite: Option<String>,
    minimal_version: Option<String>,
    config: String,
    modules: Vec<String>,
    /// Changes of the source: names, and texts for `patch`.
    patches: Vec<(String, Vec<u8>)>,
    together: Vec<String>,
}

impl Description {
    /// Returns the built-in description with this name. A series without one uses the description
    /// of the newest series.
    ///
    /// # Errors
    ///
    /// The text is neither the name of a description nor a series.
    pub fn named(name: &str) -> Result<Self> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) {
            return Self::parse(name, text, None)
                .with_context(|| format!("read the description of {name}"));
        }
        let plain = name.chars().all(|c| c.is_ascii_digit() || c == '.');
        match name.parse::<Series>() {
            Ok(series) if plain && series.to_string() == name => {
                Ok(Self::named(NEWEST)?.of_series(series))
            }
            _ => bail!(
                "{name} is neither a kernel ({}), a series such as 6.18, nor a file",
                Self::names().collect::<Vec<_>>().join(", ")
            ),
        }
    }

    /// Returns the names of the built-in descriptions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Reads the description in a file. The paths of its fragments and patches are relative to the
    /// file.
    ///
    /// # Errors
    ///
    /// The file, or a file that it names, cannot be read or is wrong.
    pub fn read(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path)?;
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if name.starts_with(['-', '.']) || name.contains(char::is_whitespace) {
            bail!(
                "the name of {} cannot be used as the name of a kernel",
                path.display()
            );
        }
        Self::parse(&name, &text, Some(&path)).with_context(|| format!("read {}", path.display()))
    }

    fn parse(name: &str, text: &str, path: Option<&Path>) -> Result<Self> {
        let file: File = toml::from_str(text)?;
        let beside = |other: &Path| path.and_then(Path::parent).map(|dir| dir.join(other));
        let mut config = String::new();
        for fragment in &file.fragments {
            match FRAGMENTS.iter().find(|(built_in, _)| built_in == fragment) {
                Some((_, text)) => config.push_str(text),
                None => match beside(Path::new(fragment)) {
                    Some(file) => config.push_str(&read_fragment(&file)?),
                    None => bail!("the fragment {fragment} does not exist"),
                },
            }
        }
        for option in &file.options {
            check_option(option)?;
            config.push_str(option);
            config.push('\n');
        }
        let mut patches = Vec::new();
        for patch in &file.patches {
            let file = beside(patch).context("a built-in description has no patches")?;
            let text = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
            let name = patch.file_name().unwrap_or_default().to_string_lossy();
            patches.push((name.into_owned(), text));
        }
        if file.series.is_none() && file.suite.is_none() {
            bail!("`series` or `suite` is needed: it names the source");
        }
        Ok(Self {
            name: name.to_owned(),
            file: path.map(Path::to_owned),
            series: file.series.map(|series| series.parse()).transpose()?,
            suite: file.suite,
            minimal_version: file.minimal_version,
            config,
            modules: file.modules,
            patches,
            together: file.together,
        })
    }

    /// Returns the same description for a series. The series becomes the name.
    #[must_use]
    pub(super) fn of_series(mut self, series: Series) -> Self {
        self.name = series.to_string();
        self.series = Some(series);
        self
    }

    /// Returns the same description with the additional options in this file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not a part of a kernel's configuration.
    pub fn with_config(mut self, fragment: &Path) -> Result<Self> {
        self.config.push_str(&read_fragment(fragment)?);
        // The kernels that are built beside it have other options.
        self.together.clear();
        Ok(self)
    }

    /// Returns the name of the built-in description, or of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the series; none for the newest one.
    #[must_use]
    pub fn series(&self) -> Option<Series> {
        self.series
    }

    /// Returns the Debian suite that has the source.
    #[must_use]
    pub(super) fn suite(&self) -> &str {
        self.suite.as_deref().unwrap_or("sid")
    }

    /// Returns the options in addition to `tinyconfig`.
    #[must_use]
    pub fn config(&self) -> &str {
        &self.config
    }

    /// Returns the files of modules, below the directory of the kernel's modules. They are loaded
    /// in this order when the kernel has started.
    #[must_use]
    pub fn modules(&self) -> &[String] {
        &self.modules
    }

    /// Changes of the source: names, and texts for `patch -p1`.
    pub(super) fn patches(&self) -> &[(String, Vec<u8>)] {
        &self.patches
    }

    /// Returns the kernels that are built together from the same source, because this takes little
    /// time. This kernel is the first.
    pub(super) fn together(&self) -> Result<Vec<Self>> {
        let mut all = vec![self.clone()];
        if self.file.is_none() {
            for name in &self.together {
                all.push(Self::named(name)?);
            }
        }
        Ok(all)
    }

    /// Fails if this version does not match the description.
    pub(super) fn check_version(&self, what: &str, version: &str) -> Result<()> {
        let series: Series = version.parse()?;
        match self.series {
            Some(wanted) if wanted != series => bail!("{what} is {version}, not {wanted}"),
            None if series <= Series::DEFAULT => {
                bail!("{what} is {version}, not newer than {}", Series::DEFAULT)
            }
            _ => {}
        }
        match &self.minimal_version {
            Some(minimal) if numbers(version) < numbers(minimal) => {
                bail!(
                    "{what} is {version}, and {} needs {minimal} or newer",
                    self.name
                )
            }
            _ => Ok(()),
        }
    }

    /// Returns a hash of the whole description. Kernels with another hash are different kernels.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut parts: Vec<&[u8]> = vec![&[recipe::REVISION], self.config.as_bytes()];
        for module in &self.modules {
            parts.extend([module.as_bytes(), b"\n"]);
        }
        for (name, text) in &self.patches {
            parts.extend([name.as_bytes(), b"\n", text]);
        }
        recipe::hash_of(&parts)
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => file.display().fmt(f),
            None => f.write_str(&self.name),
        }
    }
}

fn read_fragment(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    for line in text.lines() {
        check_option(line).with_context(|| format!("read {}", path.display()))?;
    }
    Ok(text + "\n")
}

/// Fails for a line that is neither an option nor a comment.
fn check_option(line: &str) -> Result<()> {
    let line = line.trim();
    let is_option = || {
        line.split_once('=').is_some_and(|(name, value)| {
            name.strip_prefix("CONFIG_")
                .is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
                && !value.is_empty()
        })
    };
    if line.is_empty() || line.starts_with('#') || is_option() {
        Ok(())
    } else {
        bail!("{line:?} is not an option, such as CONFIG_SND=y")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(name: &str) -> String {
        Description::named(name).unwrap().hash()
    }

    #[test]
    fn kernels_have_different_hashes_only_if_necessary() {
        assert_eq!(hash("6.12"), hash("7.2"));
        assert_ne!(hash("6.12"), hash("6.1"));
        assert_ne!(hash("6.12"), hash("6.12-no-ump"));
        assert_eq!(hash("6.12").len(), 12);
    }

    #[test]
    fn all_built_in_descriptions_can_be_read() {
        for name in Description::names() {
            let kernel = Description::named(name).unwrap();
            assert_eq!(kernel.name(), name);
            assert_eq!(kernel.series().is_none(), name == NEWEST);
            for other in kernel.together().unwrap() {
                assert_eq!(other.series(), kernel.series(), "{name} and {other}");
                assert_eq!(other.suite(), kernel.suite(), "{name} and {other}");
            }
        }
        for name in ["", "6", "7.2.1", "6.12-nonsense", "sid"] {
            assert!(Description::named(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_file_describes_a_kernel() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mine.toml");
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        write("more.config", "# More.\nCONFIG_GPIO_SIM=m\n");
        write("fix.patch", "--- a/x\n+++ b/x\n");
        let text = "series = \"6.12\"\nminimal-version = \"6.12.30\"\nfragments = [\"base\", \"more.config\"]\n\
                    options = [\"CONFIG_HZ=1000\"]\nmodules = [\"gpio-sim.ko\"]\npatches = [\"fix.patch\"]\n";
        write("mine.toml", text);
        let mine = Description::read(&file).unwrap();
        assert_eq!(mine.name(), "mine");
        assert_eq!(mine.series(), Some(Series::DEFAULT));
        assert!(mine.config().contains("CONFIG_64BIT=y\n"));
        assert!(
            mine.config()
                .ends_with("CONFIG_GPIO_SIM=m\n\nCONFIG_HZ=1000\n")
        );
        assert_eq!(mine.modules(), ["gpio-sim.ko"]);
        assert!(mine.check_version("it", "6.12.30").is_ok());
        let error = mine.check_version("it", "6.12.9").unwrap_err().to_string();
        assert_eq!(error, "it is 6.12.9, and mine needs 6.12.30 or newer");
        assert!(mine.check_version("it", "6.13.40").is_err());

        // The hash covers all files that the description names.
        let before = mine.hash();
        write("fix.patch", "--- a/x\n+++ b/y\n");
        assert_ne!(Description::read(&file).unwrap().hash(), before);
        write("fix.patch", "--- a/x\n+++ b/x\n");
        assert_eq!(Description::read(&file).unwrap().hash(), before);
        write("mine.toml", &text.replace("gpio-sim.ko", "other.ko"));
        assert_ne!(Description::read(&file).unwrap().hash(), before);
        let more = mine.with_config(&dir.path().join("more.config")).unwrap();
        assert_ne!(more.hash(), before);
    }

    #[test]
    fn a_wrong_description_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mine.toml");
        for (text, complaint) in [
            ("fragments = []", "`series` or `suite` is needed"),
            ("series = \"x\"\nfragments = []", "not a kernel version"),
            ("series = \"6.12\"", "fragments"),
            ("series = \"6.12\"\nfragments = []\nversion = 1", "version"),
            (
                "series = \"6.12\"\nfragments = [\"none.config\"]",
                "none.config",
            ),
            (
                "series = \"6.12\"\nfragments = []\noptions = [\"SND=y\"]",
                "SND=y",
            ),
        ] {
            fs::write(&file, text).unwrap();
            let error = format!("{:#}", Description::read(&file).unwrap_err());
            assert!(error.contains(complaint), "{text}: {error}");
            assert!(error.contains("mine.toml"), "{error}");
        }
    }
}
