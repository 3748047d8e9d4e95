//! The program in the README: plays four notes to the ports that are connected to its port.
//!
//! ```sh
//! cargo run --example first_program
//! ```

use alsa_seq::{Event, EventType, SequencerClient, Tempo, Time};

fn main() -> alsa_seq::Result<()> {
    let mut client = SequencerClient::open("hello")?;
    let port = client.create_port("out")?;
    client.set_source(&port);
    println!("Connect a synthesizer: aseq connect hello SYNTH");
    while client.event_input()?.event_type() != EventType::PORT_SUBSCRIBED {}

    let queue = client.create_queue("song")?;
    queue.set_tempo(Tempo::from_bpm(120.0)?.with_ppq(96)?)?;
    queue.start()?;
    for (beat, key) in (1..).zip([60, 64, 67, 72]) {
        let note = Event::note(0, key, 100, 90)?;
        client.event_output(&note.at(&queue, Time::Tick(beat * 96)))?;
    }
    client.sync_output_queue()
}
