//! Clients, ports and connections.

use std::sync::PoisonError;

use alsa_seq::{EventType, Port, PortOptions, QueueOptions, Stamp};
use support::{client, need_sequencer};

use crate::common::{SYNTHS, failure, lines, quiet_port, run};

#[test]
fn open_client() {
    need_sequencer!();
    let lines = lines("open_client", &[]);
    assert!(lines[0].ends_with(" \"open_client\""), "{lines:?}");
    assert_eq!(
        lines[1..],
        ["now \"renamed\"", "1000 cells for output, 1000 for input"]
    );
    let output = run("open_client", &["/no/such/device"]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("(ENOENT); load the kernel's sequencer"),
        "{error}"
    );
    assert_eq!(run("open_client", &["/dev/null"]).status.code(), Some(1));
}

#[test]
fn list_clients() {
    need_sequencer!();
    let client = client("listed");
    let filter = [EventType::NOTE_ON, EventType::SYSEX];
    client.set_event_filter(filter).unwrap();
    let _port = quiet_port(&client, "port");
    let all = lines("list_clients", &[]);
    let info = client.info().unwrap();
    let head = format!("client {} {:?}", client.id(), info.name());
    let at = all.iter().position(|line| *line == head).unwrap();
    assert_eq!(all[at + 1], "  kind:   User");
    assert_eq!(all[at + 2], format!("  thread: {}", info.pid().unwrap()));
    assert_eq!(all[at + 3], "  ports:  1");
    assert_eq!(all[at + 5], "  takes:  note-on sysex");
    assert!(all.last().unwrap().ends_with(" of 32 queues"));
}

#[test]
fn list_ports() {
    need_sequencer!();
    let client = client("listed");
    let name = client.info().unwrap().name().into_owned();
    let sink = client
        .create_port(PortOptions::receiver("the sink"))
        .unwrap();
    let quiet = quiet_port(&client, "the quiet one");
    let line = |port: &Port, port_name: &str| format!("{} {name:?} {port_name:?}", port.address());
    let (sink, quiet) = (line(&sink, "the sink"), line(&quiet, "the quiet one"));

    for (arguments, shows_sink, shows_quiet) in [
        (&[][..], true, false),
        (&["--output"], true, false),
        (&["--input"], false, false),
        (&["--type", "ANY"], true, true),
        (&["--type", "midi_generic,software"], true, false),
        (
            &["--type", "APPLICATION", "--input", "--output"],
            false,
            true,
        ),
    ] {
        let lines = lines("list_ports", arguments);
        assert_eq!(lines.contains(&sink), shows_sink, "{arguments:?}");
        assert_eq!(lines.contains(&quiet), shows_quiet, "{arguments:?}");
        assert!(!lines.iter().any(|line| line.starts_with("0:0 ")));
    }
    let all = lines("list_ports", &["--system", "--type", "ANY", "--verbose"]);
    let at = all.iter().position(|line| *line == sink).unwrap();
    assert!(
        all[at + 1].contains("WRITE | SUBS_WRITE"),
        "{}",
        all[at + 1]
    );
    assert!(all.contains(&"0:0 \"System\" \"Timer\"".to_owned()));
    let through = "\"Midi Through\"";
    let without = lines("list_ports", &["--no-midi-through"]);
    assert!(!without.iter().any(|line| line.contains(through)));

    assert!(failure("list_ports", &["--type", "NONSENSE"]).contains("no port type NONSENSE"));
    assert!(failure("list_ports", &["--nonsense"]).contains("usage: list_ports"));
}

#[test]
fn list_ports_full() {
    need_sequencer!();
    let client = client("listed");
    let port = quiet_port(&client, "a port");
    let all = lines("list_ports_full", &[]);
    assert_eq!(all[0], "client 0 \"System\"");
    assert_eq!(all[1], "  0:0 \"Timer\"");
    let head = format!("client {} {:?}", client.id(), client.info().unwrap().name());
    let at = all.iter().position(|line| *line == head).unwrap();
    let line = format!("  {} \"a port\"", port.address());
    assert_eq!(all[at + 1], line);

    let id = client.id().to_string();
    let details = lines("list_ports_full", &["--client-id", &id, "-v"]);
    assert_eq!(details[..2], [head, line]);
    assert!(details[3].ends_with("PortType(APPLICATION)"), "{details:?}");
    let error = failure("list_ports_full", &["--client-id", "191"]);
    assert!(error.contains("ENOENT"), "{error}");
}

#[test]
fn make_ports() {
    need_sequencer!();
    let _only_synth = SYNTHS.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = lines("make_ports", &[]);
    assert_eq!(lines.len(), 7, "{lines:?}");
    assert!(lines[0].contains(":0 \"both\" "), "{lines:?}");
    assert!(lines[4].contains(":9 \"private\" "), "{lines:?}");
    assert!(lines[4].contains("NO_EXPORT"), "{lines:?}");
    assert!(lines[5].ends_with(":0 is now \"renamed\""), "{lines:?}");
    assert!(lines[6].starts_with("4 ports left; "), "{lines:?}");
}

#[test]
fn look_up() {
    need_sequencer!();
    let client = client("looked:up");
    let name = client.info().unwrap().name().into_owned();
    let first = quiet_port(&client, "first");
    let _second = quiet_port(&client, "second");
    let found = [
        format!("{} \"first\"", first.address()),
        format!("\"{name}\":first"),
    ];
    for text in [
        &first.address().to_string(),
        &name,
        &format!("{name}:fi"),
        &format!("{}:first", client.id()),
        &found[1],
    ] {
        assert_eq!(lines("look_up", &[text]), found, "{text}");
    }
    let output = run("look_up", &[&format!("{name}:")]);
    assert!(!output.status.success());
    let _third = quiet_port(&client, "seconds");
    let output = run("look_up", &[&format!("{name}:sec")]);
    assert!(!output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches("perhaps ").count(), 2, "{text}");
}

#[test]
fn connect() {
    need_sequencer!();
    let a = client("a");
    let b = client("b");
    let (out, input) = (quiet_port(&a, "out"), quiet_port(&b, "in"));
    let (sender, dest) = (out.address().to_string(), input.address().to_string());
    let queue = b.create_queue(QueueOptions::new()).unwrap();
    let number = queue.id().to_string();

    assert!(lines("connect", &[&sender, &dest]).is_empty());
    assert_eq!(a.connection(&out, &input).unwrap().stamp, None);
    let error = failure("connect", &[&sender, &dest]);
    assert!(error.contains("EBUSY"), "{error}");
    lines("connect", &["-d", &sender, &dest]);
    assert_eq!(out.receivers().unwrap(), []);

    lines(
        "connect",
        &["--exclusive", "--real", &number, &sender, &dest],
    );
    let connection = a.connection(&out, &input).unwrap();
    assert!(connection.exclusive);
    assert_eq!(connection.stamp, Some(Stamp::RealTime(queue.id())));
    lines("connect", &["-d", &sender, &dest]);
    lines("connect", &["-t", &number, &sender, &dest]);
    let connection = a.connection(&out, &input).unwrap();
    assert_eq!(connection.stamp, Some(Stamp::Ticks(queue.id())));

    for wrong in [&[&*sender][..], &[&sender, "14:300"], &["--real"], &["-x"]] {
        failure("connect", wrong);
    }
}

#[test]
fn connect_ports() {
    need_sequencer!();
    let client = client("other");
    let port = quiet_port(&client, "port");
    let address = port.address().to_string();
    let lines = lines("connect_ports", &[&address]);
    assert!(
        lines[0].ends_with(&format!(" -> {address} None")),
        "{lines:?}"
    );
    assert!(lines[1].contains("Some(RealTime("), "{lines:?}");
    assert!(
        lines[2].ends_with(&format!(" <- {address} None")),
        "{lines:?}"
    );
    assert!(
        lines[4].contains("the ports are already connected"),
        "{lines:?}"
    );
    assert_eq!(lines[5], "1 connections left");
    assert_eq!(port.receivers().unwrap(), []);
}

#[test]
fn raw_ioctl() {
    need_sequencer!();
    let lines = lines("raw_ioctl", &[]);
    assert!(lines[0].starts_with("protocol 1.0."), "{lines:?}");
    assert_eq!(lines.len(), 4);
}
