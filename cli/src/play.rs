//! Plays songs through a queue of the kernel.
//!
//! The kernel keeps the time. This program only has to put the events into the
//! queue before they are due, and to wait for the last one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alsa_seq::{
    Address, ClientOptions, ErrorKind, Event, MidiVersion, Port, PortCaps, PortOptions, PortType,
    SequencerClient,
};

use crate::cable;
use crate::deliver::Owner;
use crate::failure::{Direction, Failure};
use crate::input;
use crate::refusal::connect_own;
use crate::signals::{Catch, Signals};
use crate::song::{self, Content, Song, SongError, SongKind};

use player::Player;
use sequence::Sequence;
use state::State;

mod pace;
mod player;
mod progress;
mod report;
mod rescue;
mod sequence;
mod state;

pub(crate) use sequence::Changes;
#[cfg(feature = "old-names")]
pub(crate) use sequence::Packets;

/// The options for playing songs.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The name of the client.
    pub(crate) name: String,
    /// The name of its port.
    pub(crate) port_name: String,
    /// The changes to each song.
    pub(crate) changes: Changes,
    /// The time to wait after the end of each song.
    pub(crate) end_delay: Duration,
    /// Whether to show the position in the song on a terminal.
    pub(crate) progress: bool,
    /// Whether to print the position in the song as JSON on standard output.
    pub(crate) json: bool,
    /// The only kind of song to play, or `None` for all kinds.
    pub(crate) only: Option<SongKind>,
}

/// A program that plays songs. It catches the signals as long as it exists.
pub(crate) struct Session<'o> {
    options: &'o Options,
    signals: Signals,
}

impl<'o> Session<'o> {
    pub(crate) fn new(options: &'o Options) -> Result<Self, Failure> {
        Ok(Self {
            options,
            signals: Signals::block(Catch::Music)?,
        })
    }

    /// Connects to the receivers of the songs' ports 0, 1, …. The returned object plays
    /// packets if `is_ump` is set, and other songs if not.
    pub(crate) fn open(&self, is_ump: bool, dests: Vec<Address>) -> Result<Connected<'_>, Failure> {
        Ok(Connected {
            session: self,
            output: Output::new(self.options, is_ump, dests)?,
        })
    }

    /// Waits until the ports exist, or a signal ends the program.
    #[cfg(feature = "wait")]
    pub(crate) fn wait_for(&self, ports: &[String]) -> Result<(), Failure> {
        self.signals
            .interruptible(|| crate::waiting::for_ports(ports))
    }

    /// Reads a song. Fails if the options do not allow its kind.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let only = self.options.only;
        let is_wanted = |bytes: &[u8]| match only {
            None => song::is_known(bytes),
            only => song::kind(bytes) == only,
        };
        let file = input::read(&self.signals, path, is_wanted)?;
        if is_wanted(&file) {
            Ok(file)
        } else {
            Err(Failure::song(path)(SongError::Unknown))
        }
    }
}

/// A session that is connected to the receivers.
pub(crate) struct Connected<'s> {
    session: &'s Session<'s>,
    output: Output,
}

impl Connected<'_> {
    /// Plays a song from the file of this name.
    pub(crate) fn play(&mut self, song: &Song<'_>, path: &Path) -> Result<(), Failure> {
        let Session { options, signals } = self.session;
        self.output.check_kind(song)?;
        let mut rest = Some((options.changes.clone(), State::default()));
        while let Some((changes, state)) = rest {
            let sequence = Sequence::new(song, &changes)?;
            let mut player = Player::new(&mut self.output, sequence, options, path)?;
            player.set_up(&state, signals)?;
            rest = player.play(signals)?;
        }
        Ok(())
    }
}

/// A summary of the events of a song, for `aseq play --dry-run`.
pub(crate) struct Plan {
    /// The length of the song, played once.
    pub(crate) length: Duration,
    /// The number of messages for each port, in the order of the arguments.
    pub(crate) events: Vec<(Address, u64)>,
}

/// Goes through a song, played once, without sending anything.
pub(crate) fn plan(song: &Song<'_>, changes: &Changes, dests: &[Address]) -> Result<Plan, Failure> {
    let once = Changes {
        times: 1,
        ..changes.clone()
    };
    let mut sequence = Sequence::new(song, &once)?;
    let length = sequence.duration().unwrap_or_default();
    let mut events: Vec<(Address, u64)> = Vec::new();
    for dest in dests {
        if events.iter().all(|(other, _)| other != dest) {
            events.push((*dest, 0));
        }
    }
    let mut count = |port: u8, event: &Event<'_>| {
        let place = usize::from(port);
        let dest = if song.is_ump() {
            dests.get(place).or(dests.first())
        } else {
            dests.get(place % dests.len().max(1))
        };
        // Counts a long message once, at its first piece.
        let is_piece = !event.payload().is_empty() && event.payload().first() != Some(&0xf0);
        let entry = events.iter_mut().find(|(other, _)| Some(other) == dest);
        if let (Some((_, count)), false) = (entry, is_piece) {
            *count += 1;
        }
    };
    for (port, event) in sequence.prelude(&State::default()) {
        count(port, &event);
    }
    while let Some(item) = sequence.next() {
        if let Content::Event { port, event } = item.content {
            count(port, &event);
        }
    }
    Ok(Plan { length, events })
}

/// The client that plays, and the receivers.
struct Output {
    client: SequencerClient,
    port: Arc<Port>,
    /// The receivers of a file's ports 0, 1, ….
    dests: Vec<Address>,
    /// For each receiver, the number of the cable that leads to it, if a cable does.
    lanes: Vec<Option<usize>>,
    /// The programs that owned `dests` at the beginning.
    owners: Vec<Owner>,
}

impl Output {
    fn new(options: &Options, is_ump: bool, dests: Vec<Address>) -> Result<Self, Failure> {
        let version = if is_ump {
            MidiVersion::Ump2
        } else {
            MidiVersion::Legacy
        };
        let mut client = ClientOptions::new(&*options.name)
            .midi_version(version)
            // With more events in the queue, the song continues longer while this
            // program cannot run. But after the whole machine was busy, the kernel
            // delivers all late events at once. The receiver should have room for
            // them: the largest input pool holds 2000.
            .output_pool(1000)
            .input_pool(alsa_seq::abi::limits::MAX_POOL)
            .open()?;
        // The kernel then returns events that it cannot deliver.
        client.set_error_bounce(true)?;
        // Only the kernel writes to this port. Other programs may read from it, because
        // only then may they disconnect it from a receiver. A port that connects to it
        // gets no events: each event has a single receiver as its destination.
        let port = PortOptions::new(&*options.port_name)
            .caps(PortCaps::READ | PortCaps::WRITE | PortCaps::SUBS_READ)
            .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
        let port = Arc::new(client.create_port(port)?);
        client.set_source(&*port);
        let mut lanes = Vec::new();
        for (index, dest) in dests.iter().enumerate() {
            if let Some(earlier) = dests.iter().take(index).position(|other| other == dest) {
                lanes.push(lanes.get(earlier).copied().flatten());
                continue;
            }
            // Hardware plays only the events of connected ports.
            connect_own(&client, port.address(), Direction::To, *dest)?;
            lanes.push(cable::leads_to(&client, *dest)?.then_some(index));
        }
        let owner = |dest: &Address| client.client_info(dest.client).map(|info| Owner::of(&info));
        let owners = dests.iter().map(owner).collect::<Result<_, _>>()?;
        Ok(Self {
            client,
            port,
            dests,
            lanes,
            owners,
        })
    }

    /// Checks that all ports are still connected.
    fn check(&self) -> Result<(), Failure> {
        for dest in &self.dests {
            match self.client.connection(self.port.address(), *dest) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(self.unplugged(*dest));
                }
                result => drop(result?),
            }
        }
        Ok(())
    }

    /// The reason why a port is no longer connected.
    fn unplugged(&self, dest: Address) -> Failure {
        let why = if self.is_gone(dest) {
            "is gone"
        } else {
            "was disconnected"
        };
        Failure::Other(format!("port {dest} {why}"))
    }

    /// Returns whether the port no longer exists, or its number now belongs to another program.
    fn is_gone(&self, dest: Address) -> bool {
        let index = self.dests.iter().position(|other| *other == dest);
        let owner = index.and_then(|index| self.owners.get(index));
        !owner.is_some_and(|owner| owner.has(&self.client, dest))
    }

    /// The index in `dests` of the song's port `number`.
    fn index(&self, number: u8) -> usize {
        let (index, count) = (usize::from(number), self.dests.len());
        match self.client.midi_version() {
            // `dests` is not empty: the arguments require a port.
            MidiVersion::Legacy => index % count.max(1),
            _ if index < count => index,
            _ => 0,
        }
    }

    /// The receiver of the song's port `number`.
    fn dest(&self, number: u8) -> Address {
        let dest = self.dests.get(self.index(number));
        *dest.unwrap_or(&Address::SUBSCRIBERS)
    }

    /// The cables of the song's ports 0, 1, ….
    fn routes(&self) -> Vec<Option<usize>> {
        let lane = |number| self.lanes.get(self.index(number)).copied().flatten();
        (0..=u8::MAX).map(lane).collect()
    }

    /// Fails if the client does not speak the song's kind of MIDI.
    fn check_kind(&self, song: &Song<'_>) -> Result<(), Failure> {
        let is_ump = self.client.midi_version() != MidiVersion::Legacy;
        if song.is_ump() == is_ump {
            return Ok(());
        }
        Err(two_kinds())
    }
}

/// The failure of a call that names songs of both kinds. A client sends either packets or
/// other events.
pub(crate) fn two_kinds() -> Failure {
    let message = "one command cannot play both MIDI clips and other songs";
    Failure::Other(message.to_owned())
}
