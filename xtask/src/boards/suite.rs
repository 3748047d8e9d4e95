//! `--suite`: the library's own tests of the sequencer, in the image of a board.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use super::qemu::Qemu;
use super::table::{Board, Place};
use crate::musl::{self, Builder, Contents};
use crate::steps;

/// Tests that run another project's program, which the image does not have.
const SKIPPED: [(&str, &str); 6] = [
    ("peers::a_receiver_that_dies_is_no_trouble", "aseqdump"),
    (
        "peers::aconnect_connects_our_ports_and_we_are_told",
        "aconnect",
    ),
    (
        "peers::aconnect_sees_our_clients_ports_and_connections",
        "aconnect",
    ),
    ("peers::aseqdump_receives_what_we_send", "aseqdump"),
    ("peers::opening_touches_no_other_file", "strace"),
    ("topology::aconnect_is_followed", "aconnect"),
];

/// It takes a minute; but machines may be busy, and QEMU runs one instruction after the
/// other.
const PATIENCE: Duration = Duration::from_secs(1800);

/// What the tests print at the end.
const RESULT: &str = "test result: ";

/// Builds the tests for each board and runs them there.
pub(super) fn run(boards: &[&'static Board]) -> Result<ExitCode> {
    let qemu = Qemu::obtain(&super::packages(boards))?;
    let mut failed = Vec::new();
    for board in boards {
        match run_on(board, &qemu) {
            Ok(result) => println!("{}: {result}", board.name),
            Err(error) if error.is::<steps::Interrupted>() => return Err(error),
            Err(error) => {
                eprintln!("{}: FAILED: {error:#}", board.name);
                failed.push(board.name);
            }
        }
    }
    for (test, program) in SKIPPED {
        println!("skipped: {test}: it needs {program}");
    }
    if !failed.is_empty() {
        bail!("these boards failed: {}", failed.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the summary of the tests.
fn run_on(board: &'static Board, qemu: &Qemu) -> Result<String> {
    let Place::Qemu(kernel, machine) = board.place else {
        bail!("cargo xtask test runs the tests in the test kernel");
    };
    let builder = Builder::obtain(board.target)?;
    let tests = builder.tests()?;
    let init = builder.init()?;
    let files = kernel.obtain()?;
    let mut arguments = vec!["--test-threads=1", "--nocapture", "--exact"];
    for (test, _) in SKIPPED {
        arguments.extend(["--skip", test]);
    }
    let contents = Contents {
        init: &init,
        modules: &files.modules,
        programs: &[("tests", &tests)],
        arguments: &arguments,
    };
    let image = contents.write()?;
    let title = format!("tests/kernel: {} on Linux {}", board.name, files.version);
    let mut machine = qemu.command(machine, &files.kernel, image.path());
    let lines = musl::watch(&title, PATIENCE, &mut machine)?.lines;
    // What a test skips for a reason of the kernel, it says itself.
    for line in lines.iter().filter(|line| line.contains("SKIPPED")) {
        println!("{}: {line}", board.name);
    }
    match lines.iter().find_map(|line| line.strip_prefix(RESULT)) {
        Some(result) => Ok(result.to_owned()),
        None => bail!("the tests print no result"),
    }
}
