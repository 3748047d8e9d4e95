//! `cargo xtask check-32`: checks that the libraries and `aseq` compile for 32-bit machines.
//!
//! They are compiled but not linked, so no C compiler or C library for these machines is needed.
//! Build scripts and macros are shared with the builds for other processors.

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
    // The same settings as in those builds. Otherwise cargo would compile the shared parts again.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    if !ready_made {
        musl::compiler()?.with_library(musl::STD, &mut cargo);
    }
    if !workspace::status(&mut cargo)?.success() {
        bail!("this does not compile for 32-bit machines");
    }
    Ok(ExitCode::SUCCESS)
}
