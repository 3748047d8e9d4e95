//! Schedules events on a queue, in ticks and in seconds, and waits until they are delivered.
//!
//! ```sh
//! cargo run --example schedule -- 128:0
//! ```

use std::error::Error;
use std::time::Duration;

use alsa_seq::{Address, Event, RealTime, SequencerClient, Tempo, Time};

fn main() -> Result<(), Box<dyn Error>> {
    let dest = std::env::args()
        .nth(1)
        .ok_or("usage: schedule CLIENT:PORT")?;
    let dest: Address = dest.parse()?;

    let mut client = SequencerClient::open("schedule")?;
    let port = client.create_port("output")?;
    client.set_source(&port);
    let queue = client.create_queue("song")?;
    queue.set_tempo(Tempo::from_bpm(240.0)?.with_ppq(96)?)?;
    // The queue is started before the events are sent, because the start removes waiting events.
    queue.start()?;

    // Four quarter notes. The queue ends each note 48 ticks after its beginning.
    for beat in 0..4 {
        let note = Event::note(9, 37, 100, 48)?.to(dest);
        client.event_output(&note.at(&queue, Time::Tick(beat * 96)))?;
    }
    // From the third quarter note on, the tempo is doubled.
    let tempo = Event::queue_tempo(&queue, Tempo::from_bpm(480.0)?);
    client.event_output(&tempo.at(&queue, Time::Tick(2 * 96)))?;
    // A queue counts ticks and also seconds. A time can be relative to the present.
    let crash = Event::note_on(9, 49, 100)?.to(dest);
    client.event_output(&crash.at(&queue, RealTime::new(0, 900_000_000)?))?;
    let bell = Event::note_on(9, 53, 100)?.to(dest);
    client.event_output(&bell.after(&queue, RealTime::new(1, 0)?))?;
    client.drain_output()?;

    let status = queue.status()?;
    println!(
        "{} events wait, running: {}",
        status.num_events(),
        status.is_running()
    );
    // Closing the client or dropping the queue removes waiting events.
    client.sync_output_queue_timeout(Duration::from_secs(10))?;
    println!("played until {}", queue.status()?.real_time());
    queue.stop()?;
    Ok(())
}
