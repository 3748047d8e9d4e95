//! Waits for output to the keyboard.

use std::time::Duration;

use alsa_seq::{Error, ErrorKind, Event, Operation, Queue, RealTime, SequencerClient, SysexPace};

use crate::{Keys, PATIENCE};
use support::{client, need_sequencer};

/// The number of scheduled events, a hundredth of a second apart.
const EVENTS: u32 = 100;

/// Returns a client with events for the keyboard in its buffer. Its queue runs.
fn player(keys: &Keys) -> (SequencerClient, Queue) {
    let mut player = client("player");
    let port = player.create_port("out").unwrap();
    port.connect_to(keys.port()).unwrap();
    let _ = port.keep();
    let queue = player.create_queue("queue").unwrap();
    for n in 0..EVENTS {
        let time = RealTime::ZERO.saturating_add(Duration::from_millis(10) * n);
        let event = Event::note_on(0, 60, 100).unwrap().to(keys.port());
        player.event_output_buffer(&event.at(&queue, time)).unwrap();
    }
    (player, queue)
}

#[test]
fn drain_output_to_a_full_pool_ends() {
    need_sequencer!();
    let Some(keys) = Keys::plug() else { return };
    let (mut player, queue) = player(&keys);
    player.set_output_pool(10).unwrap();
    queue.start().unwrap();
    let (result, player) = keys.unplug_during(move || (player.drain_output(), player));
    result.unwrap();
    assert_eq!(player.event_output_pending(), 0);
}

#[test]
fn sync_output_queue_ends() {
    need_sequencer!();
    let Some(keys) = Keys::plug() else { return };
    let (mut player, queue) = player(&keys);
    player.drain_output().unwrap();
    queue.start().unwrap();
    let (result, _queue) = keys.unplug_during(move || (player.sync_output_queue(), queue));
    result.unwrap();
}

#[test]
fn async_drain_and_sync_end() {
    need_sequencer!();
    let Some(keys) = Keys::plug() else { return };
    let (player, queue) = player(&keys);
    player.set_output_pool(10).unwrap();
    queue.start().unwrap();
    let (result, _queue) = keys.unplug_during(move || {
        let result = async_io::block_on(async {
            let mut player = player.into_async_io()?;
            player.drain_output().await?;
            player.sync_output_queue().await
        });
        (result, queue)
    });
    result.unwrap();
}

/// Checks the error of an event for a port that no longer exists.
fn assert_gone(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:#}");
    assert_eq!(error.operation(), Operation::EventOutput, "{error:#}");
}

#[test]
fn a_long_message_at_the_speed_of_a_cable_fails() {
    need_sequencer!();
    let Some(keys) = Keys::plug() else { return };
    let to = keys.port();
    // The message lasts five minutes.
    let message = Event::sysex(vec![1; 1_000_000]).to(to);
    for is_async in [false, true] {
        if is_async {
            test_kernel::usb::plug("keys").unwrap();
        }
        let (mut player, _queue) = player(&keys);
        player.drop_output().unwrap();
        let message = message.clone();
        let (result, mut player) = keys.unplug_during(move || {
            if is_async {
                async_io::block_on(async {
                    let mut player = player.into_async_io().unwrap();
                    let result = player.sysex_output(&message, SysexPace::new()).await;
                    (result, player.into_blocking())
                })
            } else {
                (player.sysex_output(&message, SysexPace::new()), player)
            }
        });
        assert_gone(&result.unwrap_err());
        // The client can still send to other ports.
        let port = player.create_port("in").unwrap();
        let note = Event::note_on(0, 61, 100).unwrap();
        player.event_output_direct(&note.clone().to(&port)).unwrap();
        assert_gone(&player.event_output_direct(&note.to(to)).unwrap_err());
        player.close_timeout(PATIENCE).unwrap();
    }
}
