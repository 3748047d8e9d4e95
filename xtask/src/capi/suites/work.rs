//! Builds and runs a suite.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::bindings;
use super::verdicts::Verdicts;
use crate::capi::{PRELOAD, SONAME};
use crate::steps::{self, Gauge};

/// Time limit of one run in seconds.
const TIMEOUT: &str = "240";

/// The library of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Libasound,
    Ours,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Libasound => "libasound",
            Self::Ours => "ours",
        })
    }
}

/// The form of ours for a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Library,
    Preload,
}

/// The command of a suite, and the parser of its output.
pub(super) struct Run {
    pub(super) form: Form,
    pub(super) program: Vec<OsString>,
    pub(super) directory: PathBuf,
    pub(super) environment: Vec<(&'static str, OsString)>,
    pub(super) read: fn(&str) -> Result<Verdicts>,
    /// Whether the whole output is compared, because it contains no names of tests.
    pub(super) is_output: bool,
}

impl Run {
    /// Returns a command that runs in `directory` on our `libasound.so.2`.
    pub(super) fn new<P: Into<OsString>>(
        directory: PathBuf,
        program: impl IntoIterator<Item = P>,
        read: fn(&str) -> Result<Verdicts>,
    ) -> Self {
        Self {
            form: Form::Library,
            program: program.into_iter().map(Into::into).collect(),
            directory,
            environment: Vec::new(),
            read,
            is_output: false,
        }
    }
}

/// The directories of the suites.
pub(super) struct Work {
    /// The directory of the forms.
    pub(super) home: PathBuf,
    /// The directory in which cargo builds suites.
    pub(super) target: PathBuf,
    /// The directory in which everything else is built.
    pub(super) directory: PathBuf,
    pub(super) kernel: PathBuf,
}

impl Work {
    /// Makes an empty directory.
    pub(super) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let directory = self.directory.join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)
            .with_context(|| format!("create {}", directory.display()))?;
        Ok(directory)
    }

    /// Makes a directory with the same files that the suite may change.
    pub(super) fn copy(&self, source: &Path, name: &str) -> Result<PathBuf> {
        let directory = self.fresh(name)?;
        let mut from = source.as_os_str().to_owned();
        from.push("/.");
        let mut cp = Command::new("cp");
        cp.arg("--recursive").arg(from).arg(&directory);
        build(&format!("copying {name}"), &mut cp)?;
        Ok(directory)
    }

    /// Runs the suite in a separate kernel. Returns the results, and the number of bound names of
    /// the sequencer.
    pub(super) fn run(&self, run: &Run, side: Side, title: &str) -> Result<(Verdicts, usize)> {
        let own = crate::own::file()?;
        let bound = self.fresh("bindings")?;
        let (variable, file) = match run.form {
            Form::Library => ("LD_LIBRARY_PATH", self.home.join("lib").join(SONAME)),
            Form::Preload => ("LD_PRELOAD", self.home.join("preload").join(PRELOAD)),
        };
        let mut command = Command::new(own);
        command
            .args(["run", "--timeout", TIMEOUT, "--kernel"])
            .arg(&self.kernel)
            .args(["--", "env"])
            .current_dir(&run.directory)
            // For cargo.
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("LD_PRELOAD")
            .envs(run.environment.iter().map(|(name, value)| (name, value)));
        // Not for the program that starts the kernel.
        let set = |name: &str, value: &Path| {
            let mut set = OsString::from(name);
            set.push("=");
            set.push(value);
            set
        };
        command
            .arg("LD_DEBUG=bindings")
            .arg(set("LD_DEBUG_OUTPUT", &bound.join("of")));
        if side == Side::Ours {
            let value = match run.form {
                Form::Library => file.parent().unwrap_or(&file),
                Form::Preload => &file,
            };
            command.arg(set(variable, value));
        }
        command.args(["sh", "-c", r#""$@"; echo "status $?""#, "sh"]);
        command.args(&run.program);
        let output = steps::run(title, &Gauge::Time, &mut command)?;
        let bound = bindings::check(&bound, &file, side)?;
        Ok(((run.read)(&output)?, bound))
    }
}

/// Runs a command that builds something.
pub(super) fn build(title: &str, command: &mut Command) -> Result<()> {
    steps::run(title, &Gauge::Time, command)?;
    Ok(())
}
