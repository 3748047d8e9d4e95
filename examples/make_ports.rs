//! Makes ports of several kinds, changes one, and deletes it.
//!
//! ```sh
//! cargo run --example make_ports
//! ```

use alsa_seq::{PortCaps, PortOptions, PortType, SequencerClient};

fn main() -> alsa_seq::Result<()> {
    let client = SequencerClient::open("make_ports")?;

    // A port that has only a name has both directions.
    let both = client.create_port("both")?;

    // Others receive from a sender, and send to a receiver. The kernel's capabilities, which `caps`
    // takes, are the permissions of the *others*: they read from a sender, and write to a receiver.
    let output = client.create_port(PortOptions::sender("output"))?;
    let input = client.create_port(PortOptions::receiver("input"))?;

    // The type helps other programs to choose a port.
    let synth = client.create_port(
        PortOptions::receiver("synth")
            .port_type(PortType::MIDI_GENERIC | PortType::MIDI_GM | PortType::SYNTHESIZER)
            .midi_channels(16)
            .midi_voices(64),
    )?;

    // The program chooses the number, and only the program can connect the port.
    let private = client.create_port(
        PortOptions::new("private")
            .number(9)
            .caps(PortOptions::BOTH | PortCaps::NO_EXPORT),
    )?;

    for port in [&both, &output, &input, &synth, &private] {
        let info = port.info()?;
        println!("{} {:?} {:?}", info.address(), info.name(), info.caps());
    }

    // Options that are made from a port's info keep all settings that the program does not change.
    let info = both.info()?;
    both.set_info(PortOptions::from(&info).name("renamed"))?;
    println!("{} is now {:?}", both.address(), both.info()?.name());

    // A port is deleted when its handle is dropped. `close` also returns errors. After `keep`, the
    // port exists as long as the client.
    both.close()?;
    let kept = output.keep();
    println!(
        "{} ports left; {kept} was kept",
        client.ports_of(client.id()).count()
    );
    Ok(())
}
