//! Creates, sets, starts and stops queues.

use std::time::{Duration, Instant};

use alsa_seq::{ErrorKind, Event, EventData, QueueOptions, RealTime, RemoveEvents, Tempo};

use support::{client, need_sequencer, queue_of_a_number_of_its_own, until};

#[test]
fn a_queue_has_the_requested_settings() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("song").unwrap();
    assert_eq!(queue.tempo().unwrap(), Tempo::default());
    let status = queue.status().unwrap();
    assert!(!status.is_running());
    assert_eq!((status.tick(), status.num_events()), (0, 0));

    let tempo = Tempo::from_bpm(97.0).unwrap().with_ppq(384).unwrap();
    queue.set_tempo(tempo).unwrap();
    assert_eq!(queue.tempo().unwrap(), tempo);

    let long = "x".repeat(64);
    let error = client.create_queue(long).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let _unnamed = client.create_queue(QueueOptions::new()).unwrap();
}

#[test]
fn a_queue_starts_stops_and_continues() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("song").unwrap();
    queue.start().unwrap();
    assert!(queue.status().unwrap().is_running());
    let error = queue
        .set_tempo(Tempo::default().with_ppq(480).unwrap())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    queue.set_tempo(Tempo::from_micros(1000).unwrap()).unwrap();

    queue.stop().unwrap();
    let stopped = queue.status().unwrap();
    assert!(!stopped.is_running());
    queue.continue_().unwrap();
    let status = queue.status().unwrap();
    assert!(status.is_running());
    assert!(status.tick() >= stopped.tick());
    queue.close().unwrap();
}

#[test]
fn dropping_the_handle_frees_the_queue() {
    need_sequencer!();
    let client = client("owner");
    let queue = queue_of_a_number_of_its_own(&client);
    let id = queue.id();
    drop(queue);
    let event = Event::note_on(0, 60, 100).unwrap();
    let mut client = client;
    client
        .event_output(&event.at(id, alsa_seq::Time::Tick(0)))
        .unwrap();
    let error = client.drain_output().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn queues_are_found_by_number_and_name() {
    need_sequencer!();
    let owner = client("owner");
    let other = client("other");
    let name = support::unique("named");
    let queue = owner.create_queue(name.as_str()).unwrap();
    let info = other.find_queue(&name).unwrap();
    assert_eq!(info.id(), queue.id());
    assert_eq!(info.owner(), owner.id());
    assert!(info.is_locked());
    assert_eq!(info.name(), name);
    assert_eq!(other.queue_info(&queue).unwrap(), info);
    let status = other.queue_status(&queue).unwrap();
    assert_eq!((status.is_running(), status.num_events()), (false, 0));
    assert!(other.queues().unwrap().contains(&info));
}

#[test]
fn a_locked_foreign_queue_accepts_events_but_not_control() {
    need_sequencer!();
    let owner = client("owner");
    let mut guest = client("guest");
    let port = guest.create_port("in").unwrap();
    let queue = owner.create_queue("locked").unwrap();
    let tempo = Tempo::from_bpm(99.0).unwrap();
    queue.set_tempo(tempo).unwrap();
    // Only a client that uses a queue may schedule events on it.
    let event = support::numbered(1)
        .to(&port)
        .at(&queue, alsa_seq::Time::Tick(0));
    let error = guest.event_output_direct(&event).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    let used = guest.queue(&queue).unwrap();
    let again = guest.queue(&queue).unwrap();
    guest.event_output_direct(&event).unwrap();
    assert_eq!(support::next_event(&mut guest).data(), event.data());
    let error = used.set_tempo(Tempo::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.hint(), Some("the queue is locked by its owner"));
    let error = used.start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    drop(again);
    used.close().unwrap();
    assert_eq!(queue.tempo().unwrap(), tempo, "using it resets nothing");
    assert_eq!(queue.info().unwrap().owner(), owner.id());
}

#[test]
fn closing_with_events_in_a_foreign_queue_does_not_hang() {
    need_sequencer!();
    let owner = client("owner");
    let mut guest = client("guest");
    let port = guest.create_port("in").unwrap();
    let queue = owner.create_queue("foreign").unwrap();
    let used = guest.queue(&queue).unwrap();
    let event = support::numbered(1)
        .to(&port)
        .at(&queue, alsa_seq::Time::Tick(1_000_000));
    guest.event_output_direct(&event).unwrap();
    drop(used);
    assert_eq!(queue.status().unwrap().num_events(), 1);
    drop(port);
    drop(guest);
    until(|| queue.status().unwrap().num_events() == 0);
}

/// A client that left a queue with its own events in it could not be closed, and other clients
/// could not be closed either.
#[test]
fn a_foreign_queue_can_be_left_only_without_waiting_events() {
    need_sequencer!();
    let owner = client("owner");
    let mut guest = client("guest");
    let port = guest.create_port("in").unwrap();
    let queue = owner.create_queue("foreign").unwrap();
    let waits = support::numbered(1)
        .to(&port)
        .at(&queue, alsa_seq::Time::Tick(1_000_000));
    guest.queue(&queue).unwrap().leave().unwrap();

    let used = guest.queue(&queue).unwrap();
    guest.event_output_direct(&waits).unwrap();
    let error = used.leave().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(
        format!("{error:#}"),
        format!(
            "use queue {}: busy; events of this client wait: remove them, or wait for them",
            queue.id()
        )
    );
    // The client can still use the queue.
    guest.event_output_direct(&waits).unwrap();
    assert_eq!(queue.status().unwrap().num_events(), 2);

    // Events on other queues do not matter.
    guest.remove_events(RemoveEvents::new()).unwrap();
    let own = guest.create_queue("own").unwrap();
    guest
        .event_output_direct(&waits.clone().at(&own, alsa_seq::Time::Tick(1)))
        .unwrap();
    guest.queue(&queue).unwrap().leave().unwrap();
    let error = guest.event_output_direct(&waits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    own.leave().unwrap();
    assert_eq!(
        guest
            .queues()
            .unwrap()
            .iter()
            .filter(|queue| queue.owner() == guest.id())
            .count(),
        0
    );
    drop(port);
    guest.close().unwrap();
    // Another client opens without waiting for a client that is being closed.
    client("another").close().unwrap();
}

#[test]
fn renaming_and_locking_change_nothing_else() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("before").unwrap();
    let tempo = Tempo::from_bpm(77.0).unwrap().with_ppq(960).unwrap();
    queue.set_tempo(tempo).unwrap();
    queue.set_skew(0x8000).unwrap();
    let mut timer = queue.timer().unwrap();
    timer.resolution = 2000;
    queue.set_timer(timer).unwrap();

    queue.set_info("after").unwrap();
    assert_eq!(queue.info().unwrap().name(), "after");
    assert!(queue.info().unwrap().is_locked());
    queue
        .set_info(QueueOptions::new().name("open").locked(false))
        .unwrap();
    assert!(!queue.info().unwrap().is_locked());
    queue.set_info("locked again").unwrap();
    assert_eq!(queue.tempo().unwrap(), tempo);
    assert_eq!(queue.skew().unwrap(), 0x8000);
    assert_eq!(queue.timer().unwrap(), timer);

    queue.start().unwrap();
    let error = queue.set_info("no").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
}

#[test]
fn a_position_can_be_set_before_the_first_start() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("song").unwrap();
    queue.set_position_tick(1234).unwrap();
    let time = RealTime::new(5, 6).unwrap();
    queue.set_position_time(time).unwrap();
    let status = queue.status().unwrap();
    assert!(!status.is_running());
    assert_eq!(status.tick(), 1234);
    assert_eq!(status.real_time(), time);
    queue.continue_().unwrap();
    let status = queue.status().unwrap();
    assert!(status.tick() >= 1234);
    assert!(status.real_time() >= time);
}

/// The kernel alone would freeze the queue: it would run, but deliver no event.
#[test]
fn a_running_queue_survives_a_change_of_its_timer() {
    need_sequencer!();
    let mut client = client("owner");
    let port = client.create_port("in").unwrap();
    let queue = client.create_queue("song").unwrap();
    queue.start().unwrap();
    let mut timer = queue.timer().unwrap();
    timer.resolution = 6000;
    queue.set_timer(timer).unwrap();
    assert!(queue.status().unwrap().is_running());
    let event = support::numbered(1)
        .to(&port)
        .after(&queue, alsa_seq::Time::Tick(5));
    client.event_output_direct(&event).unwrap();
    support::next_event(&mut client);
}

/// The beats per minute of a running queue may change; its ticks per beat may not.
#[test]
fn beats_per_minute_change_while_the_queue_runs() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("live").unwrap();
    let tempo = Tempo::from_bpm(120.0).unwrap().with_ppq(960).unwrap();
    queue.set_tempo(tempo).unwrap();
    queue.start().unwrap();
    let error = queue
        .set_tempo(Tempo::from_bpm(140.0).unwrap())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    queue.set_bpm(140.0).unwrap();
    assert_eq!(queue.tempo().unwrap(), tempo.with_bpm(140.0).unwrap());
    let error = queue.set_bpm(f64::NAN).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(queue.tempo().unwrap(), tempo.with_bpm(140.0).unwrap());
}

#[test]
fn a_tempo_may_be_finer_than_microseconds() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("fine").unwrap();
    let third = Duration::from_nanos(333_333_330);
    match queue.set_quarter(Duration::from_nanos(333_333_333)) {
        Ok(()) => {}
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("(needs Linux 6.11 or newer)"), "{text}");
            assert!(client.fd().pversion().unwrap() < 0x1_0004);
            assert_eq!(queue.tempo().unwrap(), Tempo::default());
            return;
        }
    }
    assert_eq!(queue.quarter().unwrap(), third);
    assert_eq!(queue.tempo().unwrap().micros_per_quarter(), 333_333);
    queue.set_skew(0x8000).unwrap();
    assert_eq!(queue.quarter().unwrap(), third);
    queue.set_tempo(Tempo::default()).unwrap();
    assert_eq!(queue.quarter().unwrap(), Duration::from_millis(500));
    for bad in [Duration::ZERO, Duration::from_secs(22), Duration::MAX] {
        let error = queue.set_quarter(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

/// The kernel ignores a change of only the unit.
#[test]
fn changing_the_unit_alone_changes_the_speed() {
    need_sequencer!();
    let mut client = client("owner");
    let port = client.create_port("in").unwrap();
    let queue = client.create_queue("fine").unwrap();
    // First 1 000 000 000 microseconds per quarter, then the same number of steps of 10 ns.
    let slow = Tempo::from_micros(1_000_000_000).unwrap();
    queue.set_tempo(slow).unwrap();
    queue.start().unwrap();
    if queue.set_quarter(Duration::from_secs(10)).is_err() {
        assert!(client.fd().pversion().unwrap() < 0x1_0004);
        return;
    }
    // The event is due after one second at this speed, and after a hundred seconds at the other.
    let event = support::numbered(1).to(&port);
    client
        .event_output_direct(&event.after(&queue, alsa_seq::Time::Tick(10)))
        .unwrap();
    support::next_event(&mut client);
}

/// An event that is due at a time does not arrive before that time's instant.
#[test]
fn a_queues_time_is_an_instant() {
    /// The queue's time is exact to one step of its timer.
    const STEP: Duration = Duration::from_millis(20);

    need_sequencer!();
    let mut client = client("owner");
    let port = client.create_port("port").unwrap();
    let queue = client.create_queue("song").unwrap();
    let before = Instant::now();
    queue.start().unwrap();
    let clock = queue.clock().unwrap();
    let start = clock.instant_of(RealTime::ZERO).unwrap();
    assert!(start + STEP + clock.uncertainty() >= before);

    let due = RealTime::new(0, 300_000_000).unwrap();
    let echo = Event::new(EventData::Echo([0; 12]));
    let echo = echo.from_port(&port).to(&port).at(&queue, due);
    client.event_output(&echo).unwrap();
    client.drain_output().unwrap();
    let event = client.event_input().unwrap();
    let arrived = Instant::now();
    assert_eq!((event.real_time(), event.tick()), (Some(due), None));
    assert!(clock.instant_of(due).unwrap() <= arrived + STEP + clock.uncertainty());
    let now = clock.real_time_at(arrived).unwrap();
    assert!(now.saturating_add(STEP + clock.uncertainty()) >= due);
}
