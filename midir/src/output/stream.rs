//! Bytes to events, when they are not exactly one message.

use alsa_seq::Event;

use crate::SendError;

/// What a connection's bytes mean depends on those that were sent before.
#[derive(Clone, Copy, Default)]
pub(super) struct Stream {
    /// The status of the last channel message.
    running: Option<u8>,
    /// A system-exclusive message has begun, and not ended.
    in_sysex: bool,
}

const SYSEX: u8 = 0xf0;
const SYSEX_END: u8 = 0xf7;
const REAL_TIME: u8 = 0xf8;

const INVALID: SendError = SendError::InvalidData("the bytes are no MIDI message");
const INCOMPLETE: SendError =
    SendError::InvalidData("the bytes are no MIDI message: they end within one");

impl Stream {
    /// Notes that this message was sent.
    pub(super) fn sent_whole(&mut self, message: &[u8]) {
        match message.first() {
            Some(&status @ 0x80..SYSEX) => {
                *self = Self {
                    running: Some(status),
                    in_sysex: false,
                };
            }
            // Real-time messages may come anywhere.
            Some(REAL_TIME..) | None => {}
            Some(_) => *self = Self::default(),
        }
    }

    /// The events of these bytes. If they are not valid, nothing has changed.
    pub(super) fn events<'a>(&mut self, bytes: &'a [u8]) -> Result<Vec<Event<'a>>, SendError> {
        if bytes.is_empty() {
            return Err(INCOMPLETE);
        }
        let mut after = *self;
        let mut rest = bytes;
        let mut events = Vec::new();
        while let Some(&first) = rest.first() {
            let (event, length) = after.event(first, rest)?;
            events.push(event);
            rest = rest.get(length..).unwrap_or_default();
        }
        *self = after;
        Ok(events)
    }

    /// The first event of `rest`, which begins with `first`, and its length in bytes.
    fn event<'a>(&mut self, first: u8, rest: &'a [u8]) -> Result<(Event<'a>, usize), SendError> {
        let continues = self.in_sysex && (first < 0x80 || first == SYSEX_END);
        if first == SYSEX || continues {
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

/// The bytes of a system-exclusive message at the front of `bytes`, and whether they end it.
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

    /// The messages of these calls, or the error of the last one.
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
            sent(&[&[0x90, 60, 100, 64, 100, 0xf8, 0xc1, 5], &[6]]).unwrap(),
            [
                &[0x90, 60, 100][..],
                &[0x90, 64, 100],
                &[0xf8],
                &[0xc1, 5],
                &[0xc1, 6]
            ]
        );
    }

    #[test]
    fn sysex_in_pieces_and_with_clocks_in_it() {
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
        // A channel message breaks it off.
        assert_eq!(
            sent(&[&[0xf0, 1], &[0x80, 1, 2], &[3]]).err(),
            Some(INCOMPLETE)
        );
    }

    #[test]
    fn what_is_no_message() {
        for bytes in [&[1_u8, 2][..], &[0xf7], &[0xf4], &[0xf9], &[0x90, 0x90, 1]] {
            assert_eq!(sent(&[bytes]).err(), Some(INVALID), "{bytes:x?}");
        }
        for bytes in [&[][..], &[0x90], &[0x90, 1], &[0xf8, 0xc0]] {
            assert_eq!(sent(&[bytes]).err(), Some(INCOMPLETE), "{bytes:x?}");
        }
        // System messages end running status.
        assert_eq!(sent(&[&[0x90, 1, 2, 0xf6, 3, 4]]).err(), Some(INVALID));
    }

    #[test]
    fn after_an_error_all_is_as_before() {
        let mut stream = Stream::default();
        stream.events(&[0x90, 1, 2]).unwrap();
        assert!(stream.events(&[0xf0, 1, 0xf7, 9]).is_err());
        assert_eq!(
            *stream.events(&[3, 4]).unwrap(),
            [Event::note_on(0, 3, 4).unwrap()]
        );
    }
}
