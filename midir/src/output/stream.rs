//! Converts bytes to events, if they are not exactly one message.
//!
//! Programs pad short messages to three bytes, and midir sends only the first message of a call. So
//! bytes after the first message are sent only if they cannot be padding: each message must begin
//! with its status byte.

use alsa_seq::Event;

use crate::SendError;

/// The state that earlier bytes leave for the bytes of a connection.
#[derive(Clone, Copy, Default)]
pub(super) struct Stream {
    /// The status of the last channel message.
    running: Option<u8>,
    /// A system-exclusive message has begun, but has not ended.
    in_sysex: bool,
}

const SYSEX: u8 = 0xf0;
const SYSEX_END: u8 = 0xf7;
const REAL_TIME: u8 = 0xf8;

const INVALID: SendError = SendError::InvalidData("the bytes are not a MIDI message");
const INCOMPLETE: SendError =
    SendError::InvalidData("the bytes are not a MIDI message: they end inside one");

impl Stream {
    /// Records that this message was sent.
    pub(super) fn sent_whole(&mut self, message: &[u8]) {
        match message.first() {
            Some(&status @ 0x80..SYSEX) => {
                *self = Self {
                    running: Some(status),
                    in_sysex: false,
                };
            }
            // Real-time messages may occur anywhere.
            Some(REAL_TIME..) | None => {}
            Some(_) => *self = Self::default(),
        }
    }

    /// Returns the events of these bytes, which are valid if they begin with a message. After it,
    /// the first part that is not a complete message with a status byte is left out, with
    /// everything after it.
    pub(super) fn events<'a>(&mut self, bytes: &'a [u8]) -> Result<Vec<Event<'a>>, SendError> {
        let &first = bytes.first().ok_or(INCOMPLETE)?;
        // In a part of a system-exclusive message, data bytes may follow a clock.
        let is_sysex = first == SYSEX || self.continues(first);
        let (event, length) = self.event(first, bytes)?;
        let mut events = vec![event];
        let mut rest = bytes.get(length..).unwrap_or_default();
        while let Some(&first) = rest.first() {
            if first < 0x80 && !(is_sysex && self.in_sysex) {
                break;
            }
            let Ok((event, length)) = self.event(first, rest) else {
                break;
            };
            events.push(event);
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(events)
    }

    /// Returns whether a system-exclusive message continues with this byte.
    fn continues(&self, first: u8) -> bool {
        self.in_sysex && (first < 0x80 || first == SYSEX_END)
    }

    /// Returns the first event of `rest`, which begins with `first`, and its length in bytes.
    ///
    /// A refused status byte still ends the message before it: the next data bytes belong to
    /// neither.
    fn event<'a>(&mut self, first: u8, rest: &'a [u8]) -> Result<(Event<'a>, usize), SendError> {
        let event = self.valid_event(first, rest);
        if event.is_err() && (0x80..SYSEX_END).contains(&first) {
            *self = Self::default();
        }
        event
    }

    /// Does the same as [`event`](Self::event). After an error, the state is unchanged.
    fn valid_event<'a>(
        &mut self,
        first: u8,
        rest: &'a [u8],
    ) -> Result<(Event<'a>, usize), SendError> {
        if first == SYSEX || self.continues(first) {
            let (piece, ends) = sysex_piece(rest);
            self.running = None;
            self.in_sysex = !ends;
            return Ok((Event::sysex(piece), piece.len()));
        }
        let (status, data) = match (first, self.running) {
            (0x80.., _) => (first, rest.get(1..).unwrap_or_default()),
            (_, Some(running)) => (running, rest),
            (_, None) => return Err(INVALID),
        };
        let needed = match status {
            0xc0..=0xdf | 0xf1 | 0xf3 => 1,
            0x80..=0xbf | 0xe0..=0xef | 0xf2 => 2,
            _ => 0,
        };
        let data = data.get(..needed).ok_or(INCOMPLETE)?;
        let mut message = [status, 0, 0];
        for (byte, data) in message.iter_mut().skip(1).zip(data) {
            *byte = *data;
        }
        let whole = message.get(..=needed).unwrap_or_default();
        let event = Event::from_midi(whole).map_err(|_| INVALID)?.into_owned();
        self.sent_whole(whole);
        let length = needed + usize::from(first >= 0x80);
        Ok((event, length))
    }
}

/// Returns the bytes of a system-exclusive message at the beginning of `bytes`, and whether they
/// end it.
fn sysex_piece(bytes: &[u8]) -> (&[u8], bool) {
    let first = usize::from(bytes.first() == Some(&SYSEX));
    let data = bytes.iter().skip(first).take_while(|byte| **byte < 0x80);
    let length = first + data.count();
    let ends = bytes.get(length) == Some(&SYSEX_END);
    let piece = bytes.get(..length + usize::from(ends));
    (piece.unwrap_or(bytes), ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the messages of these calls, or the error of the last call.
    fn sent(calls: &[&[u8]]) -> Result<Vec<Vec<u8>>, SendError> {
        let mut stream = Stream::default();
        let mut all = Vec::new();
        for bytes in calls {
            for event in stream.events(bytes)? {
                all.push(event.to_midi().unwrap().to_vec());
            }
        }
        Ok(all)
    }

    #[test]
    fn several_messages_and_running_status() {
        assert_eq!(
            sent(&[&[0x90, 60, 100, 0xf8, 0xc1, 5], &[6], &[7]]).unwrap(),
            [
                &[0x90, 60, 100][..],
                &[0xf8],
                &[0xc1, 5],
                &[0xc1, 6],
                &[0xc1, 7]
            ]
        );
    }

    #[test]
    fn bytes_after_a_message_may_be_padding() {
        let note: &[u8] = &[0x90, 60, 100];
        for (padded, message) in [
            (&[0xc0, 5, 0][..], &[0xc0, 5][..]),
            (&[0xf8, 0, 0], &[0xf8]),
            (&[0xf1, 3, 0], &[0xf1, 3]),
            (&[0xf0, 1, 0xf7, 0, 0], &[0xf0, 1, 0xf7]),
            (&[0xf0, 1, 0xf7, 0xf7], &[0xf0, 1, 0xf7]),
            (&[0x90, 1, 2, 0xf7], &[0x90, 1, 2]),
            (&[0x90, 1, 2, 3, 4, 0xf8], &[0x90, 1, 2]),
            (&[0x90, 1, 2, 0x80, 1], &[0x90, 1, 2]),
        ] {
            // Without running status, with it, and within an incomplete message.
            assert_eq!(sent(&[padded]).unwrap(), [message], "{padded:x?}");
            assert_eq!(
                sent(&[note, padded]).unwrap(),
                [note, message],
                "{padded:x?}"
            );
            let begun: &[u8] = &[0xf0, 1];
            assert_eq!(
                sent(&[begun, padded]).unwrap(),
                [begun, message],
                "{padded:x?}"
            );
        }
        // A message with running status may also be padded.
        assert_eq!(
            sent(&[note, &[61, 100, 0], &[62, 100]]).unwrap(),
            [note, &[0x90, 61, 100], &[0x90, 62, 100]]
        );
    }

    #[test]
    fn sysex_in_pieces_may_contain_clocks() {
        assert_eq!(
            sent(&[&[0xf0, 1, 2], &[3, 0xf8, 4], &[0xf7, 0x90, 60, 0]]).unwrap(),
            [
                &[0xf0, 1, 2][..],
                &[3],
                &[0xf8],
                &[4],
                &[0xf7],
                &[0x90, 60, 0]
            ]
        );
        // A channel message cuts it off.
        assert_eq!(
            sent(&[&[0xf0, 1], &[0x80, 1, 2], &[3]]).err(),
            Some(INCOMPLETE)
        );
    }

    #[test]
    fn bytes_that_are_not_a_message_are_refused() {
        for bytes in [&[1_u8, 2][..], &[0xf7], &[0xf4], &[0xf9], &[0x90, 0x90, 1]] {
            assert_eq!(sent(&[bytes]).err(), Some(INVALID), "{bytes:x?}");
        }
        for bytes in [&[][..], &[0x90], &[0x90, 1]] {
            assert_eq!(sent(&[bytes]).err(), Some(INCOMPLETE), "{bytes:x?}");
        }
        // System messages end running status.
        assert_eq!(
            sent(&[&[0x90, 1, 2], &[0xf6], &[3, 4]]).err(),
            Some(INVALID)
        );
    }

    #[test]
    fn after_a_refused_status_data_bytes_are_refused() {
        let messages: [&[u8]; 2] = [&[0x90, 1, 2], &[0xf0, 1]];
        let refused: [&[u8]; 5] = [&[0x80], &[0x80, 1], &[0xc0, 0xf6], &[0xf2, 1], &[0xf4]];
        for message in messages {
            for bytes in refused {
                let mut stream = Stream::default();
                stream.events(message).unwrap();
                assert!(stream.events(bytes).is_err());
                let next = stream.events(&[3, 4]);
                assert_eq!(next, Err(INVALID), "{message:x?}, {bytes:x?}");
            }
        }
        // The same is true if the status is left out after a message.
        let calls: [&[u8]; 2] = [&[0x90, 1, 2, 0x80], &[3, 4]];
        assert_eq!(sent(&calls).err(), Some(INVALID));
    }

    #[test]
    fn refused_bytes_without_a_status_change_nothing() {
        let mut stream = Stream::default();
        stream.events(&[0x90, 1, 2]).unwrap();
        for bytes in [&[][..], &[9], &[0xf7, 9], &[0xf9]] {
            assert!(stream.events(bytes).is_err(), "{bytes:x?}");
        }
        assert_eq!(
            *stream.events(&[3, 4]).unwrap(),
            [Event::note_on(0, 3, 4).unwrap()]
        );
    }
}
