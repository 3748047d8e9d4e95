//! Runs our programs and the originals, and compares their output.

use std::fmt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use alsa_seq::{ClientControl, ClientId};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use support::newest_alsa_utils;

/// The origin of a program with a given name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    /// The machine's own alsa-utils.
    Installed,
    /// Debian's newest.
    Newest,
}

/// A program that can be run with an old name.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) whose: Whose,
    name: &'static str,
    path: PathBuf,
}

impl Program {
    pub(crate) fn ours(name: &'static str) -> Self {
        Self {
            whose: Whose::Ours,
            name,
            path: env!("CARGO_BIN_EXE_aseq").into(),
        }
    }

    /// Returns the installed programs. If all are required, a missing one is an error. The
    /// machine's own version may be too old for some names.
    pub(crate) fn theirs(name: &'static str) -> Vec<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let installed = std::env::split_paths(&path)
            .map(|directory| directory.join(name))
            .find(|path| path.is_file())
            .map(|path| (Whose::Installed, path));
        let newest = newest_alsa_utils(name).map(|path| (Whose::Newest, path));
        let found = installed.into_iter().chain(newest);
        found
            .map(|(whose, path)| Self { whose, name, path })
            .collect()
    }

    /// The program is called by its name. The originals run in the locale C, and ours in another
    /// locale, which must make no difference.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        let locale = match self.whose {
            Whose::Ours => "de_DE.UTF-8",
            _ => "C",
        };
        command
            .arg0(self.name)
            .args(arguments)
            .env("LC_ALL", locale)
            .env("LANGUAGE", locale)
            .stdin(Stdio::null());
        command
    }

    /// Starts it as a script does in the background: with Ctrl+C ignored.
    pub(crate) fn command_in_background(&self, arguments: &[&str]) -> Command {
        let start = format!("trap '' INT; exec -a {} \"$0\" \"$@\"", self.name);
        let mut command = Command::new("bash");
        command
            .args(["-c", &start])
            .arg(&self.path)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&mut self.command(arguments))
    }
}

/// The output of a program, and its exit status.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Said {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            code: output.status.code(),
        }
    }

    /// Our usage texts differ.
    pub(crate) fn without_usage(mut self) -> Self {
        for text in [&mut self.stdout, &mut self.stderr] {
            if let Some(start) = text.find("Usage:").or_else(|| text.find("usage:")) {
                let before = text.get(..start).unwrap_or_default().trim();
                // The program's version differs.
                let is_title =
                    before.starts_with("aconnect - ") || before.starts_with("aseqnet - ");
                *text = format!("{}(usage)", if is_title { "" } else { before });
            }
        }
        self
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "exit status {:?}\n--- stdout\n{}--- stderr\n{}---",
            self.code, self.stdout, self.stderr
        )
    }
}

/// Sends a signal to a program that is client `id`, when it has read everything and
/// waits for more.
///
/// The originals look for a signal, and then call `poll`. They miss a signal that
/// arrives between the two, and wait for an event that does not come.
pub(crate) fn interrupt(program: &Child, signal: Signal, control: &ClientControl, id: ClientId) {
    let pool = || control.client_pool(id).unwrap();
    while pool().input_free() != pool().input() {
        std::thread::yield_now();
    }
    let stat = format!("/proc/{}/stat", program.id());
    while !std::fs::read_to_string(&stat).unwrap().contains(") S ") {
        std::thread::yield_now();
    }
    kill(Pid::from_raw(program.id().try_into().unwrap()), signal).unwrap();
}

/// A test that uses the whole sequencer holds it exclusively, so that nothing else changes. All
/// other tests hold it shared.
static SEQUENCER: RwLock<()> = RwLock::new(());

pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    // A failed test has closed its clients.
    SEQUENCER.write().unwrap_or_else(|error| error.into_inner())
}

pub(crate) fn beside_others() -> RwLockReadGuard<'static, ()> {
    SEQUENCER.read().unwrap_or_else(|error| error.into_inner())
}
