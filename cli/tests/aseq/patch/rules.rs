//! Tests of rule files, and of `save`, `check` and `apply`.

use std::fs;

use alsa_seq::ConnectOptions;

use super::{File, Program, rule};
use crate::{complaint, output, printed};
use support::{need_sequencer, unique};

#[test]
fn saved_connections_are_made_again() {
    need_sequencer!();
    // A name with all special characters of patterns and TOML.
    let keys = Program::named(&unique("keys *?\\:\"'#"));
    let synth = Program::new("synth");
    let exclusive = ConnectOptions::new().exclusive(true);
    keys.client
        .connect(&keys.out, &synth.input, exclusive)
        .unwrap();
    let file = File::none();
    let saved = printed_except_for_problems(&["patch", "save", file.as_str()]);
    assert_eq!(saved, "");
    let text = file.text();
    let ours = text.split("\n\n").filter(|rule| rule.contains(&synth.name));
    let ours: Vec<&str> = ours.collect();
    assert_eq!(ours.len(), 1, "{text}");
    assert!(ours[0].ends_with("exclusive = true\n") || ours[0].ends_with("exclusive = true"));
    // Only the rules of this test.
    fs::write(file.path(), ours[0]).unwrap();
    let ends = [
        format!("{} ({}:out)", keys.out.address(), keys.name),
        format!("{} ({}:in)", synth.input.address(), synth.name),
    ];
    let shown = |mark: char| format!("{mark} {} -> {}\n", ends[0], ends[1]);
    assert_eq!(printed(&["patch", "check", file.as_str()]), shown('='));
    keys.out.disconnect_to(&synth.input).unwrap();
    assert_eq!(printed(&["patch", "check", file.as_str()]), shown('+'));
    assert!(!keys.sends_to(&synth));
    for _ in 0..2 {
        assert_eq!(printed(&["patch", "apply", file.as_str()]), "");
        assert!(keys.out.receivers().unwrap()[0].exclusive);
    }

    // `save` does not overwrite a file.
    let (status, text) = complaint(&["patch", "save", file.as_str()]);
    assert_eq!(status, 1);
    assert!(text.contains("--force"), "{text}");
    assert_eq!(
        printed_except_for_problems(&["patch", "save", "--force", file.as_str()]),
        ""
    );
    assert!(file.text().contains(&synth.name));
    let printed = printed_except_for_problems(&["patch", "save", "-"]);
    assert!(printed.contains(&synth.name), "{printed}");
}

/// Some connections of other tests may not be savable.
fn printed_except_for_problems(arguments: &[&str]) -> String {
    let output = output(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn apply_names_rules_that_connect_nothing() {
    need_sequencer!();
    let (keys, synth) = (Program::new("keys"), Program::new("synth"));
    let missing = unique("missing");
    let rules = [
        rule(&keys.name, &missing),
        rule(&missing, &synth.name),
        rule(&keys.name, &synth.name),
        format!(
            "[[forbid]]\nfrom = '{}'\nto = '{}'\n",
            synth.name, keys.name
        ),
        rule(&synth.name, &keys.name),
    ];
    synth.out.connect_to(&keys.input).unwrap();
    let file = File::new(&rules.concat());
    let path = file.as_str();
    let checked = printed(&["patch", "check", path]);
    let lines: Vec<&str> = checked.lines().collect();
    assert_eq!(lines.len(), 5, "{checked}");
    assert!(
        lines[0].starts_with('+') && lines[1].starts_with('-'),
        "{checked}"
    );
    assert!(lines[1].ends_with(&format!("({path}:10)")), "{checked}");
    let said = [
        format!("{path}:1: no port matches `to`"),
        format!("{path}:4: no port matches `from`"),
        format!("{path}:13: a rule forbids it"),
    ];
    for (line, said) in lines[2..].iter().zip(&said) {
        assert_eq!(*line, format!("? {said}"));
    }
    assert!(!keys.sends_to(&synth) && synth.sends_to(&keys));
    let (status, text) = complaint(&["patch", "apply", path]);
    assert_eq!(status, 1);
    let [first, second, third] = &said;
    assert_eq!(
        text,
        format!(
            "aseq: {first}\naseq: {second}\naseq: {third}\naseq: 3 rules or connections failed\n"
        )
    );
    assert!(keys.sends_to(&synth) && !synth.sends_to(&keys));
}

/// A newcomer writes the beginning of a name, or another case, as in other commands.
#[test]
fn a_rule_that_fits_nothing_names_what_is_similar() {
    need_sequencer!();
    let (keys, synth) = (Program::new("Kanun"), Program::new("Oud"));
    let similar = |name: &str| {
        format!(
            "did you mean {name:?}? Write the whole name with its capital letters; * stands for \
             any characters"
        )
    };
    let begin = |name: &str| {
        let (begin, _) = name.split_at(name.len() - 1);
        begin.to_owned()
    };
    for (from, to, said) in [
        (
            keys.name.to_lowercase(),
            synth.name.clone(),
            format!("no port matches `from`; {}", similar(&keys.name)),
        ),
        (
            keys.name.clone(),
            begin(&synth.name),
            format!("no port matches `to`; {}", similar(&synth.name)),
        ),
        (
            format!("{}:no such port", keys.name),
            synth.name.clone(),
            format!(
                "no port matches `from`; client {:?} matches, but none of its ports that send",
                keys.name
            ),
        ),
        (
            keys.name.clone(),
            format!("{}:no such port", synth.name),
            format!(
                "no port matches `to`; client {:?} matches, but none of its ports that receive",
                synth.name
            ),
        ),
    ] {
        let file = File::new(&rule(&from, &to));
        let path = file.as_str();
        let expected = format!("? {path}:1: {said}\n");
        assert_eq!(printed(&["patch", "check", path]), expected);
        let (status, text) = complaint(&["patch", "apply", path]);
        assert_eq!(status, 1);
        assert!(
            text.starts_with(&format!("aseq: {path}:1: {said}\n")),
            "{text}"
        );
    }
    // With the wildcard that the message names, it is connected.
    let file = File::new(&rule(&keys.name, &(begin(&synth.name) + "?")));
    assert_eq!(printed(&["patch", "apply", file.as_str()]), "");
    assert!(keys.sends_to(&synth));
}

#[test]
fn wrong_files_change_nothing() {
    need_sequencer!();
    let (keys, synth) = (Program::new("keys"), Program::new("synth"));
    let wrong = rule(&keys.name, &synth.name) + "\u{1b}[2J = 1\n";
    let file = File::new(&wrong);
    for action in ["check", "apply", "keep"] {
        let (status, text) = complaint(&["patch", action, file.as_str()]);
        assert_eq!(status, 1, "{text}");
        assert!(
            text.starts_with(&format!("aseq: {}:4: ", file.as_str())),
            "{text}"
        );
        assert!(
            !text.contains('\u{1b}') && text.lines().count() == 1,
            "{text}"
        );
        let (status, text) = complaint(&["patch", action, "/no/such/file"]);
        assert_eq!(status, 1);
        assert!(text.starts_with("aseq: /no/such/file: "), "{text}");
        let fifo = File::none();
        nix::unistd::mkfifo(fifo.path(), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let (status, text) = complaint(&["patch", action, fifo.as_str()]);
        assert_eq!(status, 1);
        assert!(text.contains("not an ordinary file"), "{text}");
    }
    assert!(!keys.sends_to(&synth));
}

#[test]
fn files_of_a_directory_are_read_together() {
    need_sequencer!();
    let (keys, synth, other) = (
        Program::new("keys"),
        Program::new("synth"),
        Program::new("other"),
    );
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    write("1.toml", &rule(&keys.name, &synth.name));
    write("2.toml", &rule(&keys.name, &other.name));
    write(
        "3.toml",
        &format!("[[forbid]]\nfrom = '*'\nto = '{}'\n", other.name),
    );
    let (status, text) = complaint(&["patch", "apply", directory.path().to_str().unwrap()]);
    assert_eq!(status, 1);
    assert!(text.contains("2.toml:1: a rule forbids it"), "{text}");
    assert!(keys.sends_to(&synth) && !keys.sends_to(&other));
}

/// Returns the rules that `save` writes for connections from this client.
fn saved(name: &str) -> (String, Vec<String>) {
    let output = output(&["patch", "save", "-"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let rules = text.split("\n\n").filter(|rule| rule.contains(name));
    let said = String::from_utf8(output.stderr).unwrap();
    let said = said.lines().filter(|line| line.contains(name));
    (
        rules.collect::<Vec<_>>().join("\n"),
        said.map(str::to_owned).collect(),
    )
}

/// A port that is connected to itself, and a port whose short name is another port's name.
#[test]
fn unusual_connections_are_saved() {
    need_sequencer!();
    let name = unique("unusual");
    let client = alsa_seq::SequencerClient::open(&*name).unwrap();
    let port = |name: &str| {
        client
            .create_port(alsa_seq::PortOptions::new(name))
            .unwrap()
    };
    let (port, other) = (port("a"), port(&format!("{name} a")));
    port.connect_to(&port).unwrap();
    let (rules, said) = saved(&name);
    assert_eq!(said, [""; 0]);
    let file = File::new(&rules);
    port.disconnect_to(&port).unwrap();
    assert_eq!(printed(&["patch", "apply", file.as_str()]), "");
    let receivers = |port: &alsa_seq::Port| {
        let receivers = port.receivers().unwrap();
        receivers
            .iter()
            .map(|found| found.receiver)
            .collect::<Vec<_>>()
    };
    assert_eq!(receivers(&port), [port.address()]);
    assert_eq!(receivers(&other), []);
}

/// Another client may get the number in this name later.
#[test]
fn a_client_without_a_name_cannot_be_saved() {
    need_sequencer!();
    let synth = Program::new("synth");
    let client = alsa_seq::SequencerClient::open(unique("nameless")).unwrap();
    let name = format!("Client-{}", client.id());
    client.set_name(&name).unwrap();
    let port = client.create_port("out").unwrap();
    port.connect_to(&synth.input).unwrap();
    let (_, said) = saved(&name);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("only the name that the kernel gave it"),
        "{said:?}"
    );
}

#[test]
fn a_shared_connection_is_not_exclusive() {
    need_sequencer!();
    let (keys, synth) = (Program::new("keys"), Program::new("synth"));
    keys.out.connect_to(&synth.input).unwrap();
    let file = File::new(&(rule(&keys.name, &synth.name) + "exclusive = true\n"));
    let path = file.as_str();
    let ends = [&keys.out, &synth.input].map(|port| port.address().to_string());
    let said = format!(
        "connected already, but not exclusively; disconnect them first: aseq disconnect {} {}",
        ends[0], ends[1]
    );
    let shown = printed(&["patch", "check", path]);
    assert!(shown.starts_with("= "), "{shown}");
    assert!(shown.ends_with(&format!("{said}\n")), "{shown}");
    let (status, text) = complaint(&["patch", "apply", path]);
    assert_eq!(status, 1);
    assert!(text.contains(&said), "{text}");
    let keeper = super::keep(&[path]);
    let text = keeper.stderr();
    assert!(text.ends_with(&said), "{text}");
    let is_exclusive = || synth.input.senders().unwrap()[0].exclusive;
    assert!(!is_exclusive());
    // The command of the message, and then `apply`: the keeper leaves them as they are.
    assert_eq!(printed(&["disconnect", &ends[0], &ends[1]]), "");
    assert_eq!(printed(&["patch", "apply", path]), "");
    assert!(is_exclusive());
    // The keeper connects them exclusively when one of them returns.
    let mut watch = super::Watch::new();
    let name = synth.name.clone();
    drop(synth);
    let synth = Program::named(&name);
    watch.until_connected(keys.out.address(), synth.input.address());
    assert!(synth.input.senders().unwrap()[0].exclusive);
}

#[test]
fn a_directory_without_rules_is_reported() {
    need_sequencer!();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let output = output(&["patch", "check", path]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        format!("aseq: {path}: the directory has no *.toml files\n")
    );
    // A directory with the name of a file.
    fs::create_dir(directory.path().join("\u{1b}.toml")).unwrap();
    let (status, text) = complaint(&["patch", "check", path]);
    assert_eq!(status, 1);
    assert!(text.ends_with("it is not an ordinary file\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}
