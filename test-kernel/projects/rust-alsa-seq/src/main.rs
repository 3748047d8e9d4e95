//! Plays each note it receives, an octave higher.

use alsa_seq::{EventData, PortOptions, SequencerClient};

fn main() -> alsa_seq::Result<()> {
    let mut client = SequencerClient::open("Octave")?;
    let _input = client.create_port(PortOptions::receiver("in"))?;
    let output = client.create_port(PortOptions::sender("out"))?;
    client.set_source(&output);
    println!("ready");

    loop {
        let event = client.event_input()?;
        if !matches!(
            event.data(),
            EventData::NoteOn { .. } | EventData::NoteOff { .. }
        ) {
            continue;
        }
        // Notes without a higher octave are left out.
        if let Ok(higher) = event.transposed(12) {
            client.event_output(&higher.to_subscribers().direct())?;
            client.drain_output()?;
        }
    }
}
