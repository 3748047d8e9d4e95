//! MIDI clock: controls the tempo of other instruments, or follows one and shows its tempo.
//!
//! ```sh
//! cargo run --example midi_clock -- lead 130 20:0
//! cargo run --example midi_clock -- follow 20:0
//! ```

use std::error::Error;
use std::time::Duration;

use alsa_seq::{
    Address, Event, EventData, PortOptions, RealTime, Result, SequencerClient, Tempo, Time,
};

/// MIDI has 24 clocks in a quarter note. The queue gets the same number of ticks.
const QUARTER: u32 = 24;

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["lead", bpm, port] => lead(Tempo::from_bpm(bpm.parse()?)?.with_ppq(24)?, port.parse()?)?,
        ["follow", port] => follow(port.parse()?)?,
        _ => return Err("usage: midi_clock lead BPM PORT | follow PORT".into()),
    }
    Ok(())
}

/// Sends start, the clocks of eight quarter notes, and stop.
fn lead(tempo: Tempo, dest: Address) -> Result<()> {
    let mut client = SequencerClient::open("midi_clock")?;
    let port = client.create_port("clock")?;
    port.connect_to(dest)?;
    client.set_source(&port);
    let queue = client.create_queue("clock")?;
    queue.set_tempo(tempo)?;
    queue.start()?;
    // The first clock after the start is the first beat.
    client.event_output(&Event::start().at(&queue, Time::Tick(0)))?;
    for tick in 0..8 * QUARTER {
        client.event_output(&Event::clock().at(&queue, Time::Tick(tick)))?;
    }
    client.event_output(&Event::stop().at(&queue, Time::Tick(8 * QUARTER)))?;
    client.sync_output_queue_timeout(Duration::from_secs(600))
}

/// Shows the tempo of each quarter note, from the times at which the kernel received its clocks.
fn follow(sender: Address) -> Result<()> {
    let mut client = SequencerClient::open("midi_clock")?;
    let queue = client.create_queue("stamps")?;
    queue.start()?;
    let options = PortOptions::receiver("clock");
    let port = client.create_port(options.stamp_real_time(&queue))?;
    port.connect_from(sender)?;
    let mut clocks = 0;
    let mut beat: Option<RealTime> = None;
    loop {
        let event = client.event_input()?;
        match event.data() {
            EventData::Start(_) | EventData::Continue(_) => (clocks, beat) = (0, None),
            EventData::Stop(_) => println!("stopped after {clocks} clocks"),
            EventData::SongPosition { .. } => println!("{:?}", event.data()),
            EventData::Clock(_) => {
                let now = event.time().real_time();
                if clocks % QUARTER == 0 {
                    if let (Some(now), Some(beat)) = (now, beat) {
                        let quarter = now.saturating_duration_since(beat);
                        println!("{:.1} bpm", 60.0 / quarter.as_secs_f64());
                    }
                    beat = now;
                }
                clocks += 1;
            }
            _ => {}
        }
    }
}
