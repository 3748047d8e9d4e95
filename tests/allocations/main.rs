//! Counts the allocations of calls that must not allocate.

use allocation_counter::measure;
use alsa_seq::wire::{self, EventBatch, Events, Framing};
use alsa_seq::{ClientOptions, Event, EventBuffer, EventData};

use support::{client, need_sequencer, unique};

/// Returns 64 KiB of events as a client reads them: notes, with sysex between them.
fn full_read() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut batch = EventBatch::new();
    while bytes.len() < 64 * 1024 - 28 * 8 {
        batch.clear();
        batch.push(&Event::note_on(1, 60, 100).unwrap()).unwrap();
        batch.push(&Event::sysex(&[0x55; 100])).unwrap();
        bytes.extend_from_slice(batch.unsent());
        bytes.resize(bytes.len().next_multiple_of(28), 0);
    }
    bytes
}

#[test]
fn decoding_a_full_read_allocates_nothing() {
    let bytes = full_read();
    let mut events = 0;
    let mut data = 0;
    let counted = measure(|| {
        for view in Events::new(&bytes, Framing::Legacy) {
            let view = view.unwrap();
            events += 1;
            match view.data() {
                EventData::Sysex(bytes) => data += bytes.len(),
                EventData::NoteOn { .. } => {}
                other => panic!("{other:?}"),
            }
            assert_eq!(view.to_event().dest(), view.dest());
        }
    });
    assert!(events > 600, "{events} events");
    assert_eq!(data, events / 2 * 100);
    assert_eq!(counted.count_total, 0);
}

#[test]
fn encoding_allocates_nothing_once_there_is_room() {
    let note = Event::note_on(1, 60, 100).unwrap();
    let sysex = [0x55; 100];
    let mut batch = EventBatch::with_capacity(64 * 1024);
    let counted = measure(|| {
        for _ in 0..400 {
            batch.push(&note).unwrap();
            batch.push(&Event::sysex(&sysex)).unwrap();
        }
        let mut buffer = [0; 28];
        wire::encode(&note, &mut buffer).unwrap();
    });
    assert_eq!(batch.len(), 400 * (28 + 28 + 100));
    assert_eq!(counted.count_total, 0);
}

/// A huge event is refused, sent or dropped. Its memory is freed before the client is closed.
#[test]
fn the_memory_of_a_huge_event_is_given_back() {
    need_sequencer!();
    let mut client = client("sender");
    let port = client.create_port("port").unwrap();
    let sysex = vec![0x55; 10_000_000];
    let huge = Event::sysex(sysex.as_slice()).to(&port);
    let small = Event::note_on(1, 60, 100).unwrap().to(&port);
    client.event_output_direct(&small).unwrap();
    for way in 0..4 {
        let counted = measure(|| match way {
            0 => {
                let error = client.event_output_direct(&huge).unwrap_err();
                assert_eq!(error.kind(), alsa_seq::ErrorKind::TooLarge);
            }
            1 => {
                client.event_output(&huge).unwrap();
                client.drain_output().unwrap_err();
                assert_eq!(client.event_output_pending(), 0);
            }
            2 => {
                client.event_output(&huge).unwrap();
                client.drop_output_buffer();
            }
            _ => {
                client.event_output(&huge).unwrap();
                client.extract_output().unwrap();
            }
        });
        assert!(counted.bytes_max > 10_000_000, "{way}: {counted:?}");
        assert!(counted.bytes_current < 100_000, "{way}: {counted:?}");
    }
}

/// Shows that the counter counts.
#[test]
fn owning_sysex_allocates() {
    let event = Event::sysex(&[1, 2, 3]);
    let counted = measure(|| drop(event.into_owned()));
    assert_eq!(counted.count_total, 1);
}

#[test]
fn sending_and_receiving_allocate_nothing_after_the_start() {
    need_sequencer!();
    let mut sender = client("sender");
    let mut receiver = ClientOptions::new(unique("receiver"))
        .input_pool(2000)
        .open()
        .unwrap();
    let input = receiver.create_port("in").unwrap();
    let event = Event::note_on(1, 60, 100).unwrap().to(&input);
    let mut buffer = EventBuffer::new();
    let mut round = || {
        for _ in 0..400 {
            sender.event_output(&event).unwrap();
        }
        sender.drain_output().unwrap();
        sender.event_output_direct(&event).unwrap();
        assert_eq!(receiver.event_input().unwrap().data(), event.data());
        let mut left = 400;
        while left > 0 {
            receiver.event_input_batch(&mut buffer).unwrap();
            left -= buffer.events().map(Result::unwrap).count();
        }
    };
    round();
    let counted = measure(round);
    assert_eq!(counted.count_total, 0);
}
