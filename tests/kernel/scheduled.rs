//! Events on a queue: they arrive in order, at their time, and a full pool loses none.

use std::time::Duration;

use alsa_seq::{ClientOptions, Event, EventData, EventType, RealTime, RemoveEvents, Tempo, Time};

use support::{PATIENCE, client, need_sequencer, next_event, numbered, unique};

#[test]
fn ticks_come_in_order_whatever_the_order_of_sending() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("song").unwrap();
    let tempo = Tempo::from_micros(10_000).unwrap().with_ppq(100).unwrap();
    queue.set_tempo(tempo).unwrap();

    // The queue stands still, so no event is delivered before the last is queued.
    let base = 200;
    for key in (0..100_u8).rev() {
        let event = Event::note_on(0, key, 1)
            .unwrap()
            .to(&input)
            .at(&queue, Time::Tick(base + u32::from(key)));
        sender.event_output(&event).unwrap();
    }
    sender.drain_output().unwrap();
    assert_eq!(queue.status().unwrap().num_events(), 100);
    // Starting would drop the events.
    queue.continue_().unwrap();
    for key in 0..100_u8 {
        let event = next_event(&mut receiver);
        assert_eq!(event.time(), Time::Tick(base + u32::from(key)));
        assert_eq!(event.queue(), queue.id());
        match event.data() {
            EventData::NoteOn { note, .. } => assert_eq!(note, key),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(queue.status().unwrap().num_events(), 0);
}

#[test]
fn real_time_and_relative_time() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("clock").unwrap();
    queue.start().unwrap();

    let due = RealTime::try_from(Duration::from_millis(50)).unwrap();
    let event = Event::note_on(0, 1, 1).unwrap().to(&input);
    sender.event_output(&event.clone().at(&queue, due)).unwrap();
    sender.drain_output().unwrap();
    let received = next_event(&mut receiver);
    assert_eq!(received.time(), Time::Real(due));
    assert!(!received.is_relative());
    assert!(queue.status().unwrap().real_time() >= due);

    let before = queue.status().unwrap().real_time();
    sender.event_output(&event.after(&queue, due)).unwrap();
    sender.drain_output().unwrap();
    let received = next_event(&mut receiver);
    // The kernel made the time absolute, counted from its last timer tick.
    let Time::Real(absolute) = received.time() else {
        panic!("{received:?}");
    };
    let slack = Duration::from_millis(10);
    assert!(Duration::from(absolute) + slack >= Duration::from(before) + Duration::from(due));
}

#[test]
fn a_note_ends_by_itself() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("song").unwrap();
    queue
        .set_tempo(Tempo::from_micros(1000).unwrap().with_ppq(10).unwrap())
        .unwrap();
    queue.start().unwrap();
    let note = Event::note(2, 64, 90, 25).unwrap();
    sender
        .event_output(&note.to(&input).at(&queue, Time::Tick(100)))
        .unwrap();
    sender.drain_output().unwrap();

    let on = next_event(&mut receiver);
    let off = next_event(&mut receiver);
    assert_eq!(on.data(), EventData::note_on(2, 64, 90).unwrap());
    assert_eq!(off.data(), EventData::note_off(2, 64, 0).unwrap());
    assert_eq!(on.time(), Time::Tick(100));
    assert_eq!(off.time(), Time::Tick(125));
}

/// Sends many more events than the pool of 500 has cells. Sending waits for room, and no event is
/// lost. The receiver has room for all events, even if it reads late.
#[test]
fn a_full_pool_makes_the_sender_wait() {
    need_sequencer!();
    const EVENTS: u32 = 1900;
    let sender = client("sender");
    let mut receiver = ClientOptions::new(unique("receiver"))
        .input_pool(2000)
        .open()
        .unwrap();
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("song").unwrap();
    // A tick is 500 microseconds.
    let tempo = Tempo::from_micros(5000).unwrap().with_ppq(10).unwrap();
    queue.set_tempo(tempo).unwrap();
    queue.start().unwrap();
    let (mut output, _input) = sender.split();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..EVENTS {
                let event = numbered(number)
                    .to(&input)
                    .at(&queue, Time::Tick(number / 10));
                output.event_output(&event).unwrap();
            }
            output.drain_output().unwrap();
        });
        for number in 0..EVENTS {
            assert_eq!(next_event(&mut receiver).data(), numbered(number).data());
        }
    });
}

/// `poll` reports "writable" as soon as half the pool is free. This event needs more.
#[test]
fn a_large_event_waits_without_spinning() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("song").unwrap();
    queue.start().unwrap();
    // The event needs 196 cells, and the receiver has 200. Two such events are too many for the
    // receiver at once, and three are too many for the pool of 500.
    let bytes = [0x55; 28 * 195];
    let at = |millis| RealTime::try_from(Duration::from_millis(millis)).unwrap();
    let sysex = Event::sysex(&bytes).to(&input);
    // Fills 299 cells until 100 ms. 201 cells stay free, less than half.
    for _ in 0..299 {
        let filler = Event::note_on(0, 0, 0)
            .unwrap()
            .to(alsa_seq::Address::TIMER);
        sender.event_output(&filler.at(&queue, at(100))).unwrap();
    }
    sender
        .event_output(&sysex.clone().at(&queue, at(60_000)))
        .unwrap();
    sender.drain_output().unwrap();
    // First 5 cells are free, then 304: enough for one event, at half the pool.
    sender
        .event_output(&sysex.clone().at(&queue, at(100)))
        .unwrap();
    sender.drain_output().unwrap();
    assert_eq!(next_event(&mut receiver).payload(), bytes);
    // Now 304 cells are free. 13 500 bytes need 484, which are free only after the first large
    // event is delivered, in a minute. The call ends with a time-out, without loss.
    let huge = vec![1; 13_500];
    sender
        .event_output(&Event::sysex(huge.as_slice()).to(&input).at(&queue, at(100)))
        .unwrap();
    let error = sender
        .drain_output_timeout(Duration::from_millis(50))
        .unwrap_err();
    assert_eq!(error.kind(), alsa_seq::ErrorKind::TimedOut);
    assert_eq!(sender.event_output_pending(), 28 + 13_500);

    // This event is larger than the whole pool. The kernel refuses it and removes it from the
    // buffer. It is behind the waiting event, so the waiting event is sent first.
    let (mut other, port) = {
        let other = client("other");
        let port = other.create_port("out").unwrap().keep();
        (other, port)
    };
    let queue = other.create_queue("other").unwrap();
    let too_large = vec![1; 28 * 500];
    let event = Event::sysex(too_large.as_slice())
        .from_port(port)
        .to(&input);
    let error = other
        .event_output_direct(&event.at(&queue, Time::Tick(0)))
        .unwrap_err();
    assert_eq!(error.kind(), alsa_seq::ErrorKind::TooLarge);
}

/// Half of the pool holds events that are due much later. Events that are due now need only the
/// free room, and do not wait for the rest.
#[test]
fn sending_waits_only_for_the_room_it_needs() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = ClientOptions::new(unique("receiver"))
        .input_pool(2000)
        .open()
        .unwrap();
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("song").unwrap();
    queue.start().unwrap();
    let at = |millis| RealTime::try_from(Duration::from_millis(millis)).unwrap();
    for number in 0..300 {
        let event = numbered(number).to(&input).at(&queue, at(3_600_000));
        sender.event_output(&event).unwrap();
    }
    for number in 0..300 {
        let event = numbered(number).to(&input).after(&queue, at(50));
        sender.event_output(&event).unwrap();
    }
    sender.drain_output_timeout(PATIENCE).unwrap();
    for number in 0..300 {
        assert_eq!(next_event(&mut receiver).data(), numbered(number).data());
    }
    assert_eq!(sender.pool().unwrap().output_room(), 250);
}

/// Events to the timer port have the effect of the queue's methods, at once or at their time.
#[test]
fn queues_are_controlled_by_events() {
    need_sequencer!();
    let mut client = client("owner");
    let port = client.create_port("in").unwrap();
    let queue = client.create_queue("song").unwrap();
    let send = |client: &mut alsa_seq::SequencerClient, event: Event<'static>| {
        client.event_output(&event).unwrap();
    };
    send(&mut client, Event::queue_start(&queue));
    client.drain_output().unwrap();
    assert!(queue.status().unwrap().is_running());

    // A slower tempo, then a mark, then a stop: all scheduled on the queue itself.
    let slow = Tempo::from_micros(600_000).unwrap();
    let at = |event: Event<'static>, tick| event.at(&queue, Time::Tick(tick));
    send(&mut client, at(Event::queue_tempo(&queue, slow), 10));
    send(&mut client, at(numbered(1).to(&port), 20));
    send(&mut client, at(Event::queue_stop(&queue), 20));
    client.sync_output_queue_timeout(PATIENCE).unwrap();
    assert_eq!(next_event(&mut client).data(), numbered(1).data());
    assert_eq!(queue.tempo().unwrap(), slow);
    let stopped = queue.status().unwrap();
    assert!(!stopped.is_running());
    assert!(stopped.tick() >= 20);

    send(&mut client, Event::queue_continue(&queue));
    client.drain_output().unwrap();
    let status = queue.status().unwrap();
    assert!(status.is_running());
    assert!(status.tick() >= stopped.tick());
}

/// Such events come before the other events of the same time. Of several such events, the last
/// comes first.
#[test]
fn events_with_priority_arrive_first() {
    need_sequencer!();
    let mut client = client("owner");
    let port = client.create_port("in").unwrap();
    let queue = client.create_queue("song").unwrap();
    let at = |number| numbered(number).to(&port).at(&queue, Time::Tick(10));
    for number in [1, 2] {
        client.event_output(&at(number)).unwrap();
    }
    for number in [3, 4] {
        let event = at(number).with_high_priority(true);
        client.event_output(&event).unwrap();
    }
    client.drain_output().unwrap();
    queue.continue_().unwrap();
    for (number, high) in [(4, true), (3, true), (1, false), (2, false)] {
        let event = next_event(&mut client);
        assert_eq!(event.data(), numbered(number).data());
        assert_eq!(event.is_high_priority(), high);
    }
}

/// A note of the kernel that already sounds keeps its note-off. A note that does not sound yet is
/// removed.
#[test]
fn sounding_notes_end_after_a_removal() {
    need_sequencer!();
    let mut client = client("player");
    let port = client.create_port("port").unwrap();
    let queue = client.create_queue("queue").unwrap();
    // At this tempo, the first note sounds for hours.
    let slow = Tempo::from_micros(1_000_000_000).unwrap();
    queue.set_tempo(slow).unwrap();
    queue.start().unwrap();
    for (key, tick) in [(60, 0), (61, 2_000)] {
        let note = Event::note(0, key, 100, 1_000).unwrap().to(&port);
        client
            .event_output(&note.at(&queue, Time::Tick(tick)))
            .unwrap();
    }
    client.drain_output().unwrap();
    assert_eq!(
        next_event(&mut client).data(),
        EventData::note_on(0, 60, 100).unwrap()
    );
    let which = RemoveEvents::new().keep_note_offs(true);
    client.remove_events(which).unwrap();
    queue.set_bpm(60_000.0).unwrap();
    client.sync_output_queue_timeout(PATIENCE).unwrap();
    let mut left = Vec::new();
    while let Some(event) = client.try_event_input().unwrap() {
        left.push((event.event_type(), event.data().note()));
    }
    assert_eq!(left, [(EventType::NOTE_OFF, Some(60))]);
}
