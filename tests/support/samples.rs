//! One event of every kind. Its values show a swapped field, a mask or a lost sign.

use std::sync::LazyLock;

use alsa_seq::{
    Address, Bounce, ClientId, Event, EventData, EventType, QueueId, RealTime, UserNumber,
};

/// The data that the samples borrow.
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
pub fn legacy() -> Vec<EventData<'static>> {
    use EventData as Data;

    let queue = QueueId::new(31);
    let raw = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xff];
    let client = ClientId::new(191);
    let address = Address::new(128, 253);
    let (sender, receiver) = (Address::new(1, 2), Address::new(3, 4));
    let (event, result) = (-2, i32::MIN);
    let (channel, note, velocity) = (0x81, 0xf2, 0x43);
    let (controller, parameter, value) = (0x8123_4567, 0x8123_4567, -0x1234_5678);
    let mut all = vec![
        Data::System { event, result },
        Data::Result { event, result },
        Data::Note {
            channel: 0x81,
            note: 0x92,
            velocity: 0xa3,
            off_velocity: 0xb4,
            duration: 0xc5d6_e7f8,
        },
        Data::NoteOn {
            channel,
            note,
            velocity,
        },
        Data::NoteOff {
            channel,
            note,
            velocity,
        },
        Data::KeyPressure {
            channel,
            note,
            pressure: 0x43,
        },
        Data::ControlChange {
            channel: 0x91,
            controller,
            value,
        },
        Data::ProgramChange {
            channel: 15,
            program: -8192,
        },
        Data::ChannelPressure {
            channel: 15,
            pressure: -8192,
        },
        Data::PitchBend {
            channel: 15,
            bend: -8192,
        },
        Data::Control14Bit {
            channel: 0x91,
            controller,
            value,
        },
        Data::Nrpn {
            channel: 0x91,
            parameter,
            value,
        },
        Data::Rpn {
            channel: 0x91,
            parameter,
            value,
        },
        Data::SongPosition { beats: 0x3fff },
        Data::SongSelect { song: -1 },
        Data::QuarterFrame { value: 0x7f },
        Data::TimeSignature {
            numerator: 4,
            denominator_power: 2,
            clocks_per_click: 24,
            thirty_seconds_per_quarter: 8,
        },
        Data::KeySignature {
            sharps: -3,
            mode: 0,
        },
        Data::Start(queue),
        Data::Continue(queue),
        Data::Stop(queue),
        Data::SetPositionTick {
            queue,
            tick: u32::MAX,
        },
        Data::SetPositionTime {
            queue,
            time: RealTime::new(u32::MAX, 999_999_999).unwrap(),
        },
        Data::Tempo {
            queue,
            micros_per_quarter: 500_000,
        },
        Data::Clock(queue),
        Data::Tick(queue),
        Data::QueueSkew {
            queue,
            value: 0x8001_2345,
            base: 0x10000,
        },
        Data::SyncPosition {
            queue,
            position: 0x9234_5678,
        },
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
        Data::PortSubscribed { sender, receiver },
        Data::PortUnsubscribed { sender, receiver },
        Data::UmpEndpointChange(client),
        Data::UmpBlockChange { client, block: 31 },
        Data::Sysex(&[0xf0, 1, 2, 0xf7]),
        Data::Sysex(&[]),
        Data::Bounce(Bounce::new(&*BOUNCED)),
        Data::KernelError {
            origin: address,
            value: 0xfffe,
        },
        Data::KernelQuote {
            origin: address,
            value: 0xfffe,
        },
        Data::None,
        Data::Other {
            event_type: EventType::new(77),
            data: raw,
            payload: &[],
        },
    ];
    all.extend((0..10).map(|n| Data::User {
        number: UserNumber::new(n).unwrap(),
        data: raw,
    }));
    all.extend((0..5).map(|n| {
        let data = &USER_BYTES[usize::from(n)][..27 + usize::from(n)];
        Data::UserVar {
            number: UserNumber::new(n).unwrap(),
            data,
        }
    }));
    all
}

/// Returns whether the kernel delivers the event if it is sent directly. The kernel drops `none`, and
/// refuses a note without a queue and the types that only the kernel may send.
pub fn passes(data: &EventData<'_>) -> bool {
    let event_type = data.event_type();
    event_type != EventType::NOTE && event_type.number() < 150
}
