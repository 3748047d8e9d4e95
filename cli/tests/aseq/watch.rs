//! Tests of `aseq watch`, which prints added, changed and removed clients, ports and connections.

use std::process::Stdio;

use alsa_seq::{PortOptions, SequencerClient};
use nix::sys::signal::Signal;

use crate::Running;
use support::{client, need_sequencer, unique};

/// Starts to watch, and waits until the program watches.
fn watching(arguments: &[&str]) -> Running {
    let watch = Running::start(&[&["watch"], arguments].concat());
    let line = watch.stderr();
    assert_eq!(line, "Waiting for changes. Press Ctrl+C to end.");
    watch
}

impl Running {
    /// Returns the next line that contains one of the words. Other tests open and close clients,
    /// too.
    fn line_with(&self, words: &[&str]) -> String {
        loop {
            let line = self.stdout();
            if words.iter().any(|word| line.contains(word)) {
                return line;
            }
        }
    }
}

fn name_of(client: &SequencerClient) -> String {
    client.info().unwrap().name().into_owned()
}

#[test]
fn existing_objects_are_listed_before_the_changes() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let (a_name, b_name) = (name_of(&a), name_of(&b));
    let out = a.create_port(PortOptions::sender("out")).unwrap();
    let input = b.create_port(PortOptions::receiver("in")).unwrap();
    out.connect_to(&input).unwrap();
    let (from, to) = (out.address(), input.address());
    let connection = format!("{from} ({a_name}:out) -> {to} ({b_name}:in)");
    let pid = a.info().unwrap().pid().unwrap();

    let watch = watching(&[]);
    let next = || watch.line_with(&[&a_name, &b_name]);
    let of_client = |id, name: &str| format!("client {id}: {name} [user, pid {pid}]");
    // Clients are listed in the order of their numbers.
    let mut there = [next(), next(), next(), next(), next()];
    let mut expected = [
        format!("  {}", of_client(a.id(), &a_name)),
        format!("  port {from} i- {a_name}:out"),
        format!("  {}", of_client(b.id(), &b_name)),
        format!("  port {to} -o {b_name}:in"),
        format!("  {connection}"),
    ];
    assert_eq!(there[4], expected[4]);
    there.sort();
    expected.sort();
    assert_eq!(there, expected);

    out.disconnect_to(&input).unwrap();
    assert_eq!(next(), format!("- {connection}"));
    out.connect_to(&input).unwrap();
    assert_eq!(next(), format!("+ {connection}"));
    let more = b.create_port(PortOptions::receiver("more")).unwrap();
    let more_address = more.address();
    assert_eq!(next(), format!("+ port {more_address} -o {b_name}:more"));
    drop(more);
    assert_eq!(next(), format!("- port {more_address} -o {b_name}:more"));
    // Its name is known at the latest when it gets a port.
    let new_name = unique("c");
    b.set_name(new_name.as_str()).unwrap();
    let more = b.create_port(PortOptions::receiver("more")).unwrap();
    let renamed = of_client(b.id(), &new_name);
    assert_eq!(next(), format!("~ {renamed}, was {b_name}"));
    let next = || watch.line_with(&[&a_name, &b_name, &new_name]);
    assert_eq!(next(), format!("+ port {more_address} -o {new_name}:more"));

    // With a client, its connections and ports are removed. They are printed with their names.
    let b_id = b.id();
    drop((input, more, b));
    let renamed_to = format!("{from} ({a_name}:out) -> {to} ({new_name}:in)");
    assert_eq!(next(), format!("- {renamed_to}"));
    let mut gone = [next(), next(), next()];
    gone.sort();
    let mut expected = [
        format!("- port {to} -o {new_name}:in"),
        format!("- port {more_address} -o {new_name}:more"),
        format!("- client {b_id}: {new_name} [user, pid {pid}]"),
    ];
    expected.sort();
    assert_eq!(gone, expected);

    watch.signal(Signal::SIGINT);
    assert_eq!(watch.end(), (0, vec![]));
}

#[test]
fn watch_ends_after_the_given_number_of_changes() {
    need_sequencer!();
    let there = client("there");
    let watch = watching(&["--no-snapshot", "--changes", "1"]);
    let _port = there.create_port(PortOptions::sender("out")).unwrap();
    let line = watch.stdout();
    assert!(line.starts_with(['+', '-', '~', '!']), "{line}");
    assert!(watch.stdout.recv().is_err(), "a second change");
    assert_eq!(watch.end(), (0, vec![]));
}

/// As in `aseq watch | head`: a closed pipe ends the program at once, not only at the next change.
#[test]
fn watch_ends_when_its_pipe_is_closed() {
    need_sequencer!();
    let (reader, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).unwrap();
    let mut child = crate::aseq(&["watch", "--no-snapshot"])
        .stdout(writer)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(reader);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(feature = "json")]
#[test]
fn json_lines_are_objects() {
    use serde_json::{Value, json};

    need_sequencer!();
    let a = client("a");
    let name = name_of(&a);
    let watch = watching(&["--json"]);
    let next = |word: &str| -> Value {
        let line: Value = serde_json::from_str(&watch.line_with(&[word])).unwrap();
        assert!(line["monotonic"].is_string(), "{line}");
        line
    };
    let line = next(&name);
    assert_eq!(line["change"], "present");
    assert_eq!(line["client"]["client"], a.id().number());
    assert_eq!(line["client"]["kind"], "user");
    assert_eq!(line["client"]["ports"], Value::Null);
    let line = next("ready");
    let mut keys: Vec<&String> = line.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!((keys.len(), keys[0].as_str()), (2, "change"));

    // The objects have the same form as in `aseq list --json`.
    let out_name = unique("out");
    let port = a
        .create_port(PortOptions::sender(out_name.as_str()))
        .unwrap();
    let line = next(&out_name);
    let list: Value = serde_json::from_str(&crate::printed(&["list", "--json"])).unwrap();
    let clients = list["clients"].as_array().unwrap();
    let listed = clients
        .iter()
        .find(|client| client["name"] == name.as_str());
    assert_eq!(line["change"], "added");
    assert_eq!(line["port"], listed.unwrap()["ports"][0]);

    let (from, to) = (port.address().to_string(), "14:0");
    port.connect_to(alsa_seq::Address::new(14, 0)).unwrap();
    let line = next(&format!("\"{from}\""));
    assert_eq!(line["change"], "added");
    let connection = json!({"sender": from, "receiver": to, "exclusive": false});
    assert_eq!(line["connection"], connection);

    let new_name = unique("b");
    a.set_name(new_name.as_str()).unwrap();
    let _more = a.create_port(PortOptions::sender("more")).unwrap();
    let line = next(&new_name);
    assert_eq!(line["change"], "changed");
    assert_eq!(line["client"]["name"], new_name.as_str());
    assert_eq!(line["old"]["name"], name.as_str());
}
