//! Files of MIDI messages without times, mostly system-exclusive ones (`.syx`). They are
//! sent as fast as a MIDI cable can.

use alsa_seq::midi::{Encoder, Parsed, Parser};
use alsa_seq::{Event, EventData, Tempo};

use crate::cable::CABLE;
use crate::song::item::{Content, Item};

/// A file of messages.
#[derive(Debug)]
pub struct Syx<'a> {
    /// A "quarter note" is a second, and a tick is the time of a byte.
    pub tempo: Tempo,
    /// The tick at which the last byte was sent.
    pub end: u32,
    bytes: &'a [u8],
}

/// The reason why a file does not consist of messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyxError {
    /// A message has no end.
    #[error("a message is cut short at or before byte {0}")]
    Cut(usize),
    /// A byte is not part of a message.
    #[error("byte {0} is not part of a message")]
    Stray(usize),
    /// It is longer than a queue can count.
    #[error("the file is too long")]
    TooLong,
}

impl<'a> Syx<'a> {
    /// Checks that a file consists of complete messages.
    ///
    /// # Errors
    /// If it does not.
    pub fn read(bytes: &'a [u8]) -> Result<Self, SyxError> {
        let mut parser = Parser::new([0; 256]);
        let mut rest = bytes;
        let mut end = 0_u32;
        loop {
            let parsed = match parser.parse(&mut rest) {
                None => break,
                Some(Parsed::Event(data)) => ticks(&data),
                Some(_) => return Err(SyxError::Cut(bytes.len() - rest.len())),
            };
            end = end.checked_add(parsed).ok_or(SyxError::TooLong)?;
            if parser.discarded() > 0 {
                return Err(SyxError::Stray(bytes.len() - rest.len() - 1));
            }
        }
        if parser.discarded() > 0 {
            return Err(SyxError::Stray(bytes.len() - 1));
        }
        if parser.finish().is_some() || parser.discarded() > 0 {
            return Err(SyxError::Cut(bytes.len()));
        }
        let second = Tempo::from_micros(1_000_000);
        let tempo = second.and_then(|second| second.with_ppq(CABLE));
        Ok(Self {
            tempo: tempo.unwrap_or_default(),
            end,
            bytes,
        })
    }

    /// Returns the messages before the first that is cut off or invalid.
    ///
    /// # Errors
    /// If no message is intact.
    pub fn repair(bytes: &[u8]) -> Result<Vec<u8>, SyxError> {
        let mut parser = Parser::new([0; 256]);
        let mut rest = bytes;
        let mut whole = 0;
        while let Some(Parsed::Event(data)) = parser.parse(&mut rest) {
            let is_whole = match data {
                EventData::Sysex(piece) => piece.last() == Some(&0xf7),
                _ => true,
            };
            if parser.discarded() > 0 {
                break;
            }
            if is_whole {
                whole = bytes.len() - rest.len();
            }
        }
        match bytes.get(..whole) {
            Some(bytes) if whole > 0 => Ok(bytes.to_vec()),
            _ => Err(SyxError::Cut(whole)),
        }
    }

    /// Returns the messages, each at the time when the message before has passed the
    /// cable.
    pub fn items(&self) -> impl Iterator<Item = Item> + use<'a> {
        let mut parser = Parser::new([0; 256]);
        let mut rest = self.bytes;
        let mut tick = 0;
        std::iter::from_fn(move || {
            // `read` has checked that the file has nothing else.
            let Some(Parsed::Event(data)) = parser.parse(&mut rest) else {
                return None;
            };
            let due = tick;
            tick += ticks(&data);
            let event = Event::new(data).into_owned();
            let content = Content::Event { port: 0, event };
            Some(Item { tick: due, content })
        })
    }
}

/// The time that a message needs, in ticks.
fn ticks(data: &EventData<'_>) -> u32 {
    let length = Encoder::new().encoded_len(data).unwrap_or(3);
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_at_the_pace_of_a_cable() {
        let mut long = vec![0xf0];
        long.extend([1; 300]);
        long.push(0xf7);
        let bytes = [&[0xf0, 7, 0xf7][..], &long, &[0x90, 60, 1, 61, 2]].concat();
        let song = Syx::read(&bytes).unwrap();
        let items: Vec<_> = song.items().collect();
        let ticks: Vec<_> = items.iter().map(|item| item.tick).collect();
        // The ticks include a status byte for each message, as without running
        // status.
        assert_eq!(ticks, [0, 3, 259, 305, 308]);
        assert_eq!(song.end, 311);
        assert_eq!(song.tempo.duration_of(CABLE).as_secs(), 1);
    }

    #[test]
    fn invalid_messages_are_refused() {
        for (bytes, error) in [
            (&[0xf0, 1][..], SyxError::Cut(2)),
            (&[0xf0, 1, 0xf0, 0xf7], SyxError::Cut(2)),
            (&[0xf0, 0xf7, 0x90, 1], SyxError::Cut(4)),
            (&[0xf0, 0xf7, 1], SyxError::Stray(2)),
            (&[0xf7], SyxError::Stray(0)),
        ] {
            assert_eq!(Syx::read(bytes).unwrap_err(), error, "{bytes:x?}");
        }
    }
}
