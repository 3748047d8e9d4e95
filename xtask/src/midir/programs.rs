//! Builds published programs as static files on the stand-ins for `alsa-sys`. Except for one patch,
//! each is built as it was published. In a test kernel, each must send and receive.

mod build;
mod desk;
mod list;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::capi;
use crate::kernel::Wanted;
use crate::{musl, runner};
use desk::{Desk, Seen};

/// The argument that makes this binary run them.
pub(crate) const ROLE: &str = "midir-programs";

/// Time limit for all programs.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Size limit of a program in bytes. A larger program would be a mistake.
const LIMIT: u64 = 64_000_000;

struct Program {
    name: &'static str,
    version: &'static str,
    /// A description of the program.
    kind: &'static str,
    /// The crate that uses `alsa-sys`.
    uses: &'static str,
    /// The stand-in that its `Cargo.lock` requires.
    stand_in: &'static str,
    source: Source,
    /// Arguments for cargo.
    arguments: &'static [&'static str],
    /// The file that cargo builds then, in the directory of the profile.
    file: &'static str,
    /// Crates in its `Cargo.lock` that are too old for the sequencer or for the compiler.
    update: &'static [&'static str],
    /// Lets the program send and receive.
    work: fn(&Desk) -> Result<Seen>,
}

#[derive(Clone, Copy)]
enum Source {
    /// The whole program is published.
    Registry,
    /// A published library, in our own program in this directory.
    Ours(&'static str),
}

/// Builds the programs whose names contain `part`, and runs them in a kernel.
pub(super) fn start(kernel: &Wanted, home: &Path, part: &str) -> Result<ExitCode> {
    let programs: Vec<&Program> = list::PROGRAMS
        .iter()
        .filter(|program| program.name.contains(part))
        .collect();
    if programs.is_empty() {
        let names: Vec<_> = list::PROGRAMS.iter().map(|program| program.name).collect();
        bail!(
            "no program has {part:?} in its name; the programs are {}",
            names.join(", ")
        );
    }
    let builder = build::Builder::new(home)?;
    let device = builder.device()?;
    for program in &programs {
        let file = builder
            .program(program)
            .with_context(|| format!("{} {} is not built", program.name, program.version))?;
        musl::check(&file, &musl::X86_64, LIMIT)?;
        let needed = capi::needed_libraries(&file)?;
        if !needed.is_empty() {
            bail!("{} needs {needed:?}", file.display());
        }
    }
    let own = crate::own::file()?;
    let mut command: Vec<OsString> = vec![own.into(), ROLE.into()];
    command.push(builder.finished().into());
    command.push(device.into());
    command.extend(programs.iter().map(|program| program.name.into()));
    runner::run(Some(kernel.clone()), Some(TIMEOUT), command)
}

/// `xtask midir-programs DIRECTORY DEVICE NAME…`.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let mut next = || arguments.next().map(PathBuf::from);
    let directory = next().context("an argument is missing")?;
    let device = next().context("an argument is missing")?;
    let mut rows = Vec::new();
    for name in arguments {
        let program = list::PROGRAMS.iter().find(|program| name == program.name);
        let program = program.context("the program does not exist")?;
        // If the time limit is reached, this line names the program that hangs.
        println!("{} {}", program.name, program.version);
        let desk = Desk::new(&directory.join(program.name), &device)?;
        let seen = (program.work)(&desk)
            .with_context(|| format!("{} {}", program.name, program.version))?;
        println!("  sent {}; received {}", seen.sent, seen.received);
        rows.push(row(program, &directory, &seen)?);
    }
    println!(
        "\n| program | is | uses | stand-in | bytes | needs | sent | received |\n\
         |---|---|---|---|---|---|---|---|\n{}",
        rows.join("\n")
    );
    Ok(ExitCode::SUCCESS)
}

fn row(program: &Program, directory: &Path, seen: &Seen) -> Result<String> {
    let size = fs::metadata(directory.join(program.name))?.len();
    Ok(format!(
        "| {} {} | {} | {} | {} | {size} | nothing | {} | {} |",
        program.name,
        program.version,
        program.kind,
        program.uses,
        program.stand_in,
        seen.sent,
        seen.received
    ))
}
