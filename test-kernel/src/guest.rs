//! Runs inside the test kernel: the init process, and the agent, which runs programs for the runner
//! outside.
//!
//! Both are this same binary. The guest finds it at its host path, because the guest's root is the
//! host's file system. Init stays root and switches the machine off. The agent takes the caller's
//! identity, so programs inherit it.

mod agent;
mod init;
mod program;
mod report;
mod service;

use std::path::Path;

pub(crate) use agent::agent;
pub(crate) use init::init;

/// The arguments with which this binary becomes init or the agent.
pub(crate) const INIT: &str = "guest-init";
pub(crate) const AGENT: &str = "guest-agent";

/// The guest's end of the line to the runner.
const LINE: &str = "/dev/tty1";

/// The guest's root is the host's. At these paths, the guest mounts its own file systems, which
/// hide the host's files.
const HIDDEN: [&str; 4] = ["/dev", "/proc", "/sys", "/run"];

/// Host directories below these paths that often contain programs or temporary files. The guest
/// still sees such a directory if an argument of init names it.
const KEEPABLE: [&str; 2] = ["/run", "/dev/shm"];

/// Precedes such a directory in init's arguments.
const KEEP: &str = "keep=";

/// Precedes the file of a module in init's arguments.
const MODULE: &str = "module=";

/// The argument with which init loads a module.
pub(crate) fn module(file: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(MODULE);
    argument.push(file);
    argument
}

/// Returns the arguments that make init keep the files at these paths visible.
pub(crate) fn keep<'a>(paths: impl Iterator<Item = &'a Path> + Clone) -> Vec<String> {
    KEEPABLE
        .iter()
        .filter(|dir| paths.clone().any(|path| path.starts_with(dir)))
        .map(|dir| format!("{KEEP}{dir}"))
        .collect()
}

/// Returns whether the running kernel has this file system.
fn kernel_has(file_system: &str) -> bool {
    std::fs::read_to_string("/proc/filesystems")
        .unwrap_or_default()
        .lines()
        .any(|line| line.split('\t').nth(1) == Some(file_system))
}

/// Returns whether a host path is hidden inside.
pub(crate) fn hides(path: &Path) -> bool {
    HIDDEN.iter().any(|hidden| path.starts_with(hidden))
}
