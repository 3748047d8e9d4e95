//! Small types: strings in text formats, numbers in binary formats.

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::ump::Packet;
use crate::{Address, Bytes, ClientId, PortId, RealTime, Tempo, ValueError};

/// Reads a string that `T` parses.
struct Text<T>(&'static str, PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! text {
    ($($type:ty, $expected:literal, $machine:ty, $to:expr, $from:expr;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    let machine: $machine = $to(*self);
                    machine.serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(Text($expected, PhantomData))
                } else {
                    let machine = <$machine>::deserialize(deserializer)?;
                    $from(machine).map_err(D::Error::custom)
                }
            }
        }
    )*};
}

text! {
    Address, "an address, \"client:port\"", (ClientId, PortId),
        |address: Address| (address.client, address.port),
        |pair| Ok::<_, ValueError>(Address::from(pair));
    RealTime, "seconds in a string, like \"3.25\"", (u32, u32),
        |time: RealTime| (time.secs(), time.subsec_nanos()),
        |(secs, nanos)| RealTime::new(secs, nanos);
    Packet, "the words of a packet in hexadecimal", [u32; 4],
        Packet::to_array,
        |words| Ok::<_, ValueError>(Packet::new(words));
}

/// Bytes in hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&Hex(self))
        } else {
            serializer.serialize_bytes(self)
        }
    }
}

impl<'de> Deserialize<'de> for Bytes<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(HexVisitor)
        } else {
            deserializer.deserialize_byte_buf(BytesVisitor)
        }
        .map(Self::from)
    }
}

struct HexVisitor;

impl Visitor<'_> for HexVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes in hexadecimal, two digits each")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        text.as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
                _ => None,
            })
            .collect::<Option<_>>()
            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

pub(super) struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename = "Tempo")]
struct TempoFields {
    micros_per_quarter: u32,
    ppq: u32,
}

impl Serialize for Tempo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = TempoFields {
            micros_per_quarter: self.micros_per_quarter(),
            ppq: self.ppq(),
        };
        fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tempo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = TempoFields::deserialize(deserializer)?;
        Self::from_micros(fields.micros_per_quarter)
            .and_then(|tempo| tempo.with_ppq(fields.ppq))
            .map_err(D::Error::custom)
    }
}
