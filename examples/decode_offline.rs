//! Converts events to bytes and back, without a sequencer: for captures, for fuzzing, and for other
//! operating systems. It also works without `std`.
//!
//! ```sh
//! cargo run --example decode_offline
//! ```

use std::error::Error;

use alsa_seq::wire::{EventBatch, Events, Framing};
use alsa_seq::{Event, QueueId, Time};

fn main() -> Result<(), Box<dyn Error>> {
    let mut batch = EventBatch::new();
    batch.push(&Event::note_on(0, 60, 100)?.at(QueueId::new(0), Time::Tick(96)))?;
    batch.push(&Event::sysex(&[0xf0, 0x7e, 0x7f, 0x09, 0x01, 0xf7]))?;
    // The bytes as `write` takes them.
    let bytes = batch.unsent();
    println!("{} bytes", bytes.len());

    for event in Events::new(bytes, Framing::Packed) {
        let event = event?;
        println!(
            "{} at {}: {:?}",
            event.event_type(),
            event.time(),
            event.data()
        );
    }

    // Bytes that end too early are an error with the number of missing bytes.
    let (cut, _) = bytes.split_at(bytes.len() - 1);
    match Events::new(cut, Framing::Packed).last() {
        Some(Err(error)) => println!("{error}"),
        other => println!("{other:?}"),
    }
    Ok(())
}
