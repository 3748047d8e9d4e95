//! Plays a note to the program, and waits for the note it sends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use midir::{MidiInput, MidiOutput};

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
fn a_note_comes_back_an_octave_higher() {
    let _octave = Octave::start();
    let synthesizer = MidiInput::new("test synthesizer").unwrap();
    let ports = synthesizer.ports();
    let out = ports
        .iter()
        .find(|port| synthesizer.port_name(port).unwrap().contains("Octave out"))
        .expect("the program's port");
    let (sender, notes) = mpsc::channel();
    let _connection = synthesizer
        .connect(
            out,
            "in",
            move |_, message, ()| sender.send(message.to_vec()).unwrap(),
            (),
        )
        .unwrap();

    let keyboard = MidiOutput::new("test keyboard").unwrap();
    let ports = keyboard.ports();
    let input = ports
        .iter()
        .find(|port| keyboard.port_name(port).unwrap().contains("Octave in"))
        .expect("the program's port");
    let mut keyboard = keyboard.connect(input, "out").unwrap();
    keyboard.send(&[0x90, 60, 100]).unwrap();

    let note = notes.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(note, [0x90, 72, 100]);
}
