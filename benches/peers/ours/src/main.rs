//! `alsa-seq`, as a program would use it.

use std::hint::black_box;

use alsa_seq::midi::{Encoder, Parsed, Parser};
use alsa_seq::wire::{EventBatch, Events, Framing};
use alsa_seq::{
    Address, ClientOptions, Event, EventBuffer, EventData, ListPorts, Port, SequencerClient, Time,
};
use bench_protocol::{Run, midi_bytes, serve};

fn main() {
    serve(|workload, size| match workload {
        "open" => Some(Box::new(|count| {
            for _ in 0..count {
                SequencerClient::open("ours").expect("open");
            }
        })),
        "scene" => Some(scene(size)),
        "enumerate" => Some(enumerate()),
        "roundtrip" => Some(round_trip()),
        "batch" => Some(batches(size)),
        "send" => Some(send()),
        "onebyone" => Some(one_by_one(size)),
        "fanout" => Some(fan_out(size)),
        "queue" => Some(queued(size)),
        "sysex" => Some(sysex(size)),
        "encode" => Some(encode(size)),
        "decode" => Some(decode(size)),
        "frombytes" => Some(from_bytes(size)),
        "tobytes" => Some(to_bytes(size)),
        _ => None,
    });
}

fn receiver() -> (SequencerClient, Port) {
    let client = ClientOptions::new("receiver")
        .input_pool(2000)
        .open()
        .expect("open");
    let port = client.create_port("in").expect("port");
    (client, port)
}

fn note(n: usize, dest: Address) -> Event<'static> {
    let key = u8::try_from(n % 100).unwrap_or(0);
    Event::note_on(1, key, 100).expect("a note").to(dest)
}

/// What a receiver does with an event.
fn look(event: EventData<'_>, sum: &mut u64) {
    if let EventData::NoteOn(key) = event {
        *sum += u64::from(key.note);
    }
}

/// Clients with sixteen ports each, until the program ends.
fn scene(clients: usize) -> Run {
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            let client = SequencerClient::open("scene").expect("open");
            let ports: Vec<Port> = (0..16)
                .map(|n| client.create_port(format!("port {n}")).expect("port"))
                .collect();
            (client, ports)
        })
        .collect();
    Box::leak(Box::new(clients));
    Box::new(|_| {})
}

fn enumerate() -> Run {
    let client = SequencerClient::open("ours").expect("open");
    Box::new(move |count| {
        for _ in 0..count {
            black_box(client.list_ports(ListPorts::new()).expect("list"));
        }
    })
}

fn round_trip() -> Run {
    let mut sender = SequencerClient::open("sender").expect("open");
    let (mut receiver, port) = receiver();
    let dest = port.address();
    Box::new(move |count| {
        let _ = &port;
        let mut sum = 0;
        for n in 0..count {
            sender.event_output_direct(&note(n, dest)).expect("send");
            look(receiver.event_input().expect("receive").data(), &mut sum);
        }
        black_box(sum);
    })
}

fn batches(size: usize) -> Run {
    let mut sender = ClientOptions::new("sender")
        .output_buffer_size(28 * size.max(64))
        .open()
        .expect("open");
    let (mut receiver, port) = receiver();
    let dest = port.address();
    let mut buffer = EventBuffer::new();
    Box::new(move |count| {
        let _ = &port;
        let mut sum = 0;
        for _ in 0..count / size {
            for n in 0..size {
                sender.event_output(&note(n, dest)).expect("send");
            }
            sender.drain_output().expect("drain");
            let mut left = size;
            while left > 0 {
                receiver.event_input_batch(&mut buffer).expect("receive");
                for event in buffer.events() {
                    left -= 1;
                    look(event.expect("an event").data(), &mut sum);
                }
            }
        }
        black_box(sum);
    })
}

/// The receiver drops what came: what sending costs.
fn send() -> Run {
    let mut sender = SequencerClient::open("sender").expect("open");
    let (mut receiver, port) = receiver();
    let dest = port.address();
    Box::new(move |count| {
        let _ = &port;
        for _ in 0..count / 256 {
            for n in 0..256 {
                sender.event_output(&note(n, dest)).expect("send");
            }
            sender.drain_output().expect("drain");
            receiver.drop_input().expect("drop");
        }
    })
}

fn one_by_one(size: usize) -> Run {
    let mut sender = SequencerClient::open("sender").expect("open");
    let (mut receiver, port) = receiver();
    let dest = port.address();
    Box::new(move |count| {
        let _ = &port;
        let mut sum = 0;
        for _ in 0..count / size {
            for n in 0..size {
                sender.event_output(&note(n, dest)).expect("send");
            }
            sender.drain_output().expect("drain");
            for _ in 0..size {
                look(receiver.event_input().expect("receive").data(), &mut sum);
            }
        }
        black_box(sum);
    })
}

fn fan_out(subscribers: usize) -> Run {
    const SIZE: usize = 64;
    let mut sender = SequencerClient::open("sender").expect("open");
    let out = sender.create_port("out").expect("port");
    let mut receivers: Vec<(SequencerClient, Port)> = (0..subscribers)
        .map(|_| {
            let (mut client, port) = receiver();
            out.connect_to(&port).expect("connect");
            client.drop_input().expect("drop");
            (client, port)
        })
        .collect();
    let mut buffer = EventBuffer::new();
    Box::new(move |count| {
        let mut sum = 0;
        for _ in 0..count / SIZE {
            for n in 0..SIZE {
                let event = note(n, Address::SUBSCRIBERS).from_port(&out);
                sender.event_output(&event).expect("send");
            }
            sender.drain_output().expect("drain");
            for (client, _) in &mut receivers {
                client.event_input_batch(&mut buffer).expect("receive");
                for event in buffer.events() {
                    look(event.expect("an event").data(), &mut sum);
                }
            }
        }
        black_box(sum);
    })
}

/// Events that are due at once, through a queue that runs.
fn queued(size: usize) -> Run {
    let mut sender = SequencerClient::open("sender").expect("open");
    let (mut receiver, port) = receiver();
    let dest = port.address();
    let queue = sender.create_queue("queue").expect("queue");
    queue.start().expect("start");
    Box::new(move |count| {
        let _ = &port;
        let mut sum = 0;
        for _ in 0..count / size {
            for n in 0..size {
                let event = note(n, dest).at(&queue, Time::Tick(0));
                sender.event_output(&event).expect("send");
            }
            sender.drain_output().expect("drain");
            for _ in 0..size {
                look(receiver.event_input().expect("receive").data(), &mut sum);
            }
        }
        black_box(sum);
    })
}

fn sysex(size: usize) -> Run {
    let mut sender = ClientOptions::new("sender")
        .output_pool(2000)
        .open()
        .expect("open");
    let (mut receiver, port) = receiver();
    let bytes = vec![0x55; size];
    let mut buffer = EventBuffer::new();
    Box::new(move |count| {
        for _ in 0..count {
            let event = Event::sysex(bytes.as_slice()).to(&port);
            sender.event_output_direct(&event).expect("send");
            receiver.event_input_batch(&mut buffer).expect("receive");
            black_box(buffer.events().next());
        }
    })
}

fn encode(size: usize) -> Run {
    let mut batch = EventBatch::with_capacity(28 * size);
    Box::new(move |count| {
        for _ in 0..count / size {
            batch.clear();
            for n in 0..size {
                batch.push(&note(n, Address::new(128, 0))).expect("push");
            }
            black_box(batch.unsent());
        }
    })
}

fn decode(size: usize) -> Run {
    let mut batch = EventBatch::new();
    for n in 0..size {
        batch.push(&note(n, Address::new(128, 0))).expect("push");
    }
    Box::new(move |count| {
        let mut sum = 0;
        for _ in 0..count / size {
            for event in Events::new(black_box(batch.unsent()), Framing::Legacy) {
                look(event.expect("an event").data(), &mut sum);
            }
        }
        black_box(sum);
    })
}

fn from_bytes(size: usize) -> Run {
    let bytes = midi_bytes(size);
    let mut parser = Parser::new([0; 256]);
    Box::new(move |count| {
        for _ in 0..count / size {
            let mut rest = black_box(bytes.as_slice());
            while let Some(found) = parser.parse(&mut rest) {
                black_box(matches!(found, Parsed::Event(_)));
            }
        }
    })
}

fn to_bytes(size: usize) -> Run {
    let events: Vec<Event<'_>> = (0..size).map(|n| note(n, Address::SUBSCRIBERS)).collect();
    Box::new(move |count| {
        let mut encoder = Encoder::new();
        let mut bytes = [0; 16];
        for _ in 0..count / size {
            for event in black_box(&events) {
                let length = encoder.encode_into(&event.data(), &mut bytes);
                black_box(length.expect("encode"));
            }
        }
    })
}
