//! Measures alsa-seq, used as its documentation describes: the same workloads as in the programs in
//! `peers`. With `-tokio` or `-async-io` at the end of a workload's name, a batch is sent and
//! received on that runtime. With `-views`, received events are read in the buffer.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::time::Instant;

use alsa_seq::midi::{Encoder, Parsed, Parser};
use alsa_seq::sysex;
use alsa_seq::wire::{EventBatch, Events, Framing};
use alsa_seq::{
    Address, AsyncSequencerClient, ClientOptions, Event, EventBuffer, EventData, Port, Reactor,
    Result, SequencerClient, Time,
};

/// The exit status for an unknown workload. The driver leaves the workload out.
const NOT_APPLICABLE: i32 = 3;
/// Rounds that are not measured.
const WARM_UP: u64 = 3;

/// Counts the allocations of the function that it calls.
pub type Counter = fn(&mut dyn FnMut()) -> u64;

/// Set in the program `allocations`, which counts in place of measuring the time.
pub static COUNTER: OnceLock<Counter> = OnceLock::new();

/// Repeats `round`, and prints its time or its number of allocations, and the number of operations.
fn measure(rounds: u64, ops: u64, mut round: impl FnMut() -> Result<()>) -> Result<()> {
    measure_all(rounds, ops, |rounds| {
        for _ in 0..rounds {
            round()?;
        }
        Ok(())
    })
}

/// Does the same as [`measure`], with all rounds in one call.
fn measure_all(rounds: u64, ops: u64, mut all: impl FnMut(u64) -> Result<()>) -> Result<()> {
    all(WARM_UP)?;
    let amount = match COUNTER.get() {
        None => {
            let begun = Instant::now();
            all(rounds)?;
            begun.elapsed().as_nanos()
        }
        Some(count) => {
            let mut result = Ok(());
            let count = count(&mut || result = all(rounds));
            result?;
            count.into()
        }
    };
    println!("{amount} {}", rounds * ops);
    Ok(())
}

fn receiver(name: &str) -> Result<(SequencerClient, Port)> {
    let client = ClientOptions::new(name).input_pool(2000).open()?;
    let port = client.create_port("port")?;
    Ok((client, port))
}

/// A client that sends, from its own port.
fn sender(options: ClientOptions) -> Result<SequencerClient> {
    let mut client = options.open()?;
    let port = client.create_port("port")?.keep();
    client.set_source(port);
    Ok(client)
}

fn note(key: u64, to: Address) -> Event<'static> {
    let key = u8::try_from(key & 127).unwrap_or(0);
    match Event::note_on(1, key, 100) {
        Ok(event) => event.to(to),
        Err(error) => unreachable!("{error}"),
    }
}

/// The typical work of a program for a received note.
#[inline(always)]
fn key(data: EventData<'_>) -> u64 {
    match data {
        EventData::NoteOn { note, .. } => u64::from(note),
        _ => 0,
    }
}

fn take(client: &mut SequencerClient, count: u64) -> Result<u64> {
    let mut sum = 0;
    for _ in 0..count {
        sum += key(client.event_input()?.data());
    }
    Ok(sum)
}

fn take_views(client: &mut SequencerClient, buffer: &mut EventBuffer, count: u64) -> Result<u64> {
    let (mut sum, mut taken) = (0, 0);
    while taken < count {
        client.event_input_batch(buffer)?;
        for event in buffer.events() {
            sum += key(event?.data());
            taken += 1;
        }
    }
    Ok(sum)
}

fn roundtrip(rounds: u64) -> Result<()> {
    let (mut a, mut b) = (SequencerClient::open("a")?, SequencerClient::open("b")?);
    let (a_port, b_port) = (a.create_port("port")?, b.create_port("port")?);
    a.set_source(&a_port);
    b.set_source(&b_port);
    measure(rounds, 1, || {
        a.event_output(&note(60, b_port.address()))?;
        a.drain_output()?;
        black_box(take(&mut b, 1)?);
        b.event_output(&note(60, a_port.address()))?;
        b.drain_output()?;
        black_box(take(&mut a, 1)?);
        Ok(())
    })
}

fn batch(rounds: u64, size: u64, views: bool) -> Result<()> {
    let mut from = sender(ClientOptions::new("from").output_buffer_size(64 * 1024))?;
    let (mut to, port) = receiver("to")?;
    let mut buffer = EventBuffer::new();
    measure(rounds, size, || {
        for k in 0..size {
            from.event_output(&note(k, port.address()))?;
        }
        from.drain_output()?;
        black_box(match views {
            true => take_views(&mut to, &mut buffer, size)?,
            false => take(&mut to, size)?,
        });
        Ok(())
    })
}

/// Only sends. Received events are dropped.
fn send(rounds: u64, size: u64) -> Result<()> {
    let mut from = sender(ClientOptions::new("from"))?;
    let (mut to, port) = receiver("to")?;
    measure(rounds, size, || {
        for k in 0..size {
            from.event_output(&note(k, port.address()))?;
        }
        from.drain_output()?;
        to.drop_input()
    })
}

/// Does the same as [`batch`], and awaits each event.
fn batch_async<R: Reactor>(
    rounds: u64,
    size: u64,
    into: fn(SequencerClient) -> Result<AsyncSequencerClient<R>>,
    block_on: impl Fn(Pin<&mut dyn Future<Output = Result<()>>>) -> Result<()>,
) -> Result<()> {
    let from = ClientOptions::new("from").output_buffer_size(64 * 1024);
    let mut from = into(sender(from)?)?;
    let (to, port) = receiver("to")?;
    let mut to = into(to)?;
    measure_all(rounds, size, |rounds| {
        block_on(pin!(async {
            for _ in 0..rounds {
                for k in 0..size {
                    from.event_output(&note(k, port.address())).await?;
                }
                from.drain_output().await?;
                let mut sum = 0;
                for _ in 0..size {
                    sum += key(to.event_input().await?.data());
                }
                black_box(sum);
            }
            Ok(())
        }))
    })
}

fn fanout(rounds: u64, size: u64) -> Result<()> {
    const EVENTS: u64 = 16;
    let mut from = SequencerClient::open("from")?;
    let source = from.create_port("port")?;
    from.set_source(&source);
    let mut to = Vec::new();
    for _ in 0..size {
        let (mut client, port) = receiver("to")?;
        source.connect_to(&port)?;
        // The event about its connection.
        client.event_input()?;
        to.push((client, port));
    }
    measure(rounds, size * EVENTS, || {
        for k in 0..EVENTS {
            let event = note(k, source.address()).to_subscribers();
            from.event_output(&event)?;
        }
        from.drain_output()?;
        for (client, _) in &mut to {
            black_box(take(client, EVENTS)?);
        }
        Ok(())
    })
}

fn queue(rounds: u64, size: u64) -> Result<()> {
    let mut from = sender(ClientOptions::new("from"))?;
    let (mut to, port) = receiver("to")?;
    let queue = from.create_queue("queue")?;
    queue.start()?;
    measure(rounds, size, || {
        for k in 0..size {
            from.event_output(&note(k, port.address()).at(&queue, Time::Tick(0)))?;
        }
        from.drain_output()?;
        black_box(take(&mut to, size)?);
        Ok(())
    })
}

/// A message of this size, in pieces of at most 16 KiB. Each piece is read before the next one is
/// sent.
fn long_message(rounds: u64, size: usize) -> Result<()> {
    let Some(piece) = std::num::NonZeroUsize::new(16 * 1024) else {
        unreachable!()
    };
    let mut from = sender(ClientOptions::new("from"))?;
    let (mut to, port) = receiver("to")?;
    let mut message = vec![0x55; size];
    if let [first, .., last] = message.as_mut_slice() {
        (*first, *last) = (0xf0, 0xf7);
    }
    let mut buffer = EventBuffer::new();
    measure(rounds, 1, || {
        for event in sysex::split(&message, piece) {
            from.event_output_direct(&event.to(&port))?;
            to.event_input_batch(&mut buffer)?;
            for event in buffer.events() {
                black_box(event?.payload().len());
            }
        }
        Ok(())
    })
}

fn enumerate(rounds: u64) -> Result<()> {
    let client = SequencerClient::open("enumerate")?;
    measure(rounds, 1, || {
        let mut found = 0;
        for info in client.clients() {
            for port in client.ports_of(info?.id()) {
                black_box(port?);
                found += 1;
            }
        }
        black_box(found);
        Ok(())
    })
}

/// The events of a full buffer, without a kernel.
fn decode(rounds: u64) -> Result<()> {
    const EVENTS: u64 = 64 * 1024 / 28;
    let mut batch = EventBatch::new();
    for k in 0..EVENTS {
        batch.push(&note(k, Address::new(1, 0)))?;
    }
    measure(rounds, EVENTS, || {
        let mut sum = 0;
        for event in Events::new(black_box(batch.unsent()), Framing::Legacy) {
            sum += key(event?.data());
        }
        black_box(sum);
        Ok(())
    })
}

fn encode(rounds: u64) -> Result<()> {
    const EVENTS: u64 = 64 * 1024 / 28;
    let mut batch = EventBatch::with_capacity(64 * 1024);
    measure(rounds, EVENTS, || {
        batch.clear();
        for k in 0..EVENTS {
            batch.push(&note(k, Address::new(128, 0)))?;
        }
        black_box(batch.unsent());
        Ok(())
    })
}

const MESSAGES: u64 = 128;

fn bytes_in(rounds: u64) -> Result<()> {
    let bytes: Vec<u8> = (0..128).flat_map(|key| [0x90, key, 100]).collect();
    let mut parser = Parser::new([0; 256]);
    measure(rounds, MESSAGES, || {
        let mut input = black_box(bytes.as_slice());
        let mut sum = 0;
        while let Some(parsed) = parser.parse(&mut input) {
            if let Parsed::Event(data) = parsed {
                sum += key(data);
            }
        }
        black_box(sum);
        Ok(())
    })
}

fn bytes_out(rounds: u64) -> Result<()> {
    let events: Vec<_> = (0..MESSAGES).map(|k| note(k, Address::new(1, 0))).collect();
    let mut encoder = Encoder::new().with_running_status(true);
    measure(rounds, MESSAGES, || {
        let mut sum = 0;
        let mut bytes = [0; 12];
        for event in black_box(&events) {
            match encoder.encode_into(&event.data(), &mut bytes) {
                Ok(_) => sum += u64::from(bytes[1]),
                Err(error) => unreachable!("{error}"),
            }
        }
        black_box(sum);
        Ok(())
    })
}

/// Four receivers at the same time: 64 events to them, and one back.
fn four(rounds: u64) -> Result<()> {
    const PAIRS: u64 = 4;
    const WINDOW: u64 = 64;
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        let (mut from, mut to) = (SequencerClient::open("from")?, SequencerClient::open("to")?);
        let ports = (from.create_port("port")?, to.create_port("port")?);
        from.set_source(&ports.0);
        to.set_source(&ports.1);
        pairs.push((from, to, ports));
    }
    measure_all(rounds, PAIRS * WINDOW, |rounds| {
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for (from, to, (from_port, to_port)) in &mut pairs {
                let (here, there) = (from_port.address(), to_port.address());
                threads.push(scope.spawn(move || -> Result<()> {
                    for _ in 0..rounds {
                        black_box(take(to, WINDOW)?);
                        to.event_output(&note(0, here))?;
                        to.drain_output()?;
                    }
                    Ok(())
                }));
                threads.push(scope.spawn(move || -> Result<()> {
                    for _ in 0..rounds {
                        for k in 0..WINDOW {
                            from.event_output(&note(k, there))?;
                        }
                        from.drain_output()?;
                        black_box(take(from, 1)?);
                    }
                    Ok(())
                }));
            }
            for thread in threads {
                match thread.join() {
                    Ok(result) => result?,
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(())
        })
    })
}

/// Sends the events of the probe back to it.
fn thru(probe: u64) -> Result<()> {
    let probe = Address::new(u8::try_from(probe).unwrap_or(0), 0);
    let mut client = SequencerClient::open("thru")?;
    let port = client.create_port("port")?;
    port.connect_from(probe)?;
    port.connect_to(probe)?;
    client.set_source(&port);
    loop {
        let event = client.event_input()?;
        client.event_output(&event.to_subscribers().direct())?;
        client.drain_output()?;
    }
}

fn first() -> Result<()> {
    let mut client = SequencerClient::open("first")?;
    let port = client.create_port("port")?;
    client.set_source(&port);
    client.event_output(&note(60, Address::new(14, 0)))?;
    client.drain_output()
}

fn run(workload: &str, rounds: u64) -> Result<bool> {
    let digits = workload.find(|c: char| c.is_ascii_digit());
    let (kind, size) = workload.split_at(digits.unwrap_or(workload.len()));
    let (size, variant) = size.split_once('-').unwrap_or((size, ""));
    let size: u64 = size.parse().unwrap_or(0);
    match (kind, variant) {
        ("open", _) => measure(rounds, 1, || SequencerClient::open("open").map(drop))?,
        ("enumerate", _) => enumerate(rounds)?,
        ("roundtrip", _) => roundtrip(rounds)?,
        ("batch", "tokio") => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build();
            match runtime {
                Ok(runtime) => {
                    let _entered = runtime.enter();
                    batch_async(
                        rounds,
                        size,
                        |c| c.into_tokio(),
                        |all| runtime.block_on(all),
                    )?;
                }
                Err(error) => unreachable!("{error}"),
            }
        }
        ("batch", "async-io") => {
            batch_async(
                rounds,
                size,
                |c| c.into_async_io(),
                |all| async_io::block_on(all),
            )?;
        }
        ("batch", variant) => batch(rounds, size, variant == "views")?,
        ("send", _) => send(rounds, size)?,
        ("fanout", _) => fanout(rounds, size)?,
        ("queue", _) => queue(rounds, size)?,
        ("sysex", _) => long_message(rounds, usize::try_from(size).unwrap_or(0))?,
        ("decode", _) => decode(rounds)?,
        ("encode", _) => encode(rounds)?,
        ("bytes-in", _) => bytes_in(rounds)?,
        ("bytes-out", _) => bytes_out(rounds)?,
        // Allocations are counted only in one thread.
        ("four", _) if COUNTER.get().is_none() => four(rounds)?,
        ("thru", _) if COUNTER.get().is_none() => thru(rounds)?,
        ("first", _) => first()?,
        _ => return Ok(false),
    }
    Ok(true)
}

pub fn main() {
    let mut args = std::env::args().skip(1);
    let workload = args.next().unwrap_or_default();
    let rounds = args.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    match run(&workload, rounds) {
        Ok(true) => {}
        Ok(false) => std::process::exit(NOT_APPLICABLE),
        Err(error) => {
            eprintln!("{workload}: {error:#}");
            std::process::exit(1);
        }
    }
}
