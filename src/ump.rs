//! MIDI 2.0: Universal MIDI Packets, as words and as typed values.
//!
//! A UMP client (Linux 6.5) sends and receives MIDI as packets of one to four 32-bit
//! words. [`Packet`] has the words, and [`Ump`] their meaning. The values follow
//! *Universal MIDI Packet (UMP) Format and MIDI 2.0 Protocol*, M2-104-UM 1.1.2. The
//! documentation gives its section numbers.
//!
//! ```
//! use alsa_seq::Event;
//! use alsa_seq::ump::{Channel, Group, Midi2, Packet, Ump};
//!
//! // Middle C on the fourth channel of the first group.
//! let (group, channel) = (Group::new(0)?, Channel::new(3)?);
//! let event = Event::ump(Ump::Midi2(group, channel, Midi2::note_on(60, 0xc000)?));
//!
//! match event.packet().map(Packet::decode) {
//!     Some(Ump::Midi2(_, channel, Midi2::NoteOn { note, velocity, .. })) => {
//!         assert_eq!((channel.number(), note.get(), velocity), (3, 60, 0xc000));
//!     }
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), alsa_seq::ValueError>(())
//! ```
//!
//! # Reserved bits and values
//!
//! An event contains a `Packet`, which keeps every bit. So a forwarded packet is
//! unchanged. The typed values contain only the fields that the specification defines:
//!
//! - *Reserved bits* are ignored in decoding, as the specification requires. A packet
//!   that is made from a typed value has 0 there.
//! - *Reserved values* of a status, or of a field that determines the meaning of the
//!   rest, make the whole packet [`Ump::Other`]. It encodes to the same bits.
//!
//! So `Packet::from(packet.decode()) == packet` is true if no reserved bit is set.
//! Nothing in this module panics for any words and arguments, and nothing allocates.
//!
//! # Conversions by the kernel
//!
//! Legacy clients, UMP clients of MIDI 1.0 and UMP clients of MIDI 2.0 can be connected
//! with each other. The kernel converts when it delivers, as appendix D of the
//! specification describes, with the arithmetic of [`scale`]. We have tested that Linux
//! 6.12 and 7.2 do the same:
//!
//! - *Channel voice and system messages* arrive in the receiver's format. In a conversion
//!   to MIDI 1.0, values lose their lower bits. Messages that exist only in MIDI 2.0
//!   (per-note controllers, relative controllers, note attributes) are lost.
//! - *System-exclusive messages*: an event of a legacy client becomes one or more
//!   [`Sysex7`] packets, each of which takes a cell of the receiver's pool. In the other
//!   direction, each packet becomes an event of one to eight bytes. `sysex::Reassembler`
//!   joins these events. (The `Reassembler` of this module joins packets.)
//! - *All other packets* are delivered to UMP clients unchanged. Legacy clients do not
//!   get them, and their sender gets no error.
//! - *The sequencer's own events* (echoes, announcements, tempo) are delivered to all
//!   clients unchanged.
//! - *Groups*: a port with a group (`PortOptions::ump_group`) puts arriving messages into
//!   it. Otherwise, the messages of a legacy client are in group 0.
//! - *Banks and parameters*: three or four controllers of a legacy client become one
//!   message of MIDI 2.0, when the last of them arrives. So a client of MIDI 2.0 receives
//!   no bank controllers, but a program change with its bank.
//!
//! The kernel differs from the specification, or from common expectations, in these
//! cases:
//!
//! | from | to | effect |
//! |---|---|---|
//! | MIDI 1.0 in UMP | MIDI 2.0 | a note-on of velocity 0, which ends a note, arrives as a note-on of velocity 0, which begins one |
//! | MIDI 2.0 | MIDI 1.0 in UMP | a note-on below velocity 512 arrives with velocity 0, which ends the note; a legacy client gets velocity 1 |
//! | MIDI 1.0 in UMP | MIDI 2.0 | controllers that set parameters (RPN, NRPN) stay controllers |
//! | MIDI 2.0 | MIDI 1.0 in UMP | parameters are lost; a legacy client gets them |
//! | MIDI 2.0 | MIDI 1.0 in UMP | after a bank, the reserved byte of the program change is not 0 |
//! | MIDI 2.0 | legacy | a program with a bank arrives as [`EventData::Control14Bit`](crate::EventData::Control14Bit) of controller 0, then the program |
//! | start, stop, continue of the timer port | UMP | a real-time message arrives, without the queue |
//! | any packet | legacy | if an event is stamped with real time, its flags mean ticks, and the number of ticks equals the number of seconds |
//!
//! # The `midi2` crate
//!
//! We have tried `midi2` 0.11.1 for this module. It covers most messages and needs no
//! `std`. But it is made for programs that have whole messages, not for a library that
//! forwards the packets of other programs:
//!
//! - It refuses packets with a reserved type or status, which this library must keep.
//! - A long system-exclusive message or text is one value that contains all its packets.
//!   A sequencer event is one packet, and `midi2` refuses the first of two packets. It
//!   accepts a message whose last packet is incomplete, and its accessors then panic.
//! - It has no mixed data sets, and two defects: the stream number of a Sysex8 message
//!   overwrites its first byte, and the two request bits of a function block discovery
//!   are swapped.
//! - It declares no minimum compiler version, and depends on a dozen crates, among them
//!   procedural macros.

mod data;
mod flex;
mod midi1;
mod midi2;
mod number;
mod packet;
mod packets;
mod pieces;
#[cfg(feature = "alloc")]
mod reassemble;
pub mod scale;
mod stream;
mod system;
mod utility;

pub use data::{Form, MixedDataSet, Sysex7, Sysex8};
pub use flex::{Alteration, Bass, ChordName, ChordType, Flex, Sharps, TextKind, Tonic};
pub use midi1::Midi1;
pub use midi2::{Attribute, Bank, Midi2};
pub use number::{Channel, Group, U4, U7, U14, U20};
pub use packet::{MessageType, Packet, ParsePacketError};
pub use packets::{Packets, TruncatedPacket};
#[cfg(feature = "alloc")]
pub use reassemble::{Abandoned, Reassembled, Reassembler, SysexOrigin};
pub use stream::{BlockDirection, BlockInfo, Configuration, Midi1Port, Stream, UiHint, UmpVersion};
pub use system::System;
pub use utility::Utility;

/// The meaning of a packet: its group, its channel and its message.
///
/// New versions of the specification add messages, so match with a `_` arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ump {
    /// Time stamps and other utility messages.
    Utility(Utility),
    /// A system message, for all channels of a group.
    System(Group, System),
    /// MIDI 1.0: notes, controllers and so on.
    Midi1(Group, Channel, Midi1),
    /// System-exclusive data of 7-bit bytes.
    Sysex7(Group, Sysex7),
    /// MIDI 2.0: notes, controllers and so on.
    Midi2(Group, Channel, Midi2),
    /// System-exclusive data of 8-bit bytes.
    Sysex8(Group, Sysex8),
    /// Other data.
    MixedDataSet(Group, MixedDataSet),
    /// Tempo, key, chords and texts, for one channel or (`None`) for all of
    /// the group.
    Flex(Group, Option<Channel>, Flex),
    /// Descriptions of endpoints.
    Stream(Stream),
    /// A packet of a type, or with a status or field, that the specification
    /// reserves.
    Other(Packet),
}

impl Ump {
    /// The group of the message; `None` if its type has no group.
    pub const fn group(&self) -> Option<Group> {
        match self {
            Self::System(group, _)
            | Self::Midi1(group, ..)
            | Self::Sysex7(group, _)
            | Self::Midi2(group, ..)
            | Self::Sysex8(group, _)
            | Self::MixedDataSet(group, _)
            | Self::Flex(group, ..) => Some(*group),
            Self::Other(packet) => packet.group(),
            Self::Utility(_) | Self::Stream(_) => None,
        }
    }

    /// The channel of the message; `None` if it is not for a single channel.
    pub const fn channel(&self) -> Option<Channel> {
        match self {
            Self::Midi1(_, channel, _) | Self::Midi2(_, channel, _) => Some(*channel),
            Self::Flex(_, channel, _) => *channel,
            _ => None,
        }
    }
}

impl From<Packet> for Ump {
    fn from(packet: Packet) -> Self {
        let [[first, second, ..], ..] = packet.to_bytes();
        let group = Group::in_field(first);
        let channel = Channel::in_field(second);
        let known = match packet.message_type() {
            MessageType::UTILITY => Utility::decode(packet).map(Self::Utility),
            MessageType::SYSTEM => System::decode(packet).map(|m| Self::System(group, m)),
            MessageType::MIDI1 => Midi1::decode(packet).map(|m| Self::Midi1(group, channel, m)),
            MessageType::DATA64 => Sysex7::decode(packet).map(|m| Self::Sysex7(group, m)),
            MessageType::MIDI2 => Midi2::decode(packet).map(|m| Self::Midi2(group, channel, m)),
            MessageType::DATA128 => Sysex8::decode(packet)
                .map(|m| Self::Sysex8(group, m))
                .or_else(|| MixedDataSet::decode(packet).map(|m| Self::MixedDataSet(group, m))),
            MessageType::FLEX_DATA => {
                Flex::decode(packet).map(|(channel, m)| Self::Flex(group, channel, m))
            }
            MessageType::STREAM => Stream::decode(packet).map(Self::Stream),
            _ => None,
        };
        known.unwrap_or(Self::Other(packet))
    }
}

impl From<Ump> for Packet {
    fn from(ump: Ump) -> Self {
        // The encoded messages have no type, group and channel yet.
        let (kind, mut bytes) = match ump {
            Ump::Utility(message) => (MessageType::UTILITY, message.encode()),
            Ump::System(_, message) => (MessageType::SYSTEM, message.encode()),
            Ump::Midi1(_, _, message) => (MessageType::MIDI1, message.encode()),
            Ump::Sysex7(_, message) => (MessageType::DATA64, message.encode()),
            Ump::Midi2(_, _, message) => (MessageType::MIDI2, message.encode()),
            Ump::Sysex8(_, message) => (MessageType::DATA128, message.encode()),
            Ump::MixedDataSet(_, message) => (MessageType::DATA128, message.encode()),
            Ump::Flex(_, channel, message) => (MessageType::FLEX_DATA, message.encode(channel)),
            Ump::Stream(message) => (MessageType::STREAM, message.encode()),
            Ump::Other(packet) => return packet,
        };
        let [[first, second, ..], ..] = &mut bytes;
        *first |= kind.number() << 4 | ump.group().map_or(0, Group::number);
        if let Ump::Midi1(_, channel, _) | Ump::Midi2(_, channel, _) = ump {
            *second |= channel.number();
        }
        Self::from_bytes(bytes)
    }
}
