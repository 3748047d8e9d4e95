//! Running ours and theirs, and looking at what they say.

use std::fmt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use alsa_seq::{ClientControl, ClientId};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::newest_alsa_utils;

/// Which of the programs that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    /// The machine's own alsa-utils.
    Installed,
    /// Debian's newest.
    Newest,
}

/// A program that can be run under an old name.
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

    /// Those that are there; one that is missing is an error where everything
    /// is required. The machine's own may be too old to have all the names.
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

    /// It is called by its name, in the locale to which others are compared:
    /// theirs in C, ours in one that would translate.
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

    /// As a script starts it in its background: told to ignore Ctrl+C.
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

/// What a program said, and how it ended.
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

    /// How to use a program is said in our own words.
    pub(crate) fn without_usage(mut self) -> Self {
        for text in [&mut self.stdout, &mut self.stderr] {
            if let Some(start) = text.find("Usage:").or_else(|| text.find("usage:")) {
                let before = text.get(..start).unwrap_or_default().trim();
                // What the program is belongs to it.
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

/// Held by a test that looks at everything in the sequencer, so that nothing
/// else comes or goes; and by all others, so that they wait for it.
static SEQUENCER: RwLock<()> = RwLock::new(());

pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    // A test that failed has closed its clients.
    SEQUENCER.write().unwrap_or_else(|error| error.into_inner())
}

pub(crate) fn beside_others() -> RwLockReadGuard<'static, ()> {
    SEQUENCER.read().unwrap_or_else(|error| error.into_inner())
}
