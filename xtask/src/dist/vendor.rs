//! The sources of all crates beside ours, for builds without a network.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;
use toml_edit::DocumentMut;

use super::packages::{Key, Package};
use crate::files::{self, Links};
use crate::steps::{self, Gauge};
use crate::workspace;

/// The name of their directory.
const DIRECTORY: &str = "vendor";

/// Cargo's configuration for this directory.
const CONFIG: &str = "\
[source.crates-io]
replace-with = \"vendored-sources\"

[source.vendored-sources]
directory = \"vendor\"
";

/// The file with the checksums of a crate's files, for cargo.
const CHECKSUMS: &str = ".cargo-checksum.json";

/// Adds the sources to a tree. Of a crate that no Linux needs, only the parts are kept that cargo
/// reads without building it: one for Windows has 20 MB.
pub(super) fn add(tree: &Path, needed: &BTreeMap<Key, Package>) -> Result<()> {
    let mut cargo = workspace::cargo()?;
    cargo.current_dir(tree).args([
        "vendor",
        "--quiet",
        "--locked",
        "--versioned-dirs",
        DIRECTORY,
    ]);
    steps::run("vendoring the crates", &Gauge::Time, &mut cargo)?;
    let vendor = tree.join(DIRECTORY);
    for entry in fs::read_dir(&vendor)? {
        let directory = entry?.path();
        let manifest = directory.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("read {}", manifest.display()))?;
        if !needed.contains_key(&key(&text)?) {
            hollow(&directory, &text)?;
        }
    }
    let config = tree.join(".cargo");
    fs::create_dir_all(&config)?;
    fs::write(config.join("config.toml"), CONFIG).context("write .cargo/config.toml")
}

/// Returns the name and version in a manifest.
fn key(manifest: &str) -> Result<Key> {
    let manifest: DocumentMut = manifest.parse()?;
    let package = manifest.get("package").context("a crate has no name")?;
    let text = |name| Some(package.get(name)?.as_str()?.to_owned());
    text("name")
        .zip(text("version"))
        .context("a crate has no name")
}

/// Keeps only the manifest and an empty library.
fn hollow(directory: &Path, manifest: &str) -> Result<()> {
    let file = directory.join(CHECKSUMS);
    let sums = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
    let sums: serde_json::Value = serde_json::from_slice(&sums)?;
    let package = sums.get("package").context("a crate has no checksum")?;
    for name in files::names_below(directory, Links::Follow)? {
        if name != Path::new("Cargo.toml") {
            fs::remove_file(directory.join(name))?;
        }
    }
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        }
    }
    let manifest: DocumentMut = manifest.parse()?;
    // Cargo would find programs and tests in their directories, but these were removed.
    let library = manifest
        .get("lib")
        .and_then(|lib| lib.get("path")?.as_str());
    let library = directory.join(library.unwrap_or("src/lib.rs"));
    fs::create_dir_all(library.parent().context("a library has no directory")?)?;
    fs::write(library, "")?;
    let sums = json!({ "files": {}, "package": package });
    fs::write(&file, sums.to_string()).with_context(|| format!("write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unneeded_crate_keeps_only_its_manifest() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let manifest = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[lib]\npath = \"b/c.rs\"\n";
        for (name, text) in [
            ("Cargo.toml", manifest),
            ("b/c.rs", "much"),
            ("b/d/e.rs", "more"),
            (CHECKSUMS, r#"{"files":{"b/c.rs":"00"},"package":"11"}"#),
        ] {
            let file = directory.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        assert_eq!(key(manifest).unwrap(), ("a".to_owned(), "1.0.0".to_owned()));
        hollow(directory, manifest).unwrap();
        let names = files::names_below(directory, Links::Follow).unwrap();
        let names: Vec<_> = names.iter().map(|name| name.to_str().unwrap()).collect();
        assert_eq!(names, [CHECKSUMS, "Cargo.toml", "b/c.rs"]);
        assert_eq!(fs::read_to_string(directory.join("b/c.rs")).unwrap(), "");
        let sums = fs::read_to_string(directory.join(CHECKSUMS)).unwrap();
        assert_eq!(sums, r#"{"files":{},"package":"11"}"#);
    }
}
