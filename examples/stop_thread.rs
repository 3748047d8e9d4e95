//! Stops a thread that waits for events, and continues to use its client.
//!
//! ```sh
//! cargo run --example stop_thread
//! ```
//!
//! Ctrl+D ends the thread.

use std::{io, thread};

use alsa_seq::{ErrorKind, Event, Result, SequencerClient};

fn main() -> Result<()> {
    let mut client = SequencerClient::open("stop_thread")?;
    let port = client.create_port("in")?;
    // The interrupter is made before the client moves to the other thread.
    let interrupter = client.interrupter()?;
    println!("listening at {}", port.address());
    let reader = thread::spawn(move || listen(client));

    // The program does its own work here: it waits for the end of standard input.
    io::stdin().lines().for_each(drop);
    // The wait ends with an error, also if it begins after this call.
    interrupter.interrupt();
    let Ok(client) = reader.join() else {
        return Ok(());
    };
    // The client is unchanged.
    let mut client = client?;
    client.set_source(&port);
    client.event_output_direct(&Event::stop())?;
    println!("stopped");
    Ok(())
}

/// Shows events until it is interrupted, and returns the client.
fn listen(mut client: SequencerClient) -> Result<SequencerClient> {
    loop {
        match client.event_input() {
            Ok(event) => println!("{:?}", event.data()),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(client),
            // Some events were lost. The next ones can be read.
            Err(error) if error.kind() == ErrorKind::Overrun => eprintln!("{error:#}"),
            Err(error) => return Err(error),
        }
    }
}
