//! The shapes of payloads in the kernel's record. A shape is a way to read the twelve
//! data bytes, or the bytes after them.

use alsa_seq_kernel_abi::event as abi;

use super::payload::RawData;
use crate::{Address, ClientId, QueueId, RealTime};

/// Converts between a payload and its fields.
pub(super) trait Shape<'a> {
    /// The fields, in the order of the table.
    type Fields;

    fn get(raw: &abi::Event, payload: &'a [u8]) -> Self::Fields;

    fn put(fields: Self::Fields) -> (RawData, &'a [u8]);
}

/// Shapes of fixed length. Each uses one of the kernel's structs.
macro_rules! shapes {
    ($($name:ident($($type:ty),*) = $struct:ty {
        $from:pat => $fields:expr;
        $to:pat => $payload:expr;
    })*) => { $(
        pub(super) struct $name;

        impl<'a> Shape<'a> for $name {
            type Fields = ($($type,)*);

            #[inline(always)]
            fn get(raw: &abi::Event, _payload: &'a [u8]) -> Self::Fields {
                let $from: $struct = raw.payload();
                $fields
            }

            #[inline(always)]
            fn put($to: Self::Fields) -> (RawData, &'a [u8]) {
                let payload: $struct = $payload;
                (words(&payload), &[])
            }
        }
    )* };
}

/// Shapes of variable length.
macro_rules! variable {
    ($($name:ident($type:ty) { $from:pat => $field:expr; $to:pat => $payload:expr; })*) => { $(
        pub(super) struct $name;

        impl<'a> Shape<'a> for $name {
            type Fields = ($type,);

            #[inline(always)]
            fn get(_raw: &abi::Event, $from: &'a [u8]) -> Self::Fields {
                ($field,)
            }

            #[inline(always)]
            fn put(($to,): Self::Fields) -> (RawData, &'a [u8]) {
                ([0; 12], $payload)
            }
        }
    )* };
}

shapes! {
    EventResult(i32, i32) = abi::EvResult {
        abi => (abi.event.get(), abi.result.get());
        (event, result) => abi::EvResult { event: event.into(), result: result.into() };
    }
    Note(u8, u8, u8, u8, u32) = abi::Note {
        abi => (abi.channel, abi.note, abi.velocity, abi.off_velocity, abi.duration.get());
        (channel, note, velocity, off_velocity, duration) => abi::Note {
            channel,
            note,
            velocity,
            off_velocity,
            duration: duration.into(),
        };
    }
    Key(u8, u8, u8) = abi::Note {
        abi => (abi.channel, abi.note, abi.velocity);
        (channel, note, velocity) => abi::Note {
            channel,
            note,
            velocity,
            ..abi::Note::zeroed()
        };
    }
    Control(u8, u32, i32) = abi::Ctrl {
        abi => (abi.channel, abi.param.get(), abi.value.get());
        (channel, param, value) => ctrl(channel, param, value);
    }
    Channel(u8, i32) = abi::Ctrl {
        abi => (abi.channel, abi.value.get());
        (channel, value) => ctrl(channel, 0, value);
    }
    Value(i32) = abi::Ctrl {
        abi => (abi.value.get(),);
        (value,) => ctrl(0, 0, value);
    }
    TimeSignature(u8, u8, u8, u8) = abi::Ctrl {
        abi => abi.value.get().to_be_bytes().into();
        bytes => ctrl(0, 0, i32::from_be_bytes(bytes.into()));
    }
    KeySignature(i8, u8) = abi::Ctrl {
        abi => {
            let [_, _, sharps, mode] = abi.value.get().to_be_bytes();
            (i8::from_be_bytes([sharps]), mode)
        };
        (sharps, mode) => ctrl(0, 0, i32::from(sharps) << 8 | i32::from(mode));
    }
    Queue(QueueId) = abi::QueueControl {
        abi => (QueueId::new(abi.queue),);
        (queue,) => control(queue);
    }
    QueueTick(QueueId, u32) = abi::QueueControl {
        abi => (QueueId::new(abi.queue), abi.time().tick());
        (queue, tick) => control(queue).with_time(abi::Timestamp::from_tick(tick));
    }
    QueueTime(QueueId, RealTime) = abi::QueueControl {
        abi => {
            let time = abi.time().real();
            let time = RealTime::from_wire(time.tv_sec.get(), time.tv_nsec.get());
            (QueueId::new(abi.queue), time)
        };
        (queue, time) => control(queue).with_time(abi::Timestamp::from_real(
            abi::RealTime::new(time.secs(), time.subsec_nanos()),
        ));
    }
    QueueValue(QueueId, i32) = abi::QueueControl {
        abi => (QueueId::new(abi.queue), abi.value());
        (queue, value) => control(queue).with_value(value);
    }
    QueueSkew(QueueId, u32, u32) = abi::QueueControl {
        abi => {
            let skew = abi.skew();
            (QueueId::new(abi.queue), skew.value.get(), skew.base.get())
        };
        (queue, value, base) => control(queue).with_skew(abi::QueueSkew {
            value: value.into(),
            base: base.into(),
        });
    }
    QueuePosition(QueueId, u32) = abi::QueueControl {
        abi => (QueueId::new(abi.queue), abi.position());
        (queue, position) => control(queue).with_position(position);
    }
    Nothing() = abi::Raw8 {
        _ => ();
        () => abi::Raw8 { d: [0; 12] };
    }
    Raw(RawData) = abi::Raw8 {
        abi => (abi.d,);
        (d,) => abi::Raw8 { d };
    }
    Client(ClientId) = abi::Address {
        abi => (ClientId::new(abi.client),);
        (client,) => abi::Address::new(client.number(), 0);
    }
    Port(Address) = abi::Address {
        abi => (abi.into(),);
        (address,) => address.to_abi();
    }
    Connection(Address, Address) = abi::Connect {
        abi => (abi.sender.into(), abi.dest.into());
        (sender, receiver) => abi::Connect {
            sender: sender.to_abi(),
            dest: receiver.to_abi(),
        };
    }
    UmpBlock(ClientId, u8) = abi::UmpNotify {
        abi => (abi.client.into(), abi.block);
        (client, block) => abi::UmpNotify { client: client.number(), block };
    }
    Quote(Address, u16) = abi::Quote {
        abi => (abi.origin.into(), abi.value.get());
        (origin, value) => abi::Quote {
            origin: origin.to_abi(),
            value: value.into(),
            ..abi::Quote::zeroed()
        };
    }
}

variable! {
    Bytes(&'a [u8]) { bytes => bytes; bytes => bytes; }
    Bounced(super::Bounce<'a>) { bytes => super::Bounce::new(bytes); bounce => bounce.as_bytes(); }
}

#[inline]
fn ctrl(channel: u8, param: u32, value: i32) -> abi::Ctrl {
    abi::Ctrl {
        channel,
        unused: [0; 3],
        param: param.into(),
        value: value.into(),
    }
}

#[inline]
const fn control(queue: QueueId) -> abi::QueueControl {
    abi::QueueControl::new(queue.number())
}

/// Converts a payload to the data bytes.
#[inline]
pub(super) fn words<P: abi::Payload>(payload: &P) -> RawData {
    let mut data = [0; 12];
    // Copies byte by byte: the compiler then keeps the bytes in registers. A slice would
    // be in memory.
    for (to, from) in data.iter_mut().zip(payload.as_bytes()) {
        *to = *from;
    }
    data
}
