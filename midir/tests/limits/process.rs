//! A process that may open no more files.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use alsa_seq::{ErrorKind, PortOptions, SequencerClient};
use alsa_seq_midir as midir;
use midir::ext::{InputExt as _, PortChange, PortWatch};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::{alone, output_to};
use support::midir::Listener;
use support::{PATIENCE, need_sequencer, unique};

/// A limit on files. Dropping it restores the old limit.
struct FileLimit((u64, u64));

impl FileLimit {
    fn set(limit: u64) -> Self {
        let before = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, limit, before.1).unwrap();
        Self(before)
    }
}

impl Drop for FileLimit {
    fn drop(&mut self) {
        setrlimit(Resource::RLIMIT_NOFILE, self.0.0, self.0.1).unwrap();
    }
}

/// Returns the threads of this process.
fn tasks() -> Vec<PathBuf> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks.flatten().map(|task| task.path()).collect()
}

/// Returns the threads with this name, except those that existed before.
fn threads(name: &str, before: &[PathBuf]) -> Vec<File> {
    let directories = tasks().into_iter().filter(|task| !before.contains(task));
    // A thread of another test may end in the meantime, and then has no name.
    let named = directories.filter(|task| {
        let found = fs::read_to_string(task.join("comm"));
        found.is_ok_and(|found| found.trim_end() == name)
    });
    named
        .flat_map(|task| File::open(task.join("status")))
        .collect()
}

/// Returns how many times a thread has gone to sleep.
fn sleeps(status: &File) -> u64 {
    let mut text = vec![0; 4096];
    let length = status.read_at(&mut text, 0).unwrap();
    text.truncate(length);
    let text = String::from_utf8(text).unwrap();
    let line = text.lines().find(|line| line.starts_with("voluntary"));
    let count = line.unwrap().split_whitespace().last().unwrap();
    count.parse().unwrap()
}

/// Waits until the thread has tried again several times. A thread that waits for the kernel does
/// not wake up.
fn wait_until_it_retries(status: &File) {
    let (before, begun) = (sleeps(status), Instant::now());
    while sleeps(status) < before + 3 {
        assert!(begun.elapsed() < PATIENCE, "it does not try again");
        thread::yield_now();
    }
}

fn next_added(changes: &Receiver<PortChange>, client: &str) -> String {
    loop {
        let change = changes.recv_timeout(PATIENCE).unwrap();
        if let PortChange::InputAdded(_, name) = change {
            if name.starts_with(client) {
                return name;
            }
        }
    }
}

/// The kernel refuses to wait for more files than the process may have. This represents every error
/// that ends by itself.
#[test]
fn an_error_while_waiting_ends_no_connection_and_no_watch() {
    let _alone = alone();
    need_sequencer!();
    // A joined thread of another test, with the same name, is still listed for a moment.
    let before = tasks();
    let name = unique("maker");
    let maker = SequencerClient::open(name.clone()).unwrap();
    let mut waiter = SequencerClient::open(unique("waiter")).unwrap();
    let _interrupter = waiter.interrupter().unwrap();
    let listener = Listener::new();
    let closing = Listener::new();
    let mut outputs = [&listener, &closing].map(|to| output_to(&unique("player"), to));
    let watches = [0, 1].map(|_| {
        let (sender, changes) = channel();
        let watch = PortWatch::new(&unique("watch"), move |change| {
            let _ = sender.send(change);
        });
        (watch.unwrap(), changes)
    });
    // A thread that has delivered something has its name.
    let mut wake = |note| {
        for (output, listener) in outputs.iter_mut().zip([&listener, &closing]) {
            output.send(&[0x90, note, 1]).unwrap();
            assert_eq!(listener.next(), [0x90, note, 1]);
        }
    };
    wake(0);
    for (_, changes) in &watches {
        changes.recv_timeout(PATIENCE).unwrap();
    }
    let inputs = threads("midi in in", &before);
    let watching = threads("midi ports", &before);
    assert_eq!((inputs.len(), watching.len()), (2, 2));

    let limit = FileLimit::set(1);
    let error = waiter.event_input().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(nix::errno::Errno::EINVAL as i32));
    assert!(!matches!(error.kind(), ErrorKind::Interrupted));
    // They are waiting already. Waking them up lets them find the limit.
    wake(1);
    let port = |name: &str| maker.create_port(PortOptions::sender(name)).unwrap();
    let _first = port("first");
    for (_, changes) in &watches {
        assert!(next_added(changes, &name).starts_with(&format!("{name}:first ")));
    }
    for status in inputs.iter().chain(&watching) {
        wait_until_it_retries(status);
    }
    // An object that ends in the meantime does not wait until the error ends.
    outputs[1].send(&[0x90, 2, 1]).unwrap();
    closing.connection.close();
    assert_eq!(closing.messages.recv().unwrap().1, [0x90, 2, 1]);
    let [(ending, _), (_watch, changes)] = watches;
    drop(ending);
    outputs[0].send(&[0x90, 3, 1]).unwrap();
    let _second = port("second");
    drop(limit);

    assert_eq!(listener.next(), [0x90, 3, 1]);
    assert!(next_added(&changes, &name).starts_with(&format!("{name}:second ")));
    outputs[0].send(&[0x90, 4, 1]).unwrap();
    assert_eq!(listener.next(), [0x90, 4, 1]);
    assert_eq!(listener.connection.gaps(), 0);
}
