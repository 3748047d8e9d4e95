//! `--suite`: the library's own tests of the sequencer, in the image of a board.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use super::beside::Beside;
use super::table::{Board, Place};
use crate::musl::{self, Builder, Contents};
use crate::steps;

/// Tests that run another project's program, which the image does not have.
const SKIPPED: [(&str, &str); 6] = [
    (
        "peers::a_killed_receiver_does_not_disturb_the_sender",
        "aseqdump",
    ),
    (
        "peers::aconnect_connects_our_ports_and_we_are_notified",
        "aconnect",
    ),
    (
        "peers::aconnect_sees_our_clients_ports_and_connections",
        "aconnect",
    ),
    ("peers::aseqdump_receives_our_events", "aseqdump"),
    ("peers::opening_touches_no_other_file", "strace"),
    ("topology::following::aconnect_is_followed", "aconnect"),
];

/// Usually a minute is enough, but machines may be busy, and QEMU runs one instruction after the
/// other.
const PATIENCE: Duration = Duration::from_secs(1800);

/// The summary that the tests print at the end.
const RESULT: &str = "test result: ";

/// Builds the tests for each board and runs them there.
pub(super) fn run(boards: &[&'static Board]) -> Result<ExitCode> {
    if boards
        .iter()
        .any(|board| matches!(board.place, Place::TestKernel))
    {
        bail!("cargo xtask test runs the tests in the test kernel");
    }
    let beside = Beside::start(boards)?;
    let mut built = Vec::new();
    for board in boards {
        match Programs::build(board) {
            Err(error) if error.is::<steps::Interrupted>() => return Err(error),
            programs => built.push((board, programs)),
        }
    }
    beside.finish()?;
    let mut failed = Vec::new();
    for (board, programs) in built {
        match programs.and_then(|programs| programs.run_on(board)) {
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

/// Builds the tests for a board.
struct Programs {
    tests: PathBuf,
    init: PathBuf,
}

impl Programs {
    fn build(board: &Board) -> Result<Self> {
        let builder = Builder::obtain(board.target)?;
        Ok(Self {
            tests: builder.tests()?,
            init: builder.init()?,
        })
    }

    /// Returns the summary of the tests.
    fn run_on(&self, board: &Board) -> Result<String> {
        let Place::Qemu(kernel, machine) = board.place else {
            bail!("the machine is missing");
        };
        let files = kernel.obtain()?;
        let mut arguments = vec!["--test-threads=1", "--nocapture", "--exact"];
        for (test, _) in SKIPPED {
            arguments.extend(["--skip", test]);
        }
        let contents = Contents {
            init: &self.init,
            modules: &files.modules,
            programs: &[("tests", &self.tests)],
            arguments: &arguments,
        };
        let image = contents.write()?;
        let title = format!("tests/kernel: {} on Linux {}", board.name, files.version);
        let mut machine = machine
            .obtain()?
            .command(machine, &files.kernel, image.path());
        let passed = musl::watch(&title, PATIENCE, &mut machine)?;
        // If the kernel makes a test skip something, the test prints that itself.
        for line in passed.lines.iter().filter(|line| line.contains("SKIPPED")) {
            println!("{}: {line}", board.name);
        }
        result(&passed.lines)
    }
}

/// Returns the summary in the output of the tests.
fn result(lines: &[String]) -> Result<String> {
    let result = lines.iter().find_map(|line| line.strip_prefix(RESULT));
    match result {
        None => bail!("the tests print no result"),
        Some(result) if result.starts_with("ok. 0 passed") => bail!("no test was run"),
        Some(result) => Ok(result.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_tests_is_a_failure() {
        let lines = |last: &str| ["running tests".to_owned(), last.to_owned()];
        let good = "ok. 151 passed; 0 failed; 0 ignored; 0 measured; 6 filtered out";
        let found = result(&lines(&format!("{RESULT}{good}"))).unwrap();
        assert_eq!(found, good);
        assert!(result(&lines("test result: ok. 0 passed; 0 failed")).is_err());
        assert!(result(&lines("test a::b ... ok")).is_err());
    }
}
