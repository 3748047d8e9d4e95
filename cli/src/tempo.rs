//! Reads tempos and time signatures that users write.

use crate::number;

/// A time signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeSignature {
    /// The number of beats in a bar.
    pub(crate) beats: u8,
    /// The length of a beat: a whole note has 2 to the power of this of them.
    pub(crate) unit: u8,
}

/// Reads a tempo in quarter notes a minute.
pub(crate) fn bpm(text: &str) -> Result<f64, String> {
    match number::parse(text) {
        // A MIDI file can contain all these tempos, and music is not slower or faster.
        Some(bpm) if (4.0..=6000.0).contains(&bpm) => Ok(bpm),
        _ => Err("not a number from 4 to 6000".to_owned()),
    }
}

/// Reads a time signature: `6:8`, or `6/8`.
pub(crate) fn time_signature(text: &str) -> Result<TimeSignature, String> {
    let parts = text.split_once([':', '/']);
    let numbers = parts.map(|(beats, unit)| (beats.parse::<u8>(), unit.parse::<u8>()));
    match numbers {
        Some((Ok(beats @ 1..=64), Ok(unit @ 1..=64))) if unit.is_power_of_two() => {
            let unit = unit.trailing_zeros().to_le_bytes()[0];
            Ok(TimeSignature { beats, unit })
        }
        _ => Err("not two numbers such as 6:8, up to 64, the second a power of two".to_owned()),
    }
}
