//! Lists ports, first the best one to connect to.
//!
//! ```sh
//! cargo run --example list_ports
//! cargo run --example list_ports -- --output --verbose
//! cargo run --example list_ports -- --input --type MIDI_GENERIC,HARDWARE
//! ```
//!
//! `--input` lists ports that send events, `--output` lists ports that receive them, and both
//! options together list ports that do both. `--type` gives the bits of `PortType` that a port must
//! have. The default is `MIDI_GENERIC`. `--type ANY` needs no bits.

use std::error::Error;

use alsa_seq::{PortFilter, PortType, SequencerClient};

const USAGE: &str = "usage: list_ports [--input] [--output] [--type BIT,...] [--system] \
                     [--no-midi-through] [--verbose]";

fn main() -> Result<(), Box<dyn Error>> {
    let mut which = PortFilter::new();
    let mut verbose = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--input" => which = which.sends(true),
            "--output" => which = which.receives(true),
            "--type" => which = which.port_type(port_type(&arguments.next().ok_or(USAGE)?)?),
            "--system" => which = which.include_system(true),
            "--no-midi-through" => which = which.include_midi_through(false),
            "--verbose" | "-v" => verbose = true,
            _ => return Err(USAGE.into()),
        }
    }

    let client = SequencerClient::open("list_ports")?;
    for port in client.ports(which)? {
        let client_name = port.client_name().unwrap_or_default();
        println!("{} {client_name:?} {:?}", port.address(), port.name());
        if verbose {
            println!("  capabilities: {:?}", port.caps());
            println!("  type:         {:?}", port.port_type());
            println!("  channels:     {}", port.midi_channels());
            println!("  receivers:    {}", port.num_receivers());
            println!("  senders:      {}", port.num_senders());
            println!("  time stamps:  {:?}", port.stamp());
        }
    }
    Ok(())
}

/// Parses `MIDI_GENERIC,SYNTHESIZER`, in upper or lower case.
fn port_type(text: &str) -> Result<PortType, String> {
    let mut bits = PortType::empty();
    for name in text.split(',').map(str::to_uppercase) {
        if name != "ANY" {
            bits |= PortType::from_name(&name).ok_or(format!("no port type {name}"))?;
        }
    }
    Ok(bits)
}
