//! A file that is a complete song at every moment, also if the program is killed or the
//! power fails.
//!
//! The song has one track. Parts are added to its end. A part is first written after the
//! end of the track. It begins with eight bytes that have two meanings: outside a track,
//! they are the head of a chunk of an unknown kind, which readers skip; inside a track,
//! they are an event without a meaning. When the part is on the disk, the length of the
//! track is changed to include it. Then the old end mark of the track becomes a text of
//! length 0. No page or sector boundary divides either of these writes. Between the two
//! writes, readers that use the end mark see the old song, and readers that use the
//! length see the new one.
//!
//! All parts end at multiples of eight bytes. If a part was not written yet, the file
//! system shows zeros in its place. These are empty chunks of an unknown kind, too.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use crate::song::smf::write::{self, Division};

const END: [u8; 4] = [0, 0xff, 0x2f, 0];
/// The byte of the end mark that makes it a text, which has no length.
const END_KIND_AT: u64 = 2;
const TEXT: u8 = 0x01;
const PORT: u8 = 0x21;
const END_OF_TRACK: u8 = 0x2f;
/// The kind of meta events for manufacturers. Such an event begins each part.
const OWN: u8 = 0x7f;
/// The offset of the track's length.
const LENGTH_AT: u64 = 18;
const EVENTS_AT: u64 = 22;

#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    /// The length of the track.
    length: u32,
}

impl Journal {
    /// Makes a song of an empty file.
    pub(super) fn new(file: File, division: Division, first: &[u8]) -> io::Result<Self> {
        let mut head = write::header(0, 1, division).to_vec();
        head.extend(b"MTrk");
        head.extend([0; 4]);
        let content = padded(&head, first);
        let length = content.len() - head.len();
        let length = u32::try_from(length).map_err(io::Error::other)?;
        file.write_all_at(&content, 0)?;
        file.write_all_at(&length.to_be_bytes(), LENGTH_AT)?;
        file.sync_all()?;
        Ok(Self { file, length })
    }

    /// Adds events with the times between them.
    pub(super) fn commit(&mut self, events: &[u8]) -> io::Result<()> {
        let mut part = padded(&[0, 0xff, OWN, 4, 0, 0, 0, 0], events);
        let end = EVENTS_AT + u64::from(self.length);
        if self.file.metadata()?.len() != end {
            return Err(changed_file_error());
        }
        let size = u32::try_from(part.len()).ok();
        let length = size.and_then(|size| self.length.checked_add(size));
        let (Some(size), Some(length)) = (size, length) else {
            let message = "the recording has reached the maximum size of a track, 4 GiB";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        };
        // The length of a chunk does not include its head.
        let [s0, s1, s2, s3] = (size - 8).to_be_bytes();
        if let Some(head) = part.first_chunk_mut() {
            *head = [0, 0xff, OWN, 4, s0, s1, s2, s3];
        }
        self.write_part(&part, end, length).inspect_err(|_| {
            // Restores the length, so that readers do not see an incomplete part.
            let old = self.length.to_be_bytes();
            let _ = self.file.write_all_at(&old, LENGTH_AT);
            let _ = self.file.set_len(end);
        })?;
        self.file
            .write_all_at(&[TEXT], end - 4 + END_KIND_AT)
            .and_then(|()| self.file.sync_data())?;
        self.length = length;
        Ok(())
    }

    fn write_part(&self, part: &[u8], at: u64, length: u32) -> io::Result<()> {
        self.file.set_len(EVENTS_AT + u64::from(length))?;
        self.file.write_all_at(part, at)?;
        self.file.sync_data()?;
        self.file.write_all_at(&length.to_be_bytes(), LENGTH_AT)?;
        self.file.sync_data()
    }

    /// Returns all recorded events, in order.
    pub(super) fn events(&self) -> io::Result<Events> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(EVENTS_AT))?;
        Ok(Events {
            file: BufReader::new(file),
            left: self.length,
            event: Recorded::default(),
        })
    }
}

/// Makes a part: a head, events, a text that pads the length to a multiple of eight, and
/// an end mark.
fn padded(head: &[u8], events: &[u8]) -> Vec<u8> {
    let mut content = [head, events].concat();
    let missing = (8 - (content.len() + END.len()) % 8) % 8;
    if missing > 0 {
        // Time, FF, kind and length take four bytes themselves.
        let blanks = (missing + 4) % 8;
        content.push(0);
        write::meta(&mut content, TEXT, &vec![b' '; blanks]);
    }
    content.extend(END);
    content
}

/// A recorded event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) tick: u64,
    pub(super) port: u8,
    /// Its bytes in the file, with its status byte.
    pub(super) bytes: Vec<u8>,
}

impl Recorded {
    /// The channel of a channel message.
    pub(super) fn channel(&self) -> Option<u8> {
        match self.bytes.first() {
            Some(status @ 0x80..=0xef) => Some(status & 0x0f),
            _ => None,
        }
    }

    pub(super) fn is_meta(&self) -> bool {
        self.bytes.first() == Some(&0xff)
    }
}

/// Reads a journal, one buffer at a time.
#[derive(Debug)]
pub(super) struct Events {
    file: BufReader<File>,
    left: u32,
    /// The last event. Its memory is used for the next one.
    event: Recorded,
}

impl Events {
    /// Reads the next event.
    pub(super) fn next(&mut self) -> io::Result<Option<&Recorded>> {
        while self.left > 0 {
            let ticks = self.number()?;
            self.event.tick = self.event.tick.saturating_add(ticks.into());
            self.event.bytes.clear();
            let status = self.byte_of_event()?;
            let length = match status {
                0xc0..=0xdf => 1,
                0x80..=0xef => 2,
                0xf0 | 0xf7 => self.number_of_event()?,
                0xff => {
                    self.byte_of_event()?;
                    self.number_of_event()?
                }
                _ => return Err(changed_file_error()),
            };
            self.data_of_event(length)?;
            match *self.event.bytes {
                [0xff, TEXT | OWN | END_OF_TRACK, ..] => {}
                [0xff, PORT, 1, port] => self.event.port = port,
                _ => return Ok(Some(&self.event)),
            }
        }
        Ok(None)
    }

    fn array_of_file<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut array = [0; N];
        self.file.read_exact(&mut array)?;
        Ok(array)
    }

    fn byte(&mut self) -> io::Result<u8> {
        self.left = self.left.checked_sub(1).ok_or_else(changed_file_error)?;
        let [byte] = self.array_of_file()?;
        Ok(byte)
    }

    fn byte_of_event(&mut self) -> io::Result<u8> {
        let byte = self.byte()?;
        self.event.bytes.push(byte);
        Ok(byte)
    }

    fn data_of_event(&mut self, length: u32) -> io::Result<()> {
        self.left = self
            .left
            .checked_sub(length)
            .ok_or_else(changed_file_error)?;
        let mut left = usize::try_from(length).map_err(io::Error::other)?;
        while left > 0 {
            let buffer = self.file.fill_buf()?;
            let buffer = buffer.get(..left).unwrap_or(buffer);
            if buffer.is_empty() {
                return Err(changed_file_error());
            }
            self.event.bytes.extend(buffer);
            let taken = buffer.len();
            self.file.consume(taken);
            left -= taken;
        }
        Ok(())
    }

    /// Reads a number of variable length.
    fn number(&mut self) -> io::Result<u32> {
        number(|| self.byte())
    }

    /// Reads a number of variable length, and adds its bytes to the event.
    fn number_of_event(&mut self) -> io::Result<u32> {
        number(|| self.byte_of_event())
    }
}

fn number(mut byte: impl FnMut() -> io::Result<u8>) -> io::Result<u32> {
    let mut number: u32 = 0;
    for _ in 0..4 {
        let byte = byte()?;
        number = number << 7 | u32::from(byte & 0x7f);
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(changed_file_error())
}

/// The error if the file has other contents than were written.
pub(super) fn changed_file_error() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "another program has changed the file",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PPQ: Division = Division::Quarter(96);

    fn note(tick: u64, key: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        write::delta(&mut bytes, tick);
        bytes.extend([0x90, key, 1]);
        bytes
    }

    /// The keys of a file, as midly reads them.
    fn keys(file: &[u8]) -> Vec<u8> {
        let song = midly::Smf::parse(file).unwrap();
        let key = |event: &midly::TrackEvent<'_>| match event.kind {
            midly::TrackEventKind::Midi {
                message: midly::MidiMessage::NoteOn { key, .. },
                ..
            } => Some(key.as_int()),
            _ => None,
        };
        song.tracks.iter().flatten().filter_map(key).collect()
    }

    #[test]
    fn parts_of_any_length_come_back() {
        let mut journal = Journal::new(tempfile::tempfile().unwrap(), PPQ, &[]).unwrap();
        for length in 0..40_u8 {
            let mut part = note(1000, length);
            part.extend([0, 0xf0, length]);
            part.extend((0..length).map(|_| 7));
            journal.commit(&part).unwrap();
        }
        let mut length = 0;
        let mut events = journal.events().unwrap();
        while let Some(key) = events.next().unwrap().cloned() {
            let sysex = events.next().unwrap().unwrap();
            assert_eq!(key.tick, 1000 * (u64::from(length) + 1));
            assert_eq!(key.bytes, [0x90, length, 1]);
            assert_eq!(sysex.bytes.len(), 2 + usize::from(length));
            length += 1;
        }
        assert_eq!(length, 40);
    }

    /// After each write, the file is a valid song with all events that were
    /// committed before.
    #[test]
    fn every_moment_is_a_song() {
        let whole = |parts: u8| {
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut journal = Journal::new(file.reopen().unwrap(), PPQ, &[]).unwrap();
            for part in 0..parts {
                journal.commit(&note(u64::from(part), part)).unwrap();
            }
            std::fs::read(file.path()).unwrap()
        };
        let ours = |file: &[u8]| crate::song::smf::Smf::read(file).unwrap().items().count();
        let before = whole(3);
        let after = whole(4);
        // Does the work of `commit`, byte by byte.
        let mut now = before.clone();
        assert_eq!(keys(&now), [0, 1, 2]);
        let at = before.len();
        now.resize(after.len(), 0);
        // The head of the part is written first, at once.
        for index in at + 8..=after.len() {
            assert_eq!(keys(&now), [0, 1, 2]);
            now[at..index].copy_from_slice(&after[at..index]);
        }
        assert_eq!(keys(&now), [0, 1, 2]);
        now[18..22].copy_from_slice(&after[18..22]);
        // Some readers see the new part, others not.
        assert_eq!(ours(&now), 3);
        now[at - 2] = 1;
        assert_eq!(now, after);
        assert_eq!(keys(&after), [0, 1, 2, 3]);
        assert_eq!(ours(&after), 4);
        assert_eq!(after.len() % 8, 0);
    }

    #[test]
    fn a_file_that_another_program_has_cut_is_noticed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut journal = Journal::new(file.reopen().unwrap(), PPQ, &[]).unwrap();
        journal.commit(&note(1, 1)).unwrap();
        file.as_file().set_len(30).unwrap();
        assert!(journal.commit(&note(1, 2)).is_err());
        let mut events = journal.events().unwrap();
        assert!((0..3).any(|_| events.next().is_err()));
    }
}
