//! Machines of the library: several programs at the same time in one machine.
//!
//! Without a cached test kernel, these tests are skipped and print a message.
//! `TEST_KERNEL_REQUIRED=1` makes that a failure.

// The lints do not know that helpers of tests are tests, too.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::io::{BufReader, Read as _, Write as _};
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use test_kernel::{Error, ExitStatus, Machine, Session, Signal, Stdio};

/// Longer than all operations of the tests, also on a slow machine.
const DEADLINE: Duration = Duration::from_secs(60);

fn machine() -> Machine {
    Machine::new().program(env!("CARGO_BIN_EXE_test-kernel"))
}

/// Returns a machine, if a kernel is in the cache.
fn session() -> Option<Session> {
    boot(&machine())
}

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

/// Reads a line of a program's output.
fn line(from: &mut impl std::io::BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line
}

#[test]
fn programs_share_one_kernel() {
    let Some(session) = session() else {
        return;
    };
    let script = "exec 3<>/dev/snd/seq; echo open; read line; echo \"$line\"";
    let mut first = session
        .command("sh")
        .args(["-c", script])
        .stdin(Stdio::Piped)
        .stdout(Stdio::Piped)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(first.stdout.take().unwrap());
    assert_eq!(line(&mut said), "open\n");
    let clients = || {
        let output = session
            .command("cat")
            .arg("/proc/asound/seq/clients")
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert!(clients().contains("Client 128 :"), "{}", clients());
    // Both were running at the same time. The first one is still running.
    first.stdin.as_mut().unwrap().write_all(b"on\n").unwrap();
    assert_eq!(line(&mut said), "on\n");
    assert_eq!(first.wait().unwrap(), ExitStatus::Exited(0));
    assert!(!clients().contains("Client 128 :"));
    session.shut_down().unwrap();
}

#[test]
fn the_caller_chooses_what_a_program_inherits() {
    let Some(session) = session() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let output = session
        .command("/bin/sh")
        .args(["-c", "pwd; echo $A $HOME; cat; echo err >&2; exit 7", "sh"])
        .env_clear()
        .env("A", "a  b")
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status, ExitStatus::Exited(7));
    let path = dir.path().display();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("{path}\na b\n")
    );
    assert_eq!(output.stderr, b"err\n");

    let file = tempfile::tempfile().unwrap();
    let status = session
        .command("echo")
        .arg("text")
        .stdout(Stdio::From(file.try_clone().unwrap().into()))
        .status();
    assert!(status.unwrap().success());
    let mut text = String::new();
    let mut file = file;
    std::io::Seek::rewind(&mut file).unwrap();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "text\n");
}

#[test]
fn signals_reach_one_program_or_its_group() {
    let Some(session) = session() else {
        return;
    };
    // A reader waits while any process has the pipe open.
    let start = || {
        let mut child = session
            .command("sh")
            .args(["-c", "sleep 1000 & echo ready; wait"])
            .stdout(Stdio::Piped)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        assert_eq!(line(&mut said), "ready\n");
        child
    };
    let (one, other) = (start(), start());
    one.signal(Signal::TERMINATE).unwrap();
    assert_eq!(one.wait().unwrap(), ExitStatus::Signaled(Signal::TERMINATE));
    let sleepers = || {
        let output = session
            .command("pgrep")
            .args(["-x", "sleep"])
            .output()
            .unwrap();
        output.stdout.iter().filter(|byte| **byte == b'\n').count()
    };
    assert_eq!(sleepers(), 2);
    other.signal_group(Signal::KILL).unwrap();
    assert_eq!(other.wait().unwrap(), ExitStatus::Signaled(Signal::KILL));
    let end = Instant::now() + DEADLINE;
    while sleepers() != 1 {
        assert!(Instant::now() < end, "the group lives");
    }
}

#[test]
fn a_missing_program_does_not_affect_other_programs() {
    let Some(session) = session() else {
        return;
    };
    match session.command("/no/such/program").spawn() {
        Err(Error::NotStarted { program, errno, .. }) => {
            assert_eq!((program.as_str(), errno), ("/no/such/program", 2));
        }
        other => panic!("{other:?}"),
    }
    assert!(session.command("true").status().unwrap().success());
}

/// More data than a pipe and the line can hold.
#[test]
fn unread_output_does_not_delay_other_programs() {
    let Some(session) = session() else {
        return;
    };
    const BYTES: usize = 1_000_000;
    let mut silent = session
        .command("head")
        .args(["-c", &BYTES.to_string(), "/dev/zero"])
        .stdout(Stdio::Piped)
        .spawn()
        .unwrap();
    for _ in 0..3 {
        let output = session.command("seq").arg("20000").output().unwrap();
        assert_eq!(output.stdout.len(), 108_894);
    }
    let mut all = Vec::new();
    silent.stdout.take().unwrap().read_to_end(&mut all).unwrap();
    assert_eq!(all.len(), BYTES);
    assert!(silent.wait().unwrap().success());
    // Output that is dropped does not delay any program.
    let status = session
        .command("head")
        .args(["-c", &BYTES.to_string(), "/dev/zero"])
        .stdout(Stdio::Null)
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn input_reaches_each_program() {
    let Some(session) = session() else {
        return;
    };
    let text: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut child = session
                    .command("cat")
                    .stdin(Stdio::Piped)
                    .stdout(Stdio::Piped)
                    .spawn()
                    .unwrap();
                let mut to = child.stdin.take().unwrap();
                let text = &text;
                scope.spawn(move || to.write_all(text).unwrap());
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success());
                assert!(output.stdout == *text);
            });
        }
    });
}

#[test]
fn a_hung_program_is_ended_and_reported() {
    let Some(session) = session() else {
        return;
    };
    let asleep = "sleep 1000 & until grep -q '^State:.S' /proc/$!/status; do :; done";
    let mut child = session
        .command("sh")
        .args(["-c", &format!("{asleep}; echo asleep; wait")])
        .stdout(Stdio::Piped)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut said), "asleep\n");
    match child.wait_timeout(Duration::from_millis(100)) {
        Err(Error::TimedOut(report)) => {
            assert!(report.starts_with("sh ran for more than 0.1 s"), "{report}");
            // The compiler decides which function of the kernel appears here.
            assert!(report.contains(" S sleep: "), "{report}");
            assert!(!report.contains(" S sleep: -"), "{report}");
        }
        other => panic!("{other:?}"),
    }
    // The machine continues.
    let child = session.command("true").spawn().unwrap();
    assert!(child.wait_timeout(DEADLINE).unwrap().success());
}

#[test]
fn when_a_machine_fails_its_programs_end_with_the_reason() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root can crash a kernel by /proc/sysrq-trigger");
        return;
    }
    let Some(session) = session() else {
        return;
    };
    let waits = session.command("sleep").arg("1000").spawn().unwrap();
    let crashes = session
        .command("sh")
        .args(["-c", "echo c > /proc/sysrq-trigger"])
        .spawn();
    for child in [Ok(waits), crashes] {
        match child.and_then(test_kernel::Child::wait) {
            Err(Error::Crashed(report)) => {
                assert!(report.contains("sysrq triggered crash"), "{report}");
            }
            other => panic!("{other:?}"),
        }
    }
    let later = session.command("true").spawn();
    assert!(
        matches!(later, Err(Error::Crashed(_) | Error::Off)),
        "{later:?}"
    );
}

#[test]
fn a_machine_that_is_shut_down_is_off() {
    let Some(session) = session() else {
        return;
    };
    let mut child = session
        .command("sh")
        .args(["-c", "read line; echo done"])
        .stdin(Stdio::Piped)
        .stdout(Stdio::Piped)
        .spawn()
        .unwrap();
    let mut said = child.stdout.take().unwrap();
    let mut input = child.stdin.take().unwrap();
    drop(child);
    std::thread::scope(|scope| {
        // The machine waits for the program, and the program waits for its input.
        let off = scope.spawn(|| session.shut_down());
        input.write_all(b"line\n").unwrap();
        let mut text = String::new();
        said.read_to_string(&mut text).unwrap();
        assert_eq!(text, "done\n");
        off.join().unwrap().unwrap();
    });
}

#[test]
fn root_has_its_rights_only_in_the_machine() {
    let Some(session) = boot(&machine().root(true).option("panic=1").memory_mib(128)) else {
        return;
    };
    let script = "id -u && mount -t tmpfs none /mnt && grep -o panic=1 /proc/cmdline && \
                  awk '/MemTotal/ { print ($2 < 131072) }' /proc/meminfo";
    let output = session.command("sh").args(["-c", script]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "0\npanic=1\n1\n",
        "{stderr}"
    );
}

/// The promises of the built-in fragments, on each kernel.
#[test]
fn queues_step_at_a_millisecond_and_keyboards_and_faults_work() {
    let Some(session) = boot(&machine().root(true).option("dummy_hcd.num=2")) else {
        return;
    };
    let read = |script: &str| {
        let output = session.command("sh").args(["-c", script]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    };
    // "G3: HR timer : 0.001us (1000000000 ticks)"
    let timers = read("cat /proc/asound/timers");
    for name in ["system timer", "HR timer"] {
        let line = timers.lines().find(|line| line.contains(name)).unwrap();
        let time = line.split(" : ").nth(1).unwrap();
        let microseconds: f64 = time.split_once("us").unwrap().0.parse().unwrap();
        assert!(microseconds <= 1000.0, "{line}");
    }
    assert_eq!(read("ls /sys/class/udc"), "dummy_udc.0\ndummy_udc.1\n");
    // The first process has mounted these.
    assert_eq!(read("ls /sys/kernel/config"), "usb_gadget\n");
    let faults = read("ls /sys/kernel/debug");
    for fault in ["failslab", "fail_page_alloc", "fail_usercopy"] {
        assert!(faults.lines().any(|line| line == fault), "{faults}");
    }
}

#[test]
fn the_error_for_a_missing_kernel_has_the_command_to_get_it() {
    let error = Machine::new().kernel("99.1").unwrap_err();
    assert!(matches!(&error, Error::NoKernel { name } if name == "99.1"));
    assert!(
        error
            .hint()
            .unwrap()
            .contains("test-kernel kernel get 99.1")
    );
    assert!(Machine::new().kernel("nonsense").is_err());
}

#[test]
fn a_missing_first_program_is_an_error() {
    let Some(_session) = session() else {
        return;
    };
    // The file exists, but is not such a program.
    match Machine::new().program("/bin/false").boot() {
        Err(Error::Crashed(report)) => assert!(report.contains("booting"), "{report}"),
        other => panic!("{other:?}"),
    }
}
