//! Values made of a fuzzer's bytes, of all types that an event is made of.
//!
//! Every value is possible, and those in MIDI's range are likely: of random numbers
//! hardly any would be. What has no bytes left is 0, or the first of all.

use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;
use alsa_seq_kernel_abi::limits::EXT_LEN_MASK;
use arbitrary::{Arbitrary, Error, Result, Unstructured, size_hint};

use crate::ump::Packet;
use crate::wire::Framing;
use crate::{
    Address, Bounce, Bytes, ChannelValue, ClientId, Connection, Controller, Event, EventData,
    EventType, Key, Note, PortId, QueueId, QueueTime, QueueValue, Quote, RawData, RealTime,
    ResultData, Skew, Tempo, Time, UmpBlock, UserNumber, ValueError,
};

mod ump;

/// How many bytes a value takes, at least and at most.
type Hint = (usize, Option<usize>);

const fn exactly(bytes: usize) -> Hint {
    (bytes, Some(bytes))
}

/// What a constructor says of numbers that are in range.
fn valid<T>(value: Result<T, ValueError>) -> Result<T> {
    value.map_err(|_| Error::IncorrectFormat)
}

/// Ids, of which any number is one.
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

/// Structs, any value of each field.
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

/// Enums, each variant as likely as any other, and any value in it. The compiler
/// sees to it that none is left out. A function may come behind that makes another
/// value of what is not valid.
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
    Connection { sender: Address, dest: Address }
    Quote { origin: Address, value: u16 }
    ResultData { event: i32, result: i32 }
    Skew { value: u32, base: u32 }
    UmpBlock { client: ClientId, block: u8 }
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

    EventData<'a> => decoded {
        NoteOn(Key),
        NoteOff(Key),
        KeyPressure(Key),
        ControlChange(Controller),
        ProgramChange(ChannelValue),
        ChannelPressure(ChannelValue),
        PitchBend(ChannelValue),
        SysEx(&'a [u8]),
        Ump(Packet),
        Clock(QueueId),
        Start(QueueId),
        Continue(QueueId),
        Stop(QueueId),
        Note(Note),
        Control14Bit(Controller),
        Nrpn(Controller),
        Rpn(Controller),
        SongPosition(Value),
        SongSelect(Value),
        QuarterFrame(Value),
        TimeSignature(i32),
        KeySignature(i32),
        TuneRequest,
        Reset,
        ActiveSensing,
        SetPositionTick(QueueValue<u32>),
        SetPositionTime(QueueTime),
        Tempo(QueueValue<i32>),
        Tick(QueueId),
        QueueSkew(QueueValue<Skew>),
        SyncPosition(QueueValue<u32>),
        Echo(RawData),
        Oss(RawData),
        ClientStart(ClientId),
        ClientExit(ClientId),
        ClientChange(ClientId),
        PortStart(Address),
        PortExit(Address),
        PortChange(Address),
        PortSubscribed(Connection),
        PortUnsubscribed(Connection),
        UmpEndpointChange(ClientId),
        UmpBlockChange(UmpBlock),
        System(ResultData),
        Result(ResultData),
        User(UserNumber<10>, RawData),
        UserVar(UserNumber<5>, &'a [u8]),
        Bounce(Bounce<'a>),
        KernelError(Quote),
        KernelQuote(Quote),
        None,
        Other { event_type: EventType, payload: &'a [u8], data: RawData },
    }
}

/// Others are those whose type has no variant, and whose length is right.
fn decoded(data: EventData<'_>) -> EventData<'_> {
    match data {
        EventData::Other { payload, .. } => {
            EventData::decode(Event::new(data).raw(), None, payload)
        }
        known => known,
    }
}

/// How many bits numbers have: 7 or 14, or sometimes as many as there is room for.
fn bits(u: &mut Unstructured<'_>) -> Result<Option<u32>> {
    Ok(match u.int_in_range(0..=15)? {
        0..8_u8 => Some(7),
        8..15 => Some(14),
        _ => None,
    })
}

fn number(u: &mut Unstructured<'_>, bits: u32) -> Result<u16> {
    u.int_in_range(0..=u16::MAX >> (16 - bits))
}

fn channel(u: &mut Unstructured<'_>) -> Result<u8> {
    u.int_in_range(0..=15)
}

impl<'a> Arbitrary<'a> for Key {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match bits(u)? {
            Some(_) => Self {
                channel: channel(u)?,
                note: u.int_in_range(0..=127)?,
                velocity: u.int_in_range(0..=127)?,
            },
            None => Self {
                channel: u.arbitrary()?,
                note: u.arbitrary()?,
                velocity: u.arbitrary()?,
            },
        })
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(4)
    }
}

impl<'a> Arbitrary<'a> for Note {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let key = Key::arbitrary(u)?;
        Ok(Self {
            channel: key.channel,
            note: key.note,
            velocity: key.velocity,
            // In range where the others are.
            off_velocity: match Key::new(key.channel, key.note, key.velocity) {
                Ok(_) => u.int_in_range(0..=127)?,
                Err(_) => u.arbitrary()?,
            },
            duration: u.arbitrary()?,
        })
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(9)
    }
}

impl<'a> Arbitrary<'a> for Controller {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match bits(u)? {
            Some(bits) => Self {
                channel: channel(u)?,
                param: number(u, bits)?.into(),
                value: number(u, bits)?.into(),
            },
            None => Self {
                channel: u.arbitrary()?,
                param: u.arbitrary()?,
                value: u.arbitrary()?,
            },
        })
    }

    fn size_hint(_depth: usize) -> Hint {
        (4, Some(10))
    }
}

impl<'a> Arbitrary<'a> for ChannelValue {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match bits(u)? {
            Some(7) => Self {
                channel: channel(u)?,
                value: number(u, 7)?.into(),
            },
            // A pitch bend.
            Some(bits) => Self {
                channel: channel(u)?,
                value: i32::from(number(u, bits)?) - 0x2000,
            },
            None => Self {
                channel: u.arbitrary()?,
                value: u.arbitrary()?,
            },
        })
    }

    fn size_hint(_depth: usize) -> Hint {
        (3, Some(6))
    }
}

/// The value of a system message.
struct Value(i32);

impl From<Value> for i32 {
    fn from(value: Value) -> Self {
        value.0
    }
}

impl<'a> Arbitrary<'a> for Value {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(match bits(u)? {
            Some(bits) => number(u, bits)?.into(),
            None => u.arbitrary()?,
        }))
    }

    fn size_hint(_depth: usize) -> Hint {
        (2, Some(5))
    }
}

impl<'a, T: Arbitrary<'a>> Arbitrary<'a> for QueueValue<T> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self {
            queue: u.arbitrary()?,
            value: u.arbitrary()?,
        })
    }

    fn size_hint(depth: usize) -> Hint {
        size_hint::and(exactly(1), T::size_hint(depth))
    }
}

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

/// Typed data with a header around it, mostly, and sometimes any record that a program
/// can write. Data of variable length is borrowed from the fuzzer's input.
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
        Ok(match header & 4 {
            0 => event,
            _ => event.with_high_priority(),
        })
    }

    fn size_hint(_depth: usize) -> Hint {
        // A header, a variant without data, two addresses, a tag.
        (7, None)
    }
}

/// Any record, and what its flags say that it has besides.
fn record<'a>(u: &mut Unstructured<'a>) -> Result<Event<'a>> {
    let bytes: [u8; size_of::<abi::Event>()] = u.arbitrary()?;
    let mut record: abi::Event = zerocopy::transmute!(bytes);
    let flags = &mut record.header.flags;
    if flags.length() == EventFlags::LENGTH_VARIABLE {
        // A packet has none.
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
