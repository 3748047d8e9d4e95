//! `cargo xtask api`: compares the public API of the libraries with the record in `api/`.
//!
//! The compiler of `cargo xtask msrv` describes the API, so the record is the same on every
//! machine.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use nix::fcntl::Flock;
use public_api::PublicItem;

use crate::debian::{Tool, provide};
use crate::steps::{self, Gauge};
use crate::{cache, msrv, workspace};

const PACKAGES: [&str; 3] = ["alsa-seq", "alsa-seq-kernel-abi", "alsa-seq-midir"];

/// Compares the API with its record, or writes the record.
pub(crate) fn run(bless: bool) -> Result<ExitCode> {
    let root = workspace::root()?;
    let target = root.join(msrv::TARGET);
    let record = root.join("api");
    let dir = if bless {
        record.clone()
    } else {
        provide("comparing", &[Tool::program("diff", "diffutils")])?;
        target.join("api")
    };
    let _described = describe(&target)?;
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    let mut same = true;
    for package in PACKAGES {
        let json = format!("doc/{}.json", package.replace('-', "_"));
        let name = format!("{package}.txt");
        let file = dir.join(&name);
        fs::write(&file, list(&target.join(json))?)
            .with_context(|| format!("write {}", file.display()))?;
        if !bless {
            let mut diff = Command::new("diff");
            diff.arg("-U0").arg(record.join(&name)).arg(&file);
            same &= workspace::status(&mut diff)?.success();
        }
    }
    if !same {
        bail!(
            "the API differs from the record in api/; if the change is intended, run: cargo \
            xtask api --bless"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes rustdoc describe the libraries with all their features.
fn describe(target: &Path) -> Result<Flock<File>> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["doc", "--all-features"]);
    for package in PACKAGES {
        cargo.args(["--package", package]);
    }
    run_rustdoc(target, &mut cargo)
}

/// Runs a `cargo doc` that writes JSON. The file of a library is `doc/NAME.json` in `target`. Until
/// the result is dropped, no other task describes a library in `target`: it would write the same
/// file again, perhaps with other features of the library.
#[must_use = "without it, another task may replace the files"]
pub(crate) fn run_rustdoc(target: &Path, cargo: &mut Command) -> Result<Flock<File>> {
    let compiler = msrv::unpacked()?;
    fs::create_dir_all(target).with_context(|| format!("create {}", target.display()))?;
    let lock = cache::lock(&target.join("doc.lock"), || {
        steps::note("another task describes an API; waiting for it");
    })?;
    let rustdoc = target.join("rustdoc.sh");
    if !rustdoc.is_file() {
        msrv::write_script(&rustdoc, "rustdoc", &compiler, &compiler.join("usr"))?;
    }
    cargo
        .args(["--no-deps", "--target-dir"])
        .arg(target)
        .env("RUSTC", compiler.join("rustc.sh"))
        .env("RUSTDOC", rustdoc)
        .env(
            "RUSTDOCFLAGS",
            "-Z unstable-options --output-format json --cap-lints allow",
        )
        .env_remove("RUSTUP_TOOLCHAIN");
    steps::run("describing the API", &Gauge::Time, cargo)?;
    Ok(lock)
}

/// Returns the items of a library, one on each line.
pub(crate) fn list(json: &Path) -> Result<String> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .build()
        .with_context(|| format!("read {}", json.display()))?;
    let trait_impls: HashSet<u32> = api
        .items()
        .filter(|item| is_trait_impl(&item.to_string()))
        .map(|item| item.id().0)
        .collect();
    let is_recorded = |item: &&PublicItem| {
        let in_trait_impl = item
            .parent_id()
            .is_some_and(|id| trait_impls.contains(&id.0));
        tells(&item.to_string(), in_trait_impl)
    };
    let mut text = String::new();
    for item in api.items().filter(is_recorded) {
        let line = item.to_string();
        // zerocopy's conditions are an internal matter of zerocopy, and always true.
        let line = match line.split_once(" where ") {
            Some((implementation, _)) if line.starts_with("impl zerocopy::") => implementation,
            _ => &line,
        };
        text.push_str(line);
        text.push('\n');
    }
    Ok(text)
}

fn is_trait_impl(line: &str) -> bool {
    (line.starts_with("impl") || line.starts_with("unsafe impl")) && line.contains(" for ")
}

/// Returns whether a line contains information that no other line has.
fn tells(line: &str, in_trait_impl: bool) -> bool {
    if in_trait_impl {
        // The trait lists its functions, but not which types they have. The metadata is zerocopy's
        // own.
        return line.starts_with("pub type") && !line.contains("::PointerMetadata ");
    }
    let of = |name: &str| line.contains(&format!("{name} for "));
    if ["Send", "Sync", "Unpin"].into_iter().any(of) {
        // Most types have these traits, and they do not depend on the content.
        return line.contains('!') || line.contains(" where ");
    }
    // The last two are part of zerocopy's `FromBytes`.
    let others = [
        "StructuralPartialEq",
        "Freeze",
        "UnwindSafe",
        "FromZeros",
        "TryFromBytes",
    ];
    !others.into_iter().any(of)
}
