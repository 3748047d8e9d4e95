//! Tests of defects that other libraries for the sequencer have, and this library does not:
//! `docs/peer-defects.md` lists all of them. Most tests are with the tests of their subject. The
//! tests here have no other place.

use std::time::{Duration, Instant};

use alsa_seq::{
    ClientOptions, ConnectOptions, ErrorKind, Event, EventData, EventType, PortOptions,
    QueueOptions, RealTime, Stamp, Subject, Time,
};

use support::{PATIENCE, client, need_sequencer, next_event, numbered, open, unique};

/// The defects, each with the file and the name of the test that shows that this library does not
/// have it, in rows of tables.
const DEFECTS: &str = include_str!("../../docs/peer-defects.md");

#[test]
fn every_defect_has_its_test() {
    let root = support::root();
    let mut count = 0;
    for row in DEFECTS.lines().filter(|line| line.ends_with("` |")) {
        let cells: Vec<_> = row.trim_matches(['|', ' ']).split(" | ").collect();
        let [defect, file, test] = cells[..] else {
            panic!("{row}");
        };
        let (file, test) = (file.trim_matches('`'), test.trim_matches('`'));
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let is_test = |start: &str, end: char| text.contains(&format!("{start}fn {test}{end}"));
        let is_python = file.ends_with(".py") && text.contains(&format!("\ndef {test}("));
        assert!(
            is_python
                || is_test("#[test]\n", '(')
                || is_test("#[test]\n    ", '(')
                || is_test("async ", '<'),
            "{defect:?}: there is no test {test} in {file}"
        );
        count += 1;
    }
    assert!(count > 70, "{count} rows");
}

/// Returns how often this thread has gone to sleep.
fn sleeps() -> u32 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.unwrap().trim().parse().unwrap()
}

#[test]
fn waiting_for_input_wakes_up_once() {
    need_sequencer!();
    let mut client = client("patient");
    let (before, start) = (sleeps(), Instant::now());
    let timeout = Duration::from_millis(200);
    let error = client.event_input_timeout(timeout).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(start.elapsed() >= timeout);
    // One sleep is the wait itself. The allocator or the kernel may cause a few more.
    assert!(sleeps() - before < 10, "{} wake-ups", sleeps() - before);
}

/// Sends 200 pieces of a message through a pool with room for 20, to a receiver that checks every
/// byte.
#[test]
fn a_full_pool_loses_and_repeats_no_piece() {
    need_sequencer!();
    const PIECE: usize = 100;
    let message: Vec<u8> = (0..=250).cycle().take(200 * PIECE).collect();
    let mut receiver = ClientOptions::new(unique("receiver"))
        .input_pool(2000)
        .open()
        .unwrap();
    let input = receiver.create_port("in").unwrap();
    let mut sender = open(
        ClientOptions::new(unique("sender"))
            // Each piece needs one cell, and four for its bytes.
            .output_pool(100),
    );
    let queue = sender.create_queue(QueueOptions::new()).unwrap();
    queue.start().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for piece in message.chunks(PIECE) {
                let event = Event::sysex(piece).to(&input);
                let delay = RealTime::new(0, 1_000_000).unwrap();
                sender.event_output(&event.after(&queue, delay)).unwrap();
            }
            sender.drain_output().unwrap();
        });
        let mut received = Vec::new();
        while received.len() < message.len() {
            received.extend_from_slice(next_event(&mut receiver).payload());
        }
        assert!(received == message, "not what was sent");
    });
    assert_eq!(receiver.try_event_input().unwrap(), None, "too much");
}

#[test]
fn an_unknown_event_is_not_an_error() {
    need_sequencer!();
    let mut client = client("both");
    let port = client.create_port("port").unwrap();
    // The kernel delivers all types below 150. Types 130 to 139 have data.
    for number in (0..150).filter(|number| *number != EventType::NOTE.number()) {
        let event_type = EventType::new(number);
        let event = Event::new(EventData::Other {
            event_type,
            data: if event_type.is_variable() {
                [0; 12]
            } else {
                [0xa5; 12]
            },
            payload: if event_type.is_variable() {
                &[1, 2, 3]
            } else {
                &[]
            },
        });
        let event = event.from_port(&port).to(&port).with_tag(number);
        client.event_output_direct(&event).unwrap();
        let received = client.event_input_timeout(PATIENCE).unwrap();
        assert_eq!(received.event_type(), event_type);
        assert_eq!(received.payload(), event.payload());
        assert_eq!(received.tag(), number);
        if !event_type.is_variable() {
            // If the event has data, Linux 6.1 delivers an address of its own memory.
            assert_eq!(received, event);
        }
        // The received event can be sent again unchanged.
        client.event_output_direct(&received).unwrap();
        let again = client.event_input_timeout(PATIENCE).unwrap();
        assert_eq!(again.event_type(), event_type);
        assert_eq!(again.payload(), event.payload());
    }
}

#[test]
fn a_message_comes_in_pieces_of_any_size() {
    need_sequencer!();
    let mut client = client("both");
    let port = client.create_port("port").unwrap();
    let pieces: [&[u8]; 6] = [&[], &[0xf0, 0x43], &[], &[0x10], &[0xf7], &[0xf0, 0xf7]];
    for piece in pieces {
        let event = Event::sysex(piece).from_port(&port).to(&port);
        client.event_output_direct(&event).unwrap();
    }
    for piece in pieces {
        let event = next_event(&mut client);
        assert_eq!(event.event_type(), EventType::SYSEX);
        assert_eq!(event.payload(), piece);
    }
}

#[test]
fn each_port_stamps_with_its_kind_of_time() {
    need_sequencer!();
    let mut client = client("both");
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let source = client.create_port("source").unwrap();
    let ticks = PortOptions::new("ticks").stamp_ticks(&queue);
    let real = PortOptions::new("real time").stamp_real_time(&queue);
    let ticks = client.create_port(ticks).unwrap();
    let real = client.create_port(real).unwrap();
    let plain = client.create_port("plain").unwrap();
    for (port, is_stamped, is_real) in [
        (&ticks, true, false),
        (&real, true, true),
        (&plain, false, false),
    ] {
        let event = Event::new(EventData::Reset).from_port(&source).to(port);
        client.event_output_direct(&event).unwrap();
        let event = next_event(&mut client);
        assert_eq!(matches!(event.time(), Time::Real(_)), is_real);
        let stamp = if is_stamped {
            queue.id()
        } else {
            alsa_seq::QueueId::DIRECT
        };
        assert_eq!(event.queue(), stamp);
    }
}

/// `drain_output` returns no count. After success, the buffer is empty. After an error, it has the
/// events after the event that the error names.
#[test]
fn draining_sends_all_events_or_names_the_refused_one() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let nowhere = receiver.create_port("gone").unwrap();
    let gone = nowhere.address();
    drop(nowhere);
    for (number, dest) in (0..).zip([
        input.address(),
        gone,
        input.address(),
        gone,
        input.address(),
    ]) {
        sender.event_output(&numbered(number).to(dest)).unwrap();
    }
    let mut left = Vec::new();
    while let Err(error) = sender.drain_output() {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        // One event is before the refused event in each call.
        let subject = Subject::Event {
            index: 1,
            dest: gone,
        };
        assert_eq!(*error.subject(), subject);
        left.push(sender.event_output_pending());
    }
    assert_eq!(left, [3 * 28, 28]);
    assert_eq!(sender.event_output_pending(), 0);
    for number in [0, 2, 4] {
        assert_eq!(next_event(&mut receiver).data(), numbered(number).data());
    }
    assert_eq!(receiver.try_event_input().unwrap(), None);
}

#[test]
fn the_largest_event_passes() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = ClientOptions::new(unique("receiver"))
        .input_pool(2000)
        .open()
        .unwrap();
    let input = receiver.create_port("in").unwrap();
    // Data that is larger than libasound's buffers of 16 384 and 14 000 bytes, and the largest data
    // that fits a pool: all but one of 2000 cells, without the record.
    for length in [16_356, 20_000, 28 * 1998] {
        let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
        let event = Event::sysex(bytes.as_slice()).to(&input);
        sender.event_output(&event).unwrap();
        sender.drain_output().unwrap();
        assert!(next_event(&mut receiver).payload() == bytes, "{length}");
        sender.event_output_direct(&numbered(1).to(&input)).unwrap();
        assert_eq!(next_event(&mut receiver).data(), numbered(1).data());
    }
}

#[test]
fn stamps_in_ticks_and_real_time_are_distinguished() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let a = client.create_port("a").unwrap();
    let b = client.create_port("b").unwrap();
    let ticks = ConnectOptions::new().stamp_ticks(queue.id());
    client.connect(&a, &b, ticks).unwrap();
    let stamp = Some(Stamp::Ticks(queue.id()));
    assert_eq!(a.receivers().unwrap()[0].stamp, stamp);
    assert_eq!(b.senders().unwrap()[0].stamp, stamp);
    assert_eq!(client.connection(&a, &b).unwrap().stamp, stamp);
}

/// The kernel would never answer while a thread waits in a blocking `read`.
#[test]
fn pools_are_resized_while_another_thread_waits() {
    need_sequencer!();
    let client = client("both");
    let port = client.create_port("port").unwrap();
    let (mut output, mut input) = client.split();
    let (received, confirmed) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..100 {
                assert_eq!(next_event(&mut input).data(), numbered(number).data());
                received.send(()).unwrap();
            }
        });
        for number in 0..100 {
            // The call drops unread events, so no event may be unread.
            let cells = 200 + usize::try_from(number).unwrap() % 2;
            output.control().set_input_pool(cells).unwrap();
            output
                .event_output_direct(&numbered(number).to(&port))
                .unwrap();
            confirmed.recv().unwrap();
        }
    });
}
