//! Tests of `aseq patch keep` when nothing happens, and when more happens than it can read.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Instant;

use alsa_seq::{Address, ConnectOptions, Event, Port, PortOptions, SequencerClient};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::activity::{Seconds, activity, rest, rest_together, stop};
use crate::alone;
use support::{PATIENCE, client, need_sequencer, next_event, unique};

/// A keeper that has connected the existing ports.
struct Keeper {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
}

impl Keeper {
    fn of(rules: &str) -> Self {
        Self::with(rules, &[])
    }

    fn with(rules: &str, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("rules.toml");
        fs::write(&file, rules).unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_aseq"))
            .args(["patch", "keep"])
            .arg(file)
            .args(arguments)
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

    /// Returns its output until it has connected the port with this name, without the last line.
    fn says_until(&mut self, name: &str) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            let line = self.says();
            if line.contains("connected ") && line.contains(name) {
                return said;
            }
            said.push(line);
        }
    }

    /// Waits for its end, after a signal.
    fn end(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::yield_now();
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, signal).unwrap();
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

/// Events go through a connection of the keeper, and the keeper does not wake up.
#[test]
fn a_keeper_sleeps_while_nothing_changes() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let (mut keys, mut synth) = (client("keys"), client("synth"));
    let out = keys.create_port(PortOptions::sender("out")).unwrap();
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    let name = |client: &SequencerClient| client.info().unwrap().name().into_owned();
    // A rule matches nothing. The keeper must not check it repeatedly.
    let rules = rule(&name(&keys), &name(&synth)) + &rule(&unique("missing"), "*");
    let keeper = Keeper::of(&rules);
    assert_eq!(input.senders().unwrap()[0].sender, out.address());
    let mut clock = Seconds::new();
    let before = rest(keeper.child.id());
    for second in 1..=3 {
        for _ in 0..100 {
            let note = Event::note_on(0, 60, 1).unwrap().from_port(&out);
            keys.event_output_direct(&note.to_subscribers()).unwrap();
            next_event(&mut synth);
        }
        clock.until(second);
    }
    assert_eq!(activity(keeper.child.id()), before);
}

/// While it is stopped, more events are announced than the kernel stores for it.
#[test]
fn a_keeper_that_lost_announcements_reads_all_connections_again() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let (from, to) = (unique("keys"), unique("synth"));
    let keys = SequencerClient::open(&*from).unwrap();
    let out = keys.create_port(PortOptions::sender("out")).unwrap();
    let mut keeper = Keeper::of(&rule(&from, &to));
    let before = SequencerClient::open(&*to).unwrap();
    let _gone = before.create_port(PortOptions::receiver("in")).unwrap();
    assert!(keeper.says().starts_with("aseq: connected "));
    keeper.signal(Signal::SIGSTOP);
    drop(before);
    let noise = client("noise");
    for _ in 0..1500 {
        drop(noise.create_port("port").unwrap());
    }
    let synth = SequencerClient::open(&*to).unwrap();
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    keeper.signal(Signal::SIGCONT);
    let said = keeper.says();
    assert!(said.contains("announcements were lost"), "{said}");
    let said = keeper.says();
    assert!(said.starts_with("aseq: connected "), "{said}");
    assert_eq!(input.senders().unwrap()[0].sender, out.address());
}

/// A client with many ports.
struct Many {
    client: SequencerClient,
    name: String,
    ports: Vec<Port>,
}

impl Many {
    fn new(name: &str, count: usize, options: fn(String) -> PortOptions) -> Self {
        let name = unique(name);
        let client = SequencerClient::open(&*name).unwrap();
        let ports = (0..count).map(|number| client.create_port(options(format!("port {number}"))));
        Self {
            ports: ports.collect::<Result<_, _>>().unwrap(),
            client,
            name,
        }
    }
}

/// Returns all connections from the ports of one client to the ports of the other.
fn pairs(from: &Many, to: &Many) -> Vec<(Address, Address)> {
    let addresses = |many: &Many| many.ports.iter().map(Port::address).collect::<Vec<_>>();
    let to = addresses(to);
    let pairs = addresses(from).into_iter();
    pairs
        .flat_map(|sender| to.iter().map(move |receiver| (sender, *receiver)))
        .collect()
}

fn connections(from: &Many) -> usize {
    let receivers = from
        .ports
        .iter()
        .map(|port| port.receivers().unwrap().len());
    receivers.sum()
}

/// Somebody removes more connections than the keeper can read. All of them stay removed.
#[test]
fn removed_connections_stay_removed_although_announcements_were_lost() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let from = Many::new("from", 50, PortOptions::sender);
    let to = Many::new("to", 50, PortOptions::receiver);
    let end = unique("end");
    let rules =
        rule(&format!("{}:*", from.name), &format!("{}:*", to.name)) + &rule(&from.name, &end);
    let mut keeper = Keeper::of(&rules);
    assert_eq!(connections(&from), 2500);
    for _ in 0..2500 {
        assert!(keeper.says().starts_with("aseq: connected "));
    }
    keeper.signal(Signal::SIGSTOP);
    for (sender, receiver) in pairs(&from, &to) {
        from.client.disconnect(sender, receiver).unwrap();
    }
    keeper.signal(Signal::SIGCONT);
    let said = keeper.says();
    assert!(said.contains("announcements were lost"), "{said}");
    let last = SequencerClient::open(&*end).unwrap();
    let _input = last.create_port(PortOptions::receiver("in")).unwrap();
    assert_eq!(keeper.says_until(&end), [""; 0]);
    assert_eq!(connections(&from), 1);
}

/// The keeper did not make the last of these connections itself.
#[test]
fn a_connection_by_hand_stays_removed_although_announcements_were_lost() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let open = |name: &String| SequencerClient::open(&**name).unwrap();
    let [from, to, made, end] = ["from", "to", "made", "end"].map(unique);
    let (keys, synth) = (open(&from), open(&to));
    let rules = [&to, &made, &end].map(|to| rule(&from, to)).concat();
    let out = keys.create_port(PortOptions::sender("out")).unwrap();
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    let mut keeper = Keeper::of(&rules);
    assert!(keeper.says().starts_with("aseq: connected "));
    out.disconnect_to(&input).unwrap();
    out.connect_to(&input).unwrap();
    // The keeper has read both announcements when it connects this port.
    let later = open(&made);
    let _later = later.create_port(PortOptions::receiver("in")).unwrap();
    assert_eq!(keeper.says_until(&made), [""; 0]);
    keeper.signal(Signal::SIGSTOP);
    out.disconnect_to(&input).unwrap();
    let noise = client("noise");
    for _ in 0..1500 {
        drop(noise.create_port("port").unwrap());
    }
    keeper.signal(Signal::SIGCONT);
    let said = keeper.says();
    assert!(said.contains("announcements were lost"), "{said}");
    let last = open(&end);
    let _last = last.create_port(PortOptions::receiver("in")).unwrap();
    assert_eq!(keeper.says_until(&end), [""; 0]);
    assert_eq!(input.senders().unwrap(), []);
}

/// Each keeper makes or removes more connections than the other can read.
#[test]
fn keepers_with_many_contradicting_rules_stop_changing_connections() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let from = Many::new("from", 50, PortOptions::sender);
    let (to, end) = (unique("to"), unique("end"));
    let forbid = format!("[[forbid]]\nfrom = '{}'\nto = '{to}'\n", from.name);
    let mut wanting = Keeper::of(
        &(rule(&format!("{}:*", from.name), &format!("{to}:*")) + &rule(&from.name, &end)),
    );
    let forbidding = Keeper::with(&forbid, &["--quiet"]);
    let receiver = SequencerClient::open(&*to).unwrap();
    let _inputs: Vec<Port> = (0..50)
        .map(|number| {
            receiver
                .create_port(PortOptions::receiver(format!("port {number}")))
                .unwrap()
        })
        .collect();
    // The keepers have finished when the first adds nothing but a connection to a new port. Only
    // sleeping is not enough: a keeper also sleeps while nobody reads its messages.
    let mut made = 0;
    loop {
        rest_together(wanting.child.id(), forbidding.child.id());
        let last = SequencerClient::open(&*end).unwrap();
        let _input = last.create_port(PortOptions::receiver("in")).unwrap();
        let said = wanting.says_until(&end);
        if said.is_empty() {
            break;
        }
        let connected = said.iter().filter(|line| line.contains(": connected "));
        made += connected.count();
        assert!(made <= 2500, "{made} connections were made of 2500");
    }
    rest_together(wanting.child.id(), forbidding.child.id());
    assert_eq!(connections(&from), 0);
}

/// When the signal arrives, many announcements wait, and the last is a disconnection. It is learned,
/// although further announcements wake the keeper up.
#[test]
fn a_disconnection_before_the_signal_is_learned_among_many_announcements() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let from = Many::new("from", 1, PortOptions::sender);
    let to = Many::new("to", 1, PortOptions::receiver);
    let directory = tempfile::tempdir().unwrap();
    let learned = directory.path().join("learned.toml");
    let arguments = ["--learn", learned.to_str().unwrap()];
    let mut keeper = Keeper::with(&rule(&from.name, &to.name), &arguments);
    stop(Pid::from_raw(keeper.child.id().try_into().unwrap()));
    let noise = client("noise");
    for _ in 0..900 {
        drop(noise.create_port("port").unwrap());
    }
    let [(sender, receiver)] = *pairs(&from, &to) else {
        unreachable!()
    };
    from.client.disconnect(sender, receiver).unwrap();
    keeper.signal(Signal::SIGTERM);
    keeper.signal(Signal::SIGCONT);
    // Now it has read them all.
    rest(keeper.child.id());
    while keeper.child.try_wait().unwrap().is_none() {
        drop(noise.create_port("port").unwrap());
    }
    assert_eq!(keeper.end(), Some(0));
    let text = fs::read_to_string(&learned).unwrap();
    assert!(text.contains("[[forbid]]"), "{text}");
}

/// More than a thousand new connections are learned together, and a signal ends the keeper soon.
#[test]
fn a_thousand_connections_are_learned_together() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let from = Many::new("from", 36, PortOptions::sender);
    let to = Many::new("to", 36, PortOptions::receiver);
    let directory = tempfile::tempdir().unwrap();
    let learned = directory.path().join("learned.toml");
    let mut keeper = Keeper::with("", &["--learn", learned.to_str().unwrap()]);
    keeper.signal(Signal::SIGSTOP);
    let all = pairs(&from, &to);
    for (sender, receiver) in &all {
        let options = ConnectOptions::new();
        from.client.connect(*sender, *receiver, options).unwrap();
    }
    keeper.signal(Signal::SIGCONT);
    keeper.signal(Signal::SIGTERM);
    assert_eq!(keeper.end(), Some(0));
    let text = fs::read_to_string(&learned).unwrap();
    assert_eq!(text.matches("[[connect]]").count(), all.len());
}

/// A rule that would connect too many ports connects none, and a message names the rule.
#[test]
fn a_rule_for_too_many_pairs_is_left_out() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let from = [(); 2].map(|()| Many::new("from", 130, PortOptions::sender));
    let to = [(); 2].map(|()| Many::new("to", 130, PortOptions::receiver));
    let (few, all) = (&to[0].name, "to-*:*");
    let rules = rule(&from[0].name, few) + &rule("from-*:*", all) + &rule(&from[1].name, few);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rules.toml");
    let path = file.to_str().unwrap();
    fs::write(&file, &rules).unwrap();
    let output = crate::aseq(&["patch", "check", path]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{}", lines.len());
    let said = format!(
        "{path}:4: this rule is left out, because the rules would connect too many pairs of ports"
    );
    assert_eq!(lines[2], format!("? {said}"));
    let mut keeper = Keeper::of(&rules);
    let said = keeper.says();
    assert!(said.contains(":4: this rule is left out"), "{said}");
    assert_eq!(connections(&from[0]) + connections(&from[1]), 2);
}

/// The files are checked also on a machine without a sequencer, such as a container.
#[test]
fn rules_are_checked_without_a_sequencer() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rules.toml");
    let path = file.to_str().unwrap();
    let check = |rules: &str| {
        fs::write(&file, rules).unwrap();
        let program = env!("CARGO_BIN_EXE_aseq");
        let script =
            format!("mount -t tmpfs tmpfs /dev/snd && exec {program} patch check '{path}'");
        crate::run(&["unshare", "--mount", "sh", "-c", &script])
    };
    let output = check("[[connect]]\nfrom = \"keys\"\n");
    let mistake = format!("aseq: {path}:1: this rule has no `to`\n");
    assert_eq!(crate::said(&output), (Some(1), mistake.as_str()));

    let output = check(&rule("keys", "synth"));
    let (status, text) = crate::said(&output);
    assert_eq!(status, Some(1), "{text}");
    let start = "aseq: the rules have no mistakes, but they cannot be compared with the ports: \
                 open /dev/snd/seq: no such file or directory (ENOENT); ";
    assert!(text.starts_with(start), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
