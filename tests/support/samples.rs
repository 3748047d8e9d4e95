//! One event of every kind, with values that would show a swapped field, a
//! mask or a lost sign.

use std::sync::LazyLock;

use alsa_seq::{
    Address, Bounce, ChannelValue, ClientId, Connection, Controller, Event, EventData, EventType,
    Key, Note, QueueId, QueueValue, Quote, RealTime, ResultData, Skew, UmpBlock, UserNumber,
};

/// What the samples borrow.
static BOUNCED: LazyLock<[u8; 28]> = LazyLock::new(|| {
    let mut bytes = [0; 28];
    alsa_seq::wire::encode(
        &Event::note_on(1, 2, 3)
            .unwrap()
            .from_port(Address::new(0, 0)),
        &mut bytes,
    )
    .unwrap();
    bytes
});
static USER_BYTES: [[u8; 31]; 5] = [[0; 31], [1; 31], [2; 31], [3; 31], [4; 31]];

/// Every variant of [`EventData`] but `Ump`, which needs a UMP client.
pub(crate) fn legacy() -> Vec<EventData<'static>> {
    use EventData as Data;

    let result = ResultData {
        event: -2,
        result: i32::MIN,
    };
    let key = Key {
        channel: 0x81,
        note: 0xf2,
        velocity: 0x43,
    };
    let controller = Controller {
        channel: 0x91,
        param: 0x8123_4567,
        value: -0x1234_5678,
    };
    let value = ChannelValue {
        channel: 15,
        value: -8192,
    };
    let queue = QueueId::new(31);
    let raw = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xff];
    let client = ClientId::new(191);
    let address = Address::new(128, 253);
    let connection = Connection {
        sender: Address::new(1, 2),
        dest: Address::new(3, 4),
    };
    let quote = Quote {
        origin: address,
        value: 0xfffe,
    };
    let mut all = vec![
        Data::System(result),
        Data::Result(result),
        Data::Note(Note {
            channel: 0x81,
            note: 0x92,
            velocity: 0xa3,
            off_velocity: 0xb4,
            duration: 0xc5d6_e7f8,
        }),
        Data::NoteOn(key),
        Data::NoteOff(key),
        Data::KeyPressure(key),
        Data::ControlChange(controller),
        Data::ProgramChange(value),
        Data::ChannelPressure(value),
        Data::PitchBend(value),
        Data::Control14Bit(controller),
        Data::Nrpn(controller),
        Data::Rpn(controller),
        Data::SongPosition(0x3fff),
        Data::SongSelect(-1),
        Data::QuarterFrame(0x7f),
        Data::TimeSignature(0x0402_1808),
        Data::KeySignature(-0x300),
        Data::Start(queue),
        Data::Continue(queue),
        Data::Stop(queue),
        Data::SetPositionTick(QueueValue {
            queue,
            value: u32::MAX,
        }),
        Data::SetPositionTime(QueueValue {
            queue,
            value: RealTime::new(u32::MAX, 999_999_999).unwrap(),
        }),
        Data::Tempo(QueueValue {
            queue,
            value: 500_000,
        }),
        Data::Clock(queue),
        Data::Tick(queue),
        Data::QueueSkew(QueueValue {
            queue,
            value: Skew {
                value: 0x8001_2345,
                base: 0x10000,
            },
        }),
        Data::SyncPosition(QueueValue {
            queue,
            value: 0x9234_5678,
        }),
        Data::TuneRequest,
        Data::Reset,
        Data::ActiveSensing,
        Data::Echo(raw),
        Data::Oss(raw),
        Data::ClientStart(client),
        Data::ClientExit(client),
        Data::ClientChange(client),
        Data::PortStart(address),
        Data::PortExit(address),
        Data::PortChange(address),
        Data::PortSubscribed(connection),
        Data::PortUnsubscribed(connection),
        Data::UmpEndpointChange(client),
        Data::UmpBlockChange(UmpBlock { client, block: 31 }),
        Data::SysEx(&[0xf0, 1, 2, 0xf7]),
        Data::SysEx(&[]),
        Data::Bounce(Bounce::new(&*BOUNCED)),
        Data::KernelError(quote),
        Data::KernelQuote(quote),
        Data::None,
        Data::Other {
            event_type: EventType::new(77),
            data: raw,
            payload: &[],
        },
    ];
    all.extend((0..10).map(|n| Data::User(UserNumber::new(n).unwrap(), raw)));
    all.extend((0..5).map(|n| {
        let bytes = &USER_BYTES[usize::from(n)][..27 + usize::from(n)];
        Data::UserVar(UserNumber::new(n).unwrap(), bytes)
    }));
    all
}

/// Whether the kernel passes the event on when it is sent directly: it swallows
/// `none`, and refuses a note without a queue, and what it alone may send.
#[allow(dead_code, reason = "not every test that has samples sends them")]
pub(crate) fn passes(data: &EventData<'_>) -> bool {
    let event_type = data.event_type();
    event_type != EventType::NOTE && event_type.number() < 150
}
