//! Commands that run programs in a machine.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use nix::fcntl::OFlag;
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, getegid, geteuid, getgroups, gethostname, pipe2};

use super::child::{Child, ExitStatus, Output, State};
use super::driver::{Driver, Ends};
use crate::error::Error;
use crate::proto::{Input, Output as Kind, Spawn, WindowSize};

/// The connection of a program's standard stream.
#[derive(Debug, Default)]
pub enum Stdio {
    /// This process's own stream.
    #[default]
    Inherit,
    /// A pipe. The [`Child`] has the other end.
    Piped,
    /// Nothing: reads return the end of the file, and written data is dropped.
    Null,
    /// This file, pipe or socket of the host.
    From(OwnedFd),
}

/// A program to run in a machine: see [`Session::command`](crate::Session::command).
#[derive(Debug)]
pub struct Command<'s> {
    driver: &'s Driver,
    root: bool,
    argv: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    stdin: Option<Stdio>,
    stdout: Option<Stdio>,
    stderr: Option<Stdio>,
}

impl<'s> Command<'s> {
    pub(super) fn new(driver: &'s Driver, root: bool, program: &OsStr) -> Self {
        Self {
            driver,
            root,
            argv: vec![program.to_owned()],
            env: std::env::vars_os().collect(),
            directory: None,
            stdin: None,
            stdout: None,
            stderr: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.argv.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter();
        self.argv.extend(arguments.map(|a| a.as_ref().to_owned()));
        self
    }

    /// Sets a variable in the program's environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let (name, value) = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.env.retain(|(there, _)| *there != name);
        self.env.push((name, value));
        self
    }

    /// Removes all variables that the program's environment has so far.
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.env.clear();
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets the connection of standard input.
    #[must_use]
    pub fn stdin(mut self, stream: Stdio) -> Self {
        self.stdin = Some(stream);
        self
    }

    /// Sets the connection of standard output.
    #[must_use]
    pub fn stdout(mut self, stream: Stdio) -> Self {
        self.stdout = Some(stream);
        self
    }

    /// Sets the connection of standard error.
    #[must_use]
    pub fn stderr(mut self, stream: Stdio) -> Self {
        self.stderr = Some(stream);
        self
    }

    /// Starts the program. By default, it uses this process's streams.
    ///
    /// # Errors
    ///
    /// - [`Error::NotStarted`]: for example, the program does not exist. - [`Error::Crashed`],
    ///   [`Error::Off`]: the machine has ended.
    pub fn spawn(self) -> Result<Child<'s>, Error> {
        let (stdin, ours_in) = input(self.stdin.unwrap_or_default())?;
        let (stdout, ours_out) = output(self.stdout.unwrap_or_default(), false)?;
        let (stderr, ours_err) = output(self.stderr.unwrap_or_default(), true)?;
        // The umask can only be read by setting it.
        let mask = umask(Mode::empty());
        umask(mask);
        let directory = match self.directory {
            Some(directory) => directory,
            None => std::env::current_dir().context("find the working directory")?,
        };
        let (uid, gid, groups) = if self.root {
            (0, 0, Vec::new())
        } else {
            let groups = getgroups().context("read our groups")?;
            let groups = groups.into_iter().map(Gid::as_raw).collect();
            (geteuid().as_raw(), getegid().as_raw(), groups)
        };
        let program = PathBuf::from(self.argv.first().cloned().unwrap_or_default());
        let state = Arc::new(State::new(program.display().to_string()));
        let spawn = Spawn {
            argv: self.argv,
            env: self.env,
            cwd: directory.into_os_string(),
            umask: mask.bits(),
            uid,
            gid,
            groups,
            stdin: Input::Pipe,
            stdout: Kind::Pipe,
            stderr: Kind::Pipe,
            window: WindowSize::default(),
            termios: None,
            hostname: gethostname().unwrap_or_default(),
            own_group: true,
        };
        let ends = Ends {
            stdin,
            stdout,
            stderr,
        };
        let number = self.driver.spawn(spawn, ends, &state)?;
        state.wait_for_start()?;
        Ok(Child {
            stdin: ours_in,
            stdout: ours_out,
            stderr: ours_err,
            driver: self.driver,
            number,
            state,
        })
    }

    /// Runs the program to its end, and returns its output. By default, the output goes only to the
    /// returned value, and the program has no input.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    pub fn output(mut self) -> Result<Output, Error> {
        self.stdin.get_or_insert(Stdio::Null);
        self.stdout.get_or_insert(Stdio::Piped);
        self.stderr.get_or_insert(Stdio::Piped);
        self.spawn()?.wait_with_output()
    }

    /// Runs the program to its end.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    pub fn status(self) -> Result<ExitStatus, Error> {
        self.spawn()?.wait()
    }
}

/// Returns the descriptor that the program reads from, and our end, if it is a pipe.
fn input(stream: Stdio) -> Result<(Option<OwnedFd>, Option<File>), Error> {
    Ok(match stream {
        Stdio::Null => (None, None),
        Stdio::From(file) => (Some(file), None),
        Stdio::Inherit => {
            let own = std::io::stdin().as_fd().try_clone_to_owned();
            (Some(own.context("duplicate standard input")?), None)
        }
        Stdio::Piped => {
            let (from, to) = pipe2(OFlag::O_CLOEXEC).context("create a pipe")?;
            (Some(from), Some(to.into()))
        }
    })
}

/// Returns the descriptor that the program's output goes to, and our end, if it is a pipe.
fn output(stream: Stdio, is_error: bool) -> Result<(Option<OwnedFd>, Option<File>), Error> {
    Ok(match stream {
        Stdio::Null => (None, None),
        Stdio::From(file) => (Some(file), None),
        Stdio::Inherit => {
            let own = match is_error {
                true => std::io::stderr().as_fd().try_clone_to_owned(),
                false => std::io::stdout().as_fd().try_clone_to_owned(),
            };
            (Some(own.context("duplicate a standard stream")?), None)
        }
        Stdio::Piped => {
            let (from, to) = pipe2(OFlag::O_CLOEXEC).context("create a pipe")?;
            (Some(to), Some(from.into()))
        }
    })
}
