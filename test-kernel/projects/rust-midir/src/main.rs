//! Plays each note it receives, an octave higher.

use std::error::Error;

use midir::os::unix::{VirtualInput, VirtualOutput};
use midir::{MidiInput, MidiOutput};

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = MidiOutput::new("Octave")?.create_virtual("Octave out")?;
    let _input = MidiInput::new("Octave")?.create_virtual(
        "Octave in",
        move |_, message, ()| {
            let sent = higher(message).map(|higher| output.send(&higher));
            if let Some(Err(error)) = sent {
                eprintln!("{error}");
            }
        },
        (),
    )?;
    println!("ready");
    // The notes arrive in a thread of midir.
    loop {
        std::thread::park();
    }
}

/// Returns the note an octave higher. Returns none for other messages, and for notes
/// without a higher octave.
fn higher(message: &[u8]) -> Option<[u8; 3]> {
    match *message {
        [status @ 0x80..=0x9f, key @ 0..=115, velocity] => Some([status, key + 12, velocity]),
        _ => None,
    }
}
