//! `cargo xtask python`: checks the Python package with its own tests, the suites of other
//! projects, its wheels, its types, and measurements.
//!
//! pip, cargo and apt download everything into the cache, so neither a C compiler nor libasound is
//! needed.

mod bench;
mod interpreter;
mod mido;
mod musl;
mod package;
mod pam;
mod pypi;
mod rust;
mod sbom;
mod suite;
mod types;
mod venv;
mod wheels;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::debian::{Tool, provide};
use crate::kernel::{self, Wanted};
use crate::{peers, workspace};
use package::{Package, Profile};
pub(crate) use sbom::validate as validate_sboms;
pub(crate) use venv::program_of;

/// The programs of alsa-utils that the tests run.
const ALSA_UTILS: [Tool; 1] = [Tool::program("aseqdump", "alsa-utils")];

#[derive(Args)]
pub(crate) struct Options {
    /// The checks
    #[arg(value_name = "CHECK", required = true)]
    checks: Vec<Check>,
    /// The kernel for the programs: 6.1, 6.12, 6.12-no-ump, newest, or the path of a kernel
    #[arg(long, value_name = "KERNEL")]
    kernel: Option<Wanted>,
    /// With `wheels`: build only those whose target contains this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// More arguments: for pytest with `test`, for the benchmark with `bench`
    #[arg(last = true)]
    args: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Run the package's own tests, on this machine's Python and on Debian's
    Test,
    /// Run python-alsa-midi's own suite, examples and snippets with the package
    Pam,
    /// Run the Rust library's tests of python-alsa-midi, with the package in place of
    /// python-alsa-midi
    Rust,
    /// Run mido's own suite, programs and examples with the back-end
    Mido,
    /// Check the annotations with mypy, and the stubs with stubtest
    Types,
    /// Build the wheels and the source package, and run the tests on each available Python, one of
    /// them on musl
    Wheels,
    /// Measure the package beside python-alsa-midi and python-rtmidi
    Bench,
    /// Run all these checks
    All,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let is_wanted = |check| options.checks.contains(check) || options.checks.contains(&Check::All);
    let session = Session::new(options)?;
    for check in Check::value_variants()
        .iter()
        .filter(|check| is_wanted(check))
    {
        match check {
            Check::Test => suite::own(&session, &options.args)?,
            Check::Pam => pam::run(&session)?,
            Check::Rust => rust::run(&session)?,
            Check::Mido => mido::run(&session)?,
            Check::Types => types::run(&session)?,
            Check::Bench => bench::run(&session, &options.args)?,
            Check::Wheels => wheels::run(&session, &options.only)?,
            Check::All => {}
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The directories and the kernel for all checks.
struct Session {
    /// The directory of the Python package.
    source: PathBuf,
    /// The directory for all builds.
    target: PathBuf,
    kernel: PathBuf,
    version: String,
    package: OnceCell<Package>,
}

impl Session {
    fn new(options: &Options) -> Result<Self> {
        provide("testing the Python package", &ALSA_UTILS)?;
        peers::python()?;
        let wanted = options
            .kernel
            .clone()
            .unwrap_or_else(crate::musl::default_kernel);
        let kernel = kernel::obtain(&wanted, None, false)?;
        let root = workspace::root()?;
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Self {
            source: root.join("python"),
            // Other programs run in other directories than this process.
            target: std::path::absolute(target)?.join("python"),
            version: kernel::version_of(&kernel)?,
            kernel,
            package: OnceCell::new(),
        })
    }

    /// Returns the package for tests. The first call builds it.
    fn package(&self) -> Result<&Package> {
        if let Some(package) = self.package.get() {
            return Ok(package);
        }
        let package = Package::build(self, Profile::Dev)?;
        Ok(self.package.get_or_init(|| package))
    }

    /// Runs a program in a separate test kernel, with a time limit of `seconds`.
    fn in_kernel(&self, seconds: u32) -> Result<Command> {
        let own = crate::own::file()?;
        let mut command = Command::new(own);
        command
            .args(["run", "--timeout", &seconds.to_string(), "--kernel"])
            .arg(&self.kernel)
            .arg("--")
            // For cargo.
            .env_remove("LD_LIBRARY_PATH")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("ALSA_SEQ_KERNEL_VERSION", &self.version);
        if let Some(python) = peers::python_program()? {
            command.env("ALSA_SEQ_PYTHON", python);
        }
        Ok(command)
    }
}
