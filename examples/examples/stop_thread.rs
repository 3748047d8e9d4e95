//! Stops a thread that waits for events, and goes on with its client.
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
    // It is made before the client moves to the other thread.
    let interrupter = client.interrupter()?;
    println!("listening at {}", port.address());
    let reader = thread::spawn(move || listen(client));

    // The program does its own work here: it waits for the end of standard input.
    io::stdin().lines().for_each(drop);
    // The wait ends with an error, no matter whether it has begun already.
    interrupter.interrupt();
    let Ok(client) = reader.join() else {
        return Ok(());
    };
    // The client is as it was before.
    let mut client = client?;
    client.set_source(&port);
    client.event_output_direct(&Event::stop())?;
    println!("stopped");
    Ok(())
}

/// Shows events until it is interrupted, and gives the client back.
fn listen(mut client: SequencerClient) -> Result<SequencerClient> {
    loop {
        match client.event_input() {
            Ok(event) => println!("{:?}", event.data()),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(client),
            // What comes next is there; what was lost is not.
            Err(error) if error.kind() == ErrorKind::Overrun => eprintln!("{error:#}"),
            Err(error) => return Err(error),
        }
    }
}
