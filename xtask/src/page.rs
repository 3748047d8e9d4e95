//! `cargo xtask page`: tests the page of `aseq graph --serve` in Debian's headless Chromium.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::kernel::{self, Wanted};
use crate::runner::{self, How};
use crate::steps::{self, Gauge};
use crate::{debian, workspace};

/// The browser, and the programs that start it.
const PACKAGES: [&str; 5] = [
    "chromium-headless-shell",
    "fonts-liberation",
    "coreutils",
    "dash",
    "libc-bin",
];

/// Usually the tests need seconds, but machines may be busy.
const TIMEOUT: Duration = Duration::from_secs(900);

/// Memory of the test kernel in MiB. The default is too small for the browser.
const MEMORY: u64 = 1536;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// 6.1, 6.12, 6.12-no-ump, newest, or the path of a kernel
    #[arg(long, value_name = "KERNEL", default_value = "6.12")]
    kernel: Wanted,
    /// Also write the pictures of docs/graph.md
    #[arg(long)]
    pictures: bool,
}

/// Runs the tests of the page.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    kernel::obtain(&options.kernel, None, false)?;
    let browser = debian::root("browser", "trixie", &PACKAGES)?;
    let tests = build()?;
    let root = workspace::root()?;
    let mut words: Vec<OsString> = vec![root.join("xtask/page.sh").into(), browser.into()];
    if options.pictures {
        let mut pictures = OsString::from("ALSA_SEQ_PICTURES=");
        pictures.push(root.join("docs/pictures"));
        words.extend(["/usr/bin/env".into(), pictures]);
    }
    words.push(tests.into());
    words.extend(["--ignored", "--test-threads=1"].map(OsString::from));
    let how = How {
        kernel: Some(options.kernel.clone()),
        timeout: Some(TIMEOUT),
        root: true,
        memory_mib: Some(MEMORY),
        ..How::default()
    };
    runner::run_as(how, words)
}

/// Builds `aseq` and the tests. Returns the tests' program.
fn build() -> Result<PathBuf> {
    let mut cargo = workspace::cargo()?;
    cargo
        .args(["test", "--locked", "--no-run", "--package", "aseq"])
        .args(["--all-features", "--test", "page"])
        .args(["--message-format", "json-render-diagnostics"]);
    let messages = steps::run("building aseq and its tests", &Gauge::Time, &mut cargo)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| {
            message
                .pointer("/target/name")
                .is_some_and(|name| name == "page")
        })
        .find_map(|message| Some(message.get("executable")?.as_str()?.into()))
        .context("cargo prints no path of a program")
}
