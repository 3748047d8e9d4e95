//! `cargo xtask deny`: runs cargo-deny with the rules of `deny.toml`.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::{tools, workspace};

/// The workspace, and the Python package, which has a separate workspace.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "python/Cargo.toml"];

/// The checks that need only the crates.
const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];

/// Checks the crates. `advisories` also checks for known defects, which are in a git repository on
/// the network.
pub(crate) fn run(advisories: bool) -> Result<ExitCode> {
    let program = tools::obtain(
        "cargo-deny",
        "0.20.2",
        &["--no-default-features", "--debug"],
    )?;
    let root = workspace::root()?;
    for manifest in MANIFESTS {
        let mut command = Command::new(&program);
        command
            .current_dir(&root)
            .args(["--manifest-path", manifest, "--config", "deny.toml"])
            .arg("check")
            .args(CHECKS);
        if advisories {
            command.arg("advisories");
        }
        let status = command.status().context("start cargo-deny")?;
        if !status.success() {
            bail!("cargo-deny refuses crates of {manifest}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
