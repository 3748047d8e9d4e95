//! Tests of `aseq record` with ports that are removed and return.

use alsa_seq::{Event, PortOptions};
use nix::sys::signal::Signal;

use crate::record::{Musician, directory, messages};
use crate::{Running, aseq};
use support::listener::Listener;
use support::{need_sequencer, unique};

fn note(key: u8) -> Event<'static> {
    Event::note_on(0, key, 1).unwrap()
}

/// Returns the notes in a file, in order.
fn keys(path: &std::path::Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap();
    messages(&midly::Smf::parse(&bytes).unwrap()).concat()
}

fn shown(keys: &[u8]) -> Vec<String> {
    let text = |key| format!("0 NoteOn {{ key: u7({key}), vel: u7(1) }}");
    keys.iter().map(text).collect()
}

#[test]
fn a_returning_source_is_recorded_again() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let name = unique("keys");
    let mut musician = Musician::named(&name, 1);
    let recorder = musician.record(&[], &path);
    musician.play(0, note(60));
    // The program ends.
    drop(musician);
    let gone = recorder.stderr();
    assert!(gone.starts_with(&format!("aseq: {name}:out (")), "{gone}");
    assert!(gone.contains("is gone"), "{gone}");
    // Clients with other names appear, and clients with its name but without its port.
    let _others = [Musician::new(1), Musician::named(&name, 0)];
    let mut musician = Musician::named(&name, 1);
    let back = recorder.stderr();
    assert!(back.ends_with(") is back"), "{back}");
    musician.play(0, note(61));
    // Only its port is removed.
    musician.ports.clear();
    assert!(recorder.stderr().contains("is gone"));
    let options = PortOptions::sender("out").number(7);
    musician
        .ports
        .push(musician.client.create_port(options).unwrap());
    assert!(recorder.stderr().contains(":7) is back"));
    musician.play(0, note(62));
    // If somebody disconnects it, it stays disconnected.
    let receivers = musician.ports[0].receivers().unwrap();
    musician.ports[0]
        .disconnect_to(receivers[0].receiver)
        .unwrap();
    assert!(recorder.stderr().ends_with(":7) was disconnected"));
    let _another = Musician::new(1);
    musician.play(0, note(63));
    musician.ports[0].connect_to(receivers[0].receiver).unwrap();
    musician.play(0, note(64));
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end(), (0, vec![]));
    assert_eq!(keys(&path), shown(&[60, 61, 62, 64]));
}

/// One of two keyboards of the same model is unplugged. The events of the other one are not
/// recorded in its place.
#[test]
fn another_client_of_the_same_name_is_not_a_returning_source() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let name = unique("keys");
    let named = || Musician::named(&name, 1);
    let [mut before, mut musician] = [named(), named()];
    let recorder = musician.record(&[], &path);
    let mut after = named();
    musician.play(0, note(60));
    drop(musician);
    assert!(recorder.stderr().contains("is gone"));
    before.play(0, note(61));
    after.play(0, note(62));
    let mut musician = named();
    let address = musician.ports[0].address();
    let back = recorder.stderr();
    assert!(back.ends_with(&format!("({address}) is back")), "{back}");
    musician.play(0, note(63));
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end(), (0, vec![]));
    assert_eq!(keys(&path), shown(&[60, 63]));
}

#[test]
fn two_sources_of_the_same_name_both_return() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let name = unique("keys");
    let [mut first, second] = [Musician::named(&name, 1), Musician::named(&name, 1)];
    let other = second.ports[0].address().to_string();
    let recorder = first.record(&["-p", &other], &path);
    drop(first);
    assert!(recorder.stderr().contains("is gone"));
    drop(second);
    assert!(recorder.stderr().contains("is gone"));
    let mut returned = Vec::new();
    for _ in 0..2 {
        returned.push(Musician::named(&name, 1));
        let address = returned.last().unwrap().ports[0].address();
        let back = recorder.stderr();
        assert!(back.ends_with(&format!("({address}) is back")), "{back}");
    }
    for (musician, key) in returned.iter_mut().zip([60, 61]) {
        musician.play(0, note(key));
    }
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end(), (0, vec![]));
    let bytes = std::fs::read(&path).unwrap();
    let notes = messages(&midly::Smf::parse(&bytes).unwrap()).concat();
    let mut notes: Vec<_> = notes
        .into_iter()
        .filter(|text| text.contains("Note"))
        .collect();
    // The two may be exchanged, because the kernel may give the first one that returns the number
    // of the second.
    notes.sort();
    assert_eq!(notes, shown(&[60, 61]));
}

#[test]
fn a_recording_continues_without_the_metronomes_synth() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let listener = Listener::new();
    let address = listener.address();
    let mut musician = Musician::new(1);
    let recorder = musician.record(&["-b", "600", "-m", &address], &path);
    drop(listener);
    let gone = recorder.stderr();
    assert!(gone.contains("is gone; the metronome"), "{gone}");
    musician.play(0, note(60));
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end(), (0, vec![]));
    assert_eq!(keys(&path), shown(&[60]));
}

/// The kernel counts ticks in 32 bits. With a fast tempo, they are soon used up.
#[test]
fn ticks_continue_when_the_kernel_begins_from_zero() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let map = support::files::with_division(32767, &[(0, &[0xff, 0x51, 3, 0, 0, 1])]);
    let mut musician = Musician::new(1);
    let tempo = [
        "--ticks",
        "32767",
        "--tempo-map",
        map.path().to_str().unwrap(),
    ];
    let recorder = musician.record(&tempo, &path);
    let owner = musician.ports[0].receivers().unwrap()[0].receiver.client;
    let queues = musician.client.queues().unwrap();
    let queue = queues.iter().find(|queue| queue.owner() == owner).unwrap();
    let queue = musician.client.queue(queue.id()).unwrap();
    // Events are played before and after the kernel begins from zero.
    let (mut last, mut rounds, mut played) = (0, 0, 0);
    while rounds == 0 {
        let tick = queue.status().unwrap().tick();
        if tick != last {
            musician.play(0, note(played % 128));
            played = (played + 1) % 128;
            rounds += u32::from(tick < last);
            last = tick;
        }
    }
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end().0, 0);
    let bytes = std::fs::read(&path).unwrap();
    let smf = midly::Smf::parse(&bytes).unwrap();
    let ticks = |track: &Vec<midly::TrackEvent<'_>>| -> u64 {
        track
            .iter()
            .map(|event| u64::from(event.delta.as_int()))
            .sum()
    };
    let ticks = ticks(&smf.tracks[0]);
    assert!(ticks >> 32 > 0, "{ticks}");
}

#[test]
fn a_recorder_prints_its_sources_and_file() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let mut musician = Musician::new(1);
    let source = musician.ports[0].address().to_string();
    let watch = musician.watch();
    let mut command = aseq(&["record", "-n", "1", "-p", &source]);
    let recorder = Running::spawn(command.arg(&path));
    musician.wait_for_connection(&watch);
    musician.wait_for_queue();
    let said = recorder.stderr();
    for part in [&source, path.to_str().unwrap(), "take.recording.mid"] {
        assert!(said.contains(part), "{said}");
    }
    musician.play(0, note(60));
    let (status, said) = recorder.end();
    assert_eq!(status, 0);
    assert!(said.concat().contains("take.mid: 1 event"), "{said:?}");
}
