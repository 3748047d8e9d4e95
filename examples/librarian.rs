//! A librarian: stores the system-exclusive messages of an instrument in a file, and sends them
//! back.
//!
//! ```sh
//! cargo run --example librarian -- receive 20:0 sounds.syx
//! cargo run --example librarian -- send sounds.syx 20:0
//! ```
//!
//! Receiving ends when no message has come for two seconds.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::time::Duration;

use alsa_seq::sysex::{Outcome, Reassembler};
use alsa_seq::{Address, ClientOptions, ErrorKind, Event, EventType, PortOptions, SysexPace};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["receive", port, file] => receive(port.parse()?, file),
        ["send", file, port] => send(file, port.parse()?),
        _ => Err("usage: librarian receive PORT FILE | send FILE PORT".into()),
    }
}

fn receive(sender: Address, file: &str) -> Result<()> {
    // The largest possible pool, so that no event is lost while the file is written.
    let mut client = ClientOptions::new("librarian").input_pool(2000).open()?;
    let port = client.create_port(PortOptions::receiver("in"))?;
    port.connect_from(sender)?;
    let mut file = File::create_new(file)?;
    let mut messages = Reassembler::new();
    let mut patience = Duration::MAX;
    println!("waiting");
    loop {
        let event = match client.event_input_timeout(patience) {
            Err(error) if error.kind() == ErrorKind::TimedOut => break,
            event => event?,
        };
        if event.event_type() != EventType::SYSEX {
            continue;
        }
        patience = Duration::from_secs(2);
        let mut piece = event.payload();
        while let Some(outcome) = messages.push(event.source(), &mut piece) {
            let Outcome::Complete(message) = outcome else {
                return Err("the message has a gap".into());
            };
            println!("{} bytes", message.len());
            file.write_all(message)?;
        }
    }
    if messages.held() > 0 {
        return Err("the last message has no end".into());
    }
    Ok(file.sync_all()?)
}

fn send(file: &str, dest: Address) -> Result<()> {
    let mut client = alsa_seq::SequencerClient::open("librarian")?;
    let port = client.create_port(PortOptions::sender("out"))?;
    client.set_source(&port);
    // A driver gets events only if it has a connection.
    port.connect_to(dest)?;
    // Sends each message separately, in pieces, not faster than a MIDI cable transmits them.
    for message in fs::read(file)?.split_inclusive(|byte| *byte == 0xf7) {
        let event = Event::sysex(message);
        let mut sender = client.sysex_sender(&event, SysexPace::new())?;
        while let Some(progress) = sender.step()? {
            eprint!("\r{} of {} bytes", progress.sent, progress.total);
        }
        eprintln!();
    }
    Ok(())
}
