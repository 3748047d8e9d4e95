//! Handles the error for a refused event in the output buffer.
//!
//! ```sh
//! cargo run --example recover_output
//! ```

use alsa_seq::{Address, Event, SequencerClient, Subject};

fn main() -> alsa_seq::Result<()> {
    let mut receiver = SequencerClient::open("receiver")?;
    let port = receiver.create_port("input")?;
    let nobody = Address::from((receiver.id(), 99.into()));

    let mut sender = SequencerClient::open("sender")?;
    let output = sender.create_port("output")?;
    sender.set_source(&output);
    for (key, dest) in (60..).zip([port.address(), nobody, port.address()]) {
        sender.event_output(&Event::note_on(0, key, 100)?.to(dest))?;
    }
    // A refused event leaves the buffer, and the events behind it stay. So this loop ends, and
    // every event is sent at most once.
    while let Err(error) = sender.drain_output() {
        println!("{error}");
        if let Subject::Event { index, dest } = error.subject() {
            println!("it was number {index}, for {dest}");
        }
    }
    while let Some(event) = receiver.try_event_input()? {
        println!("received {:?}", event.data());
    }
    Ok(())
}
