//! Removes scheduled events without leaving notes sounding.
//!
//! ```sh
//! cargo run --example stop_playing -- 128:0
//! ```

use std::error::Error;

use alsa_seq::{Address, Event, EventType, RemoveEvents, SequencerClient, Time};

/// A tag that the program chooses. The kernel can find these events by it.
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

    // Removes some events: those that meet all conditions.
    let second_half = RemoveEvents::new()
        .tag(MELODY)
        .from_time(Time::Tick(50 * 96));
    client.remove_events(second_half)?;
    println!("{} events wait", queue.status()?.num_events());
    // Removes all note-ons, and keeps the events that end a note.
    client.remove_events(RemoveEvents::new().event_type(EventType::NOTE_ON))?;
    println!("{} events wait", queue.status()?.num_events());
    // Removes all events, also those in the client's own buffer.
    client.drop_output()?;
    println!("{} events wait", queue.status()?.num_events());

    // No event is left that ends the sounding note, so the program sends "all notes off".
    client.event_output_direct(&Event::control_change(0, 123, 0)?.to(dest))?;
    Ok(())
}
