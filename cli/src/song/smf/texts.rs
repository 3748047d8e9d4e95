//! The texts of a MIDI file: names, lyrics, markers and others.

use midly::{EventIter, MetaMessage, TrackEventKind};

use super::Smf;

impl Smf<'_> {
    /// The format, 0 to 2.
    pub const fn format(&self) -> u16 {
        self.chunks.number
    }

    /// The number of tracks in the file.
    pub fn tracks(&self) -> usize {
        self.chunks.tracks.len()
    }

    /// Returns whether ticks are parts of a quarter note, and not of a frame.
    pub const fn is_metrical(&self) -> bool {
        self.chunks.metrical
    }

    /// All texts, track after track.
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        self.chunks.tracks.iter().flat_map(|track| {
            let mut running_status = None;
            let mut events = EventIter::new(track.bytes);
            std::iter::from_fn(move || {
                loop {
                    // `read` has reported all errors.
                    let event = events.next()?.ok()?;
                    match events.running_status() {
                        None => *events.running_status_mut() = running_status,
                        status => running_status = status,
                    }
                    if let TrackEventKind::Meta(meta) = event.kind {
                        if let Some((name, text)) = text(meta) {
                            return Some((name, String::from_utf8_lossy(text).into_owned()));
                        }
                    }
                }
            })
        })
    }
}

fn text(meta: MetaMessage<'_>) -> Option<(&'static str, &[u8])> {
    Some(match meta {
        MetaMessage::Text(text) => ("text", text),
        MetaMessage::Copyright(text) => ("copyright", text),
        MetaMessage::TrackName(text) => ("track name", text),
        MetaMessage::InstrumentName(text) => ("instrument", text),
        MetaMessage::Lyric(text) => ("lyric", text),
        MetaMessage::Marker(text) => ("marker", text),
        MetaMessage::CuePoint(text) => ("cue point", text),
        MetaMessage::ProgramName(text) => ("program", text),
        MetaMessage::DeviceName(text) => ("device", text),
        _ => return None,
    })
}
