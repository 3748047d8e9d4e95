//! Receivers behind *Midi Through*, which all tests share.

use std::time::Duration;

use alsa_seq::{Address, ErrorKind, SequencerClient};

use crate::{through_is_mine, when_there_is_room};
use support::{need_sequencer, next_event, numbered, skip, unique};

/// The kernel reports the full receiver. The other receiver has the event.
#[test]
fn a_patient_event_arrives_only_once() {
    need_sequencer!();
    let _mine = through_is_mine();
    let client = |name: &str| when_there_is_room(|| SequencerClient::open(unique(name)));
    let mut sender = client("sender");
    sender.set_source(0);
    let through = Address::new(14, 0);
    if sender.port_info(through).is_err() {
        skip("this sequencer has no Midi Through");
        return;
    }
    let mut reader = client("reader");
    let reads = reader.create_port("in").unwrap();
    reads.connect_from(through).unwrap();
    let sleeper = client("sleeper");
    let sleeps = sleeper.create_port("in").unwrap();
    sleeps.connect_from(through).unwrap();

    let mut number = 0;
    let error = loop {
        let event = numbered(number).to(through);
        let sent = sender.event_output_patient(&event, Duration::from_millis(100));
        assert_eq!(next_event(&mut reader).data(), numbered(number).data());
        match sent {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::ReceiverFull);
    // No event comes between the last event and this one.
    drop(sleeps);
    let event = numbered(number + 1).to(through);
    sender.event_output_patient(&event, Duration::ZERO).unwrap();
    assert_eq!(next_event(&mut reader).data(), event.data());
}
