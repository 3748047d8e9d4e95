//! Measures the `alsa` crate, used as its documentation describes.

use std::hint::black_box;
use std::time::Instant;

use alsa::Result;
use alsa::seq::{
    Addr, ClientIter, EvNote, Event, EventType, MidiEvent, PortCap, PortIter, PortSubscribe,
    PortType, Seq,
};

const NOT_APPLICABLE: i32 = 3;
const WARM_UP: u64 = 3;

fn measure(rounds: u64, ops: u64, mut round: impl FnMut() -> Result<()>) -> Result<()> {
    for _ in 0..WARM_UP {
        round()?;
    }
    let begun = Instant::now();
    for _ in 0..rounds {
        round()?;
    }
    println!("{} {}", begun.elapsed().as_nanos(), rounds * ops);
    Ok(())
}

fn open() -> Result<Seq> {
    let seq = Seq::open(None, None, false)?;
    seq.set_client_name(c"alsa crate")?;
    Ok(seq)
}

fn port(seq: &Seq) -> Result<Addr> {
    let caps = PortCap::READ | PortCap::SUBS_READ | PortCap::WRITE | PortCap::SUBS_WRITE;
    let kind = PortType::MIDI_GENERIC | PortType::APPLICATION;
    Ok(Addr {
        client: seq.client_id()?,
        port: seq.create_simple_port(c"port", caps, kind)?,
    })
}

fn note(key: u64) -> Event<'static> {
    let data = EvNote {
        channel: 1,
        note: u8::try_from(key & 127).unwrap_or(0),
        velocity: 100,
        off_velocity: 0,
        duration: 0,
    };
    Event::new(EventType::Noteon, &data)
}

fn note_to(key: u64, to: Addr) -> Event<'static> {
    let mut event = note(key);
    event.set_dest(to);
    event.set_direct();
    event
}

fn take(seq: &Seq, count: u64) -> Result<u64> {
    let mut input = seq.input();
    let mut sum = 0;
    for _ in 0..count {
        let event = input.event_input()?;
        if event.get_type() == EventType::Noteon {
            sum += event
                .get_data::<EvNote>()
                .map_or(0, |data| u64::from(data.note));
        }
    }
    Ok(sum)
}

fn roundtrip(rounds: u64) -> Result<()> {
    let (a, b) = (open()?, open()?);
    let (a_port, b_port) = (port(&a)?, port(&b)?);
    measure(rounds, 1, || {
        a.event_output(&mut note_to(60, b_port))?;
        a.drain_output()?;
        black_box(take(&b, 1)?);
        b.event_output(&mut note_to(60, a_port))?;
        b.drain_output()?;
        black_box(take(&a, 1)?);
        Ok(())
    })
}

fn batch(rounds: u64, size: u64) -> Result<()> {
    let (from, to) = (open()?, open()?);
    to.set_client_pool_input(2000)?;
    to.input().set_input_buffer_size(64 * 1024)?;
    let port = port(&to)?;
    measure(rounds, size, || {
        for k in 0..size {
            from.event_output(&mut note_to(k, port))?;
        }
        from.drain_output()?;
        black_box(take(&to, size)?);
        Ok(())
    })
}

/// Only sends. Received events are dropped.
fn send(rounds: u64, size: u64) -> Result<()> {
    let (from, to) = (open()?, open()?);
    to.set_client_pool_input(2000)?;
    let port = port(&to)?;
    measure(rounds, size, || {
        for k in 0..size {
            from.event_output(&mut note_to(k, port))?;
        }
        from.drain_output()?;
        to.input().drop_input()
    })
}

fn fanout(rounds: u64, size: u64) -> Result<()> {
    const EVENTS: u64 = 16;
    let from = open()?;
    let source = port(&from)?;
    let mut to = Vec::new();
    for _ in 0..size {
        let seq = open()?;
        let connection = PortSubscribe::empty()?;
        connection.set_sender(source);
        connection.set_dest(port(&seq)?);
        from.subscribe_port(&connection)?;
        take(&seq, 1)?;
        to.push(seq);
    }
    measure(rounds, size * EVENTS, || {
        for k in 0..EVENTS {
            let mut event = note(k);
            event.set_source(source.port);
            event.set_subs();
            event.set_direct();
            from.event_output(&mut event)?;
        }
        from.drain_output()?;
        for seq in &to {
            black_box(take(seq, EVENTS)?);
        }
        Ok(())
    })
}

fn queue(rounds: u64, size: u64) -> Result<()> {
    let (from, to) = (open()?, open()?);
    to.set_client_pool_input(2000)?;
    let port = port(&to)?;
    let queue = from.alloc_queue()?;
    from.control_queue(queue, EventType::Start, 0, None)?;
    from.drain_output()?;
    measure(rounds, size, || {
        for k in 0..size {
            let mut event = note(k);
            event.set_dest(port);
            event.schedule_tick(queue, false, 0);
            from.event_output(&mut event)?;
        }
        from.drain_output()?;
        black_box(take(&to, size)?);
        Ok(())
    })
}

fn sysex(rounds: u64, size: usize) -> Result<()> {
    let (from, to) = (open()?, open()?);
    to.set_client_pool_input(2000)?;
    to.input().set_input_buffer_size(64 * 1024)?;
    let port = port(&to)?;
    let mut message = vec![0x55; size];
    if let [first, .., last] = message.as_mut_slice() {
        (*first, *last) = (0xf0, 0xf7);
    }
    measure(rounds, 1, || {
        for piece in message.chunks(16 * 1024) {
            let mut event = Event::new_ext(EventType::Sysex, piece);
            event.set_dest(port);
            event.set_direct();
            from.event_output_direct(&mut event)?;
            let mut input = to.input();
            black_box(input.event_input()?.get_ext().map(<[u8]>::len));
        }
        Ok(())
    })
}

fn enumerate(rounds: u64) -> Result<()> {
    let seq = open()?;
    measure(rounds, 1, || {
        let mut found = 0;
        for client in ClientIter::new(&seq) {
            found += PortIter::new(&seq, client.get_client())
                .map(black_box)
                .count();
        }
        black_box(found);
        Ok(())
    })
}

const MESSAGES: u64 = 128;

fn bytes_in(rounds: u64) -> Result<()> {
    let bytes: Vec<u8> = (0..128).flat_map(|key| [0x90, key, 100]).collect();
    let mut parser = MidiEvent::new(256)?;
    measure(rounds, MESSAGES, || {
        let mut sum = 0;
        let mut input = black_box(bytes.as_slice());
        while !input.is_empty() {
            let (used, event) = parser.encode(input)?;
            input = input.get(used..).unwrap_or_default();
            let data = event.and_then(|event| event.get_data::<EvNote>());
            sum += data.map_or(0, |data| u64::from(data.note));
        }
        black_box(sum);
        Ok(())
    })
}

fn bytes_out(rounds: u64) -> Result<()> {
    let mut events: Vec<_> = (0..MESSAGES).map(note).collect();
    let encoder = MidiEvent::new(256)?;
    encoder.enable_running_status(true);
    measure(rounds, MESSAGES, || {
        let mut sum = 0;
        for event in black_box(&mut events) {
            let mut bytes = [0; 12];
            encoder.decode(&mut bytes, event)?;
            sum += u64::from(bytes[1]);
        }
        black_box(sum);
        Ok(())
    })
}

fn four(rounds: u64) -> Result<()> {
    const PAIRS: u64 = 4;
    const WINDOW: u64 = 64;
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        let (from, to) = (open()?, open()?);
        let ports = (port(&from)?, port(&to)?);
        pairs.push((from, to, ports));
    }
    let mut turn = |rounds| -> Result<()> {
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for (from, to, (here, there)) in &mut pairs {
                let (here, there) = (*here, *there);
                threads.push(scope.spawn(move || -> Result<()> {
                    let to: &mut Seq = to;
                    for _ in 0..rounds {
                        black_box(take(to, WINDOW)?);
                        to.event_output(&mut note_to(0, here))?;
                        to.drain_output()?;
                    }
                    Ok(())
                }));
                threads.push(scope.spawn(move || -> Result<()> {
                    let from: &mut Seq = from;
                    for _ in 0..rounds {
                        for k in 0..WINDOW {
                            from.event_output(&mut note_to(k, there))?;
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
    };
    turn(WARM_UP)?;
    let begun = Instant::now();
    turn(rounds)?;
    println!("{} {}", begun.elapsed().as_nanos(), rounds * PAIRS * WINDOW);
    Ok(())
}

/// Sends the events of the probe back to it.
fn thru(probe: u64) -> Result<()> {
    let seq = open()?;
    let here = port(&seq)?;
    let there = Addr {
        client: i32::try_from(probe).unwrap_or(0),
        port: 0,
    };
    for (sender, dest) in [(there, here), (here, there)] {
        let connection = PortSubscribe::empty()?;
        connection.set_sender(sender);
        connection.set_dest(dest);
        seq.subscribe_port(&connection)?;
    }
    let mut input = seq.input();
    loop {
        let mut event = input.event_input()?;
        event.set_source(here.port);
        event.set_subs();
        event.set_direct();
        seq.event_output(&mut event)?;
        seq.drain_output()?;
    }
}

fn first() -> Result<()> {
    let seq = open()?;
    port(&seq)?;
    seq.event_output(&mut note_to(
        60,
        Addr {
            client: 14,
            port: 0,
        },
    ))?;
    seq.drain_output()?;
    Ok(())
}

fn main() {
    let mut args = std::env::args().skip(1);
    let workload = args.next().unwrap_or_default();
    let rounds = args.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let digits = workload.find(|c: char| c.is_ascii_digit());
    let (kind, size) = workload.split_at(digits.unwrap_or(workload.len()));
    let size: u64 = size.parse().unwrap_or(0);
    let result = match kind {
        "open" => measure(rounds, 1, || open().map(drop)),
        "enumerate" => enumerate(rounds),
        "roundtrip" => roundtrip(rounds),
        "batch" => batch(rounds, size),
        "send" => send(rounds, size),
        "fanout" => fanout(rounds, size),
        "queue" => queue(rounds, size),
        "sysex" => sysex(rounds, usize::try_from(size).unwrap_or(0)),
        "bytes-in" => bytes_in(rounds),
        "bytes-out" => bytes_out(rounds),
        "four" => four(rounds),
        "thru" => thru(rounds),
        "first" => first(),
        _ => std::process::exit(NOT_APPLICABLE),
    };
    if let Err(error) = result {
        eprintln!("{workload}: {error}");
        std::process::exit(1);
    }
}
