//! Connects the program's own ports, and shows their connections.
//!
//! ```sh
//! cargo run --example connect_ports -- 14:0
//! ```

use std::error::Error;

use alsa_seq::{Address, ConnectOptions, ErrorKind, PortOptions, SequencerClient};

fn main() -> Result<(), Box<dyn Error>> {
    let other = std::env::args()
        .nth(1)
        .ok_or("usage: connect_ports CLIENT:PORT")?;
    let other: Address = other.parse()?;

    let client = SequencerClient::open("connect_ports")?;
    let output = client.create_port(PortOptions::sender("output"))?;
    let input = client.create_port(PortOptions::receiver("input"))?;

    // A port's handle, its info and its address are all accepted.
    output.connect_to(other)?;
    input.connect_from(other)?;

    // Any two ports, with time stamps of a queue.
    let queue = client.create_queue("stamps")?;
    let options = ConnectOptions::new().stamp_real_time(queue.id());
    client.connect(&output, &input, options)?;

    for connection in output.receivers()? {
        println!(
            "{} -> {} {:?}",
            connection.sender, connection.receiver, connection.stamp
        );
    }
    for connection in input.senders()? {
        println!(
            "{} <- {} {:?}",
            connection.receiver, connection.sender, connection.stamp
        );
    }

    match output.connect_to(&input) {
        Err(error) if error.kind() == ErrorKind::Busy => println!("{error:#}"),
        result => result?,
    }
    output.disconnect_to(&input)?;
    println!("{} connections left", output.receivers()?.len());
    Ok(())
}
