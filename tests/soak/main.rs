//! Many events, four writers, four readers, and readers that stop reading: every gap is reported,
//! and no other event is missing, doubled or out of order.
//!
//! `ALSA_SEQ_SOAK_EVENTS` sets the number of events. The default is a quarter million.

// These tests run only on the machine that builds them.
#![allow(clippy::disallowed_types)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use alsa_seq::{
    Address, ClientOptions, ErrorKind, Event, EventData, EventInput, EventOutput, Queue, RawData,
    Time,
};

use support::{PATIENCE, need_sequencer, open, unique};

const PAIRS: usize = 4;
/// The number that marks the end of a writer.
const END: u64 = u64::MAX;

fn event(number: u64) -> Event<'static> {
    let mut data = RawData::default();
    data[..8].copy_from_slice(&number.to_ne_bytes());
    Event::new(EventData::Echo(data))
}

fn number(event: &Event<'_>) -> Option<u64> {
    match event.data() {
        EventData::Echo(data) => Some(u64::from_ne_bytes(data[..8].try_into().unwrap())),
        _ => None,
    }
}

#[derive(Default)]
struct Tally {
    refused: AtomicU64,
    received: AtomicU64,
    overruns: AtomicU64,
}

/// Sends every second event directly, and every other event through the queue, to separate ports,
/// because events on one way may overtake those on the other.
fn write(output: &mut EventOutput, queue: &Queue, to: [Address; 2], events: u64, tally: &Tally) {
    let drain = |output: &mut EventOutput| {
        loop {
            match output.drain_output() {
                Ok(()) => return,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::ReceiverFull, "{error:#}");
                    tally.refused.fetch_add(1, SeqCst);
                }
            }
        }
    };
    for number in 0..events {
        let event = event(number);
        let event = if number % 2 == 0 {
            event.to(to[0])
        } else {
            event.to(to[1]).after(queue, Time::Tick(0))
        };
        output.event_output_buffer(&event).unwrap();
        if number % 50 == 49 {
            drain(output);
            // Lets the reader run on a machine with one processor.
            std::thread::yield_now();
        }
    }
    drain(output);
}

/// Reads until the end. Checks that numbers only grow, and that a number is missing only after an
/// overrun.
fn read(input: &mut EventInput, done: &AtomicBool, tally: &Tally) {
    let mut last: HashMap<Address, u64> = HashMap::new();
    let mut gap_allowed: HashMap<Address, bool> = HashMap::new();
    let mut since_stop = 0;
    loop {
        let event = match input.event_input_timeout(PATIENCE) {
            Ok(event) => event,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Overrun, "{error:#}");
                tally.overruns.fetch_add(1, SeqCst);
                for allowed in gap_allowed.values_mut() {
                    *allowed = true;
                }
                continue;
            }
        };
        let Some(number) = number(&event) else {
            continue;
        };
        if number == END {
            done.store(true, SeqCst);
            return;
        }
        let dest = event.dest();
        let allowed = gap_allowed.insert(dest, false).unwrap_or(true);
        let expected = last
            .insert(dest, number)
            .map_or(number % 2, |last| last + 2);
        assert!(
            number == expected || (allowed && number > expected),
            "{dest}: {number} instead of {expected}, gap allowed: {allowed}"
        );
        tally.received.fetch_add(1, SeqCst);
        since_stop += 1;
        if since_stop == 20_000 {
            // Stops until a pool is full and the kernel has refused one more event. The contents of
            // that pool are then lost.
            since_stop = 0;
            let refused = tally.refused.load(SeqCst);
            while tally.refused.load(SeqCst) == refused {
                std::thread::yield_now();
            }
        }
    }
}

fn resident_pages() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn every_gap_is_reported() {
    need_sequencer!();
    let events: u64 = std::env::var("ALSA_SEQ_SOAK_EVENTS").map_or(250_000, |n| n.parse().unwrap());
    let each = events / PAIRS as u64;
    let tally = Tally::default();
    let before = resident_pages();
    std::thread::scope(|scope| {
        for _ in 0..PAIRS {
            let reader = ClientOptions::new(unique("reader"))
                .input_pool(1000)
                .open()
                .unwrap();
            let to = ["direct", "queued"].map(|name| reader.create_port(name).unwrap().keep());
            let writer = open(ClientOptions::new(unique("writer")));
            let queue = writer.create_queue("queue").unwrap();
            queue.start().unwrap();
            let done = &*Box::leak(Box::new(AtomicBool::new(false)));
            let tally = &tally;
            scope.spawn(move || {
                let (mut output, input) = writer.split();
                drop(input);
                write(&mut output, &queue, to, each, tally);
                output.sync_output_queue_timeout(PATIENCE).unwrap();
                // The end mark may be lost too.
                while !done.load(SeqCst) {
                    if output.event_output_direct(&event(END).to(to[0])).is_err() {
                        tally.refused.fetch_add(1, SeqCst);
                    }
                    std::thread::yield_now();
                }
            });
            scope.spawn(move || {
                let (_output, mut input) = reader.split();
                read(&mut input, done, tally);
            });
        }
    });
    let [received, overruns, refused] =
        [&tally.received, &tally.overruns, &tally.refused].map(|count| count.load(SeqCst));
    let grown = resident_pages().saturating_sub(before) * 4;
    println!(
        "{events} events: {received} received, {overruns} overruns, {refused} refused, \
         {grown} KiB more memory"
    );
    assert!(received > events / 100, "the readers hardly read");
    assert!(overruns > 0, "nothing was overrun, so nothing was tested");
    assert!(grown < 16 * 1024, "memory grew by {grown} KiB");
}
