//! The recipe for OpenEmbedded.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Seen, checkouts};
use crate::steps::{self, Gauge};
use crate::{python, workspace};

const LINTER: &str = "oelint-adv==9.11.2";

/// The checks that are left out, with reasons.
const PASSED_OVER: [&str; 3] = [
    // It needs the network.
    "oelint.vars.homepageping",
    // The project has no bug tracker yet.
    "oelint.var.suggestedvar.BUGTRACKER",
    // Playing MIDI on the build machine is not useful.
    "oelint.var.bbclassextend",
];

/// The list of crates beside the recipe.
const CRATES: &str = "packaging/openembedded/recipes-multimedia/aseq/aseq-crates.inc";

/// Writes the list of crates.
pub(super) fn bless() -> Result<()> {
    let path = workspace::root()?.join(CRATES);
    fs::write(&path, crates()?).with_context(|| format!("write {}", path.display()))
}

/// Returns the list for bitbake: each crate that `aseq` needs on any machine and with any feature,
/// with the checksums of the lock file.
fn crates() -> Result<String> {
    let mut tree = workspace::cargo()?;
    tree.args(["tree", "--locked", "--package", "aseq", "--all-features"])
        .args(["--edges", "normal,build", "--target", "all"])
        .args(["--prefix", "none", "--format", "{p}"]);
    let text = steps::run("reading the dependencies of aseq", &Gauge::Time, &mut tree)?;
    // `NAME vVERSION`, and a path for crates of the workspace.
    let taken: BTreeSet<(&str, &str)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?.strip_prefix('v')?))
        })
        .collect();
    let lock = fs::read_to_string(workspace::root()?.join("Cargo.lock"))?;
    let mut uris = String::new();
    let mut sums = String::new();
    for package in lock.split("[[package]]") {
        let field = |name: &str| {
            package
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
                .map(|value| value.trim_matches('"'))
        };
        let (Some(name), Some(version), Some(sum)) =
            (field("name"), field("version"), field("checksum"))
        else {
            continue;
        };
        if taken.contains(&(name, version)) {
            uris.push_str(&format!("    crate://crates.io/{name}/{version} \\\n"));
            sums.push_str(&format!(
                "SRC_URI[{name}-{version}.sha256sum] = \"{sum}\"\n"
            ));
        }
    }
    Ok(format!(
        "# `cargo xtask packaging openembedded --bless` has written this.\n\n\
         SRC_URI += \"\\\n{uris}\"\n\n{sums}"
    ))
}

pub(super) fn check(sources: Option<&Path>) -> Result<Seen> {
    let root = workspace::root()?;
    if fs::read_to_string(root.join(CRATES))? != crates()? {
        bail!("{CRATES} does not match Cargo.lock: `--bless` writes it again");
    }
    let layer = root.join("packaging/openembedded");
    let mut lint = Command::new(python::program_of(LINTER, &[], "oelint-adv")?);
    lint.arg("--quiet");
    for rule in PASSED_OVER {
        lint.args(["--suppress", rule]);
    }
    lint.arg(layer.join(format!(
        "recipes-multimedia/aseq/aseq_{}.bb",
        env!("CARGO_PKG_VERSION")
    )));
    steps::run("oelint-adv", &Gauge::Time, &mut lint)?;
    Ok(match sources {
        Some(sources) => {
            checkouts::openembedded(sources)?;
            Seen::Passed
        }
        None => Seen::Partly("not read by bitbake: --openembedded is missing"),
    })
}
