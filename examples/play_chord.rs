//! Sends events at once, without a queue.
//!
//! ```sh
//! cargo run --example play_chord -- 128:0
//! ```

use std::error::Error;
use std::thread::sleep;
use std::time::Duration;

use alsa_seq::{Address, Event, PortOptions, SequencerClient};

fn main() -> Result<(), Box<dyn Error>> {
    let dest = std::env::args()
        .nth(1)
        .ok_or("usage: play_chord CLIENT:PORT")?;
    let dest: Address = dest.parse()?;

    let mut client = SequencerClient::open("play_chord")?;
    let port = client.create_port(PortOptions::sender("output"))?;
    client.set_source(&port);
    port.connect_to(dest)?;

    let chord = [60, 64, 67];
    // They come from this program's port, and go to its subscribers.
    for key in chord {
        client.event_output(&Event::note_on(0, key, 100)?)?;
    }
    // Until now they were only collected in the buffer.
    client.drain_output()?;

    sleep(Duration::from_secs(1));

    // Sends to one port, connected or not, without using the buffer.
    for key in chord {
        let event = Event::note_off(0, key, 0)?.to(dest);
        client.event_output_direct(&event)?;
    }
    Ok(())
}
