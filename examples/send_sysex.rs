//! Sends a system-exclusive message of any length, for example from a `.syx` file.
//!
//! ```sh
//! cargo run --example send_sysex -- 20:0 dump.syx
//! ```

use std::error::Error;
use std::time::Duration;

use alsa_seq::{Address, Event, SequencerClient, SysexPace};

const USAGE: &str = "usage: send_sysex CLIENT:PORT FILE";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let dest: Address = arguments.next().ok_or(USAGE)?.parse()?;
    let message = std::fs::read(arguments.next().ok_or(USAGE)?)?;

    let mut client = SequencerClient::open("send_sysex")?;
    let port = client.create_port("output")?;
    client.set_source(&port);
    // A driver gets events only if it has a connection.
    port.connect_to(dest)?;
    // Sends pieces that fit, not faster than a MIDI cable transmits them, or than a program reads
    // them.
    let pace = SysexPace::new().timeout(Duration::from_secs(2));
    let event = Event::sysex(message.as_slice());
    client.sysex_output(&event, pace)?;
    println!("sent {} bytes", message.len());
    Ok(())
}
