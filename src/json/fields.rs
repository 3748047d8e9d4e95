//! The keys of an event, and the keys of each type.

use serde::de::Error;

use super::kind::TypeName;
use crate::event::table::event_types;
use crate::ump::Packet;
use crate::{
    Address, Bounce, Bytes, ClientId, EventData, EventType, QueueId, RawData, RealTime, Time,
};

macro_rules! fields {
    ($($name:ident $(= $key:literal)?: $type:ty,)*) => {
        /// An event as an object, with its present keys.
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(rename = "Event")]
        pub(super) struct Fields<'a> {
            #[serde(rename = "type")]
            kind: TypeName,
            $(
                #[serde($(rename = $key,)? skip_serializing_if = "Option::is_none")]
                pub(super) $name: Option<$type>,
            )*
        }

        impl Fields<'_> {
            const fn new(kind: TypeName) -> Self {
                Self { kind, $($name: None,)* }
            }

            /// The key of a field, which may differ from the field's name.
            fn key(name: &'static str) -> &'static str {
                match name {
                    $($(stringify!($name) => $key,)?)*
                    name => name,
                }
            }
        }
    };
}

// The keys in the order in which they are written. The keys of the header come first. If
// a field of a payload has the same name, its key here is another one.
fields! {
    source: Address,
    dest: Address,
    header_queue = "queue": QueueId,
    header_time = "time": Time,
    relative: bool,
    tag: u8,
    high_priority: bool,

    channel: i64,
    note: i64,
    velocity: i64,
    off_velocity: i64,
    duration: i64,
    controller: i64,
    parameter: i64,
    program: i64,
    pressure: i64,
    bend: i64,
    beats: i64,
    song: i64,
    numerator: i64,
    denominator_power: i64,
    clocks_per_click: i64,
    thirty_seconds_per_quarter: i64,
    sharps: i64,
    mode: i64,
    queue = "target": QueueId,
    micros_per_quarter: i64,
    value: i64,
    base: i64,
    tick: i64,
    time = "real": RealTime,
    position: i64,
    event: i64,
    result: i64,
    client: ClientId,
    block: i64,
    address: Address,
    sender: Address,
    receiver: Address,
    origin: Address,
    packet: Packet,
    data: Bytes<'a>,
    payload: Bytes<'a>,
}

macro_rules! data {
    ($(
        $name:ident = $number:expr, $text:literal, $alias:literal [$($shared:literal)? $(
            $(#[$doc:meta])+
            $variant:ident: $shape:ident $($often:ident)?
            $(($item:ident: $item_type:ty))?
            $({ $($(#[$field_doc:meta])+ $field:ident: $type:ty,)+ })?
        )?];
    )*) => {
        impl<'a> Fields<'a> {
            pub(super) fn of(data: EventData<'a>) -> Self {
                let mut fields = Self::new(match data {
                    EventData::Ump(_) => TypeName::Ump,
                    other => TypeName::Legacy(other.event_type()),
                });
                match data {
                    $($(EventData::$variant $(($item))? $({ $($field),+ })? => {
                        $(fields.$item = Some($item.write());)?
                        $($(fields.$field = Some($field.write());)+)?
                    })?)*
                    EventData::User { data, .. } => fields.data = Some(data.write()),
                    EventData::UserVar { data, .. } => fields.data = Some(data.write()),
                    EventData::Ump(packet) => fields.packet = Some(packet),
                    EventData::Other { data, payload, .. } => {
                        fields.data = Some(data.write());
                        fields.payload = Some(payload.write());
                    }
                }
                fields
            }

            fn legacy_data<E: Error>(&self, event_type: EventType) -> Result<EventData<'_>, E> {
                Ok(match event_type {
                    $($(EventType::$name => {
                        $(let $item = read(&self.$item, stringify!($item))?;)?
                        $($(let $field = read(&self.$field, stringify!($field))?;)+)?
                        EventData::$variant $(($item))? $({ $($field),+ })?
                    })?)*
                    event_type => {
                        if let Some(number) = event_type.user() {
                            EventData::User { number, data: read(&self.data, "data")? }
                        } else if let Some(number) = event_type.user_var() {
                            EventData::UserVar { number, data: read(&self.data, "data")? }
                        } else {
                            EventData::Other {
                                event_type,
                                data: read(&self.data, "data")?,
                                payload: read(&self.payload, "payload")?,
                            }
                        }
                    }
                })
            }
        }
    };
}

event_types!(data);

impl Fields<'_> {
    /// # Errors
    /// If a key is missing, or has a value of a wrong size.
    pub(super) fn data<E: Error>(&self) -> Result<EventData<'_>, E> {
        match self.kind {
            TypeName::Ump => Ok(EventData::Ump(read(&self.packet, "packet")?)),
            TypeName::Legacy(event_type) => self.legacy_data(event_type),
        }
    }
}

fn read<'a, K, T: Value<'a, K>, E: Error>(
    value: &'a Option<K>,
    name: &'static str,
) -> Result<T, E> {
    let key = Fields::key(name);
    let value = value.as_ref().ok_or_else(|| E::missing_field(key))?;
    T::read(value).ok_or_else(|| {
        E::custom(format_args!(
            "`{key}` does not fit {} {}",
            T::SIZE.0,
            T::SIZE.1
        ))
    })
}

/// Conversion between a field of a payload and the value of its key.
trait Value<'a, K>: Sized {
    /// Its size, and the unit of that.
    const SIZE: (usize, &'static str) = (8 * size_of::<Self>(), "bits");

    fn write(self) -> K;

    /// Reads the value, if it has this size.
    fn read(key: &'a K) -> Option<Self>;
}

macro_rules! numbers {
    ($($type:ty)+) => { $(
        impl Value<'_, i64> for $type {
            fn write(self) -> i64 {
                self.into()
            }

            fn read(key: &i64) -> Option<Self> {
                (*key).try_into().ok()
            }
        }
    )+ };
}

numbers! { u8 u16 u32 i8 i32 }

macro_rules! as_they_are {
    ($($type:ty)+) => { $(
        impl Value<'_, Self> for $type {
            fn write(self) -> Self {
                self
            }

            fn read(key: &Self) -> Option<Self> {
                Some(*key)
            }
        }
    )+ };
}

as_they_are! { Address ClientId Packet QueueId RealTime }

impl<'a> Value<'a, Bytes<'_>> for RawData {
    const SIZE: (usize, &'static str) = (size_of::<Self>(), "bytes");

    fn write(self) -> Bytes<'static> {
        self.to_vec().into()
    }

    fn read(key: &Bytes<'_>) -> Option<Self> {
        (**key).try_into().ok()
    }
}

impl<'a> Value<'a, Bytes<'a>> for &'a [u8] {
    fn write(self) -> Bytes<'a> {
        self.into()
    }

    fn read(key: &'a Bytes<'a>) -> Option<Self> {
        Some(key)
    }
}

impl<'a> Value<'a, Bytes<'a>> for Bounce<'a> {
    fn write(self) -> Bytes<'a> {
        self.as_bytes().into()
    }

    fn read(key: &'a Bytes<'a>) -> Option<Self> {
        Some(Self::new(key))
    }
}
