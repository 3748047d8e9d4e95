//! The player of the keyboard, and the synthesizer that receives the notes.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use alsa_seq::{Address, ConnectOptions, EventData, PortOptions, SequencerClient};

use super::PATIENCE;
use crate::Failure;

pub(super) const NAME: &str = "Fingers";
pub(super) const SYNTH: &str = "Synth";

pub(super) struct Fingers {
    client: SequencerClient,
    port: Address,
    synth: SequencerClient,
    synth_port: Address,
    played: usize,
}

impl Fingers {
    pub(super) fn new() -> Result<Self, Failure> {
        let client = SequencerClient::open(NAME)?;
        let port = client.create_port(PortOptions::sender("out"))?.keep();
        let synth = SequencerClient::open(SYNTH)?;
        let synth_port = synth.create_port(PortOptions::receiver("in"))?.keep();
        Ok(Self {
            client,
            port,
            synth,
            synth_port,
            played: 0,
        })
    }

    pub(super) const fn sender(&self) -> Address {
        self.port
    }

    pub(super) const fn receiver(&self) -> Address {
        self.synth_port
    }

    pub(super) const fn played(&self) -> usize {
        self.played
    }

    /// Plays notes on the keyboard, and waits until each arrives.
    pub(super) fn play(&mut self, keys: &mut File, notes: usize) -> Result<(), Failure> {
        for _ in 0..notes {
            let (key, velocity) = note(self.played);
            keys.write_all(&[0x90, key, velocity, 0x80, key, 64])?;
            self.hear(self.played)?;
            self.played += 1;
        }
        Ok(())
    }

    /// Waits until this note arrives. Fails if another note arrives.
    fn hear(&mut self, number: usize) -> Result<(), Failure> {
        loop {
            let event = self.synth.event_input_timeout(PATIENCE)?;
            if let EventData::NoteOn {
                note: key,
                velocity,
                ..
            } = event.data()
            {
                return match (key, velocity) == note(number) {
                    true => Ok(()),
                    false => Err(format!("note {number}: {event:?}").into()),
                };
            }
        }
    }

    /// Plays a recording. It must contain exactly the first notes that were played.
    pub(super) fn hear_again(&mut self, recording: &Path, notes: usize) -> Result<(), Failure> {
        let mut player = Command::new("/aseq")
            .args([
                "play",
                "--quiet",
                "--end-delay",
                "0",
                "--tempo-scale",
                "10",
                "--port",
                SYNTH,
            ])
            .arg(recording)
            .spawn()?;
        for number in 0..notes {
            self.hear(number)?;
        }
        match player.wait()?.success() {
            true => Ok(()),
            false => Err("aseq play failed".into()),
        }
    }

    pub(super) fn connect_by_hand(&self) -> Result<(), Failure> {
        let options = ConnectOptions::new();
        Ok(self.client.connect(self.port, self.synth_port, options)?)
    }
}

/// Returns the key and the velocity of a note. No other note has both.
fn note(number: usize) -> (u8, u8) {
    let key = u8::try_from(number % 128).unwrap_or_default();
    let velocity = u8::try_from(1 + number / 128).unwrap_or(u8::MAX);
    (key, velocity)
}
