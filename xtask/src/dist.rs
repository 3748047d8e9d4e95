//! `cargo xtask dist`: makes the files of a release from a commit. The bytes are the same on every
//! machine. docs/release.md describes the files.

mod archive;
mod check;
mod empty_root;
mod licences;
mod manifest;
mod packages;
mod sbom;
mod sources;
mod statics;
mod vendor;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use sha2::Sha256;

use crate::files::{self, Links};
use crate::steps::{self, Gauge};
use crate::{boards, sum, workspace};
use packages::Key;

pub(crate) use empty_root::{ROLE as EMPTY_ROOT, run as empty_root};

/// The released program.
const PROGRAM: &str = "aseq";

/// The targets whose crates are vendored: each kind of Linux.
const PLATFORMS: [&str; 3] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "armv7-unknown-linux-musleabihf",
];

const SUMS: &str = "SHA256SUMS";

/// Arguments of `cargo xtask dist`.
#[derive(Args)]
pub(crate) struct Options {
    /// The directory for the files, in place of target/dist
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Also make an archive with the sources of all crates
    #[arg(long)]
    vendor: bool,
    /// Build static programs for these boards, or for "all"; see cargo xtask boards --list
    #[arg(long, value_name = "NAME", num_args = 1..)]
    boards: Vec<String>,
    /// Make all files twice, in different places, compare them, and build the archive in an empty
    /// root
    #[arg(long)]
    check: bool,
}

/// Makes the files, and prints their checksums.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let target = std::path::absolute(match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => PathBuf::from(target),
        None => workspace::root()?.join("target"),
    })?;
    let output = match &options.output {
        Some(output) => std::path::absolute(output)?,
        None => target.join("dist"),
    };
    // Before any long work.
    boards::targets(&options.boards)?;
    if options.check {
        check::run(options, &output)?;
    } else {
        make(options, &output, &target.join("dist-build"))?;
    }
    print!("{}", read(&output.join(SUMS))?);
    Ok(ExitCode::SUCCESS)
}

fn make(options: &Options, output: &Path, target: &Path) -> Result<()> {
    let commit = sources::commit()?;
    let targets = boards::targets(&options.boards)?;
    empty(output)?;
    let temp = tempfile::tempdir().context("create a directory")?;
    let tree = temp.path();
    sources::make(tree, target)?;

    let manifest = tree.join("Cargo.toml");
    let shipped = packages::of(&manifest, PROGRAM, &[], &PLATFORMS)?;
    let root = root_of(shipped.keys())?;
    let version = &root.1;
    let linked = || shipped.values().filter(|package| package.is_linked);
    let write = |file: &Path, text: &str| {
        fs::write(file, text).with_context(|| format!("write {}", file.display()))
    };
    write(
        &tree.join("LICENCES.txt"),
        &licences::document(linked(), Vec::new())?,
    )?;
    let bom = sbom::document(&root, &shipped, &[], &commit.time)?;
    write(&tree.join("aseq.cdx.json"), &bom)?;

    let top = format!("alsa-seq-{version}");
    let pack = |name: &str| -> Result<()> {
        steps::note(&format!("packing {name}"));
        archive::write(tree, &top, commit.seconds, &output.join(name))
    };
    pack(&format!("{top}.tar.xz"))?;
    if options.vendor {
        let all = packages::of(&manifest, PROGRAM, &["--all-features"], &PLATFORMS)?;
        vendor::add(tree, &all)?;
        pack(&format!("{top}-vendored.tar.xz"))?;
    }
    if !targets.is_empty() {
        statics::build(&targets, version, output)?;
        let runtime = statics::runtime(&targets)?;
        let parts = licences::document(linked().chain(&runtime.packages), runtime.parts)?;
        write(&output.join(format!("aseq-{version}-LICENCES.txt")), &parts)?;
        let mut all = shipped.clone();
        for package in runtime.packages {
            let key = package.key();
            if let Some(package) = all.get_mut(&root) {
                package.dependencies.insert(key.clone());
            }
            all.insert(key, package);
        }
        let bom = sbom::document(&root, &all, &runtime.libraries, &commit.time)?;
        write(&output.join(format!("aseq-{version}.cdx.json")), &bom)?;
    }
    write_sums(output)
}

/// Collects the licence texts of the crates in the `aseq` that the repository itself builds. Other
/// packages of the workspace enable more features of the same crates, so cargo's description of the
/// whole workspace names crates that are not in `aseq`.
pub(crate) fn licences(target: &str) -> Result<String> {
    let mut tree = workspace::cargo()?;
    tree.args(["tree", "--locked", "--package", PROGRAM])
        .args(["--edges", "normal,no-proc-macro", "--target", target])
        .args(["--prefix", "none", "--format", "{p}"]);
    let text = steps::run("reading which crates are linked", &Gauge::Time, &mut tree)?;
    // `NAME vVERSION`, and a path for crates of the workspace.
    let linked: BTreeSet<Key> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next()?;
            let version = words.next()?.strip_prefix('v')?;
            Some((name.to_owned(), version.to_owned()))
        })
        .collect();
    let manifest = workspace::root()?.join("Cargo.toml");
    let all = packages::of(&manifest, PROGRAM, &[], &[target])?;
    licences::document(
        all.values()
            .filter(|package| linked.contains(&package.key())),
        Vec::new(),
    )
}

/// Returns the key of the released program.
fn root_of<'a>(mut keys: impl Iterator<Item = &'a Key>) -> Result<Key> {
    let root = keys.find(|(name, _)| name == PROGRAM);
    Ok(root.context("the package aseq is missing")?.clone())
}

/// Makes the directory, or removes the files of an earlier run. Removes nothing if it contains
/// other files.
fn empty(output: &Path) -> Result<()> {
    fs::create_dir_all(output).with_context(|| format!("create {}", output.display()))?;
    let mut files = Vec::new();
    for entry in fs::read_dir(output)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| {
            name == SUMS || name.starts_with("aseq-") || name.starts_with("alsa-seq-")
        });
        // The metadata of a link is not that of its target.
        if !is_ours || !entry.file_type()?.is_file() {
            bail!(
                "{} has other files, such as {}",
                output.display(),
                Path::new(&name).display()
            );
        }
        files.push(entry.path());
    }
    for file in files {
        fs::remove_file(&file).with_context(|| format!("remove {}", file.display()))?;
    }
    Ok(())
}

/// Writes the checksums of all files in the format of `sha256sum --check`.
fn write_sums(output: &Path) -> Result<()> {
    let mut sums = String::new();
    for name in files::names_below(output, Links::Follow)? {
        let sum = sum::of_file::<Sha256>(&output.join(&name))?;
        writeln!(sums, "{sum}  {}", name.display())?;
    }
    fs::write(output.join(SUMS), sums).context("write the checksums")
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_other_files_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        fs::write(directory.join("aseq-1"), "text").unwrap();
        write_sums(directory).unwrap();
        let sums = read(&directory.join(SUMS)).unwrap();
        let of_text = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1";
        assert_eq!(sums, format!("{of_text}  aseq-1\n"));
        fs::write(directory.join("letter"), "text").unwrap();
        assert!(empty(directory).is_err());
        assert_eq!(
            files::names_below(directory, Links::Follow).unwrap().len(),
            3
        );
        fs::remove_file(directory.join("letter")).unwrap();
        // A file in a subdirectory is also left alone.
        fs::create_dir(directory.join("aseq-directory")).unwrap();
        assert!(empty(directory).is_err());
        fs::remove_dir(directory.join("aseq-directory")).unwrap();
        empty(directory).unwrap();
        assert!(
            files::names_below(directory, Links::Follow)
                .unwrap()
                .is_empty()
        );
    }
}
