//! A MIDI clip that is complete at every moment.
//!
//! New packets are written after the packet that ends the clip, with a new end. When they
//! are on the disk, the old end is changed to four packets without effect, by writing
//! four bytes, which no page or sector boundary divides.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use alsa_seq::ump::{Packet, Stream, Ump, Utility};

use super::journal::changed_file_error;
use super::target::Target;
use crate::signals::Signals;

/// The end mark. It has four words; all but the first are 0.
const END: Ump = Ump::Stream(Stream::EndOfClip);

#[derive(Debug)]
pub(super) struct Clip {
    target: Target,
    file: File,
    /// The offset of the end mark.
    end: u64,
}

impl Clip {
    /// Begins a clip with these packets in an empty file.
    pub(super) fn create((target, file): (Target, File), first: &[u8]) -> io::Result<Self> {
        let mut bytes = b"SMF2CLIP".to_vec();
        bytes.extend(first);
        let end = length(&bytes)?;
        push(&mut bytes, END);
        let begun = file.write_all_at(&bytes, 0).and_then(|()| file.sync_all());
        begun.inspect_err(|_| target.abandon())?;
        Ok(Self { target, file, end })
    }

    /// Adds packets.
    pub(super) fn commit(&mut self, packets: &[u8]) -> io::Result<()> {
        let behind = self.end + 16;
        if self.file.metadata()?.len() != behind {
            return Err(changed_file_error());
        }
        let mut bytes = packets.to_vec();
        let end = behind + length(&bytes)?;
        push(&mut bytes, END);
        self.file.write_all_at(&bytes, behind)?;
        self.file.sync_data()?;
        self.file.write_all_at(&[0; 4], self.end)?;
        self.file.sync_data()?;
        self.end = end;
        Ok(())
    }

    pub(super) const fn target(&self) -> &Target {
        &self.target
    }

    /// Completes the requested file.
    pub(super) fn finish(mut self, signals: &Signals) -> io::Result<()> {
        self.target.install_journal(&self.file, signals)
    }
}

fn length(bytes: &[u8]) -> io::Result<u64> {
    u64::try_from(bytes.len()).map_err(io::Error::other)
}

/// Writes a packet.
pub(super) fn push(bytes: &mut Vec<u8>, message: impl Into<Packet>) {
    for word in message.into().words() {
        bytes.extend(word.to_be_bytes());
    }
}

/// Writes the number of ticks since the packet before.
pub(super) fn push_ticks(bytes: &mut Vec<u8>, mut ticks: u64) {
    const MOST: u32 = 0xf_ffff;
    loop {
        let now = u32::try_from(ticks).unwrap_or(MOST).min(MOST);
        if let Ok(message) = Utility::delta_clockstamp(now) {
            push(bytes, Ump::Utility(message));
        }
        ticks -= u64::from(now);
        if ticks == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Existing;
    use crate::song::Content;
    use crate::song::clip;

    fn groups(file: &[u8]) -> Vec<u8> {
        let song = clip::Clip::read(file).unwrap();
        let group = |item: crate::song::Item| match item.content {
            Content::Event { port, event } => {
                let packet = event.packet().unwrap();
                let is_note = packet.message_type() == alsa_seq::ump::MessageType::MIDI1;
                is_note.then_some(port)
            }
            _ => None,
        };
        song.items().filter_map(group).collect()
    }

    /// After each write, the file is a valid clip with all events that were
    /// committed before.
    #[test]
    fn every_moment_is_a_clip() {
        let directory = tempfile::tempdir().unwrap();
        let signals = Signals::block(crate::signals::Catch::Usual).unwrap();
        let path = directory.path().join("clip");
        let mut first = Vec::new();
        push_ticks(&mut first, 0);
        push(&mut first, Ump::Utility(Utility::TicksPerQuarter(96)));
        push(&mut first, Ump::Stream(Stream::StartOfClip));
        let note = |group: u32| {
            let mut bytes = Vec::new();
            push_ticks(&mut bytes, 3_000_000);
            push(
                &mut bytes,
                Packet::new([0x2090_3c40 | group << 24, 0, 0, 0]),
            );
            bytes
        };
        let target = Target::open(&path, Existing::Refuse(""), &signals).unwrap();
        let journal = directory.path().join("clip.recording");
        let mut clip = Clip::create(target, &first).unwrap();
        clip.commit(&note(0)).unwrap();
        let before = std::fs::read(&journal).unwrap();
        let end = usize::try_from(clip.end).unwrap();
        clip.commit(&note(1)).unwrap();
        let after = std::fs::read(&journal).unwrap();
        clip.finish(&signals).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), after);

        let mut now = before;
        for byte in &after[now.len()..] {
            assert_eq!(groups(&now), [0]);
            now.push(*byte);
        }
        assert_eq!(groups(&now), [0]);
        now[end..end + 4].fill(0);
        assert_eq!(now, after);
        assert_eq!(groups(&now), [0, 1]);
        assert_eq!(clip::Clip::read(&now).unwrap().end, 6_000_000);
    }
}
