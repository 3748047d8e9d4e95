//! Threads that wait do not wake up.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use support::midir::Listener;
use support::{PATIENCE, need_sequencer, unique};

/// Returns how many times each thread of an input has gone to sleep, and whether all of them sleep.
fn sleeps() -> (BTreeMap<String, u64>, bool) {
    let (mut all, mut asleep) = (BTreeMap::new(), true);
    for task in fs::read_dir("/proc/self/task").unwrap() {
        let task = task.unwrap().path();
        let name = fs::read_to_string(task.join("comm")).unwrap();
        if !name.starts_with("midi in") {
            continue;
        }
        let status = fs::read_to_string(task.join("status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("voluntary"));
        let count = line.unwrap().split_whitespace().last().unwrap();
        all.insert(task.display().to_string(), count.parse().unwrap());
        asleep &= status.contains("\nState:\tS");
    }
    (all, asleep)
}

#[test]
fn ten_open_inputs_do_not_wake_up_in_ten_seconds() {
    need_sequencer!();
    // Some inputs share a client, and some have their own.
    let name = unique("idle");
    let mut listeners: Vec<Listener> = (0..5).map(|_| Listener::named(&name)).collect();
    listeners.extend((0..5).map(|_| Listener::new()));
    // Waits until the last thread has started and has begun to wait.
    let begun = Instant::now();
    let (mut before, _) = sleeps();
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let (now, asleep) = sleeps();
        if now.len() == 10 && asleep && now == before {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{now:?}");
        before = now;
    }
    std::thread::sleep(Duration::from_secs(10));
    assert_eq!(sleeps().0, before);
    drop(listeners);
}
