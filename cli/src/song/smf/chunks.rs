//! The outer structure of a MIDI file: header and tracks, as bytes.
//!
//! midly reads the events of a track, but this module reads the file, because midly does
//! not report which track is cut off and where, and one time division makes it panic.

use alsa_seq::Tempo;

use super::SmfError;
use crate::song::item::with_micros;

/// The parts of a file.
#[derive(Debug)]
pub(super) struct Chunks<'a> {
    /// The number of the format.
    #[cfg(feature = "info")]
    pub(super) number: u16,
    pub(super) format: Format,
    /// The ticks per quarter note, and the default tempo.
    pub(super) tempo: Tempo,
    /// Whether the file's tempo is used. It is not if the file counts ticks within
    /// frames.
    pub(super) metrical: bool,
    pub(super) tracks: Vec<Track<'a>>,
}

/// The relation of the tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// They are played at the same time: formats 0 and 1.
    Together,
    /// They are separate songs: format 2.
    InTurn,
}

/// The events of a track, as bytes.
#[derive(Debug)]
pub(super) struct Track<'a> {
    /// Their offset in the file.
    pub(super) offset: usize,
    pub(super) bytes: &'a [u8],
}

impl<'a> Chunks<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, SmfError> {
        let (header, rest) = Header::read(file)?;
        Ok(Self {
            #[cfg(feature = "info")]
            number: header.number,
            format: header.format,
            tempo: header.tempo,
            metrical: header.metrical,
            tracks: rest.tracks(header.tracks)?,
        })
    }
}

/// The header of a plain file and its existing tracks. The last one may be cut off.
pub(super) fn tracks_there_are(file: &[u8]) -> Result<([u8; 14], Vec<Track<'_>>), SmfError> {
    let (header, mut rest) = Header::read(file)?;
    let mut tracks = Vec::new();
    while tracks.len() < header.tracks {
        match rest.chunk(u32::from_be_bytes) {
            Some(chunk) if chunk.kind == *b"MTrk" => tracks.push(chunk.content),
            Some(_) => {}
            None => break,
        }
    }
    let number = u16::try_from(tracks.len()).unwrap_or(u16::MAX);
    if number == 0 {
        return Err(SmfError::TrackMissing {
            track: 1,
            tracks: header.tracks,
        });
    }
    let mut plain = *b"MThd\0\0\0\x06\0\0\0\0\0\0";
    let [f0, f1, _, _, d0, d1] = header.bytes;
    let [n0, n1] = number.to_be_bytes();
    let [_, _, _, _, _, _, _, _, fields @ ..] = &mut plain;
    *fields = [f0, f1, n0, n1, d0, d1];
    Ok((plain, tracks))
}

/// The contents of the header.
struct Header {
    bytes: [u8; 6],
    #[cfg(feature = "info")]
    number: u16,
    format: Format,
    tempo: Tempo,
    metrical: bool,
    tracks: usize,
}

impl Header {
    /// Reads the header, and returns it with the following bytes.
    fn read(file: &[u8]) -> Result<(Self, Rest<'_>), SmfError> {
        let mut rest = Rest {
            offset: 0,
            bytes: file,
        };
        if file.starts_with(b"RIFF") {
            rest = rest.unwrap_riff().ok_or(SmfError::NotMidi)?;
        }
        if !rest.bytes.starts_with(b"MThd") {
            return Err(SmfError::NotMidi);
        }
        let Some(Chunk { content, .. }) = rest.chunk(u32::from_be_bytes) else {
            return Err(SmfError::HeaderCut);
        };
        let Some(&bytes) = content.bytes.first_chunk() else {
            return Err(SmfError::HeaderCut);
        };
        let [f0, f1, n0, n1, d0, d1] = bytes;
        let number = u16::from_be_bytes([f0, f1]);
        let format = match number {
            0 | 1 => Format::Together,
            2 => Format::InTurn,
            other => return Err(SmfError::Format(other)),
        };
        let metrical = d0 < 0x80;
        let header = Self {
            bytes,
            #[cfg(feature = "info")]
            number,
            format,
            tempo: tempo([d0, d1], metrical)?,
            metrical,
            tracks: u16::from_be_bytes([n0, n1]).into(),
        };
        if header.tracks == 0 {
            return Err(SmfError::NoTracks);
        }
        Ok((header, rest))
    }
}

/// Converts the file's division to a tempo. If the file counts ticks within frames, the
/// "quarter note" is a second, or 30 frames at 29.97 frames per second, so that the
/// numbers are exact.
pub(super) fn tempo([d0, d1]: [u8; 2], metrical: bool) -> Result<Tempo, SmfError> {
    let (micros, ticks) = if metrical {
        (500_000, u32::from(u16::from_be_bytes([d0, d1])))
    } else {
        let ticks_per_frame = u32::from(d1);
        match -i16::from(i8::from_be_bytes([d0])) {
            24 => (1_000_000, 24 * ticks_per_frame),
            25 => (1_000_000, 25 * ticks_per_frame),
            29 => (1_001_000, 30 * ticks_per_frame),
            30 => (1_000_000, 30 * ticks_per_frame),
            other => return Err(SmfError::FrameRate(other)),
        }
    };
    match Tempo::default().with_ppq(ticks) {
        Ok(tempo) => Ok(with_micros(tempo, micros)),
        Err(_) => Err(SmfError::NoTicks),
    }
}

/// The bytes that were not read yet.
#[derive(Clone, Copy)]
struct Rest<'a> {
    offset: usize,
    bytes: &'a [u8],
}

struct Chunk<'a> {
    kind: [u8; 4],
    content: Track<'a>,
    /// Whether its length is more than the available bytes.
    is_cut: bool,
}

impl<'a> Rest<'a> {
    /// The next chunk, if at least its beginning exists.
    fn chunk(&mut self, length: fn([u8; 4]) -> u32) -> Option<Chunk<'a>> {
        let (&[k0, k1, k2, k3, l0, l1, l2, l3], content) = self.bytes.split_first_chunk()?;
        let claimed = usize::try_from(length([l0, l1, l2, l3])).unwrap_or(usize::MAX);
        let (bytes, rest) = content.split_at_checked(claimed).unwrap_or((content, &[]));
        let content = Track {
            offset: self.offset + 8,
            bytes,
        };
        self.offset += 8 + bytes.len();
        self.bytes = rest;
        Some(Chunk {
            kind: [k0, k1, k2, k3],
            is_cut: bytes.len() < claimed,
            content,
        })
    }

    /// Finds the song inside an RMID file: RIFF, with its own byte order and chunks of
    /// even length.
    fn unwrap_riff(mut self) -> Option<Self> {
        let inside = self.chunk(u32::from_le_bytes)?.content;
        let mut inside = Self {
            offset: inside.offset + 4,
            bytes: inside.bytes.strip_prefix(b"RMID")?,
        };
        loop {
            let chunk = inside.chunk(u32::from_le_bytes)?;
            let Track { offset, bytes } = chunk.content;
            if chunk.kind == *b"data" {
                return Some(Self { offset, bytes });
            }
            if bytes.len() % 2 == 1 {
                inside.offset += 1;
                inside.bytes = inside.bytes.get(1..)?;
            }
        }
    }

    /// Reads as many tracks as the header requires.
    fn tracks(mut self, number: usize) -> Result<Vec<Track<'a>>, SmfError> {
        let mut tracks = Vec::new();
        while tracks.len() < number {
            let track = tracks.len() + 1;
            let chunk = self.chunk(u32::from_be_bytes);
            let chunk = chunk.ok_or(SmfError::TrackMissing {
                track,
                tracks: number,
            })?;
            if chunk.kind == *b"MTrk" {
                if chunk.is_cut {
                    return Err(SmfError::TrackCut { track });
                }
                tracks.push(chunk.content);
            }
        }
        Ok(tracks)
    }
}
