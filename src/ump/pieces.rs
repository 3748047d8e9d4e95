//! Splits long system-exclusive messages and texts into packets.

use super::{Flex, Form, Sysex7, Sysex8, TextKind};
use crate::ValueError;

/// Splits a message into parts of `size` bytes; the last one may be shorter. An empty
/// message has one part.
fn parts(bytes: &[u8], size: usize) -> impl Iterator<Item = (Form, &[u8])> {
    let count = bytes.len().div_ceil(size).max(1);
    (0..count).map(move |index| {
        let start = index.saturating_mul(size);
        let end = start.saturating_add(size).min(bytes.len());
        let form = match (index == 0, index + 1 == count) {
            (true, true) => Form::Complete,
            (true, false) => Form::Start,
            (false, false) => Form::Continue,
            (false, true) => Form::End,
        };
        (form, bytes.get(start..end).unwrap_or(&[]))
    })
}

impl Sysex7 {
    /// Splits a message of any length into packets of up to six bytes. `bytes` are those
    /// *between* MIDI 1.0's `0xf0` and `0xf7`. If you send the packets with
    /// `EventOutput::event_output_patient`, they do not overflow the receivers' pools.
    ///
    /// ```
    /// use alsa_seq::ump::{Group, Packet, Sysex7, Ump};
    ///
    /// let group = Group::new(0)?;
    /// let packets: Vec<Packet> = Sysex7::split(&[0x7d, 1, 2, 3, 4, 5, 6])?
    ///     .map(|part| Ump::Sysex7(group, part).into())
    ///     .collect();
    /// assert_eq!(packets[0].to_string(), "30167d01 02030405");
    /// assert_eq!(packets[1].to_string(), "30310600 00000000");
    /// # Ok::<(), alsa_seq::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// If a byte is not 0 to 127.
    pub fn split(bytes: &[u8]) -> Result<impl Iterator<Item = Self>, ValueError> {
        for byte in bytes {
            crate::value::check("system-exclusive byte", *byte, 0, 127)?;
        }
        Ok(parts(bytes, 6).flat_map(|(form, part)| Self::new(form, part)))
    }
}

impl Sysex8 {
    /// Splits a message of any length into packets of up to 13 bytes. The stream number
    /// distinguishes messages whose packets are interleaved.
    pub fn split(stream: u8, bytes: &[u8]) -> impl Iterator<Item = Self> {
        parts(bytes, 13).flat_map(move |(form, part)| Self::new(form, stream, part))
    }
}

impl Flex {
    /// Splits a text of any length into messages of twelve bytes. An empty text becomes
    /// one message.
    ///
    /// ```
    /// use alsa_seq::ump::{Flex, Form, TextKind};
    ///
    /// let parts: Vec<Flex> = Flex::split_text(TextKind::LYRICS, "Hallelujah, sing").collect();
    /// assert_eq!(parts.len(), 2);
    /// let (kind, form, text) = (TextKind::LYRICS, Form::End, *b"sing\0\0\0\0\0\0\0\0");
    /// assert_eq!(parts[1], Flex::Text { kind, form, text });
    /// ```
    pub fn split_text(kind: TextKind, text: &str) -> impl Iterator<Item = Self> {
        parts(text.as_bytes(), 12).map(move |(form, part)| {
            let mut text = [0; 12];
            for (slot, byte) in text.iter_mut().zip(part) {
                *slot = *byte;
            }
            Self::Text { kind, form, text }
        })
    }
}
