//! Interrupts end every wait: no call hangs, and no event is lost.

use std::num::NonZeroUsize;
use std::os::unix::thread::JoinHandleExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use alsa_seq::{
    Address, ClientOptions, Error, ErrorKind, Event, EventBuffer, EventData, EventInput,
    EventOutput, Interrupter, Operation, SequencerClient, SysexPace, Time, TopologyMonitor,
};
use nix::sys::pthread::{Pthread, pthread_kill};
use nix::sys::signal::{SigSet, Signal};

use support::{PATIENCE, client, need_sequencer, next_event, numbered, open, unique};

/// A time that is longer than any test.
const FOREVER: Duration = Duration::from_secs(3600);

#[track_caller]
fn interrupted<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
}

fn number(event: &Event<'_>) -> u32 {
    match event.data() {
        EventData::Echo([a, b, c, d, ..]) => u32::from_ne_bytes([a, b, c, d]),
        other => panic!("{other:?}"),
    }
}

/// Waits in another thread until an interrupt comes. Returns the events that came before it.
fn read_until_interrupted(mut input: EventInput) -> thread::JoinHandle<(EventInput, Vec<u32>)> {
    thread::spawn(move || {
        let mut received = Vec::new();
        loop {
            match input.event_input() {
                Ok(event) => received.push(number(&event)),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
                    assert_eq!(error.operation(), Operation::EventInput);
                    assert_eq!(error.to_string(), "receive events: interrupted");
                    return (input, received);
                }
            }
        }
    })
}

#[test]
fn a_thread_that_waits_for_events_is_ended_and_loses_none() {
    need_sequencer!();
    let mut sender = client("sender");
    let (_output, mut input) = client("waiting").split();
    let port = input.control().create_port("in").unwrap();
    let interrupter = input.interrupter().unwrap();
    let mut received = Vec::new();
    for round in 0..200_u32 {
        let reader = read_until_interrupted(input);
        for event in 0..5 {
            let event = numbered(round * 5 + event).to(&port);
            sender.event_output_direct(&event).unwrap();
            if round % 5 == u32::from(event.raw().data[0]) {
                interrupter.interrupt();
            }
        }
        interrupter.interrupt();
        let (back, came) = reader.join().unwrap();
        input = back;
        received.extend(came);
        // The second request may be left.
        while let Some(event) = input.try_event_input().unwrap() {
            received.push(number(&event));
        }
    }
    assert!(received.iter().copied().eq(0..1000), "{received:?}");
}

#[test]
fn an_interrupt_ends_one_wait_and_may_come_before_it() {
    need_sequencer!();
    let mut client = client("waiting");
    let port = client.create_port("in").unwrap();
    let interrupter = client.interrupter().unwrap();
    interrupter.interrupt();
    interrupter.clone().interrupt();
    // These calls do not wait.
    assert!(client.try_event_input().unwrap().is_none());
    assert_eq!(client.event_input_pending().unwrap(), 0);
    let error = client.event_input_timeout(Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);

    interrupted(client.event_input_timeout(FOREVER));
    let error = client
        .event_input_timeout(Duration::from_millis(1))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);

    interrupter.interrupt();
    interrupted(client.event_input_batch(&mut EventBuffer::new()));
    interrupter.interrupt();
    interrupted(client.events().next().unwrap());

    // The events that the client has already read come before the interrupt, the others after it.
    let send = |client: &mut SequencerClient, event| {
        let event = numbered(event).to(&port);
        client.event_output_direct(&event).unwrap();
    };
    send(&mut client, 0);
    send(&mut client, 1);
    assert_eq!(number(&next_event(&mut client)), 0);
    interrupter.interrupt();
    send(&mut client, 2);
    assert_eq!(number(&client.event_input().unwrap()), 1);
    interrupted(client.event_input());
    assert_eq!(number(&client.event_input().unwrap()), 2);
}

#[test]
fn events_without_end_do_not_keep_a_reader_from_being_interrupted() {
    need_sequencer!();
    let mut sender = client("flood");
    let mut reader = client("flooded");
    let port = reader.create_port("in").unwrap();
    let interrupter = reader.interrupter().unwrap();
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                // The kernel refuses the event if the reader is slow.
                let _ = sender.event_output_direct(&numbered(0).to(&port));
            }
        });
        let mut received = 0;
        loop {
            match reader.event_input_timeout(PATIENCE) {
                Ok(_) => {
                    received += 1;
                    if received == 1000 {
                        interrupter.interrupt();
                    }
                }
                Err(error) if error.kind() == ErrorKind::Overrun => {}
                Err(error) => {
                    ended.store(true, Ordering::Relaxed);
                    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
                    break;
                }
            }
        }
    });
}

/// Interrupts `wait`, a call that never ends, and returns the object that `wait` used.
fn ends<T: Send + 'static>(
    interrupter: &Interrupter,
    what: &str,
    mut used: T,
    wait: impl FnOnce(&mut T) -> Result<(), Error> + Send + 'static,
) -> T {
    let (begins, begun) = mpsc::channel();
    let waiting = thread::spawn(move || {
        begins.send(()).unwrap();
        let result = wait(&mut used);
        (used, result)
    });
    begun.recv_timeout(PATIENCE).unwrap();
    // The interrupt ends the wait whether it comes before the wait or during it.
    interrupter.interrupt();
    let (used, result) = waiting.join().unwrap();
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{what}: {error:#}");
    assert_eq!(error.operation(), Operation::EventOutput, "{what}");
    used
}

#[test]
fn every_wait_of_the_output_is_ended_and_loses_no_event() {
    need_sequencer!();
    let (mut output, mut input) = open(ClientOptions::new(unique("full")).output_pool(4)).split();
    let port = output.control().create_port("port").unwrap();
    let queue = output.control().create_queue("stands still").unwrap();
    let at = queue.id();
    let event = move |number| numbered(number).to(port.address()).at(at, Time::Tick(1));
    let interrupter = output.interrupter().unwrap();
    for number in 0..4 {
        output.event_output(&event(number)).unwrap();
    }
    output.drain_output().unwrap();

    output.event_output(&event(4)).unwrap();
    let drain = |output: &mut EventOutput| output.drain_output();
    let output = ends(&interrupter, "drain", output, drain);
    let sync = |output: &mut EventOutput| output.sync_output_queue_timeout(FOREVER);
    let output = ends(&interrupter, "sync", output, sync);
    let not_sent = event(99);
    let mut output = ends(&interrupter, "direct", output, move |output| {
        output.event_output_direct(&not_sent)
    });
    assert_eq!(output.event_output_pending(), 28);

    // The other half continues to wait.
    interrupter.interrupt();
    let error = input
        .event_input_timeout(Duration::from_millis(1))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    interrupted(output.drain_output());

    // The queue moves, and each event comes once.
    queue.continue_().unwrap();
    output.sync_output_queue_timeout(PATIENCE).unwrap();
    let received: Vec<_> = (0..5).map(|_| number(&next_event(&mut input))).collect();
    assert_eq!(received, [0, 1, 2, 3, 4]);
    assert!(input.try_event_input().unwrap().is_none());
}

#[test]
fn waits_for_a_receiver_are_ended() {
    need_sequencer!();
    let mut receiver = open(ClientOptions::new(unique("full")).input_pool(20));
    let to = receiver.create_port("in").unwrap().keep();
    let mut sender = client("sender");
    let interrupter = sender.interrupter().unwrap();
    for number in 0..4 {
        let event = numbered(number).to(to);
        sender.event_output_patient(&event, PATIENCE).unwrap();
    }
    let mut sender = ends(&interrupter, "patient", sender, move |sender| {
        sender.event_output_patient(&numbered(4).to(to), FOREVER)
    });
    let bytes: Vec<u8> = [0xf0].into_iter().chain([1; 98]).chain([0xf7]).collect();
    let pace = SysexPace::new()
        .chunk(NonZeroUsize::new(50).unwrap())
        .timeout(FOREVER);
    // The pool has room for three pieces of the message.
    let sysex = Event::sysex(bytes.clone()).to(to);
    sender.drop_output_buffer();
    let _sender = ends(&interrupter, "sysex", sender, move |sender| {
        sender.sysex_output(&sysex, pace)
    });
    for expected in 0..4 {
        assert_eq!(number(&next_event(&mut receiver)), expected);
    }
    assert!(receiver.try_event_input().unwrap().is_none());
}

/// The other half of the client continues, and finds the queue and the events that were sent.
#[test]
fn an_interrupted_close_loses_the_buffered_events() {
    need_sequencer!();
    let (mut output, mut input) = open(ClientOptions::new(unique("closes")).output_pool(4)).split();
    let port = input.control().create_port("port").unwrap();
    let queue = input.control().create_queue("stands still").unwrap();
    for number in 0..4 {
        let event = numbered(number).to(&port).at(&queue, Time::Tick(1));
        output.event_output(&event).unwrap();
    }
    output.drain_output().unwrap();
    let event = numbered(4).to(&port).at(&queue, Time::Tick(1));
    output.event_output(&event).unwrap();
    output.interrupter().unwrap().interrupt();
    interrupted(output.close());
    queue.continue_().unwrap();
    for expected in 0..4 {
        assert_eq!(number(&next_event(&mut input)), expected);
    }
    let end = input.event_input_timeout(Duration::from_millis(1));
    assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
}

/// The whole message was sent, and must not be sent again.
#[test]
fn a_finished_message_is_not_interrupted() {
    need_sequencer!();
    let mut sender = client("sender");
    let receiver = client("receiver");
    let port = receiver.create_port("in").unwrap();
    let interrupter = sender.interrupter().unwrap();
    let event = Event::sysex([0xf0, 1, 0xf7].as_slice()).to(&port);
    let mut steps = sender.sysex_sender(&event, SysexPace::new()).unwrap();
    steps.step().unwrap().unwrap();
    interrupter.interrupt();
    assert_eq!(steps.step().unwrap(), None);
    // A refused message is also not interrupted. The interrupt stays for the next call.
    let nobody = Address::new(sender.id().number(), 99);
    let event = Event::sysex([1; 1000].as_slice()).to(nobody);
    let mut steps = sender.sysex_sender(&event, SysexPace::new()).unwrap();
    interrupted(steps.step());
    assert_eq!(steps.step().unwrap_err().kind(), ErrorKind::NotFound);
    interrupter.interrupt();
    assert_eq!(steps.step().unwrap(), None);
    interrupted(sender.event_input());
}

#[test]
fn a_client_that_is_split_leaves_its_interrupter_to_the_input() {
    need_sequencer!();
    let mut client = client("split");
    let interrupter = client.interrupter().unwrap();
    let (mut output, mut input) = client.split();
    let queue = output.control().create_queue("stands still").unwrap();
    let port = output.control().create_port("in").unwrap();
    let event = numbered(0).to(&port).at(&queue, Time::Tick(1));
    output.event_output(&event).unwrap();
    interrupter.interrupt();
    let error = output
        .sync_output_queue_timeout(Duration::from_millis(1))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    interrupted(input.event_input());
}

/// The way that the documentation shows: a thread waits for the signal, and passes it on.
#[test]
fn a_signal_ends_a_wait() {
    need_sequencer!();
    let mut client = client("waiting");
    let interrupter = client.interrupter().unwrap();
    let (tell, told) = mpsc::channel();
    let signals = thread::spawn(move || {
        let wanted = SigSet::from(Signal::SIGUSR1);
        // Only for this thread: the other tests have threads of their own.
        wanted.thread_block().unwrap();
        tell.send(()).unwrap();
        assert_eq!(wanted.wait().unwrap(), Signal::SIGUSR1);
        interrupter.interrupt();
    });
    let waits = thread::spawn(move || client.event_input().map(|_| ()));
    told.recv_timeout(PATIENCE).unwrap();
    // The type is a pointer in musl, and a number in glibc.
    #[allow(clippy::unnecessary_cast)]
    let thread = signals.as_pthread_t() as Pthread;
    pthread_kill(thread, Signal::SIGUSR1).unwrap();
    interrupted(waits.join().unwrap());
    signals.join().unwrap();
}

#[test]
fn a_monitor_is_interrupted_and_misses_nothing() {
    need_sequencer!();
    let mut monitor = TopologyMonitor::open(unique("monitor")).unwrap();
    let interrupter = monitor.interrupter().unwrap();
    let name = unique("comes");
    interrupter.interrupt();
    // Clients of other tests appear and disappear.
    let error = loop {
        if let Err(error) = monitor.next_change_timeout(FOREVER) {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
    let comes = SequencerClient::open(name.as_str()).unwrap();
    loop {
        monitor.next_change_timeout(PATIENCE).unwrap();
        if monitor
            .topology()
            .client(comes.id())
            .is_some_and(|client| client.name() == name)
        {
            break;
        }
    }
}
