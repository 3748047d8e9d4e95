//! [`EventData`], the typed form of every event, and its conversion from and to the
//! kernel's twelve data bytes. Both are made from the table of event types.

use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;
use alsa_seq_kernel_abi::limits;

use super::payload::{RawData, UserNumber};
use super::shape::{self, Shape, words};
use super::table::event_types;
use super::{Bounce, EventType};
use crate::ump::Packet;
use crate::{Address, ClientId, QueueId, RealTime};

/// The parts of the kernel's record that contain an event's data.
pub(super) struct Encoded<'a> {
    pub(super) event_type: EventType,
    pub(super) flags: EventFlags,
    pub(super) data: RawData,
    /// The fourth word of a packet.
    pub(super) ump_word: Option<u32>,
    pub(super) payload: &'a [u8],
}

macro_rules! often {
    () => {
        false
    };
    (often) => {
        true
    };
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
        /// The type and the contents of an event. Small data is a value; data of variable
        /// length is borrowed from the event. Only an [`Event`](crate::Event) can own
        /// such data.
        ///
        /// The kernel does not check ranges: note 200 on channel 99 is delivered
        /// unchanged. So the fields are as wide as in the kernel's record. The documented
        /// ranges are those of MIDI; the functions below check them. Bytes of the record
        /// that belong to no field have no meaning, but the [`Event`](crate::Event) keeps
        /// them.
        ///
        /// New kernels add event types, so match with a `_` arm. Types that have no
        /// variant yet are [`EventData::Other`], with all their bytes.
        // Owned data would have to be dropped, which costs more than the other work on
        // most events.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum EventData<'a> {
            $($(
                $(#[$doc])+
                $variant $(($item_type))? $({ $($(#[$field_doc])+ $field: $type),+ })?,
            )?)*
            /// For private use by programs, with twelve bytes.
            User {
                /// The number of the type.
                number: UserNumber<10>,
                /// The bytes.
                data: RawData,
            },
            /// For private use by programs, with data of any length.
            UserVar {
                /// The number of the type.
                number: UserNumber<5>,
                /// The bytes.
                data: &'a [u8],
            },
            /// A Universal MIDI Packet; [`Packet::decode`] returns its meaning. Only UMP
            /// clients send and receive packets. Since Linux 6.5.
            Ump(Packet),
            /// A type that has no variant here.
            Other {
                /// The type.
                event_type: EventType,
                /// The data of variable length, if it has any.
                payload: &'a [u8],
                /// The twelve data bytes. If the payload is not empty, the first four are
                /// its length, and [`Event::new`](crate::Event::new) corrects them.
                data: RawData,
            },
        }

        impl<'a> EventData<'a> {
            /// Decodes a record: its first 28 bytes, the fourth word of a UMP event, and
            /// the data of variable length.
            #[inline(always)]
            pub(crate) fn decode(
                raw: &abi::Event,
                ump_word: Option<u32>,
                payload: &'a [u8],
            ) -> Self {
                if let Some(last) = ump_word {
                    return Self::Ump(packet(raw, last));
                }
                // These types are by far the most frequent. The code for them is small
                // enough to be inlined into the caller's `match`.
                match EventType::new(raw.header.event_type) {
                    $($(EventType::$name if often!($($often)?) => {
                        let ($($item,)? $($($field,)+)?) = shape::$shape::get(raw, payload);
                        Self::$variant $(($item))? $({ $($field),+ })?
                    })?)*
                    // Copies the data. Otherwise, the caller's event would have to be in
                    // memory.
                    event_type => Self::decode_rest(event_type, &{ raw.data }, payload),
                }
            }

            /// Decodes the less frequent types.
            #[cold]
            fn decode_rest(event_type: EventType, data: &RawData, payload: &'a [u8]) -> Self {
                let data = *data;
                let mut raw = abi::Event::zeroed();
                raw.data = data;
                match event_type {
                    $($(EventType::$name => {
                        let ($($item,)? $($($field,)+)?) = shape::$shape::get(&raw, payload);
                        Self::$variant $(($item))? $({ $($field),+ })?
                    })?)*
                    other => {
                        if let Some(number) = other.user() {
                            Self::User { number, data }
                        } else if let Some(number) = other.user_var() {
                            Self::UserVar { number, data: payload }
                        } else {
                            Self::Other { event_type, payload, data }
                        }
                    }
                }
            }

            /// The type of the event with this data. For a UMP event it is
            /// [`EventType::SYSTEM`], without a meaning.
            #[inline]
            pub fn event_type(&self) -> EventType {
                match self {
                    $($(Self::$variant { .. } => EventType::$name,)?)*
                    Self::User { number, .. } => {
                        EventType::new(EventType::USER0.number() + number.number())
                    }
                    Self::UserVar { number, .. } => {
                        EventType::new(EventType::USER_VAR0.number() + number.number())
                    }
                    Self::Ump(_) => EventType::SYSTEM,
                    Self::Other { event_type, .. } => *event_type,
                }
            }

            /// The data bytes, the fourth word of a packet, and the data of variable
            /// length.
            #[inline(always)]
            fn parts(self) -> (RawData, Option<u32>, &'a [u8]) {
                let (data, payload) = match self {
                    $($(Self::$variant $(($item))? $({ $($field),+ })? => {
                        shape::$shape::put(($($item,)? $($($field,)+)?))
                    })?)*
                    Self::User { data, .. } => (data, &[][..]),
                    Self::UserVar { data, .. } => ([0; 12], data),
                    Self::Ump(packet) => {
                        let [first, second, third, last] = packet.to_array();
                        let words = words(&abi::Raw32 {
                            d: [first.into(), second.into(), third.into()],
                        });
                        return (words, Some(last), &[]);
                    }
                    Self::Other { data, payload, .. } => (data, payload),
                };
                (data, None, payload)
            }
        }
    };
}

event_types!(data);

impl<'a> EventData<'a> {
    #[inline(always)]
    pub(super) fn encode(self) -> Encoded<'a> {
        let event_type = self.event_type();
        let (data, ump_word, payload) = self.parts();
        // If the data bytes contain a length other than 0, they are the data of a record
        // of fixed length, although this type usually has data of variable length.
        let is_variable = event_type.is_variable() && length(&data) == 0;
        let mut flags = EventFlags::empty();
        if ump_word.is_some() {
            flags |= EventFlags::UMP;
        } else if is_variable || !payload.is_empty() {
            flags |= EventFlags::LENGTH_VARIABLE;
        }
        Encoded {
            event_type,
            flags,
            data,
            ump_word,
            payload,
        }
    }
}

/// The length in the data bytes of an event of variable length.
#[inline]
pub(super) fn length(data: &RawData) -> u32 {
    let mut event = abi::Event::zeroed();
    event.data = *data;
    event.payload::<abi::Ext>().len.get() & limits::EXT_LEN_MASK
}

/// The packet of a UMP record: three words in the data bytes, and the last one after
/// them.
#[inline]
pub(super) fn packet(raw: &abi::Event, last_word: u32) -> Packet {
    let [first, second, third] = raw.payload::<abi::Raw32>().d;
    Packet::new([first.get(), second.get(), third.get(), last_word])
}
