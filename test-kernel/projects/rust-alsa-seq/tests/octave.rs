//! Plays a note to the program, and waits for the note it sends.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use alsa_seq::{Event, EventData, PortOptions, SequencerClient};

/// The program. It ends with the test.
struct Octave(Child);

impl Octave {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_octave"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // The program prints a line when its ports exist.
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }
}

impl Drop for Octave {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_note_comes_back_an_octave_higher() -> Result<(), Box<dyn Error>> {
    let _octave = Octave::start();
    let mut client = SequencerClient::open("test")?;
    let keyboard = client.create_port(PortOptions::sender("keyboard"))?;
    let synthesizer = client.create_port(PortOptions::receiver("synthesizer"))?;
    keyboard.connect_to(&client.find_port("Octave:in")?)?;
    synthesizer.connect_from(&client.find_port("Octave:out")?)?;
    client.set_source(&keyboard);

    let note = Event::note_on(0, 60, 100)?;
    client.event_output(&note.to_subscribers().direct())?;
    client.drain_output()?;

    // Events about connections also arrive here.
    let received = loop {
        let event = client.event_input_timeout(Duration::from_secs(10))?;
        if matches!(event.data(), EventData::NoteOn { .. }) {
            break event;
        }
    };
    assert_eq!(received.data(), Event::note_on(0, 72, 100)?.data());
    Ok(())
}
