//! From ports to a file.
//!
//! This thread takes events out of the kernel as soon as they come, so that none
//! is lost; another writes them down, for a disk may be slow.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alsa_seq::ump::Packet;
use alsa_seq::{
    Address, ClientControl, ClientOptions, ErrorKind, Event, MidiVersion, Port, Queue,
    SequencerClient, Tempo, Time,
};
use nix::poll::PollFlags;

use crate::complain;
use crate::failure::Failure;
use crate::signals::Signals;
use crate::smf::write::Division;

use clip::Clip;
use file::Recording;
use metronome::Metronome;
use ports::{Ports, make_metronome};
use waiting::{Waiting, Words};
use writer::{Take, Writer};

mod clip;
mod file;
mod head;
mod journal;
mod metronome;
mod ports;
mod waiting;
mod writer;

pub(crate) use file::Layout;
pub(crate) use metronome::TimeSignature;

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
    /// The file's kind.
    pub(crate) kind: Kind,
    /// How many events at most.
    pub(crate) limit: Option<u64>,
    /// What to say if a port cannot be connected `from` or `to`.
    pub(crate) connect_failure: fn(&ClientControl, &str, Address, alsa_seq::Error) -> Failure,
}

/// What kind of file it becomes.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A MIDI file with these tracks.
    Song(Layout),
    /// A MIDI clip.
    Clip {
        /// The MIDI that is spoken.
        version: MidiVersion,
        /// What is said before the clip: profiles, and texts about it.
        before: Vec<Packet>,
    },
}

/// Records until one of these signals comes or the limit is reached.
pub(crate) fn run(options: &Options, signals: &Signals) -> Result<(), Failure> {
    let tempos = head::tempos(options, signals)?;
    let client = ClientOptions::new(&*options.name)
        .midi_version(match options.kind {
            Kind::Song(_) => MidiVersion::Legacy,
            Kind::Clip { version, .. } => version,
        })
        .input_pool(2000)
        .open()?;
    let sources = &options.sources;
    let Ok(number) = u8::try_from(sources.len()) else {
        return Err(other("more ports than a file can name"));
    };
    let queue = client.create_queue(&*options.name)?;
    queue.set_tempo(match tempos.first() {
        Some((0, tempo)) => *tempo,
        _ => options.division.tempo().map_err(other)?,
    })?;
    let (ports, words) = match options.kind {
        Kind::Song(_) => {
            let names_ports = number > 1;
            let ports = Ports::of_song(&client, &queue, number, &options.port_name)?;
            (ports, Words::Bytes { names_ports })
        }
        Kind::Clip { .. } => (Ports::of_clip(&client, &queue, number)?, Words::Packets),
    };
    let metronome = match options.metronome {
        Some(dest) => Some(make_metronome(&client, dest, options)?),
        None => None,
    };
    let path = &options.path;
    let take = match &options.kind {
        Kind::Song(layout) => {
            let first = head::of_song(options.time_signature, options.division, &tempos);
            Recording::create(path, options.division, *layout, number, &first).map(Take::Song)
        }
        Kind::Clip { before, .. } => {
            let first = head::of_clip(options, before, &tempos)?;
            Clip::create(path, &first).map(Take::Clip)
        }
    };
    let take = take.map_err(Failure::file(path))?;
    for (source, port) in sources.iter().zip(ports.all()) {
        port.connect_from(*source)
            .map_err(|error| (options.connect_failure)(&client, "from", *source, error))?;
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
        writer: Writer::start(take),
        waiting: Waiting::new(words),
        lost: false,
    };
    let result = recorder.record(signals);
    recorder.end(result, path)
}

fn other(error: impl std::fmt::Display) -> Failure {
    Failure::Other(error.to_string())
}

struct Recorder {
    client: SequencerClient,
    queue: Queue,
    ports: Ports,
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
                    let port = self.ports.number(event.dest());
                    if let (Some(port), Time::Tick(tick)) = (port, event.time()) {
                        if self.waiting.add(tick, port, &event) {
                            self.limit = self.limit.map(|limit| limit - 1);
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::Overrun => {
                    let tick = self.queue.status()?.tick();
                    complain(&format!("events were lost before tick {tick}: {error}"));
                    self.waiting.mark_loss(tick);
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
        let end = end.unwrap_or(0);
        self.waiting.end(end);
        let take = self.writer.finish(self.waiting);
        let finished = take.and_then(|take| match take {
            Take::Song(recording) => recording.finish(end),
            Take::Clip(clip) => clip.finish(),
        });
        let finished = finished.map_err(Failure::file(path));
        result.and(finished).and(silence)?;
        if self.lost {
            return Err(Failure::Other(
                "events were lost: the file marks where".to_owned(),
            ));
        }
        Ok(())
    }
}
