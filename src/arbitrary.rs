//! Makes events and their parts from a fuzzer's bytes.
//!
//! Every value is possible. Values in MIDI's range are likely, because hardly any random
//! number would be in it. Without bytes left, a value is 0, or the first variant.

use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;
use alsa_seq_kernel_abi::limits::EXT_LEN_MASK;
use arbitrary::{Arbitrary, Error, Result, Unstructured, size_hint};

use crate::event::table::event_types;
use crate::wire::Framing;
use crate::{
    Address, Bounce, Bytes, ClientId, Event, EventData, EventType, PortId, QueueId, RealTime,
    Tempo, Time, UserNumber, ValueError,
};

mod ump;

/// The minimum and the maximum number of bytes for a value.
type Hint = (usize, Option<usize>);

const fn exactly(bytes: usize) -> Hint {
    (bytes, Some(bytes))
}

/// Unwraps the result of a constructor whose numbers are in range.
fn valid<T>(value: Result<T, ValueError>) -> Result<T> {
    value.map_err(|_| Error::IncorrectFormat)
}

/// Ids. Any number is valid.
macro_rules! ids {
    ($($name:ident)+) => { $(
        impl<'a> Arbitrary<'a> for $name {
            fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
                u.arbitrary().map(Self::new)
            }

            fn size_hint(_depth: usize) -> Hint {
                exactly(1)
            }
        }
    )+ };
}

/// Structs, with any value of each field.
macro_rules! structs {
    ($($name:ident { $($field:ident: $type:ty),+ })+) => { $(
        impl<'a> Arbitrary<'a> for $name {
            fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
                Ok(Self { $($field: <$type>::arbitrary(u)?),+ })
            }

            fn size_hint(depth: usize) -> Hint {
                size_hint::and_all(&[$(<$type>::size_hint(depth)),+])
            }
        }
    )+ };
}

/// Enums, with equal probability for each variant, and any value in it. The compiler
/// checks that no variant is missing. An optional function at the end replaces invalid
/// values.
macro_rules! enums {
    ($a:lifetime; $($name:ident $(<$life:lifetime>)? $(=> $then:path)? {
        $($variant:ident $(($($item:ty),+))? $({ $($field:ident: $type:ty),+ })?,)+
    })+) => { $(
        impl<$a> Arbitrary<$a> for $name $(<$life>)? {
            fn arbitrary(u: &mut Unstructured<$a>) -> Result<Self> {
                let variants: &[fn(&mut Unstructured<$a>) -> Result<Self>] = &[$(
                    |_u| Ok(Self::$variant
                        $(($(<$item>::arbitrary(_u)?.into()),+))?
                        $({ $($field: <$type>::arbitrary(_u)?),+ })?),
                )+];
                let value = u.choose(variants)?(u)?;
                match value {
                    $(Self::$variant { .. } => {})+
                }
                $(let value = $then(value);)?
                Ok(value)
            }

            fn size_hint(_depth: usize) -> Hint {
                let values = size_hint::or_all(&[$(
                    size_hint::and_all(&[
                        $($(<$item>::size_hint(_depth)),+)?
                        $($(<$type>::size_hint(_depth)),+)?
                    ]),
                )+]);
                size_hint::and(exactly(1), values)
            }
        }
    )+ };
}

use {enums, structs};

ids! { ClientId PortId QueueId EventType }

structs! {
    Address { client: ClientId, port: PortId }
}

enums! { 'a;
    Framing {
        Legacy,
        Ump,
        Packed,
    }

    Time {
        Tick(u32),
        Real(RealTime),
    }
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
        /// Equal probability for each variant. Its numbers are mostly in MIDI's ranges,
        /// and sometimes of the full width of the field.
        impl<'a> Arbitrary<'a> for EventData<'a> {
            fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
                let variants: &[fn(&mut Unstructured<'a>, Bits) -> Result<Self>] = &[
                    $($(|_u, _bits| {
                        $(let $item = _u.arbitrary()?;)?
                        $($(let $field = Field::make(_u, _bits, stringify!($field))?;)+)?
                        Ok(Self::$variant $(($item))? $({ $($field),+ })?)
                    },)?)*
                    |u, _| Ok(Self::User { number: u.arbitrary()?, data: u.arbitrary()? }),
                    |u, _| Ok(Self::UserVar { number: u.arbitrary()?, data: u.arbitrary()? }),
                    |u, _| u.arbitrary().map(Self::Ump),
                    |u, _| Ok(decoded(Self::Other {
                        event_type: u.arbitrary()?,
                        payload: u.arbitrary()?,
                        data: u.arbitrary()?,
                    })),
                ];
                let make = u.choose(variants)?;
                let bits = bits(u)?;
                make(u, bits)
            }

            fn size_hint(_depth: usize) -> Hint {
                // A variant without data.
                (2, None)
            }
        }
    };
}

event_types!(data);

/// Decodes `Other` again: it must have a type without a variant, and the right length.
fn decoded(data: EventData<'_>) -> EventData<'_> {
    match data {
        EventData::Other { payload, .. } => {
            EventData::decode(Event::new(data).raw(), None, payload)
        }
        known => known,
    }
}

/// The number of bits of a number: 7 or 14, or `None` for the full width of the field.
type Bits = Option<u32>;

fn bits(u: &mut Unstructured<'_>) -> Result<Bits> {
    Ok(match u.int_in_range(0..=15)? {
        0..8_u8 => Some(7),
        8..15 => Some(14),
        _ => None,
    })
}

/// A field of an event.
trait Field<'a>: Sized {
    fn make(u: &mut Unstructured<'a>, bits: Bits, name: &str) -> Result<Self>;
}

impl<'a> Field<'a> for u8 {
    fn make(u: &mut Unstructured<'a>, bits: Bits, name: &str) -> Result<Self> {
        match (bits, name) {
            (Some(_), "channel") => u.int_in_range(0..=15),
            (Some(_), _) => u.int_in_range(0..=127),
            (None, _) => u.arbitrary(),
        }
    }
}

impl<'a> Field<'a> for u32 {
    fn make(u: &mut Unstructured<'a>, bits: Bits, _name: &str) -> Result<Self> {
        match bits {
            Some(bits) => u.int_in_range(0..=(1 << bits) - 1),
            None => u.arbitrary(),
        }
    }
}

impl<'a> Field<'a> for i32 {
    fn make(u: &mut Unstructured<'a>, bits: Bits, name: &str) -> Result<Self> {
        match (bits, name) {
            (Some(_), "bend") => u.int_in_range(-0x2000..=0x1fff),
            (Some(bits), _) => u.int_in_range(0..=(1 << bits) - 1),
            (None, _) => u.arbitrary(),
        }
    }
}

/// Fields that are not MIDI numbers.
macro_rules! any {
    ($($type:ty)+) => { $(
        impl<'a> Field<'a> for $type {
            fn make(u: &mut Unstructured<'a>, _bits: Bits, _name: &str) -> Result<Self> {
                u.arbitrary()
            }
        }
    )+ };
}

any! { i8 u16 Address ClientId QueueId RealTime }

impl<'a, const N: u8> Arbitrary<'a> for UserNumber<N> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        valid(Self::new(u.int_in_range(0..=N.saturating_sub(1))?))
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(usize::from(N > 1))
    }
}

impl<'a> Arbitrary<'a> for RealTime {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let nanos = u.int_in_range(0..=Self::MAX.subsec_nanos())?;
        valid(Self::new(u.arbitrary()?, nanos))
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(8)
    }
}

impl<'a> Arbitrary<'a> for Tempo {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let range = 1..=i32::MAX.unsigned_abs();
        let tempo = valid(Self::from_micros(u.int_in_range(range.clone())?))?;
        valid(tempo.with_ppq(u.int_in_range(range)?))
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(8)
    }
}

/// Borrows from the fuzzer's input.
impl<'a> Arbitrary<'a> for Bytes<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        <&[u8]>::arbitrary(u).map(Self::from)
    }
}

/// Borrows from the fuzzer's input.
impl<'a> Arbitrary<'a> for Bounce<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        <&[u8]>::arbitrary(u).map(Self::new)
    }
}

/// Mostly typed data with a header, and sometimes any record that a program can write.
/// Data of variable length is borrowed from the fuzzer's input.
impl<'a> Arbitrary<'a> for Event<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let header = u8::arbitrary(u)?;
        if header >> 4 == 15 {
            return record(u);
        }
        let event = Self::new(u.arbitrary()?)
            .from_port(Address::arbitrary(u)?)
            .to(Address::arbitrary(u)?)
            .with_tag(u.arbitrary()?);
        let event = match header & 3 {
            0 | 1 => event,
            2 => event.at(QueueId::arbitrary(u)?, Time::arbitrary(u)?),
            _ => event.after(QueueId::arbitrary(u)?, Time::arbitrary(u)?),
        };
        Ok(event.with_high_priority(header & 4 != 0))
    }

    fn size_hint(_depth: usize) -> Hint {
        // A header, a variant without data, two addresses, a tag.
        (8, None)
    }
}

/// Any record, with the packet word or the data that its flags require.
fn record<'a>(u: &mut Unstructured<'a>) -> Result<Event<'a>> {
    let bytes: [u8; size_of::<abi::Event>()] = u.arbitrary()?;
    let mut record: abi::Event = zerocopy::transmute!(bytes);
    let flags = &mut record.header.flags;
    if flags.length() == EventFlags::LENGTH_VARIABLE {
        // A packet has no data of variable length.
        flags.remove(EventFlags::UMP);
        let payload = <&[u8]>::arbitrary(u)?;
        let mut ext: abi::Ext = record.payload();
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        ext.len
            .set(ext.len.get() & !EXT_LEN_MASK | length & EXT_LEN_MASK);
        record.set_payload(&ext);
        return Ok(Event::from_parts(record, None, payload));
    }
    let ump_word = if flags.contains(EventFlags::UMP) {
        Some(u.arbitrary()?)
    } else {
        None
    };
    Ok(Event::from_parts(record, ump_word, &[]))
}
