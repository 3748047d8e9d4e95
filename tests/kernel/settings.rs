//! A client's settings of itself.

use alsa_seq::abi::flags::ClientFilter;
use alsa_seq::{
    ClientOptions, Direction, ErrorKind, Event, EventData, EventFilter, EventType, Time,
};

use support::{client, need_sequencer, next_event, numbered, unique};

#[test]
fn a_filter_refuses_types_it_does_not_name() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    assert_eq!(receiver.info().unwrap().event_filter(), EventFilter::ALL);

    let wanted = [EventType::NOTE_ON, EventType::USER9, EventType::SYSEX];
    let filter: EventFilter = wanted.into_iter().collect();
    receiver.set_event_filter(filter).unwrap();
    assert_eq!(receiver.info().unwrap().event_filter(), filter);
    let seen = sender.client_info(receiver.id()).unwrap();
    assert_eq!(seen.event_filter(), filter);
    assert!(filter.types().eq(wanted));
    assert!(filter.accepts(EventType::SYSEX));
    assert!(!filter.accepts(EventType::RESET));

    let note = Event::note_on(0, 1, 1).unwrap().to(&input);
    sender.event_output_direct(&note).unwrap();
    let clock = Event::new(EventData::Reset).to(&input);
    let error = sender.event_output_direct(&clock).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(next_event(&mut receiver).data(), note.data());
    assert_eq!(receiver.try_event_input().unwrap(), None);

    receiver.set_event_filter(EventFilter::ALL).unwrap();
    sender.event_output_direct(&clock).unwrap();
    assert_eq!(next_event(&mut receiver).data(), clock.data());
}

/// Another library copies one of these flags into the other.
#[test]
fn error_bounce_and_broadcast_are_separate_flags() {
    need_sequencer!();
    let client = client("flags");
    let flags = || {
        let info = client.info().unwrap();
        let broadcast = info.raw().filter.contains(ClientFilter::BROADCAST);
        (broadcast, info.error_bounce())
    };
    assert_eq!(flags(), (false, false));
    client.set_error_bounce(true).unwrap();
    assert_eq!(flags(), (false, true));
    let mut raw = *client.info().unwrap().raw();
    raw.filter |= ClientFilter::BROADCAST;
    client.fd().set_client_info(&raw).unwrap();
    assert_eq!(flags(), (true, true));
    client.set_error_bounce(false).unwrap();
    assert_eq!(flags(), (true, false));
    client.set_name("still the same").unwrap();
    assert_eq!(flags(), (true, false));
}

#[test]
fn an_undeliverable_scheduled_event_bounces() {
    need_sequencer!();
    let mut client = client("bouncer");
    let port = client.create_port("port").unwrap();
    let gone = client.create_port("gone").unwrap();
    let nobody = gone.address();
    gone.close().unwrap();
    client.set_error_bounce(true).unwrap();
    let queue = client.create_queue("queue").unwrap();
    queue.start().unwrap();
    let event = Event::note_on(1, 2, 3)
        .unwrap()
        .with_tag(99)
        .from_port(&port)
        .to(nobody)
        .at(&queue, Time::Tick(1));
    client.event_output(&event).unwrap();
    client.drain_output().unwrap();
    match next_event(&mut client).data() {
        EventData::Bounce(bounce) => {
            let bounced = bounce.event().unwrap();
            assert_eq!(bounced.data(), event.data());
            assert_eq!((bounced.tag(), bounced.dest()), (99, nobody));
        }
        // Linux 6.1 sends this event.
        EventData::KernelError { value, origin, .. } => {
            assert_eq!(origin, nobody);
            assert_eq!(value, 2, "ENOENT");
        }
        other => panic!("{other:?}"),
    }
}

/// A bounced event has lost its data of variable length. The events after it must not be read as
/// this data.
#[test]
fn events_after_a_bounced_sysex_are_not_read_as_its_data() {
    need_sequencer!();
    let mut client = client("bouncer");
    let port = client.create_port("port").unwrap();
    let nowhere = client.create_port("gone").unwrap();
    let gone = nowhere.address();
    drop(nowhere);
    client.set_error_bounce(true).unwrap();
    let queue = client.create_queue("queue").unwrap();
    queue.start().unwrap();
    // The sysex is as long as the two notes below.
    let sysex = Event::sysex(&[1; 56]).to(gone);
    let event = sysex.from_port(&port).at(&queue, Time::Tick(0));
    client.event_output(&event).unwrap();
    client.drain_output().unwrap();
    let bounced = match next_event(&mut client).data() {
        EventData::Bounce(bounce) => bounce.event().unwrap(),
        // Before 6.5 the kernel reports the error without returning the event.
        EventData::KernelError { .. } => return,
        other => panic!("{other:?}"),
    };
    assert_eq!(bounced.data(), EventData::Sysex(&[]));
    let note = Event::note_on(0, 60, 100).unwrap().to(&port);
    for event in [&bounced.to(&port).direct(), &note, &note] {
        client.event_output(event).unwrap();
    }
    client.drain_output().unwrap();
    for expected in [EventData::Sysex(&[]), note.data(), note.data()] {
        assert_eq!(next_event(&mut client).data(), expected);
    }
}

#[test]
fn pools_have_the_set_sizes() {
    need_sequencer!();
    let client = ClientOptions::new(unique("pools"))
        .input_pool(2000)
        .output_pool(100)
        .open()
        .unwrap();
    let pool = client.pool().unwrap();
    assert_eq!((pool.input(), pool.output()), (2000, 100));
    client.set_input_pool(300).unwrap();
    client.set_output_pool(1000).unwrap();
    client.set_output_room(7).unwrap();
    let pool = client.client_pool(client.id()).unwrap();
    assert_eq!((pool.input(), pool.output()), (300, 1000));
    assert_eq!(pool.output_room(), 7);
    assert_eq!((pool.input_free(), pool.output_free()), (300, 1000));

    for bad in [0, 2001, usize::MAX] {
        let error = client.set_input_pool(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let error = client.set_output_pool(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(
        client.set_output_room(1001).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert_eq!(client.pool().unwrap(), pool);
}

#[test]
fn a_room_set_before_the_first_event_is_kept() {
    need_sequencer!();
    let mut client = client("room");
    client.set_output_room(3).unwrap();
    let port = client.create_port("out").unwrap();
    let event = Event::new(EventData::Reset).from_port(&port);
    client.event_output_direct(&event).unwrap();
    assert_eq!(client.pool().unwrap().output_room(), 3);
}

#[test]
fn lost_events_are_counted_and_the_count_is_reset() {
    need_sequencer!();
    let mut client = client("loser");
    let port = client.create_port("in").unwrap();
    let queue = client.create_queue("queue").unwrap();
    queue.start().unwrap();
    // This bounce cannot be delivered either.
    client.set_error_bounce(true).unwrap();
    let nobody = (client.id(), alsa_seq::PortId::new(200));
    let event = Event::note_on(0, 0, 0).unwrap();
    let from = (client.id(), alsa_seq::PortId::new(201));
    let lost = event.from_port(from).to(nobody).at(&queue, Time::Tick(1));
    client.event_output(&lost).unwrap();
    // The mark comes after the loss.
    let mark = Event::new(EventData::Reset).to(&port);
    client
        .event_output(&mark.at(&queue, Time::Tick(2)))
        .unwrap();
    client.drain_output().unwrap();
    next_event(&mut client);
    assert_eq!(client.info().unwrap().events_lost(), 1);
    client.reset_events_lost().unwrap();
    assert_eq!(client.info().unwrap().events_lost(), 0);
}

/// The kernel does not count these losses, neither for the receiver nor for the sender. Only the
/// errors report them.
#[test]
fn events_that_a_full_receiver_loses_are_not_counted() {
    need_sequencer!();
    let receiver = ClientOptions::new(unique("full"))
        .input_pool(5)
        .open()
        .unwrap();
    let to = receiver.create_port("in").unwrap();
    let mut sender = client("sender");
    let refused = (0..20)
        .filter(|number| {
            let sent = sender.event_output_direct(&numbered(*number).to(&to));
            sent.is_err_and(|error| error.kind() == ErrorKind::ReceiverFull)
        })
        .count();
    assert_eq!(refused, 15);
    assert_eq!(receiver.info().unwrap().events_lost(), 0);
    assert_eq!(sender.info().unwrap().events_lost(), 0);
}

#[test]
fn a_client_that_only_sends_has_no_input_pool() {
    need_sequencer!();
    let says = "set client pool: a client that was opened for output alone has no input pool";
    let options = ClientOptions::new(unique("sender")).direction(Direction::Output);
    let error = options.clone().input_pool(100).open().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), says);
    let client = options.output_pool(100).open().unwrap();
    assert_eq!(client.set_input_pool(100).unwrap_err().to_string(), says);
    assert_eq!(client.pool().unwrap().output(), 100);
}
