//! Tests of the tasks on a machine without a sequencer.

// The lints do not know that helpers of tests are tests, too.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::{Command, Stdio};

#[test]
fn measuring_without_a_sequencer_names_the_missing_device() {
    let device = "/dev/snd/seq";
    let opened = fs::OpenOptions::new().read(true).write(true).open(device);
    let Err(error) = opened else {
        eprintln!("skipped: this machine has {device}");
        return;
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["bench", "--host", "--quick"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "xtask: measure on this machine (without --host, a test kernel is used): \
             open {device} to read and write: {error}\n"
        )
    );
}
