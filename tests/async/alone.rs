//! Tests that use all clients, or measure the process. No other test runs meanwhile.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use alsa_seq::{AsyncSequencerClient, ClientOptions, ErrorKind, Event, Time};

use crate::{AsyncIo, Runtime, Tokio, alone, next_event, opened};
use support::{client, need_sequencer, numbered, open, unique};

on_every_runtime! {
    alone:
    sixty_clients_share_a_thread
    growing_waits_do_not_spin
}

async fn sixty_clients_share_a_thread<R: Runtime>() {
    // Sixty clients with the first one, or as many as a busy machine has left.
    let mut clients = Vec::new();
    while clients.len() < 59 {
        match ClientOptions::new(unique("one of many")).open() {
            Ok(mut client) => {
                client.set_source(0);
                clients.push(client.into_async::<R::Reactor>().unwrap());
            }
            Err(error) if error.kind() == ErrorKind::LimitReached => {
                // The rest of this test needs one client.
                clients.pop();
                break;
            }
            Err(error) => panic!("{error}"),
        }
    }
    let ports: Vec<_> = clients
        .iter()
        .map(|client| client.create_port("port").unwrap().keep())
        .collect();
    // Each client sends the event that it receives to the next client.
    let mut first = opened::<R>("first");
    let home = first.create_port("home").unwrap();
    let first_of_them = *ports.first().unwrap();
    let next = ports.iter().skip(1).copied().chain([home.address()]);
    let rounds = clients
        .iter_mut()
        .zip(next)
        .map(|(client, next)| async move {
            for _ in 0..50 {
                let event = next_event(client).await.to(next);
                client.event_output_direct(&event).await.unwrap();
            }
        });
    let driver = async {
        for number in 0..50 {
            let event = numbered(number).to(first_of_them);
            first.event_output_direct(&event).await.unwrap();
            assert_eq!(next_event(&mut first).await.data(), event.data());
        }
    };
    futures_util::future::join(futures_util::future::join_all(rounds), driver).await;
}

/// Each wait needs more room than the wait before.
async fn growing_waits_do_not_spin<R: Runtime>() {
    let mut sender: AsyncSequencerClient<R::Reactor> =
        open(ClientOptions::new(unique("sender")).output_buffer_size(64 * 1024))
            .into_async()
            .unwrap();
    let receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("stands still").unwrap();
    let first = numbered(0).to(&input).at(&queue, Time::Tick(100_000));
    sender.event_output_direct(&first).await.unwrap();
    sender.set_output_room(1).unwrap();
    for number in 0..400 {
        let event = numbered(number).to(&input);
        let event = event.at(&queue, Time::Tick(100_000));
        sender.event_output(&event).await.unwrap();
    }
    for cells in [150, 400] {
        let bytes = vec![0; 28 * (cells - 1)];
        let event = Event::sysex(bytes).to(&input);
        let event = event.at(&queue, Time::Tick(100_000));
        sender.event_output(&event).await.unwrap();
    }
    // The test counts how often the future is polled. On a loaded machine, times show little.
    let mut polls = 0;
    let idle = std::time::Instant::now();
    let mut sending = pin!(sender.drain_output());
    let mut drain = pin!(poll_fn(|cx| {
        polls += 1;
        sending.as_mut().poll(cx)
    }));
    // Nothing wakes the future. The test only polls it from time to time.
    while idle.elapsed() < Duration::from_secs(1) {
        let pause = pin!(async_io::Timer::after(Duration::from_millis(250)));
        let woken = futures_util::future::select(drain.as_mut(), pause).await;
        assert!(matches!(woken, futures_util::future::Either::Right(_)));
    }
    // The test polls four times. A spinning loop polls thousands of times.
    assert!(polls <= 16, "{polls} times in a second");
}

/// Returns the processor time of this process, in clock ticks.
fn processor_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let times = fields.split_whitespace().skip(11).take(2);
    times.map(|field| field.parse::<u64>().unwrap()).sum()
}

#[test]
fn waiting_takes_no_processor_time() {
    need_sequencer!();
    let _turn = alone();
    Tokio::block_on(async {
        let mut clients: Vec<_> = (0..20)
            .map(|_| client("idle").into_tokio().unwrap())
            .collect();
        let mut sender = client("sender").into_tokio().unwrap();
        let queue = sender.create_queue("stopped").unwrap();
        let event = numbered(0).at(&queue, Time::Tick(1));
        for _ in 0..500 {
            let to = event.clone().to(alsa_seq::Address::TIMER);
            sender.event_output(&to).await.unwrap();
        }
        sender.drain_output().await.unwrap();
        let full = sender.event_output_direct(&event);
        let idle = clients.iter_mut().map(|client| client.event_input());
        let everybody = futures_util::future::join(full, futures_util::future::join_all(idle));
        let before = processor_time();
        let waited = tokio::time::timeout(Duration::from_secs(2), everybody).await;
        assert!(waited.is_err(), "somebody got something");
        let used = processor_time() - before;
        // A spinning loop would use all of 200.
        assert!(used <= 10, "{used} clock ticks in two seconds");
    });
}
