//! The workspace of this program, and cargo in the workspace.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
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
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_mark(name)) {
        command.env_remove(name);
    }
    command
}

/// Returns whether cargo sets this variable for programs that it runs.
fn is_mark(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let prefixes = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ];
    prefixes.iter().any(|prefix| name.starts_with(prefix)) || name == "CARGO_PRIMARY_PACKAGE"
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
    let line = shell_line(command);
    eprintln!("$ {line}");
    command.status().with_context(|| format!("run {line}"))
}

/// Returns the line that makes a shell run the command with its variables, in its directory.
fn shell_line(command: &Command) -> String {
    let mut line = String::new();
    let here = std::env::current_dir().ok();
    if let Some(directory) = command
        .get_current_dir()
        .filter(|it| here.as_deref() != Some(it))
    {
        line.push_str(&format!("cd {} && ", quoted(directory.as_os_str())));
    }
    let (mut removed, mut set) = (Vec::new(), Vec::new());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => set.push(format!("{}={}", quoted(name), quoted(value))),
            // A user's shell does not have the variables that cargo sets.
            None if is_mark(name) => {}
            None => removed.push(format!("-u {}", quoted(name))),
        }
    }
    let mut words = Vec::new();
    if !removed.is_empty() || !set.is_empty() {
        words.push("env".to_owned());
    }
    words.extend(removed);
    words.extend(set);
    words.push(quoted(command.get_program()));
    words.extend(command.get_args().map(quoted));
    line + &words.join(" ")
}

/// Quotes a word for a shell.
pub(crate) fn quoted(word: &OsStr) -> String {
    let quoted = shlex::bytes::Quoter::new()
        .allow_nul(true)
        .quote(word.as_bytes())
        .map(|quoted| String::from_utf8_lossy(&quoted).into_owned());
    // Only a NUL is an error, and it is allowed: a command with a NUL does not start.
    quoted.unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_runs_the_printed_line_like_the_command() {
        let script = r#"pwd; env | grep -c '^PATH='; printenv RUSTFLAGS; printf '<%s>\n' "$@""#;
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new("/bin/sh");
        command
            .args([
                "-c",
                script,
                "sh",
                "plain",
                "two words",
                "",
                "--remap=/a b/=/",
            ])
            .args([
                "[\"-C\",\"x\"]",
                "it's",
                "$HOME `id` \\ !\n*",
                "a=b;c",
                "~",
                "#",
            ])
            .env("RUSTFLAGS", "-C target-feature=+crt-static -C 'x'")
            .env_remove("PATH")
            .current_dir(directory.path());
        let line = shell_line(&command);
        let output = |command: &mut Command| {
            let output = command.output().unwrap();
            (output.status, String::from_utf8(output.stdout).unwrap())
        };
        let direct = output(&mut command);
        let pasted = output(Command::new("/bin/sh").args(["-c", &line]));
        assert_eq!(pasted, direct, "{line}");
        assert!(direct.1.contains("<two words>"), "{}", direct.1);
    }

    /// In this directory, without variables, the line has nothing that a user does not need.
    #[test]
    fn a_plain_command_is_printed_without_additions() {
        let mut command = unmarked(OsStr::new("cargo"));
        command.args(["test", "--package", "alsa-seq", "--", "a b"]);
        let line = shell_line(&command);
        assert_eq!(line, "cargo test --package alsa-seq -- 'a b'");
    }
}
