//! Finds a port from a user's text: numbers, a name, or the beginning of a name.
//!
//! ```sh
//! cargo run --example look_up -- "Midi Through"
//! cargo run --example look_up -- 14:0
//! cargo run --example look_up -- Midi:
//! ```

use std::error::Error;

use alsa_seq::{ErrorKind, SequencerClient};

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).ok_or("usage: look_up PORT")?;
    let client = SequencerClient::open("look_up")?;

    let port = match client.find_port(&text) {
        // If several ports match, the user has to choose.
        Err(error) if error.kind() == ErrorKind::Ambiguous => {
            for candidate in error.candidates() {
                println!("perhaps {candidate}");
            }
            return Err(error.into());
        }
        port => port?,
    };
    println!("{} {:?}", port.address(), port.name());
    // A text that still finds the port when its numbers have changed.
    println!("{}", port.lookup_name().unwrap_or_default());
    Ok(())
}
