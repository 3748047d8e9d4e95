//! `cargo xtask packaging`: checks the files in `packaging/` for makers of images and packages.
//! Scripts run in the test kernel. The linters of their systems check the packages, which are built
//! as far as possible here.

mod checkouts;
mod debian;
mod files;
mod openembedded;
mod recipes;
mod services;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::debian::Tool;
use crate::kernel::{self, Wanted};
use crate::steps::{self, Gauge};
use crate::{runner, workspace};

/// The static BusyBox, which also runs without other files.
const BUSYBOX: Tool = Tool::program("busybox", "busybox-static");

/// Arguments of `cargo xtask packaging`.
#[derive(Args)]
pub(crate) struct Options {
    /// The parts to check; default: all
    #[arg(value_name = "NAME")]
    names: Vec<Check>,
    /// Directory of Buildroot's sources, for its `check-package` and its make
    #[arg(long, value_name = "DIR")]
    buildroot: Option<PathBuf>,
    /// Directory of OpenEmbedded-Core's sources with `bitbake`, which reads the recipe
    #[arg(long, value_name = "DIR")]
    openembedded: Option<PathBuf>,
    /// Directory of the sources of Alpine's abuild, for `abuild validate`
    #[arg(long, value_name = "DIR")]
    abuild: Option<PathBuf>,
    /// First write the recipe's list of crates
    #[arg(long)]
    bless: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Check {
    /// The init scripts, units and rules
    Services,
    /// The Debian package, in a clean Debian
    Debian,
    /// The commands by which recipes install files
    Recipes,
    /// The recipe for OpenEmbedded
    Openembedded,
    /// The package for Buildroot, with `--buildroot`
    Buildroot,
    /// The package for Alpine, with `--abuild`
    Alpine,
}

/// The extent of a successful check.
enum Seen {
    Passed,
    /// Everything except for this.
    Partly(&'static str),
    /// Nothing, for this reason.
    Not(&'static str),
}

/// Runs each check, and prints its result.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let names = match options.names.as_slice() {
        [] => Check::value_variants(),
        names => names,
    };
    if options.bless {
        openembedded::bless()?;
    }
    files::check(&workspace::root()?)?;
    let mut failed = false;
    for name in names {
        let begun = Instant::now();
        let result = match name {
            Check::Services => services::check().map(|()| Seen::Passed),
            Check::Debian => debian::check().map(|()| Seen::Passed),
            Check::Recipes => recipes::check().map(|()| Seen::Passed),
            Check::Openembedded => openembedded::check(options.openembedded.as_deref()),
            Check::Buildroot => match &options.buildroot {
                Some(sources) => checkouts::buildroot(sources).map(|()| Seen::Passed),
                None => Ok(Seen::Not("--buildroot is missing")),
            },
            Check::Alpine => match &options.abuild {
                Some(sources) => checkouts::abuild(sources).map(|()| Seen::Passed),
                None => Ok(Seen::Not("--abuild is missing")),
            },
        };
        let word = name
            .to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default();
        let seconds = begun.elapsed().as_secs();
        match result {
            Ok(Seen::Passed) => println!("{word}: passed, {seconds} s"),
            Ok(Seen::Partly(what)) => println!("{word}: passed, {seconds} s; {what}"),
            Ok(Seen::Not(why)) => println!("{word}: not checked: {why}"),
            Err(error) if error.is::<steps::Interrupted>() => return Err(error),
            Err(error) => {
                println!("{word}: FAILED, {seconds} s: {error:#}");
                failed = true;
            }
        }
    }
    Ok(match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// The directory for the results.
fn work() -> Result<PathBuf> {
    let directory = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || workspace::root().map(|root| root.join("target")),
        |set| Ok(set.into()),
    )?;
    let work = std::path::absolute(directory)?.join("packaging");
    std::fs::create_dir_all(&work).with_context(|| format!("create {}", work.display()))?;
    Ok(work)
}

/// Builds `aseq` for this machine with the profile `release`.
fn aseq() -> Result<PathBuf> {
    workspace::build("aseq", &["--release", "--features", "full"])
}

/// Makes manual pages (`man1`) and completions with the program itself. Returns their directory.
fn documents() -> Result<PathBuf> {
    let directory = work()?.join("docs");
    // Pages of an earlier program would look like pages of this one.
    if directory.exists() {
        std::fs::remove_dir_all(&directory)?;
    }
    let mut docs = Command::new(workspace::build("aseq", &["--features", "docs,full"])?);
    docs.arg("docs").arg(&directory);
    steps::run("making manual pages", &Gauge::Time, &mut docs)?;
    Ok(directory)
}

/// Runs a script of `xtask/packaging` in the test kernel, as its root.
fn in_kernel(script: &str, arguments: &[&Path]) -> Result<()> {
    /// Usually some seconds are enough, but machines may be busy.
    const PATIENCE: Duration = Duration::from_secs(900);
    let wanted = Wanted::usual();
    kernel::obtain(&wanted, None, false)?;
    let file = workspace::root()?.join("xtask/packaging").join(script);
    let mut words = vec!["/bin/sh".into(), file.into_os_string()];
    words.extend(
        arguments
            .iter()
            .map(|argument| argument.as_os_str().to_owned()),
    );
    if runner::run_as_root(&wanted, PATIENCE, words)? != ExitCode::SUCCESS {
        bail!("{script} failed in the test kernel");
    }
    Ok(())
}

/// Runs a command that must print nothing.
fn silent(title: &str, command: &mut Command) -> Result<()> {
    let output = steps::run(title, &Gauge::Time, command)?;
    match output.trim() {
        "" => Ok(()),
        text => bail!("{title}: {text}"),
    }
}
