//! The bill of materials of a program, for other programs: CycloneDX.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::packages::{Key, Package};

/// The version of the format. [`super::check`] validates with its schema.
const SPEC: &str = "1.6";

/// A part of a program that is not a crate.
#[derive(Clone, Debug)]
pub(super) struct Library {
    pub(super) name: &'static str,
    pub(super) version: String,
    pub(super) licence: &'static str,
}

/// Returns the document about `root`. `time` is the commit's time, so the same commit gives the
/// same bytes.
pub(super) fn document(
    root: &Key,
    packages: &BTreeMap<Key, Package>,
    libraries: &[Library],
    time: &str,
) -> Result<String> {
    let package = packages
        .get(root)
        .context("the program is not in the list of packages")?;
    let mut components = Vec::new();
    for (_, package) in packages.iter().filter(|(key, _)| *key != root) {
        components.push(component(package, "library"));
    }
    for library in libraries {
        components.push(json!({
            "type": "library",
            "bom-ref": reference(library),
            "name": library.name,
            "version": library.version,
            "scope": "required",
            "licenses": [{ "expression": library.licence }],
        }));
    }
    let mut dependencies = Vec::new();
    for (key, package) in packages {
        let mut on: Vec<String> = package.dependencies.iter().map(purl).collect();
        if key == root {
            on.extend(libraries.iter().map(reference));
        }
        dependencies.push(json!({ "ref": purl(key), "dependsOn": on }));
    }
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": { "timestamp": time, "component": component(package, "application") },
        "components": components,
        "dependencies": dependencies,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn component(package: &Package, kind: &str) -> Value {
    let key = package.key();
    let mut component = json!({
        "type": kind,
        "bom-ref": purl(&key),
        "name": package.name,
        "version": package.version,
        "description": package.description.trim(),
        // Packages that only help to build the program are not in it.
        "scope": if package.is_linked { "required" } else { "excluded" },
        "licenses": [{ "expression": package.licence }],
        "purl": purl(&key),
    });
    if let (Some(sum), Some(fields)) = (&package.sha256, component.as_object_mut()) {
        let hash = json!([{ "alg": "SHA-256", "content": sum }]);
        fields.insert("hashes".to_owned(), hash);
    }
    component
}

/// Returns the name of a crate for other programs (purl).
fn purl((name, version): &Key) -> String {
    // A version may contain a `+`, which can mean a space in a URL.
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

fn reference(library: &Library) -> String {
    format!("{}@{}", library.name, library.version)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn package(name: &str, is_linked: bool, dependencies: &[&str]) -> (Key, Package) {
        let key = |name: &str| (name.to_owned(), "1.0.0+a".to_owned());
        let package = Package {
            name: name.to_owned(),
            version: "1.0.0+a".to_owned(),
            licence: "MIT".to_owned(),
            description: "A\n".to_owned(),
            directory: "/".into(),
            sha256: is_linked.then(|| "00".repeat(32)),
            is_linked,
            dependencies: dependencies
                .iter()
                .map(|name| key(name))
                .collect::<BTreeSet<_>>(),
        };
        (key(name), package)
    }

    #[test]
    fn each_component_occurs_once_and_all_references_exist() {
        let packages = BTreeMap::from([
            package("program", true, &["library", "derive"]),
            package("library", true, &[]),
            package("derive", false, &["library"]),
        ]);
        let musl = Library {
            name: "musl",
            version: "1.2.5".to_owned(),
            licence: "MIT",
        };
        let root = ("program".to_owned(), "1.0.0+a".to_owned());
        let text = document(&root, &packages, &[musl], "2026-01-02T03:04:05Z").unwrap();
        let found: Value = serde_json::from_str(&text).unwrap();
        let strings = |value: &Value, name: &str| -> Vec<String> {
            let all = value.as_array().unwrap();
            all.iter()
                .map(|one| one[name].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(
            strings(&found["components"], "name"),
            ["derive", "library", "musl"]
        );
        assert_eq!(
            strings(&found["components"], "scope"),
            ["excluded", "required", "required"]
        );
        let mut known = strings(&found["components"], "bom-ref");
        known.push(
            found["metadata"]["component"]["bom-ref"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
        for dependency in found["dependencies"].as_array().unwrap() {
            assert!(known.contains(&dependency["ref"].as_str().unwrap().to_owned()));
            for on in dependency["dependsOn"].as_array().unwrap() {
                assert!(known.contains(&on.as_str().unwrap().to_owned()), "{on}");
            }
        }
        assert!(
            known.contains(&"pkg:cargo/library@1.0.0%2Ba".to_owned()),
            "{known:?}"
        );
        assert_eq!(found["metadata"]["timestamp"], "2026-01-02T03:04:05Z");
    }
}
