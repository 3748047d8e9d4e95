//! `midir.rs`, ported to alsa-seq: one client has both connections, and receives on its own thread.

#![forbid(unsafe_code)]

use std::error::Error;
use std::thread;
use std::time::Instant;

use alsa_seq::{Event, EventType, PortOptions, SequencerClient};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

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
    let client = SequencerClient::open("figures")?;
    let (mut from, mut to, mut count) = (None, None, 0);
    for other in client.clients() {
        let other = other?;
        for port in client.ports_of(other.id()) {
            let port = port?;
            for (caps, found) in [
                (PortOptions::SENDS, &mut from),
                (PortOptions::RECEIVES, &mut to),
            ] {
                if port.caps().contains(caps) {
                    count += 1;
                    if other.name().starts_with(THROUGH) {
                        *found = Some(port.address());
                    }
                }
            }
        }
    }
    let input = client.create_port(PortOptions::receiver("in"))?;
    input.connect_from(from.ok_or("there is no port to receive from")?)?;
    let output = client.create_port(PortOptions::sender("out"))?;
    output.connect_to(to.ok_or("there is no port to send to")?)?;
    println!("{count} ports, two connections");
    Ok(())
}

/// Returns whether the event is a note, and not an announcement of a connection.
fn is_note(event: &Event<'_>) -> bool {
    event.event_type() == EventType::NOTE_ON
}

fn round_trips(times: u32) -> Result<()> {
    const WARM_UP: u32 = 100;

    let mut home = SequencerClient::open("figures home")?;
    let mut away = SequencerClient::open("figures away")?;
    let (here, there) = (home.create_port("port")?, away.create_port("port")?);
    here.connect_to(&there)?;
    there.connect_to(&here)?;
    home.set_source(&here);
    away.set_source(&there);
    let echo = thread::spawn(move || -> Result<()> {
        let mut left = WARM_UP + times;
        while left > 0 {
            if is_note(&away.event_input()?) {
                away.event_output_direct(&Event::note_on(0, 60, 100)?)?;
                left -= 1;
            }
        }
        Ok(())
    });
    let mut round = || -> Result<()> {
        home.event_output_direct(&Event::note_on(0, 60, 100)?)?;
        while !is_note(&home.event_input()?) {}
        Ok(())
    };
    for _ in 0..WARM_UP {
        round()?;
    }
    let begun = Instant::now();
    for _ in 0..times {
        round()?;
    }
    println!("{}", begun.elapsed().as_nanos() / u128::from(times.max(1)));
    echo.join().map_err(|_| "the echo panicked")?
}
