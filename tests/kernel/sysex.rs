//! Long messages arrive whole at every kind of receiver.

use std::num::NonZeroUsize;
use std::time::Duration;

use alsa_seq::{
    Address, ClientOptions, ErrorKind, Event, EventInput, EventType, SequencerClient, Subject,
    SysexPace, SysexStep, SysexTransfer, Time,
};

use support::{PATIENCE, client, need_sequencer, next_event, numbered, open, unique};

const MEGABYTE: usize = 1 << 20;

fn message() -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..128).cycle().take(MEGABYTE).collect();
    bytes[0] = 0xf0;
    bytes[MEGABYTE - 1] = 0xf7;
    bytes
}

/// Joins pieces until they are a megabyte.
fn receive(input: &mut EventInput) -> Vec<u8> {
    let mut received = Vec::new();
    while received.len() < MEGABYTE {
        let event = input.event_input_timeout(PATIENCE).unwrap();
        if event.event_type() == EventType::SYSEX {
            received.extend_from_slice(event.payload());
        }
    }
    received
}

#[test]
fn a_megabyte_arrives_whole_at_an_address() {
    need_sequencer!();
    let mut sender = client("sender");
    let receiver = client("receiver");
    let port = receiver.create_port("in").unwrap();
    let bytes = message();
    let (_output, mut input) = receiver.split();
    std::thread::scope(|scope| {
        let received = scope.spawn(move || receive(&mut input));
        let event = Event::sysex(bytes.as_slice()).to(&port);
        sender.sysex_output(&event, SysexPace::new()).unwrap();
        assert!(received.join().unwrap() == bytes);
    });
}

#[test]
fn a_megabyte_arrives_whole_at_every_subscriber() {
    need_sequencer!();
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let bytes = message();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let receiver = client("receiver");
                let port = receiver.create_port("in").unwrap().keep();
                out.connect_to(port).unwrap();
                let (_output, mut input) = receiver.split();
                scope.spawn(move || receive(&mut input))
            })
            .collect();
        let event = Event::sysex(bytes.as_slice()).from_port(&out);
        let piece = NonZeroUsize::new(1000).unwrap();
        sender
            .sysex_output(&event, SysexPace::new().chunk(piece))
            .unwrap();
        for thread in threads {
            assert!(thread.join().unwrap() == bytes);
        }
    });
}

#[test]
fn a_receiver_that_does_not_read_is_reported_and_loses_no_bytes() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let port = receiver.create_port("in").unwrap();
    let bytes = vec![1; 10_000];
    let event = Event::sysex(bytes.as_slice()).to(&port);
    let pace = SysexPace::new().timeout(Duration::from_millis(20));
    let error = sender.sysex_output(&event, pace).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let Subject::Event { index, .. } = *error.subject() else {
        panic!("{error:?}");
    };
    // The pieces that were sent can still be read.
    for _ in 0..index {
        let piece = receiver.try_event_input().unwrap().unwrap();
        assert_eq!(piece.payload().len(), 256);
    }
    assert_eq!(receiver.try_event_input().unwrap(), None);
}

/// The removed subscriber is the receiver that the sender waited for.
#[test]
fn a_removed_subscriber_does_not_stop_the_message() {
    need_sequencer!();
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let receiver = client("receiver");
    let stays = receiver.create_port("in").unwrap();
    let leaver = client("leaver");
    let leaves = leaver.create_port("in").unwrap();
    out.connect_to(&stays).unwrap();
    out.connect_to(&leaves).unwrap();
    let bytes = vec![1; 20_000];
    let (_output, mut input) = receiver.split();
    std::thread::scope(|scope| {
        let received = scope.spawn(move || {
            let mut leaver = Some(leaver);
            let mut received = 0;
            while received < 20_000 {
                let event = input.event_input_timeout(PATIENCE).unwrap();
                received += event.payload().len();
                // 16 pieces of 10 cells, and one cell for each, are in the pool. A 17th piece does
                // not fit.
                if received >= 16 * 256 {
                    leaver = None;
                }
            }
            drop(leaver);
            received
        });
        let event = Event::sysex(bytes.as_slice()).from_port(&out);
        sender.sysex_output(&event, SysexPace::new()).unwrap();
        assert_eq!(received.join().unwrap(), bytes.len());
    });
}

/// Returns a port of a driver. If it does not exist, prints that the test is skipped.
fn midi_through(client: &SequencerClient) -> Option<Address> {
    let through = Address::new(14, 0);
    if client.port_info(through).is_err() {
        support::skip("this sequencer has no Midi Through");
        return None;
    }
    Some(through)
}

/// A virtual cable to a driver that accepts no more data than a real one.
#[test]
fn the_pace_is_kept_towards_a_driver() {
    need_sequencer!();
    let mut sender = client("sender");
    let Some(through) = midi_through(&sender) else {
        return;
    };
    let bytes = vec![1; 1000];
    let event = Event::sysex(bytes.as_slice()).to(through);
    let started = std::time::Instant::now();
    let pace = SysexPace::new().bytes_per_second(Some(10_000));
    sender.sysex_output(&event, pace).unwrap();
    // The last of four pieces is sent when the first three, 768 bytes, have left the driver.
    assert!(started.elapsed() >= Duration::from_micros(76_800));

    let note = Event::note_on(0, 0, 0).unwrap();
    let error = sender.sysex_output(&note, pace).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// The driver's buffer does not grow during the sender's pause: two pieces of 4096 bytes are never
/// sent at once.
#[test]
fn a_pause_between_steps_brings_no_more_than_a_driver_buffers() {
    need_sequencer!();
    let mut sender = client("sender");
    let Some(through) = midi_through(&sender) else {
        return;
    };
    let bytes = vec![1; 4 * 4096];
    let event = Event::sysex(bytes.as_slice()).to(through);
    let mut pace = SysexPace::new().bytes_per_second(Some(40_960));
    for (chunk, waits) in [(4096, 100), (3072, 50), (2048, 0)] {
        pace = pace.chunk(NonZeroUsize::new(chunk).unwrap());
        let mut steps = sender.sysex_sender(&event, pace).unwrap();
        steps.step().unwrap();
        std::thread::sleep(Duration::from_millis(250));
        let started = std::time::Instant::now();
        // The first of these pieces is late, and is sent at once.
        steps.step().unwrap();
        steps.step().unwrap();
        let waited = started.elapsed();
        assert!(
            waited >= Duration::from_millis(waits),
            "{chunk}: {waited:?}"
        );
    }
}

/// The time-out limits the whole call: the buffered events are sent first, and their queue does not
/// move.
#[test]
fn the_time_out_includes_the_wait_for_the_buffer() {
    need_sequencer!();
    let mut sender = open(ClientOptions::new(unique("stuck")).output_pool(2));
    let receiver = client("receiver");
    let port = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("stands still").unwrap();
    for number in 0..3 {
        let event = numbered(number).to(&port).at(&queue, Time::Tick(1));
        sender.event_output(&event).unwrap();
    }
    let event = Event::sysex([0xf0, 0xf7].as_slice()).to(&port);
    let pace = SysexPace::new().timeout(Duration::from_millis(20));
    for error in [
        sender.sysex_output(&event, pace).unwrap_err(),
        sender.sysex_sender(&event, pace).map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.receiver(), None);
    }
    assert_eq!(sender.event_output_pending(), 28);
}

#[test]
fn a_message_is_sent_step_by_step_and_can_be_cancelled() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let port = receiver.create_port("in").unwrap();
    let bytes: Vec<u8> = [0xf0].into_iter().chain([1; 998]).chain([0xf7]).collect();
    let event = Event::sysex(bytes.as_slice()).to(&port);
    let pace = SysexPace::new();
    let mut received = Vec::new();
    let mut take = |wanted: usize| {
        let piece = receiver.event_input_timeout(PATIENCE).unwrap();
        received.extend_from_slice(piece.payload());
        assert_eq!(received.len(), wanted);
        assert_eq!(receiver.try_event_input().unwrap(), None);
        if wanted == 1000 {
            assert_eq!(received, bytes);
            received.clear();
        }
    };
    let mut steps = sender.sysex_sender(&event, pace).unwrap();
    assert_eq!((steps.progress().sent, steps.progress().total), (0, 1000));
    for wanted in [256, 512, 768, 1000] {
        let progress = steps.step().unwrap().unwrap();
        assert_eq!((progress.sent, progress.total), (wanted, 1000));
        take(wanted);
    }
    assert_eq!(steps.step().unwrap(), None);
    assert_eq!(steps.step().unwrap(), None);

    let steps = sender.sysex_sender(&event, pace).unwrap();
    let sent: Vec<_> = steps.take(2).map(|step| step.unwrap().sent).collect();
    assert_eq!(sent, [256, 512]);
    // The message is cancelled: no more piece arrives, and the client continues.
    for _ in 0..2 {
        let piece = receiver.event_input_timeout(PATIENCE).unwrap();
        assert_eq!(piece.payload().len(), 256);
    }
    sender.event_output_direct(&numbered(1).to(&port)).unwrap();
    let next = receiver.event_input_timeout(PATIENCE).unwrap();
    assert_eq!(next.data(), numbered(1).data());
}

/// After a time-out or an interrupt, the next step sends the same piece. If a piece is refused, the
/// message ends.
#[test]
fn a_failed_step_is_repeated_or_is_the_last() {
    need_sequencer!();
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let mut reads = client("reads");
    let mut deaf = client("deaf");
    for receiver in [&reads, &deaf] {
        let port = receiver.create_port("in").unwrap();
        out.connect_to(&port).unwrap();
        port.keep();
    }
    let bytes: Vec<u8> = (0..100).cycle().take(10_000).collect();
    let event = Event::sysex(bytes.as_slice()).from_port(&out);
    let interrupter = sender.interrupter().unwrap();
    let pace = SysexPace::new().timeout(Duration::from_millis(20));
    let mut steps = sender.sysex_sender(&event, pace).unwrap();
    let mut received = [const { Vec::new() }; 2];
    let mut failed = 0;
    loop {
        while let Some(event) = reads.try_event_input().unwrap() {
            received[0].extend_from_slice(event.payload());
        }
        match steps.step() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                failed += 1;
                if error.kind() == ErrorKind::Interrupted {
                    continue;
                }
                assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:#}");
                // The error names the receiver that is full.
                assert_eq!(error.receiver(), Some(deaf.id()));
                while let Some(event) = deaf.try_event_input().unwrap() {
                    received[1].extend_from_slice(event.payload());
                }
                interrupter.interrupt();
            }
        }
    }
    for (receiver, received) in [&mut reads, &mut deaf].into_iter().zip(&mut received) {
        while let Some(event) = receiver.try_event_input().unwrap() {
            received.extend_from_slice(event.payload());
        }
        assert!(*received == bytes);
    }
    assert!(failed > 2, "{failed}");

    let port = deaf.create_port("late").unwrap();
    let event = Event::sysex(bytes.as_slice()).to(&port);
    let mut steps = sender.sysex_sender(&event, pace).unwrap();
    steps.step().unwrap();
    drop(port);
    assert_eq!(steps.step().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(steps.step().unwrap(), None);
    assert_eq!(steps.progress().sent, 256);
}

/// A transfer holds no output. So several transfers can be kept, in any place.
#[test]
fn several_messages_are_on_their_way_at_once() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let messages: Vec<_> = (0..3u8)
        .map(|number| {
            let port = receiver.create_port("in").unwrap();
            let bytes = [&[0xf0][..], &[number; 500], &[0xf7]].concat();
            (port, bytes)
        })
        .collect();
    let mut transfers: Vec<SysexTransfer<'static>> = messages
        .iter()
        .map(|(port, bytes)| {
            // The event no longer exists when the message is sent.
            let event = Event::sysex(bytes.clone()).to(port).with_tag(7);
            let transfer = sender.sysex_transfer(&event, SysexPace::new()).unwrap();
            transfer.into_owned()
        })
        .collect();
    let mut stranger = client("stranger");
    let error = stranger.sysex_step(&mut transfers[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = stranger.try_sysex_step(&mut transfers[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    let mut received = vec![Vec::new(); 3];
    for wanted in [256, 502] {
        for (transfer, (port, bytes)) in transfers.iter_mut().zip(&messages) {
            let progress = sender.sysex_step(transfer).unwrap().unwrap();
            assert_eq!((progress.sent, progress.total), (wanted, bytes.len()));
            let piece = receiver.event_input_timeout(PATIENCE).unwrap();
            assert_eq!((piece.dest(), piece.tag()), (port.address(), 7));
            received[usize::from(bytes[1])].extend_from_slice(piece.payload());
        }
    }
    for (transfer, (_, bytes)) in transfers.iter_mut().zip(&messages) {
        assert_eq!(sender.sysex_step(transfer).unwrap(), None);
        assert_eq!(sender.try_sysex_step(transfer).unwrap(), SysexStep::Done);
        assert_eq!(&received[usize::from(bytes[1])], bytes);
    }

    // An empty message is sent once.
    let event = Event::sysex(Vec::new()).to(&messages[0].0);
    let mut nothing = sender.sysex_transfer(&event, SysexPace::new()).unwrap();
    assert!(sender.sysex_step(&mut nothing).unwrap().is_some());
    assert_eq!(sender.sysex_step(&mut nothing).unwrap(), None);
    let event = receiver.event_input_timeout(PATIENCE).unwrap();
    assert_eq!(event.event_type(), EventType::SYSEX);
    assert!(event.payload().is_empty());
}

/// The way of a loop that has other work.
#[test]
fn a_message_goes_step_by_step_without_waiting() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let port = receiver.create_port("in").unwrap();
    let bytes = [&[0xf0][..], &[1; 20_000], &[0xf7]].concat();
    let event = Event::sysex(bytes.as_slice()).to(&port);
    // Waiting for room would last as long as the test's whole patience.
    let pace = SysexPace::new().timeout(PATIENCE);
    let mut steps = sender.sysex_sender(&event, pace).unwrap();
    let (mut received, mut waits) = (Vec::new(), 0);
    let mut sent = 0;
    loop {
        match steps.try_step().unwrap() {
            SysexStep::Sent(progress) => {
                assert!(progress.sent > sent);
                sent = progress.sent;
            }
            SysexStep::Wait(_) => {
                waits += 1;
                while let Some(event) = receiver.try_event_input().unwrap() {
                    received.extend_from_slice(event.payload());
                }
            }
            SysexStep::Done => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(sent, bytes.len());
    assert!(waits > 0, "the receiver's pool is smaller than the message");
    while received.len() < bytes.len() {
        received.extend_from_slice(next_event(&mut receiver).payload());
    }
    assert!(received == bytes);
}
