//! The licence texts of the parts of a program.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, bail};

use super::packages::Package;

/// The beginnings of the names of licence files, in capitals.
const NAMES: [&str; 6] = [
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "NOTICE",
    "UNLICENSE",
];

/// Texts of licences without a copyright holder, for crates that contain no licence file.
const COMMON: [(&str, &str); 1] = [("Unlicense", include_str!("licences/Unlicense.txt"))];

const HEAD: &str = "\
aseq is made of what is named here. A name stands once for each text. Where a licence
says \"OR\", each of its parts may be chosen.
";

/// A part of a program that is not a crate.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) licence: String,
    pub(super) texts: Vec<String>,
}

/// Returns a document with all texts. A text that several parts share occurs once.
pub(super) fn document<'a>(
    packages: impl IntoIterator<Item = &'a Package>,
    parts: Vec<Part>,
) -> Result<String> {
    let mut all = parts;
    for package in packages {
        all.push(Part {
            name: format!("{} {}", package.name, package.version),
            licence: package.licence.clone(),
            texts: texts(package)?,
        });
    }
    let mut document = HEAD.to_owned();
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    document.push('\n');
    for part in all {
        writeln!(document, "{}: {}", part.name, part.licence)?;
        for text in part.texts {
            let names = by_text.entry(text).or_default();
            // Some crates have a text in two files.
            if names.last() != Some(&part.name) {
                names.push(part.name.clone());
            }
        }
    }
    let mut by_names: Vec<_> = by_text.into_iter().collect();
    by_names.sort_by(|(a, of_a), (b, of_b)| (of_a, a).cmp(&(of_b, b)));
    for (text, names) in by_names {
        writeln!(document, "\n{}\n{}\n", "=".repeat(78), names.join(", "))?;
        document.push_str(&text);
    }
    Ok(document)
}

/// Returns the texts in a package, in the order of their files' names.
fn texts(package: &Package) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let directory = &package.directory;
    let entries = fs::read_dir(directory);
    for entry in entries.with_context(|| format!("read {}", directory.display()))? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_uppercase();
        if path.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
            files.push(path);
        }
    }
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        texts.push(plain(&text));
    }
    if let (true, Some((_, text))) = (
        texts.is_empty(),
        COMMON.iter().find(|(name, _)| *name == package.licence),
    ) {
        texts.push(plain(text));
    }
    if texts.is_empty() {
        bail!(
            "{} {} ({}) has no licence text",
            package.name,
            package.version,
            package.licence
        );
    }
    Ok(texts)
}

/// Normalises the ends of lines.
pub(super) fn plain(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn package(name: &str, licence: &str, directory: &Path) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
            description: String::new(),
            directory: directory.join(name),
            sha256: None,
            is_linked: true,
            dependencies: BTreeSet::new(),
        }
    }

    #[test]
    fn each_text_occurs_once_with_all_names() {
        let directory = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("a/LICENSE-MIT", "Text of MIT\n"),
            ("a/src.rs", "no licence"),
            ("b/LICENSE-MIT", "\nText of MIT  \r\n"),
            ("b/copying.txt", "Text of b"),
            ("b/NOTICE", "Notice of b"),
        ] {
            let file = directory.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let packages = [
            package("a", "MIT", directory.path()),
            package("b", "MIT OR Other", directory.path()),
        ];
        let part = Part {
            name: "c 2".to_owned(),
            licence: "Third".to_owned(),
            texts: vec![plain("Text of c")],
        };
        let document = document(&packages, vec![part]).unwrap();
        assert_eq!(document.matches("Text of MIT").count(), 1, "{document}");
        assert!(
            document.contains("\na 1.0.0, b 1.0.0\n\nText of MIT\n"),
            "{document}"
        );
        assert!(document.contains("b 1.0.0: MIT OR Other\n"), "{document}");
        for text in ["Text of b", "Notice of b", "Text of c", "c 2: Third"] {
            assert!(document.contains(text), "{document}");
        }
        assert!(!document.contains("no licence"), "{document}");
    }

    #[test]
    fn a_crate_without_a_text_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let package_of = |name, licence| package(name, licence, directory.path());
        let error = document(&[package_of("a", "MIT")], Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "a 1.0.0 (MIT) has no licence text");
        let document = document(&[package_of("b", "Unlicense")], Vec::new()).unwrap();
        assert!(document.contains("public domain"), "{document}");
    }
}
