//! Measures the crate `midir`, used as its documentation describes. It receives on a separate
//! thread, and sends each message at once.

use std::error::Error;
use std::sync::mpsc::channel;
use std::time::Instant;

use midir::os::unix::{VirtualInput as _, VirtualOutput as _};
use midir::{Ignore, MidiIO, MidiInput, MidiInputConnection, MidiOutput, MidiOutputConnection};

const NOT_APPLICABLE: i32 = 3;
const WARM_UP: u64 = 3;
/// It cannot enlarge its pool of 200 events.
const AT_ONCE: u64 = 100;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

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

fn input<T: Send + 'static>(
    name: &str,
    data: T,
    mut callback: impl FnMut(&[u8], &mut T) + Send + 'static,
) -> Result<MidiInputConnection<T>> {
    let mut input = MidiInput::new(name)?;
    input.ignore(Ignore::None);
    input
        .create_virtual(name, move |_, message, data| callback(message, data), data)
        .map_err(|error| error.to_string().into())
}

fn port<M: MidiIO>(midi: &M, name: &str) -> Result<M::Port> {
    let mut ports = midi.ports().into_iter();
    let is_it = |port: &M::Port| midi.port_name(port).is_ok_and(|found| found.contains(name));
    Ok(ports.find(is_it).ok_or("the port is not there")?)
}

fn output_to(name: &str) -> Result<MidiOutputConnection> {
    let output = MidiOutput::new("midir out")?;
    let port = port(&output, name)?;
    output
        .connect(&port, "out")
        .map_err(|error| error.to_string().into())
}

fn roundtrip(rounds: u64) -> Result<()> {
    let (arrived, arrivals) = channel();
    let home = input("midir home", arrived, |_, arrived| {
        let _ = arrived.send(());
    })?;
    let away = input("midir away", output_to("midir home")?, |message, back| {
        let _ = back.send(message);
    })?;
    let mut there = output_to("midir away")?;
    measure(rounds, 1, || {
        there.send(&[0x91, 60, 100])?;
        arrivals.recv()?;
        Ok(())
    })?;
    drop((home, away));
    Ok(())
}

fn batch(rounds: u64, size: u64) -> Result<()> {
    let (arrived, arrivals) = channel();
    let to = input("midir to", (0, arrived), |message, (count, arrived)| {
        *count += u64::from(message.len() == 3);
        if message.get(1) == Some(&127) {
            let _ = arrived.send(*count);
        }
    })?;
    let mut from = output_to("midir to")?;
    measure(rounds, size, || {
        let mut left = size;
        while left > 0 {
            let now = left.min(AT_ONCE);
            for k in 1..=now {
                let last = k == now;
                let key = if last { 127 } else { u8::try_from(k & 63)? };
                from.send(&[0x91, key, 100])?;
            }
            arrivals.recv()?;
            left -= now;
        }
        Ok(())
    })?;
    drop(to);
    Ok(())
}

fn sysex(rounds: u64, size: usize) -> Result<()> {
    let (arrived, arrivals) = channel();
    let to = input("midir to", arrived, |message, arrived| {
        let _ = arrived.send(message.len());
    })?;
    let mut from = output_to("midir to")?;
    let mut message = vec![0x55; size];
    if let [first, .., last] = message.as_mut_slice() {
        (*first, *last) = (0xf0, 0xf7);
    }
    measure(rounds, 1, || {
        from.send(&message)?;
        arrivals.recv()?;
        Ok(())
    })?;
    drop(to);
    Ok(())
}

fn enumerate(rounds: u64) -> Result<()> {
    let output = MidiOutput::new("midir")?;
    measure(rounds, 1, || {
        for port in output.ports() {
            output.port_name(&port)?;
        }
        Ok(())
    })
}

/// Sends the messages of the probe back to it.
fn thru() -> Result<()> {
    let back = output_to("probe")?;
    let input = MidiInput::new("midir in")?;
    let port = port(&input, "probe")?;
    let send_back = |_, message: &[u8], back: &mut MidiOutputConnection| {
        let _ = back.send(message);
    };
    let _input = input
        .connect(&port, "in", send_back, back)
        .map_err(|error| error.to_string())?;
    loop {
        std::thread::park();
    }
}

fn first() -> Result<()> {
    let mut output = MidiOutput::new("midir")?
        .create_virtual("port")
        .map_err(|error| error.to_string())?;
    output.send(&[0x91, 60, 100])?;
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
        "open" => measure(rounds, 1, || {
            MidiOutput::new("midir")?;
            Ok(())
        }),
        "enumerate" => enumerate(rounds),
        "roundtrip" => roundtrip(rounds),
        "batch" => batch(rounds, size),
        // Its own limit is its pool of 200 cells, which it cannot change.
        "sysex" if size <= 4096 => sysex(rounds, usize::try_from(size).unwrap_or(0)),
        "thru" => thru(),
        "first" => first(),
        _ => std::process::exit(NOT_APPLICABLE),
    };
    if let Err(error) = result {
        eprintln!("{workload}: {error}");
        std::process::exit(1);
    }
}
