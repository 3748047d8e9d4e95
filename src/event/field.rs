//! The fields of an event's data, by name, for programs that print any event.

use core::fmt;

use super::table::event_types;
use super::{Bounce, EventData, RawData};
use crate::ump::Packet;
use crate::{Address, ClientId, QueueId, RealTime};

/// The maximum number of fields of an event.
const MAX_FIELDS: usize = 5;

/// The value of a field of an event's data, from [`EventData::fields`].
///
/// `Display` shows numbers, addresses, ids and times as their types do, and bytes as
/// `F0 7E F7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field<'a> {
    /// A number, such as a note or a controller's value.
    Number(i64),
    /// A client.
    Client(ClientId),
    /// A port.
    Address(Address),
    /// A queue.
    Queue(QueueId),
    /// A time on a queue.
    Time(RealTime),
    /// The twelve bytes of an event for private use.
    Raw(RawData),
    /// Data of variable length.
    Bytes(&'a [u8]),
    /// A returned event.
    Bounce(Bounce<'a>),
    /// A packet.
    Packet(Packet),
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Client(client) => client.fmt(f),
            Self::Address(address) => address.fmt(f),
            Self::Queue(queue) => queue.fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::Raw(data) => hex(data, f),
            Self::Bytes(bytes) => hex(bytes, f),
            Self::Bounce(bounce) => match bounce.event() {
                Some(event) => write!(f, "{} to {}", event.event_type(), event.dest()),
                None => hex(bounce.as_bytes(), f),
            },
            Self::Packet(packet) => {
                let mut space = "";
                for word in packet.words() {
                    write!(f, "{space}{word:08x}")?;
                    space = " ";
                }
                Ok(())
            }
        }
    }
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut space = "";
    for byte in bytes {
        write!(f, "{space}{byte:02X}")?;
        space = " ";
    }
    Ok(())
}

macro_rules! from {
    ($($variant:ident: $($type:ty),+;)+) => {$($(
        impl<'a> From<$type> for Field<'a> {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )+)+};
}

from! {
    Number: u8, u16, u32, i8, i32;
    Client: ClientId;
    Address: Address;
    Queue: QueueId;
    Time: RealTime;
    Raw: RawData;
    Bytes: &'a [u8];
    Bounce: Bounce<'a>;
    Packet: Packet;
}

/// Up to [`MAX_FIELDS`] fields.
struct Fields<'a>([Option<(&'static str, Field<'a>)>; MAX_FIELDS]);

impl<'a> Fields<'a> {
    fn new<const N: usize>(fields: [(&'static str, Field<'a>); N]) -> Self {
        const { assert!(N <= MAX_FIELDS) };
        let mut all = [None; MAX_FIELDS];
        for (slot, field) in all.iter_mut().zip(fields) {
            *slot = Some(field);
        }
        Self(all)
    }
}

macro_rules! fields {
    ($(
        $name:ident = $number:expr, $text:literal, $alias:literal [$($shared:literal)? $(
            $(#[$doc:meta])+
            $variant:ident: $shape:ident $($often:ident)?
            $(($item:ident: $item_type:ty))?
            $({ $($(#[$field_doc:meta])+ $field:ident: $type:ty,)+ })?
        )?];
    )*) => {
        impl<'a> EventData<'a> {
            /// The fields by name, in the order of the variant. With them you can print
            /// any event, also of future types. The value of a variant without named
            /// fields also has a name here: `queue`, `client`, `address`, `packet` or
            /// `data`.
            ///
            /// ```
            /// use alsa_seq::EventData;
            ///
            /// let data = EventData::note_on(0, 60, 100)?;
            /// let text: Vec<_> = data.fields().map(|(name, value)| format!("{name} {value}")).collect();
            /// assert_eq!(text.join(", "), "channel 0, note 60, velocity 100");
            /// # Ok::<(), alsa_seq::ValueError>(())
            /// ```
            pub fn fields(self) -> impl Iterator<Item = (&'static str, Field<'a>)> {
                let fields = match self {
                    $($(Self::$variant $(($item))? $({ $($field),+ })? => Fields::new([
                        $((stringify!($item), $item.into()),)?
                        $($((stringify!($field), $field.into()),)+)?
                    ]),)?)*
                    Self::User { data, .. } => Fields::new([("data", data.into())]),
                    Self::UserVar { data, .. } => Fields::new([("data", data.into())]),
                    Self::Ump(packet) => Fields::new([("packet", packet.into())]),
                    Self::Other { data, payload: [], .. } => Fields::new([("data", data.into())]),
                    Self::Other { payload, .. } => Fields::new([("payload", payload.into())]),
                };
                fields.0.into_iter().flatten()
            }
        }
    };
}

event_types!(fields);
