//! A kernel that fails is an error, and no process is left running.

use std::fs;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use rustix::process::{PidfdFlags, pidfd_open};

use super::support::{DEADLINE, Running, kernel, output, readable, runner, script, text};
use crate::program::write_program;

/// Returns the processes with this parent (field 1) or this session (field 3), from /proc.
fn processes(field: usize, value: i32) -> Vec<i32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // The name may contain any character. After it: state, parent, group, session.
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        if rest.split_whitespace().nth(field) == Some(&value.to_string()) {
            found.push(pid);
        }
    }
    found
}

/// The kernel is the runner's only child.
fn kernel_of(running: &Running) -> i32 {
    let children = processes(1, running.pid().as_raw());
    assert_eq!(children.len(), 1);
    children[0]
}

#[test]
fn a_killed_runner_leaves_no_processes_and_files() {
    if !kernel() {
        return;
    }
    let mut running = Running::start(&mut script("sleep 1000 & sleep 1000 & echo ready; wait"));
    running.wait_for("ready\n");
    // The kernel leads a session that contains all its processes.
    let session = kernel_of(&running);
    let before = processes(3, session);
    assert!(before.contains(&session));
    running.signal(Signal::SIGKILL);
    let end = Instant::now() + DEADLINE;
    loop {
        let left = processes(3, session);
        let Some(&pid) = left.first() else {
            break;
        };
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        // The process may have ended in the meantime.
        if let Ok(watch) = pidfd_open(pid, PidfdFlags::empty()) {
            assert!(readable(watch, end), "{left:?} outlive the runner");
        }
        // An orphan's entry disappears when its new parent has waited for it.
        if left.iter().all(|pid| is_zombie(*pid)) {
            break;
        }
    }
}

fn is_zombie(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_none_or(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
}

#[test]
fn a_killed_kernel_is_an_error() {
    if !kernel() {
        return;
    }
    let mut running = Running::start(&mut script("echo ready; exec sleep 1000"));
    running.wait_for("ready\n");
    kill(Pid::from_raw(kernel_of(&running)), Signal::SIGKILL).unwrap();
    let (status, _, stderr) = running.finish();
    assert_eq!(status.code(), Some(125), "{stderr}");
    assert!(stderr.contains("the test kernel died"), "{stderr}");
    assert!(stderr.contains("SIGKILL"), "{stderr}");
}

#[test]
fn a_panic_is_an_error_that_shows_the_console() {
    if !kernel() || !geteuid().is_root() {
        return;
    }
    let mut running = Running::start(&mut script(
        "echo before; read go; echo c > /proc/sysrq-trigger; echo after",
    ));
    running.wait_for("before\n");
    let (status, stdout, stderr) = running.finish();
    assert_eq!(status.code(), Some(125));
    assert_eq!(stdout, "before\n");
    assert!(stderr.contains("the test kernel died"), "{stderr}");
    assert!(stderr.contains("sysrq triggered crash"), "{stderr}");
}

#[test]
fn a_power_off_is_an_error() {
    if !kernel() || !geteuid().is_root() {
        return;
    }
    let output = output(&mut script("echo o > /proc/sysrq-trigger; sleep 1000"));
    assert_eq!(output.status.code(), Some(125), "{}", text(&output.stderr));
}

#[test]
fn a_file_that_is_not_a_kernel_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let fake = dir.path().join("linux");
    write_program(&fake, "#!/bin/sh\necho I am not a kernel\nexit 3\n");
    let output1 = output(runner(["true"]).env("TEST_KERNEL", &fake));
    assert_eq!(output1.status.code(), Some(125));
    let stderr = text(&output1.stderr);
    assert!(
        stderr.contains("died (exit status: 3) while booting"),
        "{stderr}"
    );
    assert!(stderr.contains("I am not a kernel"), "{stderr}");

    let output2 = output(runner(["true"]).env("TEST_KERNEL", "/no/such/kernel"));
    assert_eq!(output2.status.code(), Some(125));
    assert!(text(&output2.stderr).contains("/no/such/kernel"));
}

/// The first message of another version of the program, from a fake kernel. The line is its
/// standard input.
#[test]
fn another_version_of_the_protocol_is_an_error_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let fake = dir.path().join("linux");
    for (hello, theirs) in [
        (r"A\000\024\000test-kernel agent 70", "70"),
        (r"A\000\005\000hello", "an unknown one"),
    ] {
        write_program(
            &fake,
            &format!("#!/bin/sh\nprintf '{hello}' >&0\nexec sleep 1000\n"),
        );
        let output = output(runner(["true"]).env("TEST_KERNEL", &fake));
        assert_eq!(output.status.code(), Some(125));
        let stderr = text(&output.stderr);
        let complaint = format!(
            "test-kernel: the machine's first program uses another version of the protocol: {theirs}, not "
        );
        assert!(stderr.starts_with(&complaint), "{stderr}");
        assert!(
            stderr.contains("\nhint: another version of test-kernel"),
            "{stderr}"
        );
    }
}

#[test]
fn a_run_ends_at_its_time_limit() {
    if !kernel() {
        return;
    }
    // If the machine is so busy that the program does not sleep in time, it gets more time.
    let runs = ["1", "10", "50"].into_iter().map(|seconds| {
        let mut command = script("echo before; exec sleep 1000");
        let output = output(command.env("TEST_KERNEL_TIMEOUT", seconds));
        assert_eq!(output.status.code(), Some(124));
        (seconds, text(&output.stdout), text(&output.stderr))
    });
    let mut in_time = runs.filter(|(_, stdout, stderr)| {
        // The function in which it sleeps.
        stdout == "before\n" && stderr.contains(" S sleep: ")
    });
    let (seconds, _, stderr) = in_time.next().unwrap();
    let reason = format!("ran for more than {seconds} s");
    assert!(stderr.contains(&reason), "{stderr}");
    // The kernel's own report.
    if geteuid().is_root() {
        assert!(stderr.contains("sysrq: Show Blocked State"), "{stderr}");
    }
}

#[test]
fn several_kernels_run_at_the_same_time() {
    if !kernel() {
        return;
    }
    let running: Vec<Running> = (0..4)
        .map(|n| Running::start(&mut script(&format!("read line; echo {n} $line"))))
        .collect();
    for (n, mut running) in running.into_iter().enumerate() {
        use std::io::Write as _;
        let mut stdin = running.child.stdin.take().unwrap();
        stdin.write_all(b"answer\n").unwrap();
        let (status, stdout, stderr) = running.finish();
        assert!(status.success(), "{stderr}");
        assert_eq!(stdout, format!("{n} answer\n"));
    }
}
