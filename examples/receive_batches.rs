//! Receives many events at a time and reads them without a copy: for programs with much other work.
//!
//! ```sh
//! cargo run --example receive_batches -- 20:0
//! ```
//!
//! It ends when the other port is disconnected.

use std::error::Error;

use alsa_seq::{Address, ClientOptions, ErrorKind, EventBuffer, EventData, EventType, PortOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let source = std::env::args()
        .nth(1)
        .ok_or("usage: receive_batches CLIENT:PORT")?;
    let source: Address = source.parse()?;

    // With a larger pool, this program may pause longer before events are lost.
    let mut client = ClientOptions::new("receive_batches")
        .input_pool(2000)
        .open()?;
    let port = client.create_port(PortOptions::receiver("input"))?;
    port.connect_from(source)?;

    let (mut events, mut bytes) = (0_usize, 0_usize);
    let mut batch = EventBuffer::new();
    loop {
        match client.event_input_batch(&mut batch) {
            Err(error) if error.kind() == ErrorKind::Overrun => eprintln!("{error:#}"),
            result => result?,
        }
        for event in batch.events() {
            let event = event?;
            match event.data() {
                EventData::Sysex(data) => bytes += data.len(),
                _ if event.event_type() == EventType::PORT_UNSUBSCRIBED => {
                    println!("{events} events, {bytes} bytes of sysex");
                    return Ok(());
                }
                _ => {}
            }
            events += 1;
        }
    }
}
