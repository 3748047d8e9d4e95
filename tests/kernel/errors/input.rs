//! Receiving when no event arrives.

use std::time::Duration;

use alsa_seq::{
    ClientOptions, Direction, ErrorKind, EventBuffer, Operation, Subject, TopologyMonitor,
};

use super::{OURS, assert_error};
use support::{client, need_sequencer, unique};

#[test]
fn a_client_that_only_sends_cannot_receive() {
    need_sequencer!();
    let mut client = ClientOptions::new(unique("sends only"))
        .direction(Direction::Output)
        .open()
        .unwrap();
    let mut buffer = EventBuffer::new();
    let errors = [
        client.event_input().unwrap_err(),
        client.event_input_timeout(Duration::ZERO).unwrap_err(),
        client.try_event_input().unwrap_err(),
        client.event_input_batch(&mut buffer).unwrap_err(),
        client.event_input_pending().unwrap_err(),
        client.events().next().unwrap().unwrap_err(),
    ];
    for error in errors {
        assert_error(
            &error,
            ErrorKind::InvalidInput,
            OURS,
            "receive events: the client was opened for output alone",
        );
    }
    // Such an error is the last item.
    assert_eq!(client.events().count(), 1);
    assert!(buffer.is_empty());
    client.drop_input().unwrap();
}

#[test]
fn receiving_times_out() {
    need_sequencer!();
    let mut client = client("patient");
    let mut monitor = TopologyMonitor::open(unique("monitor")).unwrap();
    let error = client.event_input_timeout(Duration::ZERO).unwrap_err();
    assert_error(
        &error,
        ErrorKind::TimedOut,
        OURS,
        "receive events: timed out",
    );
    assert_eq!(error.subject(), &Subject::None);
    // Clients of other tests appear and disappear meanwhile, but at some time no change is left.
    let error = loop {
        if let Err(error) = monitor.next_change_timeout(Duration::ZERO) {
            break error;
        }
    };
    assert_error(
        &error,
        ErrorKind::TimedOut,
        OURS,
        "receive events: timed out",
    );
    assert_eq!(error.operation(), Operation::EventInput);
}
