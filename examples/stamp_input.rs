//! Lets a queue stamp events when they arrive: in seconds at one port, in ticks at another.
//!
//! ```sh
//! cargo run --example stamp_input -- 20:0
//! ```
//!
//! It ends when the other port is disconnected.

use std::error::Error;

use alsa_seq::{Address, EventType, PortOptions, SequencerClient, Tempo};

fn main() -> Result<(), Box<dyn Error>> {
    let source = std::env::args()
        .nth(1)
        .ok_or("usage: stamp_input CLIENT:PORT")?;
    let source: Address = source.parse()?;

    let mut client = SequencerClient::open("stamp_input")?;
    let queue = client.create_queue("clock")?;
    queue.set_tempo(Tempo::from_bpm(120.0)?.with_ppq(960)?)?;
    // The default timer steps 1000 times a second. Ticks move with its steps,
    // and seconds between them too.
    queue.start()?;

    let input = PortOptions::receiver("in seconds");
    let in_seconds = client.create_port(input.clone().stamp_real_time(&queue))?;
    let in_ticks = client.create_port(input.name("in ticks").stamp_ticks(&queue))?;
    in_seconds.connect_from(source)?;
    in_ticks.connect_from(source)?;

    for event in client.events() {
        let event = event?;
        if event.event_type() == EventType::PORT_UNSUBSCRIBED {
            break;
        }
        println!("{:>15} {}", event.time(), event.event_type());
    }
    Ok(())
}
