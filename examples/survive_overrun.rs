//! Shows what the sender and the receiver see when the receiver does not read.
//!
//! ```sh
//! cargo run --example survive_overrun
//! ```

use alsa_seq::{ClientOptions, ErrorKind, Event, EventData, SequencerClient};

fn main() -> alsa_seq::Result<()> {
    let mut receiver = ClientOptions::new("slow").input_pool(20).open()?;
    let port = receiver.create_port("input")?;
    let mut sender = SequencerClient::open("fast")?;
    let output = sender.create_port("output")?;
    sender.set_source(&output);

    let mut refused = 0;
    for key in 0..30 {
        let event = Event::note_on(0, key, 100)?.to(&port);
        match sender.event_output_direct(&event) {
            // The event is out of date: if it were sent again, it would come too late.
            Err(error) if error.kind() == ErrorKind::ReceiverFull => refused += 1,
            result => result?,
        }
    }
    println!("the sender knows of {refused} events that were refused");

    // The number of lost events is unknown, because the kernel also drops the waiting ones. A
    // synthesizer would end all notes here.
    match receiver.event_input() {
        Err(error) if error.kind() == ErrorKind::Overrun => println!("{error:#}"),
        other => println!("{:?}", other?.data()),
    }
    // Then receiving continues.
    sender.event_output_direct(&Event::new(EventData::Reset).to(&port))?;
    println!("next: {:?}", receiver.event_input()?.data());
    Ok(())
}
