//! Message type 15: what endpoints say of themselves.

use super::{Form, Group, U7, U14};

mod codec;

/// A UMP stream message (7.1): an endpoint asks another what it is, or tells.
/// It belongs to no group and no channel.
///
/// The kernel asks hardware these questions itself, and clients read its
/// answers; between clients of the sequencer it only passes them on.
///
/// ```
/// use alsa_seq::ump::{Configuration, Packet, Stream, Ump};
///
/// let packet: Packet = "f0060201 00000000 00000000 00000000".parse()?;
/// let told = Configuration {
///     protocol: 2,
///     receives_jr: false,
///     sends_jr: true,
/// };
/// assert_eq!(packet.decode(), Ump::Stream(Stream::Configuration(told)));
/// # Ok::<(), alsa_seq::ump::ParsePacketError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stream {
    /// Which of these do you tell me? (7.1.1)
    EndpointDiscovery {
        /// What the asking side speaks.
        version: UmpVersion,
        /// [`Stream::EndpointInfo`].
        info: bool,
        /// [`Stream::DeviceIdentity`].
        identity: bool,
        /// [`Stream::EndpointName`].
        name: bool,
        /// [`Stream::ProductInstanceId`].
        product_id: bool,
        /// [`Stream::Configuration`].
        configuration: bool,
    },
    /// What the endpoint can do (7.1.2).
    EndpointInfo {
        /// What it speaks.
        version: UmpVersion,
        /// Its function blocks never change.
        static_blocks: bool,
        /// How many function blocks it has, 0 to 32.
        blocks: U7,
        /// It can do the MIDI 2.0 protocol.
        midi2: bool,
        /// It can do the MIDI 1.0 protocol.
        midi1: bool,
        /// It can receive jitter reduction time stamps.
        receives_jr: bool,
        /// It can send jitter reduction time stamps.
        sends_jr: bool,
    },
    /// What MIDI 1.0's identity reply says (7.1.3).
    DeviceIdentity {
        /// The manufacturer's system-exclusive number; one of a single byte
        /// comes first, with zeros behind.
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
        /// Which part of the name.
        form: Form,
        /// UTF-8, whose characters may be split between packets; 0 where the
        /// name is shorter.
        text: [u8; 14],
    },
    /// Up to 14 bytes of the device's serial number or such (7.1.5).
    ProductInstanceId {
        /// Which part of it.
        form: Form,
        /// ASCII; 0 where it is shorter.
        text: [u8; 14],
    },
    /// Please use this (7.1.6.2).
    ConfigurationRequest(Configuration),
    /// This is in use now (7.1.6.3).
    Configuration(Configuration),
    /// What do you tell me of a function block? (7.1.7)
    BlockDiscovery {
        /// Which function block; 255 for all.
        block: u8,
        /// [`Stream::BlockInfo`].
        info: bool,
        /// [`Stream::BlockName`].
        name: bool,
    },
    /// What a function block is (7.1.8).
    BlockInfo(BlockInfo),
    /// Up to 13 bytes of a function block's name (7.1.9).
    BlockName {
        /// Which function block, 0 to 31.
        block: u8,
        /// Which part of its name.
        form: Form,
        /// UTF-8, whose characters may be split between packets; 0 where the
        /// name is shorter.
        text: [u8; 13],
    },
    /// Here begins a MIDI clip (7.1.10).
    StartOfClip,
    /// Here it ends (7.1.11).
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
    BlockInfo(told),
    BlockName { block, form, text },
    StartOfClip,
    EndOfClip,
});

/// A version of the UMP format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UmpVersion {
    /// What comes before the point.
    pub major: u8,
    /// What comes behind it.
    pub minor: u8,
}

impl UmpVersion {
    /// The version that this module knows.
    pub const V1_1: Self = Self { major: 1, minor: 1 };
}

/// How an endpoint talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Configuration {
    /// The protocol: 1 for MIDI 1.0, 2 for MIDI 2.0.
    pub protocol: u8,
    /// It receives jitter reduction time stamps.
    pub receives_jr: bool,
    /// It sends jitter reduction time stamps.
    pub sends_jr: bool,
}

/// A function block: groups of an endpoint that do something together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockInfo {
    /// Its number, 0 to 31.
    pub block: U7,
    /// It is in use.
    pub active: bool,
    /// Which way messages go.
    pub direction: BlockDirection,
    /// Whether it is a MIDI 1.0 port.
    pub midi1: Midi1Port,
    /// What a user interface shows it as.
    pub hint: UiHint,
    /// The first of its groups.
    pub first_group: Group,
    /// How many groups it has.
    pub groups: u8,
    /// The version of MIDI-CI that it speaks; 0 for none.
    pub ci_version: u8,
    /// How many Sysex8 messages it can take at once.
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
            /// From the two lower bits.
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
    /// Which way the messages of a function block go, as the endpoint sees it.
    BlockDirection {
        /// It receives.
        Input = 1,
        /// It sends.
        Output = 2,
        /// Both.
        Bidirectional = 3,
    }
}

two_bits! {
    /// Whether a function block is a MIDI 1.0 port.
    Midi1Port {
        /// It is not.
        No = 0,
        /// It is, and takes messages as fast as they come.
        Yes = 1,
        /// It is, and takes 31250 bits a second.
        Slow = 2,
    }
}

two_bits! {
    /// What a user interface shows a function block as.
    UiHint {
        /// Not said.
        Unknown = 0,
        /// A receiver, such as a synthesizer.
        Receiver = 1,
        /// A sender, such as a keyboard.
        Sender = 2,
        /// Both.
        Both = 3,
    }
}
