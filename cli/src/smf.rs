//! Standard MIDI files: from bytes to what is to be sent, and when.
//!
//! Nothing here knows the sequencer's ports or queues: a [`Song`] is the file
//! in the order in which it is played.

use alsa_seq::{ChannelValue, Controller, Event, EventData, Key, Tempo, sysex};
use midly::{EventIter, MetaMessage, MidiMessage, TrackEventKind};

use chunks::{Chunks, Track};

mod chunks;
pub mod write;

/// A song as it is to be played.
#[derive(Debug)]
pub struct Song {
    /// The ticks per quarter, and the tempo at the beginning.
    pub tempo: Tempo,
    /// All that is to be sent, in the order of time; what belongs to the same
    /// tick in the order of the tracks, and within a track in that of the file.
    pub items: Vec<Item>,
    /// The tick at which the last track ends.
    pub end: u32,
}

/// Something to be sent.
#[derive(Debug)]
pub struct Item {
    /// When, from the beginning of the song.
    pub tick: u32,
    /// What.
    pub content: Content,
}

#[derive(Debug)]
pub enum Content {
    /// An event for the port with this number; which port that is, is for
    /// others to say.
    Event { port: u8, event: Event<'static> },
    /// From here on a quarter note lasts this many microseconds.
    Tempo(u32),
}

/// Why a file cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmfError {
    #[error("not a standard MIDI file")]
    NotMidi,
    #[error("the file ends within its header")]
    HeaderCut,
    #[error("format 2 (tracks that do not belong together) cannot be played")]
    FormatTwo,
    #[error("there is no format {0}")]
    Format(u16),
    #[error("the header gives 0 ticks per quarter or frame")]
    NoTicks,
    #[error("the header gives {0} frames per second, which is none of 24, 25, 29 and 30")]
    FrameRate(i16),
    #[error("the file has no tracks")]
    NoTracks,
    #[error("the file ends before track {track} of {tracks}")]
    TrackMissing { track: usize, tracks: usize },
    #[error("the file ends within track {track}")]
    TrackCut { track: usize },
    #[error("track {track} does not end where it says it ends: no end mark")]
    NoEnd { track: usize },
    #[error("track {track} has something at byte {offset} that is no MIDI event")]
    Event { track: usize, offset: usize },
    #[error("track {track} is longer than the sequencer can count (2^32 ticks)")]
    TooLong { track: usize },
}

impl Song {
    /// Reads a file, of format 0 or 1, plain or wrapped in RIFF.
    ///
    /// What is cut off or garbled is an error: half a song is not what was
    /// asked for. What does no harm is allowed, such as chunks of unknown
    /// kinds, bytes behind the last track, and a running status that goes on
    /// after a meta event.
    pub fn read(file: &[u8]) -> Result<Self, SmfError> {
        let chunks = Chunks::read(file)?;
        let mut reader = Reader {
            metrical: chunks.metrical,
            items: Vec::new(),
        };
        let mut end = 0;
        for (number, track) in (1..).zip(&chunks.tracks) {
            end = end.max(reader.track(number, track)?);
        }
        let mut items = reader.items;
        // Stable, so that the order of the tracks is kept.
        items.sort_by_key(|item| item.tick);
        let mut tempo = chunks.tempo;
        items.retain(|item| match item.content {
            Content::Tempo(micros) if item.tick == 0 => {
                tempo = with_micros(tempo, micros);
                false
            }
            _ => true,
        });
        Ok(Self { tempo, items, end })
    }

    /// The same song, `factor` times as fast.
    pub fn sped_up(mut self, factor: f64) -> Self {
        let faster = |micros: u32| {
            // Saturates, and the result is in range.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let micros = (f64::from(micros) / factor).round() as u32;
            micros.clamp(1, i32::MAX as u32)
        };
        self.tempo = with_micros(self.tempo, faster(self.tempo.micros_per_quarter()));
        for item in &mut self.items {
            if let Content::Tempo(micros) = &mut item.content {
                *micros = faster(*micros);
            }
        }
        self
    }
}

/// The same ticks per quarter, at another speed.
pub(crate) fn with_micros(tempo: Tempo, micros: u32) -> Tempo {
    Tempo::from_micros(micros)
        .and_then(|faster| faster.with_ppq(tempo.ppq()))
        // It fails for 0 alone.
        .unwrap_or(tempo)
}

struct Reader {
    /// Whether ticks are parts of a quarter note. Parts of a frame take no
    /// notice of the tempo.
    metrical: bool,
    items: Vec<Item>,
}

impl Reader {
    /// Adds what a track says to the items, and returns the tick of its end.
    fn track(&mut self, number: usize, track: &Track<'_>) -> Result<u32, SmfError> {
        let mut events = EventIter::new(track.bytes);
        let mut tick: u32 = 0;
        let mut port = 0;
        let mut running_status = None;
        loop {
            let offset = track.offset + (track.bytes.len() - events.unread().len());
            let Some(event) = events.next() else {
                return Err(SmfError::NoEnd { track: number });
            };
            let event = event.map_err(|_| SmfError::Event {
                track: number,
                offset,
            })?;
            // Meta events and sysex end it by the book, but not in all files.
            match events.running_status() {
                None => *events.running_status_mut() = running_status,
                status => running_status = status,
            }
            tick = tick
                .checked_add(event.delta.as_int())
                .ok_or(SmfError::TooLong { track: number })?;
            match event.kind {
                TrackEventKind::Midi { channel, message } => {
                    let event = Event::new(data(channel.as_int(), message));
                    self.push(tick, Content::Event { port, event });
                }
                TrackEventKind::SysEx(rest) => self.sysex(tick, port, &[&[0xf0], rest].concat()),
                // A further part of a sysex message, or any bytes at all.
                TrackEventKind::Escape(bytes) => self.sysex(tick, port, bytes),
                TrackEventKind::Meta(MetaMessage::MidiPort(number)) => port = number.as_int(),
                // A tempo of 0 means nothing, and the kernel would ignore it.
                TrackEventKind::Meta(MetaMessage::Tempo(micros))
                    if self.metrical && micros.as_int() > 0 =>
                {
                    self.push(tick, Content::Tempo(micros.as_int()));
                }
                TrackEventKind::Meta(MetaMessage::EndOfTrack) => return Ok(tick),
                TrackEventKind::Meta(_) => {}
            }
        }
    }

    /// In pieces of a size that every receiver can take.
    fn sysex(&mut self, tick: u32, port: u8, bytes: &[u8]) {
        for event in sysex::split(bytes, sysex::HARDWARE_PIECE) {
            let event = event.into_owned();
            self.push(tick, Content::Event { port, event });
        }
    }

    fn push(&mut self, tick: u32, content: Content) {
        self.items.push(Item { tick, content });
    }
}

/// The sequencer's word for a channel message.
fn data(channel: u8, message: MidiMessage) -> EventData<'static> {
    let key = |key: midly::num::u7, velocity: midly::num::u7| Key {
        channel,
        note: key.as_int(),
        velocity: velocity.as_int(),
    };
    let value = |value: i32| ChannelValue { channel, value };
    match message {
        MidiMessage::NoteOff { key: note, vel } => EventData::NoteOff(key(note, vel)),
        MidiMessage::NoteOn { key: note, vel } => EventData::NoteOn(key(note, vel)),
        MidiMessage::Aftertouch { key: note, vel } => EventData::KeyPressure(key(note, vel)),
        MidiMessage::Controller {
            controller,
            value: setting,
        } => EventData::ControlChange(Controller {
            channel,
            param: controller.as_int().into(),
            value: setting.as_int().into(),
        }),
        MidiMessage::ProgramChange { program } => {
            EventData::ProgramChange(value(program.as_int().into()))
        }
        MidiMessage::ChannelAftertouch { vel } => {
            EventData::ChannelPressure(value(vel.as_int().into()))
        }
        MidiMessage::PitchBend { bend } => {
            EventData::PitchBend(value(i32::from(bend.0.as_int()) - 0x2000))
        }
    }
}

#[cfg(test)]
mod tests;
