//! Records the events of ports into a file.
//!
//! This thread reads events as soon as they arrive, because the kernel's pool is small.
//! Another thread writes them to the file, because a disk may be slow.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use alsa_seq::ump::Packet;
use alsa_seq::{
    Address, ClientOptions, ErrorKind, Event, MidiVersion, Port, Queue, SequencerClient, Tempo,
    Time,
};
use nix::poll::PollFlags;

use crate::arrivals::{self, Arrival};
use crate::failure::{Direction, Failure};
use crate::people::{complain, shown};
use crate::refusal::not_connected;
use crate::signals::Signals;
use crate::song::smf::write::Division;
use crate::tempo::TimeSignature;

use clip::Clip;
use file::Recording;
use metronome::Metronome;
use ports::{Ports, make_metronome, make_watch};
use sources::Sources;
use waiting::{Encoding, Later, Waiting};
use writer::{RecordingFile, Writer};

mod clip;
mod file;
mod head;
mod journal;
mod metronome;
mod ports;
mod sources;
mod target;
#[cfg(test)]
mod tests;
mod waiting;
mod writer;

pub(crate) use file::Layout;
pub(crate) use target::{Existing, Target, with_suffix};

/// The options for recording.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The name of the client.
    pub(crate) name: String,
    /// The name of its ports.
    pub(crate) port_name: String,
    /// The ports to record from. If this is empty, other programs connect their ports.
    pub(crate) sources: Vec<Address>,
    /// The file.
    pub(crate) path: PathBuf,
    /// The treatment of a file that exists already.
    pub(crate) existing: Existing,
    /// The longest time from an event's arrival until it is written.
    pub(crate) interval: Duration,
    /// Whether to print messages about the recording.
    pub(crate) tells: bool,
    /// The length of the file's ticks.
    pub(crate) division: Division,
    /// Quarter notes a minute.
    pub(crate) bpm: f64,
    /// The time signature, if the file contains it.
    pub(crate) time_signature: Option<TimeSignature>,
    /// The file whose changes of tempo are followed.
    pub(crate) tempo_map: Option<PathBuf>,
    /// The port that the metronome plays on.
    pub(crate) metronome: Option<Address>,
    /// The file's kind.
    pub(crate) kind: FileKind,
    /// The maximum number of events.
    pub(crate) limit: Option<u64>,
}

/// The kind of the file.
#[derive(Clone, Debug)]
pub(crate) enum FileKind {
    /// A MIDI file with these tracks.
    Song(Layout),
    /// A MIDI clip.
    #[cfg_attr(
        not(feature = "old-names"),
        expect(dead_code, reason = "only arecordmidi2 records clips")
    )]
    Clip {
        /// The version of MIDI.
        version: MidiVersion,
        /// The packets before the clip: profiles and texts.
        before: Vec<Packet>,
    },
}

/// Records until one of these signals comes or the limit is reached.
pub(crate) fn run(options: &Options, signals: &Signals) -> Result<(), Failure> {
    let tempos = head::tempos(options, signals)?;
    let mut client = ClientOptions::new(&*options.name)
        .midi_version(match options.kind {
            FileKind::Song(_) => MidiVersion::Legacy,
            FileKind::Clip { version, .. } => version,
        })
        .input_pool(alsa_seq::abi::limits::MAX_POOL)
        .open()?;
    let Ok(number) = u8::try_from(options.sources.len()) else {
        return Err(other("a file can name at most 255 ports"));
    };
    let queue = client.create_queue(&*options.name)?;
    let tempo = match tempos.first() {
        Some((0, tempo)) => *tempo,
        _ => options.division.tempo().map_err(other)?,
    };
    queue.set_tempo(tempo)?;
    let (ports, encoding) = match options.kind {
        FileKind::Song(_) => {
            let names_ports = number > 1;
            let ports = Ports::of_song(&client, &queue, number.max(1), &options.port_name)?;
            (ports, Encoding::Bytes { names_ports })
        }
        FileKind::Clip { .. } => (Ports::of_clip(&client, &queue, number)?, Encoding::Packets),
    };
    let metronome = match options.metronome {
        Some(_) => Some(make_metronome(&mut client, options)?),
        None => None,
    };
    // The file is created last, after everything that can fail.
    let writer = Writer::start()?;
    let watch = make_watch(&client)?;
    let mut sources = connect(options, &client, &ports, metronome.as_ref())?;
    let path = &options.path;
    let target = Target::open(path, options.existing, signals).map_err(Failure::file(path))?;
    let names = target.0.names();
    let names = names.map(|(path, journal)| (path.to_owned(), journal.to_owned()));
    let (file, later) = begin(options, &tempos, target)?;
    writer.begin(file);
    if names.is_none() {
        // Opening a pipe may have waited for its reader. Events from before are not
        // recorded.
        client.drop_input()?;
        sources.check(&client);
    }
    let place = Place {
        path: names.as_ref().map_or(path, |(path, _)| path).clone(),
        journal: names.map(|(_, journal)| journal),
    };
    if options.tells {
        place.report_begin(&sources, &ports);
    }
    let rounds = tempos.iter().map(|(_, tempo)| tempo.duration_of(1 << 30));
    let round = rounds.fold(tempo.duration_of(1 << 30), Duration::min);
    let mut recorder = Recorder {
        client,
        queue,
        ports,
        _watch: watch,
        sources,
        metronome,
        round: round.max(SHORTEST_ROUND),
        looked: Instant::now(),
        tempos,
        // It has the first.
        next_tempo: 1,
        limit: options.limit,
        events: 0,
        writer,
        waiting: Waiting::new(encoding, options.interval, later),
        lost: false,
    };
    let result = recorder.record(signals);
    let (events, end) = recorder.end(result, &place, signals)?;
    if options.tells {
        let result = if events == 0 {
            "nothing was recorded: "
        } else {
            ""
        };
        complain(&format_args!(
            "{}: {result}{events} events, to tick {end}",
            shown(&place.path)
        ));
    }
    Ok(())
}

/// The shortest interval between reads of the queue's ticks, for any tempo.
const SHORTEST_ROUND: Duration = Duration::from_secs(1);

fn connect(
    options: &Options,
    client: &SequencerClient,
    ports: &Ports,
    metronome: Option<&(Metronome, Port)>,
) -> Result<Sources, Failure> {
    let mut sources = Sources::default();
    let mut add = |way, own: &Port, address| {
        let connected = sources.connect(client, address, own.address(), way);
        connected.map_err(|error| not_connected(client, way, address, error))
    };
    if let (Some((_, port)), Some(dest)) = (metronome, options.metronome) {
        add(Direction::To, port, dest)?;
    }
    for (source, port) in options.sources.iter().zip(ports.all()) {
        add(Direction::From, port, *source)?;
    }
    Ok(sources)
}

/// Begins the file. Returns it with the events that it will contain later.
fn begin(
    options: &Options,
    tempos: &[(u32, Tempo)],
    target: (Target, File),
) -> Result<(RecordingFile, Later), Failure> {
    let ports = u8::try_from(options.sources.len().max(1)).map_err(other)?;
    let (file, later) = match &options.kind {
        FileKind::Song(layout) => {
            let (first, later) = head::of_song(options.time_signature, tempos);
            let recording = Recording::create(target, options.division, *layout, ports, &first);
            (recording.map(RecordingFile::Song), later)
        }
        FileKind::Clip { before, .. } => {
            let first = head::of_clip(options, before, tempos)?;
            (
                Clip::create(target, &first).map(RecordingFile::Clip),
                Vec::new(),
            )
        }
    };
    Ok((file.map_err(Failure::file(&options.path))?, later))
}

/// The names of a recording.
struct Place {
    /// The final path.
    path: PathBuf,
    /// The path until the end, if the file has a name until then.
    journal: Option<PathBuf>,
}

impl Place {
    fn report_begin(&self, sources: &Sources, ports: &Ports) {
        let path = shown(&self.path);
        let until = match &self.journal {
            Some(journal) => format!(" ({} until the end)", shown(journal)),
            None => String::new(),
        };
        let names = sources.names();
        let own = ports.all().first().filter(|_| names.is_empty());
        let from = match own {
            Some(port) => format!("ports that connect to {}", port.address()),
            None => names,
        };
        complain(&format_args!(
            "recording from {from} to {path}{until}; Ctrl+C ends it"
        ));
        let is_silent = |port: &&Port| port.senders().is_ok_and(|senders| senders.is_empty());
        if let Some(port) = own.filter(is_silent) {
            complain(&format_args!(
                "nothing is connected to {} yet; -p NAME records from a port",
                port.address()
            ));
        }
    }

    /// The failure that nothing was recorded.
    fn nothing_recorded(&self) -> Failure {
        let path = shown(&self.path);
        Failure::Other(format!("nothing was recorded; {path} is unchanged"))
    }

    /// The failure to create the final file.
    fn failure(&self, error: &io::Error) -> Failure {
        let path = shown(&self.path);
        match &self.journal {
            Some(journal) if journal.exists() => Failure::Other(format!(
                "{path}: {error}; the recording is in {}",
                shown(journal)
            )),
            _ => Failure::Other(format!("{path}: {error}")),
        }
    }
}

fn other(error: impl std::fmt::Display) -> Failure {
    Failure::Other(error.to_string())
}

struct Recorder {
    client: SequencerClient,
    queue: Queue,
    ports: Ports,
    /// Receives the announcements of new and removed ports.
    _watch: Port,
    sources: Sources,
    metronome: Option<(Metronome, Port)>,
    /// The longest interval between reads of the queue's ticks, which are counted modulo
    /// 2^32.
    round: Duration,
    looked: Instant,
    tempos: Vec<(u32, Tempo)>,
    next_tempo: usize,
    /// The number of events that are still allowed.
    limit: Option<u64>,
    /// The number of events so far.
    events: u64,
    writer: Writer,
    waiting: Waiting,
    lost: bool,
}

impl Recorder {
    /// Records until a signal comes or there are enough events.
    fn record(&mut self, signals: &Signals) -> Result<(), Failure> {
        self.queue.start()?;
        if let Some((metronome, port)) = &mut self.metronome {
            metronome.start(&mut self.client, port, &self.queue)?;
        }
        let mut now = Instant::now();
        while self.limit != Some(0) {
            let is_full = self.set_tempos()?;
            let room = if is_full {
                PollFlags::POLLOUT
            } else {
                PollFlags::empty()
            };
            let round = self.round.saturating_sub(now.duration_since(self.looked));
            let due = self.waiting.due(now);
            let timeout = due.map_or(round, |due| due.min(round));
            let woken =
                signals.wait(self.client.as_fd(), PollFlags::POLLIN | room, Some(timeout))?;
            self.receive()?;
            now = Instant::now();
            if now.duration_since(self.looked) >= self.round {
                self.waiting.see(self.queue.status()?.tick());
                self.looked = now;
            }
            let is_due = self.waiting.due(now) == Some(Duration::ZERO);
            if is_due && !self.writer.write(&mut self.waiting)? {
                break;
            }
            if woken.signal.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Schedules as many changes of tempo as the queue has room for; returns
    /// whether there are more.
    fn set_tempos(&mut self) -> Result<bool, Failure> {
        while let Some((tick, tempo)) = self.tempos.get(self.next_tempo) {
            let event = Event::queue_tempo(&self.queue, *tempo).at(&self.queue, Time::Tick(*tick));
            match self.client.event_output_buffer(&event) {
                Ok(()) => self.next_tempo += 1,
                Err(error) if error.kind() == ErrorKind::BufferFull => break,
                Err(error) => return Err(error.into()),
            }
        }
        match self.client.drain_output_timeout(Duration::ZERO) {
            Ok(()) => Ok(self.next_tempo < self.tempos.len()),
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads all events that have arrived.
    fn receive(&mut self) -> Result<(), Failure> {
        while self.limit != Some(0) {
            let Some(arrival) = arrivals::next(&mut self.client)? else {
                break;
            };
            match arrival {
                Arrival::Event(event) => {
                    if let Some((metronome, port)) = &mut self.metronome {
                        metronome.update(&event, &mut self.client, port, &self.queue)?;
                    }
                    self.sources.update(&event, &self.client);
                    let port = self.ports.number(event.dest());
                    if let (Some(port), Time::Tick(tick)) = (port, event.time()) {
                        if self.waiting.add(tick, port, &event) {
                            self.events += 1;
                            self.limit = self.limit.map(|limit| limit - 1);
                        }
                    }
                }
                Arrival::Overrun(error) => {
                    let tick = self.queue.status()?.tick();
                    complain(&format!("events were lost before tick {tick}: {error}"));
                    self.waiting.mark_loss(tick);
                    self.lost = true;
                    self.sources.check(&self.client);
                }
            }
        }
        Ok(())
    }

    /// Ends the metronome's note and the file, also after a failure. Returns the number of
    /// events, and the tick of the end.
    fn end(
        mut self,
        result: Result<(), Failure>,
        place: &Place,
        signals: &Signals,
    ) -> Result<(u64, u64), Failure> {
        let end = self.queue.status().map(|status| status.tick());
        let silence = match &self.metronome {
            Some((metronome, _)) => metronome.end(&mut self.client),
            None => Ok(()),
        };
        let end = end.map_or(0, |end| self.waiting.see(end));
        self.waiting.end(end);
        let file = self.writer.finish(self.waiting);
        let finished = match file {
            Ok(Some(file)) if self.events == 0 && file.target().has_old_take() => {
                file.target().abandon();
                Err(place.nothing_recorded())
            }
            Ok(Some(file)) => file
                .finish(end, signals)
                .map_err(|error| place.failure(&error)),
            Ok(None) => Ok(()),
            Err(error) => Err(place.failure(&error)),
        };
        if let Err(failure) = silence {
            // The recording is complete anyway.
            complain(&format_args!("the metronome may still sound: {failure}"));
        }
        result.and(finished)?;
        if self.lost {
            return Err(Failure::Other(
                "events were lost: the file marks where".to_owned(),
            ));
        }
        Ok((self.events, end))
    }
}
