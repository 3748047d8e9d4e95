//! A MIDI 2.0 echo: each note comes back three times, softer each time, and a little higher, by a
//! pitch bend of this note only. Each controller comes back with a lower value of 32 bits.
//!
//! ```sh
//! cargo run --example midi2_echo
//! cargo run --example midi2_echo -- 100   # milliseconds between the echoes
//! ```
//!
//! Connect a keyboard and a synthesizer with its port. They may use MIDI 1.0 or 2.0, because the
//! kernel converts the messages. It needs Linux 6.5 with UMP.

use std::error::Error;

use alsa_seq::ump::{Group, Midi2, Ump};
use alsa_seq::{
    ClientOptions, EndpointOptions, Event, FunctionBlockOptions, MidiVersion, RealTime,
};

/// A tenth of a semitone, if the full range of a bend is 48 semitones, which is the default for a
/// note.
const STEP: u32 = 0x8000_0000 / 48 / 10;

fn main() -> Result<(), Box<dyn Error>> {
    let delay: u32 = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => 250,
    };
    let mut client = ClientOptions::new("midi2_echo")
        .midi_version(MidiVersion::Ump2)
        .open()?;
    let block = FunctionBlockOptions::new("Echo", Group::new(0)?, 1);
    let endpoint =
        client.create_endpoint(EndpointOptions::new("MIDI 2.0 echo").function_block(block))?;
    client.set_source(endpoint.port());
    let queue = client.create_queue("echoes")?;
    queue.start()?;
    println!("listening on {}", endpoint.port().address());

    loop {
        let event = client.event_input()?;
        // The kernel sends notes to a client of MIDI 2.0 in this form only.
        let Some(Ump::Midi2(group, channel, message)) = event.packet().map(|p| p.decode()) else {
            continue;
        };
        for number in 1..=3 {
            let millis = delay.saturating_mul(number);
            let time = RealTime::new(millis / 1000, millis % 1000 * 1_000_000)?;
            for message in echo(message, number)? {
                let echo = Event::ump(Ump::Midi2(group, channel, message)).after(&queue, time);
                client.event_output(&echo)?;
            }
        }
        client.drain_output()?;
    }
}

/// Returns the messages of the echo with this number.
fn echo(message: Midi2, number: u32) -> Result<Vec<Midi2>, alsa_seq::ValueError> {
    Ok(match message {
        Midi2::NoteOn {
            note,
            velocity,
            attribute,
        } => vec![
            // The bend is sent before the note, so that the note begins at the right pitch.
            Midi2::per_note_pitch_bend(note.get(), 0x8000_0000 + number * STEP)?,
            Midi2::NoteOn {
                note,
                velocity: velocity >> number,
                attribute,
            },
        ],
        Midi2::PerNotePitchBend { note, bend } => vec![Midi2::PerNotePitchBend {
            note,
            bend: bend.saturating_add(number * STEP),
        }],
        Midi2::ControlChange { controller, value } => vec![Midi2::ControlChange {
            controller,
            value: value - value / 4 * number,
        }],
        other => vec![other],
    })
}
