//! Lists every client and all its ports, also those that cannot be connected.
//!
//! ```sh
//! cargo run --example list_ports_full
//! cargo run --example list_ports_full -- --client-id 14 --verbose
//! ```

use std::error::Error;

use alsa_seq::{ClientId, ClientInfo, PortInfo, SequencerClient};

const USAGE: &str = "usage: list_ports_full [--client-id NUMBER] [--verbose]";

fn main() -> Result<(), Box<dyn Error>> {
    let mut only = None;
    let mut verbose = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--client-id" => only = Some(arguments.next().ok_or(USAGE)?.parse::<u8>()?),
            "--verbose" | "-v" => verbose = true,
            _ => return Err(USAGE.into()),
        }
    }

    let client = SequencerClient::open("list_ports_full")?;
    if let Some(number) = only {
        return Ok(show(
            &client,
            &client.client_info(ClientId::new(number))?,
            verbose,
        )?);
    }
    // An error is an item of the iterator, so that it is not mistaken for the end of the list.
    for found in client.clients() {
        show(&client, &found?, verbose)?;
    }
    Ok(())
}

fn show(client: &SequencerClient, owner: &ClientInfo, verbose: bool) -> alsa_seq::Result<()> {
    println!("client {} {:?}", owner.id(), owner.name());
    for port in client.ports_of(owner.id()) {
        let port = port?;
        println!("  {} {:?}", port.address(), port.name());
        if verbose {
            show_details(&port);
        }
    }
    Ok(())
}

fn show_details(port: &PortInfo) {
    println!("    capabilities: {:?}", port.caps());
    println!("    type:         {:?}", port.port_type());
    println!("    channels:     {}", port.midi_channels());
    println!("    midi voices:  {}", port.midi_voices());
    println!("    synth voices: {}", port.synth_voices());
    println!("    receivers:    {}", port.num_receivers());
    println!("    senders:      {}", port.num_senders());
    println!("    time stamps:  {:?}", port.stamp());
    if let Some(direction) = port.direction() {
        println!("    direction:    {direction:?}");
    }
    if let Some(group) = port.ump_group() {
        println!("    UMP group:    {}", group.number() + 1);
    }
}
