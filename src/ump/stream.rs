//! Message type 15: descriptions of endpoints.

use super::{Form, Group, U7, U14};

mod codec;

/// A UMP stream message (7.1): a request for the description of an endpoint, or a part of
/// that description. It has no group and no channel.
///
/// The kernel itself sends these requests to hardware, and clients read its descriptions
/// from the kernel. Between clients of the sequencer, the kernel only forwards these
/// messages.
///
/// ```
/// use alsa_seq::ump::{Configuration, Packet, Stream, Ump};
///
/// let packet: Packet = "f0060201 00000000 00000000 00000000".parse()?;
/// let configuration = Configuration {
///     protocol: 2,
///     receives_jr: false,
///     sends_jr: true,
/// };
/// assert_eq!(packet.decode(), Ump::Stream(Stream::Configuration(configuration)));
/// # Ok::<(), alsa_seq::ump::ParsePacketError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stream {
    /// A request for these messages of the other endpoint (7.1.1).
    EndpointDiscovery {
        /// The version of the requesting endpoint.
        version: UmpVersion,
        /// Whether it requests [`Stream::EndpointInfo`].
        info: bool,
        /// Whether it requests [`Stream::DeviceIdentity`].
        identity: bool,
        /// Whether it requests [`Stream::EndpointName`].
        name: bool,
        /// Whether it requests [`Stream::ProductInstanceId`].
        product_id: bool,
        /// Whether it requests [`Stream::Configuration`].
        configuration: bool,
    },
    /// The capabilities of the endpoint (7.1.2).
    EndpointInfo {
        /// Its version.
        version: UmpVersion,
        /// Whether its function blocks never change.
        static_blocks: bool,
        /// The number of its function blocks, 0 to 32.
        blocks: U7,
        /// Whether it supports the MIDI 2.0 protocol.
        midi2: bool,
        /// Whether it supports the MIDI 1.0 protocol.
        midi1: bool,
        /// Whether it can receive jitter reduction time stamps.
        receives_jr: bool,
        /// Whether it can send jitter reduction time stamps.
        sends_jr: bool,
    },
    /// The contents of MIDI 1.0's identity reply (7.1.3).
    DeviceIdentity {
        /// The manufacturer's system-exclusive number. If it is a single byte, that comes
        /// first, followed by zeros.
        manufacturer: [U7; 3],
        /// The family of devices.
        family: U14,
        /// The model within the family.
        model: U14,
        /// The version of its software.
        software: [U7; 4],
    },
    /// Up to 14 bytes of the endpoint's name (7.1.4).
    EndpointName {
        /// The position in the name.
        form: Form,
        /// UTF-8, filled with 0. A character may be split between packets.
        text: [u8; 14],
    },
    /// Up to 14 bytes of an identifier of the device, such as its serial number (7.1.5).
    ProductInstanceId {
        /// The position in it.
        form: Form,
        /// ASCII, filled with 0.
        text: [u8; 14],
    },
    /// A request to use this configuration (7.1.6.2).
    ConfigurationRequest(Configuration),
    /// The present configuration (7.1.6.3).
    Configuration(Configuration),
    /// A request for the description of a function block (7.1.7).
    BlockDiscovery {
        /// The number of the function block; 255 for all.
        block: u8,
        /// Whether it requests [`Stream::BlockInfo`].
        info: bool,
        /// Whether it requests [`Stream::BlockName`].
        name: bool,
    },
    /// The description of a function block (7.1.8).
    BlockInfo(BlockInfo),
    /// Up to 13 bytes of a function block's name (7.1.9).
    BlockName {
        /// The number of the function block, 0 to 31.
        block: u8,
        /// The position in the name.
        form: Form,
        /// UTF-8, filled with 0. A character may be split between packets.
        text: [u8; 13],
    },
    /// The start of a MIDI clip (7.1.10).
    StartOfClip,
    /// The end of a MIDI clip (7.1.11).
    EndOfClip,
}

debug!(enum Stream {
    EndpointDiscovery { version, info, identity, name, product_id, configuration },
    EndpointInfo { version, static_blocks, blocks, midi2, midi1, receives_jr, sends_jr },
    DeviceIdentity { manufacturer, family, model, software },
    EndpointName { form, text },
    ProductInstanceId { form, text },
    ConfigurationRequest(wanted),
    Configuration(used),
    BlockDiscovery { block, info, name },
    BlockInfo(configuration),
    BlockName { block, form, text },
    StartOfClip,
    EndOfClip,
});

/// A version of the UMP format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UmpVersion {
    /// The number before the point.
    pub major: u8,
    /// The number after the point.
    pub minor: u8,
}

impl UmpVersion {
    /// The version that this module implements.
    pub const V1_1: Self = Self { major: 1, minor: 1 };
}

/// The configuration of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Configuration {
    /// The protocol: 1 for MIDI 1.0, 2 for MIDI 2.0.
    pub protocol: u8,
    /// Whether it receives jitter reduction time stamps.
    pub receives_jr: bool,
    /// Whether it sends jitter reduction time stamps.
    pub sends_jr: bool,
}

/// A function block: groups of an endpoint that belong together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockInfo {
    /// Its number, 0 to 31.
    pub block: U7,
    /// Whether it is in use.
    pub active: bool,
    /// The direction of its messages.
    pub direction: BlockDirection,
    /// Whether it is a MIDI 1.0 port.
    pub midi1: Midi1Port,
    /// A hint for user interfaces.
    pub hint: UiHint,
    /// The first of its groups.
    pub first_group: Group,
    /// The number of its groups.
    pub groups: u8,
    /// The version of MIDI-CI that it supports; 0 for none.
    pub ci_version: u8,
    /// The number of Sysex8 messages that it can receive at a time.
    pub sysex8_streams: u8,
}

debug!(struct BlockInfo {
    block, active, direction, midi1, hint, first_group, groups, ci_version, sysex8_streams,
});

macro_rules! two_bits {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Converts the two lower bits.
            const fn from_bits(bits: u8) -> Option<Self> {
                Some(match bits & 3 {
                    $($number => Self::$variant,)*
                    #[allow(unreachable_patterns, reason = "some have no reserved value")]
                    _ => return None,
                })
            }

            pub(crate) const fn bits(self) -> u8 {
                match self { $(Self::$variant => $number,)* }
            }
        }
    };
}

two_bits! {
    /// The direction of a function block's messages, seen from the endpoint.
    BlockDirection {
        /// It receives.
        Input = 1,
        /// It sends.
        Output = 2,
        /// It receives and sends.
        Bidirectional = 3,
    }
}

two_bits! {
    /// Whether a function block is a MIDI 1.0 port.
    Midi1Port {
        /// It is not.
        No = 0,
        /// It is, without a speed limit.
        Yes = 1,
        /// It is, with a speed of 31250 bits a second.
        Slow = 2,
    }
}

two_bits! {
    /// A hint how a user interface should show a function block.
    UiHint {
        /// Not declared.
        Unknown = 0,
        /// A receiver, such as a synthesizer.
        Receiver = 1,
        /// A sender, such as a keyboard.
        Sender = 2,
        /// A receiver and sender.
        Both = 3,
    }
}
