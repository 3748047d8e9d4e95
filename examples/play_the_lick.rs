//! Plays a short phrase, timed by a queue.
//!
//! ```sh
//! cargo run --example play_the_lick
//! cargo run --example play_the_lick -- --port 128:0 --bpm 90
//! ```
//!
//! Without `--port` it plays to the first port of `list_ports`.

use std::error::Error;
use std::time::Duration;

use alsa_seq::{
    Address, Event, PortFilter, PortOptions, QueueOptions, SequencerClient, Tempo, Time,
};

const USAGE: &str = "usage: play_the_lick [--port CLIENT:PORT]... [--bpm NUMBER]";

/// Key, beginning and length, in thirds of a quarter note: eighths that swing.
const LICK: [(u8, u32, u32); 7] = [
    (62, 0, 2),
    (64, 2, 1),
    (65, 3, 2),
    (67, 5, 1),
    (64, 6, 3),
    (60, 9, 2),
    (62, 11, 13),
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

    let mut client = SequencerClient::open("play_the_lick")?;
    let port = client.create_port(PortOptions::sender("output"))?;
    client.set_source(&port);
    if targets.is_empty() {
        let ports = client.ports(PortFilter::new().receives(true).include_no_export(false))?;
        let best = ports.first().ok_or("there is no port to play on")?;
        let client_name = best.client_name().unwrap_or_default();
        println!(
            "playing on {} {:?} {client_name:?}",
            best.address(),
            best.name()
        );
        targets.push(best.address());
    }
    for target in targets {
        port.connect_to(target)?;
    }

    let queue = client.create_queue(QueueOptions::new())?;
    queue.set_tempo(tempo)?;
    // The queue is started before the events are sent, because the start removes waiting events.
    queue.start()?;
    for (key, tick, length) in LICK {
        let events = [
            (Event::note_on(0, key, 127)?, tick),
            (Event::note_off(0, key, 0)?, tick + length),
        ];
        for (event, tick) in events {
            client.event_output(&event.at(&queue, Time::Tick(tick)))?;
        }
    }
    // Closing the client would remove the events that are not played yet.
    client.sync_output_queue_timeout(tempo.duration_of(24) + Duration::from_secs(1))?;
    Ok(())
}
