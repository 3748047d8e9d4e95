//! Songs through a queue of the kernel.
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
use crate::failure::{Failure, Way};
use crate::input;
use crate::refusal::not_connected;
use crate::signals::{Catch, Signals};
use crate::song::{self, Content, Song, SongError};

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

/// How songs are to be played.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The name of the client.
    pub(crate) name: String,
    /// The name of its port.
    pub(crate) port_name: String,
    /// What is changed about each.
    pub(crate) changes: Changes,
    /// How long to wait after the end of each.
    pub(crate) end_delay: Duration,
    /// Whether to show on a terminal how far it is.
    pub(crate) progress: bool,
    /// Whether to say on standard output, as JSON, how far it is.
    pub(crate) json: bool,
    /// The only kind of song that is played, if not all are.
    pub(crate) only: Option<song::Kind>,
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

    /// Connects to the receivers of the songs' ports 0, 1, …. What it returns plays
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

    /// Reads a file, if it is of a kind that is wanted.
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

/// What of a song would be played, as `aseq play --dry-run` tells it.
pub(crate) struct Plan {
    /// How long it lasts, played once.
    pub(crate) length: Duration,
    /// How many messages each port gets, in the order of the arguments.
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
        // The further pieces of a long message are no messages.
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

/// Where songs go.
struct Output {
    client: SequencerClient,
    port: Arc<Port>,
    /// Where a file's port 0, 1, … are.
    dests: Vec<Address>,
    /// The number of the cable that leads there, if one does.
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
            // The further ahead of its time the song is in the queue, the longer
            // this program may be kept from running. But when the whole machine
            // was busy, all that is late by then goes out at once, and the
            // receiver should have room for it: the largest input pool holds
            // 2000.
            .output_pool(1000)
            .input_pool(alsa_seq::abi::limits::MAX_POOL)
            .open()?;
        // What is lost on the way comes back.
        client.set_error_bounce(true)?;
        // The kernel alone writes to it. Others may read from it: only then may they
        // disconnect it from a receiver. Who connects to it hears nothing, for
        // each event goes to one receiver and not to those who are connected.
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
            // Hardware plays only for those who are connected to it.
            port.connect_to(*dest)
                .map_err(|error| not_connected(&client, Way::To, *dest, error))?;
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

    /// Why a port is not connected any more.
    fn unplugged(&self, dest: Address) -> Failure {
        let why = if self.is_gone(dest) {
            "is gone"
        } else {
            "was disconnected"
        };
        Failure::Other(format!("port {dest} {why}"))
    }

    /// Whether the port, which is not connected any more, is gone, or its number now is
    /// another program's.
    fn is_gone(&self, dest: Address) -> bool {
        let index = self.dests.iter().position(|other| *other == dest);
        let owner = index.and_then(|index| self.owners.get(index));
        !owner.is_some_and(|owner| owner.has(&self.client, dest))
    }

    /// The index in `dests` of the song's port `number`.
    fn index(&self, number: u8) -> usize {
        let (index, count) = (usize::from(number), self.dests.len());
        match self.client.midi_version() {
            // There is at least one: the arguments require it.
            MidiVersion::Legacy => index % count.max(1),
            _ if index < count => index,
            _ => 0,
        }
    }

    /// Where the song's port `number` is.
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

/// A client speaks packets or not.
pub(crate) fn two_kinds() -> Failure {
    let message = "MIDI clips and other songs are not played in one call";
    Failure::Other(message.to_owned())
}
