//! Exit codes and signals pass through unchanged.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::support::{kernel, output, runner, script, signal, text};

#[test]
fn exit_codes_pass_through() {
    if !kernel() {
        return;
    }
    for code in [0, 1, 42, 101, 255] {
        let output = output(&mut script(&format!("exit {code}")));
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn deaths_by_signal_pass_through() {
    if !kernel() {
        return;
    }
    // SEGV, ABRT, KILL, TERM, PIPE, and one of the real-time signals.
    for number in [11, 6, 9, 15, 13, 40] {
        let output = output(&mut script(&format!("kill -{number} $$")));
        assert_eq!(signal(output.status), Some(number));
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn a_program_that_cannot_run_is_an_error() {
    if !kernel() {
        return;
    }
    let output1 = output(&mut runner(["/there/is/no/such/program"]));
    assert_eq!(output1.status.code(), Some(127));
    assert!(text(&output1.stderr).contains("/there/is/no/such/program"));

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("not-a-program");
    fs::write(&file, "\0\0\0\0").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    let output2 = output(&mut runner([&file]));
    assert_eq!(
        output2.status.code(),
        Some(126),
        "{}",
        text(&output2.stderr)
    );
}

#[test]
fn remaining_processes_do_not_delay_the_end() {
    if !kernel() {
        return;
    }
    let output = output(&mut script("sleep 1000 & echo started"));
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), "started\n");
}

#[test]
fn files_written_inside_are_complete_outside() {
    if !kernel() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("big");
    let mut command = script("head -c 5000000 /dev/zero | tr '\\0' x > \"$FILE\"");
    assert!(output(command.env("FILE", &file)).status.success());
    let content = fs::read(&file).unwrap();
    assert_eq!(content.len(), 5_000_000);
    assert!(content.iter().all(|b| *b == b'x'));
}
