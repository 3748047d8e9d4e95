//! Writes the elements of MIDI files.

use std::num::NonZeroU8;

use alsa_seq::Tempo;

use super::SmfError;
use super::chunks;

/// The largest delta time in a file.
pub const LONGEST: u32 = 0x0fff_ffff;

/// Writes a number of variable length.
pub fn number(out: &mut Vec<u8>, number: u32) {
    let mut shift = 28;
    while shift > 0 && number >> shift == 0 {
        shift -= 7;
    }
    loop {
        let more = if shift > 0 { 0x80 } else { 0 };
        // Seven bits.
        out.push(((number >> shift) & 0x7f).to_le_bytes()[0] | more);
        if shift == 0 {
            return;
        }
        shift -= 7;
    }
}

/// Writes the time between two events. If it is longer than the format allows, inserts
/// empty texts.
pub fn delta(out: &mut Vec<u8>, mut ticks: u64) {
    loop {
        match u32::try_from(ticks) {
            Ok(ticks @ ..=LONGEST) => return number(out, ticks),
            _ => {
                number(out, LONGEST);
                out.extend([0xff, 1, 0]);
                ticks -= u64::from(LONGEST);
            }
        }
    }
}

/// Writes a meta event, without its time.
pub fn meta(out: &mut Vec<u8>, kind: u8, data: &[u8]) {
    out.extend([0xff, kind]);
    // No caller passes 256 MiB of data.
    number(out, u32::try_from(data.len()).unwrap_or(LONGEST));
    out.extend(data);
}

/// Makes the header of a file.
pub fn header(format: u16, tracks: u16, division: Division) -> [u8; 14] {
    let mut header = *b"MThd\0\0\0\x06\0\0\0\0\0\0";
    let [_, _, _, _, _, _, _, _, fields @ ..] = &mut header;
    let [f0, f1] = format.to_be_bytes();
    let [t0, t1] = tracks.to_be_bytes();
    let [d0, d1] = division.bytes();
    *fields = [f0, f1, t0, t1, d0, d1];
    header
}

/// The length of a file's ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// This number of ticks for each quarter note, 1 to 32767.
    Quarter(u16),
    /// This number of ticks for each frame.
    Frame(FrameRate, NonZeroU8),
}

/// The number of frames in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameRate {
    /// 24, for films.
    Film,
    /// 25, for European television.
    Pal,
    /// 29.97, for American television.
    Ntsc,
    /// 30.
    Thirty,
}

impl Division {
    /// The form in the header.
    pub fn bytes(self) -> [u8; 2] {
        match self {
            Self::Quarter(ticks) => ticks.to_be_bytes(),
            Self::Frame(rate, ticks) => {
                let frames: i8 = match rate {
                    FrameRate::Film => -24,
                    FrameRate::Pal => -25,
                    FrameRate::Ntsc => -29,
                    FrameRate::Thirty => -30,
                };
                [frames.to_be_bytes()[0], ticks.get()]
            }
        }
    }

    /// The tempo of a queue for it. Frames have a fixed speed. Quarter notes have a
    /// default of 120 a minute.
    ///
    /// # Errors
    /// If the number of ticks is 0.
    pub fn tempo(self) -> Result<Tempo, SmfError> {
        chunks::tempo(self.bytes(), matches!(self, Self::Quarter(_)))
    }
}
