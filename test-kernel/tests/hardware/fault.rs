//! Allocations and copies that fail.

use std::sync::atomic::{AtomicU8, Ordering};

use test_kernel::ExitStatus;

use super::{command, output, output_of, session, text};

/// Opens the sequencer, which needs some allocations, and does not use it.
const OPENS: [&str; 3] = ["sh", "-c", "exec 3<>/dev/snd/seq"];

/// `test-kernel fault OPTIONS -- PROGRAM`.
fn fault<'a>(options: &[&'a str], program: &[&'a str]) -> Vec<&'a str> {
    command(&[&["fault"], options, &["--"], program].concat())
}

#[test]
fn an_open_fails_without_memory() {
    let Some(session) = session() else {
        return;
    };
    let output = output(&session, &fault(&["--nth", "1"], &OPENS));
    let stderr = text(&output.stderr);
    assert_eq!(output.status, ExitStatus::Exited(2), "{stderr}");
    assert!(stderr.contains("Cannot allocate memory"), "{stderr}");
    assert!(
        stderr.contains("fault 1 happened: openat = ENOMEM"),
        "{stderr}"
    );
}

#[test]
fn a_fault_that_did_not_happen_is_reported() {
    let Some(session) = session() else {
        return;
    };
    for (options, program, status, message) in [
        (&["--nth", "9999"][..], &OPENS[..], 0, "fewer than 9999"),
        (
            &["--nth", "1"],
            &["sh", "-c", "exit 7"],
            7,
            "did not open /dev/snd/seq",
        ),
        (
            &["--nth", "1", "--at-open", "/no/such"],
            &["cat", "/no/such"],
            1,
            "openat = ",
        ),
        (
            &["--nth", "1"],
            &["/no/such/program"],
            127,
            "/no/such/program",
        ),
    ] {
        let output = output(&session, &fault(options, program));
        let stderr = text(&output.stderr);
        assert_eq!(
            output.status,
            ExitStatus::Exited(status),
            "{program:?}: {stderr}"
        );
        assert!(stderr.contains(message), "{program:?}: {stderr}");
    }
}

#[test]
fn a_table_has_all_faults_of_a_program() {
    let Some(session) = session() else {
        return;
    };
    let table = || output_of(&session, &fault(&["--sweep", "1..100"], &OPENS));
    let first = table();
    let mut lines = first.lines();
    assert!(lines.next().unwrap().starts_with("nth  fault"));
    let mut rows: Vec<&str> = lines.collect();
    let last = rows.pop().unwrap();
    assert!(
        last.contains("none: fewer") && last.ends_with("exit 0"),
        "{first}"
    );
    let mut failed = 0;
    for (n, row) in (1..).zip(&rows) {
        assert!(row.starts_with(&format!("{n} ")), "{first}");
        if row.contains("openat = ENOMEM") {
            failed += 1;
            assert!(
                row.contains("exit 2") && row.ends_with("Cannot allocate memory"),
                "{first}"
            );
        } else {
            // The kernel continued without the allocation.
            assert!(
                row.contains("openat = ") && row.ends_with("exit 0"),
                "{first}"
            );
        }
    }
    assert!(failed >= 5, "{first}");
    // Tracing does not use allocations of the program, so each run gives the same result.
    assert_eq!(table(), first);
}

#[test]
fn a_run_that_hangs_is_killed_and_reported() {
    let Some(session) = session() else {
        return;
    };
    let hangs = [
        "sh",
        "-c",
        "exec 3<>/dev/snd/seq; echo waits >&2; sleep 1000; true",
    ];
    let options = ["--limit", "1", "--nth", "9999"];
    let single = output(&session, &fault(&options, &hangs));
    assert_eq!(single.status, ExitStatus::Exited(124));
    assert!(text(&single.stderr).contains("ran for more than 1 s"));

    // If the machine is so busy that the program prints nothing in time, it gets more time.
    let prints = ["1", "10", "50"].into_iter().any(|limit| {
        let options = ["--limit", limit, "--sweep", "9999..9999"];
        let table = output(&session, &fault(&options, &hangs));
        assert_eq!(table.status, ExitStatus::Exited(1));
        let rows = text(&table.stdout);
        let row = rows.lines().nth(1).unwrap();
        assert!(row.contains("hung"), "{rows}");
        row.ends_with("hung        waits")
    });
    assert!(prints, "the row does not contain the program's output");
}

#[test]
fn a_program_that_creates_processes_does_not_end_the_kernel() {
    let Some(session) = session() else {
        return;
    };
    let makes = [
        "sh",
        "-c",
        "exec 3<>/dev/snd/seq; (exec 4<>/dev/snd/seq); /bin/true; true",
    ];
    // SIGSEGV ends some of these runs, because a signal handler needs a copy to start.
    let table = output(&session, &fault(&["--sweep", "1..1000"], &makes));
    let rows = text(&table.stdout);
    assert!(
        rows.lines().last().unwrap().contains("none: fewer"),
        "{rows}"
    );
    assert!(rows.lines().count() > 20, "{rows}");
}

/// Calls `arm` and `disarm` in this test program, inside a machine.
#[test]
fn a_thread_makes_its_own_calls_fail() {
    let Some(session) = session() else {
        return;
    };
    let test = std::env::current_exe().unwrap();
    let arguments = ["--ignored", "--exact", "--nocapture", "fault::inside"];
    let said = output_of(
        &session,
        &[&[test.to_str().unwrap()], &arguments[..]].concat(),
    );
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "runs in a machine, started by a_thread_makes_its_own_calls_fail"]
fn inside() {
    use nix::errno::Errno;
    use nix::fcntl::{OFlag, open};
    use nix::sys::stat::Mode;

    let mut failed = 0;
    let mut nth = 0;
    loop {
        nth += 1;
        assert!(nth < 1000, "it is not hit, and does not end");
        let armed = test_kernel::fault::arm(nth).unwrap();
        let opened = open(
            "/dev/snd/seq",
            OFlag::O_RDWR | OFlag::O_CLOEXEC,
            Mode::empty(),
        );
        let hit = armed.disarm().unwrap();
        if !hit {
            opened.unwrap();
            break;
        }
        if let Err(errno) = opened {
            assert_eq!(errno, Errno::ENOMEM);
            failed += 1;
        }
    }
    assert!(failed >= 5, "{failed} of {nth}");
    // Calls of another thread do not fail.
    let state = AtomicU8::new(0);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            wait_for(&state, 1);
            let opened = std::fs::File::open("/dev/snd/seq").map(drop);
            state.store(2, Ordering::SeqCst);
            opened
        });
        let armed = test_kernel::fault::arm(1).unwrap();
        state.store(1, Ordering::SeqCst);
        wait_for(&state, 2);
        assert!(!armed.disarm().unwrap());
        other.join().unwrap().unwrap();
    });
    // A dropped fault does not happen.
    drop(test_kernel::fault::arm(1).unwrap());
    std::fs::File::open("/dev/snd/seq").unwrap();
    assert_eq!(
        test_kernel::fault::arm(0).unwrap_err().raw_os_error(),
        Some(Errno::EINVAL as i32)
    );
}

/// Waits without a call that allocates.
fn wait_for(state: &AtomicU8, wanted: u8) {
    while state.load(Ordering::SeqCst) != wanted {
        std::thread::yield_now();
    }
}
