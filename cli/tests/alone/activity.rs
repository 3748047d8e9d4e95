//! Measures the activity of programs, to check that they sleep.

use std::fs;

use alsa_seq::{Event, EventData, PortOptions, RealTime};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use support::{client, next_event};

/// Returns the context switches and the processor time of each thread of a program.
pub(crate) fn activity(pid: u32) -> Vec<String> {
    let tasks = format!("/proc/{pid}/task");
    let mut activity = Vec::new();
    for task in fs::read_dir(tasks).unwrap() {
        let path = task.unwrap().path();
        let status = fs::read_to_string(path.join("status")).unwrap();
        let switches = status.lines().filter(|line| line.contains("ctxt_switches"));
        activity.extend(switches.map(str::to_owned));
        // The state is the first field after the name, which may contain any character.
        let stat = fs::read_to_string(path.join("stat")).unwrap();
        let fields: Vec<&str> = stat
            .rsplit_once(')')
            .unwrap()
            .1
            .split_whitespace()
            .collect();
        activity.push(format!("{} {} {}", fields[0], fields[11], fields[12]));
    }
    activity
}

/// Waits until all threads of a program sleep, or have ended.
pub(crate) fn rest(pid: u32) -> Vec<String> {
    loop {
        let before = activity(pid);
        std::thread::yield_now();
        let is_asleep = |line: &String| line.contains("ctxt") || line.starts_with(['S', 'Z']);
        if before.iter().all(is_asleep) && before == activity(pid) {
            return before;
        }
    }
}

/// Waits until two programs that react to each other sleep at the same time.
pub(crate) fn rest_together(one: u32, other: u32) {
    loop {
        let before = rest(one);
        rest(other);
        // If the first one has not run since, both were asleep at the end of the second call.
        if rest(one) == before {
            return;
        }
    }
}

/// Stops a program, and waits until it is stopped.
pub(crate) fn stop(pid: Pid) {
    kill(pid, Signal::SIGSTOP).unwrap();
    let state = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    while !state().contains(") T ") {
        std::thread::yield_now();
    }
}

/// A clock of the kernel: a queue whose events come back after some seconds.
pub(crate) struct Seconds {
    clock: alsa_seq::SequencerClient,
    port: alsa_seq::Port,
    queue: alsa_seq::Queue,
}

impl Seconds {
    pub(crate) fn new() -> Self {
        let mut clock = client("clock");
        let port = clock.create_port(PortOptions::new("clock")).unwrap();
        let queue = clock.create_queue("clock").unwrap();
        queue.start().unwrap();
        clock.drain_output().unwrap();
        Self { clock, port, queue }
    }

    /// Waits until this second of the clock.
    pub(crate) fn until(&mut self, second: u64) {
        let time = std::time::Duration::from_secs(second);
        let echo = Event::new(EventData::Echo([0; 12]));
        let echo = echo.to(self.port.address()).from_port(&self.port);
        let echo = echo.at(&self.queue, RealTime::try_from(time).unwrap());
        self.clock.event_output(&echo).unwrap();
        self.clock.drain_output().unwrap();
        next_event(&mut self.clock);
    }
}
