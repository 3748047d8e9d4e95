//! The command's own options. It does not interpret options of the program.

use std::process::{Command, Stdio};

use super::support::{kernel, output, text};

/// Runs `test-kernel ARGUMENTS` on the kernel of the other tests.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_test-kernel"));
    command.args(arguments).stdin(Stdio::null());
    match std::env::var_os("TEST_KERNEL") {
        Some(kernel) if kernel != "host" && !kernel.is_empty() => {}
        _ => {
            command.env("TEST_KERNEL", "6.12");
        }
    }
    command
}

#[test]
fn the_programs_arguments_are_passed_to_the_program() {
    if !kernel() {
        return;
    }
    let program = ["printf", "%s\n", "--kernel", "--", "-h", "--timeout=1"];
    for start in [&["run", "--"][..], &["run"], &["runner", "--"], &["runner"]] {
        let output = output(&mut command(&[start, &program].concat()));
        let stderr = text(&output.stderr);
        let expected = "--kernel\n--\n-h\n--timeout=1\n";
        assert_eq!(text(&output.stdout), expected, "{start:?}: {stderr}");
    }
}

#[test]
fn options_set_up_the_machine() {
    if !kernel() {
        return;
    }
    let script = "id -u; grep -o quiet=x /proc/cmdline; awk '/MemTotal/ { print $2 < 131072 }' /proc/meminfo; exit 9";
    let options = ["--root", "--option", "quiet=x", "--memory", "128"];
    let program = ["--", "sh", "-c", script];
    let output = output(&mut command(&[&["run"], &options[..], &program].concat()));
    assert_eq!(output.status.code(), Some(9), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "0\nquiet=x\n1\n");
}

#[test]
fn options_are_refused_on_the_host() {
    let output = output(&mut command(&[
        "run", "--kernel", "host", "--root", "--", "true",
    ]));
    assert_eq!(output.status.code(), Some(125));
    assert!(text(&output.stderr).contains("name a test kernel"));
}
