//! Any event that the types can hold.

use alsa_seq::{
    Address, Bounce, ChannelValue, ClientId, Connection, Controller, Event, EventData, EventType,
    Key, Note, QueueId, QueueValue, RealTime, ResultData, Skew, Time, UmpBlock, UserNumber,
};

use super::input::Input;

/// Any header around any data.
pub fn event<'a>(input: &mut Input<'a>) -> Event<'a> {
    let header = input.u8();
    let source = address(input);
    let dest = address(input);
    let tag = input.u8();
    let queue = queue(input);
    let time = if header & 1 == 0 {
        Time::Tick(input.u32())
    } else {
        Time::Real(real_time(input))
    };
    let data = data(input);
    let event = Event::new(data);
    assert_eq!(event.data(), data);
    let event = event.from_port(source).to(dest).with_tag(tag);
    let event = match header & 6 {
        0 => event.after(queue, time),
        2 => event.at(queue, time).direct(),
        _ => event.at(queue, time),
    };
    if header & 8 == 0 {
        event
    } else {
        event.with_high_priority()
    }
}

pub fn data<'a>(input: &mut Input<'a>) -> EventData<'a> {
    use EventData as Data;

    match input.u8() % 62 {
        0 => Data::System(result(input)),
        1 => Data::Result(result(input)),
        2 => Data::Note(Note {
            channel: input.u8(),
            note: input.u8(),
            velocity: input.u8(),
            off_velocity: input.u8(),
            duration: input.u32(),
        }),
        3 => Data::NoteOn(key(input)),
        4 => Data::NoteOff(key(input)),
        5 => Data::KeyPressure(key(input)),
        6 => Data::ControlChange(controller(input)),
        7 => Data::ProgramChange(channel_value(input)),
        8 => Data::ChannelPressure(channel_value(input)),
        9 => Data::PitchBend(channel_value(input)),
        10 => Data::Control14Bit(controller(input)),
        11 => Data::Nrpn(controller(input)),
        12 => Data::Rpn(controller(input)),
        13 => Data::SongPosition(value(input)),
        14 => Data::SongSelect(value(input)),
        15 => Data::QuarterFrame(value(input)),
        16 => Data::TimeSignature(value(input)),
        17 => Data::KeySignature(value(input)),
        18 => Data::Start(queue(input)),
        19 => Data::Continue(queue(input)),
        20 => Data::Stop(queue(input)),
        21 => Data::SetPositionTick(for_queue(input, Input::u32)),
        22 => Data::SetPositionTime(for_queue(input, real_time)),
        23 => Data::Tempo(for_queue(input, Input::i32)),
        24 => Data::Clock(queue(input)),
        25 => Data::Tick(queue(input)),
        26 => Data::QueueSkew(for_queue(input, |input| Skew {
            value: input.u32(),
            base: input.u32(),
        })),
        27 => Data::SyncPosition(for_queue(input, Input::u32)),
        28 => Data::TuneRequest,
        29 => Data::Reset,
        30 => Data::ActiveSensing,
        31 => Data::Echo(input.array()),
        32 => Data::Oss(input.array()),
        33 => Data::ClientStart(client(input)),
        34 => Data::ClientExit(client(input)),
        35 => Data::ClientChange(client(input)),
        36 => Data::PortStart(address(input)),
        37 => Data::PortExit(address(input)),
        38 => Data::PortChange(address(input)),
        39 => Data::PortSubscribed(connection(input)),
        40 => Data::PortUnsubscribed(connection(input)),
        41 => Data::UmpEndpointChange(client(input)),
        42 => Data::UmpBlockChange(UmpBlock {
            client: client(input),
            block: input.u8(),
        }),
        43 => Data::User(UserNumber::new(input.u8() % 10).unwrap(), input.array()),
        44 | 45 => Data::SysEx(payload(input)),
        46 => Data::Bounce(Bounce::new(payload(input))),
        47 => Data::UserVar(UserNumber::new(input.u8() % 5).unwrap(), payload(input)),
        48 => Data::None,
        49 => Data::Ump([input.u32(), input.u32(), input.u32(), input.u32()].into()),
        50 => other(input),
        // Few random numbers are in MIDI's range; these are more likely.
        51 => Data::NoteOn(Key {
            channel: input.u8() % 16,
            note: input.u8() % 128,
            velocity: input.u8() % 128,
        }),
        52 => Data::ControlChange(small_controller(input, 7)),
        53 => Data::Control14Bit(small_controller(input, 14)),
        54 => Data::Rpn(small_controller(input, 14)),
        55 => Data::Nrpn(small_controller(input, 14)),
        56 => Data::ProgramChange(ChannelValue {
            channel: input.u8() % 16,
            value: small(input, 7),
        }),
        57 => Data::ChannelPressure(ChannelValue {
            channel: input.u8() % 16,
            value: small(input, 7),
        }),
        58 => Data::PitchBend(ChannelValue {
            channel: input.u8() % 16,
            value: small(input, 14) - 8192,
        }),
        59 => Data::SongPosition(small(input, 14)),
        60 => Data::SongSelect(small(input, 7)),
        _ => Data::QuarterFrame(small(input, 7)),
    }
}

/// A type that has no variant of its own.
fn other<'a>(input: &mut Input<'a>) -> EventData<'a> {
    let event_type = EventType::new(input.u8());
    let mut data: [u8; 12] = input.array();
    let payload = payload(input);
    if !payload.is_empty() || event_type.is_variable() {
        // That is where the kernel has the length.
        let length = u32::try_from(payload.len()).unwrap();
        data[..4].copy_from_slice(&length.to_ne_bytes());
    }
    if event_type.name().is_some() {
        return EventData::None;
    }
    EventData::Other {
        event_type,
        data,
        payload,
    }
}

fn payload<'a>(input: &mut Input<'a>) -> &'a [u8] {
    let length = input.u8();
    input.bytes(usize::from(length))
}

fn result(input: &mut Input<'_>) -> ResultData {
    ResultData {
        event: input.i32(),
        result: input.i32(),
    }
}

fn key(input: &mut Input<'_>) -> Key {
    Key {
        channel: input.u8(),
        note: input.u8(),
        velocity: input.u8(),
    }
}

fn controller(input: &mut Input<'_>) -> Controller {
    Controller {
        channel: input.u8(),
        param: input.u32(),
        value: input.i32(),
    }
}

fn small_controller(input: &mut Input<'_>, bits: u32) -> Controller {
    Controller {
        channel: input.u8() % 16,
        param: input.u32() % (1 << bits),
        value: small(input, bits),
    }
}

fn channel_value(input: &mut Input<'_>) -> ChannelValue {
    ChannelValue {
        channel: input.u8(),
        value: input.i32(),
    }
}

fn value(input: &mut Input<'_>) -> i32 {
    input.i32()
}

fn small(input: &mut Input<'_>, bits: u32) -> i32 {
    i32::from(i16::from_le_bytes(input.array())) & ((1 << bits) - 1)
}

fn queue(input: &mut Input<'_>) -> QueueId {
    QueueId::new(input.u8())
}

fn client(input: &mut Input<'_>) -> ClientId {
    ClientId::new(input.u8())
}

fn address(input: &mut Input<'_>) -> Address {
    Address::new(input.u8(), input.u8())
}

fn connection(input: &mut Input<'_>) -> Connection {
    Connection {
        sender: address(input),
        dest: address(input),
    }
}

fn real_time(input: &mut Input<'_>) -> RealTime {
    RealTime::new(input.u32(), input.u32() % 1_000_000_000).unwrap()
}

fn for_queue<'a, T>(
    input: &mut Input<'a>,
    value: impl FnOnce(&mut Input<'a>) -> T,
) -> QueueValue<T> {
    QueueValue {
        queue: queue(input),
        value: value(input),
    }
}
