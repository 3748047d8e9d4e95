//! `cargo xtask python`: the Python face: its own tests, the suites of others, its
//! wheels, its types, and its figures beside others.
//!
//! Everything it takes comes by pip, cargo and apt into the cache, so neither a
//! compiler for C nor libasound is asked for.

mod interpreter;
mod package;
mod pam;
mod pypi;
mod suite;
mod venv;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::debian::{Tool, provide};
use crate::kernel::{self, Wanted};
use crate::{musl, peers, workspace};
use package::Package;

/// The programs of alsa-utils that tests run.
const ALSA_UTILS: [Tool; 1] = [Tool::program("aseqdump", "alsa-utils")];

#[derive(Args)]
pub(crate) struct Options {
    /// What is checked
    #[arg(value_name = "CHECK", required = true)]
    checks: Vec<Check>,
    /// Where programs run: 6.1, 6.12, 6.12-no-ump, newest, or the path of a kernel
    #[arg(long, value_name = "KERNEL")]
    kernel: Option<Wanted>,
    /// More arguments for pytest, of `test` alone
    #[arg(last = true)]
    args: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Run the package's own tests, on this machine's Python and on Debian's
    Test,
    /// Run python-alsa-midi's own suite, examples and snippets on the package
    Pam,
    /// All of these
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
            Check::All => {}
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What every check works with.
struct Session {
    /// The directory of the Python package.
    source: PathBuf,
    /// Where everything is built.
    target: PathBuf,
    kernel: PathBuf,
    version: String,
    package: OnceCell<Package>,
}

impl Session {
    fn new(options: &Options) -> Result<Self> {
        provide("testing the Python package", &ALSA_UTILS)?;
        let wanted = options.kernel.clone().unwrap_or_else(musl::default_kernel);
        let kernel = kernel::obtain(&wanted, None, false)?;
        let root = workspace::root()?;
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Self {
            source: root.join("python"),
            // Others work elsewhere than we do.
            target: std::path::absolute(target)?.join("python"),
            version: kernel::version_of(&kernel)?,
            kernel,
            package: OnceCell::new(),
        })
    }

    /// The package, which is built the first time.
    fn package(&self) -> Result<&Package> {
        if let Some(package) = self.package.get() {
            return Ok(package);
        }
        let package = Package::build(self)?;
        Ok(self.package.get_or_init(|| package))
    }

    /// A program in a test kernel of its own, which gets `seconds`.
    fn in_kernel(&self, seconds: u32) -> Result<Command> {
        let own = std::env::current_exe().context("find this program's own file")?;
        let mut command = Command::new(own);
        command
            .args(["run", "--timeout", &seconds.to_string(), "--kernel"])
            .arg(&self.kernel)
            .arg("--")
            // Cargo's.
            .env_remove("LD_LIBRARY_PATH")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("ALSA_SEQ_KERNEL_VERSION", &self.version);
        if let Some(python) = peers::python_program()? {
            command.env("ALSA_SEQ_PYTHON", python);
        }
        Ok(command)
    }
}
