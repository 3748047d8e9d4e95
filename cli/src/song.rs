//! Songs: files of any kind that can be played, as items with their times.
//!
//! This module does not use the sequencer's ports or queues: a [`Song`] has the contents
//! of the file, in the order in which it is played.

use std::time::Duration;

use alsa_seq::Tempo;

use clip::{Clip, ClipError};
use smf::{Smf, SmfError};
use syx::{Syx, SyxError};

pub mod clip;
mod item;
pub mod smf;
pub mod syx;

pub(crate) use item::with_micros;
pub use item::{Content, Item};

/// A song in the order in which it is played.
#[derive(Debug)]
pub struct Song<'a> {
    /// The ticks per quarter, and the tempo at the beginning.
    pub tempo: Tempo,
    /// The tick at which it ends.
    pub end: u32,
    source: Source<'a>,
}

#[derive(Debug)]
enum Source<'a> {
    Smf(Smf<'a>),
    Clip(Clip),
    Syx(Syx<'a>),
}

/// Information about a file, except for its events.
#[cfg(feature = "info")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The kind of the file.
    pub kind: &'static str,
    /// The format of a MIDI file.
    pub format: Option<u16>,
    /// The number of its tracks.
    pub tracks: Option<usize>,
    /// Whether ticks are parts of a quarter note.
    pub is_metrical: bool,
    /// Its texts that are not among the items, with their kinds.
    pub texts: Vec<(&'static str, String)>,
}

/// The reason why a file cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SongError {
    /// Its kind is unknown.
    #[error("neither a MIDI file nor a MIDI clip nor system-exclusive messages")]
    Unknown,
    /// It is an invalid MIDI file.
    #[error(transparent)]
    Smf(#[from] SmfError),
    /// It is an invalid MIDI clip.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// It is an invalid file of messages.
    #[error(transparent)]
    Syx(#[from] SyxError),
}

impl SongError {
    /// Returns whether the file is cut off and the part before the cut can be played.
    pub fn is_cut(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Smf(error) => error.is_cut(),
            Self::Clip(error) => error.is_cut(),
            Self::Syx(error) => matches!(error, SyxError::Cut(_)),
        }
    }
}

/// Makes a valid file of the intact part of a damaged one; with `to_play`, only of the
/// part that can be played.
///
/// # Errors
/// If no part is intact.
pub fn repair(file: &[u8], to_play: bool) -> Result<Vec<u8>, SongError> {
    Ok(match kind(file).ok_or(SongError::Unknown)? {
        SongKind::Smf => Smf::repair(file, to_play)?,
        SongKind::Clip => Clip::repair(file)?,
        SongKind::Syx => Syx::repair(file)?,
    })
}

/// A kind of song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SongKind {
    /// A standard MIDI file.
    Smf,
    /// A MIDI clip.
    Clip,
    /// System-exclusive messages.
    Syx,
}

/// Returns the kind of a song with these first bytes.
pub(crate) fn kind(bytes: &[u8]) -> Option<SongKind> {
    if bytes.starts_with(b"MThd") || bytes.starts_with(b"RIFF") {
        Some(SongKind::Smf)
    } else if bytes.starts_with(b"SMF2CLIP") {
        Some(SongKind::Clip)
    } else {
        let first = bytes.first().filter(|byte| **byte >= 0x80);
        first.map(|_| SongKind::Syx)
    }
}

/// Returns whether these are the first bytes of a song.
pub(crate) fn is_known(bytes: &[u8]) -> bool {
    kind(bytes).is_some()
}

impl<'a> Song<'a> {
    /// Reads a file of any kind. Its first bytes determine the kind.
    ///
    /// # Errors
    /// If it is incomplete or invalid, or its kind is unknown.
    pub fn read(file: &'a [u8]) -> Result<Self, SongError> {
        let (tempo, end, source) = match kind(file).ok_or(SongError::Unknown)? {
            SongKind::Smf => {
                let smf = Smf::read(file)?;
                (smf.tempo, smf.end, Source::Smf(smf))
            }
            SongKind::Clip => {
                let clip = Clip::read(file)?;
                (clip.tempo, clip.end, Source::Clip(clip))
            }
            SongKind::Syx => {
                let syx = Syx::read(file)?;
                (syx.tempo, syx.end, Source::Syx(syx))
            }
        };
        Ok(Self { tempo, end, source })
    }

    /// Returns information about the file.
    #[cfg(feature = "info")]
    pub fn about(&self) -> About {
        match &self.source {
            Source::Smf(smf) => About {
                kind: "MIDI file",
                format: Some(smf.format()),
                tracks: Some(smf.tracks()),
                is_metrical: smf.is_metrical(),
                texts: smf.texts().collect(),
            },
            Source::Clip(_) => About {
                kind: "MIDI clip",
                format: None,
                tracks: None,
                is_metrical: true,
                texts: Vec::new(),
            },
            Source::Syx(_) => About {
                kind: "MIDI messages",
                format: None,
                tracks: None,
                is_metrical: false,
                texts: Vec::new(),
            },
        }
    }

    /// Returns whether it consists of packets, for UMP clients.
    pub fn is_ump(&self) -> bool {
        matches!(self.source, Source::Clip(_))
    }

    /// Returns all items, in the order of time.
    pub fn items(&self) -> Box<dyn Iterator<Item = Item> + '_> {
        match &self.source {
            Source::Smf(smf) => Box::new(smf.items()),
            Source::Clip(clip) => Box::new(clip.items()),
            Source::Syx(syx) => Box::new(syx.items()),
        }
    }

    /// The changes of tempo after the beginning.
    pub fn tempos(&self) -> impl Iterator<Item = (u32, Tempo)> + '_ {
        let tempos: &[_] = match &self.source {
            Source::Smf(smf) => &smf.tempos,
            Source::Clip(clip) => &clip.tempos,
            Source::Syx(_) => &[],
        };
        let tempo = |(tick, micros): &(u32, u32)| (*tick, with_micros(self.tempo, *micros));
        tempos.iter().map(tempo)
    }

    /// Returns its length.
    pub fn duration(&self) -> Duration {
        self.time_at(self.end)
    }

    /// Returns the time from the beginning to this tick.
    pub fn time_at(&self, tick: u32) -> Duration {
        let (mut time, mut last, mut tempo) = (Duration::ZERO, 0, self.tempo);
        for (at, next) in self.tempos().take_while(|(at, _)| *at < tick) {
            time = time.saturating_add(tempo.duration_of(at - last));
            (last, tempo) = (at, next);
        }
        time.saturating_add(tempo.duration_of(tick - last))
    }

    /// Returns the tick at this time, at most the tick of the end.
    pub fn tick_at(&self, mut time: Duration) -> u32 {
        let (mut last, mut tempo) = (0, self.tempo);
        for (at, next) in self.tempos() {
            let lasts = tempo.duration_of(at - last);
            if lasts >= time {
                break;
            }
            time -= lasts;
            (last, tempo) = (at, next);
        }
        let ticks = tempo.ticks_in(time).unwrap_or(u32::MAX);
        last.saturating_add(ticks).min(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_and_times_go_by_the_tempo_map() {
        let file = include_bytes!("../../tests/data/three-tracks.mid");
        let song = Song::read(file).unwrap();
        // 96 ticks last 500, 500, 250, 250, and then 1000 ms.
        for (tick, millis) in [
            (0, 0),
            (48, 250),
            (96, 500),
            (192, 1000),
            (288, 1250),
            (384, 1500),
            (480, 2500),
        ] {
            let time = Duration::from_millis(millis);
            assert_eq!(song.time_at(tick), time);
            assert_eq!(song.tick_at(time), tick);
        }
        assert_eq!(song.tick_at(Duration::MAX), song.end);
        assert_eq!(song.duration(), song.time_at(768));
    }

    #[test]
    fn the_first_bytes_determine_the_kind() {
        for (bytes, reason) in [
            (&b""[..], "neither"),
            (b"hello", "neither"),
            (b"RIFF\0\0\0\0WAVE", "not a standard MIDI file"),
            (b"SMF2CLIP", "clip"),
            (b"\xf0\x01", "message"),
        ] {
            let error = Song::read(bytes).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
