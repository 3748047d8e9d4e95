//! Compares with alsa-utils: the events that `aplaymidi` sends for the same file, and those that
//! `aseqdump` receives.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use alsa_seq::{Address, EventData};

use crate::{Running, printed};
use support::listener::{Heard, Listener, hear, tick};
use support::{PATIENCE, client, files, need_program, need_sequencer};

/// Returns the received events when `program` plays the file.
fn heard_from(program: &str, arguments: &[&str], file: &Path) -> Vec<Heard> {
    let mut listener = Listener::new();
    let player = Running::spawn(
        Command::new(program)
            .args(arguments)
            .args(["-d", "0", "-p", &listener.address()])
            .arg(file),
    );
    let mut heard = Vec::new();
    listener.listen(|event| hear(&mut heard, tick(event), &event.data()));
    assert_eq!(player.end(), (0, vec![]), "{program}");
    heard
}

/// An independent player of the same format.
#[test]
fn aplaymidi_plays_the_same() {
    need_sequencer!();
    need_program!("aplaymidi");
    for (name, _) in files::all() {
        let file = files::data_dir().join(name);
        let ours = heard_from(env!("CARGO_BIN_EXE_aseq"), &["play"], &file);
        let theirs = heard_from("aplaymidi", &[], &file);
        // After the song, ours resets the state that the song has changed.
        let (song, rest) = ours.split_at(theirs.len().min(ours.len()));
        assert_eq!(song, theirs, "{name}");
        let is_rest = |(tick, text): &Heard| *tick == 0 && text.ends_with(": 0 }");
        assert!(rest.iter().all(is_rest), "{name}: {rest:?}");
    }
}

#[test]
fn aseqdump_receives_the_played_events() {
    need_sequencer!();
    need_program!("aseqdump");
    // It prints its port on a line that stays in its buffer until something arrives.
    let mut watcher = client("watcher");
    let news = watcher.create_port("news").unwrap();
    news.connect_from(Address::ANNOUNCE).unwrap();
    let mut dump = Command::new("aseqdump")
        .env("LC_ALL", "C")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let port = loop {
        let event = watcher.event_input_timeout(PATIENCE).unwrap();
        let EventData::PortStart(port) = event.data() else {
            continue;
        };
        // Clients of other tests may have ended already.
        let owner = watcher.client_info(port.client);
        if owner.is_ok_and(|owner| owner.name() == "aseqdump") {
            break port.to_string();
        }
    };
    let lines = BufReader::new(dump.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let file = files::data_dir().join("every-message.mid");
    printed(&["play", file.to_str().unwrap(), "-d", "0", "-p", &port]);
    // The source is the player. Only the kernel knew its number.
    let shown: Vec<String> = lines
        .skip_while(|line| !line.contains("Port subscribed"))
        .skip(1)
        .take_while(|line| !line.contains("Port unsubscribed"))
        .map(|line| line.split_at(8).1.trim().to_owned())
        .collect();
    let _ = dump.kill();
    let _ = dump.wait();
    assert_eq!(
        shown,
        [
            "Program change          0, program 5",
            "Control change          0, controller 7, value 100",
            "Control change          0, controller 10, value 64",
            "Pitch bend              0, value -8192",
            "Pitch bend              0, value 8191",
            "Pitch bend              0, value 0",
            "Note on                 0, note 60, velocity 100",
            "Note on                 0, note 64, velocity 100",
            "Polyphonic aftertouch   0, note 60, value 50",
            "Channel aftertouch      0, value 33",
            // Its name of a note-on with velocity 0.
            "Note off                0, note 60",
            "Note off                0, note 64, velocity 12",
            // The song leaves these changed, so they are reset.
            "Polyphonic aftertouch   0, note 60, value 0",
            "Channel aftertouch      0, value 0",
        ]
    );
}
