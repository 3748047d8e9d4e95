//! [`Packet`], the words of a packet.

use core::fmt;
use core::str::FromStr;

use super::{Channel, Group, U4, Ump};

/// The first four bits of a packet. They determine its type and its number of words.
///
/// All 16 types have a defined size, also the reserved ones (2.1.4). So a program can
/// read a stream of packets without knowing all types.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageType(U4);

impl MessageType {
    /// Time stamps and other utility messages, [`Utility`](super::Utility). 1 word, no
    /// group.
    pub const UTILITY: Self = Self(U4::in_field(0x0));
    /// System common and real-time messages, [`System`](super::System). 1 word.
    pub const SYSTEM: Self = Self(U4::in_field(0x1));
    /// MIDI 1.0 channel voice messages, [`Midi1`](super::Midi1). 1 word.
    pub const MIDI1: Self = Self(U4::in_field(0x2));
    /// System-exclusive data of 7-bit bytes, [`Sysex7`](super::Sysex7).
    /// 2 words.
    pub const DATA64: Self = Self(U4::in_field(0x3));
    /// MIDI 2.0 channel voice messages, [`Midi2`](super::Midi2). 2 words.
    pub const MIDI2: Self = Self(U4::in_field(0x4));
    /// Data of 8-bit bytes, [`Sysex8`](super::Sysex8) and
    /// [`MixedDataSet`](super::MixedDataSet). 4 words.
    pub const DATA128: Self = Self(U4::in_field(0x5));
    /// Tempo, key, chords and texts, [`Flex`](super::Flex). 4 words.
    pub const FLEX_DATA: Self = Self(U4::in_field(0xd));
    /// Descriptions of endpoints, [`Stream`](super::Stream). 4 words, no group.
    pub const STREAM: Self = Self(U4::in_field(0xf));

    /// The type of the packet that starts with `word`.
    pub const fn of(word: u32) -> Self {
        let [first, ..] = word.to_be_bytes();
        Self(U4::in_field(first >> 4))
    }

    /// Its number, 0 to 15.
    pub const fn number(self) -> u8 {
        self.0.get()
    }

    /// The number of words in packets of this type, 1 to 4.
    pub const fn words(self) -> usize {
        match self.number() {
            0x0..=0x2 | 0x6 | 0x7 => 1,
            0x3 | 0x4 | 0x8..=0xa => 2,
            0xb | 0xc => 3,
            _ => 4,
        }
    }

    /// Returns whether packets of this type belong to a group.
    pub const fn has_group(self) -> bool {
        !matches!(self, Self::UTILITY | Self::STREAM)
    }
}

impl fmt::Debug for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageType({})", self.number())
    }
}

/// A Universal MIDI Packet: one to four words. Only their number is checked.
///
/// A packet keeps every bit, also bits without a meaning. [`Packet::decode`] returns its
/// meaning. As text, a packet is hexadecimal:
///
/// ```
/// use alsa_seq::ump::{Channel, Group, Midi2, Packet, Ump};
///
/// let packet: Packet = "40903c00 c0000000".parse()?;
/// assert_eq!(packet.words(), [0x4090_3c00, 0xc000_0000]);
/// assert_eq!(
///     packet.decode(),
///     Ump::Midi2(Group::new(0)?, Channel::new(0)?, Midi2::note_on(60, 0xc000)?)
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Packet([u32; 4]);

impl Packet {
    /// Makes the packet at the start of `words`. The words after its last word are
    /// ignored.
    pub const fn new(words: [u32; 4]) -> Self {
        let [first, second, third, _] = words;
        Self(match MessageType::of(first).words() {
            1 => [first, 0, 0, 0],
            2 => [first, second, 0, 0],
            3 => [first, second, third, 0],
            _ => words,
        })
    }

    /// The message type.
    pub const fn message_type(self) -> MessageType {
        let [first, ..] = self.0;
        MessageType::of(first)
    }

    /// Its words, one to four.
    pub fn words(&self) -> &[u32] {
        self.0.get(..self.message_type().words()).unwrap_or(&self.0)
    }

    /// Its words, filled with 0 to four.
    pub const fn to_array(self) -> [u32; 4] {
        self.0
    }

    /// Converts the words to bytes, in the order of the fields.
    pub(super) fn to_bytes(self) -> [[u8; 4]; 4] {
        self.0.map(u32::to_be_bytes)
    }

    /// Converts bytes in the order of the fields to words.
    pub(super) fn from_bytes(bytes: [[u8; 4]; 4]) -> Self {
        Self(bytes.map(u32::from_be_bytes))
    }

    /// The group; `None` if the type has no group.
    pub const fn group(self) -> Option<Group> {
        let [first, ..] = self.0;
        let [byte, ..] = first.to_be_bytes();
        if self.message_type().has_group() {
            Some(Group::in_field(byte))
        } else {
            None
        }
    }

    /// The same packet in another group. A packet of a type without a group stays as it
    /// is.
    #[must_use]
    pub const fn with_group(self, group: Group) -> Self {
        if !self.message_type().has_group() {
            return self;
        }
        let [first, second, third, fourth] = self.0;
        let [_, a, b, c] = first.to_be_bytes();
        let byte = self.message_type().number() << 4 | group.number();
        let first = u32::from_be_bytes([byte, a, b, c]);
        Self([first, second, third, fourth])
    }

    /// The channel, if the packet is for a single channel: see [`Ump::channel`].
    pub fn channel(self) -> Option<Channel> {
        self.decode().channel()
    }

    /// The same packet for another channel. A packet that is not for a single channel
    /// stays as it is.
    #[must_use]
    pub fn with_channel(self, channel: Channel) -> Self {
        if self.channel().is_none() {
            return self;
        }
        let [first, second, third, fourth] = self.0;
        let [head, status, c, d] = first.to_be_bytes();
        let first = u32::from_be_bytes([head, status & 0xf0 | channel.number(), c, d]);
        Self([first, second, third, fourth])
    }

    /// Returns the meaning of the packet.
    pub fn decode(self) -> Ump {
        Ump::from(self)
    }
}

impl From<[u32; 4]> for Packet {
    fn from(words: [u32; 4]) -> Self {
        Self::new(words)
    }
}

impl From<Packet> for [u32; 4] {
    fn from(packet: Packet) -> Self {
        packet.0
    }
}

/// The words, of eight hexadecimal digits each.
impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, word) in self.words().iter().enumerate() {
            let space = if n == 0 { "" } else { " " };
            write!(f, "{space}{word:08x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packet({self})")
    }
}

/// The error for a text that is not a packet.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a packet: expected as many words of eight hexadecimal digits as the first one asks for"
)]
pub struct ParsePacketError(());

debug_as_display!(ParsePacketError);

impl FromStr for Packet {
    type Err = ParsePacketError;

    /// Reads the form that [`Display`](fmt::Display) writes. Digits may be upper case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |digits: &str| {
            // `from_str_radix` would accept a leading `+`.
            if digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                u32::from_str_radix(digits, 16).ok()
            } else {
                None
            }
        };
        let parse = || {
            let mut words = [0; 4];
            // `split` with a single `char` has code that can panic.
            let mut texts = text.split([' ']);
            let mut count = 0;
            for (slot, digits) in words.iter_mut().zip(&mut texts) {
                *slot = word(digits)?;
                count += 1;
            }
            let packet = Self::new(words);
            (packet.words().len() == count && texts.next().is_none()).then_some(packet)
        };
        parse().ok_or(ParsePacketError(()))
    }
}
