//! The workspace this program belongs to, and cargo in it.

use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context as _, Result};

use crate::runner;

/// The workspace's root directory.
pub(crate) fn root() -> Result<PathBuf> {
    // At run time where cargo started us: the directory may have been moved
    // since the build.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = manifest
        .parent()
        .with_context(|| format!("find the workspace of {}", manifest.display()))?;
    Ok(root.to_owned())
}

/// Where cargo keeps what it has downloaded.
pub(crate) fn cargo_home() -> Result<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .context("neither CARGO_HOME nor HOME says where cargo keeps its files")
}

/// A cargo that works on the workspace, as if it had been started by hand.
pub(crate) fn cargo() -> Result<Command> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()?);
    // What the cargo that started us said about this package. The runner
    // would take each program for ours.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ]
        .iter()
        .any(|prefix| text.starts_with(prefix))
            || text == "CARGO_PRIMARY_PACKAGE";
        if ours {
            cargo.env_remove(name);
        }
    }
    Ok(cargo)
}

/// Runs a command to its end, with our own input and output.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    let shown: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let shown = shown.join(" ");
    eprintln!("$ {shown}");
    command.status().with_context(|| format!("run {shown}"))
}

/// The same end for us.
pub(crate) fn end_as(status: ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => ExitCode::from(u8::try_from(code).unwrap_or(runner::FAILED)),
        (None, Some(signal)) => runner::die(signal),
        (None, None) => ExitCode::from(runner::FAILED),
    }
}
