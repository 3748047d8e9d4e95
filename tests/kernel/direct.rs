//! Direct events: the kernel delivers them during the call, or refuses them with a reason.

use std::time::Duration;

use alsa_seq::{
    Address, ClientOptions, Error, ErrorKind, Event, EventData, EventType, QueueId,
    SequencerClient, Time,
};

use support::{PATIENCE, client, need_sequencer, next_event, numbered, unique};

#[test]
fn an_event_goes_to_subscribers_and_to_an_address() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let out = sender.create_port("out").unwrap();
    let input = receiver.create_port("in").unwrap();
    out.connect_to(&input).unwrap();

    let event = Event::note_on(3, 60, 100).unwrap().from_port(&out);
    sender.event_output(&event).unwrap();
    assert_eq!(sender.event_output_pending(), 28);
    sender.drain_output().unwrap();
    assert_eq!(sender.event_output_pending(), 0);
    let received = next_event(&mut receiver);
    assert_eq!(received.data(), event.data());
    assert_eq!(received.source(), out.address());

    let elsewhere = receiver.create_port("elsewhere").unwrap();
    let event = Event::pitch_bend(15, -8192).unwrap().to(&elsewhere);
    sender.event_output_direct(&event).unwrap();
    let received = next_event(&mut receiver);
    assert_eq!(received.data(), event.data());
    assert_eq!(received.dest(), elsewhere.address());
}

#[test]
fn sysex_of_every_length_arrives_whole() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    // The longest event fills all but one of the receiver's 200 cells.
    for length in [0, 1, 27, 28, 29, 55, 56, 57, 1000, 28 * 198] {
        let bytes: Vec<u8> = (0..251).cycle().take(length).collect();
        let event = Event::sysex(bytes.as_slice()).to(&input);
        sender.event_output_direct(&event).unwrap();
        sender
            .event_output_direct(&Event::new(EventData::Echo([7; 12])).to(&input))
            .unwrap();
        let received = next_event(&mut receiver);
        assert_eq!(received.payload(), bytes, "{length} bytes");
        assert_eq!(next_event(&mut receiver).event_type(), EventType::ECHO);
    }
}

#[test]
fn a_full_receiver_is_reported_and_then_overrun() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let note = |key| Event::note_on(0, key, 1).unwrap().to(&input);

    let mut delivered = 0;
    let error = loop {
        match sender.event_output_direct(&note(1)) {
            Ok(()) => delivered += 1,
            Err(error) => break error,
        }
        assert!(delivered < 10_000, "the receiver is never full");
    };
    assert_eq!(error.kind(), ErrorKind::ReceiverFull);
    assert_eq!(delivered, 200, "the default input pool");
    assert_eq!(sender.event_output_pending(), 0, "nothing is sent again");

    // The loss is reported once. Then reading continues.
    let error = receiver.try_event_input().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overrun);
    assert_eq!(receiver.try_event_input().unwrap(), None);
    sender.event_output_direct(&note(2)).unwrap();
    match next_event(&mut receiver).data() {
        EventData::NoteOn { note, .. } => assert_eq!(note, 2),
        other => panic!("{other:?}"),
    }
}

/// An event that is larger than the whole pool is lost although no event is unread. `poll` does not
/// show this. So a reader must check for an overrun when its time-out is over.
#[test]
fn an_overrun_of_an_empty_input_is_reported_by_the_next_call() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = ClientOptions::new(unique("receiver"))
        .input_pool(10)
        .open()
        .unwrap();
    let input = receiver.create_port("in").unwrap();
    let sysex = Event::sysex(vec![1; 1000]).to(&input);
    // Returns whether no event has arrived.
    type Look = fn(&mut SequencerClient) -> Result<bool, Error>;
    let looks: [Look; 3] = [
        |receiver| receiver.try_event_input().map(|event| event.is_none()),
        |receiver| receiver.event_input_pending().map(|number| number == 0),
        |receiver| match receiver.event_input_timeout(Duration::from_millis(1)) {
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(true),
            other => other.map(|_| false),
        },
    ];
    for look in looks {
        // The previous call had to wait, and so the client expects to wait again.
        assert!(look(&mut receiver).unwrap());
        let error = sender.event_output_direct(&sysex).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        let error = look(&mut receiver).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overrun);
        assert!(look(&mut receiver).unwrap());
    }
}

/// The receiver loses nothing. A refused event would cost the receiver all its unread events.
#[test]
fn a_patient_event_waits_for_room() {
    need_sequencer!();
    let mut sender = client("sender");
    let receiver = client("receiver");
    let port = receiver.create_port("in").unwrap().keep();
    let (_output, mut input) = receiver.split();
    let mut number = 0;
    let error = loop {
        let event = numbered(number).to(port);
        match sender.event_output_patient(&event, Duration::from_millis(20)) {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(number > 100, "{number}");
    let all = number + 1000;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for expected in 0..all {
                let event = input.event_input_timeout(PATIENCE).unwrap();
                assert_eq!(event.data(), numbered(expected).data());
            }
        });
        for number in number..all {
            let event = numbered(number).to(port);
            sender.event_output_patient(&event, PATIENCE).unwrap();
        }
    });
}

/// An event goes to the subscribers if its client number or its queue number is 254.
#[test]
fn a_patient_event_waits_for_every_kind_of_subscriber_address() {
    need_sequencer!();
    for (dest, queue) in [(Address::new(254, 0), 253), (Address::TIMER, 254)] {
        let mut sender = client("sender");
        let out = sender.create_port("out").unwrap();
        let mut receiver = client("receiver");
        let port = receiver.create_port("in").unwrap();
        out.connect_to(&port).unwrap();
        let mut number = 0;
        let error = loop {
            let event = numbered(number).from_port(&out).to(dest);
            let event = event.at(QueueId::new(queue), Time::Tick(0));
            match sender.event_output_patient(&event, Duration::from_millis(20)) {
                Ok(()) => number += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        for expected in 0..number {
            let event = next_event(&mut receiver);
            assert_eq!(event.data(), numbered(expected).data());
        }
    }
}

#[test]
fn waiting_for_input_times_out() {
    need_sequencer!();
    let mut client = client("patient");
    assert_eq!(client.try_event_input().unwrap(), None);
    let error = client
        .event_input_timeout(Duration::from_millis(20))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let error = client.event_input_timeout(Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn the_halves_work_on_two_threads() {
    need_sequencer!();
    const BATCH: u32 = 150;
    const BATCHES: u32 = 100;
    let client = client("both");
    let port = client.create_port("loop").unwrap();
    let (mut output, mut input) = client.split();
    // The receiver requests a batch when it has room for one.
    let (ask, asked) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let port = &port;
        scope.spawn(move || {
            for (batch, ()) in (0..).zip(asked) {
                for number in batch * BATCH..(batch + 1) * BATCH {
                    output.event_output(&numbered(number).to(port)).unwrap();
                }
                output.drain_output().unwrap();
            }
        });
        for batch in 0..BATCHES {
            ask.send(()).unwrap();
            for number in batch * BATCH..(batch + 1) * BATCH {
                assert_eq!(next_event(&mut input).data(), numbered(number).data());
            }
        }
        drop(ask);
    });
}
