//! The numbers of clients, ports and queues, and the address of a port.

use core::fmt;
use core::str::FromStr;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::event as abi;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[repr(transparent)]
        pub struct $name(u8);

        impl $name {
            /// Wraps the kernel's number.
            pub const fn new(number: u8) -> Self {
                Self(number)
            }

            /// The kernel's number.
            pub const fn number(self) -> u8 {
                self.0
            }
        }

        impl From<u8> for $name {
            fn from(number: u8) -> Self {
                Self(number)
            }
        }

        impl From<$name> for u8 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id! {
    /// The number of a sequencer client.
    ///
    /// The kernel has 192 numbers: 0 is the system client, 1 to 127 belong to kernel
    /// drivers, 128 to 191 to programs. When a client is closed, its number is free at
    /// once. So a stored number may later belong to another client.
    ClientId
}

id! {
    /// The number of a port within its client, 0 to 253.
    PortId
}

id! {
    /// The number of a queue, 0 to 31, or one of the special values of an event's queue
    /// field.
    QueueId
}

impl ClientId {
    /// The kernel's own client, which owns [`Address::TIMER`] and
    /// [`Address::ANNOUNCE`].
    #[doc(alias = "SNDRV_SEQ_CLIENT_SYSTEM")]
    #[doc(alias = "SND_SEQ_CLIENT_SYSTEM")]
    pub const SYSTEM: Self = Self(consts::CLIENT_SYSTEM);
    /// As a destination: all subscribers of the sending port.
    #[doc(alias = "SNDRV_SEQ_ADDRESS_SUBSCRIBERS")]
    #[doc(alias = "SND_SEQ_ADDRESS_SUBSCRIBERS")]
    pub const SUBSCRIBERS: Self = Self(consts::ADDRESS_SUBSCRIBERS);
}

impl QueueId {
    /// "No queue": the event is delivered at once.
    #[doc(alias = "SNDRV_SEQ_QUEUE_DIRECT")]
    #[doc(alias = "SND_SEQ_QUEUE_DIRECT")]
    pub const DIRECT: Self = Self(consts::QUEUE_DIRECT);
}

/// The address of a port: client and port number.
///
/// The source and destination of an event are addresses. An address is written
/// `client:port`:
///
/// ```
/// use alsa_seq::Address;
///
/// let synth: Address = "14:0".parse()?;
/// assert_eq!(synth, Address::new(14, 0));
/// assert_eq!(synth.to_string(), "14:0");
/// assert!("14:256".parse::<Address>().is_err());
/// # Ok::<(), alsa_seq::ParseAddressError>(())
/// ```
///
#[cfg_attr(
    feature = "std",
    doc = "A [`Port`](crate::Port) or a [`PortInfo`](crate::PortInfo), by reference, is accepted
wherever an address is."
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "snd_seq_addr_t")]
#[doc(alias = "snd_seq_addr")]
pub struct Address {
    /// The client.
    pub client: ClientId,
    /// The port of that client.
    pub port: PortId,
}

impl Address {
    /// The kernel's timer port, 0:0. Queue control events are sent here.
    #[doc(alias = "SND_SEQ_PORT_SYSTEM_TIMER")]
    #[doc(alias = "SNDRV_SEQ_PORT_SYSTEM_TIMER")]
    #[doc(alias = "SYSTEM_TIMER")]
    pub const TIMER: Self = Self::new(consts::CLIENT_SYSTEM, consts::PORT_SYSTEM_TIMER);
    /// The kernel's announcement port, 0:1. Ports that are connected from it receive
    /// announcements of new, changed and removed clients, ports and connections.
    #[doc(alias = "SND_SEQ_PORT_SYSTEM_ANNOUNCE")]
    #[doc(alias = "SNDRV_SEQ_PORT_SYSTEM_ANNOUNCE")]
    #[doc(alias = "SYSTEM_ANNOUNCE")]
    pub const ANNOUNCE: Self = Self::new(consts::CLIENT_SYSTEM, consts::PORT_SYSTEM_ANNOUNCE);
    /// As a destination: all subscribers of the source port.
    #[doc(alias = "ALL_SUBSCRIBERS")]
    pub const SUBSCRIBERS: Self = Self::new(consts::ADDRESS_SUBSCRIBERS, consts::ADDRESS_UNKNOWN);
    /// As a source: no port. A new event has this source until it is sent.
    #[doc(alias = "SNDRV_SEQ_ADDRESS_UNKNOWN")]
    #[doc(alias = "SND_SEQ_ADDRESS_UNKNOWN")]
    pub const UNKNOWN: Self = Self::new(consts::ADDRESS_UNKNOWN, consts::ADDRESS_UNKNOWN);

    /// The address of port `port` of client `client`.
    pub const fn new(client: u8, port: u8) -> Self {
        Self {
            client: ClientId(client),
            port: PortId(port),
        }
    }

    pub(crate) const fn to_abi(self) -> abi::Address {
        abi::Address {
            client: self.client.0,
            port: self.port.0,
        }
    }
}

impl From<abi::Address> for Address {
    #[inline]
    fn from(raw: abi::Address) -> Self {
        Self::new(raw.client, raw.port)
    }
}

/// The port of the address.
impl From<Address> for PortId {
    fn from(address: Address) -> Self {
        address.port
    }
}

impl From<(ClientId, PortId)> for Address {
    fn from((client, port): (ClientId, PortId)) -> Self {
        Self { client, port }
    }
}

/// `Address(128:0)`.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.client, self.port)
    }
}

/// The error for a text that is not a `client:port` pair of numbers from 0 to 255.
///
/// The parser is strict: it accepts no sign, no space, no name, no missing port, and no
/// number above 255.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address: expected CLIENT:PORT, two numbers from 0 to 255, like 128:0")]
pub struct ParseAddressError(());

debug_as_display!(ParseAddressError);

impl FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |digits: &str| {
            // `u8::from_str` would accept a leading `+`.
            if digits.bytes().all(|b| b.is_ascii_digit()) {
                digits.parse::<u8>().ok()
            } else {
                None
            }
        };
        // `split_once` with a single `char` has code that can panic.
        text.split_once([':'])
            .and_then(|(client, port)| Some(Self::new(number(client)?, number(port)?)))
            .ok_or(ParseAddressError(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_it_prints() {
        for client in 0..=255 {
            for port in [0, 1, 9, 10, 99, 100, 253, 255] {
                let address = Address::new(client, port);
                assert_eq!(address.to_string().parse(), Ok(address));
            }
        }
    }

    #[test]
    fn only_complete_addresses_are_parsed() {
        for text in [
            "",
            ":",
            "14",
            "14:",
            ":0",
            "14.0",
            "14:0:0",
            " 14:0",
            "14:0 ",
            "14: 0",
            "+14:0",
            "14:+0",
            "-1:0",
            "256:0",
            "128:300",
            "0x0e:0",
            "Synth:0",
            "Synth:abc",
            "14:٣",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text:?} was taken");
        }
    }
}
