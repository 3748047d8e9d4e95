//! A client with one port, in the place of an instrument: it sends the messages that it
//! reads and shows those that it receives, in hexadecimal bytes, one a line.
//!
//! ```sh
//! device 'Launchpad' 'MIDI 1'
//! ```
//!
//! It also prints its connections: `to ADDRESS`, `from ADDRESS`. It ends when its input ends.

use std::error::Error;
use std::io::{BufRead as _, stdin};
use std::{process, thread};

use alsa_seq::midi::Encoder;
use alsa_seq::{
    Address, Event, EventData, EventInput, EventOutput, PortCaps, PortOptions, SequencerClient,
};

const USAGE: &str = "usage: device CLIENT PORT";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let client = arguments.next().ok_or(USAGE)?;
    let port = arguments.next().ok_or(USAGE)?;
    let mut client = SequencerClient::open(&client)?;
    // A program may end all notes of all channels at once.
    client.set_input_pool(2000)?;
    let port = client.create_port(PortOptions::new(port))?;
    // No other client finds or connects this port.
    let announcements = PortOptions::new("announcements").caps(PortCaps::WRITE);
    let announcements = client.create_port(announcements)?;
    announcements.connect_from(Address::ANNOUNCE)?;
    client.set_source(&port);
    let own = port.address();
    println!("ready");
    let (output, input) = client.split();
    thread::spawn(move || {
        if let Err(error) = send(output) {
            eprintln!("device: {error}");
            process::exit(1);
        }
        process::exit(0);
    });
    receive(input, own, announcements.address())
}

fn send(mut output: EventOutput) -> Result<(), Box<dyn Error>> {
    for line in stdin().lock().lines() {
        let bytes: Result<Vec<u8>, _> = line?
            .split_whitespace()
            .map(|byte| u8::from_str_radix(byte, 16))
            .collect();
        let bytes = bytes?;
        output.event_output_direct(&Event::from_midi(&bytes)?)?;
    }
    Ok(())
}

fn receive(
    mut input: EventInput,
    own: Address,
    announcements: Address,
) -> Result<(), Box<dyn Error>> {
    let mut encoder = Encoder::new();
    for event in input.events() {
        let event = event?;
        match event.data() {
            // The ports themselves also receive this notice, but before the connection carries
            // events.
            EventData::PortSubscribed { sender, receiver } if event.dest() == announcements => {
                if sender == own {
                    println!("to {receiver}");
                } else if receiver == own {
                    println!("from {sender}");
                }
            }
            data if event.dest() == own => {
                if let Ok(bytes) = encoder.encode(&data) {
                    let bytes: Vec<String> = bytes.iter().map(|b| format!("{b:02X}")).collect();
                    println!("{}", bytes.join(" "));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
