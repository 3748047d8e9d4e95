//! Queues: made, set, started, stopped.

use alsa_seq::{ErrorKind, QueueOptions, Tempo};

use crate::support::{client, need_sequencer};

#[test]
fn a_queue_is_as_it_was_made() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("song").unwrap();
    assert_eq!(queue.tempo().unwrap(), Tempo::default());
    let status = queue.status().unwrap();
    assert!(!status.is_running());
    assert_eq!((status.tick(), status.events()), (0, 0));

    let tempo = Tempo::from_bpm(97.0).unwrap().with_ppq(384).unwrap();
    queue.set_tempo(tempo).unwrap();
    assert_eq!(queue.tempo().unwrap(), tempo);

    let long = "x".repeat(64);
    let error = client.create_queue(long).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let _unnamed = client.create_queue(QueueOptions::new()).unwrap();
}

#[test]
fn a_queue_starts_stops_and_goes_on() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("song").unwrap();
    queue.start().unwrap();
    assert!(queue.status().unwrap().is_running());
    let error = queue
        .set_tempo(Tempo::default().with_ppq(480).unwrap())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    queue.set_tempo(Tempo::from_micros(1000).unwrap()).unwrap();

    queue.stop().unwrap();
    let stopped = queue.status().unwrap();
    assert!(!stopped.is_running());
    queue.continue_().unwrap();
    let status = queue.status().unwrap();
    assert!(status.is_running());
    assert!(status.tick() >= stopped.tick());
    queue.close().unwrap();
}

#[test]
fn a_queue_goes_with_its_handle() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("song").unwrap();
    let id = queue.id();
    drop(queue);
    let event = alsa_seq::Event::note_on(0, 60, 100).unwrap();
    let mut client = client;
    client
        .event_output(&event.at(id, alsa_seq::Time::Tick(0)))
        .unwrap();
    let error = client.drain_output().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
