//! A file that is a whole song at every moment, whenever the program is killed
//! or the power fails.
//!
//! The song is of format 1, and each part that is added is a track of its own.
//! It is written as a chunk of a kind that readers skip; when it is on the disk
//! it becomes a track by four bytes, which no page or sector divides. At once the
//! number of tracks in the header follows. Of these two writes a power cut may
//! leave either alone: then the song has a track more or less than it says, which
//! most readers take as it is, `aseq play` among them.
//!
//! All chunks start at multiples of eight bytes. So what the file system shows
//! of a chunk that is not written yet, zeros, are empty chunks of an unknown
//! kind as well.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use crate::smf::write::{self, Division};

const TRACK: &[u8; 4] = b"MTrk";
/// What is no track yet. `FREE` is what RIFF calls it.
const FREE: &[u8; 4] = b"FREE";
const END: [u8; 4] = [0, 0xff, 0x2f, 0];
const TEXT: u8 = 0x01;
const PORT: u8 = 0x21;
const END_OF_TRACK: u8 = 0x2f;
/// Where the header counts the tracks.
const COUNT_AT: u64 = 10;

#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    /// Where the next chunk goes.
    end: u64,
    parts: u16,
}

impl Journal {
    /// Makes a song of one part of an empty file.
    pub(super) fn new(file: File, division: Division, first: &[u8]) -> io::Result<Self> {
        let mut head = write::header(1, 0, division).to_vec();
        head.extend(FREE);
        head.extend([0, 0, 0, 2, 0, 0]);
        file.write_all_at(&head, 0)?;
        let mut journal = Self {
            file,
            end: 24,
            parts: 0,
        };
        journal.commit(first)?;
        journal.file.sync_all()?;
        Ok(journal)
    }

    /// How many more parts it can take.
    pub(super) fn room(&self) -> u16 {
        u16::MAX - self.parts
    }

    /// Adds a part: events with their times, of which the first counts from the
    /// beginning of the song.
    pub(super) fn commit(&mut self, events: &[u8]) -> io::Result<()> {
        let parts = self.parts.checked_add(1);
        let parts = parts.ok_or_else(|| io::Error::other("too many parts"))?;
        let content = padded(events);
        let length = u32::try_from(content.len()).map_err(io::Error::other)?;
        let [l0, l1, l2, l3] = length.to_be_bytes();
        let [f0, f1, f2, f3] = *FREE;
        let next = self.end + 8 + u64::from(length);
        self.file.set_len(next)?;
        self.file
            .write_all_at(&[f0, f1, f2, f3, l0, l1, l2, l3], self.end)?;
        self.file.write_all_at(&content, self.end + 8)?;
        self.file.sync_data()?;
        self.file.write_all_at(TRACK, self.end)?;
        self.file.write_all_at(&parts.to_be_bytes(), COUNT_AT)?;
        self.file.sync_data()?;
        self.parts = parts;
        self.end = next;
        Ok(())
    }

    /// All that was recorded, in order.
    pub(super) fn events(&self) -> io::Result<Events> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(24))?;
        Ok(Events {
            file: BufReader::new(file),
            left_in_part: 0,
            parts: self.parts,
            tick: 0,
            port: 0,
        })
    }
}

/// With an end mark, and a text before it if that makes its length a multiple
/// of eight.
fn padded(events: &[u8]) -> Vec<u8> {
    let mut content = events.to_vec();
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

/// Something that was recorded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) tick: u32,
    pub(super) port: u8,
    /// As it stands in the file, with its status byte.
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

/// Reads a journal, a buffer full at a time.
#[derive(Debug)]
pub(super) struct Events {
    file: BufReader<File>,
    left_in_part: u32,
    parts: u16,
    tick: u32,
    port: u8,
}

impl Events {
    fn next(&mut self) -> io::Result<Option<Recorded>> {
        loop {
            if self.left_in_part == 0 {
                if self.parts == 0 {
                    return Ok(None);
                }
                self.parts -= 1;
                self.tick = 0;
                let [_, _, _, _, l0, l1, l2, l3] = self.array_of_file()?;
                self.left_in_part = u32::from_be_bytes([l0, l1, l2, l3]);
                continue;
            }
            self.tick = self.tick.wrapping_add(self.number(&mut Vec::new())?);
            let mut bytes = vec![self.byte()?];
            let length = match bytes.first() {
                Some(0xc0..=0xdf) => 1,
                Some(0x80..=0xef) => 2,
                Some(0xf0 | 0xf7) => self.number(&mut bytes)?,
                Some(0xff) => {
                    bytes.push(self.byte()?);
                    self.number(&mut bytes)?
                }
                _ => return Err(spoilt()),
            };
            self.bytes(&mut bytes, length)?;
            match *bytes {
                [0xff, TEXT | END_OF_TRACK, ..] => {}
                [0xff, PORT, 1, port] => self.port = port,
                _ => {
                    let (tick, port) = (self.tick, self.port);
                    return Ok(Some(Recorded { tick, port, bytes }));
                }
            }
        }
    }

    fn array_of_file<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut array = [0; N];
        self.file.read_exact(&mut array)?;
        Ok(array)
    }

    fn byte(&mut self) -> io::Result<u8> {
        self.left_in_part = self.left_in_part.checked_sub(1).ok_or_else(spoilt)?;
        let [byte] = self.array_of_file()?;
        Ok(byte)
    }

    fn bytes(&mut self, out: &mut Vec<u8>, length: u32) -> io::Result<()> {
        self.left_in_part = self.left_in_part.checked_sub(length).ok_or_else(spoilt)?;
        let mut left = usize::try_from(length).map_err(io::Error::other)?;
        while left > 0 {
            let buffer = self.file.fill_buf()?;
            let buffer = buffer.get(..left).unwrap_or(buffer);
            if buffer.is_empty() {
                return Err(spoilt());
            }
            out.extend(buffer);
            let taken = buffer.len();
            self.file.consume(taken);
            left -= taken;
        }
        Ok(())
    }

    /// A number of variable length, whose bytes go to `out` as well.
    fn number(&mut self, out: &mut Vec<u8>) -> io::Result<u32> {
        let mut number: u32 = 0;
        for _ in 0..4 {
            let byte = self.byte()?;
            out.push(byte);
            number = number << 7 | u32::from(byte & 0x7f);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(spoilt())
    }
}

impl Iterator for Events {
    type Item = io::Result<Recorded>;

    fn next(&mut self) -> Option<Self::Item> {
        Self::next(self).transpose()
    }
}

fn spoilt() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "another program has changed the file",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PPQ: Division = Division::Quarter(96);

    fn note(tick: u32, key: u8) -> Vec<u8> {
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
            let mut part = note(1000 * u32::from(length), length);
            part.extend([0, 0xf0, length]);
            part.extend((0..length).map(|_| 7));
            journal.commit(&part).unwrap();
        }
        let mut length = 0;
        for pair in journal.events().unwrap().collect::<Vec<_>>().chunks(2) {
            let [Ok(key), Ok(sysex)] = pair else {
                panic!("{pair:?}")
            };
            assert_eq!(key.tick, 1000 * u32::from(length));
            assert_eq!(key.bytes, [0x90, length, 1]);
            assert_eq!(sysex.bytes.len(), 2 + usize::from(length));
            length += 1;
        }
        assert_eq!(length, 40);
    }

    /// Whatever write is the last, the file is a song, with all that was
    /// committed before.
    #[test]
    fn every_moment_is_a_song() {
        let whole = |parts: u8| {
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut journal = Journal::new(file.reopen().unwrap(), PPQ, &[]).unwrap();
            for part in 0..parts {
                journal.commit(&note(u32::from(part), part)).unwrap();
            }
            std::fs::read(file.path()).unwrap()
        };
        let before = whole(3);
        let after = whole(4);
        // What `commit` does, byte by byte.
        let mut now = before.clone();
        assert_eq!(keys(&now), [0, 1, 2]);
        now.resize(after.len(), 0);
        assert_eq!(keys(&now), [0, 1, 2]);
        let at = before.len();
        now[at..at + 8].copy_from_slice(b"FREE\0\0\0\x08");
        for index in at + 8..after.len() {
            assert_eq!(keys(&now), [0, 1, 2]);
            now[index] = after[index];
        }
        assert_eq!(keys(&now), [0, 1, 2]);
        // Either of these may be the last.
        for (first, second, notes) in [(at..at + 8, 10..12, 3), (10..12, at..at + 8, 3)] {
            let mut now = now.clone();
            now[first.clone()].copy_from_slice(&after[first]);
            let song = crate::smf::Smf::read(&now).unwrap();
            assert_eq!(song.items().count(), notes);
            now[second.clone()].copy_from_slice(&after[second]);
            assert_eq!(now, after);
        }
        assert_eq!(keys(&after), [0, 1, 2, 3]);
        assert_eq!(crate::smf::Smf::read(&after).unwrap().items().count(), 4);
    }
}
