//! What runs inside the test kernel: the init process, and the agent that
//! runs one program for the runner outside.
//!
//! Both are this same binary, which the guest finds at its host path because
//! its root is the host's file system. Init stays root and ends the machine;
//! the agent takes the caller's identity, so the program inherits it the
//! ordinary way.

mod agent;
mod init;
mod program;
mod report;
mod service;

use std::path::Path;

pub(crate) use agent::agent;
pub(crate) use init::init;

/// The arguments by which this binary is told to be one of the two.
pub(crate) const INIT: &str = "guest-init";
pub(crate) const AGENT: &str = "guest-agent";

/// The guest's end of the line to the runner.
const LINE: &str = "/dev/tty1";

/// The guest's root is the host's: what the guest mounts over hides the
/// host's files there.
const HIDDEN: [&str; 4] = ["/dev", "/proc", "/sys", "/run"];

/// Where people keep programs and temporary files nevertheless: there the
/// guest goes on seeing the host's files when init is told so.
const KEEPABLE: [&str; 2] = ["/run", "/dev/shm"];

/// Precedes such a directory in init's arguments.
const KEEP: &str = "keep=";

/// Precedes the file of a module in init's arguments.
const MODULE: &str = "module=";

/// The argument by which init loads a module.
pub(crate) fn module(file: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(MODULE);
    argument.push(file);
    argument
}

/// The arguments by which init leaves what is at these paths visible.
pub(crate) fn keep<'a>(paths: impl Iterator<Item = &'a Path> + Clone) -> Vec<String> {
    KEEPABLE
        .iter()
        .filter(|dir| paths.clone().any(|path| path.starts_with(dir)))
        .map(|dir| format!("{KEEP}{dir}"))
        .collect()
}

/// Whether the running kernel was built with this file system.
fn kernel_has(file_system: &str) -> bool {
    std::fs::read_to_string("/proc/filesystems")
        .unwrap_or_default()
        .lines()
        .any(|line| line.split('\t').nth(1) == Some(file_system))
}

/// Whether a host path cannot be seen inside.
pub(crate) fn hides(path: &Path) -> bool {
    HIDDEN.iter().any(|hidden| path.starts_with(hidden))
}
