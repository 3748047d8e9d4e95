//! Joins a MIDI port and a network. MIDI bytes that come by UDP are sent to the port's subscribers.
//! Events that the port receives are sent by UDP as MIDI bytes, one event in each datagram.
//!
//! ```sh
//! cargo run --example bridge -- 127.0.0.1:5004 127.0.0.1:5005
//! ```
//!
//! The first address is this program's, the second is the other side's.

use std::error::Error;

use alsa_seq::midi::{Encoder, Parsed, Parser};
use alsa_seq::{ErrorKind, Event, EventData, SequencerClient};
use tokio::net::UdpSocket;

const USAGE: &str = "usage: bridge HERE:PORT THERE:PORT";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut addresses = std::env::args().skip(1);
    let socket = UdpSocket::bind(addresses.next().ok_or(USAGE)?).await?;
    socket.connect(addresses.next().ok_or(USAGE)?).await?;

    let mut client = SequencerClient::open("bridge")?.into_tokio()?;
    let port = client.create_port("port")?;
    client.set_source(&port);
    println!("bridging {} and {}", port.address(), socket.local_addr()?);
    let (mut output, mut input) = client.split();

    let to_network = async {
        let mut encoder = Encoder::new();
        loop {
            let event = match input.event_input().await {
                Ok(event) => event,
                // The other side cannot be informed. The bridge continues.
                Err(error) if error.kind() == ErrorKind::Overrun => {
                    eprintln!("{error}");
                    continue;
                }
                Err(error) => return Err::<(), Box<dyn Error>>(error.into()),
            };
            // Notices of the sequencer are not MIDI messages.
            if let Ok(bytes) = encoder.encode(&event.data()) {
                socket.send(&bytes).await?;
            }
        }
    };
    let to_port = async {
        let mut parser = Parser::new([0; 256]);
        let mut datagram = [0; 1500];
        loop {
            let length = socket.recv(&mut datagram).await?;
            let mut bytes = datagram.get(..length).unwrap_or(&[]);
            while let Some(parsed) = parser.parse(&mut bytes) {
                let data = match parsed {
                    Parsed::Event(data) => data,
                    // The beginning of a message whose end did not come.
                    Parsed::Truncated(bytes) => EventData::Sysex(bytes),
                    _ => continue,
                };
                let event = Event::new(data);
                if let Err(error) = output.event_output_direct(&event).await {
                    eprintln!("{error:#}");
                }
            }
        }
        #[allow(unreachable_code, reason = "it gives the block its type")]
        Ok::<(), Box<dyn Error>>(())
    };
    tokio::try_join!(to_network, to_port)?;
    Ok(())
}
