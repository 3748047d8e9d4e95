//! Makes a valid file of the intact part of a damaged file.

use super::chunks::{self, Track};
use super::{Cursor, Smf, SmfError};

const END: [u8; 4] = [0, 0xff, 0x2f, 0];

impl Smf<'_> {
    /// Makes a valid file of the intact part of this one: of each track, the events
    /// before the first one that is cut off or invalid. If the file is to be played, each
    /// track also ends before the first event that comes later than the sequencer can
    /// count.
    ///
    /// # Errors
    /// If the file does not contain the beginning of a track.
    pub fn repair(file: &[u8], to_play: bool) -> Result<Vec<u8>, SmfError> {
        let (header, tracks) = chunks::tracks_there_are(file)?;
        let mut out = header.to_vec();
        for (index, track) in tracks.iter().enumerate() {
            let (bytes, ends) = whole_events(index, track, to_play);
            let end: &[u8] = if ends { &[] } else { &END };
            // Both lengths are parts of a chunk.
            let length = u32::try_from(bytes.len() + end.len()).unwrap_or(u32::MAX);
            out.extend(b"MTrk");
            out.extend(length.to_be_bytes());
            out.extend(bytes);
            out.extend(end);
        }
        Ok(out)
    }
}

/// The intact events of a track, and whether they include its end mark.
fn whole_events<'a>(index: usize, track: &Track<'a>, to_play: bool) -> (&'a [u8], bool) {
    let mut cursor = Cursor::new(index, track, 0);
    cursor.is_endless = !to_play;
    let ends = loop {
        match cursor.next() {
            Ok(Some(_)) => {}
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    (track.bytes.get(..cursor.whole).unwrap_or_default(), ends)
}
