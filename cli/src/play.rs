//! Songs through a queue of the kernel.
//!
//! The kernel keeps the time. This program only has to put the events into the
//! queue before they are due, and to wait for the last one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alsa_seq::{
    Address, ClientControl, ClientOptions, MidiVersion, Port, PortCaps, PortOptions, PortType,
    Result, SequencerClient,
};

use crate::failure::Failure;
use crate::input;
use crate::signals::Signals;
use crate::song::{self, Song};

use player::Player;
use sequence::Sequence;

mod player;
mod progress;
mod rescue;
mod sequence;

pub(crate) use sequence::{Changes, Channels};

/// What is to be played, and how.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The name of the client.
    pub(crate) name: String,
    /// The songs, one after the other.
    pub(crate) files: Vec<PathBuf>,
    /// What is changed about each.
    pub(crate) changes: Changes,
    /// How long to wait after the end of each.
    pub(crate) end_delay: Duration,
    /// Whether to show on a terminal how far it is.
    pub(crate) progress: bool,
}

/// Plays to the ports that `dests` finds.
pub(crate) fn run(
    options: &Options,
    dests: impl FnOnce(&ClientControl) -> Result<Vec<Address>>,
) -> std::result::Result<(), Failure> {
    let signals = Signals::block()?;
    let mut output = None;
    let mut dests = Some(dests);
    for path in &options.files {
        let file = input::read(path, song::is_known)?;
        let song = Song::read(&file).map_err(Failure::song(path))?;
        let output = match &mut output {
            Some(output) => output,
            None => {
                let version = if song.is_ump() {
                    MidiVersion::Ump2
                } else {
                    MidiVersion::Legacy
                };
                let client = open(&options.name, version)?;
                let dests = dests
                    .take()
                    .map_or_else(|| Ok(Vec::new()), |dests| dests(&client))?;
                output.insert(Output::new(client, dests)?)
            }
        };
        output.speak(&song)?;
        let shown = options.progress.then_some(&**path);
        let mut changes = Some(options.changes.clone());
        while let Some(now) = changes {
            let player = Player::new(output, Sequence::new(&song, &now)?, &options.name)?;
            changes = player.play(&signals, options.end_delay, shown)?;
        }
    }
    Ok(())
}

fn open(name: &str, version: MidiVersion) -> Result<SequencerClient> {
    ClientOptions::new(name)
        .midi_version(version)
        // The further ahead of its time the song is in the queue, the longer
        // this program may be kept from running. But when the whole machine was
        // busy, all that is late by then goes out at once, and the receiver
        // should have room for it: the largest input pool holds 2000.
        .output_pool(1000)
        .input_pool(2000)
        .open()
}

/// Where songs go.
struct Output {
    client: SequencerClient,
    port: Arc<Port>,
    /// Where a file's port 0, 1, … are.
    dests: Vec<Address>,
}

impl Output {
    fn new(client: SequencerClient, dests: Vec<Address>) -> Result<Self> {
        // What is lost on the way comes back.
        client.set_error_bounce(true)?;
        // Written to by the kernel alone: no `SUBS` capability.
        let options = PortOptions::new("output")
            .caps(PortCaps::READ | PortCaps::WRITE)
            .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
        let port = client.create_port(options)?;
        connect(&port, &dests)?;
        let port = Arc::new(port);
        Ok(Self {
            client,
            port,
            dests,
        })
    }

    /// Speaks the song's kind of MIDI.
    fn speak(&self, song: &Song<'_>) -> std::result::Result<(), Failure> {
        let is_ump = self.client.midi_version() != MidiVersion::Legacy;
        if song.is_ump() == is_ump {
            return Ok(());
        }
        Err(Failure::Other(
            "MIDI clips and other songs are not played in one call".to_owned(),
        ))
    }
}

/// Hardware plays only for those who are connected to it.
fn connect(port: &Port, dests: &[Address]) -> Result<()> {
    for (index, dest) in dests.iter().enumerate() {
        if !dests.iter().take(index).any(|earlier| earlier == dest) {
            port.connect_to(*dest)?;
        }
    }
    Ok(())
}
