//! The workspace of this program, and cargo in the workspace.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context as _, Result};

use crate::runner;
use crate::steps::{self, Gauge};

/// The workspace's root directory.
pub(crate) fn root() -> Result<PathBuf> {
    // Read at run time if cargo has started this program, because the directory may have been moved
    // since the build.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = manifest
        .parent()
        .with_context(|| format!("find the workspace of {}", manifest.display()))?;
    Ok(root.to_owned())
}

/// Returns the directory of cargo's downloads.
pub(crate) fn cargo_home() -> Result<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .context("cargo's directory is unknown: CARGO_HOME and HOME are not set")
}

/// Returns a cargo command for the workspace, as if a user had started it.
pub(crate) fn cargo() -> Result<Command> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = unmarked(&cargo);
    cargo.current_dir(root()?);
    Ok(cargo)
}

/// Removes variables that cargo has set for this program from a command. With them, the runner
/// would handle each program as a program of this package.
pub(crate) fn unmarked(program: &OsStr) -> Command {
    let mut command = Command::new(program);
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
            command.env_remove(name);
        }
    }
    command
}

/// Builds a package with cargo's arguments. Returns the path of its program.
pub(crate) fn build(package: &str, arguments: &[&str]) -> Result<PathBuf> {
    let mut cargo = cargo()?;
    cargo
        .args(["build", "--locked", "--package", package])
        .args(["--message-format", "json-render-diagnostics"])
        .args(arguments);
    executable(&format!("building {package}"), &mut cargo)
}

/// Runs a cargo that builds and prints JSON. Returns the path of the first program.
pub(crate) fn executable(title: &str, cargo: &mut Command) -> Result<PathBuf> {
    let messages = steps::run(title, &Gauge::Time, cargo)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| Some(message.get("executable")?.as_str()?.into()))
        .context("cargo prints no path of a program")
}

/// Runs a command to its end, with the input and output of this process.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    let shown: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let shown = shown.join(" ");
    eprintln!("$ {shown}");
    command.status().with_context(|| format!("run {shown}"))
}

/// Ends this process in the same way as the command.
pub(crate) fn end_as(status: ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => ExitCode::from(u8::try_from(code).unwrap_or(runner::FAILED)),
        (None, Some(signal)) => runner::die(signal),
        (None, None) => ExitCode::from(runner::FAILED),
    }
}
