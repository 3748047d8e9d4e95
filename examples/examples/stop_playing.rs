//! Takes scheduled events back, and leaves no note hanging.
//!
//! ```sh
//! cargo run --example stop_playing -- 128:0
//! ```

use std::error::Error;

use alsa_seq::{Address, Event, EventType, RemoveEvents, SequencerClient, Time};

/// A number of our choosing, by which the kernel finds these events again.
const MELODY: u8 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let dest = std::env::args()
        .nth(1)
        .ok_or("usage: stop_playing CLIENT:PORT")?;
    let dest: Address = dest.parse()?;

    let mut client = SequencerClient::open("stop_playing")?;
    let port = client.create_port("output")?;
    client.set_source(&port);
    let queue = client.create_queue("song")?;
    queue.start()?;
    for beat in 0..100 {
        let on = Event::note_on(0, 60, 100)?.at(&queue, Time::Tick(beat * 96));
        let off = Event::note_off(0, 60, 0)?.at(&queue, Time::Tick(beat * 96 + 90));
        for event in [on, off] {
            client.event_output(&event.to(dest).with_tag(MELODY))?;
        }
    }
    client.drain_output()?;
    println!("{} events wait", queue.status()?.num_events());

    // Some of them: conditions add up.
    let second_half = RemoveEvents::new()
        .tag(MELODY)
        .from_time(Time::Tick(50 * 96));
    client.remove_events(second_half)?;
    println!("{} events wait", queue.status()?.num_events());
    // All that would sound; what ends a note is kept.
    client.remove_events(RemoveEvents::new().event_type(EventType::NOTE_ON))?;
    println!("{} events wait", queue.status()?.num_events());
    // Everything, also what is in this client's own buffer.
    client.drop_output()?;
    println!("{} events wait", queue.status()?.num_events());

    // Now nothing ends the note that sounds but us: all notes off.
    client.event_output_direct(&Event::control_change(0, 123, 0)?.to(dest))?;
    Ok(())
}
