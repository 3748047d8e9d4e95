//! The `alsa` crate, as a program would use it.

use std::ffi::CString;
use std::hint::black_box;

use alsa::seq::{
    Addr, ClientIter, EvNote, Event, EventType, MidiEvent, PortCap, PortIter, PortSubscribe,
    PortType, Seq,
};
use bench_protocol::{Run, midi_bytes, serve};

fn main() {
    serve(|workload, size| match workload {
        "open" => Some(Box::new(|count| {
            for _ in 0..count {
                client();
            }
        })),
        "enumerate" => Some(enumerate()),
        "roundtrip" => Some(round_trip()),
        "batch" | "onebyone" => Some(batches(size)),
        "fanout" => Some(fan_out(size)),
        // The crate cannot enlarge libasound's input buffer of 14,000 bytes.
        "sysex" if size < 13_000 => Some(sysex(size)),
        "frombytes" => Some(from_bytes(size)),
        "tobytes" => Some(to_bytes(size)),
        _ => None,
    });
}

fn client() -> Seq {
    let seq = Seq::open(None, None, false).expect("open");
    seq.set_client_name(&CString::new("alsa").expect("a name"))
        .expect("name");
    seq
}

fn receiver() -> (Seq, Addr) {
    let seq = client();
    seq.set_client_pool_input(2000).expect("pool");
    let caps = PortCap::WRITE | PortCap::SUBS_WRITE;
    let name = CString::new("in").expect("a name");
    let port = seq
        .create_simple_port(&name, caps, PortType::APPLICATION)
        .expect("port");
    let client = seq.client_id().expect("id");
    (seq, Addr { client, port })
}

fn note(n: usize) -> Event<'static> {
    let note = EvNote {
        channel: 1,
        note: u8::try_from(n % 100).unwrap_or(0),
        velocity: 100,
        off_velocity: 0,
        duration: 0,
    };
    let mut event = Event::new(EventType::Noteon, &note);
    event.set_direct();
    event
}

fn take(seq: &Seq, events: usize) -> u64 {
    let mut sum = 0;
    let mut input = seq.input();
    for _ in 0..events {
        let event = input.event_input().expect("receive");
        if event.get_type() == EventType::Noteon {
            let note: EvNote = event.get_data().expect("a note");
            sum += u64::from(note.note);
        }
    }
    sum
}

fn enumerate() -> Run {
    let seq = client();
    Box::new(move |count| {
        for _ in 0..count {
            for client in ClientIter::new(&seq) {
                for port in PortIter::new(&seq, client.get_client()) {
                    black_box(port.get_capability());
                }
            }
        }
    })
}

fn round_trip() -> Run {
    let sender = client();
    let (receiver, dest) = receiver();
    Box::new(move |count| {
        for n in 0..count {
            let mut event = note(n);
            event.set_dest(dest);
            sender.event_output_direct(&mut event).expect("send");
            black_box(take(&receiver, 1));
        }
    })
}

fn batches(size: usize) -> Run {
    let sender = client();
    let (receiver, dest) = receiver();
    Box::new(move |count| {
        for _ in 0..count / size {
            for n in 0..size {
                let mut event = note(n);
                event.set_dest(dest);
                sender.event_output(&mut event).expect("send");
            }
            sender.drain_output().expect("drain");
            black_box(take(&receiver, size));
        }
    })
}

fn fan_out(subscribers: usize) -> Run {
    let sender = client();
    let caps = PortCap::READ | PortCap::SUBS_READ;
    let name = CString::new("out").expect("a name");
    let out = sender
        .create_simple_port(&name, caps, PortType::APPLICATION)
        .expect("port");
    let source = Addr {
        client: sender.client_id().expect("id"),
        port: out,
    };
    let receivers: Vec<Seq> = (0..subscribers)
        .map(|_| {
            let (seq, dest) = receiver();
            let connect = PortSubscribe::empty().expect("memory");
            connect.set_sender(source);
            connect.set_dest(dest);
            sender.subscribe_port(&connect).expect("connect");
            // The connection is told; that must not count as one of ours.
            while seq.input().event_input_pending(true).expect("look") > 0 {
                seq.input().event_input().expect("receive");
            }
            seq
        })
        .collect();
    Box::new(move |count| {
        for _ in 0..count / 64 {
            for n in 0..64 {
                let mut event = note(n);
                event.set_source(out);
                event.set_subs();
                sender.event_output(&mut event).expect("send");
            }
            sender.drain_output().expect("drain");
            for seq in &receivers {
                black_box(take(seq, 64));
            }
        }
    })
}

fn sysex(size: usize) -> Run {
    let sender = client();
    sender.set_client_pool_output(2000).expect("pool");
    let (receiver, dest) = receiver();
    let bytes = vec![0x55; size];
    Box::new(move |count| {
        for _ in 0..count {
            let mut event = Event::new_ext(EventType::Sysex, bytes.as_slice());
            event.set_direct();
            event.set_dest(dest);
            sender.event_output_direct(&mut event).expect("send");
            black_box(receiver.input().event_input().expect("receive").get_ext());
        }
    })
}

fn from_bytes(size: usize) -> Run {
    let bytes = midi_bytes(size);
    let mut codec = MidiEvent::new(256).expect("memory");
    Box::new(move |count| {
        for _ in 0..count / size {
            let mut rest = black_box(bytes.as_slice());
            while !rest.is_empty() {
                let (used, event) = codec.encode(rest).expect("encode");
                black_box(event.is_some());
                rest = rest.get(used..).unwrap_or(&[]);
            }
        }
    })
}

fn to_bytes(size: usize) -> Run {
    let mut events: Vec<Event<'static>> = (0..size).map(note).collect();
    let codec = MidiEvent::new(256).expect("memory");
    codec.enable_running_status(false);
    Box::new(move |count| {
        let mut bytes = [0; 16];
        for _ in 0..count / size {
            for event in &mut events {
                black_box(codec.decode(&mut bytes, event).expect("decode"));
            }
        }
    })
}
