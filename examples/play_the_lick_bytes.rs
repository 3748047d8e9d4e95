//! Plays a short phrase that is given as MIDI bytes, timed by a queue.
//!
//! ```sh
//! cargo run --example play_the_lick_bytes
//! cargo run --example play_the_lick_bytes -- --port 128:0 --bpm 90
//! ```
//!
//! Without `--port` it plays to the first port of `list_ports`.

use std::error::Error;
use std::time::Duration;

use alsa_seq::midi::{Parsed, Parser};
use alsa_seq::{
    Address, Event, PortFilter, PortOptions, QueueOptions, SequencerClient, Tempo, Time,
};

const USAGE: &str = "usage: play_the_lick_bytes [--port CLIENT:PORT]... [--bpm NUMBER]";

/// The time, in thirds of a quarter note, and the messages: the end of a note, and the beginning of
/// the next.
const LICK: [(u32, &[u8]); 8] = [
    (0, &[0x90, 62, 127]),
    (2, &[0x80, 62, 0, 0x90, 64, 127]),
    (3, &[0x80, 64, 0, 0x90, 65, 127]),
    (5, &[0x80, 65, 0, 0x90, 67, 127]),
    (6, &[0x80, 67, 0, 0x90, 64, 127]),
    (9, &[0x80, 64, 0, 0x90, 60, 127]),
    (11, &[0x80, 60, 0, 0x90, 62, 127]),
    (24, &[0x80, 62, 0]),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut bpm = 120.0;
    let mut targets: Vec<Address> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--port" | "-p" => targets.push(arguments.next().ok_or(USAGE)?.parse()?),
            "--bpm" => bpm = arguments.next().ok_or(USAGE)?.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    let tempo = Tempo::from_bpm(bpm)?.with_ppq(3)?;

    let mut client = SequencerClient::open("play_the_lick_bytes")?;
    let port = client.create_port(PortOptions::sender("output"))?;
    client.set_source(&port);
    if targets.is_empty() {
        let which = PortFilter::new().receives(true).include_no_export(false);
        let ports = client.ports(which)?;
        let best = ports.first().ok_or("there is no port to play on")?;
        println!("playing on {} {:?}", best.address(), best.name());
        targets.push(best.address());
    }
    for target in targets {
        port.connect_to(target)?;
    }

    let queue = client.create_queue(QueueOptions::new())?;
    queue.set_tempo(tempo)?;
    queue.start()?;
    // The buffer is for system-exclusive messages.
    let mut parser = Parser::new([0; 256]);
    for (tick, mut bytes) in LICK {
        while let Some(parsed) = parser.parse(&mut bytes) {
            if let Parsed::Event(data) = parsed {
                let event = Event::new(data);
                client.event_output(&event.at(&queue, Time::Tick(tick)))?;
            }
        }
    }
    client.sync_output_queue_timeout(tempo.duration_of(24) + Duration::from_secs(1))?;
    Ok(())
}
