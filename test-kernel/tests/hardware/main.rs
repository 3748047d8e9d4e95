//! Tests of a machine's hardware: USB keyboards, faults, slow cables, and faulty states of the
//! sequencer's node.
//!
//! Without a cached test kernel, these tests are skipped and print a message.
//! `TEST_KERNEL_REQUIRED=1` makes that a failure.

// The lints do not know that helpers of tests are tests, too.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod cable;
mod fault;
mod node;
mod usb;

use test_kernel::{Error, Machine, Output, Session, Stdio};

/// The command. Programs inside start it, too.
const PROGRAM: &str = env!("CARGO_BIN_EXE_test-kernel");

fn machine() -> Machine {
    Machine::new().program(PROGRAM)
}

/// Returns a machine, if a kernel is in the cache.
fn boot(machine: &Machine) -> Option<Session> {
    match machine.boot() {
        Ok(session) => Some(session),
        Err(error @ Error::NoKernel { .. }) => {
            let required = std::env::var_os("TEST_KERNEL_REQUIRED").is_some_and(|v| v == "1");
            assert!(!required, "{error}");
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn session() -> Option<Session> {
    boot(&machine())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a program inside to its end.
fn output(session: &Session, argv: &[&str]) -> Output {
    let (program, args) = argv.split_first().unwrap();
    let command = session.command(program).args(args);
    command.stdin(Stdio::Null).output().unwrap()
}

/// Returns the output of a program inside. It must succeed.
fn output_of(session: &Session, argv: &[&str]) -> String {
    let output = output(session, argv);
    let stderr = text(&output.stderr);
    assert!(output.status.success(), "{argv:?}: {stderr}");
    text(&output.stdout)
}

/// Runs `test-kernel ARGUMENTS` inside.
fn command<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&[PROGRAM], arguments].concat()
}
