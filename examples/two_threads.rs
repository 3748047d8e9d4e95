//! Sends on one thread and receives on another, with one client.
//!
//! ```sh
//! cargo run --example two_threads
//! ```

use std::thread;

use alsa_seq::{Event, EventData, EventInput, EventOutput, SequencerClient};

fn main() -> alsa_seq::Result<()> {
    let mut client = SequencerClient::open("two_threads")?;
    let port = client.create_port("port")?;
    client.set_source(&port);
    port.connect_to(&port)?;

    // Each half has its own buffer, so neither needs a lock. Both halves, ports and queues can be
    // used from any thread for everything except sending and receiving.
    let (output, input) = client.split();
    let sum = thread::scope(|scope| {
        let receiver = scope.spawn(move || receive(input));
        send(output)?;
        // It only panics if `receive` does.
        receiver
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    println!("the keys add up to {sum}");
    Ok(())
}

fn send(mut output: EventOutput) -> alsa_seq::Result<()> {
    for key in 0..100 {
        output.event_output(&Event::note_on(0, key, 100)?)?;
    }
    output.event_output(&Event::new(EventData::Reset))?;
    output.drain_output()
}

fn receive(mut input: EventInput) -> alsa_seq::Result<u32> {
    let mut sum = 0;
    for event in input.events() {
        match event?.data() {
            EventData::NoteOn { note, .. } => sum += u32::from(note),
            EventData::Reset => break,
            _ => {}
        }
    }
    Ok(sum)
}
