//! Reads standard MIDI files.
//!
//! First, the whole file is checked. Later, its events are read from its bytes one by
//! one, when they are needed. So a song needs no more memory than its file. Only its
//! tempos are stored, because every conversion of times needs them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use alsa_seq::sysex::HARDWARE_PIECE;
use alsa_seq::{Event, EventData, Tempo};
use midly::num::u28;
use midly::{EventIter, MetaMessage, MidiMessage, TrackEvent, TrackEventKind};

use crate::song::item::{Content, Item, with_micros};
use chunks::{Chunks, Format, Track};

mod chunks;
mod repair;
#[cfg(feature = "info")]
mod texts;
pub mod write;

/// A song as it is to be played.
#[derive(Debug)]
pub struct Smf<'a> {
    /// The ticks per quarter, and the tempo at the beginning.
    pub tempo: Tempo,
    /// The tick at which the last track ends.
    pub end: u32,
    /// The changes of tempo after the beginning: the tick, and the new number of
    /// microseconds per quarter note.
    pub tempos: Vec<(u32, u32)>,
    chunks: Chunks<'a>,
}

/// The reason why a file cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmfError {
    #[error("not a standard MIDI file")]
    NotMidi,
    #[error("the file ends within its header")]
    HeaderCut,
    #[error("unknown format {0}")]
    Format(u16),
    #[error("the header gives 0 ticks per quarter or frame")]
    NoTicks,
    #[error("the header gives {0} frames per second; allowed are 24, 25, 29 and 30")]
    FrameRate(i16),
    #[error("the file has no tracks")]
    NoTracks,
    #[error("the file ends before track {track} of {tracks}")]
    TrackMissing { track: usize, tracks: usize },
    #[error("the file ends within track {track}")]
    TrackCut { track: usize },
    #[error("track {track} has no end mark at the end of its data")]
    NoEnd { track: usize },
    #[error("track {track} has an invalid MIDI event at byte {offset}")]
    Event { track: usize, offset: usize },
    #[error("track {track} is longer than the sequencer can count (2^32 ticks)")]
    TooLong { track: usize },
}

impl<'a> Smf<'a> {
    /// Reads a file, plain or wrapped in RIFF.
    ///
    /// A truncated or damaged file is an error, because the user wants the whole song.
    /// Harmless irregularities are allowed, such as chunks of unknown kinds, bytes after
    /// the last track, and a running status that continues after a meta event.
    ///
    /// # Errors
    /// If it is not a valid song.
    pub fn read(file: &'a [u8]) -> Result<Self, SmfError> {
        let chunks = Chunks::read(file)?;
        let (mut end, mut tempos) = (0, Vec::new());
        for (index, track) in chunks.tracks.iter().enumerate() {
            let start = match chunks.format {
                Format::Together => 0,
                Format::InTurn => end,
            };
            let mut cursor = Cursor::new(index, track, start);
            while let Some(found) = cursor.next()? {
                if let (TrackItem::Tempo(micros), true) = (found, chunks.metrical) {
                    tempos.push((cursor.tick, micros));
                }
            }
            end = end.max(cursor.tick);
        }
        // Tempos of the same tick stay in the order of the tracks.
        tempos.sort_by_key(|(tick, _)| *tick);
        let first = tempos.partition_point(|(tick, _)| *tick == 0);
        let tempo = tempos.drain(..first).next_back();
        let tempo = tempo.map(|(_, micros)| with_micros(chunks.tempo, micros));
        Ok(Self {
            tempo: tempo.unwrap_or(chunks.tempo),
            end,
            tempos,
            chunks,
        })
    }

    /// Returns all items in the order of time. Items of the same tick are in the order of
    /// the tracks, and within a track in the order of the file. The tracks of format 2
    /// follow one another.
    pub fn items(&self) -> impl Iterator<Item = Item> + use<'_, 'a> {
        let mut items = Items {
            chunks: &self.chunks,
            // The first in time, and then in the file, comes next.
            next: BinaryHeap::new(),
            cursors: Vec::new(),
            sysex: None,
        };
        match self.chunks.format {
            Format::Together => {
                for index in 0..self.chunks.tracks.len() {
                    items.begin(index, 0);
                }
            }
            Format::InTurn => items.begin(0, 0),
        }
        // The queue already has the tempo of the beginning.
        items.filter(|item| item.tick > 0 || !matches!(item.content, Content::Tempo(_)))
    }
}

/// Reads the events of the tracks.
struct Items<'s, 'a> {
    chunks: &'s Chunks<'a>,
    /// The unfinished tracks, with the ticks of their next events.
    next: BinaryHeap<Reverse<(u32, usize)>>,
    cursors: Vec<(Cursor<'a>, Option<TrackItem<'a>>)>,
    /// The rest of a message that is sent in pieces.
    sysex: Option<Pieces<'a>>,
}

struct Pieces<'a> {
    tick: u32,
    port: u8,
    /// Whether the first byte, F0, was not returned yet. The file does not contain it.
    first: bool,
    rest: &'a [u8],
}

impl<'a> Items<'_, 'a> {
    /// Reads the first event of a track.
    fn begin(&mut self, index: usize, start: u32) {
        if let Some(track) = self.chunks.tracks.get(index) {
            self.cursors.push((Cursor::new(index, track, start), None));
            self.advance(self.cursors.len() - 1);
        }
    }

    /// Reads the next event of a track.
    fn advance(&mut self, slot: usize) {
        let Some((cursor, found)) = self.cursors.get_mut(slot) else {
            return;
        };
        // `read` has reported all errors.
        *found = cursor.next().unwrap_or_default();
        if found.is_some() {
            self.next.push(Reverse((cursor.tick, slot)));
        } else if self.chunks.format == Format::InTurn {
            let (index, tick) = (cursor.index, cursor.tick);
            self.begin(index + 1, tick);
        }
    }

    fn piece(&mut self) -> Option<Item> {
        let pieces = self.sysex.as_mut()?;
        let size = HARDWARE_PIECE.get() - usize::from(pieces.first);
        let (piece, rest) = pieces
            .rest
            .split_at_checked(size)
            .unwrap_or((pieces.rest, &[]));
        let bytes = if std::mem::take(&mut pieces.first) {
            [&[0xf0], piece].concat()
        } else {
            piece.to_vec()
        };
        let (tick, port) = (pieces.tick, pieces.port);
        pieces.rest = rest;
        if rest.is_empty() {
            self.sysex = None;
        }
        let event = Event::sysex(bytes);
        let content = Content::Event { port, event };
        Some(Item { tick, content })
    }
}

impl Iterator for Items<'_, '_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if let Some(piece) = self.piece() {
            return Some(piece);
        }
        loop {
            let Reverse((tick, slot)) = self.next.pop()?;
            let (cursor, found) = self.cursors.get_mut(slot)?;
            let (port, found) = (cursor.port, found.take());
            self.advance(slot);
            let content = match found {
                Some(TrackItem::Event(event)) => Content::Event { port, event },
                Some(TrackItem::Tempo(micros)) if self.chunks.metrical => Content::Tempo(micros),
                Some(TrackItem::Sysex { first, rest }) if first || !rest.is_empty() => {
                    self.sysex = Some(Pieces {
                        tick,
                        port,
                        first,
                        rest,
                    });
                    return self.piece();
                }
                _ => continue,
            };
            return Some(Item { tick, content });
        }
    }
}

/// An event of a track that is played.
enum TrackItem<'a> {
    Event(Event<'static>),
    Sysex { first: bool, rest: &'a [u8] },
    Tempo(u32),
}

/// Reads a track.
struct Cursor<'a> {
    index: usize,
    offset: usize,
    length: usize,
    events: EventIter<'a>,
    /// The number of bytes in complete events of the track.
    whole: usize,
    running_status: Option<u8>,
    tick: u32,
    port: u8,
    is_over: bool,
    /// Whether the track begins with its own tempo, as in format 2.
    own_tempo: bool,
    /// Whether it may be longer than the sequencer can count.
    is_endless: bool,
}

impl<'a> Cursor<'a> {
    fn new(index: usize, track: &Track<'a>, start: u32) -> Self {
        Self {
            index,
            offset: track.offset,
            length: track.bytes.len(),
            events: EventIter::new(track.bytes),
            whole: 0,
            running_status: None,
            tick: start,
            port: 0,
            is_over: false,
            own_tempo: start > 0,
            is_endless: false,
        }
    }

    /// Reads the next event to play, with its tick in `self.tick`. `None` at the end of
    /// the track.
    fn next(&mut self) -> Result<Option<TrackItem<'a>>, SmfError> {
        if std::mem::take(&mut self.own_tempo) {
            return Ok(Some(TrackItem::Tempo(
                Tempo::default().micros_per_quarter(),
            )));
        }
        let track = self.index + 1;
        while !self.is_over {
            let unread = self.events.unread();
            let Some(event) = self.events.next() else {
                return Err(SmfError::NoEnd { track });
            };
            let event = match event {
                Ok(event) => event,
                Err(_) => {
                    let offset = self.offset + (self.length - unread.len());
                    let meta = meta(unread).ok_or(SmfError::Event { track, offset })?;
                    self.events = EventIter::new(meta.rest);
                    meta.event
                }
            };
            // By the specification, meta events and sysex end the running status, but not
            // in all files.
            match self.events.running_status() {
                None => *self.events.running_status_mut() = self.running_status,
                status => self.running_status = status,
            }
            let tick = self.tick.checked_add(event.delta.as_int());
            let tick = tick.or(self.is_endless.then_some(u32::MAX));
            self.tick = tick.ok_or(SmfError::TooLong { track })?;
            self.whole = self.length - self.events.unread().len();
            match event.kind {
                TrackEventKind::Midi { channel, message } => {
                    let event = Event::new(data(channel.as_int(), message));
                    return Ok(Some(TrackItem::Event(event)));
                }
                TrackEventKind::SysEx(rest) => {
                    let first = true;
                    return Ok(Some(TrackItem::Sysex { first, rest }));
                }
                // A continuation of a sysex message, or any other bytes.
                TrackEventKind::Escape(rest) => {
                    let first = false;
                    return Ok(Some(TrackItem::Sysex { first, rest }));
                }
                TrackEventKind::Meta(MetaMessage::MidiPort(port)) => self.port = port.as_int(),
                TrackEventKind::Meta(MetaMessage::Unknown(0x21, &[port])) => self.port = port,
                // A tempo of 0 has no meaning, and the kernel would ignore it.
                TrackEventKind::Meta(MetaMessage::Tempo(micros)) if micros.as_int() > 0 => {
                    return Ok(Some(TrackItem::Tempo(micros.as_int())));
                }
                TrackEventKind::Meta(MetaMessage::EndOfTrack) => self.is_over = true,
                TrackEventKind::Meta(_) => {}
            }
        }
        Ok(None)
    }
}

/// A meta event that midly refuses.
struct Meta<'a> {
    event: TrackEvent<'a>,
    rest: &'a [u8],
}

/// Reads a meta event with harmless invalid data, for example a port above 127.
fn meta(bytes: &[u8]) -> Option<Meta<'_>> {
    let mut rest = bytes;
    let delta = u28::new(number(&mut rest)?);
    let (&[0xff, kind @ ..=0x7f], behind) = rest.split_first_chunk()? else {
        return None;
    };
    rest = behind;
    let length = usize::try_from(number(&mut rest)?).ok()?;
    let (data, rest) = rest.split_at_checked(length)?;
    let kind = TrackEventKind::Meta(MetaMessage::Unknown(kind, data));
    let event = TrackEvent { delta, kind };
    Some(Meta { event, rest })
}

/// Reads a number of variable length.
fn number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    for _ in 0..4 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number = number << 7 | u32::from(byte & 0x7f);
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Converts a channel message to the sequencer's form.
fn data(channel: u8, message: MidiMessage) -> EventData<'static> {
    match message {
        MidiMessage::NoteOff { key, vel } => EventData::NoteOff {
            channel,
            note: key.as_int(),
            velocity: vel.as_int(),
        },
        MidiMessage::NoteOn { key, vel } => EventData::NoteOn {
            channel,
            note: key.as_int(),
            velocity: vel.as_int(),
        },
        MidiMessage::Aftertouch { key, vel } => EventData::KeyPressure {
            channel,
            note: key.as_int(),
            pressure: vel.as_int(),
        },
        MidiMessage::Controller { controller, value } => EventData::ControlChange {
            channel,
            controller: controller.as_int().into(),
            value: value.as_int().into(),
        },
        MidiMessage::ProgramChange { program } => EventData::ProgramChange {
            channel,
            program: program.as_int().into(),
        },
        MidiMessage::ChannelAftertouch { vel } => EventData::ChannelPressure {
            channel,
            pressure: vel.as_int().into(),
        },
        MidiMessage::PitchBend { bend } => EventData::PitchBend {
            channel,
            bend: i32::from(bend.0.as_int()) - 0x2000,
        },
    }
}

impl SmfError {
    /// Returns whether the file is cut off or too long, so that its first part can be played.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(
            self,
            Self::TrackMissing { .. }
                | Self::TrackCut { .. }
                | Self::NoEnd { .. }
                | Self::TooLong { .. }
        )
    }
}

#[cfg(test)]
mod tests;
