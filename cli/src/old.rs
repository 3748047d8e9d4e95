//! The programs of alsa-utils, with their options, their output and their exit status.
//!
//! They use the same code as the subcommands. This module only has the differences: their
//! arguments and their output. `docs/old-names.md` lists the differences from the
//! originals.

mod aconnect;
mod aplaymidi;
mod aplaymidi2;
mod arecordmidi;
mod arecordmidi2;
mod aseqdump;
#[doc(hidden)]
pub mod aseqnet;
mod aseqsend;
mod getopt;
mod ports;

use std::ffi::{OsStr, OsString};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use alsa_seq::{Address, ClientControl, PortInfo};
use nix::errno::Errno;

use crate::failure::Failure;
use crate::graph;
use crate::people::{end, printable, say};

type Run = fn(&Call) -> Result<(), Failure>;

/// Every old name, and its function.
const PROGRAMS: &[(&str, Run)] = &[
    ("aconnect", aconnect::run),
    ("aplaymidi", aplaymidi::run),
    ("aplaymidi2", aplaymidi2::run),
    ("arecordmidi", arecordmidi::run),
    ("arecordmidi2", arecordmidi2::run),
    ("aseqdump", aseqdump::run),
    ("aseqnet", aseqnet::run),
    ("aseqsend", aseqsend::run),
];

/// Every old name.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, _)| *name)
}

/// A call of an old program.
pub(crate) struct Call {
    /// The name by which it was called. Its messages begin with this.
    program: String,
    arguments: Vec<OsString>,
    run: Run,
}

impl Call {
    /// Returns the call if the program was called by an old name (also by a link), or if
    /// its first argument is an old name.
    pub(crate) fn from_arguments(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let mut program = arguments.next()?;
        let mut found = find(&program);
        if found.is_none() {
            program = arguments.next()?;
            // A path may be a file in the future, for a new subcommand.
            found = find(&program).filter(|_| Path::new(&program).file_name() == Some(&program));
        }
        Some(Self {
            run: found?,
            program: program.to_string_lossy().into_owned(),
            arguments: arguments.collect(),
        })
    }

    /// Runs the program. The error messages of these programs have no name before them, except if
    /// they contain it.
    pub(crate) fn run(&self) -> ExitCode {
        end((self.run)(self), |message| say(message))
    }
}

/// The program of this name, or of the name at the end of this path.
fn find(path: &OsStr) -> Option<Run> {
    let name = Path::new(path).file_name()?;
    PROGRAMS
        .iter()
        .find(|(old, _)| name == *old)
        .map(|(_, run)| *run)
}

/// Prints the usage of a program, and makes a failure of `message`, which may be empty.
fn usage(text: &str, message: &str) -> Failure {
    // An error is ignored: without a reader, the text is not needed.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Failure::Said(message.to_owned())
}

/// Prints our own version.
fn version(name: &str) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(std::io::stdout(), "{name} version {version} (aseq)").map_err(Failure::Output)
}

/// The C library's text for an error of the kernel.
fn errno_text(error: &alsa_seq::Error) -> String {
    error.raw_os_error().map_or_else(
        || error.to_string(),
        |errno| Errno::from_raw(errno).desc().to_owned(),
    )
}

/// Lists ports, as most of these programs do for `-l`.
fn list(control: &ClientControl, wants: impl Fn(&PortInfo) -> bool) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut line = |address: String, client: &str, port: &str| {
        writeln!(out, "{address:<7}  {client:<32.32} {port}").map_err(Failure::Output)
    };
    line(" Port".to_owned(), "Client name", "Port name")?;
    for client in graph::clients(control, wants)? {
        for port in client.ports {
            let address = port.info.address();
            line(
                format!("{:>3}:{}", address.client, address.port),
                &printable(&client.info.name()),
                &printable(&port.info.name()),
            )?;
        }
    }
    out.flush().map_err(Failure::Output)
}

/// Prints requested information.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(Failure::Output)
}

/// Reads an address. `20.0` is also accepted for `20:0`.
fn parse_address(control: &ClientControl, text: &str) -> alsa_seq::Result<Address> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((client, port)) if is_number(client) && is_number(port) => {
            control.parse_address(&format!("{client}:{port}"))
        }
        _ => control.parse_address(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arguments: &[&str]) -> Option<(String, Vec<OsString>)> {
        Call::from_arguments(arguments.iter().map(OsString::from))
            .map(|call| (call.program, call.arguments))
    }

    #[test]
    fn an_old_name_is_the_program_or_its_first_argument() {
        for arguments in [
            &["aconnect", "-l", "x"] as &[&str],
            &["aseq", "aconnect", "-l", "x"],
            &["/usr/bin/aseq", "aconnect", "-l", "x"],
        ] {
            let (program, rest) = call(arguments).unwrap();
            assert_eq!(program, "aconnect");
            assert_eq!(rest, ["-l", "x"]);
        }
        assert_eq!(call(&["/usr/bin/aconnect"]).unwrap().0, "/usr/bin/aconnect");
        for arguments in [
            &[] as &[&str],
            &["aseq"],
            &["aseq", "list"],
            &["aseq", "./aconnect"],
            &["aseq", "-v", "aconnect"],
            &["/aconnect/aseq"],
        ] {
            assert_eq!(call(arguments), None, "{arguments:?}");
        }
    }
}
