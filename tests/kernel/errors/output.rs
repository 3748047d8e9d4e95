//! Refused events: where they are refused, by the library or the kernel, and with which hint.

use std::time::Duration;

use alsa_seq::{
    Address, ClientOptions, Direction, ErrorKind, Event, EventData, EventFilter, EventType,
    Operation, PortCaps, PortId, PortOptions, SequencerClient, Subject, SysexPace, Time,
};
use nix::errno::Errno;

use super::{OURS, assert_error};
use support::{client, need_sequencer, next_event, numbered, open, unique};

fn note() -> Event<'static> {
    Event::note_on(0, 60, 1).unwrap()
}

#[track_caller]
fn refused(client: &mut SequencerClient, event: &Event<'_>, text: &str) {
    for result in [
        client.event_output(event),
        client.event_output_buffer(event),
        client.event_output_direct(event),
    ] {
        assert_error(&result.unwrap_err(), ErrorKind::InvalidInput, OURS, text);
    }
    assert_eq!(client.event_output_pending(), 0);
}

#[test]
fn the_library_refuses_events_before_it_sends_them() {
    need_sequencer!();
    let mut listener = ClientOptions::new(unique("listener"))
        .direction(Direction::Input)
        .open()
        .unwrap();
    let mut legacy = client("legacy");
    let ump = Event::ump(alsa_seq::ump::Packet::new([0; 4]));
    let held = Event::note(0, 60, 100, 5).unwrap();
    refused(
        &mut listener,
        &note(),
        "the client was opened for input alone",
    );
    refused(
        &mut legacy,
        &ump,
        "a client of MIDI 1.0 cannot send UMP events; open it with another `midi_version`",
    );
    refused(
        &mut legacy,
        &held,
        "a note with a duration needs a queue; send a note-on and a note-off, or schedule it",
    );

    let mut small = open(ClientOptions::new(unique("small")).output_buffer_size(28));
    small.event_output_buffer(&note()).unwrap();
    assert_error(
        &small.event_output_buffer(&note()).unwrap_err(),
        ErrorKind::BufferFull,
        OURS,
        "send event: output buffer is full; drain the output first",
    );
    assert_eq!(small.event_output_pending(), 28);
}

/// Each refused event is between accepted events, and all accepted events arrive.
#[test]
fn events_that_the_kernel_refuses_do_not_stop_the_others() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let closed = receiver
        .create_port(PortOptions::new("closed").caps(PortCaps::empty()))
        .unwrap();
    let picky = client("picky");
    let deaf = picky.create_port("in").unwrap();
    picky.set_event_filter(EventFilter::NOTHING).unwrap();
    let sends_only = ClientOptions::new(unique("sends only"))
        .direction(Direction::Output)
        .open()
        .unwrap();
    let no_input = sends_only.create_port("in").unwrap();
    let locked = receiver.create_queue("locked").unwrap();
    let foreign = receiver.create_queue("foreign").unwrap();

    let nobody = Address::from((receiver.id(), PortId::new(200)));
    let no_source = (sender.id(), PortId::new(200));
    let too_large = vec![0; 28 * 500];
    let own = sender.create_queue("own").unwrap();

    let missing = "no such file or directory (ENOENT); the port does not exist, or does not \
                   accept this event";
    let denied = "operation not permitted (EPERM); the port cannot be written to, or the queue is \
                  locked by its owner";
    let invalid = "invalid argument (EINVAL); the event is not valid, its queue does not exist or \
                   is not this client's, or it goes to the subscribers of a port that does not \
                   exist";
    let large = "event is too large (ENOMEM); split the message, or enlarge the pool";
    let unknown = EventData::Other {
        event_type: EventType::new(200),
        data: [0; 12],
        payload: &[],
    };
    use ErrorKind as Kind;
    for (event, kind, errno, says) in [
        (note().to(nobody), Kind::NotFound, Errno::ENOENT, missing),
        (
            note().to(Address::new(190, 0)),
            Kind::NotFound,
            Errno::ENOENT,
            missing,
        ),
        (note().to(&deaf), Kind::NotFound, Errno::ENOENT, missing),
        (note().to(&no_input), Kind::NotFound, Errno::ENOENT, missing),
        (
            note().to(&closed),
            Kind::PermissionDenied,
            Errno::EPERM,
            denied,
        ),
        (
            Event::new(EventData::Stop(locked.id())).to(Address::TIMER),
            Kind::PermissionDenied,
            Errno::EPERM,
            denied,
        ),
        (
            Event::new(unknown).to(&input),
            Kind::InvalidInput,
            Errno::EINVAL,
            invalid,
        ),
        (
            note().to(&input).at(&foreign, Time::Tick(0)),
            Kind::InvalidInput,
            Errno::EINVAL,
            invalid,
        ),
        (
            note().from_port(no_source),
            Kind::InvalidInput,
            Errno::EINVAL,
            invalid,
        ),
        (
            Event::sysex(too_large.as_slice())
                .to(&input)
                .at(&own, Time::Tick(0)),
            Kind::TooLarge,
            Errno::ENOMEM,
            large,
        ),
    ] {
        for number in 0..4 {
            if number == 2 {
                sender.event_output(&event).unwrap();
            }
            sender.event_output(&numbered(number).to(&input)).unwrap();
        }
        let error = sender.drain_output().unwrap_err();
        let dest = event.dest();
        let place = match dest {
            Address::SUBSCRIBERS => "2 to subscribers".into(),
            _ => format!("2 to {dest}"),
        };
        assert_error(&error, kind, errno, &format!("send event {place}: {says}"));
        assert_eq!(error.operation(), Operation::EventOutput);
        assert_eq!(error.subject(), &Subject::Event { index: 2, dest });
        assert_eq!(sender.event_output_pending(), 2 * 28);
        sender.drain_output().unwrap();
        for number in 0..4 {
            assert_eq!(next_event(&mut receiver).data(), numbered(number).data());
        }
        assert_eq!(receiver.try_event_input().unwrap(), None);
    }
}

#[test]
fn a_full_receiver_refuses_events() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let dest = input.address();
    let error = loop {
        if let Err(error) = sender.event_output_direct(&note().to(&input)) {
            break error;
        }
    };
    assert_error(
        &error,
        ErrorKind::ReceiverFull,
        Errno::EAGAIN,
        &format!(
            "send event 0 to {dest}: receiver is full (EAGAIN); the receiver does not read fast \
             enough; send slower, or through a queue"
        ),
    );
    let lost = |receiver: &mut SequencerClient| {
        assert_error(
            &receiver.event_input().unwrap_err(),
            ErrorKind::Overrun,
            Errno::ENOSPC,
            "receive events: events were lost (ENOSPC); read faster, or enlarge the input pool",
        );
    };
    lost(&mut receiver);
    let huge = vec![0; 28 * 200];
    assert_error(
        &sender
            .event_output_direct(&Event::sysex(huge.as_slice()).to(&input))
            .unwrap_err(),
        ErrorKind::TooLarge,
        Errno::ENOMEM,
        &format!(
            "send event 0 to {dest}: event is too large (ENOMEM); split the message, or enlarge \
             the pool"
        ),
    );
    lost(&mut receiver);
    sender.event_output_direct(&note().to(&input)).unwrap();
    assert_eq!(next_event(&mut receiver).data(), note().data());
}

#[test]
fn sending_times_out() {
    need_sequencer!();
    let mut client = client("patient");
    let port = client.create_port("in").unwrap();
    let queue = client.create_queue("stands still").unwrap();
    for number in 0..501 {
        let event = numbered(number).to(&port).at(&queue, Time::Tick(1000));
        client.event_output(&event).unwrap();
    }
    let text = "send event: timed out";
    let short = Duration::from_millis(1);
    for result in [
        client.drain_output_timeout(short),
        client.drain_output_timeout(Duration::ZERO),
        client.sync_output_queue_timeout(short),
    ] {
        assert_error(&result.unwrap_err(), ErrorKind::TimedOut, OURS, text);
        assert_eq!(client.event_output_pending(), 28);
    }
    client.drop_output_buffer();
    let error = client.sync_output_queue_timeout(short).unwrap_err();
    assert_error(&error, ErrorKind::TimedOut, OURS, text);
}

#[test]
fn errors_of_long_messages_name_the_reason() {
    need_sequencer!();
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let receiver = client("receiver");
    let closed = receiver
        .create_port(PortOptions::new("closed").caps(PortCaps::empty()))
        .unwrap();
    let queue = sender.create_queue("queue").unwrap();
    let bytes = vec![1; 1000];
    let whole = || Event::sysex(bytes.as_slice()).from_port(&out);
    for event in [note().to(&closed), whole().at(&queue, Time::Tick(0))] {
        assert_error(
            &sender.sysex_output(&event, SysexPace::new()).unwrap_err(),
            ErrorKind::InvalidInput,
            OURS,
            "only a direct system-exclusive event is sent in pieces",
        );
    }
    for (event, kind, errno) in [
        (
            whole().to(&closed),
            ErrorKind::PermissionDenied,
            Errno::EPERM,
        ),
        (
            whole().to(Address::new(190, 0)),
            ErrorKind::NotFound,
            Errno::ENOENT,
        ),
        (
            whole().from_port((sender.id(), PortId::new(99))),
            ErrorKind::InvalidInput,
            Errno::EINVAL,
        ),
    ] {
        let error = sender.sysex_output(&event, SysexPace::new()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.raw_os_error(), Some(errno as i32), "{error}");
        assert_eq!(error.operation(), Operation::EventOutput);
        let dest = event.dest();
        assert_eq!(error.subject(), &Subject::Event { index: 0, dest });
    }

    let deaf = receiver.create_port("in").unwrap();
    let bytes = vec![1; 10_000];
    let event = Event::sysex(bytes.as_slice()).to(&deaf);
    let pace = SysexPace::new().timeout(Duration::from_millis(1));
    let error = sender.sysex_output(&event, pace).unwrap_err();
    let Subject::Event { index, dest } = *error.subject() else {
        panic!("{error:?}");
    };
    let (client, name) = (receiver.id(), receiver.info().unwrap());
    let text = format!(
        "send event {index} to {dest}: timed out: client {client} {:?} does not read",
        name.name()
    );
    assert_eq!(error.receiver(), Some(client));
    assert_error(&error, ErrorKind::TimedOut, OURS, &text);
    assert!(index > 0);
}
