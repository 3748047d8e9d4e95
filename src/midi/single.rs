//! Conversion of a single message, in both directions.

#[cfg(doc)]
use super::Parser;
use super::meaning::{message, real_time, two_bytes};
use super::{EncodeError, Encoder, Message, status};
use crate::{Event, EventData};

/// The reason why bytes are not exactly one MIDI 1.0 message.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The message is incomplete, or the slice is empty.
    #[error("the bytes end within a MIDI message")]
    Incomplete,
    /// More bytes follow the message, or a real-time message is inside it. Use a
    /// [`Parser`] for such bytes.
    #[error("the bytes are more than one MIDI message")]
    MoreThanOne,
    /// The first byte is not a status byte, or an undefined one, or another status byte
    /// interrupts the message.
    #[error("the bytes are not a MIDI message")]
    NotMidi,
}

debug_as_display!(DecodeError);

/// Conversion from and to MIDI 1.0 bytes.
impl<'a> Event<'a> {
    /// Converts exactly one MIDI 1.0 message, with its status byte, to an event. Sysex is
    /// borrowed from `bytes`. For a stream of messages, use a [`Parser`].
    ///
    /// [`Event::to_midi`] converts three kinds of events to bytes that this function
    /// refuses: pieces of sysex, which are not complete messages; RPN and NRPN, which
    /// become four messages; and 14-bit controllers, which become two.
    ///
    /// ```
    /// use alsa_seq::Event;
    /// use alsa_seq::midi::DecodeError;
    ///
    /// assert_eq!(Event::from_midi(&[0x90, 60, 100])?, Event::note_on(0, 60, 100)?);
    /// assert_eq!(Event::from_midi(&[0xf0, 1, 0xf7])?, Event::sysex(&[0xf0, 1, 0xf7]));
    /// assert_eq!(Event::from_midi(&[0x90, 60]), Err(DecodeError::Incomplete));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the bytes are not exactly one message: see [`DecodeError`].
    #[doc(alias = "snd_midi_event_encode")]
    #[doc(alias = "MidiBytesEvent")]
    pub fn from_midi(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (status, data) = bytes.split_first().ok_or(DecodeError::Incomplete)?;
        let (event, rest) = match *status {
            status::SYSEX => {
                let end = data.iter().position(|byte| *byte >= 0x80);
                let end = end.ok_or(DecodeError::Incomplete)?;
                match data.get(end..).unwrap_or_default() {
                    [status::SYSEX_END, rest @ ..] => (EventData::Sysex(bytes), rest),
                    other => return Err(cut_off(other)),
                }
            }
            status::TUNE_REQUEST => (EventData::TuneRequest, data),
            0x80..=0xef | status::QUARTER_FRAME | status::SONG_POSITION | status::SONG_SELECT => {
                match data {
                    [first @ ..=0x7f, rest @ ..] => match (message(*status, None, *first), rest) {
                        (Some(event), rest) => (event, rest),
                        (None, [second @ ..=0x7f, rest @ ..]) => {
                            (two_bytes(*status, *first, *second), rest)
                        }
                        (None, other) => return Err(cut_off(other)),
                    },
                    other => return Err(cut_off(other)),
                }
            }
            other => (real_time(other).ok_or(DecodeError::NotMidi)?, data),
        };
        if rest.is_empty() {
            Ok(Self::new(event))
        } else {
            Err(DecodeError::MoreThanOne)
        }
    }
}

/// The error for a message that is followed by `rest` in place of its data.
const fn cut_off(rest: &[u8]) -> DecodeError {
    match rest {
        [] => DecodeError::Incomplete,
        [status::CLOCK..=0xff, ..] => DecodeError::MoreThanOne,
        _ => DecodeError::NotMidi,
    }
}

impl Event<'_> {
    /// Converts the event to MIDI 1.0 bytes. Each message starts with its status byte
    /// (no running status). It does not allocate: the result is at most 12 bytes by
    /// value, or the sysex bytes, borrowed.
    /// For a stream of events, use an [`Encoder`]. [`Event::from_midi`] lists the events
    /// that it cannot read back.
    ///
    /// ```
    /// use alsa_seq::Event;
    ///
    /// assert_eq!(*Event::pitch_bend(2, 0)?.to_midi()?, [0xe2, 0, 64]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`Encoder::encode`]: the event is not a MIDI 1.0 message, or a value
    /// is out of range.
    #[doc(alias = "snd_midi_event_decode")]
    #[doc(alias = "midi_bytes")]
    pub fn to_midi(&self) -> Result<Message<'_>, EncodeError> {
        Encoder::new().encode(&self.data())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Parsed, Parser};
    use super::*;

    /// Returns whether a parser returns exactly this event for the bytes. For `None`: whether it
    /// returns anything except one event.
    fn parser_agrees(bytes: &[u8], event: Option<&Event>) -> bool {
        let mut parser = Parser::new([0; 16]);
        let mut rest = bytes;
        let (mut count, mut only_events, mut equal) = (0, true, true);
        while let Some(parsed) = parser.parse(&mut rest) {
            if let Parsed::Event(data) = parsed {
                count += 1;
                equal &= event == Some(&Event::new(data));
            } else {
                only_events = false;
            }
        }
        let ends_within = parser.finish().is_some() || parser.discarded() > 0;
        let is_one = count == 1 && only_events && !ends_within;
        if event.is_some() {
            is_one && equal
        } else {
            !is_one
        }
    }

    /// Tests each status with all bytes that determine how it continues.
    #[test]
    fn from_midi_and_the_parser_agree() {
        let bytes = [
            0, 0x40, 0x7f, 0x80, 0xc5, 0xf0, 0xf2, 0xf7, 0xf8, 0xf9, 0xff,
        ];
        let mut whole = 0;
        let mut check = |case: &[u8]| {
            let event = Event::from_midi(case).ok();
            assert!(parser_agrees(case, event.as_ref()), "{case:x?}: {event:?}");
            if let Some(event) = event {
                whole += 1;
                assert_eq!(*event.to_midi().unwrap(), *case);
            }
        };
        check(&[]);
        for status in 0..=0xff {
            check(&[status]);
            for first in bytes {
                check(&[status, first]);
                for second in bytes {
                    check(&[status, first, second]);
                    for third in bytes {
                        check(&[status, first, second, third]);
                    }
                }
            }
        }
        // 80 statuses with two data bytes, 32 with one; F1, F3, F2; F6 and six real-time
        // messages; sysex of up to two data bytes.
        assert_eq!(whole, 80 * 9 + 32 * 3 + 3 + 3 + 9 + 7 + 13);
    }

    #[test]
    fn invalid_bytes_have_the_right_error() {
        use DecodeError::{Incomplete, MoreThanOne, NotMidi};

        for (case, error) in [
            (&[][..], Incomplete),
            (&[0x90], Incomplete),
            (&[0x90, 60], Incomplete),
            (&[0xf0, 1, 2], Incomplete),
            (&[0xc0, 1, 2], MoreThanOne),
            (&[0x90, 60, 100, 64, 100], MoreThanOne),
            (&[0xf8, 0xf8], MoreThanOne),
            (&[0x90, 0xf8, 60, 100], MoreThanOne),
            (&[0xf0, 0xf8, 0xf7], MoreThanOne),
            (&[0xf0, 0xf7, 0xf0], MoreThanOne),
            (&[60, 100], NotMidi),
            (&[0xf4], NotMidi),
            (&[0xf7], NotMidi),
            (&[0xfd], NotMidi),
            (&[0xf0, 1, 0x90, 60, 100], NotMidi),
            (&[0x90, 0x90, 60, 100], NotMidi),
        ] {
            assert_eq!(Event::from_midi(case), Err(error), "{case:x?}");
        }
    }
}
