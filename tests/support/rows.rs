//! Events as rows of numbers, the way `tests/peers/libasound.c` reads and
//! writes them: what libasound and we both say of an event.

use std::fmt::{Display, Write};

use alsa_seq::EventData;

/// The number of the type, and what is in the data.
pub(crate) fn row(data: &EventData<'_>) -> String {
    use EventData as Data;

    let mut row = data.event_type().number().to_string();
    let mut put = |field: &dyn Display| write!(row, " {field}").unwrap();
    match data {
        Data::System(result) | Data::Result(result) => {
            put(&result.event);
            put(&result.result);
        }
        Data::Note(note) => {
            put(&note.channel);
            put(&note.note);
            put(&note.velocity);
            put(&note.off_velocity);
            put(&note.duration);
        }
        Data::NoteOn(key) | Data::NoteOff(key) | Data::KeyPressure(key) => {
            put(&key.channel);
            put(&key.note);
            put(&key.velocity);
        }
        Data::ControlChange(c) | Data::Control14Bit(c) | Data::Nrpn(c) | Data::Rpn(c) => {
            put(&c.channel);
            put(&c.param);
            put(&c.value);
        }
        Data::ProgramChange(c) | Data::ChannelPressure(c) | Data::PitchBend(c) => {
            put(&c.channel);
            put(&c.value);
        }
        Data::SongPosition(value)
        | Data::SongSelect(value)
        | Data::QuarterFrame(value)
        | Data::TimeSignature(value)
        | Data::KeySignature(value) => put(value),
        Data::Start(queue)
        | Data::Continue(queue)
        | Data::Stop(queue)
        | Data::Clock(queue)
        | Data::Tick(queue) => put(queue),
        Data::SetPositionTick(q) | Data::SyncPosition(q) => {
            put(&q.queue);
            put(&q.value);
        }
        Data::SetPositionTime(q) => {
            put(&q.queue);
            put(&q.value.secs());
            put(&q.value.subsec_nanos());
        }
        Data::Tempo(q) => {
            put(&q.queue);
            put(&q.value);
        }
        Data::QueueSkew(q) => {
            put(&q.queue);
            put(&q.value.value);
            put(&q.value.base);
        }
        Data::TuneRequest | Data::Reset | Data::ActiveSensing | Data::None => {}
        Data::ClientStart(client) | Data::ClientExit(client) | Data::ClientChange(client) => {
            put(client);
        }
        Data::PortStart(port) | Data::PortExit(port) | Data::PortChange(port) => {
            put(&port.client);
            put(&port.port);
        }
        Data::PortSubscribed(link) | Data::PortUnsubscribed(link) => {
            put(&link.sender.client);
            put(&link.sender.port);
            put(&link.dest.client);
            put(&link.dest.port);
        }
        Data::SysEx(bytes) | Data::UserVar(_, bytes) => put(&hex(bytes)),
        Data::Bounce(bounce) => put(&hex(bounce.as_bytes())),
        // Libasound 1.2.8 has no names for the fields of the two UMP notices.
        other => put(&hex(&alsa_seq::Event::new(*other).raw().data)),
    }
    row
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = "x".to_owned();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}
