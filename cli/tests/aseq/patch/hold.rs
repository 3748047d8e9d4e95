//! Tests of `aseq patch keep`.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use alsa_seq::{EventType, PortOptions};
use nix::sys::signal::Signal;

use super::{File, Program, Watch, is_connected, is_told, keep, rule};
use crate::{Running, aseq, complaint};
use support::{PATIENCE, need_sequencer, unique};

#[test]
fn a_connection_is_made_whenever_both_ports_exist() {
    need_sequencer!();
    let name = unique("late");
    let keys = Program::new("keys");
    let file = File::new(&rule(&keys.name, &name));
    let mut watch = Watch::new();
    let keeper = keep(&[file.as_str()]);
    for _ in 0..3 {
        let late = Program::named(&name);
        watch.until_connected(keys.out.address(), late.input.address());
        let said = keeper.stderr();
        let pair = format!(
            "aseq: connected {} ({}:out) -> ",
            keys.out.address(),
            keys.name
        );
        assert!(said.starts_with(&pair), "{said}");
    }
    // The connections stay when the keeper ends.
    let late = Program::named(&name);
    watch.until_connected(keys.out.address(), late.input.address());
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let another = File::new(&rule(&keys.name, &name));
        let other = keep(&[another.as_str(), "--quiet"]);
        other.signal(signal);
        assert_eq!(other.end(), (0, vec![]));
    }
    keeper.signal(Signal::SIGTERM);
    assert_eq!(keeper.end().0, 0);
    assert!(keys.sends_to(&late));
}

#[test]
fn a_connection_that_somebody_removed_stays_removed_until_a_port_returns() {
    need_sequencer!();
    let name = unique("synth");
    let (keys, other) = (Program::new("keys"), Program::new("other"));
    let synth = Program::named(&name);
    let file = File::new(&(rule(&keys.name, &name) + &rule(&keys.name, &other.name)));
    let mut watch = Watch::new();
    let _keeper = keep(&[file.as_str()]);
    watch.until_connected(keys.out.address(), synth.input.address());
    watch.until_connected(keys.out.address(), other.input.address());
    keys.out.disconnect_to(&synth.input).unwrap();
    // The keeper has handled this change when it has handled a later one.
    drop(other);
    let other = Program::named(&file_name(&file));
    watch.until_connected(keys.out.address(), other.input.address());
    assert!(!keys.sends_to(&synth));
    drop(synth);
    let synth = Program::named(&name);
    watch.until_connected(keys.out.address(), synth.input.address());
}

/// The receiver of the last rule.
fn file_name(file: &File) -> String {
    let text = file.text();
    let last = text.lines().last().unwrap();
    last.trim_start_matches("to = '")
        .trim_end_matches('\'')
        .to_owned()
}

#[test]
fn the_first_of_several_is_preferred() {
    need_sequencer!();
    let (first, second) = (unique("first"), unique("second"));
    let keys = Program::new("keys");
    let file = File::new(&format!(
        "[[connect]]\nfrom = '{}'\nto = ['{first}', '{second}']\n",
        keys.name
    ));
    let mut watch = Watch::new();
    let _keeper = keep(&[file.as_str()]);
    let out = keys.out.address();
    let other = Program::named(&second);
    watch.until_connected(out, other.input.address());
    let better = Program::named(&first);
    watch.until_connected(out, better.input.address());
    watch.until_disconnected(out, other.input.address());
    drop(better);
    watch.until_connected(out, other.input.address());
}

#[test]
fn only_forbidden_connections_are_removed() {
    need_sequencer!();
    let (keys, synth, other) = (
        Program::new("keys"),
        Program::new("synth"),
        Program::new("other"),
    );
    let rules = format!(
        "[[forbid]]\nfrom = '{}'\nto = '{}'\n",
        keys.name, synth.name
    );
    let file = File::new(&rules);
    let mut watch = Watch::new();
    let keeper = keep(&[file.as_str()]);
    for _ in 0..2 {
        keys.out.connect_to(&other.input).unwrap();
        keys.out.connect_to(&synth.input).unwrap();
        let said = keeper.stderr();
        assert!(said.starts_with("aseq: disconnected "), "{said}");
        assert!(said.ends_with(": a rule forbids it"), "{said}");
        watch.until_disconnected(keys.out.address(), synth.input.address());
        assert!(keys.sends_to(&other));
        keys.out.disconnect_to(&other.input).unwrap();
    }
}

#[test]
fn a_port_that_refuses_is_reported_once() {
    need_sequencer!();
    let (keys, synth) = (Program::new("keys"), Program::new("synth"));
    let taken = alsa_seq::ConnectOptions::new().exclusive(true);
    synth
        .client
        .connect(&synth.out, &synth.input, taken)
        .unwrap();
    let file = File::new(&rule(&keys.name, &synth.name));
    let keeper = keep(&[file.as_str()]);
    let said = keeper.stderr();
    assert!(said.contains("is taken exclusively by"), "{said}");
    // When the port is free, it is connected.
    synth.out.disconnect_to(&synth.input).unwrap();
    let said = keeper.stderr();
    assert!(said.starts_with("aseq: connected "), "{said}");
}

#[test]
fn a_file_has_one_keeper() {
    need_sequencer!();
    let file = File::new("");
    let keeper = keep(&[file.as_str()]);
    let (status, text) = complaint(&["patch", "keep", file.as_str()]);
    assert_eq!(status, 1);
    assert!(
        text.ends_with("another `aseq patch keep` uses it\n"),
        "{text}"
    );
    drop(keeper);
    let _next = keep(&[file.as_str()]);
}

/// One keeper wants a connection that the other forbids. Each undoes the other's change once, and
/// then both stop.
#[test]
fn keepers_with_contradicting_rules_stop_changing_connections() {
    need_sequencer!();
    let name = unique("synth");
    let keys = Program::new("keys");
    let wants = File::new(&(rule(&keys.name, &name) + &rule(&keys.name, &format!("{name} end"))));
    let forbids = File::new(&format!(
        "[[forbid]]\nfrom = '{}'\nto = '{name}'\n",
        keys.name
    ));
    let mut watch = Watch::new();
    let wanting = keep(&[wants.as_str()]);
    let forbidding = keep(&[forbids.as_str()]);
    let mut synth = Program::named(&name);
    assert!(wanting.stderr().contains("connected"));
    assert!(forbidding.stderr().contains("a rule forbids it"));
    // When both have handled this connection, they have handled all earlier changes.
    for _ in 0..3 {
        let end = Program::named(&format!("{name} end"));
        watch.until_connected(keys.out.address(), end.input.address());
        let said = wanting.stderr();
        assert!(said.contains(&format!("{name} end")), "{said}");
    }
    assert!(!keys.sends_to(&synth));
    // The port was connected once.
    let mut made = 0;
    while let Some(event) = synth.client.try_event_input().unwrap() {
        made += usize::from(event.event_type() == EventType::PORT_SUBSCRIBED);
    }
    assert_eq!(made, 1);
}

#[test]
fn two_keepers_with_the_same_rule_make_one_connection() {
    need_sequencer!();
    let name = unique("synth");
    let keys = Program::new("keys");
    let files = [(); 2].map(|()| File::new(&rule(&keys.name, &name)));
    let mut watch = Watch::new();
    let keepers = files.each_ref().map(|file| keep(&[file.as_str()]));
    for _ in 0..5 {
        let synth = Program::named(&name);
        watch.until_connected(keys.out.address(), synth.input.address());
        assert_eq!(keys.out.receivers().unwrap().len(), 1);
    }
    drop(keepers);
}

#[test]
fn systemd_is_notified_when_the_keeper_is_ready() {
    need_sequencer!();
    let (keys, synth) = (Program::new("keys"), Program::new("synth"));
    let file = File::new(&rule(&keys.name, &synth.name));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let name = unique("notify");
    let addresses = [
        (
            path.to_str().unwrap().to_owned(),
            SocketAddr::from_pathname(&path).unwrap(),
        ),
        (
            format!("@{name}"),
            SocketAddr::from_abstract_name(&name).unwrap(),
        ),
    ];
    for (variable, address) in addresses {
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut command = aseq(&["patch", "keep", file.as_str()]);
        let keeper = Running::spawn(command.env("NOTIFY_SOCKET", variable));
        is_told(&socket);
        // The keeper is ready when everything is connected.
        assert!(keys.sends_to(&synth));
        keys.out.disconnect_to(&synth.input).unwrap();
        drop(keeper);
    }
    let mut command = aseq(&["patch", "keep", file.as_str()]);
    let keeper = Running::spawn(command.env("NOTIFY_SOCKET", "/no/such/socket"));
    assert!(keeper.stderr().contains("connected"));
    let said = keeper.stderr();
    assert!(said.contains("notify systemd: "), "{said}");
}

/// Twenty connections between clients that end and start at random, with other numbers.
fn restarts(rounds: usize) -> Duration {
    const COUNT: usize = 20;

    let prefix = unique("many");
    let name = |number: usize| format!("{prefix} {number:02}");
    let rules = (0..COUNT).map(|number| rule(&name(number), &name((number + 1) % COUNT)));
    let file = File::new(&rules.collect::<String>());
    let mut watch = Watch::new();
    let keeper = keep(&["--quiet", file.as_str()]);
    let mut programs: Vec<Option<Program>> = (0..COUNT)
        .map(|number| Some(Program::named(&name(number))))
        .collect();
    let mut random = Random(0x5eed);
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        // Some clients end. Some of them start again in another order, with other clients between
        // them.
        let count = 1 + random.below(3);
        let mut gone: Vec<usize> = (0..count).map(|_| random.below(COUNT)).collect();
        gone.sort_unstable();
        gone.dedup();
        for number in &gone {
            programs[*number] = None;
        }
        let mut between = Vec::new();
        while !gone.is_empty() {
            if random.below(2) == 0 {
                between.push(Program::new("between"));
            }
            let number = gone.swap_remove(random.below(gone.len()));
            let mut program = Program::named(&name(number));
            if random.below(4) == 0 {
                // Its port is deleted and created again at once.
                drop(program.input);
                let options = PortOptions::receiver("in");
                program.input = program.client.create_port(options).unwrap();
            }
            programs[number] = Some(program);
        }
        let came = Instant::now();
        let programs: Vec<&Program> = programs.iter().flatten().collect();
        let wanted = |number: usize| {
            let receiver = programs[(number + 1) % COUNT].input.address();
            (programs[number].out.address(), receiver)
        };
        watch.until(|| {
            (0..COUNT).all(|number| {
                let (sender, receiver) = wanted(number);
                is_connected(&programs[0].client, sender, receiver)
            })
        });
        slowest = slowest.max(came.elapsed());
        for (number, program) in programs.iter().enumerate() {
            let receivers = program.out.receivers().unwrap();
            let receivers: Vec<_> = receivers.iter().map(|found| found.receiver).collect();
            assert_eq!(
                receivers,
                [wanted(number).1],
                "round {round}, {}",
                program.name
            );
        }
        for program in &between {
            assert_eq!(program.out.receivers().unwrap(), []);
            assert_eq!(program.input.senders().unwrap(), []);
        }
    }
    assert!(keeper.stderr.try_iter().next().is_none());
    keeper.signal(Signal::SIGTERM);
    assert_eq!(keeper.end(), (0, vec![]));
    slowest
}

#[test]
fn twenty_connections_outlive_restarts() {
    need_sequencer!();
    restarts(40);
}

/// The same for some minutes:
/// `cargo test -p aseq --release --features full --test aseq -- --ignored --nocapture thousand`
#[test]
#[ignore = "takes some minutes"]
fn twenty_connections_outlive_a_thousand_restarts() {
    need_sequencer!();
    let slowest = restarts(1000);
    println!("the slowest of 1000 restarts was whole again after {slowest:?}");
}

/// Numbers that are the same in each run (xorshift).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// By other names, in a directory, and given twice.
#[test]
fn a_file_has_one_keeper_by_all_its_names() {
    need_sequencer!();
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("a.toml"), "").unwrap();
    std::os::unix::fs::symlink("a.toml", path("link")).unwrap();
    let _keeper = keep(&[&path(""), &path("a.toml"), &path("link")]);
    for name in ["a.toml", "link", ""] {
        let (status, text) = complaint(&["patch", "keep", &path(name)]);
        assert_eq!(status, 1);
        assert!(
            text.ends_with("another `aseq patch keep` uses it\n"),
            "{text}"
        );
    }
}

/// A restarted keeper owns the connections that it made before.
#[test]
fn a_restarted_keeper_owns_its_old_connections() {
    need_sequencer!();
    let (first, second) = (unique("first"), unique("second"));
    let keys = Program::new("keys");
    let file = File::new(&format!(
        "[[connect]]\nfrom = '{}'\nto = ['{first}', '{second}']\n",
        keys.name
    ));
    let out = keys.out.address();
    let other = Program::named(&second);
    drop(keep(&[file.as_str()]));
    assert!(keys.sends_to(&other));
    let mut watch = Watch::new();
    let _keeper = keep(&[file.as_str()]);
    let better = Program::named(&first);
    watch.until_connected(out, better.input.address());
    watch.until_disconnected(out, other.input.address());
}

#[test]
fn files_are_read_again_after_usr1() {
    need_sequencer!();
    let (keys, one, two) = (
        Program::new("keys"),
        Program::new("one"),
        Program::new("two"),
    );
    let file = File::new(&rule(&keys.name, &one.name));
    let mut watch = Watch::new();
    let keeper = keep(&["--quiet", file.as_str()]);
    assert!(keys.sends_to(&one));
    // In the same way as editors.
    let write = |text: &str| {
        let new = file.path().with_extension("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(&new, file.path()).unwrap();
        keeper.signal(Signal::SIGUSR1);
    };
    write(&rule(&keys.name, &two.name));
    watch.until_connected(keys.out.address(), two.input.address());
    watch.until_disconnected(keys.out.address(), one.input.address());
    let (_, text) = complaint(&["patch", "keep", file.as_str()]);
    assert!(text.contains("another `aseq patch keep`"), "{text}");
    // If the file has a mistake, the old rules stay.
    write("mistake");
    let said = keeper.stderr();
    assert!(
        said.starts_with(&format!("aseq: {}:1: ", file.as_str())),
        "{said}"
    );
    let name = two.name.clone();
    drop(two);
    let two = Program::named(&name);
    watch.until_connected(keys.out.address(), two.input.address());
    keeper.signal(Signal::SIGTERM);
    assert_eq!(keeper.end(), (0, vec![]));
}

/// Changes by others do not repeat the message.
#[test]
fn a_port_that_refuses_is_not_reported_again() {
    need_sequencer!();
    let (keys, synth, other) = (
        Program::new("keys"),
        Program::new("synth"),
        Program::new("other"),
    );
    let taken = alsa_seq::ConnectOptions::new().exclusive(true);
    synth
        .client
        .connect(&synth.out, &synth.input, taken)
        .unwrap();
    let forbid = format!(
        "[[forbid]]\nfrom = '{}'\nto = '{}'\n",
        other.name, keys.name
    );
    let file = File::new(&(rule(&keys.name, &synth.name) + &forbid));
    let keeper = keep(&[file.as_str()]);
    let said = keeper.stderr();
    assert!(said.contains("is taken exclusively by"), "{said}");
    for _ in 0..3 {
        other.out.connect_to(&keys.input).unwrap();
        // It removes this connection. So it has handled everything before it.
        let said = keeper.stderr();
        assert!(said.ends_with(": a rule forbids it"), "{said}");
        keys.out.connect_to(&other.input).unwrap();
        keys.out.disconnect_to(&other.input).unwrap();
    }
}

#[test]
fn an_empty_notify_socket_means_none() {
    need_sequencer!();
    let (keys, synth) = (Program::new("keys"), Program::new("synth"));
    let file = File::new(&rule(&keys.name, &synth.name));
    let mut command = aseq(&["patch", "keep", file.as_str()]);
    let keeper = Running::spawn(command.env("NOTIFY_SOCKET", ""));
    assert!(keeper.stderr().contains("connected"));
    keeper.signal(Signal::SIGTERM);
    assert_eq!(keeper.end(), (0, vec![]));
}

/// It is reading long files when the signal arrives.
#[test]
fn a_reload_does_not_end_a_keeper_that_starts() {
    need_sequencer!();
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("rules.toml"), rule("no such", "client").repeat(4000)).unwrap();
    let learned = path("learned");
    let keeper = Running::start(&["patch", "keep", &path("rules.toml"), "--learn", &learned]);
    let has_begun = directory.path().join(".learned.lock");
    while !has_begun.exists() {
        std::thread::yield_now();
    }
    keeper.signal(Signal::SIGUSR1);
    keeper.signal(Signal::SIGTERM);
    assert_eq!(keeper.end(), (0, vec![]));
}
