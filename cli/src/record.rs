//! From ports to a MIDI file.
//!
//! This thread takes events out of the kernel as soon as they come, so that none
//! is lost; another writes them down, for a disk may be slow.

use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use alsa_seq::midi::Encoder;
use alsa_seq::{
    Address, ClientOptions, ErrorKind, Event, EventData, Port, PortOptions, PortType, Queue,
    SequencerClient, Tempo, Time,
};
use nix::poll::PollFlags;

use crate::complain;
use crate::failure::Failure;
use crate::input;
use crate::signals::Signals;
use crate::smf::write::{self, Division};
use crate::song::{self, Song};

use file::Recording;
use metronome::Metronome;

mod file;
mod journal;
mod metronome;

pub(crate) use file::Layout;
pub(crate) use metronome::TimeSignature;

/// How soon after its arrival an event is written down. It is on the disk well
/// within a second.
const INTERVAL: Duration = Duration::from_millis(400);

/// How many bytes may wait for the disk.
const MOST_WAITING: usize = 16 << 20;

/// What is to be recorded, and how.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The name of the client.
    pub(crate) name: String,
    /// The name of its ports.
    pub(crate) port_name: String,
    /// The ports that are listened to.
    pub(crate) sources: Vec<Address>,
    /// The file.
    pub(crate) path: PathBuf,
    /// Its ticks.
    pub(crate) division: Division,
    /// Quarter notes a minute.
    pub(crate) bpm: f64,
    /// The time signature, if it is to be in the file.
    pub(crate) time_signature: Option<TimeSignature>,
    /// The file whose changes of tempo are followed.
    pub(crate) tempo_map: Option<PathBuf>,
    /// The port that the metronome plays on.
    pub(crate) metronome: Option<Address>,
    /// The tracks.
    pub(crate) layout: Layout,
    /// How many events at most.
    pub(crate) limit: Option<u64>,
    /// What to say if a port cannot be connected `from` or `to`.
    pub(crate) connect_failure: fn(&str, Address, alsa_seq::Error) -> Failure,
}

/// Records until a signal comes or the limit is reached.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let signals = Signals::block()?;
    let tempos = tempos(options)?;
    let client = ClientOptions::new(&*options.name).input_pool(2000).open()?;
    let sources = &options.sources;
    let Ok(number) = u8::try_from(sources.len()) else {
        return Err(Failure::Other("more ports than a file can name".to_owned()));
    };
    let queue = client.create_queue(&*options.name)?;
    queue.set_tempo(match tempos.first() {
        Some((0, tempo)) => *tempo,
        _ => options.division.tempo().map_err(other)?,
    })?;
    let ports = (0..number).map(|number| {
        let port = PortOptions::new(format!("{} port {number}", options.port_name))
            .caps(PortOptions::WRITE)
            .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION)
            .stamp_ticks(&queue);
        client.create_port(port)
    });
    let ports: Vec<Port> = ports.collect::<Result<_, _>>()?;
    let metronome = match options.metronome {
        Some(dest) => Some(make_metronome(&client, dest, options)?),
        None => None,
    };
    let recording = Recording::create(
        &options.path,
        options.division,
        options.layout,
        number,
        &conductor(options.time_signature, options.division, &tempos),
    );
    let recording = recording.map_err(Failure::file(&options.path))?;
    for (source, port) in sources.iter().zip(&ports) {
        port.connect_from(*source)
            .map_err(|error| (options.connect_failure)("from", *source, error))?;
    }
    let mut recorder = Recorder {
        client,
        queue,
        ports,
        metronome,
        tempos,
        // It has the first.
        next_tempo: 1,
        limit: options.limit,
        writer: Writer::start(recording),
        waiting: Waiting::new(number > 1),
        lost: false,
    };
    let result = recorder.record(&signals);
    recorder.end(result, &options.path)
}

fn other(error: impl std::fmt::Display) -> Failure {
    Failure::Other(error.to_string())
}

/// The tempo at the beginning, and its changes.
fn tempos(options: &Options) -> Result<Vec<(u32, Tempo)>, Failure> {
    let Division::Quarter(ppq) = options.division else {
        return Ok(Vec::new());
    };
    let ppq = u32::from(ppq);
    let tempo = |tempo: Tempo| tempo.with_ppq(ppq).map_err(other);
    let Some(path) = &options.tempo_map else {
        let first = Tempo::from_bpm(options.bpm).map_err(other)?;
        return Ok(vec![(0, tempo(first)?)]);
    };
    let file = input::read(path, song::is_known)?;
    let song = Song::read(&file).map_err(Failure::song(path))?;
    let mut tempos = vec![(0, tempo(song.tempo)?)];
    for (tick, change) in song.tempos() {
        let tick = u64::from(tick) * u64::from(ppq) / u64::from(song.tempo.ppq());
        tempos.push((u32::try_from(tick).unwrap_or(u32::MAX), tempo(change)?));
    }
    Ok(tempos)
}

/// What the file says of the time.
fn conductor(
    signature: Option<TimeSignature>,
    division: Division,
    tempos: &[(u32, Tempo)],
) -> Vec<u8> {
    let mut events = Vec::new();
    let mut last = 0;
    let mut add = |tick: u32, kind, data: &[u8]| {
        write::delta(&mut events, tick - last);
        write::meta(&mut events, kind, data);
        last = tick;
    };
    for (tick, tempo) in tempos {
        let [_, bytes @ ..] = tempo.micros_per_quarter().min(0xff_ffff).to_be_bytes();
        add(*tick, 0x51, &bytes);
        if let (0, Some(TimeSignature { beats, unit })) = (*tick, signature) {
            // A click for each 24 clocks, and so many thirty-seconds in them.
            add(0, 0x58, &[beats, unit, 24, 8]);
        }
    }
    if let (Division::Frame(..), Some(TimeSignature { beats, unit })) = (division, signature) {
        add(0, 0x58, &[beats, unit, 24, 8]);
    }
    events
}

fn make_metronome(
    client: &SequencerClient,
    dest: Address,
    options: &Options,
) -> Result<(Metronome, Port), Failure> {
    // The kernel writes to it, nobody else.
    let caps = alsa_seq::PortCaps::READ | alsa_seq::PortCaps::WRITE;
    let port = client.create_port(PortOptions::new("metronome").caps(caps))?;
    port.connect_to(dest)
        .map_err(|error| (options.connect_failure)("to", dest, error))?;
    let signature = options.time_signature;
    let signature = signature.unwrap_or(TimeSignature { beats: 4, unit: 2 });
    let metronome = Metronome::new(dest, signature, options.division, options.bpm)?;
    Ok((metronome, port))
}

struct Recorder {
    client: SequencerClient,
    queue: Queue,
    /// Port N gets what the file's port N is to get.
    ports: Vec<Port>,
    metronome: Option<(Metronome, Port)>,
    tempos: Vec<(u32, Tempo)>,
    next_tempo: usize,
    /// How many more events there may be.
    limit: Option<u64>,
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
        while self.limit != Some(0) {
            let is_full = self.set_tempos()?;
            let room = if is_full {
                PollFlags::POLLOUT
            } else {
                PollFlags::empty()
            };
            let timeout = self.waiting.due();
            let woken = signals.wait(self.client.as_fd(), PollFlags::POLLIN | room, timeout)?;
            self.receive()?;
            if self.waiting.due() == Some(Duration::ZERO) {
                self.writer.write(&mut self.waiting)?;
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

    /// Takes all that has come.
    fn receive(&mut self) -> Result<(), Failure> {
        while self.limit != Some(0) {
            match self.client.try_event_input() {
                Ok(None) => break,
                Ok(Some(event)) => {
                    if let Some((metronome, port)) = &mut self.metronome {
                        metronome.hear(&event, &mut self.client, port, &self.queue)?;
                    }
                    let dest = event.dest();
                    let port = self.ports.iter().position(|port| port.address() == dest);
                    let port = port.and_then(|port| u8::try_from(port).ok());
                    if let (Some(port), Time::Tick(tick)) = (port, event.time()) {
                        if self.waiting.add(tick, port, &event.data()) {
                            self.limit = self.limit.map(|limit| limit - 1);
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::Overrun => {
                    let tick = self.queue.status()?.tick();
                    complain(&format!("events were lost before tick {tick}: {error}"));
                    self.waiting.mark(tick, "events were lost here");
                    self.lost = true;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Ends the metronome's note and the file, whatever has happened.
    fn end(mut self, result: Result<(), Failure>, path: &Path) -> Result<(), Failure> {
        let end = self.queue.status().map(|status| status.tick());
        let silence = match &self.metronome {
            Some((metronome, port)) => metronome.end(&mut self.client, port),
            None => Ok(()),
        };
        let recording = self.writer.finish(self.waiting);
        let end = end.unwrap_or(0);
        let finished = recording
            .and_then(|recording| recording.finish(end))
            .map_err(Failure::file(path));
        result.and(finished).and(silence)?;
        if self.lost {
            return Err(Failure::Other(
                "events were lost: the file marks where".to_owned(),
            ));
        }
        Ok(())
    }
}

/// Events on their way to the file.
struct Waiting {
    events: Vec<u8>,
    since: Option<Instant>,
    tick: u32,
    port: Option<u8>,
    names_ports: bool,
}

impl Waiting {
    fn new(names_ports: bool) -> Self {
        Self {
            events: Vec::new(),
            since: None,
            tick: 0,
            port: None,
            names_ports,
        }
    }

    /// How soon they should be written, if there are any.
    fn due(&self) -> Option<Duration> {
        self.since
            .map(|since| INTERVAL.saturating_sub(since.elapsed()))
    }

    /// Adds an event, if it is one for a file.
    fn add(&mut self, tick: u32, port: u8, data: &EventData<'_>) -> bool {
        let Ok(bytes) = Encoder::new().encode(data) else {
            return false;
        };
        match bytes.first() {
            Some(0x80..=0xef) => {
                let size = if matches!(bytes.first(), Some(0xc0..=0xdf)) {
                    2
                } else {
                    3
                };
                self.port(tick, port);
                // One, or those that make up a parameter.
                for message in bytes.chunks(size) {
                    self.time(tick);
                    self.events.extend(message);
                }
                true
            }
            Some(first) if matches!(data, EventData::SysEx(_)) => {
                let (kind, rest) = match first {
                    0xf0 => (0xf0, bytes.get(1..).unwrap_or_default()),
                    // A further piece of a message.
                    _ => (0xf7, &*bytes),
                };
                self.port(tick, port);
                self.time(tick);
                self.events.push(kind);
                write::number(&mut self.events, u32::try_from(rest.len()).unwrap_or(0));
                self.events.extend(rest);
                true
            }
            // What says something about the present moment alone.
            _ => false,
        }
    }

    fn mark(&mut self, tick: u32, text: &str) {
        self.time(tick);
        write::meta(&mut self.events, 0x06, text.as_bytes());
    }

    fn port(&mut self, tick: u32, port: u8) {
        if self.names_ports && self.port != Some(port) {
            self.port = Some(port);
            self.time(tick);
            write::meta(&mut self.events, 0x21, &[port]);
        }
    }

    /// Events of one moment may be in another order than their times.
    fn time(&mut self, tick: u32) {
        self.since.get_or_insert_with(Instant::now);
        write::delta(&mut self.events, tick.saturating_sub(self.tick));
        self.tick = self.tick.max(tick);
    }

    fn take(&mut self) -> Vec<u8> {
        let names_ports = self.names_ports;
        std::mem::replace(self, Self::new(names_ports)).events
    }
}

/// The thread that writes.
struct Writer {
    sender: SyncSender<Vec<u8>>,
    thread: JoinHandle<Result<Recording, io::Error>>,
}

impl Writer {
    fn start(recording: Recording) -> Self {
        let (sender, receiver) = sync_channel(1);
        let thread = std::thread::spawn(move || write(recording, &receiver));
        Self { sender, thread }
    }

    /// Hands over what waits. If the disk is not ready, it waits on.
    fn write(&self, waiting: &mut Waiting) -> Result<(), Failure> {
        match self.sender.try_send(std::mem::take(&mut waiting.events)) {
            Ok(()) => {
                waiting.take();
                Ok(())
            }
            Err(TrySendError::Full(events)) => {
                waiting.events = events;
                waiting.since = Some(Instant::now());
                if waiting.events.len() > MOST_WAITING {
                    return Err(other("the disk is too slow"));
                }
                Ok(())
            }
            // It has ended with an error, which `finish` will tell.
            Err(TrySendError::Disconnected(_)) => Err(other("the file cannot be written")),
        }
    }

    /// Waits until all is written.
    fn finish(self, mut waiting: Waiting) -> io::Result<Recording> {
        let rest = waiting.take();
        if !rest.is_empty() {
            // If nobody is there to take it, the thread's result says why.
            let _ = self.sender.send(rest);
        }
        drop(self.sender);
        let joined = self.thread.join();
        joined.unwrap_or_else(|_| Err(io::Error::other("the program has a bug")))
    }
}

fn write(mut recording: Recording, receiver: &Receiver<Vec<u8>>) -> io::Result<Recording> {
    for events in receiver {
        recording.commit(&events)?;
    }
    Ok(recording)
}
