//! All the keys that an event may have, and which type has which.

use serde::de::Error;

use super::kind::Kind;
use crate::ump::Packet;
use crate::{
    Address, Bounce, Bytes, ChannelValue, ClientId, Connection, Controller, EventData, EventType,
    Key, Note, QueueId, QueueValue, Quote, RawData, ResultData, Skew, Time, UmpBlock, UserNumber,
};

macro_rules! fields {
    ($($name:ident: $type:ty,)*) => {
        /// An event as an object: the keys that are there.
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(rename = "Event")]
        pub(super) struct Fields<'a> {
            #[serde(rename = "type")]
            kind: Kind,
            $(
                #[serde(skip_serializing_if = "Option::is_none")]
                pub(super) $name: Option<$type>,
            )*
        }

        impl Fields<'_> {
            const fn new(kind: Kind) -> Self {
                Self { kind, $($name: None,)* }
            }
        }
    };
}

// In the order in which they are written. Numbers have the width of the
// widest type that has them.
fields! {
    source: Address,
    dest: Address,
    queue: QueueId,
    time: Time,
    relative: bool,
    tag: u8,
    high_priority: bool,

    channel: u8,
    note: u8,
    velocity: u8,
    off_velocity: u8,
    duration: u32,
    param: u32,
    target: QueueId,
    value: i64,
    base: u32,
    position: Time,
    event: i32,
    result: i32,
    client: ClientId,
    block: u8,
    address: Address,
    sender: Address,
    receiver: Address,
    packet: Packet,
    data: Bytes<'a>,
    payload: Bytes<'a>,
}

/// The two matches are each other's mirror.
impl<'a> Fields<'a> {
    pub(super) fn of(data: EventData<'a>) -> Self {
        use EventData as Data;

        let kind = match data {
            Data::Ump(_) => Kind::Ump,
            other => Kind::Legacy(other.event_type()),
        };
        let mut fields = Self::new(kind);
        match data {
            Data::System(result) | Data::Result(result) => {
                fields.event = Some(result.event);
                fields.result = Some(result.result);
            }
            Data::Note(note) => {
                fields.channel = Some(note.channel);
                fields.note = Some(note.note);
                fields.velocity = Some(note.velocity);
                fields.off_velocity = Some(note.off_velocity);
                fields.duration = Some(note.duration);
            }
            Data::NoteOn(key) | Data::NoteOff(key) | Data::KeyPressure(key) => {
                fields.channel = Some(key.channel);
                fields.note = Some(key.note);
                fields.velocity = Some(key.velocity);
            }
            Data::ControlChange(c) | Data::Control14Bit(c) | Data::Nrpn(c) | Data::Rpn(c) => {
                fields.channel = Some(c.channel);
                fields.param = Some(c.param);
                fields.value = Some(c.value.into());
            }
            Data::ProgramChange(c) | Data::ChannelPressure(c) | Data::PitchBend(c) => {
                fields.channel = Some(c.channel);
                fields.value = Some(c.value.into());
            }
            Data::SongPosition(value)
            | Data::SongSelect(value)
            | Data::QuarterFrame(value)
            | Data::TimeSignature(value)
            | Data::KeySignature(value) => fields.value = Some(value.into()),
            Data::Start(queue)
            | Data::Continue(queue)
            | Data::Stop(queue)
            | Data::Clock(queue)
            | Data::Tick(queue) => fields.target = Some(queue),
            Data::SetPositionTick(q) => {
                fields.target = Some(q.queue);
                fields.position = Some(Time::Tick(q.value));
            }
            Data::SetPositionTime(q) => {
                fields.target = Some(q.queue);
                fields.position = Some(Time::Real(q.value));
            }
            Data::Tempo(q) => {
                fields.target = Some(q.queue);
                fields.value = Some(q.value.into());
            }
            Data::QueueSkew(q) => {
                fields.target = Some(q.queue);
                fields.value = Some(q.value.value.into());
                fields.base = Some(q.value.base);
            }
            Data::SyncPosition(q) => {
                fields.target = Some(q.queue);
                fields.value = Some(q.value.into());
            }
            Data::TuneRequest | Data::Reset | Data::ActiveSensing | Data::None => {}
            Data::Echo(data) | Data::Oss(data) | Data::User(_, data) => {
                fields.data = Some(data.to_vec().into());
            }
            Data::ClientStart(client)
            | Data::ClientExit(client)
            | Data::ClientChange(client)
            | Data::UmpEndpointChange(client) => fields.client = Some(client),
            Data::PortStart(address) | Data::PortExit(address) | Data::PortChange(address) => {
                fields.address = Some(address);
            }
            Data::PortSubscribed(connection) | Data::PortUnsubscribed(connection) => {
                fields.sender = Some(connection.sender);
                fields.receiver = Some(connection.dest);
            }
            Data::UmpBlockChange(block) => {
                fields.client = Some(block.client);
                fields.block = Some(block.block);
            }
            Data::KernelError(quote) | Data::KernelQuote(quote) => {
                fields.address = Some(quote.origin);
                fields.value = Some(quote.value.into());
            }
            Data::SysEx(data) | Data::UserVar(_, data) => fields.data = Some(data.into()),
            Data::Bounce(bounce) => fields.data = Some(bounce.as_bytes().into()),
            Data::Ump(packet) => fields.packet = Some(packet),
            Data::Other { data, payload, .. } => {
                fields.data = Some(data.to_vec().into());
                fields.payload = Some(payload.into());
            }
        }
        fields
    }

    /// # Errors
    /// If a key is missing, or has a value of a wrong size.
    pub(super) fn data<E: Error>(&self) -> Result<EventData<'_>, E> {
        match self.kind {
            Kind::Ump => Ok(EventData::Ump(need(self.packet, "packet")?)),
            Kind::Legacy(event_type) => self.legacy_data(event_type),
        }
    }

    fn legacy_data<E: Error>(&self, event_type: EventType) -> Result<EventData<'_>, E> {
        use {EventData as Data, EventType as Type};

        let channel = || need(self.channel, "channel");
        let value = || {
            let value = need(self.value, "value")?;
            i32::try_from(value).map_err(|_| E::custom("`value` does not fit 32 bits"))
        };
        let unsigned_value = || {
            let value = need(self.value, "value")?;
            u32::try_from(value).map_err(|_| E::custom("`value` does not fit 32 bits"))
        };
        let key = || {
            Ok::<_, E>(Key {
                channel: channel()?,
                note: need(self.note, "note")?,
                velocity: need(self.velocity, "velocity")?,
            })
        };
        let controller = || {
            Ok::<_, E>(Controller {
                channel: channel()?,
                param: need(self.param, "param")?,
                value: value()?,
            })
        };
        let channel_value = || {
            Ok::<_, E>(ChannelValue {
                channel: channel()?,
                value: value()?,
            })
        };
        let target = || need(self.target, "target");
        let position = || need(self.position, "position");
        let result = || {
            Ok::<_, E>(ResultData {
                event: need(self.event, "event")?,
                result: need(self.result, "result")?,
            })
        };
        let client = || need(self.client, "client");
        let address = || need(self.address, "address");
        let connection = || {
            Ok::<_, E>(Connection {
                sender: need(self.sender, "sender")?,
                dest: need(self.receiver, "receiver")?,
            })
        };
        let quote = || {
            let value = u16::try_from(need(self.value, "value")?);
            Ok::<_, E>(Quote {
                origin: address()?,
                value: value.map_err(|_| E::custom("`value` does not fit 16 bits"))?,
            })
        };
        let bytes = || need(self.data.as_deref(), "data");
        let raw_data = || {
            let bytes = bytes()?;
            RawData::try_from(bytes)
                .map_err(|_| E::invalid_length(bytes.len(), &"12 bytes of `data`"))
        };

        Ok(match event_type {
            Type::SYSTEM => Data::System(result()?),
            Type::RESULT => Data::Result(result()?),
            Type::NOTE => {
                let key = key()?;
                Data::Note(Note {
                    channel: key.channel,
                    note: key.note,
                    velocity: key.velocity,
                    off_velocity: need(self.off_velocity, "off_velocity")?,
                    duration: need(self.duration, "duration")?,
                })
            }
            Type::NOTE_ON => Data::NoteOn(key()?),
            Type::NOTE_OFF => Data::NoteOff(key()?),
            Type::KEY_PRESSURE => Data::KeyPressure(key()?),
            Type::CONTROL_CHANGE => Data::ControlChange(controller()?),
            Type::PROGRAM_CHANGE => Data::ProgramChange(channel_value()?),
            Type::CHANNEL_PRESSURE => Data::ChannelPressure(channel_value()?),
            Type::PITCH_BEND => Data::PitchBend(channel_value()?),
            Type::CONTROL_14BIT => Data::Control14Bit(controller()?),
            Type::NRPN => Data::Nrpn(controller()?),
            Type::RPN => Data::Rpn(controller()?),
            Type::SONG_POSITION => Data::SongPosition(value()?),
            Type::SONG_SELECT => Data::SongSelect(value()?),
            Type::QUARTER_FRAME => Data::QuarterFrame(value()?),
            Type::TIME_SIGNATURE => Data::TimeSignature(value()?),
            Type::KEY_SIGNATURE => Data::KeySignature(value()?),
            Type::START => Data::Start(target()?),
            Type::CONTINUE => Data::Continue(target()?),
            Type::STOP => Data::Stop(target()?),
            Type::SET_POSITION_TICK => match position()? {
                Time::Tick(value) => Data::SetPositionTick(at(target()?, value)),
                Time::Real(_) => return Err(E::custom("`position` is no `tick`")),
            },
            Type::SET_POSITION_TIME => match position()? {
                Time::Real(value) => Data::SetPositionTime(at(target()?, value)),
                Time::Tick(_) => return Err(E::custom("`position` is not `real`")),
            },
            Type::TEMPO => Data::Tempo(at(target()?, value()?)),
            Type::CLOCK => Data::Clock(target()?),
            Type::TICK => Data::Tick(target()?),
            Type::QUEUE_SKEW => {
                let skew = Skew {
                    value: unsigned_value()?,
                    base: need(self.base, "base")?,
                };
                Data::QueueSkew(at(target()?, skew))
            }
            Type::SYNC_POSITION => Data::SyncPosition(at(target()?, unsigned_value()?)),
            Type::TUNE_REQUEST => Data::TuneRequest,
            Type::RESET => Data::Reset,
            Type::ACTIVE_SENSING => Data::ActiveSensing,
            Type::ECHO => Data::Echo(raw_data()?),
            Type::OSS => Data::Oss(raw_data()?),
            Type::CLIENT_START => Data::ClientStart(client()?),
            Type::CLIENT_EXIT => Data::ClientExit(client()?),
            Type::CLIENT_CHANGE => Data::ClientChange(client()?),
            Type::PORT_START => Data::PortStart(address()?),
            Type::PORT_EXIT => Data::PortExit(address()?),
            Type::PORT_CHANGE => Data::PortChange(address()?),
            Type::PORT_SUBSCRIBED => Data::PortSubscribed(connection()?),
            Type::PORT_UNSUBSCRIBED => Data::PortUnsubscribed(connection()?),
            Type::UMP_ENDPOINT_CHANGE => Data::UmpEndpointChange(client()?),
            Type::UMP_BLOCK_CHANGE => Data::UmpBlockChange(UmpBlock {
                client: client()?,
                block: need(self.block, "block")?,
            }),
            Type::KERNEL_ERROR => Data::KernelError(quote()?),
            Type::KERNEL_QUOTE => Data::KernelQuote(quote()?),
            Type::SYSEX => Data::SysEx(bytes()?),
            Type::BOUNCE => Data::Bounce(Bounce::new(bytes()?)),
            Type::NONE => Data::None,
            other => {
                let number = |first: EventType| other.number().checked_sub(first.number());
                if let Some(user) = number(Type::USER0).and_then(|n| UserNumber::new(n).ok()) {
                    Data::User(user, raw_data()?)
                } else if let Some(user) =
                    number(Type::USER_VAR0).and_then(|n| UserNumber::new(n).ok())
                {
                    Data::UserVar(user, bytes()?)
                } else {
                    Data::Other {
                        event_type,
                        data: raw_data()?,
                        payload: need(self.payload.as_deref(), "payload")?,
                    }
                }
            }
        })
    }
}

fn need<T, E: Error>(value: Option<T>, key: &'static str) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(key))
}

const fn at<T: Copy>(queue: QueueId, value: T) -> QueueValue<T> {
    QueueValue { queue, value }
}
