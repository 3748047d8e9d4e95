//! The buffers between a client and the kernel: their contents, and the ways to take events out and
//! to drop them.

use std::time::Duration;

use alsa_seq::{
    Address, ClientOptions, ErrorKind, Event, EventBuffer, EventData, EventType, RealTime,
    RemoveEvents, Tempo, Time,
};

use support::kept;
use support::{PATIENCE, client, need_sequencer, next_event, numbered, open, unique, until_closed};

#[test]
fn the_output_buffer_is_bounded_and_can_be_inspected() {
    need_sequencer!();
    let mut sender = open(ClientOptions::new(unique("sender")).output_buffer_size(5 * 28));
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let event = |number| numbered(number).to(&input);
    for number in 0..5 {
        sender.event_output_buffer(&event(number)).unwrap();
    }
    let error = sender.event_output_buffer(&event(5)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BufferFull);
    assert_eq!(sender.event_output_pending(), 5 * 28);
    assert_eq!(
        receiver.try_event_input().unwrap(),
        None,
        "nothing was sent"
    );

    let source = Address::from((sender.id(), 0.into()));
    assert_eq!(sender.extract_output(), Some(event(0).from_port(source)));
    assert_eq!(sender.event_output_pending(), 4 * 28);
    sender.drop_output_buffer();
    assert_eq!(sender.extract_output(), None);
    sender.drain_output().unwrap();
    assert_eq!(receiver.try_event_input().unwrap(), None);

    // The sixth event has no room. So the client sends the others.
    for number in 0..6 {
        sender.event_output(&event(number)).unwrap();
    }
    assert_eq!(sender.event_output_pending(), 28);
    for number in 0..5 {
        assert_eq!(next_event(&mut receiver).data(), event(number).data());
    }
    assert_eq!(receiver.try_event_input().unwrap(), None);
    sender.drop_output_buffer();
    // An event larger than the buffer can be sent.
    let sysex = vec![1; 1000];
    let sysex = Event::sysex(sysex.as_slice()).to(&input);
    sender.event_output(&sysex).unwrap();
    assert_eq!(sender.event_output_pending(), 1028);
    sender.drain_output().unwrap();
    assert_eq!(next_event(&mut receiver).data(), sysex.data());

    // A refused event keeps the new event out, and the error names the refused event.
    let nobody = (receiver.id(), alsa_seq::PortId::new(99));
    sender.event_output(&event(0).to(nobody)).unwrap();
    let error = sender.event_output(&sysex).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(sender.event_output_pending(), 0);
}

/// In another library, the "direct" call only buffers.
#[test]
fn direct_output_overtakes_the_buffer() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    sender.event_output(&numbered(1).to(&input)).unwrap();
    sender.event_output_direct(&numbered(2).to(&input)).unwrap();
    assert_eq!(next_event(&mut receiver).data(), numbered(2).data());
    assert_eq!(receiver.try_event_input().unwrap(), None);
    sender.drain_output().unwrap();
    assert_eq!(next_event(&mut receiver).data(), numbered(1).data());
}

#[test]
fn closing_sends_the_buffered_events() {
    need_sequencer!();
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let mut closed = client("closed");
    closed.event_output(&numbered(1).to(&input)).unwrap();
    closed.close().unwrap();
    assert_eq!(next_event(&mut receiver).data(), numbered(1).data());

    let mut dropped = client("dropped");
    let nobody = (receiver.id(), alsa_seq::PortId::new(99));
    dropped.event_output(&numbered(2).to(nobody)).unwrap();
    dropped.event_output(&numbered(3).to(&input)).unwrap();
    drop(dropped);
    assert_eq!(next_event(&mut receiver).data(), numbered(3).data());
}

/// A full pool of a stopped queue never becomes free.
#[test]
fn closing_is_bounded_by_its_time_out() {
    need_sequencer!();
    let short = Duration::from_millis(20);
    let observer = client("observer");
    let stuck = || {
        let mut client = open(ClientOptions::new(unique("stuck")).output_pool(2));
        let queue = client.create_queue("stands still").unwrap();
        let to = Address::new(client.id().number(), 0);
        for number in 0..3 {
            let event = numbered(number).to(to).at(&queue, Time::Tick(1));
            client.event_output(&event).unwrap();
        }
        queue.keep();
        (client.id(), client)
    };
    let (id, client) = stuck();
    let name = client.info().unwrap().name().into_owned();
    let error = client.close_timeout(short).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    until_closed(&observer, id, &name);

    let (_, client) = stuck();
    let (output, input) = client.split();
    let error = output.close_timeout(short).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    // The client exists as long as the other half exists.
    input.control().info().unwrap();

    let mut receiver = support::client("receiver");
    let to = receiver.create_port("in").unwrap();
    let (mut output, _input) = support::client("closes").split();
    output.event_output(&numbered(7).to(&to)).unwrap();
    output.close_timeout(PATIENCE).unwrap();
    assert_eq!(next_event(&mut receiver).data(), numbered(7).data());
}

#[test]
fn input_is_counted_in_records() {
    need_sequencer!();
    let mut sender = client("sender");
    let receiver = client("receiver");
    let to = receiver.create_port("in").unwrap();
    let (_output, mut input) = receiver.split();
    assert_eq!(input.event_input_buffered_records(), 0);
    let mut sysex = [0x11; 57];
    (sysex[0], sysex[56]) = (0xf0, 0xf7);
    let sysex = Event::new(EventData::Sysex(&sysex));
    for event in [numbered(1), sysex, numbered(2)] {
        sender.event_output(&event.to(&to)).unwrap();
    }
    sender.drain_output().unwrap();
    assert_eq!(input.event_input_buffered_records(), 0);
    // The data of 57 bytes need three records of 28.
    assert_eq!(input.event_input_pending().unwrap(), 3);
    assert_eq!(input.event_input_buffered_records(), 6);
    for left in [5, 1, 0] {
        input.event_input().unwrap();
        assert_eq!(input.event_input_buffered_records(), left);
    }
}

#[test]
fn input_is_counted_batched_and_dropped() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let send = |sender: &mut alsa_seq::SequencerClient, numbers: std::ops::Range<u32>| {
        for number in numbers {
            sender.event_output(&numbered(number).to(&input)).unwrap();
        }
        sender.drain_output().unwrap();
    };
    assert_eq!(receiver.event_input_pending().unwrap(), 0);
    send(&mut sender, 0..10);
    assert_eq!(receiver.event_input_pending().unwrap(), 10);
    assert_eq!(next_event(&mut receiver).data(), numbered(0).data());
    assert_eq!(receiver.event_input_pending().unwrap(), 9);

    // The unread events come first.
    send(&mut sender, 10..20);
    let mut buffer = EventBuffer::new();
    let mut expected = 1;
    while expected < 20 {
        receiver.event_input_batch(&mut buffer).unwrap();
        for view in buffer.events() {
            assert_eq!(view.unwrap().data(), numbered(expected).data());
            expected += 1;
        }
    }

    // Takes the events one by one, then drops the rest.
    let first = buffer.events().next().unwrap().unwrap().to_event();
    let first = first.into_owned();
    assert_eq!(buffer.take_first().unwrap().unwrap(), first);
    while let Some(event) = buffer.take_first() {
        event.unwrap();
    }
    assert!(buffer.is_empty());
    send(&mut sender, 50..52);
    receiver.event_input_batch(&mut buffer).unwrap();
    assert!(!buffer.is_empty());
    buffer.clear();
    assert!(buffer.take_first().is_none());

    send(&mut sender, 20..25);
    assert_eq!(next_event(&mut receiver).data(), numbered(20).data());
    receiver.drop_input_buffer();
    send(&mut sender, 25..30);
    receiver.drop_input().unwrap();
    send(&mut sender, 30..31);
    assert_eq!(next_event(&mut receiver).data(), numbered(30).data());
    assert_eq!(receiver.event_input_pending().unwrap(), 0);

    send(&mut sender, 40..43);
    let received: Vec<_> = receiver
        .events()
        .take(3)
        .map(|event| kept(event.unwrap()))
        .collect();
    assert_eq!(received, [40, 41, 42].map(|n| kept(numbered(n))));
}

#[test]
fn an_overrun_is_an_item_between_events() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let mut number = 0;
    while sender
        .event_output_direct(&numbered(number).to(&input))
        .is_ok()
    {
        number += 1;
    }
    let mut events = receiver.events();
    let error = events.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overrun);
    assert_eq!(
        error.to_string(),
        "receive events: events were lost (ENOSPC)"
    );
    sender.event_output_direct(&numbered(9).to(&input)).unwrap();
    let event = events.next().unwrap().unwrap();
    assert_eq!(event.data(), numbered(9).data());
}

#[test]
fn sync_waits_for_the_last_event_or_the_timeout() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    // The client has never sent an event.
    sender.sync_output_queue().unwrap();

    let queue = sender.create_queue("queue").unwrap();
    let tempo = Tempo::from_micros(10_000).unwrap().with_ppq(100).unwrap();
    queue.set_tempo(tempo).unwrap();
    queue.start().unwrap();
    let at = |tick| numbered(tick).to(&input).at(&queue, Time::Tick(tick));
    for tick in [100, 200, 300] {
        sender.event_output(&at(tick)).unwrap();
    }
    sender.sync_output_queue_timeout(PATIENCE).unwrap();
    for tick in [100, 200, 300] {
        let event = receiver.try_event_input().unwrap().unwrap();
        assert_eq!(event.data(), numbered(tick).data());
    }
    let room = sender.pool().unwrap().output_room();
    assert_eq!(room, 250, "the wake-up threshold is as it was");

    queue.stop().unwrap();
    sender.event_output(&at(100_000)).unwrap();
    let error = sender
        .sync_output_queue_timeout(Duration::from_millis(20))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(queue.status().unwrap().num_events(), 1);
    sender.drop_output().unwrap();
    assert_eq!(queue.status().unwrap().num_events(), 0);
    sender.sync_output_queue_timeout(PATIENCE).unwrap();
}

#[test]
fn the_output_buffer_changes_its_size() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let event = |number| numbered(number).to(&input);
    assert_eq!(sender.output_buffer_size(), 16 * 1024);
    for number in 0..3 {
        sender.event_output(&event(number)).unwrap();
    }
    sender.set_output_buffer_size(2 * 28);
    assert_eq!(sender.output_buffer_size(), 2 * 28);
    // The buffered events stay, and are sent before the next event.
    assert_eq!(sender.event_output_pending(), 3 * 28);
    let error = sender.event_output_buffer(&event(3)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BufferFull);
    sender.event_output(&event(3)).unwrap();
    assert_eq!(sender.event_output_pending(), 28);
    sender.event_output(&event(4)).unwrap();
    assert_eq!(sender.event_output_pending(), 2 * 28);
    sender.set_output_buffer_size(3 * 28);
    sender.event_output(&event(5)).unwrap();
    assert_eq!(sender.event_output_pending(), 3 * 28);
    sender.drain_output().unwrap();
    for number in 0..6 {
        assert_eq!(next_event(&mut receiver).data(), event(number).data());
    }

    let mut deaf = ClientOptions::new(unique("deaf"))
        .direction(alsa_seq::Direction::Input)
        .open()
        .unwrap();
    deaf.set_output_buffer_size(1000);
    let error = deaf.event_output(&event(6)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn events_are_removed_wherever_they_wait() {
    need_sequencer!();
    let mut client = client("remover");
    let port = client.create_port("port").unwrap();
    let queue = client.create_queue("queue").unwrap();
    let event = |tag: u8| {
        let event = numbered(tag.into()).to(&port).at(&queue, Time::Tick(5));
        event.with_tag(tag)
    };
    for tag in [1, 2] {
        client.event_output(&event(tag)).unwrap();
    }
    client.drain_output().unwrap();
    for tag in [1, 2, 3] {
        client.event_output(&event(tag)).unwrap();
    }
    let direct = numbered(4).to(&port).with_tag(4);
    client.event_output(&direct).unwrap();
    client.remove_output(RemoveEvents::new().tag(2)).unwrap();
    assert_eq!(queue.status().unwrap().num_events(), 1);
    // The time at which a direct event or an event after a delay is due is unknown.
    client
        .event_output(
            &numbered(5)
                .to(&port)
                .after(&queue, Time::Tick(0))
                .with_tag(5),
        )
        .unwrap();
    client.remove_output_buffer(RemoveEvents::new().before(Time::Tick(100)));
    client.remove_output_buffer(RemoveEvents::new().from_time(Time::Tick(0)));
    let mut left = Vec::new();
    while let Some(event) = client.extract_output() {
        left.push(event.tag());
    }
    assert_eq!(left, [4, 5]);
    client.event_output(&direct).unwrap();
    client.remove_output(RemoveEvents::new()).unwrap();
    assert_eq!(client.event_output_pending(), 0);
    assert_eq!(queue.status().unwrap().num_events(), 0);
}

/// Checks which of these events are left. The tags identify them.
#[test]
fn events_are_removed_by_every_condition() {
    need_sequencer!();
    let mut client = client("remover");
    let a = client.create_port("a").unwrap();
    let b = client.create_port("b").unwrap();
    let queue = client.create_queue("first").unwrap();
    let other = client.create_queue("second").unwrap();
    let mut left_after = |which: RemoveEvents| -> Vec<u8> {
        let note_on = |channel| Event::note_on(channel, 1, 1).unwrap();
        let events = [
            note_on(0).to(&a).at(&queue, Time::Tick(10)),
            note_on(1).to(&b).at(&queue, Time::Tick(20)),
            Event::note_off(1, 1, 0)
                .unwrap()
                .to(&a)
                .at(&other, Time::Tick(30)),
            // An echo event has no channel, although its data has a 1 in that place.
            Event::new(EventData::Echo([1; 12]))
                .to(&b)
                .at(&other, Time::Tick(40)),
        ];
        let events = (1..).zip(events).map(|(tag, event)| event.with_tag(tag));
        let events: Vec<_> = events.collect();
        for event in &events {
            client.event_output(event).unwrap();
        }
        client.remove_output_buffer(which);
        let mut in_buffer = Vec::new();
        while let Some(event) = client.extract_output() {
            in_buffer.push(event.tag());
        }
        for event in &events {
            client.event_output(event).unwrap();
        }
        client.drain_output().unwrap();
        client.remove_events(which).unwrap();
        // Delivers the remaining events at once.
        for queue in [&queue, &other] {
            queue.set_position_tick(1000).unwrap();
            queue.continue_().unwrap();
        }
        client.sync_output_queue_timeout(PATIENCE).unwrap();
        let mut tags = Vec::new();
        while client.event_input_pending().unwrap() > 0 {
            tags.push(client.event_input().unwrap().tag());
        }
        for queue in [&queue, &other] {
            queue.stop().unwrap();
            queue.set_position_tick(1).unwrap();
        }
        tags.sort_unstable();
        assert_eq!(in_buffer, tags, "{which:?}");
        tags
    };
    let which = RemoveEvents::new;
    assert!(left_after(which()).is_empty());
    assert_eq!(left_after(which().tag(2)), [1, 3, 4]);
    assert_eq!(left_after(which().channel(1)), [1, 4]);
    assert_eq!(left_after(which().event_type(EventType::ECHO)), [1, 2, 3]);
    assert_eq!(left_after(which().to(&queue, &b)), [1, 3, 4]);
    assert_eq!(left_after(which().to(&other, &b)), [1, 2, 3]);
    assert_eq!(left_after(which().before(Time::Tick(20))), [2, 3, 4]);
    // The kernel interprets the ticks as seconds.
    let time = RealTime::new(20, 1).unwrap();
    assert_eq!(left_after(which().before(time)), [3, 4]);
    assert_eq!(left_after(which().from_time(time)), [1, 2]);
    assert_eq!(left_after(which().from_time(Time::Tick(20))), [1]);
    assert_eq!(left_after(which().keep_note_offs(true)), [3]);
    assert_eq!(
        left_after(which().channel(1).keep_note_offs(true)),
        [1, 3, 4]
    );
    assert_eq!(
        left_after(which().before(Time::Tick(20)).from_time(Time::Tick(40))),
        [1, 2, 3],
        "the later condition counts"
    );
}
