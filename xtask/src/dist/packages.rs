//! The packages that a program is built from, as cargo reports them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use toml_edit::DocumentMut;

use crate::workspace;

/// A package of cargo.
#[derive(Clone, Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// An SPDX expression.
    pub(super) licence: String,
    pub(super) description: String,
    /// The directory of its files.
    pub(super) directory: PathBuf,
    /// The checksum of its archive, if it comes from a registry.
    pub(super) sha256: Option<String>,
    /// Whether it becomes a part of the program. Packages that only help to build it do not.
    pub(super) is_linked: bool,
    /// The keys of its dependencies.
    pub(super) dependencies: BTreeSet<Key>,
}

/// A name and a version.
pub(super) type Key = (String, String);

impl Package {
    pub(super) fn key(&self) -> Key {
        (self.name.clone(), self.version.clone())
    }
}

/// Returns all packages from which a package is built for any of these targets, including itself.
/// The manifest is the workspace's.
pub(super) fn of(
    manifest: &Path,
    name: &str,
    arguments: &[&str],
    targets: &[&str],
) -> Result<BTreeMap<Key, Package>> {
    let lock = manifest.with_file_name("Cargo.lock");
    let text =
        std::fs::read_to_string(&lock).with_context(|| format!("read {}", lock.display()))?;
    let sums = checksums(&text)?;
    let mut all: BTreeMap<Key, Package> = BTreeMap::new();
    for target in targets {
        let mut cargo = workspace::cargo()?;
        cargo
            .args(["metadata", "--format-version", "1", "--locked"])
            .args(["--filter-platform", target, "--manifest-path"])
            .arg(manifest)
            .args(arguments);
        let output = cargo.output().context("run cargo metadata")?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!("cargo metadata failed: {reason}");
        }
        for package in read(&serde_json::from_slice(&output.stdout)?, name)? {
            let package = Package {
                sha256: sums.get(&package.key()).cloned(),
                ..package
            };
            match all.get_mut(&package.key()) {
                Some(known) => {
                    known.is_linked |= package.is_linked;
                    known.dependencies.extend(package.dependencies);
                }
                None => {
                    all.insert(package.key(), package);
                }
            }
        }
    }
    Ok(all)
}

/// Returns the checksums of a lock file.
pub(super) fn checksums(lock: &str) -> Result<BTreeMap<Key, String>> {
    Ok(locked(lock)?
        .into_iter()
        .filter_map(|(key, sum)| Some((key, sum?)))
        .collect())
}

/// Returns the packages of a lock file, with their checksums.
pub(super) fn locked(lock: &str) -> Result<BTreeMap<Key, Option<String>>> {
    let lock: DocumentMut = lock.parse()?;
    let packages = lock.get("package").and_then(|all| all.as_array_of_tables());
    let mut found = BTreeMap::new();
    for package in packages.context("the lock file contains no packages")? {
        let text = |name| Some(package.get(name)?.as_str()?.to_owned());
        let key = text("name").zip(text("version"));
        let key = key.context("a package of the lock file has no name")?;
        found.insert(key, text("checksum"));
    }
    Ok(found)
}

/// Returns a field of an object; null if it does not exist.
fn field<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// Reads the packages from the output of `cargo metadata`.
fn read(metadata: &Value, name: &str) -> Result<Vec<Package>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages: BTreeMap<String, Value> = list(field(metadata, "packages"))
        .into_iter()
        .map(|package| (text(field(&package, "id")), package))
        .collect();
    let nodes: BTreeMap<String, Value> =
        list(metadata.pointer("/resolve/nodes").unwrap_or(&Value::Null))
            .into_iter()
            .map(|node| (text(field(&node, "id")), node))
            .collect();
    let at = |id: &str| packages.get(id).context("cargo names an unknown package");
    // Collects needed packages and linked packages, by the kinds of dependencies that lead to them.
    let follow = |kinds: &[&str], is_wanted: &dyn Fn(&Value) -> bool| -> Result<BTreeSet<String>> {
        let root = packages.iter().find(|(_, package)| {
            field(package, "name") == name && field(package, "source").is_null()
        });
        let mut rest = vec![
            root.with_context(|| format!("{name} is missing"))?
                .0
                .clone(),
        ];
        let mut found = BTreeSet::new();
        while let Some(id) = rest.pop() {
            if !is_wanted(at(&id)?) || !found.insert(id.clone()) {
                continue;
            }
            let node = nodes.get(&id).context("cargo does not list a package")?;
            for dependency in list(field(node, "deps")) {
                let is_one =
                    |kind: &Value| kinds.contains(&field(kind, "kind").as_str().unwrap_or(""));
                if list(field(&dependency, "dep_kinds")).iter().any(is_one) {
                    rest.push(text(field(&dependency, "pkg")));
                }
            }
        }
        Ok(found)
    };
    let is_macro = |package: &Value| {
        let kinds = list(field(package, "targets"));
        kinds
            .iter()
            .any(|target| list(field(target, "kind")).contains(&"proc-macro".into()))
    };
    let needed = follow(&["", "build"], &|_| true)?;
    let linked = follow(&[""], &|package| !is_macro(package))?;
    let mut found = Vec::new();
    for id in &needed {
        let package = at(id)?;
        let key = |id: &str| -> Result<Key> {
            let package = at(id)?;
            Ok((
                text(field(package, "name")),
                text(field(package, "version")),
            ))
        };
        let (name, version) = key(id)?;
        let manifest = PathBuf::from(text(field(package, "manifest_path")));
        let mut dependencies = BTreeSet::new();
        for dependency in list(
            &nodes
                .get(id)
                .map(|node| field(node, "deps").clone())
                .unwrap_or_default(),
        ) {
            let id = text(field(&dependency, "pkg"));
            if needed.contains(&id) {
                dependencies.insert(key(&id)?);
            }
        }
        found.push(Package {
            // Some crates use an old notation of cargo.
            licence: text(field(package, "license")).replace('/', " OR "),
            description: text(field(package, "description")),
            directory: manifest
                .parent()
                .context("a manifest has no directory")?
                .into(),
            sha256: None,
            is_linked: linked.contains(id),
            dependencies,
            name,
            version,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(id: &str, kind: &str) -> Value {
        json!({
            "id": id,
            "name": id,
            "version": "1.0.0",
            "license": "MIT/Apache-2.0",
            "description": null,
            "source": if id == "program" { Value::Null } else { "registry".into() },
            "manifest_path": format!("/crates/{id}/Cargo.toml"),
            "targets": [{ "kind": [kind] }],
        })
    }

    fn node(id: &str, deps: &[(&str, Option<&str>)]) -> Value {
        let deps: Vec<_> = deps
            .iter()
            .map(|(pkg, kind)| json!({ "pkg": pkg, "dep_kinds": [{ "kind": kind }] }))
            .collect();
        json!({ "id": id, "deps": deps })
    }

    #[test]
    fn linked_packages_are_distinguished_from_build_dependencies() {
        let metadata = json!({
            "packages": [
                package("program", "bin"),
                package("library", "lib"),
                package("derive", "proc-macro"),
                package("syntax", "lib"),
                package("builder", "lib"),
                package("tester", "lib"),
            ],
            "resolve": { "nodes": [
                node("program", &[
                    ("library", None),
                    ("builder", Some("build")),
                    ("tester", Some("dev")),
                ]),
                node("library", &[("derive", None)]),
                node("derive", &[("syntax", None)]),
                node("syntax", &[]),
                node("builder", &[]),
                node("tester", &[]),
            ] },
        });
        let found = read(&metadata, "program").unwrap();
        let linked = |is_linked| -> Vec<_> {
            let some = found
                .iter()
                .filter(|package| package.is_linked == is_linked);
            some.map(|package| package.name.as_str()).collect()
        };
        assert_eq!(linked(true), ["library", "program"]);
        assert_eq!(linked(false), ["builder", "derive", "syntax"]);
        assert!(
            found
                .iter()
                .all(|found| found.licence == "MIT OR Apache-2.0")
        );
    }

    #[test]
    fn a_lock_file_is_read() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nchecksum = \"00ff\"\n";
        assert_eq!(locked(lock).unwrap().len(), 2);
        let sums = checksums(lock).unwrap();
        assert_eq!(sums[&("b".to_owned(), "2.0.0".to_owned())], "00ff");
        assert_eq!(sums.len(), 1);
    }
}
