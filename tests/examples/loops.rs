//! Programs that wait for several things.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use alsa_seq::{Address, Event};
use support::{PATIENCE, client, need_sequencer, next_event};

use crate::common::{Running, example, port_of, quiet_port};

#[test]
fn announcements() {
    need_sequencer!();
    let mut watcher = Running::start("announcements", &[]);
    assert!(watcher.line().starts_with("watching at "));
    let client = client("comes and goes");
    let id = client.id();
    let port = quiet_port(&client, "port");
    port.connect_to(&port).unwrap();
    let address = port.address();
    drop(port);
    drop(client);
    for expected in [
        format!("+ client {id}"),
        format!("+ port {address}"),
        format!("+ {address} -> {address}"),
        format!("- port {address}"),
        format!("- client {id}"),
    ] {
        // Other tests come and go at the same time.
        while watcher.line() != expected {}
    }
}

#[test]
fn watch() {
    need_sequencer!();
    let there = client("is there");
    let port = quiet_port(&there, "out");
    port.connect_to(&port).unwrap();
    let mut watcher = Running::start("watch", &[]);
    let mut until = |expected: &str| while watcher.line() != expected {};
    // Other tests come and go at the same time.
    let (name, address) = (there.info().unwrap().name().into_owned(), port.address());
    until(&format!("{} {name:?}", there.id()));
    until(&format!("    {address} \"out\""));
    until(&format!("        to {address} \"{name}:out\""));
    until("watching");

    port.disconnect_to(&port).unwrap();
    until(&format!(
        "- {address} \"{name}:out\" -> {address} \"{name}:out\""
    ));
    let new = quiet_port(&there, "new");
    let address = new.address();
    until(&format!("+ port {address} \"new\""));
    new.connect_to(&port).unwrap();
    let connection = format!(
        "{address} \"{name}:new\" -> {} \"{name}:out\"",
        port.address()
    );
    until(&format!("+ {connection}"));
    drop(new);
    until(&format!("- {address} -> {} \"{name}:out\"", port.address()));
    until(&format!("- port {address} \"new\""));
    let id = there.id();
    drop(there);
    until(&format!("- client {id} {name:?}"));
}

#[test]
fn async_programs_show_and_play() {
    need_sequencer!();
    for name in ["async_tokio", "async_io"] {
        let mut program = Running::start(name, &[]);
        let port = port_of(&mut program, "listening at ");
        let mut client = client("partner");
        let input = quiet_port(&client, "in");
        input.connect_from(port).unwrap();
        client
            .event_output_direct(&Event::note_on(1, 61, 100).unwrap().to(port))
            .unwrap();
        let shown = std::iter::from_fn(|| Some(program.line()))
            .find(|line| line.contains("NoteOn"))
            .unwrap();
        assert!(shown.contains("note: 61"), "{shown}");
        let played = next_event(&mut client);
        let expected = Event::note_on(0, 60, 100).unwrap();
        assert_eq!(played.data(), expected.data());
    }
}

#[test]
fn bridges_a_network_and_a_port() {
    need_sequencer!();
    let there = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    there.set_read_timeout(Some(PATIENCE)).unwrap();
    let address = there.local_addr().unwrap().to_string();
    let mut bridge = Running::start("bridge", &["127.0.0.1:0", &address]);
    let line = bridge.line();
    let (port, here) = line
        .strip_prefix("bridging ")
        .unwrap()
        .split_once(" and ")
        .unwrap();
    let port: Address = port.parse().unwrap();

    let mut client = client("player");
    let input = quiet_port(&client, "in");
    input.connect_from(port).unwrap();
    client
        .event_output_direct(&Event::note_on(1, 60, 100).unwrap().to(port))
        .unwrap();
    let mut datagram = [0; 10];
    let length = there.recv(&mut datagram).unwrap();
    // The notice of our connection is not a MIDI message.
    assert_eq!(datagram[..length], [0x91, 60, 100]);

    there.send_to(&[0x82, 61, 5], here).unwrap();
    let event = next_event(&mut client);
    let expected = Event::note_off(2, 61, 5).unwrap();
    assert_eq!(event.data(), expected.data());
}

#[test]
fn a_poll_loop_shows_and_plays() {
    need_sequencer!();
    let mut child = example("poll_loop")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut program = Running { child, lines };
    let port = port_of(&mut program, "listening at ");
    let mut client = client("partner");
    let input = quiet_port(&client, "in");
    input.connect_from(port).unwrap();
    keyboard.write_all(b"\n").unwrap();
    let expected = Event::note_on(0, 60, 100).unwrap();
    assert_eq!(next_event(&mut client).data(), expected.data());
    client
        .event_output_direct(&Event::note_on(1, 61, 100).unwrap().to(port))
        .unwrap();
    std::iter::from_fn(|| Some(program.line()))
        .find(|line| line.contains("note: 61"))
        .unwrap();
    drop(keyboard);
    assert_eq!(program.rest(), Vec::<String>::new());
}

#[test]
fn a_loop_of_mio_shows_events_and_changes() {
    need_sequencer!();
    let mut program = Running::start("mio_loop", &[]);
    let port = port_of(&mut program, "listening at ");
    let mut client = client("partner");
    let out = quiet_port(&client, "out");
    out.connect_to(port).unwrap();
    let mut await_line = |text: &str| {
        std::iter::from_fn(|| Some(program.line()))
            .find(|line| line.contains(text))
            .unwrap();
    };
    let sender = out.address();
    await_line(&format!("Connected(Connection {{ sender: {sender:?}"));
    // Several at once make the loop's file readable once.
    for note in 61..64 {
        let event = Event::note_on(1, note, 100).unwrap();
        client.event_output(&event.from_port(&out)).unwrap();
    }
    client.drain_output().unwrap();
    for note in 61..64 {
        await_line(&format!("note: {note}"));
    }
}
