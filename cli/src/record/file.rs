//! Where a recording goes: a journal that takes the file's name at once, and at
//! the end the file itself, in whose place it stood.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::journal::{Events, Journal, Recorded};
use crate::smf::write::{self, Division};

/// How the tracks of the file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One track, format 0.
    Single,
    /// A track for each port; the first also holds the tempo. Format 1, unless
    /// there is but one.
    Ports,
    /// A track for the tempo, and one for each port. Format 1.
    TempoAndPorts,
    /// A track for each channel of each port, and one for what has no channel.
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

/// Where a recording goes.
#[derive(Debug)]
pub(super) enum Target {
    /// A file with a name, which is replaced.
    File(PathBuf),
    /// What can only be written to: a pipe, a device.
    Stream(File),
}

impl Recording {
    /// Takes the file's name for a song that holds these events.
    pub(super) fn create(
        path: &Path,
        division: Division,
        layout: Layout,
        ports: u8,
        first: &[u8],
    ) -> io::Result<Self> {
        let target = Target::open(path)?;
        let (temporary, file) = target.temporary()?;
        let kept = |journal: Journal| {
            match &target {
                Target::File(path) => replace(&temporary, path)?,
                // It lives as long as it is open.
                Target::Stream(_) => fs::remove_file(&temporary)?,
            }
            Ok(journal)
        };
        let journal = Journal::new(file, division, first).and_then(kept);
        let journal = journal.inspect_err(|_| drop(fs::remove_file(&temporary)))?;
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
        if self.journal.room() < 1 << 15 {
            self.start_again()?;
        }
        self.journal.commit(events)
    }

    /// Makes all parts of the journal one.
    fn start_again(&mut self) -> io::Result<()> {
        let mut events = Vec::new();
        let mut track = TrackOf::new(&mut events, self.ports > 1);
        for event in self.journal.events()? {
            track.event(&event?)?;
        }
        let (temporary, file) = self.target.temporary()?;
        self.journal = Journal::new(file, self.division, &events)?;
        match &self.target {
            Target::File(path) => replace(&temporary, path),
            Target::Stream(_) => fs::remove_file(&temporary),
        }
    }

    /// Writes the file as it is to be, which ends at this tick. If that fails,
    /// what there is still is a song.
    pub(super) fn finish(mut self, end: u32) -> io::Result<()> {
        let (temporary, file) = self.target.temporary()?;
        let written = self.write(file, end);
        let done = written.and_then(|mut file| match &mut self.target {
            Target::File(path) => {
                file.sync_all()?;
                replace(&temporary, path)
            }
            Target::Stream(stream) => {
                file.seek(SeekFrom::Start(0))?;
                io::copy(&mut file, stream)?;
                fs::remove_file(&temporary)
            }
        });
        done.inspect_err(|_| drop(fs::remove_file(&temporary)))
    }

    fn write(&self, file: File, end: u32) -> io::Result<File> {
        let tracks = self.tracks()?;
        let format = u16::from(self.layout != Layout::Single && tracks.len() != 1);
        let number = u16::try_from(tracks.len()).map_err(io::Error::other)?;
        let mut out = BufWriter::new(file);
        out.write_all(&write::header(format, number, self.division))?;
        for which in tracks {
            out.write_all(b"MTrk\0\0\0\0")?;
            let start = out.stream_position()?;
            let events = self.journal.events()?;
            self.write_track(&mut out, events, which, end)?;
            let behind = out.stream_position()?;
            let length = u32::try_from(behind - start).map_err(io::Error::other)?;
            out.seek(SeekFrom::Start(start - 4))?;
            out.write_all(&length.to_be_bytes())?;
            out.seek(SeekFrom::Start(behind))?;
        }
        out.into_inner().map_err(io::Error::from)
    }

    fn write_track(
        &self,
        out: &mut impl Write,
        events: Events,
        which: Which,
        end: u32,
    ) -> io::Result<()> {
        let mut track = TrackOf::new(out, self.ports > 1);
        if let Some(port) = which.port {
            track.port(0, port)?;
        }
        for event in events {
            let event = event?;
            if which.holds(&event) {
                track.event(&event)?;
            }
        }
        track.end(end)
    }

    /// Which tracks there are to be.
    fn tracks(&self) -> io::Result<Vec<Which>> {
        let tempo = Which {
            tempo: true,
            port: None,
            channel: Channel::None,
        };
        let all = Channel::Any;
        let mut tracks = match self.layout {
            Layout::Single => vec![Which {
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
        for event in self.journal.events()? {
            let event = event?;
            if !event.is_meta() {
                let channel = event.channel().filter(|_| self.layout == Layout::Channels);
                used.insert((event.port, channel));
            }
        }
        for port in 0..self.ports {
            let of_port = |channel| Which {
                tempo: false,
                port: Some(port),
                channel,
            };
            let rest = match self.layout {
                Layout::Channels => Channel::Without,
                _ => Channel::Any,
            };
            // Nobody misses a track without events, but the first.
            let first = tracks.is_empty();
            if first || used.contains(&(port, None)) {
                tracks.push(Which {
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

impl Target {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            use std::os::fd::AsFd;
            let stdout = io::stdout().as_fd().try_clone_to_owned()?;
            return Ok(Self::Stream(stdout.into()));
        }
        match fs::metadata(path) {
            Ok(about) if about.is_file() => {
                // Whoever may not write to it shall not replace it.
                File::options().write(true).open(path)?;
                // Behind links, for they are to stay.
                Ok(Self::File(fs::canonicalize(path)?))
            }
            Ok(_) => Ok(Self::Stream(File::options().write(true).open(path)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::File(path.to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    /// A new file, beside the target if it can take its place there.
    pub(super) fn temporary(&self) -> io::Result<(PathBuf, File)> {
        let directory = match self {
            Self::File(path) => path.parent().unwrap_or(Path::new("")).to_owned(),
            Self::Stream(_) => std::env::temp_dir(),
        };
        let mut number = std::process::id();
        loop {
            let path = directory.join(format!(".aseq-{number}.mid"));
            let created = File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path);
            match created {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    number = number.wrapping_add(0x10_0000);
                }
                result => return Ok((path, result?)),
            }
        }
    }
}

/// Puts the new file in the other's place, even if the power fails now.
pub(super) fn replace(new: &Path, old: &Path) -> io::Result<()> {
    if let Ok(about) = fs::metadata(old) {
        fs::set_permissions(new, about.permissions())?;
    }
    fs::rename(new, old)?;
    let directory = match new.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

/// What belongs to a track.
#[derive(Clone, Copy, Debug)]
struct Which {
    /// The tempo and its like.
    tempo: bool,
    /// Events of this port, or of all.
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

impl Which {
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
    tick: u32,
    status: Option<u8>,
    /// Which port was named last, if ports are named at all.
    port: Option<u8>,
    names_ports: bool,
}

impl<W: Write> TrackOf<W> {
    fn new(out: W, names_ports: bool) -> Self {
        Self {
            out,
            tick: 0,
            status: None,
            port: None,
            names_ports,
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

    /// What follows is for this port.
    fn port(&mut self, tick: u32, port: u8) -> io::Result<()> {
        if !self.names_ports || self.port == Some(port) {
            return Ok(());
        }
        self.port = Some(port);
        self.status = None;
        self.time(tick)?;
        self.out.write_all(&[0xff, 0x21, 1, port])
    }

    fn end(mut self, tick: u32) -> io::Result<()> {
        self.time(tick.max(self.tick))?;
        self.out.write_all(&[0xff, 0x2f, 0])
    }

    fn time(&mut self, tick: u32) -> io::Result<()> {
        let mut bytes = Vec::new();
        write::delta(&mut bytes, tick.saturating_sub(self.tick));
        self.tick = self.tick.max(tick);
        self.out.write_all(&bytes)
    }
}
