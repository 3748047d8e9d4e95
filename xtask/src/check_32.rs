//! `cargo xtask check-32`: what users build compiles for 32-bit machines.
//!
//! It is compiled but not linked, which takes no C compiler or C library for these
//! machines. What runs while it compiles is shared with the builds for other processors.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{musl, workspace};

/// Two processors, and two C libraries.
const TARGETS: [&str; 2] = ["armv7-unknown-linux-gnueabihf", "i686-unknown-linux-musl"];

/// Checks the libraries and the tool for each target.
pub(crate) fn run() -> Result<ExitCode> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["check", "--release"]);
    let mut ready_made = true;
    for target in TARGETS {
        cargo.args(["--target", target]);
        ready_made = ready_made && musl::obtain_target(target)?;
    }
    for package in [
        "alsa-seq",
        "alsa-seq-kernel-abi",
        "alsa-seq-midir",
        "alsa-seq-capi",
        "aseq",
    ] {
        cargo.args(["--package", package]);
    }
    cargo.arg("--all-features");
    // As in those builds, or cargo would compile what they share again.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    if !ready_made {
        musl::compiler()?.with_library(musl::STD, &mut cargo);
    }
    if !workspace::status(&mut cargo)?.success() {
        bail!("this does not compile for 32-bit machines");
    }
    Ok(ExitCode::SUCCESS)
}
