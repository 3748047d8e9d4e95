//! What happens when a receiver does not read, on both sides.
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
            // The event is finished; sent again, it would come too late.
            Err(error) if error.kind() == ErrorKind::ReceiverFull => refused += 1,
            result => result?,
        }
    }
    println!("the sender knows of {refused} events that were refused");

    // What the receiver missed is a gap of unknown length: the kernel also
    // drops what was waiting. So a synthesizer would silence all notes here.
    match receiver.event_input() {
        Err(error) if error.kind() == ErrorKind::Overrun => println!("{error:#}"),
        other => println!("{:?}", other?.data()),
    }
    // Then it goes on.
    sender.event_output_direct(&Event::new(EventData::Reset).to(&port))?;
    println!("next: {:?}", receiver.event_input()?.data());
    Ok(())
}
