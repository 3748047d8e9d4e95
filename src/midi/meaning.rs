//! Converts the bytes of one message to an event.

use super::{BEND_CENTER, status};
use crate::{EventData, QueueId};

/// The message with this status and these data bytes, where `last` is the last received
/// byte. `None` if another byte must follow.
pub(super) fn message(status: u8, first: Option<u8>, last: u8) -> Option<EventData<'static>> {
    let channel = status & 0x0f;
    let value = i32::from(last);
    Some(match (status, first) {
        (status::PROGRAM_CHANGE..=0xcf, _) => EventData::ProgramChange {
            channel,
            program: value,
        },
        (status::CHANNEL_PRESSURE..=0xdf, _) => EventData::ChannelPressure {
            channel,
            pressure: value,
        },
        (status::QUARTER_FRAME, _) => EventData::QuarterFrame { value },
        (status::SONG_SELECT, _) => EventData::SongSelect { song: value },
        (_, Some(first)) => two_bytes(status, first, last),
        (_, None) => return None,
    })
}

/// The message of a status with two data bytes.
#[inline(always)]
pub(super) fn two_bytes(status: u8, first: u8, second: u8) -> EventData<'static> {
    let channel = status & 0x0f;
    let wide = i32::from(second) << 7 | i32::from(first);
    match status {
        ..=0x8f => EventData::NoteOff {
            channel,
            note: first,
            velocity: second,
        },
        status::NOTE_ON..=0x9f => EventData::NoteOn {
            channel,
            note: first,
            velocity: second,
        },
        status::KEY_PRESSURE..=0xaf => EventData::KeyPressure {
            channel,
            note: first,
            pressure: second,
        },
        status::CONTROL_CHANGE..=0xbf => EventData::ControlChange {
            channel,
            controller: u32::from(first),
            value: i32::from(second),
        },
        0xc0..=0xef => EventData::PitchBend {
            channel,
            bend: wide - BEND_CENTER,
        },
        0xf0.. => EventData::SongPosition { beats: wide },
    }
}

pub(super) fn real_time(byte: u8) -> Option<EventData<'static>> {
    const QUEUE: QueueId = QueueId::new(0);
    match byte {
        status::CLOCK => Some(EventData::Clock(QUEUE)),
        status::START => Some(EventData::Start(QUEUE)),
        status::CONTINUE => Some(EventData::Continue(QUEUE)),
        status::STOP => Some(EventData::Stop(QUEUE)),
        status::ACTIVE_SENSING => Some(EventData::ActiveSensing),
        status::RESET => Some(EventData::Reset),
        _ => None,
    }
}
