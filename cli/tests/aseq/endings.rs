//! The ends of `aseq play`: after the last event, by a signal, or because all receivers were
//! removed. No note may continue, and a lost event must be a failure.

use std::collections::BTreeSet;
use std::time::Instant;

use alsa_seq::{ClientOptions, Event, EventData, EventType, PortOptions};
use nix::sys::signal::Signal;

use crate::silence::Synth;
use crate::{Running, aseq, in_time};
use support::files::{self, song};
use support::listener::Listener;
use support::{PATIENCE, need_sequencer, numbered, unique};

/// A song of one chord that lasts for an hour.
pub(crate) fn chord() -> tempfile::NamedTempFile {
    song(&[
        (0, &[0x90, 60, 100]),
        (0, &[0x90, 64, 100]),
        (0, &[0x90, 67, 100]),
        (0, &[0xb0, 64, 127]),
        (700_000, &[0x80, 60, 0]),
        (0, &[0x80, 64, 0]),
        (0, &[0x80, 67, 0]),
    ])
}

#[test]
fn a_signal_leaves_no_note_and_no_pedal() {
    need_sequencer!();
    let song = chord();
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let mut listener = Listener::new();
        let address = listener.address();
        let arguments = ["play", song.path().to_str().unwrap(), "-p", &address];
        let player = Running::start(&arguments);
        let mut sounding = BTreeSet::new();
        let mut pedal = false;
        let mut most = 0;
        listener.listen(|event| match event.data() {
            EventData::NoteOn { note, .. } => {
                sounding.insert(note);
                most = most.max(sounding.len());
            }
            EventData::NoteOff { note, .. } => {
                sounding.remove(&note);
            }
            EventData::ControlChange {
                controller: 64,
                value,
                ..
            } => {
                pedal = value > 0;
                if pedal {
                    player.signal(signal);
                }
            }
            _ => {}
        });
        assert_eq!(player.end(), (status, vec![]));
        assert_eq!(most, 3, "the chord was heard");
        assert!(sounding.is_empty() && !pedal, "{sounding:?}, pedal {pedal}");
    }
}

#[test]
fn a_removed_receiver_ends_the_song() {
    need_sequencer!();
    let path = files::data_dir().join("three-tracks.mid");
    let mut listener = Listener::new();
    let address = listener.address();
    let player = Running::start(&["play", path.to_str().unwrap(), "-p", &address]);
    loop {
        let event = listener.client.event_input_timeout(PATIENCE).unwrap();
        if event.event_type() == EventType::NOTE_ON {
            break;
        }
    }
    drop(listener);
    let (status, complaints) = player.end();
    assert_eq!(status, 1);
    assert_eq!(complaints, [format!("aseq: port {address} is gone")]);
}

/// Other programs may disconnect a player from a receiver. Then the song ends, and so do its notes
/// there.
#[test]
fn a_player_can_be_disconnected() {
    need_sequencer!();
    let song = chord();
    let mut listener = Listener::new();
    let address = listener.address();
    let path = song.path().to_str().unwrap();
    let player = Running::start(&["play", path, "-p", &address]);
    loop {
        let event = listener.client.event_input_timeout(PATIENCE).unwrap();
        if event.event_type() == EventType::NOTE_ON {
            break;
        }
    }
    assert_eq!(crate::printed(&["disconnect", "--all", &address]), "");
    assert_eq!(listener.port.senders().unwrap(), []);
    let complaint = format!("aseq: port {address} was disconnected");
    assert_eq!(player.end(), (1, vec![complaint]));
    let mut synth = Synth::default();
    synth.keys.insert(60);
    while let Some(event) = listener.client.try_event_input().unwrap() {
        synth.hear(&event.data());
    }
    assert!(synth.keys.is_empty() && synth.moved.is_empty());
}

/// A program in a script's background must not end when Ctrl+C ends the script.
#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    need_sequencer!();
    let song = chord();
    let mut listener = Listener::new();
    let address = listener.address();
    let player = Running::spawn(
        std::process::Command::new("sh")
            .args(["-c", "trap '' INT; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_aseq"))
            .args(["play", song.path().to_str().unwrap(), "-p", &address]),
    );
    listener.listen(|event| {
        if event.event_type() == EventType::NOTE_ON {
            player.signal(Signal::SIGINT);
        } else if matches!(event.data(), EventData::ControlChange { value, .. } if value > 0) {
            player.signal(Signal::SIGTERM);
        }
    });
    assert_eq!(player.end(), (143, vec![]));
}

#[test]
fn a_note_without_an_end_ends_with_the_song() {
    need_sequencer!();
    let song = song(&[
        (0, &[0x90, 60, 100]),
        (0, &[0x93, 61, 100]),
        (9, &[0x80, 60, 0]),
    ]);
    let mut listener = Listener::new();
    let address = listener.address();
    let path = song.path().to_str().unwrap();
    let player = Running::start(&["play", path, "-p", &address, "-d", "0"]);
    let mut sounding = BTreeSet::new();
    listener.listen(|event| match event.data() {
        EventData::NoteOn { channel, note, .. } => assert!(sounding.insert((channel, note))),
        EventData::NoteOff { channel, note, .. } => assert!(sounding.remove(&(channel, note))),
        other => panic!("{other:?}"),
    });
    assert_eq!(player.end(), (0, vec![]));
    assert_eq!(sounding, BTreeSet::new());
}

/// The kernel drops events for which a receiver has no room. Only senders that ask
/// for it are notified.
#[test]
fn lost_events_are_a_failure() {
    need_sequencer!();
    const ROOM: usize = 50;
    let client = ClientOptions::new(unique("full"))
        .input_pool(ROOM)
        .open()
        .unwrap();
    let port = client.create_port(PortOptions::receiver("in")).unwrap();
    let events: Vec<(u32, &[u8])> = vec![(1, &[0xb0, 7, 1]); 80];
    let song = song(&events);
    let address = port.address().to_string();
    let path = song.path().to_str().unwrap();
    let player = Running::start(&["play", path, "-p", &address, "-d", "0"]);
    let (status, complaints) = player.end();
    assert_eq!(status, 1);
    // The event about the connection needs a cell.
    let lost = 80 - (ROOM - 1);
    let complaint = format!("aseq: {lost} events could not be delivered, the first to {address}");
    // Linux 6.1 does not report which event was lost.
    let with_tick = format!("{complaint} at tick {ROOM}");
    assert_eq!(complaints.len(), 1);
    assert!(
        [complaint, with_tick].contains(&complaints[0]),
        "{complaints:?}"
    );
}

/// If another client floods the player, the mark of the end may be lost.
#[test]
fn a_flooded_player_still_finds_the_end() {
    need_sequencer!();
    // Not at tick 0, because the queue may not run yet.
    let song = song(&[(1, &[0x90, 60, 1]), (48, &[0x80, 60, 1])]);
    let path = song.path().to_str().unwrap();
    let mut flood = support::client("flood");
    let from = flood.create_port("out").unwrap();
    // On a busy machine, the song may have ended before the flood.
    in_time(|| {
        let mut is_in_time = false;
        let mut listener = Listener::new();
        let address = listener.address();
        let player = Running::start(&["play", path, "-p", &address, "-d", "0"]);
        listener.listen(|event| match event.data() {
            EventData::NoteOn { .. } => {
                player.signal(Signal::SIGSTOP);
                let mut sent = 0;
                let to_player = |number| numbered(number).from_port(&from).to(event.source());
                while flood.event_output_direct(&to_player(sent)).is_ok() {
                    sent += 1;
                    assert!(sent < 100_000, "it goes on reading");
                }
                let status = flood.queue_status(event.queue());
                is_in_time = status.is_ok_and(|status| status.tick() < 48);
            }
            // The mark has the same tick, and is lost.
            EventData::NoteOff { .. } => player.signal(Signal::SIGCONT),
            other => panic!("{other:?}"),
        });
        let (status, said) = player.end();
        assert_eq!(status, 0, "{said:?}");
        if is_in_time {
            let told = "aseq: error notices were lost: some events may not have been delivered";
            assert_eq!(said, [told]);
        }
        is_in_time.then_some(())
    });
}

/// Another client sends an event that looks like the mark of the end.
#[test]
fn events_from_other_clients_do_not_end_the_song() {
    need_sequencer!();
    let song = song(&[(0, &[0x90, 60, 1]), (48, &[0x80, 60, 1])]);
    let path = song.path().to_str().unwrap();
    let mut other = support::client("other");
    // On a busy machine, the song may have ended before the event is sent.
    in_time(|| {
        let mut is_sent = false;
        let mut listener = Listener::new();
        let address = listener.address();
        let player = Running::start(&["play", path, "-p", &address, "-d", "0"]);
        let mut heard = Vec::new();
        listener.listen(|event| {
            heard.push(event.event_type());
            if event.event_type() == EventType::NOTE_ON {
                let mark = Event::new(EventData::Echo(*b"aseq: ended\0")).to(event.source());
                is_sent = other.event_output_direct(&mark).is_ok();
            }
        });
        assert_eq!(player.end(), (0, vec![]));
        assert_eq!(heard, [EventType::NOTE_ON, EventType::NOTE_OFF]);
        is_sent.then_some(())
    });
}

#[test]
fn the_delay_at_the_end_is_kept_and_can_be_cut_short() {
    need_sequencer!();
    let path = files::data_dir().join("empty.mid");
    let path = path.to_str().unwrap();
    let started = Instant::now();
    let status = aseq(&["play", path, "-p", "14:0", "-d", "0.25"])
        .status()
        .unwrap();
    assert!(status.success());
    assert!(started.elapsed().as_secs_f64() >= 0.25);

    // Without the signal, it would last an hour. The signal comes after the only note.
    let song = song(&[(0, &[0x90, 60, 1]), (1, &[0x80, 60, 1])]);
    let mut listener = Listener::new();
    let address = listener.address();
    let path = song.path().to_str().unwrap();
    let player = Running::start(&["play", path, "-p", &address, "-d", "3600"]);
    listener.listen(|event| {
        if event.event_type() == EventType::NOTE_OFF {
            player.signal(Signal::SIGINT);
        }
    });
    assert_eq!(player.end(), (130, vec![]));
}

/// Two hundred notes a second on each of two ports, of which one is removed: no note continues at
/// the other.
#[test]
fn when_one_receiver_ends_the_notes_of_the_others_end() {
    need_sequencer!();
    let mut events: Vec<(u32, [u8; 3])> = Vec::new();
    for number in 0..20_000_u32 {
        let key = 30 + (number % 60).to_le_bytes()[0];
        let channel = (number % 16).to_le_bytes()[0];
        events.push((1, [0x90 | channel, key, 100]));
        // Each sounds for a while.
        if number >= 30 {
            let key = 30 + ((number - 30) % 60).to_le_bytes()[0];
            let channel = ((number - 30) % 16).to_le_bytes()[0];
            events.push((0, [0x80 | channel, key, 0]));
        }
        if number % 100 == 0 {
            events.push((0, [0xb0 | channel, 64, 127]));
        }
    }
    // The second track is for the second port.
    let mut tracks = [vec![], vec![]];
    for (port, track) in tracks.iter_mut().enumerate() {
        let port = u8::try_from(port).unwrap();
        track.push((0, vec![0xff, 0x21, 1, port]));
        track.extend(events.iter().map(|(delta, bytes)| (*delta, bytes.to_vec())));
    }
    let song = files::tracks(&tracks);
    let mut heard = Listener::new();
    let dying = Listener::new();
    let (first, second) = (heard.address(), dying.address());
    let path = song.path().to_str().unwrap();
    let player = Running::start(&["play", path, "-p", &first, "-p", &second]);
    let mut dying = Some(dying);
    let (mut sounding, mut pedals) = (BTreeSet::new(), BTreeSet::new());
    let mut notes = 0;
    heard.listen(|event| match event.data() {
        EventData::NoteOn { channel, note, .. } => {
            sounding.insert((channel, note));
            notes += 1;
            if notes == 300 {
                dying.take();
            }
        }
        EventData::NoteOff { channel, note, .. } => {
            sounding.remove(&(channel, note));
        }
        EventData::ControlChange {
            channel,
            controller: 64,
            value,
        } => {
            if value > 0 {
                pedals.insert(channel);
            } else {
                pedals.remove(&channel);
            }
        }
        _ => {}
    });
    assert_eq!(
        player.end(),
        (1, vec![format!("aseq: port {second} is gone")])
    );
    assert!(notes < 20_000, "it was not in the middle");
    assert!(sounding.is_empty(), "{sounding:?} go on");
    assert!(pedals.is_empty(), "{pedals:?} are down");
}

/// A receiver that has stopped reading delays neither the end nor the other
/// receivers.
#[test]
fn a_receiver_that_does_not_read_does_not_delay_others() {
    need_sequencer!();
    let mut heard = Listener::new();
    let mute = Listener::new();
    mute.client.set_input_pool(4).unwrap();
    let (first, second) = (heard.address(), mute.address());
    let both = files::tracks(&[
        vec![
            (0, vec![0xff, 0x21, 1, 1]),
            (0, vec![0x90, 60, 1]),
            (1, vec![0x90, 61, 1]),
        ],
        vec![(0, vec![0x90, 60, 1]), (100_000, vec![0x80, 60, 0])],
    ]);
    let path = both.path().to_str().unwrap();
    let player = Running::start(&["play", path, "-p", &first, "-p", &second]);
    let mut sounding = 0;
    let started = Instant::now();
    heard.listen(|event| match event.data() {
        EventData::NoteOn { .. } => {
            sounding += 1;
            player.signal(Signal::SIGINT);
        }
        EventData::NoteOff { .. } => sounding -= 1,
        _ => {}
    });
    let (status, complaints) = player.end();
    assert_eq!(status, 130);
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].contains("has stopped reading"),
        "{complaints:?}"
    );
    assert_eq!(sounding, 0);
    // Much longer than necessary, but limited.
    assert!(started.elapsed() < PATIENCE * 3);
    drop(mute);
}
