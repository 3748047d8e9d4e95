//! Accepts some types of events only, and shows the error that senders of other types get.
//!
//! ```sh
//! cargo run --example filter_input
//! ```

use alsa_seq::{Event, EventFilter, EventType, SequencerClient};

fn main() -> alsa_seq::Result<()> {
    let mut receiver = SequencerClient::open("filter_input")?;
    let port = receiver.create_port("input")?;
    receiver.set_event_filter([EventType::NOTE_ON, EventType::NOTE_OFF])?;

    let mut sender = SequencerClient::open("sender")?;
    let output = sender.create_port("output")?;
    sender.set_source(&output);
    sender.event_output_direct(&Event::note_on(0, 60, 100)?.to(&port))?;
    match sender.event_output_direct(&Event::program_change(0, 5)?.to(&port)) {
        Ok(()) => println!("the program change was accepted"),
        Err(error) => println!("{error:#}"),
    }
    while let Some(event) = receiver.try_event_input()? {
        println!("received {}", event.event_type());
    }

    receiver.set_event_filter(EventFilter::ALL)?;
    sender.event_output_direct(&Event::program_change(0, 5)?.to(&port))?;
    while let Some(event) = receiver.try_event_input()? {
        println!("received {}", event.event_type());
    }
    Ok(())
}
