//! The codec without a kernel: `cargo bench --manifest-path benches/Cargo.toml`.

use std::hint::black_box;

use alsa_seq::midi::{Encoder, Parsed, Parser};
use alsa_seq::sysex::Reassembler;
use alsa_seq::wire::{EventBatch, Events, Framing};
use alsa_seq::{Address, Event};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// The largest number of bytes of one `read`.
const BUFFER: usize = 64 * 1024;

fn notes() -> Vec<Event<'static>> {
    let keys = (0..BUFFER / 28).map(|k| u8::try_from(k % 128).unwrap());
    keys.map(|key| {
        Event::note_on(1, key, 100)
            .unwrap()
            .to(Address::new(128, 0))
    })
    .collect()
}

fn records(events: &[Event<'_>]) -> Vec<u8> {
    let mut batch = EventBatch::new();
    for event in events {
        batch.push(event).unwrap();
    }
    batch.unsent().to_vec()
}

fn events(c: &mut Criterion) {
    let events = notes();
    let bytes = records(&events);
    let mut group = c.benchmark_group("events");
    group.throughput(Throughput::Elements(events.len() as u64));
    group.bench_function("walk", |b| {
        b.iter(|| {
            for event in Events::new(black_box(&bytes), Framing::Legacy) {
                black_box(event.unwrap());
            }
        });
    });
    group.bench_function("decode", |b| {
        b.iter(|| {
            for event in Events::new(black_box(&bytes), Framing::Legacy) {
                black_box(event.unwrap().data());
            }
        });
    });
    group.bench_function("encode", |b| {
        let mut batch = EventBatch::with_capacity(BUFFER);
        b.iter(|| {
            batch.clear();
            for event in black_box(&events) {
                batch.push(event).unwrap();
            }
            black_box(batch.unsent());
        });
    });
    group.bench_function("make", |b| {
        b.iter(|| {
            for key in 0..128 {
                black_box(Event::note_on(1, black_box(key), 100).unwrap());
            }
        });
    });
    group.finish();
}

fn midi(c: &mut Criterion) {
    let bytes: Vec<u8> = (0..128).flat_map(|key| [0x90, key, 100]).collect();
    let mut group = c.benchmark_group("midi");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("parse", |b| {
        let mut parser = Parser::new([0; 256]);
        b.iter(|| {
            let mut input = black_box(bytes.as_slice());
            while let Some(parsed) = parser.parse(&mut input) {
                if let Parsed::Event(data) = parsed {
                    black_box(data);
                }
            }
        });
    });
    let events: Vec<_> = notes().into_iter().take(128).collect();
    group.bench_function("encode", |b| {
        let mut encoder = Encoder::new();
        b.iter(|| {
            for event in black_box(&events) {
                black_box(encoder.encode(&event.data()).unwrap());
            }
        });
    });
    group.finish();
}

fn sysex(c: &mut Criterion) {
    let mut message = vec![0x55; BUFFER];
    (message[0], message[BUFFER - 1]) = (0xf0, 0xf7);
    let mut group = c.benchmark_group("sysex");
    group.throughput(Throughput::Bytes(BUFFER as u64));
    group.bench_function("reassemble", |b| {
        let mut reassembler = Reassembler::new();
        let source = Address::new(20, 0);
        b.iter(|| {
            for piece in black_box(&message).chunks(256) {
                let mut left = piece;
                while let Some(outcome) = reassembler.push(source, &mut left) {
                    black_box(outcome);
                }
            }
        });
    });
    group.finish();
}

criterion_group!(benches, events, midi, sysex);
criterion_main!(benches);
