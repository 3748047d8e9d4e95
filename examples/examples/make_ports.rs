//! Makes ports of several kinds, changes one, and deletes it.
//!
//! ```sh
//! cargo run --example make_ports
//! ```

use alsa_seq::{PortCaps, PortOptions, PortType, SequencerClient};

fn main() -> alsa_seq::Result<()> {
    let client = SequencerClient::open("make_ports")?;

    // A name alone makes a port for both directions.
    let both = client.create_port("both")?;

    // A sender is a port that others receive from, a receiver one that they send
    // to. The kernel's capabilities, which `caps` takes, say what *others* may do:
    // they read from a sender, and write to a receiver.
    let output = client.create_port(PortOptions::sender("output"))?;
    let input = client.create_port(PortOptions::receiver("input"))?;

    // The type helps others to choose.
    let synth = client.create_port(
        PortOptions::receiver("synth")
            .port_type(PortType::MIDI_GENERIC | PortType::MIDI_GM | PortType::SYNTHESIZER)
            .midi_channels(16)
            .midi_voices(64),
    )?;

    // A number of our choosing, and connections that only we can make.
    let private = client.create_port(
        PortOptions::new("private")
            .number(9)
            .caps(PortOptions::BOTH | PortCaps::NO_EXPORT),
    )?;

    for port in [&both, &output, &input, &synth, &private] {
        let info = port.info()?;
        println!("{} {:?} {:?}", info.address(), info.name(), info.caps());
    }

    // Options made from a port's info change some of it and keep the rest.
    let info = both.info()?;
    both.set_info(PortOptions::from(&info).name("renamed"))?;
    println!("{} is now {:?}", both.address(), both.info()?.name());

    // A port is deleted when its handle is dropped. `close` tells of errors,
    // and `keep` leaves the port to the client.
    both.close()?;
    let kept = output.keep();
    println!(
        "{} ports left; {kept} was kept",
        client.ports_of(client.id()).count()
    );
    Ok(())
}
