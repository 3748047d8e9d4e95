//! `aseq patch keep` when nothing happens, and when more happens than it can read.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, ChildStderr, Command, Stdio};

use alsa_seq::{Event, PortOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::alone;
use crate::support::{PATIENCE, client, need_sequencer, next_event, unique};

/// A keeper that has connected what there was.
struct Keeper {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
}

impl Keeper {
    fn of(rules: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("rules.toml");
        fs::write(&file, rules).unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_aseq"))
            .args(["patch", "keep"])
            .arg(file)
            .env("NOTIFY_SOCKET", &path)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        let keeper = Self { child, said };
        assert_eq!(socket.recv(&mut [0; 64]).unwrap(), 8);
        keeper
    }

    fn says(&mut self) -> String {
        self.said.next().unwrap().unwrap()
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, signal).unwrap();
    }

    /// How often each of its threads has waited or was made to, and its processor time.
    fn activity(&self) -> Vec<String> {
        let tasks = format!("/proc/{}/task", self.child.id());
        let mut activity = Vec::new();
        for task in fs::read_dir(tasks).unwrap() {
            let path = task.unwrap().path();
            let status = fs::read_to_string(path.join("status")).unwrap();
            let switches = status.lines().filter(|line| line.contains("ctxt_switches"));
            activity.extend(switches.map(str::to_owned));
            // Behind the name, which may hold anything: the state is the first field.
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

    /// Waits until all its threads sleep.
    fn rest(&self) -> Vec<String> {
        loop {
            let before = self.activity();
            std::thread::yield_now();
            let is_asleep = |line: &String| line.contains("ctxt") || line.starts_with('S');
            if before.iter().all(is_asleep) && before == self.activity() {
                return before;
            }
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn rule(from: &str, to: &str) -> String {
    format!("[[connect]]\nfrom = '{from}'\nto = '{to}'\n")
}

/// Music goes through a connection that is held, and its keeper does not wake up once.
#[test]
fn a_keeper_sleeps_while_nothing_comes_or_goes() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let (mut keys, mut synth) = (client("keys"), client("synth"));
    let out = keys.create_port(PortOptions::sender("out")).unwrap();
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    let name = |client: &alsa_seq::SequencerClient| client.info().unwrap().name().into_owned();
    // One rule is not met: that is no reason to look again and again.
    let rules = rule(&name(&keys), &name(&synth)) + &rule(&unique("missing"), "*");
    let keeper = Keeper::of(&rules);
    assert_eq!(input.senders().unwrap()[0].sender, out.address());
    let before = keeper.rest();
    let queue = synth.create_queue("time").unwrap();
    queue.start().unwrap();
    synth.drain_output().unwrap();
    for second in 1..=3 {
        for _ in 0..100 {
            let note = Event::note_on(0, 60, 1).unwrap().from_port(&out);
            keys.event_output_direct(&note.to_subscribers()).unwrap();
            next_event(&mut synth);
        }
        // A second of the kernel's: an event that comes back after it.
        let time = std::time::Duration::from_secs(second);
        let echo = Event::new(alsa_seq::EventData::Echo([0; 12]));
        let echo = echo.to(input.address()).from_port(&input);
        let echo = echo.at(&queue, alsa_seq::RealTime::try_from(time).unwrap());
        synth.event_output(&echo).unwrap();
        synth.drain_output().unwrap();
        next_event(&mut synth);
    }
    assert_eq!(keeper.activity(), before);
}

/// While it is stopped, more is announced than the kernel keeps for it.
#[test]
fn a_keeper_that_lost_announcements_looks_at_everything_again() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let (from, to) = (unique("keys"), unique("synth"));
    let keys = alsa_seq::SequencerClient::open(&*from).unwrap();
    let out = keys.create_port(PortOptions::sender("out")).unwrap();
    let mut keeper = Keeper::of(&rule(&from, &to));
    let before = alsa_seq::SequencerClient::open(&*to).unwrap();
    let _gone = before.create_port(PortOptions::receiver("in")).unwrap();
    assert!(keeper.says().starts_with("aseq: connected "));
    keeper.signal(Signal::SIGSTOP);
    drop(before);
    let noise = client("noise");
    for _ in 0..1500 {
        drop(noise.create_port("port").unwrap());
    }
    let synth = alsa_seq::SequencerClient::open(&*to).unwrap();
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    keeper.signal(Signal::SIGCONT);
    let said = keeper.says();
    assert!(said.contains("announcements were lost"), "{said}");
    let said = keeper.says();
    assert!(said.starts_with("aseq: connected "), "{said}");
    assert_eq!(input.senders().unwrap()[0].sender, out.address());
}
