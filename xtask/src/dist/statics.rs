//! The static programs, for each processor that has a board.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use object::read::archive::ArchiveFile;
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

use super::licences::{self, Part};
use super::packages::{self, Key, Package};
use super::sbom::Library;
use crate::musl::{self, Builder, Compiler, Target};
use crate::{cache, workspace};

/// The crates of the standard library in a program for musl that does not unwind and does not print
/// the names of functions.
const CRATES: [&str; 5] = [
    "cfg-if",
    "compiler_builtins",
    "hashbrown",
    "libc",
    "rustc-demangle",
];

/// Builds both programs for each target into `output`.
pub(super) fn build(targets: &[&'static Target], version: &str, output: &Path) -> Result<()> {
    for target in targets {
        let builder = Builder::obtain(target)?;
        let minimal = builder.minimal()?;
        let full = builder.aseq()?;
        for (name, program, limit) in [
            ("aseq", full, target.limit),
            ("aseq-minimal", minimal, target.minimal_limit),
        ] {
            musl::check(&program, target, builder.allowed(limit))?;
            let to = output.join(format!("{name}-{version}-{}", target.triple));
            fs::copy(&program, &to).with_context(|| format!("create {}", to.display()))?;
        }
    }
    Ok(())
}

/// Linked parts that are not in the lock file.
#[derive(Debug)]
pub(super) struct Runtime {
    pub(super) libraries: Vec<Library>,
    pub(super) parts: Vec<Part>,
    /// Crates of the standard library.
    pub(super) packages: Vec<Package>,
}

/// musl of these targets.
pub(super) fn runtime(targets: &[&'static Target]) -> Result<Runtime> {
    let compiler = musl::compiler()?;
    let std = Library {
        name: "rust-std",
        version: rust_version(&compiler)?,
        licence: "MIT OR Apache-2.0",
    };
    let mut libraries = vec![std];
    let mut versions: Vec<String> = Vec::new();
    for target in targets {
        versions.push(musl_version(target)?);
    }
    versions.sort();
    versions.dedup();
    libraries.extend(versions.into_iter().map(|version| Library {
        name: "musl",
        version,
        licence: "MIT",
    }));
    let mut parts = Vec::new();
    for library in &libraries {
        let texts = match library.name {
            "musl" => vec![licences::plain(include_str!("licences/musl.txt"))],
            _ => vec![
                licences::plain(include_str!("licences/rust-std.txt")),
                licences::plain(include_str!("../../../LICENSE-APACHE")),
            ],
        };
        parts.push(Part {
            name: format!("{} {}", library.name, library.version),
            licence: library.licence.to_owned(),
            texts,
        });
    }
    Ok(Runtime {
        libraries,
        parts,
        packages: crates(&compiler)?,
    })
}

/// Returns the crates of the standard library, from the directory of the build.
fn crates(compiler: &Compiler) -> Result<Vec<Package>> {
    let sysroot = match compiler {
        Compiler::Rustup(sysroot) => sysroot.clone(),
        Compiler::Debian(home) => home.join("sysroot"),
    };
    let lock = sysroot.join("lib/rustlib/src/rust/library/Cargo.lock");
    let text = fs::read_to_string(&lock).with_context(|| format!("read {}", lock.display()))?;
    let locked: BTreeMap<Key, Option<String>> = packages::locked(&text)?;
    if let Some(name) = CRATES
        .iter()
        .find(|name| !locked.keys().any(|(there, _)| there == *name))
    {
        bail!("{} does not name {name}", lock.display());
    }
    let mut found = Vec::new();
    for ((name, version), sum) in locked {
        if !CRATES.contains(&name.as_str()) {
            continue;
        }
        // A crate without a checksum is in the library's own source. One crate is so since 1.90.
        // Its licence is beside its directory.
        let (directory, manifest) = match &sum {
            Some(_) => {
                let directory = unpacked(&format!("{name}-{version}"))?;
                let manifest = directory.join("Cargo.toml");
                (directory, manifest)
            }
            None => {
                let directory = lock.with_file_name(name.replace('_', "-"));
                let manifest = directory.join(name.replace('_', "-")).join("Cargo.toml");
                (directory, manifest)
            }
        };
        let manifest: toml_edit::DocumentMut = fs::read_to_string(&manifest)
            .with_context(|| format!("read {}", manifest.display()))?
            .parse()?;
        let text = |field| {
            let value = manifest
                .get("package")
                .and_then(|package| package.get(field));
            value
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        found.push(Package {
            licence: text("license").replace('/', " OR "),
            description: text("description"),
            directory,
            sha256: sum,
            is_linked: true,
            dependencies: Default::default(),
            name,
            version,
        });
    }
    Ok(found)
}

/// Returns the directory into which cargo has unpacked a crate.
fn unpacked(name: &str) -> Result<PathBuf> {
    let registries = workspace::cargo_home()?.join("registry/src");
    for entry in fs::read_dir(&registries)? {
        let directory = entry?.path().join(name);
        if directory.is_dir() {
            return Ok(directory);
        }
    }
    bail!("cargo has not unpacked {name}")
}

fn rust_version(compiler: &Compiler) -> Result<String> {
    let rustc = match compiler {
        Compiler::Rustup(_) => std::env::var_os("RUSTC").map_or("rustc".into(), PathBuf::from),
        Compiler::Debian(home) => home.join("rustc.sh"),
    };
    let output = Command::new(&rustc)
        .arg("--version")
        .output()
        .with_context(|| format!("run {}", rustc.display()))?;
    let text = String::from_utf8(output.stdout)?;
    let version = text.split_whitespace().nth(1);
    Ok(version.context("rustc prints no version")?.to_owned())
}

/// Returns the version that musl itself contains.
fn musl_version(target: &Target) -> Result<String> {
    let file = cache::dir()?
        .join("musl")
        .join(target.debian)
        .join("libc.a");
    let bytes = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
    let archive = ArchiveFile::parse(bytes.as_slice())?;
    for member in archive.members() {
        let object = object::File::parse(member?.data(bytes.as_slice())?)?;
        let symbol = object.symbols().find(|symbol| {
            symbol.is_definition() && symbol.name().is_ok_and(|name| name == "__libc_version")
        });
        let Some(symbol) = symbol else {
            continue;
        };
        let index = symbol
            .section_index()
            .context("musl's version was not found")?;
        let data = object.section_by_index(index)?.data()?;
        let text = data
            .get(usize::try_from(symbol.address())?..)
            .unwrap_or_default();
        let end = text.iter().position(|byte| *byte == 0);
        let text = text.get(..end.context("musl's version has no end")?);
        return Ok(String::from_utf8(text.unwrap_or_default().to_vec())?);
    }
    bail!("{} names no version", file.display())
}
