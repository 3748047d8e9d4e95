//! Sends at the pace of the receiver.

use std::time::Duration;

use alsa_seq::{ClientOptions, ErrorKind, Event, EventBuffer, EventType, SysexPace, Time};
use futures_util::future::join;

use crate::{AsyncIo, Runtime, Tokio, next_event, opened, polled};
use support::{PATIENCE, numbered, open, unique};

on_every_runtime! {
    beside_others:
    a_patient_event_waits_for_room
    a_patient_sender_loses_nothing
    a_long_message_arrives_whole
    a_long_message_is_sent_step_by_step
    the_time_out_includes_the_wait_for_the_buffer
    closing_sends_the_buffered_events
}

async fn a_patient_event_waits_for_room<R: Runtime>() {
    let mut sender = opened::<R>("sender");
    let mut receiver = opened::<R>("receiver");
    let input = receiver.create_port("in").unwrap();
    // The receiver does not read, and the sender stops waiting before the receiver loses events.
    let mut number = 0;
    let short = Duration::from_millis(20);
    let error = loop {
        let event = numbered(number).to(&input);
        match sender.event_output_patient(&event, short).await {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    for expected in 0..number {
        let event = receiver.event_input().await.unwrap();
        assert_eq!(event.data(), numbered(expected).data());
    }

    let queue = sender.create_queue("queue").unwrap();
    let event = numbered(0).to(&input).at(&queue, Time::Tick(0));
    let error = sender.event_output_patient(&event, short).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}

async fn a_patient_sender_loses_nothing<R: Runtime>() {
    const EVENTS: u32 = 5000;
    let mut sender = opened::<R>("sender");
    let mut receiver = opened::<R>("receiver");
    let input = receiver.create_port("in").unwrap();
    let sending = async {
        for number in 0..EVENTS {
            let event = numbered(number).to(&input);
            let sent = sender.event_output_patient(&event, PATIENCE);
            sent.await.unwrap();
        }
    };
    let receiving = async {
        let mut buffer = EventBuffer::new();
        let mut expected = 0;
        while expected < EVENTS {
            receiver.event_input_batch(&mut buffer).await.unwrap();
            for event in buffer.events() {
                assert_eq!(event.unwrap().data(), numbered(expected).data());
                expected += 1;
            }
        }
    };
    join(sending, receiving).await;
}

async fn a_long_message_arrives_whole<R: Runtime>() {
    let mut sender = opened::<R>("sender");
    let out = sender.create_port("out").unwrap();
    let mut receiver = opened::<R>("receiver");
    let input = receiver.create_port("in").unwrap();
    out.connect_to(&input).unwrap();
    let body: Vec<u8> = (0..100).cycle().take(100_000).collect();
    let bytes = [&[0xf0], body.as_slice(), &[0xf7]].concat();
    let event = Event::sysex(bytes.as_slice()).from_port(&out);
    let sending = sender.sysex_output(&event, SysexPace::new());
    let receiving = async {
        let mut received = Vec::new();
        while received.len() < bytes.len() {
            let event = next_event(&mut receiver).await;
            assert_eq!(event.event_type(), EventType::SYSEX);
            received.extend_from_slice(event.payload());
        }
        received
    };
    let (sent, received) = join(sending, receiving).await;
    sent.unwrap();
    assert!(received == bytes);
}

async fn a_long_message_is_sent_step_by_step<R: Runtime>() {
    let mut sender = opened::<R>("sender");
    let mut receiver = opened::<R>("receiver");
    let input = receiver.create_port("in").unwrap();
    let bytes: Vec<u8> = (0..100).cycle().take(10_000).collect();
    let event = Event::sysex(bytes.as_slice()).to(&input);
    let pace = SysexPace::new().timeout(PATIENCE);
    let mut received = Vec::new();
    {
        let sender = sender.sysex_sender(&event, pace);
        let mut sender = sender.await.unwrap();
        // Each future that has to wait is dropped.
        loop {
            match polled(0, sender.step()).await {
                Some(step) => match step.unwrap() {
                    Some(progress) => assert_eq!(progress.total, bytes.len()),
                    None => break,
                },
                None => {
                    let event = receiver.event_input().await.unwrap();
                    received.extend_from_slice(event.payload());
                }
            }
        }
        assert_eq!(sender.progress().sent, bytes.len());
    }
    while received.len() < bytes.len() {
        let event = receiver.event_input().await.unwrap();
        received.extend_from_slice(event.payload());
    }
    assert!(received == bytes);

    // A cancelled message sends no more pieces.
    {
        let sender = sender.sysex_sender(&event, pace);
        sender.await.unwrap().step().await.unwrap();
    }
    sender
        .event_output_direct(&numbered(1).to(&input))
        .await
        .unwrap();
    let event = receiver.event_input().await.unwrap();
    assert_eq!(event.payload().len(), 256);
    let event = receiver.event_input().await.unwrap();
    assert_eq!(event.data(), numbered(1).data());
}

async fn the_time_out_includes_the_wait_for_the_buffer<R: Runtime>() {
    let options = ClientOptions::new(unique("stuck")).output_pool(2);
    let mut sender = open(options).into_async::<R::Reactor>().unwrap();
    let queue = sender.create_queue("stands still").unwrap();
    let to = alsa_seq::Address::TIMER;
    for number in 0..3 {
        let event = numbered(number).to(to).at(&queue, Time::Tick(1));
        sender.event_output(&event).await.unwrap();
    }
    let event = Event::sysex([0xf0, 0xf7].as_slice()).to(to);
    let pace = SysexPace::new().timeout(Duration::from_millis(20));
    let error = sender.sysex_output(&event, pace).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::TimedOut);
    // Closing waits for the buffer too. Dropping its future ends this wait.
    assert!(polled(0, sender.close()).await.is_none());
}

async fn closing_sends_the_buffered_events<R: Runtime>() {
    let mut receiver = opened::<R>("receiver");
    let input = receiver.create_port("in").unwrap();
    for number in 0..2 {
        let mut sender = opened::<R>("sender");
        let event = numbered(number).to(&input);
        sender.event_output(&event).await.unwrap();
        if number == 0 {
            sender.close().await.unwrap();
        } else {
            sender.split().0.close().await.unwrap();
        }
        let received = receiver.event_input().await.unwrap();
        assert_eq!(received.data(), event.data());
    }
}
