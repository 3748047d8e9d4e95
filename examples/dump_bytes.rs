//! Shows events as MIDI bytes as they come, until Ctrl+C.
//!
//! ```sh
//! cargo run --example dump_bytes -- --port 20:0
//! cargo run --example dump_bytes -- --real-time --all-events
//! ```
//!
//! With `--all-events` it also shows events that are not MIDI messages.

use std::error::Error;

use alsa_seq::midi::Encoder;
use alsa_seq::{Address, ErrorKind, PortOptions, QueueOptions, SequencerClient};

const USAGE: &str = "usage: dump_bytes [--real-time] [--all-events] [--port CLIENT:PORT]...";

fn main() -> Result<(), Box<dyn Error>> {
    let mut real_time = false;
    let mut all_events = false;
    let mut sources: Vec<Address> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--real-time" => real_time = true,
            "--all-events" | "-a" => all_events = true,
            "--port" | "-p" => sources.push(arguments.next().ok_or(USAGE)?.parse()?),
            _ => return Err(USAGE.into()),
        }
    }

    let mut client = SequencerClient::open("dump_bytes")?;
    let mut options = PortOptions::receiver("input");
    let new_queue = || client.create_queue(QueueOptions::new());
    let queue = real_time.then(new_queue).transpose()?;
    if let Some(queue) = &queue {
        options = options.stamp_real_time(queue);
        queue.start()?;
    }
    let port = client.create_port(options)?;
    println!("listening at {}", port.address());
    for source in sources {
        port.connect_from(source)?;
    }

    println!("{:>15} {:7} Bytes", "Time", "Source");
    let mut encoder = Encoder::new();
    for event in client.events() {
        let event = match event {
            Err(error) if error.kind() == ErrorKind::Overrun => {
                println!("{:>15} {:7} {error}", "", "");
                continue;
            }
            event => event?,
        };
        let text = match encoder.encode(&event.data()) {
            Ok(bytes) => hex(&bytes),
            Err(_) if all_events => format!("{:?}", event.data()),
            Err(_) => continue,
        };
        // The time is the sender's, unless the kernel has stamped the event.
        let time = match real_time || !event.is_direct() {
            true => event.time().to_string(),
            false => String::new(),
        };
        println!("{time:>15} {:7} {text}", event.source().to_string());
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(" ")
}
