//! The step of queues is 1 ms, in a test kernel as on real machines.

use std::fs;
use std::time::{Duration, Instant};

use alsa_seq::{ClientOptions, Event, PortOptions, RealTime, Time};

use support::{PATIENCE, client, in_test_kernel, need_sequencer, next_event, say_skipped, unique};

/// Returns the timer's resolution from a line of `/proc/asound/timers`.
fn resolution(line: &str) -> Option<Duration> {
    let (_, rest) = line.split_once(" : ")?;
    let (micros, _) = rest.split_once("us")?;
    let micros: f64 = micros.parse().ok()?;
    Some(Duration::from_secs_f64(micros / 1e6))
}

/// `/proc/asound/timers` contains the resolution of the high-resolution timer.
/// `/proc/asound/seq/timer` contains the step that a queue has requested.
#[test]
fn queues_of_the_test_kernel_step_at_one_millisecond() {
    need_sequencer!();
    if !in_test_kernel() {
        say_skipped("the timers of this machine are as they are");
        return;
    }
    let timers = fs::read_to_string("/proc/asound/timers").unwrap();
    let timer = timers.lines().find(|line| line.contains("HR timer"));
    let resolution = timer.and_then(resolution).unwrap();
    assert!(resolution <= Duration::from_millis(1), "{timers}");

    let client = client("owner");
    let queue = client.create_queue("stepping").unwrap();
    queue.start().unwrap();
    let queues = fs::read_to_string("/proc/asound/seq/timer").unwrap();
    let start = format!("Timer for queue {} ", queue.id().number());
    let step = queues
        .split("Timer for queue ")
        .map(|text| format!("Timer for queue {text}"))
        .find(|text| text.starts_with(&start))
        .and_then(|text| {
            let line = text
                .lines()
                .find(|line| line.trim_start().starts_with("Period time"))?;
            line.split_once(':')?.1.trim().parse::<f64>().ok()
        });
    let step = step.unwrap_or_else(|| panic!("no queue {}: {queues}", queue.id()));
    assert!(step <= 0.001, "{queues}");
}

/// Events that are due 1 ms apart arrive 1 ms apart. A queue with a step of 10 ms delays eight of
/// any ten events by more than 2 ms. A machine with other work may also delay a few events, so any
/// ten events in a row are enough.
#[test]
fn events_one_millisecond_apart_arrive_one_millisecond_apart() {
    const EVENTS: u32 = 100;
    const IN_TIME: Duration = Duration::from_millis(2);
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = ClientOptions::new(unique("receiver"))
        .input_pool(2000)
        .open()
        .unwrap();
    let queue = sender.create_queue("song").unwrap();
    let input = receiver
        .create_port(PortOptions::new("in").stamp_real_time(&queue))
        .unwrap();
    queue.start().unwrap();

    let begun = Instant::now();
    let mut rounds = Vec::new();
    loop {
        let first = Duration::from(queue.status().unwrap().real_time()) + Duration::from_millis(50);
        let due = |number| first + Duration::from_millis(u64::from(number));
        for number in 0..EVENTS {
            let at = RealTime::try_from(due(number)).unwrap();
            let event = Event::note_on(0, 60, 1).unwrap();
            sender
                .event_output(&event.to(&input).at(&queue, at))
                .unwrap();
        }
        sender.drain_output().unwrap();
        let mut late = Vec::new();
        for number in 0..EVENTS {
            let Time::Real(stamp) = next_event(&mut receiver).time() else {
                panic!("not stamped in real time");
            };
            let stamp = Duration::from(stamp);
            assert!(stamp >= due(number), "event {number} came before its time");
            late.push(stamp - due(number));
        }
        if late
            .windows(10)
            .any(|ten| ten.iter().all(|late| *late < IN_TIME))
        {
            return;
        }
        rounds.push(late.into_iter().max());
        assert!(
            begun.elapsed() < 3 * PATIENCE,
            "no ten events came in time, the latest of each round: {rounds:?}"
        );
    }
}
