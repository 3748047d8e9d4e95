//! The parts of a song.

use alsa_seq::ump::TextKind;
use alsa_seq::{Event, Tempo};

/// A part of a song.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its tick, from the beginning of the song.
    pub tick: u32,
    /// Its content.
    pub content: Content,
}

/// The content of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An event for the port with this number. The caller chooses the sequencer's port.
    Event {
        /// The number.
        port: u8,
        /// The event.
        event: Event<'static>,
    },
    /// A new tempo in microseconds per quarter note.
    Tempo(u32),
    /// A text.
    Text {
        /// The kind of the text.
        kind: TextKind,
        /// The text, which may contain any characters.
        text: String,
    },
}

/// The same ticks per quarter, at another speed.
pub(crate) fn with_micros(tempo: Tempo, micros: u32) -> Tempo {
    Tempo::from_micros(micros)
        .and_then(|faster| faster.with_ppq(tempo.ppq()))
        // This fails only for 0.
        .unwrap_or(tempo)
}
