//! `cargo xtask bench`: this library beside others that do the same, and beside
//! the bare system calls.
//!
//! The programs that are measured are in `benches/peers`, a workspace of its
//! own. Everything runs in one boot of the test kernel, one after the other:
//! us, a peer, us, the next peer; so what a busy machine does to one it does to
//! all, and ratios mean something where the times do not.

mod inside;
mod plan;
mod report;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::debian::provide;
use crate::kernel::{self, Wanted};
use crate::{peers, runner, steps, workspace};

pub(crate) use inside::run as run_inside;

/// The argument by which this binary is told to measure.
pub(crate) const INSIDE: &str = "bench-inside";

/// What to measure, and where to put it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// 6.1, 6.12, newest, or the path of a kernel
    #[arg(long, value_name = "KERNEL", default_value = "newest")]
    kernel: Wanted,
    /// On this machine's own sequencer instead
    #[arg(long, conflicts_with = "kernel")]
    host: bool,
    /// Only see that everything works: few events, and figures that mean nothing
    #[arg(long)]
    quick: bool,
    /// How many times each pair is measured
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Only the workloads whose name contains this
    #[arg(long, value_name = "WORD")]
    only: Option<String>,
    /// Write the figures there, as an array of objects
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the chart of the documentation there
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Builds everything that is measured, and measures it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let place = if options.host {
        Wanted::Host
    } else {
        Wanted::File(kernel::obtain(&options.kernel, None, false)?)
    };
    peers::obtain()?;
    let dir = build()?;
    let mut argv = vec![
        std::env::current_exe()?.into_os_string(),
        INSIDE.into(),
        dir.into(),
        workspace::root()?.into(),
        if options.quick { "2" } else { "" }.into(),
        options.rounds.to_string().into(),
        options.only.clone().unwrap_or_default().into(),
    ];
    for file in [&options.json, &options.svg] {
        let file = match file {
            Some(file) => std::path::absolute(file)?.into_os_string(),
            None => Default::default(),
        };
        argv.push(file);
    }
    runner::run(Some(place), None, argv)
}

/// Builds us and the peers, and returns the directory where they are. A peer
/// that cannot be built is missing there, and named so.
fn build() -> Result<PathBuf> {
    let root = workspace::root()?;
    let dir = root.join("target/bench");
    let manifest = root.join("benches/peers/Cargo.toml");
    let cargo = |packages: &[&str], manifest: &Path| -> Result<bool> {
        let mut cargo = workspace::cargo()?;
        cargo
            .args(["build", "--release", "--manifest-path"])
            .arg(manifest)
            .arg("--target-dir")
            .arg(&dir);
        for package in packages {
            cargo.args(["--package", package]);
        }
        Ok(workspace::status(&mut cargo)?.success())
    };
    if !cargo(&["bench-bare", "bench-ours"], &manifest)?
        || !cargo(&["aseq"], &root.join("Cargo.toml"))?
    {
        bail!("what is to be measured does not build");
    }
    if let Err(error) = provide("measuring beside libasound", &peers::LIBASOUND) {
        steps::note(&format!("{error:#}"));
    }
    for package in ["bench-alsa", "bench-midir"] {
        if !cargo(&[package], &manifest)? {
            steps::note(&format!("{package} does not build"));
        }
    }
    for (source, libraries) in [("libasound", &["-lasound"][..]), ("rss", &[])] {
        let program = dir.join("release").join(source);
        let status = Command::new("cc")
            .args(["-O2", "-Wall", "-o"])
            .arg(&program)
            .arg(root.join(format!("benches/peers/c/{source}.c")))
            .args(libraries)
            .status()
            .context("run cc")?;
        if !status.success() {
            steps::note(&format!("{source}.c does not build"));
        }
    }
    Ok(dir.join("release"))
}
