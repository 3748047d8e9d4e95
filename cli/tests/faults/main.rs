//! Runs `aseq` with each allocation and each copy in the kernel failing after it has opened the
//! sequencer. The program must report the failed operation, end with the right status, and leave no
//! unwanted files.
//!
//! This program starts the traced program through itself (`test_kernel::role`), so it has its own
//! `main` in place of the test harness. The name of a command as argument selects that command;
//! `--show` prints the result of each fault.

// Helpers of tests are tests as well.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::process::ExitCode;

#[cfg(target_arch = "x86_64")]
mod run;
#[cfg(target_arch = "x86_64")]
mod work;

#[cfg(target_arch = "x86_64")]
fn main() -> ExitCode {
    if let Some(status) = test_kernel::role() {
        return status;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((run::FAULTY, rest)) = arguments.split_first().map(|(a, b)| (a.as_str(), b)) {
        return run::faulty(rest);
    }
    // For tools that ask the test harness for the list of tests.
    if arguments.iter().any(|argument| argument == "--list") {
        println!("faults: test");
        return ExitCode::SUCCESS;
    }
    if !support::sequencer() {
        return ExitCode::SUCCESS;
    }
    if !support::in_test_kernel() {
        support::say_skipped("this is not a test kernel, where nobody else uses the sequencer");
        return ExitCode::SUCCESS;
    }
    if let Err(error) = test_kernel::fault::arm(1) {
        support::skip(&format!("this kernel lets no fault happen: {error}"));
        return ExitCode::SUCCESS;
    }
    let mut chosen = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'));
    let chosen = chosen.next().map(String::as_str);
    let show = arguments.iter().any(|argument| argument == "--show");
    let mut works = work::all();
    if let Some(chosen) = chosen {
        works.retain(|work| work.name == chosen);
        println!("{} commands are called {chosen}", works.len());
    }
    let mut failures = Vec::new();
    for mut work in works {
        let (runs, mut wrong) = run::sweep(&mut work, show);
        println!("{}: {runs} faults, {} wrong", work.name, wrong.len());
        failures.append(&mut wrong);
    }
    for failure in &failures {
        println!("FAILED {failure}");
    }
    ExitCode::from(u8::from(!failures.is_empty()))
}

#[cfg(not(target_arch = "x86_64"))]
fn main() -> ExitCode {
    ExitCode::SUCCESS
}
