//! Shows events as they come, until Ctrl+C.
//!
//! ```sh
//! cargo run --example dump_events -- --port 20:0 --port 24:0
//! cargo run --example dump_events -- --real-time --filter note-on --filter note-off
//! ```
//!
//! Without `--port`, another client has to connect to this program's port, or send to it.
//! `--filter` takes the name of an event type (`control-change`) or its number. It can be repeated.
//! The kernel then refuses all other events.

use std::error::Error;

use alsa_seq::{
    Address, ErrorKind, EventFilter, EventType, PortOptions, QueueOptions, SequencerClient,
};

const USAGE: &str = "usage: dump_events [--real-time] [--port CLIENT:PORT]... [--filter TYPE]...";

fn main() -> Result<(), Box<dyn Error>> {
    let mut real_time = false;
    let mut sources: Vec<Address> = Vec::new();
    let mut types: Vec<EventType> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--real-time" => real_time = true,
            "--port" | "-p" => sources.push(arguments.next().ok_or(USAGE)?.parse()?),
            "--filter" | "-f" => types.push(event_type(&arguments.next().ok_or(USAGE)?)?),
            _ => return Err(USAGE.into()),
        }
    }

    let mut client = SequencerClient::open("dump_events")?;
    if !types.is_empty() {
        client.set_event_filter(EventFilter::from_iter(types))?;
    }
    let mut options = PortOptions::receiver("input");
    let new_queue = || client.create_queue(QueueOptions::new());
    let queue = real_time.then(new_queue).transpose()?;
    if let Some(queue) = &queue {
        // The kernel stamps events that arrive at the port with the time of this queue.
        options = options.stamp_real_time(queue);
        queue.start()?;
    }
    let port = client.create_port(options)?;
    println!("listening at {}", port.address());
    for source in sources {
        port.connect_from(source)?;
    }

    println!("{:>15} {:7} Event", "Time", "Source");
    for event in client.events() {
        let event = match event {
            // Events are lost when this program is too slow. It continues.
            Err(error) if error.kind() == ErrorKind::Overrun => {
                println!("{:>15} {:7} {error}", "", "");
                continue;
            }
            event => event?,
        };
        // The time is the sender's, unless the kernel has stamped the event.
        let time = match real_time || !event.is_direct() {
            true => event.time().to_string(),
            false => String::new(),
        };
        let source = event.source().to_string();
        println!("{time:>15} {source:7} {:?}", event.data());
    }
    Ok(())
}

fn event_type(text: &str) -> Result<EventType, String> {
    if let Ok(number) = text.parse::<u8>() {
        return Ok(EventType::new(number));
    }
    let known = EventType::ALL.iter().find(|kind| kind.name() == Some(text));
    known.copied().ok_or(format!("no event type {text:?}"))
}
