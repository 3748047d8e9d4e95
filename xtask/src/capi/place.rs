//! The places of programs, and how each program is started on libasound or on ours.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use anyhow::{Context as _, Result};

use crate::debian;
use crate::peers::Newest;

/// The library that a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Real,
    Library,
    Preload,
}

impl Form {
    /// Returns the argument for [`Self::parse`].
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Real => "libasound",
            Self::Library => "library",
            Self::Preload => "preload",
        }
    }

    pub(super) fn parse(name: &str) -> Result<Self> {
        [Self::Real, Self::Library, Self::Preload]
            .into_iter()
            .find(|form| form.name() == name)
            .with_context(|| format!("the form {name} does not exist"))
    }

    /// Returns our shared object that a program loads.
    pub(super) fn file(self, home: &Path) -> Option<PathBuf> {
        match self {
            Self::Real => None,
            Self::Library => Some(home.join("lib").join(super::SONAME)),
            Self::Preload => Some(home.join("preload").join(super::PRELOAD)),
        }
    }
}

/// The place of programs.
pub(super) trait Place {
    fn has(&self, program: &str) -> bool;
    fn command(&self, home: &Path, form: Form, program: &str) -> Command;
    /// The variable that makes the loader print the loaded files.
    fn loads(&self, home: &Path, form: Form, program: &str) -> Command;
}

/// The variable that makes the loader print the files without starting the program.
const TRACE: (&str, &str) = ("LD_TRACE_LOADED_OBJECTS", "1");

/// A directory of the cache with unpacked packages, and the C library that they were built for.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) root: PathBuf,
    pub(super) loader: PathBuf,
    pub(super) libraries: PathBuf,
}

impl Unpacked {
    /// The newest alsa-utils.
    pub(super) fn alsa_utils(newest: &Newest) -> Self {
        Self {
            root: newest.root.clone(),
            loader: newest.loader.clone(),
            libraries: newest.libraries.clone(),
        }
    }

    /// A directory that [`debian::root`] has made.
    pub(super) fn root(root: PathBuf) -> Self {
        Self {
            loader: root.join("usr/lib64/ld-linux-x86-64.so.2"),
            libraries: root.join("usr/lib/x86_64-linux-gnu"),
            root,
        }
    }

    /// Returns the arguments for [`Self::parse`].
    pub(super) fn arguments(&self) -> [OsString; 3] {
        [&self.root, &self.loader, &self.libraries].map(OsString::from)
    }

    /// Parses the arguments of a place.
    pub(super) fn parse(arguments: &mut impl Iterator<Item = OsString>) -> Result<Self> {
        let mut next = || {
            let path = arguments.next().map(PathBuf::from);
            path.context("an argument is missing")
        };
        Ok(Self {
            root: next()?,
            loader: next()?,
            libraries: next()?,
        })
    }
}

impl Place for Unpacked {
    fn has(&self, program: &str) -> bool {
        self.root.join("usr/bin").join(program).is_file()
    }

    fn command(&self, home: &Path, form: Form, program: &str) -> Command {
        let mut libraries = OsString::new();
        if form == Form::Library {
            libraries.push(home.join("lib"));
            libraries.push(":");
        }
        libraries.push(&self.libraries);
        let mut command = Command::new(&self.loader);
        command
            .env("ALSA_CONFIG_DIR", self.root.join("usr/share/alsa"))
            .args(["--argv0", program])
            .arg("--library-path")
            .arg(libraries);
        if let (Form::Preload, Some(file)) = (form, form.file(home)) {
            command.arg("--preload").arg(file);
        }
        command.arg(self.root.join("usr/bin").join(program));
        command
    }

    fn loads(&self, home: &Path, form: Form, program: &str) -> Command {
        let mut command = self.command(home, form, program);
        command.env(TRACE.0, TRACE.1);
        command
    }
}

/// The machine's own programs, which the wrapper runs on ours.
pub(super) struct Own;

impl Place for Own {
    fn has(&self, program: &str) -> bool {
        debian::in_path(program)
    }

    fn command(&self, home: &Path, form: Form, program: &str) -> Command {
        let mut command = match form {
            Form::Real => return Command::new(program),
            Form::Library | Form::Preload => Command::new(home.join("aseq-run")),
        };
        if form == Form::Preload {
            command.arg("--preload");
        }
        command.arg(program);
        command
    }

    fn loads(&self, home: &Path, form: Form, program: &str) -> Command {
        // For the program, not for the wrapper's shell.
        let mut command = self.command(home, form, "env");
        command.arg(format!("{}={}", TRACE.0, TRACE.1)).arg(program);
        command
    }
}

/// A running program. Dropping this ends it.
pub(super) struct Ended(pub(super) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
