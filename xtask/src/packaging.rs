//! `cargo xtask packaging`: what image makers and packagers get in `packaging/`. Its scripts
//! run in the test kernel, its packages are checked by the linters of their systems, and
//! built as far as that can be done here.

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

/// The static one, which also runs where nothing else is.
const BUSYBOX: Tool = Tool::program("busybox", "busybox-static");

/// What `cargo xtask packaging` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// What is checked; everything, if nothing is named
    #[arg(value_name = "NAME")]
    names: Vec<Check>,
    /// Sources of Buildroot, for its `check-package` and its make
    #[arg(long, value_name = "DIR")]
    buildroot: Option<PathBuf>,
    /// Sources of OpenEmbedded's core with `bitbake` in them, which reads the recipe
    #[arg(long, value_name = "DIR")]
    openembedded: Option<PathBuf>,
    /// Sources of Alpine's abuild, for `abuild validate`
    #[arg(long, value_name = "DIR")]
    abuild: Option<PathBuf>,
    /// Write the list of crates of the recipe first
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

/// What has been checked of a part in which no fault was found.
enum Seen {
    Passed,
    /// All but what this says.
    Partly(&'static str),
    /// Nothing, for this reason.
    Not(&'static str),
}

/// Runs each check, and says what each has seen.
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
                None => Ok(Seen::Not("--buildroot names no sources")),
            },
            Check::Alpine => match &options.abuild {
                Some(sources) => checkouts::abuild(sources).map(|()| Seen::Passed),
                None => Ok(Seen::Not("--abuild names no sources")),
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

/// Where what is made is.
fn work() -> Result<PathBuf> {
    let directory = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || workspace::root().map(|root| root.join("target")),
        |set| Ok(set.into()),
    )?;
    let work = std::path::absolute(directory)?.join("packaging");
    std::fs::create_dir_all(&work).with_context(|| format!("create {}", work.display()))?;
    Ok(work)
}

/// `aseq` for this machine, as the profile `release` makes it.
fn aseq() -> Result<PathBuf> {
    workspace::build("aseq", &["--release", "--features", "full"])
}

/// Manual pages (`man1`) and completions, which the program itself makes. Returns their
/// directory.
fn documents() -> Result<PathBuf> {
    let directory = work()?.join("docs");
    // Pages of an earlier program would be taken for this one's.
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
    /// It takes seconds; but machines may be busy.
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

/// Runs a command that must have nothing to say.
fn silent(title: &str, command: &mut Command) -> Result<()> {
    let output = steps::run(title, &Gauge::Time, command)?;
    match output.trim() {
        "" => Ok(()),
        text => bail!("{title}: {text}"),
    }
}
