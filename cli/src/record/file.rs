//! A recording. It is a journal until the end, and then becomes the requested song.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use super::journal::{Events, Journal, Recorded};
use super::target::Target;
use crate::signals::Signals;
use crate::song::smf::write::{self, Division};

/// The layout of the file's tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One track, format 0.
    Single,
    /// A track for each port. The first track also has the tempo. This is format 1 if the
    /// file has several tracks.
    Ports,
    /// A track for the tempo, and one for each port. Format 1.
    TempoAndPorts,
    /// A track for each channel of each port, and a track for events without a channel.
    /// Format 1.
    Channels,
}

/// A file that is being recorded.
#[derive(Debug)]
pub(super) struct Recording {
    target: Target,
    division: Division,
    layout: Layout,
    ports: u8,
    journal: Journal,
}

impl Recording {
    /// Begins a song with these events in an empty file.
    pub(super) fn create(
        (target, file): (Target, File),
        division: Division,
        layout: Layout,
        ports: u8,
        first: &[u8],
    ) -> io::Result<Self> {
        let journal = Journal::new(file, division, first).inspect_err(|_| target.abandon())?;
        Ok(Self {
            target,
            division,
            layout,
            ports,
            journal,
        })
    }

    /// Adds events: see [`Journal::commit`].
    pub(super) fn commit(&mut self, events: &[u8]) -> io::Result<()> {
        self.journal.commit(events)
    }

    pub(super) const fn target(&self) -> &Target {
        &self.target
    }

    /// Writes the requested file, which ends at this tick. If that fails, the journal
    /// stays.
    pub(super) fn finish(mut self, end: u64, signals: &Signals) -> io::Result<()> {
        let finished = self.target.finished()?;
        let written = self
            .write(&finished.file, end)
            .and_then(|()| finished.file.sync_all());
        written.inspect_err(|_| finished.abandon())?;
        self.target.install(&finished, signals)
    }

    fn write(&self, file: &File, end: u64) -> io::Result<()> {
        let tracks = self.tracks()?;
        let format = u16::from(self.layout != Layout::Single && tracks.len() != 1);
        let number = u16::try_from(tracks.len()).map_err(io::Error::other)?;
        let mut out = BufWriter::new(file);
        out.write_all(&write::header(format, number, self.division))?;
        for filter in tracks {
            out.write_all(b"MTrk\0\0\0\0")?;
            let start = out.stream_position()?;
            let events = self.journal.events()?;
            self.write_track(&mut out, events, filter, end)?;
            let behind = out.stream_position()?;
            let length = u32::try_from(behind - start).map_err(io::Error::other)?;
            out.seek(SeekFrom::Start(start - 4))?;
            out.write_all(&length.to_be_bytes())?;
            out.seek(SeekFrom::Start(behind))?;
        }
        out.flush()
    }

    fn write_track(
        &self,
        out: &mut impl Write,
        mut events: Events,
        filter: TrackFilter,
        end: u64,
    ) -> io::Result<()> {
        let mut track = TrackOf::new(out, self.ports > 1);
        if let Some(port) = filter.port {
            track.port(0, port)?;
        }
        while let Some(event) = events.next()? {
            if filter.holds(event) {
                track.event(event)?;
            }
        }
        track.end(end)
    }

    /// Selects the tracks of the file.
    fn tracks(&self) -> io::Result<Vec<TrackFilter>> {
        let tempo = TrackFilter {
            tempo: true,
            port: None,
            channel: Channel::None,
        };
        let all = Channel::Any;
        let mut tracks = match self.layout {
            Layout::Single => vec![TrackFilter {
                channel: all,
                ..tempo
            }],
            Layout::TempoAndPorts => vec![tempo],
            Layout::Ports | Layout::Channels => Vec::new(),
        };
        if self.layout == Layout::Single {
            return Ok(tracks);
        }
        let mut used = BTreeSet::new();
        let mut events = self.journal.events()?;
        while let Some(event) = events.next()? {
            if !event.is_meta() {
                let channel = event.channel().filter(|_| self.layout == Layout::Channels);
                used.insert((event.port, channel));
            }
        }
        for port in 0..self.ports {
            let of_port = |channel| TrackFilter {
                tempo: false,
                port: Some(port),
                channel,
            };
            let rest = match self.layout {
                Layout::Channels => Channel::Without,
                _ => Channel::Any,
            };
            // A track without events is left out, except for the first.
            let first = tracks.is_empty();
            if first || used.contains(&(port, None)) {
                tracks.push(TrackFilter {
                    tempo: first,
                    ..of_port(rest)
                });
            }
            let channels = used.range((port, Some(0))..=(port, Some(15)));
            let channels = channels.filter_map(|(_, channel)| channel.map(Channel::Number));
            tracks.extend(channels.map(of_port));
        }
        Ok(tracks)
    }
}

/// Selects the events of a track.
#[derive(Clone, Copy, Debug)]
struct TrackFilter {
    /// Whether it has the tempo and similar events.
    tempo: bool,
    /// The port of its events, or `None` for all ports.
    port: Option<u8>,
    channel: Channel,
}

#[derive(Clone, Copy, Debug)]
enum Channel {
    None,
    Any,
    Without,
    Number(u8),
}

impl TrackFilter {
    fn holds(&self, event: &Recorded) -> bool {
        if event.is_meta() {
            return self.tempo;
        }
        self.port.is_none_or(|port| port == event.port)
            && match self.channel {
                Channel::None => false,
                Channel::Any => true,
                Channel::Without => event.channel().is_none(),
                Channel::Number(number) => event.channel() == Some(number),
            }
    }
}

/// Writes the events of a track, with running status.
struct TrackOf<W> {
    out: W,
    tick: u64,
    status: Option<u8>,
    /// The port of the last events, if the file names ports.
    port: Option<u8>,
    names_ports: bool,
    /// Memory for the time of an event.
    delta: Vec<u8>,
}

impl<W: Write> TrackOf<W> {
    fn new(out: W, names_ports: bool) -> Self {
        Self {
            out,
            tick: 0,
            status: None,
            port: None,
            names_ports,
            delta: Vec::new(),
        }
    }

    fn event(&mut self, event: &Recorded) -> io::Result<()> {
        if !event.is_meta() {
            self.port(event.tick, event.port)?;
        }
        self.time(event.tick)?;
        let status = event.bytes.first().copied();
        let is_running = event.channel().is_some() && status == self.status;
        let skipped = usize::from(is_running);
        self.status = event.channel().and(status);
        self.out
            .write_all(event.bytes.get(skipped..).unwrap_or_default())
    }

    /// Writes that the following events are for this port.
    fn port(&mut self, tick: u64, port: u8) -> io::Result<()> {
        if !self.names_ports || self.port == Some(port) {
            return Ok(());
        }
        self.port = Some(port);
        self.status = None;
        self.time(tick)?;
        self.out.write_all(&[0xff, 0x21, 1, port])
    }

    fn end(mut self, tick: u64) -> io::Result<()> {
        self.time(tick.max(self.tick))?;
        self.out.write_all(&[0xff, 0x2f, 0])
    }

    fn time(&mut self, tick: u64) -> io::Result<()> {
        self.delta.clear();
        let ticks = tick.saturating_sub(self.tick);
        write::delta(&mut self.delta, ticks);
        if ticks > u64::from(write::LONGEST) {
            // A long time contains texts, which end the running status.
            self.status = None;
        }
        self.tick = self.tick.max(tick);
        self.out.write_all(&self.delta)
    }
}
