//! Signals reach the program in every situation.

use std::io::Write as _;

use nix::sys::signal::Signal;

use super::support::{Running, kernel, script, signal};

/// Prints a line when the signal arrives, and ends.
fn trapping(name: &str) -> Running {
    let mut running = Running::start(&mut script(&format!(
        "trap 'echo got {name}; exit 7' {name}; echo ready; sleep 1000 & wait"
    )));
    running.wait_for("ready\n");
    running
}

#[test]
fn signals_are_passed_on() {
    if !kernel() {
        return;
    }
    for (name, number) in [
        ("INT", Signal::SIGINT),
        ("TERM", Signal::SIGTERM),
        ("HUP", Signal::SIGHUP),
        ("QUIT", Signal::SIGQUIT),
        ("USR1", Signal::SIGUSR1),
        ("USR2", Signal::SIGUSR2),
    ] {
        let running = trapping(name);
        running.signal(number);
        let (status, stdout, stderr) = running.finish();
        assert_eq!(stdout, format!("ready\ngot {name}\n"));
        assert_eq!(stderr, "");
        assert_eq!(status.code(), Some(7));
    }
}

#[test]
fn a_signal_that_ends_the_program_ends_the_runner() {
    if !kernel() {
        return;
    }
    for number in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let mut running = Running::start(&mut script("echo ready; exec sleep 1000"));
        running.wait_for("ready\n");
        running.signal(number);
        let (status, _, _) = running.finish();
        assert_eq!(signal(status), Some(number as i32));
    }
}

/// If a shell was started with the signal ignored, the signal cannot end it.
#[test]
fn a_signal_that_is_ignored_outside_becomes_a_status() {
    if !kernel() {
        return;
    }
    let inside = script("kill -INT $$");
    let mut command = std::process::Command::new("env");
    command.arg("--ignore-signal=INT");
    command.args(inside.get_args().skip(1));
    command.envs(
        inside
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let output = super::support::output(&mut command);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
}

#[test]
fn signals_overtake_unread_input() {
    if !kernel() {
        return;
    }
    let mut running = trapping("INT");
    let mut stdin = running.child.stdin.take().unwrap();
    let flood = std::thread::spawn(move || while stdin.write_all(&[b'x'; 4096]).is_ok() {});
    // The output stops when each buffer on the way is full. The signal must not wait for that, nor
    // for the program to read.
    running.signal(Signal::SIGINT);
    running.wait_for("got INT\n");
    drop(running);
    flood.join().unwrap();
}

#[test]
fn signals_overtake_unread_output() {
    if !kernel() {
        return;
    }
    let mut running = Running::start(&mut script(
        "trap 'echo got USR1 >&2; exit 0' USR1; echo ready; yes > /dev/stdout & wait",
    ));
    running.wait_for("ready\n");
    running.signal(Signal::SIGUSR1);
    let mut stderr = running.child.stderr.take().unwrap();
    let mut seen = Vec::new();
    super::support::read_until(&mut stderr, &mut seen, "got USR1\n").unwrap();
}

#[test]
fn a_stopped_program_stops_the_runner() {
    if !kernel() {
        return;
    }
    use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
    let mut running = Running::start(&mut script("echo ready; kill -STOP $$; echo again"));
    running.wait_for("ready\n");
    let status = waitpid(running.pid(), Some(WaitPidFlag::WUNTRACED)).unwrap();
    assert_eq!(status, WaitStatus::Stopped(running.pid(), Signal::SIGSTOP));
    running.signal(Signal::SIGCONT);
    running.wait_for("again\n");
    assert!(running.finish().0.success());
}
