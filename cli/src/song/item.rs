//! What a song is made of.

use alsa_seq::ump::TextKind;
use alsa_seq::{Event, Tempo};

/// Something to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// When, from the beginning of the song.
    pub tick: u32,
    /// What.
    pub content: Content,
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An event for the port with this number; which port that is, is for
    /// others to say.
    Event {
        /// The number.
        port: u8,
        /// The event.
        event: Event<'static>,
    },
    /// From here on a quarter note lasts this many microseconds.
    Tempo(u32),
    /// Something to read.
    Text {
        /// What it is.
        kind: TextKind,
        /// The text, which may hold anything.
        text: String,
    },
}

/// The same ticks per quarter, at another speed.
pub(crate) fn with_micros(tempo: Tempo, micros: u32) -> Tempo {
    Tempo::from_micros(micros)
        .and_then(|faster| faster.with_ppq(tempo.ppq()))
        // It fails for 0 alone.
        .unwrap_or(tempo)
}
