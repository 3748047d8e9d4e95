//! The form of events that `aseqnet` has always sent over TCP: a C struct, followed by
//! the data of variable length. It has no version and no checksum.
//!
//! The struct has 32 bytes, in the sender's byte order: the kernel's 28-byte record, and
//! 4 bytes without a meaning. It never worked between machines of different byte order.

use alsa_seq::wire::{self, Events, Framing};
use alsa_seq::{Event, EventData};

/// The C struct of 64-bit machines.
const STRUCT: usize = 32;
/// The part with a meaning, which is the kernel's record.
const RECORD: usize = 28;
/// The place of the length of the following data, if there is any.
const LENGTH: std::ops::Range<usize> = 16..20;
/// The maximum length of data. The kernel's pools hold about 60 KiB.
const LIMIT: usize = 1 << 20;

/// The reason why the bytes are not from `aseqnet`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length of an event is above the maximum.
    #[error("an event of {0} bytes")]
    TooLong(usize),
    /// Two flags that exclude each other, or one that has no meaning.
    #[error("an event with unknown flags {0:#04x}")]
    Flags(u8),
}

/// Takes the first event out of `bytes`, if it is complete. Its destination is set to the
/// subscribers of the port that sends it. Its ports, queues and times are those of the
/// other machine, so they are reset.
///
/// # Errors
/// If the bytes cannot be an event. The start of the next event is then not known.
pub fn take(bytes: &mut Vec<u8>) -> Result<Option<Event<'static>>, FrameError> {
    let Some(head) = bytes.get(..STRUCT) else {
        return Ok(None);
    };
    let flags = head.get(1).copied().unwrap_or(0);
    let follows = match flags >> 2 & 3 {
        0 => 0,
        1 => {
            let length = head.get(LENGTH).and_then(|bytes| bytes.try_into().ok());
            // The upper two bits are flags of the kernel.
            let length = u32::from_ne_bytes(length.unwrap_or([0; 4])) & 0x3fff_ffff;
            usize::try_from(length).unwrap_or(usize::MAX)
        }
        _ => return Err(FrameError::Flags(flags)),
    };
    if follows > LIMIT {
        return Err(FrameError::TooLong(follows));
    }
    let total = STRUCT + follows;
    let (Some(record), Some(data)) = (bytes.get(..RECORD), bytes.get(STRUCT..total)) else {
        return Ok(None);
    };
    let packed = [record, data].concat();
    let event = Events::new(&packed, Framing::Packed)
        .next()
        .and_then(Result::ok)
        .map(|view| Event::new(view.data()).into_owned());
    bytes.drain(..total);
    // An event of 28 bytes is invalid if its flags say that it has 32 bytes.
    event.map(Some).ok_or(FrameError::Flags(flags))
}

/// Appends an event. Universal MIDI Packets have no form in this format.
pub fn put(event: &Event<'_>, bytes: &mut Vec<u8>) {
    if matches!(event.data(), EventData::Ump(_)) {
        return;
    }
    let mut packed = vec![0; wire::encoded_len(event)];
    // There is enough room, and a received event can always be sent.
    if wire::encode(event, &mut packed).is_ok() {
        let (record, data) = packed.split_at(RECORD.min(packed.len()));
        bytes.extend_from_slice(record);
        bytes.extend_from_slice(&[0; STRUCT - RECORD]);
        bytes.extend_from_slice(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(event: &Event<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(event, &mut bytes);
        bytes
    }

    #[test]
    fn events_come_back_however_they_are_cut() {
        let events = [
            Event::note_on(0, 60, 100).unwrap(),
            Event::sysex(&[0xf0, 1, 2, 3, 0xf7]),
            Event::control_change(1, 7, 9).unwrap(),
            Event::sysex(&[0xf0; 5000]),
        ];
        let all: Vec<u8> = events.iter().flat_map(bytes).collect();
        assert_eq!(all.len(), 4 * 32 + 5 + 5000);
        for cut in [1, 7, 28, 32, 33, 4096, all.len()] {
            let (mut buffer, mut heard) = (Vec::new(), Vec::new());
            for part in all.chunks(cut) {
                buffer.extend_from_slice(part);
                while let Some(event) = take(&mut buffer).unwrap() {
                    heard.push(event);
                }
            }
            assert_eq!(heard, events, "{cut}");
            assert!(buffer.is_empty());
        }
    }

    /// The bytes that `aseqnet` 1.2.16 sent for a system-exclusive message.
    #[test]
    fn the_real_ones_bytes_are_read() {
        let mut bytes = vec![0x82, 4, 0, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0x80, 0];
        if cfg!(target_endian = "little") {
            bytes.extend_from_slice(&[5, 0, 0, 0, 0xa8, 0x0e, 2, 0, 0, 0x55, 0, 0, 0, 0, 0, 0]);
            bytes.extend_from_slice(&[0xf0, 1, 2, 3, 0xf7]);
            let event = take(&mut bytes).unwrap().unwrap();
            assert_eq!(event, Event::sysex(&[0xf0, 1, 2, 3, 0xf7]));
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let mut long = bytes(&Event::sysex(&[0xf0]));
        long[16..20].copy_from_slice(&0x3fff_ffff_u32.to_ne_bytes());
        assert_eq!(take(&mut long), Err(FrameError::TooLong(0x3fff_ffff)));
        let mut odd = bytes(&Event::sysex(&[0xf0]));
        odd[1] |= 8;
        assert_eq!(take(&mut odd), Err(FrameError::Flags(0x0c)));
    }
}
