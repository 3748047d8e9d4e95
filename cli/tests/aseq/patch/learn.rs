//! Tests of `aseq patch keep --learn`, which remembers changes made by hand.

use std::fs;
use std::os::fd::AsRawFd as _;
use std::path::PathBuf;
use std::thread;

use nix::sys::signal::Signal;

use super::{File, Program, Watch, keep, ready, rule};
use crate::takes::in_mount_namespace;
use crate::{complaint, printed};
use support::{need_sequencer, unique};

/// Waits until a file contains a text, or no longer contains it.
fn until(file: &File, is_so: impl Fn(&str) -> bool) {
    let deadline = std::time::Instant::now() + support::PATIENCE;
    loop {
        let text = fs::read_to_string(file.path()).unwrap_or_default();
        if is_so(&text) {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{text}");
        thread::yield_now();
    }
}

#[test]
fn connections_made_by_hand_are_made_again() {
    need_sequencer!();
    let name = unique("synth");
    let keys = Program::new("keys");
    let (file, learned) = (File::new(""), File::none());
    let arguments = [file.as_str(), "--learn", learned.as_str()];
    let mut watch = Watch::new();
    let synth = Program::named(&name);
    let keeper = keep(&arguments);
    keys.out.connect_to(&synth.input).unwrap();
    until(&learned, |text| text.contains(&name));
    drop(synth);
    let synth = Program::named(&name);
    watch.until_connected(keys.out.address(), synth.input.address());
    drop(keeper);
    // Another keeper continues with the file.
    drop(synth);
    let keeper = keep(&arguments);
    let synth = Program::named(&name);
    watch.until_connected(keys.out.address(), synth.input.address());
    keys.out.disconnect_to(&synth.input).unwrap();
    until(&learned, |text| !text.contains(&name));
    keeper.signal(Signal::SIGTERM);
    assert_eq!(keeper.end().0, 0);
    // The file is an ordinary file of rules.
    assert_eq!(printed(&["patch", "check", learned.as_str()]), "");
}

#[test]
fn a_connection_that_is_removed_by_hand_becomes_forbidden() {
    need_sequencer!();
    let name = unique("synth");
    let keys = Program::new("keys");
    let file = File::new(&rule(&keys.name, &name));
    let learned = File::none();
    let arguments = [file.as_str(), "--learn", learned.as_str()];
    let mut watch = Watch::new();
    let synth = Program::named(&name);
    let keeper = keep(&arguments);
    watch.until_connected(keys.out.address(), synth.input.address());
    keys.out.disconnect_to(&synth.input).unwrap();
    until(&learned, |text| text.contains("[[forbid]]"));
    drop((keeper, synth));
    let _keeper = keep(&arguments);
    let synth = Program::named(&name);
    // Connecting by hand allows it again.
    keys.out.connect_to(&synth.input).unwrap();
    until(&learned, |text| !text.contains("[[forbid]]"));
    assert!(keys.sends_to(&synth));
    drop(synth);
    let synth = Program::named(&name);
    watch.until_connected(keys.out.address(), synth.input.address());
}

/// Some programs disconnect their ports when they end. Their connections are kept.
#[test]
fn the_end_of_a_program_is_not_learned() {
    need_sequencer!();
    let name = unique("synth");
    let keys = Program::new("keys");
    let file = File::new(&rule(&keys.name, &name));
    let learned = File::none();
    let _keeper = keep(&[file.as_str(), "--learn", learned.as_str()]);
    let mut watch = Watch::new();
    let mut synth = Program::named(&name);
    for _ in 0..3 {
        watch.until_connected(keys.out.address(), synth.input.address());
        keys.out.disconnect_to(&synth.input).unwrap();
        drop(synth);
        synth = Program::named(&name);
    }
    watch.until_connected(keys.out.address(), synth.input.address());
    // A later change is learned later.
    keys.out.disconnect_to(&synth.input).unwrap();
    until(&learned, |text| text.matches("[[forbid]]").count() == 1);
}

#[test]
fn a_learned_file_has_one_keeper() {
    need_sequencer!();
    let (file, learned) = (File::new(""), File::none());
    let _keeper = keep(&[file.as_str(), "--learn", learned.as_str()]);
    // No other file is needed.
    let (status, text) = complaint(&["patch", "keep", "--learn", learned.as_str()]);
    assert_eq!(status, 1);
    assert!(
        text.ends_with("another `aseq patch keep` uses it\n"),
        "{text}"
    );
}

/// Kills keepers at random moments while they write the file again and again.
fn kill(times: usize) {
    let programs: Vec<Program> = (0..6).map(|_| Program::new("program")).collect();
    let (file, learned) = (File::new(""), File::none());
    let arguments = [file.as_str(), "--learn", learned.as_str()];
    let mut random = super::hold::Random(0xd1e);
    let mut written = 0;
    for _ in 0..times {
        let keeper = keep(&arguments);
        // Each of these changes makes it write the file.
        for _ in 0..random.below(24) {
            let pair = [random.below(programs.len()), random.below(programs.len())];
            let [sender, receiver] = pair.map(|number| &programs[number]);
            if sender.sends_to(receiver) {
                let _ = sender.out.disconnect_to(&receiver.input);
            } else {
                let _ = sender.out.connect_to(&receiver.input);
            }
        }
        for _ in 0..random.below(2000) {
            thread::yield_now();
        }
        keeper.signal(Signal::SIGKILL);
        assert_eq!(keeper.end().0, 137);
        if learned.path().exists() {
            written += usize::from(learned.text().contains("[[connect]]"));
            let output = crate::output(&["patch", "check", learned.as_str()]);
            assert!(output.status.success(), "{output:?}\n{}", learned.text());
            assert!(learned.text().starts_with("# Connections that were made"));
        }
    }
    assert!(written > 0, "it was killed before it wrote anything");
}

#[test]
fn a_killed_keeper_leaves_a_complete_file() {
    need_sequencer!();
    kill(20);
}

/// The same for longer:
/// `cargo test -p aseq --release --features full --test aseq -- --ignored --nocapture thousand_kills`
#[test]
#[ignore = "takes some minutes"]
fn a_thousand_kills_leave_a_complete_file() {
    need_sequencer!();
    kill(1000);
}

/// A rule with names would match both.
#[test]
fn connections_of_two_programs_with_one_name_are_not_learned() {
    need_sequencer!();
    let keys = Program::new("keys");
    let name = unique("synth");
    let (first, second) = (Program::named(&name), Program::named(&name));
    let (file, learned) = (File::new(&rule(&keys.name, &name)), File::none());
    let keeper = keep(&["--quiet", file.as_str(), "--learn", learned.as_str()]);
    assert!(keys.sends_to(&first) && keys.sends_to(&second));
    keys.out.disconnect_to(&second.input).unwrap();
    let said = keeper.stderr();
    assert!(said.contains("not learned"), "{said}");
    second.out.connect_to(&keys.input).unwrap();
    let said = keeper.stderr();
    assert!(said.contains("not learned"), "{said}");
    keeper.signal(Signal::SIGTERM);
    assert_eq!(keeper.end(), (0, vec![]));
    assert!(!learned.path().exists());
    assert!(keys.sends_to(&first) && !keys.sends_to(&second));
}

#[test]
fn a_disconnection_just_before_the_end_is_learned() {
    need_sequencer!();
    let (keys, synth) = (Program::new("keys"), Program::new("synth"));
    let (file, learned) = (File::new(&rule(&keys.name, &synth.name)), File::none());
    let keeper = keep(&[file.as_str(), "--learn", learned.as_str()]);
    keys.out.disconnect_to(&synth.input).unwrap();
    keeper.signal(Signal::SIGTERM);
    assert_eq!(keeper.end().0, 0);
    assert!(learned.text().contains("[[forbid]]"), "{}", learned.text());
}

/// Both signals are pending before it checks for signals.
#[test]
fn a_signal_to_end_takes_precedence_over_a_reload() {
    need_sequencer!();
    let learned = File::none();
    for end in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let keeper = keep(&["--learn", learned.as_str()]);
        for signal in [Signal::SIGSTOP, end, Signal::SIGUSR1, Signal::SIGCONT] {
            keeper.signal(signal);
        }
        assert_eq!(keeper.end(), (0, vec![]));
    }
}

const NO_SPACE: &str = "No space left on device";

/// The keeper's disk is full when it learns.
struct FullDisk {
    keeper: crate::Running,
    /// The disk is gone when its place is.
    _place: tempfile::TempDir,
    /// Holds the disk when the keeper has ended.
    _directory: fs::File,
    learned: PathBuf,
    filler: PathBuf,
    _keys: Program,
    synth: Program,
}

impl FullDisk {
    fn new() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let shown = place.path().display();
        let mut command = in_mount_namespace(&format!(
            "mount -t tmpfs -o size=64k none {shown} &&
             exec \"$0\" patch keep --learn {shown}/rules.toml"
        ))?;
        let keeper = ready(&mut command);
        let root = format!("/proc/{}/root{shown}", keeper.child.id());
        let directory = fs::File::open(root).unwrap();
        let path = |name: &str| {
            let path = format!("/proc/self/fd/{}/{name}", directory.as_raw_fd());
            PathBuf::from(path)
        };
        let (learned, filler) = (path("rules.toml"), path("filler"));
        let error = fs::write(&filler, vec![0; 1 << 17]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        let (keys, synth) = (Program::new("keys"), Program::new("synth"));
        keys.out.connect_to(&synth.input).unwrap();
        // It also learns connections of other tests, and may print that.
        while !keeper.stderr().contains(NO_SPACE) {}
        Some(Self {
            keeper,
            _place: place,
            _directory: directory,
            learned,
            filler,
            _keys: keys,
            synth,
        })
    }
}

/// The file is written when the disk has space again. The missing space is reported once.
#[test]
fn a_learned_rule_outlives_a_full_disk() {
    need_sequencer!();
    let Some(disk) = FullDisk::new() else {
        return;
    };
    fs::remove_file(&disk.filler).unwrap();
    disk.keeper.signal(Signal::SIGTERM);
    let (status, said) = disk.keeper.end();
    assert_eq!(status, 0, "{said:?}");
    assert!(!said.concat().contains(NO_SPACE), "{said:?}");
    let text = fs::read_to_string(&disk.learned).unwrap();
    assert!(text.contains(&disk.synth.name), "{text}");
}

/// A keeper that reads its files again would forget the rule.
#[test]
fn a_learned_rule_that_cannot_be_written_is_a_failure_at_the_end() {
    need_sequencer!();
    let Some(disk) = FullDisk::new() else {
        return;
    };
    disk.keeper.signal(Signal::SIGUSR1);
    while !disk.keeper.stderr().contains(NO_SPACE) {}
    disk.keeper.signal(Signal::SIGTERM);
    let (status, said) = disk.keeper.end();
    assert_eq!(status, 1, "{said:?}");
    assert!(said.last().unwrap().contains(NO_SPACE), "{said:?}");
}

#[test]
fn an_exclusive_connection_is_learned_as_exclusive() {
    need_sequencer!();
    let (keys, synth) = (Program::new("keys"), Program::new("synth"));
    let (file, learned) = (File::new(""), File::none());
    let _keeper = keep(&[file.as_str(), "--learn", learned.as_str()]);
    let exclusive = alsa_seq::ConnectOptions::new().exclusive(true);
    keys.client
        .connect(&keys.out, &synth.input, exclusive)
        .unwrap();
    until(&learned, |text| text.contains("exclusive = true"));
}

/// The keeper would read its own learned rules.
#[test]
fn a_file_cannot_be_learned_and_read() {
    need_sequencer!();
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("a.toml"), "").unwrap();
    std::os::unix::fs::symlink("a.toml", path("link")).unwrap();
    for (read, learned) in [
        (path("a.toml"), path("a.toml")),
        (path("a.toml"), path("link")),
        (path(""), path("a.toml")),
        (path(""), path("b.toml")),
    ] {
        let (status, text) = complaint(&["patch", "keep", &read, "--learn", &learned]);
        assert_eq!(status, 1);
        assert!(text.contains("--learn needs another"), "{text}");
    }
    assert!(!directory.path().join("b.toml").exists());
    // A file that is not read works.
    let _keeper = keep(&[&path(""), "--learn", &path("learned")]);
}

/// A FIFO has the name of the hidden lock file.
#[test]
fn a_fifo_in_place_of_the_lock_file_is_not_waited_for() {
    need_sequencer!();
    let (file, learned) = (File::new(""), File::none());
    let lock = learned.path().with_file_name(".rules.toml.lock");
    nix::unistd::mkfifo(&lock, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let arguments = ["patch", "keep", file.as_str(), "--learn", learned.as_str()];
    let (status, text) = complaint(&arguments);
    assert_eq!(status, 1);
    assert!(text.contains("(os error 6)"), "{text}");
}

/// A longer file could not be read again.
#[test]
fn nothing_is_learned_into_a_full_file() {
    need_sequencer!();
    let (keys, synth) = (Program::new("keys"), Program::new("synth"));
    let full = rule("no such", "client").repeat(4096);
    let learned = File::new(&full);
    let keeper = keep(&["--learn", learned.as_str()]);
    keys.out.connect_to(&synth.input).unwrap();
    let said = keeper.stderr();
    assert!(
        said.ends_with("it has 4096 rules, so no more rules are learned"),
        "{said}"
    );
    assert_eq!(learned.text(), full);
}
