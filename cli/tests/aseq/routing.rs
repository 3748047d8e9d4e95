//! The receivers of `aseq play`: the file's ports, and the user's addresses.

use crate::{Running, complaint};
use support::files::song;
use support::listener::Listener;
use support::need_sequencer;

/// Port N of a file is sent to the Nth address, again and again.
#[test]
fn the_ports_of_the_file_are_the_addresses_in_turn() {
    need_sequencer!();
    let mut events: Vec<(u32, &[u8])> = vec![(0, &[0xc0, 100])];
    let choices: Vec<[u8; 4]> = (0..5).map(|port| [0xff, 0x21, 1, port]).collect();
    let programs: Vec<[u8; 2]> = (0..5).map(|program| [0xc0, program]).collect();
    for (choice, program) in choices.iter().zip(&programs) {
        events.push((1, choice));
        events.push((0, program));
    }
    let song = song(&events);
    let path = song.path().to_str().unwrap();
    let mut listeners = [Listener::new(), Listener::new(), Listener::new()];
    let addresses = listeners.each_ref().map(Listener::address);
    // One argument and several arguments mean the same.
    let first_two = addresses[..2].join(",");
    let player = Running::start(&[
        "play",
        path,
        "-d",
        "0",
        "-p",
        &first_two,
        "-p",
        &addresses[2],
    ]);
    let heard = listeners.each_mut().map(|listener| {
        let mut programs = Vec::new();
        listener.listen(|event| programs.push(event.raw().data[8]));
        programs
    });
    assert_eq!(player.end(), (0, vec![]));
    assert_eq!(heard, [vec![100, 0, 3], vec![1, 4], vec![2]]);
}

/// If an address occurs twice, there is one connection for both of the file's ports.
#[test]
fn an_address_may_occur_twice() {
    need_sequencer!();
    let song = song(&[(0, &[0xc0, 1]), (0, &[0xff, 0x21, 1, 1]), (0, &[0xc0, 2])]);
    let path = song.path().to_str().unwrap();
    let mut listener = Listener::new();
    let address = listener.address();
    let twice = format!("{address},{address}");
    let player = Running::start(&["play", path, "-d", "0", "-p", &twice]);
    let mut count = 0;
    listener.listen(|_| count += 1);
    assert_eq!(player.end(), (0, vec![]));
    assert_eq!(count, 2);
}

#[test]
fn receivers_are_found_by_name() {
    need_sequencer!();
    let song = song(&[(0, &[0xc0, 1])]);
    let path = song.path().to_str().unwrap();
    let mut listener = Listener::new();
    let name = listener.client.info().unwrap().name().into_owned();
    let player = Running::start(&["play", path, "-d", "0", "-p", &format!("{name}:in")]);
    let mut count = 0;
    listener.listen(|_| count += 1);
    assert_eq!(player.end(), (0, vec![]));
    assert_eq!(count, 1);

    let second = alsa_seq::SequencerClient::open(&*name).unwrap();
    let _port = second.create_port("in").unwrap();
    let (status, text) = complaint(&["play", path, "-p", &name]);
    assert_eq!(status, 1);
    for client in [listener.client.id(), second.id()] {
        assert!(text.contains(&format!("{client}:0 ({name}:in)")), "{text}");
    }
    assert_eq!(text.lines().count(), 1, "{text}");
}

/// Some ports do not accept events.
#[test]
fn a_port_that_cannot_be_played_to_is_refused() {
    need_sequencer!();
    let song = song(&[(0, &[0xc0, 1])]);
    let path = song.path().to_str().unwrap();
    let (status, text) = complaint(&["play", path, "-p", "0:1"]);
    assert_eq!(status, 1);
    assert!(text.starts_with("aseq: connect "), "{text}");
    assert!(text.contains("(EPERM)"), "{text}");
    let reason = "port 0:1 (System:Announce) does not let others send to it";
    assert!(text.contains(reason), "{text}");
    let (status, text) = complaint(&["play", path, "-p", "14:0,191:9"]);
    assert_eq!(status, 1);
    assert!(text.contains("there is no port 191:9"), "{text}");
}

/// Prints the events and receivers, but sends nothing and connects nothing.
#[test]
fn a_dry_run_shows_what_would_be_played() {
    need_sequencer!();
    let song = song(&[
        (0, &[0xc0, 1]),
        (0, &[0xff, 0x21, 1, 1]),
        (0, &[0x90, 60, 1]),
        (96, &[0x91, 60, 1]),
        (96, &[0x90, 60, 0]),
        (0, &[0xff, 0x21, 1, 2]),
        (0, &[0xc0, 2]),
    ]);
    let path = song.path().to_str().unwrap();
    let mut listeners = [Listener::new(), Listener::new()];
    let addresses = listeners.each_ref().map(Listener::address);
    let names = listeners.each_ref().map(|listener| {
        let name = listener.client.info().unwrap().name().into_owned();
        format!("{} ({name}:in)", listener.address())
    });
    let both = addresses.join(",");
    let shown =
        |more: &[&str]| crate::printed(&[&["play", "--dry-run", path, "-p", &both], more].concat());
    let [first, second] = &names;
    assert_eq!(
        shown(&[]),
        format!("{path}: 0:01.000\n  2 events to {first}\n  3 events to {second}\n")
    );
    assert_eq!(
        shown(&["-c", "1", "--tempo-scale", "2", "--loop", "3"]),
        format!("{path}: 0:00.500, 3 times\n  2 events to {first}\n  2 events to {second}\n")
    );
    // As if played from the beginning: its program is set.
    assert_eq!(
        shown(&["--from", "0.75", "-l", "forever"]),
        format!("{path}: 0:00.250, forever\n  2 events to {first}\n  1 event to {second}\n")
    );
    for listener in &mut listeners {
        assert_eq!(listener.port.senders().unwrap(), []);
        assert!(listener.client.try_event_input().unwrap().is_none());
    }
    let (status, text) = complaint(&["play", "--dry-run", path, "-p", "0:1"]);
    assert_eq!(status, 1);
    assert_eq!(
        text,
        "aseq: port 0:1 (System:Announce) does not let others send to it\n"
    );
    let (status, text) = complaint(&["play", "--dry-run", path, "-p", "191:9"]);
    assert!(status == 1 && text.contains("191:9"), "{text}");
    // Of a truncated file, the complete events would be played.
    let whole = std::fs::read(path).unwrap();
    let cut = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(cut.path(), &whole[..whole.len() - 5]).unwrap();
    let cut = cut.path().to_str().unwrap();
    let output = crate::output(&["play", "--dry-run", cut, "-p", &both]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("{cut}: 0:01.000\n  1 event to {first}\n  3 events to {second}\n")
    );
}
