//! Tests of `aseq` commands that affect every client and every connection. They run separately from
//! all other tests, one after the other, and only in a test kernel.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[cfg(any(feature = "patch", feature = "serve", feature = "watch"))]
#[allow(dead_code)]
mod activity;
#[cfg(all(feature = "doctor", feature = "json"))]
mod doctor;
#[cfg(feature = "patch")]
mod patch;
#[cfg(feature = "serve")]
mod serve;

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use alsa_seq::{
    Address, ConnectOptions, Event, EventData, EventType, PortCaps, PortOptions, TopologyMonitor,
};

use support::{PATIENCE, client, need_sequencer, say_skipped};

/// Makes other tests of this program wait. Returns `None` on a machine's own sequencer, where tests
/// change only their own objects.
fn alone() -> Option<MutexGuard<'static, ()>> {
    static LOCK: Mutex<()> = Mutex::new(());
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    if processor.contains("User Mode Linux") {
        return Some(LOCK.lock().unwrap_or_else(PoisonError::into_inner));
    }
    say_skipped("this is not a test kernel");
    None
}

fn aseq(arguments: &[&str]) -> Output {
    run(&[&[env!("CARGO_BIN_EXE_aseq")], arguments].concat())
}

/// Runs a program.
fn run(words: &[&str]) -> Output {
    Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> (Option<i32>, &str) {
    assert_eq!(output.stdout, b"");
    let text = std::str::from_utf8(&output.stderr).unwrap();
    (output.status.code(), text)
}

/// Every connection, except for exclusive ones, those of hardware, and hidden ones.
#[test]
fn disconnect_all_removes_all_connections() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    // It listens to the announcements on a hidden port.
    let mut monitor = TopologyMonitor::open("session manager").unwrap();
    let (a, b) = (client("a"), client("b"));
    let through = Address::new(14, 0);
    let outs = [0, 1].map(|_| a.create_port(PortOptions::new("out")).unwrap());
    let inputs = [0, 1].map(|_| b.create_port(PortOptions::new("in")).unwrap());
    a.connect(&outs[0], &inputs[1], ConnectOptions::new())
        .unwrap();
    a.connect(&outs[1], &inputs[0], ConnectOptions::new().exclusive(true))
        .unwrap();
    a.connect(&inputs[1], through, ConnectOptions::new())
        .unwrap();
    a.connect(Address::ANNOUNCE, &outs[0], ConnectOptions::new())
        .unwrap();
    assert_eq!(said(&aseq(&["disconnect", "--all"])), (Some(0), ""));
    for port in outs.iter().chain(&inputs) {
        assert_eq!(
            (port.receivers().unwrap(), port.senders().unwrap()),
            (vec![], vec![])
        );
    }
    // The monitor continues to work.
    while monitor.try_next_change().unwrap().is_some() {}
    drop(b);
    monitor.next_change_timeout(PATIENCE).unwrap();

    // A connection that only its owner may remove.
    let b = client("b");
    let closed = b
        .create_port(PortOptions::new("closed").caps(PortCaps::WRITE))
        .unwrap();
    b.connect(&outs[0], &closed, ConnectOptions::new()).unwrap();
    let output = aseq(&["disconnect", "--all"]);
    let (status, text) = said(&output);
    assert_eq!(status, Some(1));
    let reason = format!(
        "port {} ({}:closed) does not let others send to it",
        closed.address(),
        b.info().unwrap().name()
    );
    assert!(text.contains(&reason), "{text}");
}

/// Every port that others may write to is silenced, also hardware.
#[cfg(feature = "panic")]
#[test]
fn panic_reaches_every_port() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let mut synths = [client("a synth"), client("another synth")];
    let ports: Vec<_> = synths
        .iter()
        .map(|synth| synth.create_port(PortOptions::receiver("in")).unwrap())
        .collect();
    // Midi Through sends received events to its own receivers.
    let behind = client("behind");
    let port = behind
        .create_port(PortOptions::new("in").caps(PortCaps::WRITE))
        .unwrap();
    port.connect_from(Address::new(14, 0)).unwrap();
    let mut behind = behind;
    assert_eq!(said(&aseq(&["panic"])), (Some(0), ""));
    let is_all_off = |event: &Event<'_>| matches!(event.data(), EventData::ControlChange { controller, value, .. } if controller == 123 && value == 0);
    for synth in synths.iter_mut().chain([&mut behind]) {
        let mut all_off = 0;
        while all_off < 16 {
            let event = synth.event_input_timeout(PATIENCE).unwrap();
            assert_ne!(event.event_type(), EventType::NOTE_ON);
            all_off += usize::from(is_all_off(&event));
        }
    }
    drop(ports);
}

/// Calls the function when it is dropped, also after a panic.
#[cfg(feature = "panic")]
struct OnDrop<F: Fn()>(F);

#[cfg(feature = "panic")]
impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Programs that start and end in the meantime are not a failure.
#[cfg(feature = "panic")]
#[test]
fn panic_works_while_programs_start_and_end() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let comes = client("comes and goes");
                let options = PortOptions::receiver("in");
                let port = comes.create_port(options).unwrap();
                drop((port, comes));
            }
        });
        // The thread above ends even if this one panics.
        let _end = OnDrop(|| is_over.store(true, Ordering::Relaxed));
        for _ in 0..40 {
            let output = aseq(&["panic"]);
            assert!(output.status.success(), "{output:?}");
        }
    });
}

/// A reader that is too slow gets a report of the lost announcements, and then the differences.
#[cfg(feature = "watch")]
#[test]
fn watch_reports_lost_announcements() {
    use std::io::{BufRead, BufReader};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let mut watch = Command::new(env!("CARGO_BIN_EXE_aseq"))
        .args(["watch", "--no-snapshot"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = String::new();
    let mut stderr = BufReader::new(watch.stderr.take().unwrap());
    stderr.read_line(&mut greeting).unwrap();
    let pid = Pid::from_raw(watch.id().try_into().unwrap());
    activity::stop(pid);
    // Its input pool has room for 2000 announcements.
    let busy = client("busy");
    for _ in 0..1100 {
        drop(
            busy.create_port(PortOptions::new("comes and goes"))
                .unwrap(),
        );
    }
    let _last = busy.create_port(PortOptions::new("last")).unwrap();
    kill(pid, Signal::SIGCONT).unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    let before: Vec<String> = lines
        .by_ref()
        .take_while(|line| !line.ends_with(":last"))
        .collect();
    let told = "! announcements were lost; the differences follow".to_owned();
    assert!(before.contains(&told), "{before:?}");
    kill(pid, Signal::SIGTERM).unwrap();
    assert_eq!(watch.wait().unwrap().code(), Some(0));
}
