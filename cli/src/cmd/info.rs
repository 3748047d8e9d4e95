//! `aseq info`: shows the contents of a file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use alsa_seq::ump::{Midi1, Midi2, Ump};
use alsa_seq::{Event, EventData};

use crate::failure::Failure;
use crate::people::{complain, printable};
use crate::render::text_name;
use crate::song::{self, Content, Song, SongError};
use crate::{input, times};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The files, or - for standard input
    #[arg(required = true)]
    file: Vec<PathBuf>,
    /// Print a JSON object for each file
    #[cfg(feature = "json")]
    #[arg(short, long)]
    json: bool,
}

/// The facts that are printed about a file.
#[cfg_attr(feature = "json", derive(serde::Serialize))]
struct Info {
    file: String,
    kind: &'static str,
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    format: Option<u16>,
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    tracks: Option<usize>,
    #[cfg_attr(feature = "json", serde(serialize_with = "seconds"))]
    length: Duration,
    ticks: u32,
    /// Absent if the file counts ticks for each second.
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    ticks_per_quarter: Option<u32>,
    tempos: Vec<Tempo>,
    /// The file's ports, from 0.
    ports: BTreeSet<u8>,
    /// From 0.
    channels: BTreeSet<u8>,
    events: u64,
    notes: u64,
    sysex: u64,
    texts: Vec<Text>,
}

#[cfg_attr(feature = "json", derive(serde::Serialize))]
struct Tempo {
    #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "JSON has it"))]
    tick: u32,
    bpm: f64,
}

#[cfg_attr(feature = "json", derive(serde::Serialize))]
struct Text {
    kind: String,
    text: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut failures = 0_usize;
    let number = arguments.file.len();
    for path in &arguments.file {
        let info = match read(path) {
            Ok(info) => info,
            Err(failure) if number == 1 => return Err(failure),
            Err(failure) => {
                complain(&failure);
                failures += 1;
                continue;
            }
        };
        #[cfg(feature = "json")]
        if arguments.json {
            serde_json::to_writer(&mut out, &info)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
                .map_err(Failure::Output)?;
            continue;
        }
        out.write_all(info.shown().as_bytes())
            .map_err(Failure::Output)?;
    }
    out.flush().map_err(Failure::Output)?;
    match failures {
        0 => Ok(()),
        failures => Err(Failure::Other(format!(
            "{failures} of {number} files cannot be read"
        ))),
    }
}

fn read(path: &Path) -> Result<Info, Failure> {
    let file = input::read_blocking(path, song::is_known)?;
    if !song::is_known(&file) {
        return Err(Failure::song(path)(SongError::Unknown));
    }
    let song = Song::read(&file).map_err(Failure::song(path))?;
    Ok(Info::of(&song, path))
}

impl Info {
    fn of(song: &Song<'_>, path: &Path) -> Self {
        let about = song.about();
        let bpm = |tempo: alsa_seq::Tempo| 60e6 / f64::from(tempo.micros_per_quarter());
        let mut tempos = Vec::new();
        if about.is_metrical {
            let first = Tempo {
                tick: 0,
                bpm: bpm(song.tempo),
            };
            let others = song.tempos().map(|(tick, tempo)| Tempo {
                tick,
                bpm: bpm(tempo),
            });
            tempos.extend(std::iter::once(first).chain(others));
        }
        let mut info = Self {
            file: path.display().to_string(),
            kind: about.kind,
            format: about.format,
            tracks: about.tracks,
            length: song.duration(),
            ticks: song.end,
            ticks_per_quarter: about.is_metrical.then(|| song.tempo.ppq()),
            tempos,
            ports: BTreeSet::new(),
            channels: BTreeSet::new(),
            events: 0,
            notes: 0,
            sysex: 0,
            texts: Vec::new(),
        };
        for (kind, text) in about.texts {
            let kind = kind.to_owned();
            info.texts.push(Text { kind, text });
        }
        for item in song.items() {
            match item.content {
                Content::Event { port, event } => info.count(port, &event),
                Content::Text { kind, text } => {
                    let kind = text_name(kind).to_ascii_lowercase();
                    info.texts.push(Text { kind, text });
                }
                Content::Tempo(_) => {}
            }
        }
        // `aseq record` pads its files with blanks while it records.
        info.texts.retain(|text| !text.text.trim().is_empty());
        info
    }

    fn count(&mut self, port: u8, event: &Event<'_>) {
        let data = event.data();
        // Counts a long message once, at its first piece.
        if let EventData::Sysex(bytes) = &data {
            if bytes.first() != Some(&0xf0) {
                return;
            }
            self.sysex += 1;
        }
        self.ports.insert(port);
        self.channels.extend(data.channel());
        self.events += 1;
        self.notes += u64::from(begins_note(&data));
    }

    fn shown(&self) -> String {
        let mut text = String::new();
        let mut line = |head: &str, rest: String| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {head:<9} {}", printable(&rest));
        };
        let ticks = match self.ticks_per_quarter {
            Some(ppq) => format!(" ({} ticks, {ppq} a quarter note)", self.ticks),
            None => format!(" ({} ticks)", self.ticks),
        };
        line("length", times::shown(self.length) + &ticks);
        if let Some(first) = self.tempos.first() {
            let bpms = || self.tempos.iter().map(|tempo| tempo.bpm);
            let (least, most) = (
                bpms().fold(first.bpm, f64::min),
                bpms().fold(first.bpm, f64::max),
            );
            let first = number(first.bpm);
            line(
                "tempo",
                match self.tempos.len() {
                    1 => format!("{first} bpm"),
                    tempos => format!(
                        "{first} bpm, {} to {} bpm in {} change{}",
                        number(least),
                        number(most),
                        tempos - 1,
                        if tempos == 2 { "" } else { "s" }
                    ),
                },
            );
        }
        line(
            "events",
            format!(
                "{} (notes: {}, system-exclusive: {})",
                self.events, self.notes, self.sysex
            ),
        );
        line("ports", list(self.ports.iter().map(|port| port + 1)));
        line(
            "channels",
            list(self.channels.iter().map(|channel| channel + 1)),
        );
        for Text { kind, text } in &self.texts {
            line(kind, text.trim_end().to_owned());
        }
        let mut head = format!("{}: {}", printable(&self.file), self.kind);
        if let Some(format) = self.format {
            let _ = write!(head, ", format {format}");
        }
        match self.tracks {
            Some(1) => head.push_str(", 1 track"),
            Some(tracks) => {
                let _ = write!(head, ", {tracks} tracks");
            }
            None => {}
        }
        format!("{head}\n{text}")
    }
}

#[cfg(feature = "json")]
fn seconds<S: serde::Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(length.as_secs_f64())
}

fn begins_note(data: &EventData<'_>) -> bool {
    match data {
        EventData::NoteOn { velocity, .. } => *velocity > 0,
        EventData::Ump(packet) => match packet.decode() {
            Ump::Midi1(_, _, Midi1::NoteOn { velocity, .. }) => velocity.get() > 0,
            Ump::Midi2(_, _, Midi2::NoteOn { .. }) => true,
            _ => false,
        },
        _ => false,
    }
}

/// With two decimals at most.
fn number(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Writes ascending numbers in the form of options: `1-4,7`.
fn list(numbers: impl Iterator<Item = u8>) -> String {
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let range = |(first, last): (u8, u8)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    let parts: Vec<_> = ranges.into_iter().map(range).collect();
    if parts.is_empty() {
        return "none".to_owned();
    }
    parts.join(",")
}
