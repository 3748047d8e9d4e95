//! A small program for midir. It is built on midir and on midir's replacements.
//!
//! `start` lists the ports, opens two connections, prints a line and ends. `roundtrip N` sends a
//! message to its own port and receives it there, N times, and prints the time in nanoseconds.

#![forbid(unsafe_code)]

use std::error::Error;
use std::sync::mpsc::channel;
use std::time::Instant;

use midir::os::unix::VirtualInput as _;
use midir::{MidiInput, MidiInputConnection, MidiOutput, MidiOutputConnection};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const THROUGH: &str = "Midi Through";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["start"] => start(),
        ["roundtrip", times] => round_trips(times.parse()?),
        _ => Err("usage: start | roundtrip N".into()),
    }
}

fn start() -> Result<()> {
    let input = MidiInput::new("figures")?;
    let output = MidiOutput::new("figures")?;
    let (mut from, mut to, mut count) = (None, None, 0);
    for port in input.ports() {
        count += 1;
        if input.port_name(&port)?.starts_with(THROUGH) {
            from = Some(port);
        }
    }
    for port in output.ports() {
        count += 1;
        if output.port_name(&port)?.starts_with(THROUGH) {
            to = Some(port);
        }
    }
    let from = from.ok_or("there is no port to receive from")?;
    let to = to.ok_or("there is no port to send to")?;
    let input = input
        .connect(&from, "in", |_, _, ()| {}, ())
        .map_err(|error| error.to_string())?;
    let output = output
        .connect(&to, "out")
        .map_err(|error| error.to_string())?;
    println!("{count} ports, two connections");
    drop((input, output));
    Ok(())
}

fn round_trips(times: u32) -> Result<()> {
    let (arrived, arrivals) = channel();
    let home = virtual_input("figures home", move |_| {
        let _ = arrived.send(());
    })?;
    let mut back = output_to("figures home")?;
    let away = virtual_input("figures away", move |message| {
        let _ = back.send(message);
    })?;
    let mut there = output_to("figures away")?;
    let mut round = || -> Result<()> {
        there.send(&[0x90, 60, 100])?;
        Ok(arrivals.recv()?)
    };
    for _ in 0..100 {
        round()?;
    }
    let begun = Instant::now();
    for _ in 0..times {
        round()?;
    }
    println!("{}", begun.elapsed().as_nanos() / u128::from(times.max(1)));
    drop((home, away));
    Ok(())
}

fn virtual_input(
    name: &str,
    mut callback: impl FnMut(&[u8]) + Send + 'static,
) -> Result<MidiInputConnection<()>> {
    let connection =
        MidiInput::new(name)?.create_virtual(name, move |_, message, ()| callback(message), ());
    Ok(connection.map_err(|error| error.to_string())?)
}

fn output_to(name: &str) -> Result<MidiOutputConnection> {
    let output = MidiOutput::new("figures")?;
    for port in output.ports() {
        if output.port_name(&port)?.starts_with(name) {
            let connection = output.connect(&port, "out");
            return Ok(connection.map_err(|error| error.to_string())?);
        }
    }
    Err("the port is not there".into())
}
