//! Message types 3 and 5: system-exclusive and other data.

use core::fmt;
use core::ops::Deref;

use super::{Packet, U4};
use crate::ValueError;

/// The position of a packet in a longer message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "SND_UMP_SYSEX_STATUS_SINGLE")]
pub enum Form {
    /// The whole message.
    #[default]
    Complete,
    /// The first of several packets.
    Start,
    /// A packet between the first and the last.
    Continue,
    /// The last packet.
    End,
}

impl Form {
    /// Converts a number. Only 0 to 3 have a meaning.
    pub(super) const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Complete,
            1 => Self::Start,
            2 => Self::Continue,
            3 => Self::End,
            _ => return None,
        })
    }

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Start => 1,
            Self::Continue => 2,
            Self::End => 3,
        }
    }
}

/// Up to `N` bytes, by value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Chunk<const N: usize> {
    /// The bytes after the first `len` are 0.
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Chunk<N> {
    /// # Errors
    /// If there are more than `N` bytes.
    fn new(what: &'static str, bytes: &[u8]) -> Result<Self, ValueError> {
        let too_long = || {
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            ValueError::new(what, count(bytes.len()), 0, count(N))
        };
        let mut own = [0; N];
        let front = own.get_mut(..bytes.len()).ok_or_else(too_long)?;
        front.copy_from_slice(bytes);
        Ok(Self {
            bytes: own,
            len: u8::try_from(bytes.len()).map_err(|_| too_long())?,
        })
    }
}

impl<const N: usize> Deref for Chunk<N> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.len))
            .unwrap_or(&self.bytes)
    }
}

impl<const N: usize> fmt::Debug for Chunk<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// A system-exclusive message, or up to six bytes of one (7.7).
///
/// The bytes are those *between* MIDI 1.0's `0xf0` and `0xf7`. Packets do not contain
/// these two, so no byte has its upper bit set.
///
/// ```
/// use alsa_seq::ump::{Form, Group, Packet, Sysex7, Ump};
///
/// // GM system on.
/// let message = Sysex7::new(Form::Complete, &[0x7e, 0x7f, 0x09, 0x01])?;
/// let packet = Packet::from(Ump::Sysex7(Group::new(0)?, message));
/// assert_eq!(packet.to_string(), "30047e7f 09010000");
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sysex7 {
    form: Form,
    bytes: Chunk<6>,
}

impl Sysex7 {
    /// Makes a packet with some bytes of a message.
    ///
    /// # Errors
    /// If there are more than 6, or one is not 0 to 127.
    pub fn new(form: Form, bytes: &[u8]) -> Result<Self, ValueError> {
        for byte in bytes {
            crate::value::check("system-exclusive byte", *byte, 0, 127)?;
        }
        Ok(Self {
            form,
            bytes: Chunk::new("number of system-exclusive bytes", bytes)?,
        })
    }

    /// The position in the message.
    #[doc(alias = "snd_ump_sysex_msg_status")]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The bytes, up to six.
    #[doc(alias = "snd_ump_sysex_msg_length")]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn decode(packet: Packet) -> Option<Self> {
        let [[_, status, a, b], [c, d, e, f], ..] = packet.to_bytes();
        let bytes = [a, b, c, d, e, f].map(|byte| byte & 0x7f);
        let count = usize::from(status & 0x0f);
        Self::new(Form::from_number(status >> 4)?, bytes.get(..count)?).ok()
    }

    pub(super) fn encode(self) -> [[u8; 4]; 4] {
        let status = self.form.number() << 4 | self.bytes.len;
        let [a, b, c, d, e, f] = self.bytes.bytes;
        [[0, status, a, b], [c, d, e, f], [0; 4], [0; 4]]
    }
}

/// A system-exclusive message of 8-bit bytes, or up to 13 bytes of one (7.8).
/// MIDI 1.0 has no such messages, and the kernel does not deliver them to clients without
/// UMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sysex8 {
    form: Form,
    stream: u8,
    bytes: Chunk<13>,
}

impl Sysex8 {
    /// Makes a packet with some bytes of a message. The stream number distinguishes
    /// messages whose packets are interleaved.
    ///
    /// # Errors
    /// If there are more than 13.
    pub fn new(form: Form, stream: u8, bytes: &[u8]) -> Result<Self, ValueError> {
        Ok(Self {
            form,
            stream,
            bytes: Chunk::new("number of system-exclusive bytes", bytes)?,
        })
    }

    /// The position in the message.
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The stream number, which distinguishes interleaved messages.
    pub const fn stream(&self) -> u8 {
        self.stream
    }

    /// The bytes, up to 13.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn decode(packet: Packet) -> Option<Self> {
        let [
            [_, status, stream, b0],
            [b1, b2, b3, b4],
            [b5, b6, b7, b8],
            [b9, b10, b11, b12],
        ] = packet.to_bytes();
        let bytes = [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12];
        // The count includes the stream number.
        let count = usize::from(status & 0x0f).checked_sub(1)?;
        Self::new(Form::from_number(status >> 4)?, stream, bytes.get(..count)?).ok()
    }

    pub(super) fn encode(self) -> [[u8; 4]; 4] {
        let status = self.form.number() << 4 | (self.bytes.len + 1);
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12] = self.bytes.bytes;
        [
            [0, status, self.stream, b0],
            [b1, b2, b3, b4],
            [b5, b6, b7, b8],
            [b9, b10, b11, b12],
        ]
    }
}

/// A piece of a mixed data set (7.9): data of any kind, such as a file, in
/// chunks of one header packet and many payload packets.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum MixedDataSet {
    /// A chunk begins.
    Header {
        /// The number of the data set, which distinguishes interleaved data sets.
        id: U4,
        /// The number of valid bytes in the chunk.
        valid_bytes: u16,
        /// The number of chunks in the data set.
        chunks: u16,
        /// The number of this chunk.
        chunk: u16,
        /// The manufacturer that defines the format.
        manufacturer: u16,
        /// The device.
        device: u16,
        /// A number that the manufacturer defines.
        sub_id_1: u16,
        /// A number that the manufacturer defines.
        sub_id_2: u16,
    },
    /// The next 14 bytes of the chunk.
    Payload {
        /// The number of the data set, which distinguishes interleaved data sets.
        id: U4,
        /// The bytes.
        bytes: [u8; 14],
    },
}

debug!(enum MixedDataSet {
    Header { id, valid_bytes, chunks, chunk, manufacturer, device, sub_id_1, sub_id_2 },
    Payload { id, bytes },
});

impl MixedDataSet {
    pub(super) fn decode(packet: Packet) -> Option<Self> {
        let [[_, status, a, b], [c, d, e, f], [g, h, i, j], [k, l, m, n]] = packet.to_bytes();
        let id = U4::in_field(status);
        Some(match status >> 4 {
            0x8 => Self::Header {
                id,
                valid_bytes: u16::from_be_bytes([a, b]),
                chunks: u16::from_be_bytes([c, d]),
                chunk: u16::from_be_bytes([e, f]),
                manufacturer: u16::from_be_bytes([g, h]),
                device: u16::from_be_bytes([i, j]),
                sub_id_1: u16::from_be_bytes([k, l]),
                sub_id_2: u16::from_be_bytes([m, n]),
            },
            0x9 => Self::Payload {
                id,
                bytes: [a, b, c, d, e, f, g, h, i, j, k, l, m, n],
            },
            _ => return None,
        })
    }

    pub(super) fn encode(self) -> [[u8; 4]; 4] {
        let pair =
            |first: u16, second: u16| (u32::from(first) << 16 | u32::from(second)).to_be_bytes();
        match self {
            Self::Header {
                id,
                valid_bytes,
                chunks,
                chunk,
                manufacturer,
                device,
                sub_id_1,
                sub_id_2,
            } => {
                let [a, b] = valid_bytes.to_be_bytes();
                [
                    [0, 0x80 | id.get(), a, b],
                    pair(chunks, chunk),
                    pair(manufacturer, device),
                    pair(sub_id_1, sub_id_2),
                ]
            }
            Self::Payload { id, bytes } => {
                let [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = bytes;
                [
                    [0, 0x90 | id.get(), a, b],
                    [c, d, e, f],
                    [g, h, i, j],
                    [k, l, m, n],
                ]
            }
        }
    }
}
