//! The value of `type`.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::EventType;

/// The name of the type, or its number if it has no name.
impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.name().filter(|_| serializer.is_human_readable()) {
            Some(name) => serializer.serialize_str(name),
            None => serializer.serialize_u8(self.number()),
        }
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(EventTypeVisitor)
        } else {
            u8::deserialize(deserializer).map(Self::new)
        }
    }
}

struct EventTypeVisitor;

impl Visitor<'_> for EventTypeVisitor {
    type Value = EventType;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name or the number of an event type")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<EventType, E> {
        EventType::from_name(name).ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<EventType, E> {
        match u8::try_from(number) {
            Ok(number) => Ok(EventType::new(number)),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }
}

/// The type of an event, or a packet, which has no event type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeName {
    Ump,
    Legacy(EventType),
}

const UMP: &str = "ump";

impl Serialize for TypeName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ump => serializer.serialize_str(UMP),
            Self::Legacy(event_type) => event_type.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for TypeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl Visitor<'_> for KindVisitor {
    type Value = TypeName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        EventTypeVisitor.expecting(f)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<TypeName, E> {
        if name == UMP {
            return Ok(TypeName::Ump);
        }
        EventTypeVisitor.visit_str(name).map(TypeName::Legacy)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<TypeName, E> {
        EventTypeVisitor.visit_u64(number).map(TypeName::Legacy)
    }
}
