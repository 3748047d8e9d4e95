//! Events as rows of numbers, as `tests/peers/libasound.c` reads and writes them: the event as
//! libasound and we both see it.

use std::fmt::{Display, Write};

use alsa_seq::EventData;

/// The number of the type, and the contents of the data.
pub fn row(data: &EventData<'_>) -> String {
    use EventData as Data;

    let mut row = data.event_type().number().to_string();
    let mut put = |field: &dyn Display| write!(row, " {field}").unwrap();
    match data {
        Data::System { event, result } | Data::Result { event, result } => {
            put(event);
            put(result);
        }
        Data::Note {
            channel,
            note,
            velocity,
            off_velocity,
            duration,
        } => {
            put(channel);
            put(note);
            put(velocity);
            put(off_velocity);
            put(duration);
        }
        Data::NoteOn {
            channel,
            note,
            velocity: value,
        }
        | Data::NoteOff {
            channel,
            note,
            velocity: value,
        }
        | Data::KeyPressure {
            channel,
            note,
            pressure: value,
        } => {
            put(channel);
            put(note);
            put(value);
        }
        Data::ControlChange {
            channel,
            controller: param,
            value,
        }
        | Data::Control14Bit {
            channel,
            controller: param,
            value,
        }
        | Data::Nrpn {
            channel,
            parameter: param,
            value,
        }
        | Data::Rpn {
            channel,
            parameter: param,
            value,
        } => {
            put(channel);
            put(param);
            put(value);
        }
        Data::ProgramChange {
            channel,
            program: value,
        }
        | Data::ChannelPressure {
            channel,
            pressure: value,
        }
        | Data::PitchBend {
            channel,
            bend: value,
        } => {
            put(channel);
            put(value);
        }
        Data::SongPosition { beats: value }
        | Data::SongSelect { song: value }
        | Data::QuarterFrame { value } => put(value),
        Data::TimeSignature { .. } | Data::KeySignature { .. } => put(&signature(data)),
        Data::Start(queue)
        | Data::Continue(queue)
        | Data::Stop(queue)
        | Data::Clock(queue)
        | Data::Tick(queue) => put(queue),
        Data::SetPositionTick {
            queue,
            tick: position,
        }
        | Data::SyncPosition { queue, position } => {
            put(queue);
            put(position);
        }
        Data::SetPositionTime { queue, time } => {
            put(queue);
            put(&time.secs());
            put(&time.subsec_nanos());
        }
        Data::Tempo {
            queue,
            micros_per_quarter,
        } => {
            put(queue);
            put(micros_per_quarter);
        }
        Data::QueueSkew { queue, value, base } => {
            put(queue);
            put(value);
            put(base);
        }
        Data::TuneRequest | Data::Reset | Data::ActiveSensing | Data::None => {}
        Data::ClientStart(client) | Data::ClientExit(client) | Data::ClientChange(client) => {
            put(client);
        }
        Data::PortStart(port) | Data::PortExit(port) | Data::PortChange(port) => {
            put(&port.client);
            put(&port.port);
        }
        Data::PortSubscribed { sender, receiver } | Data::PortUnsubscribed { sender, receiver } => {
            put(&sender.client);
            put(&sender.port);
            put(&receiver.client);
            put(&receiver.port);
        }
        Data::Sysex(data) | Data::UserVar { data, .. } => put(&hex(data)),
        Data::Bounce(bounce) => put(&hex(bounce.as_bytes())),
        // Libasound 1.2.8 has no names for the fields of the two UMP notices.
        other => put(&hex(&alsa_seq::Event::new(*other).raw().data)),
    }
    row
}

/// The value that the record has of a time signature or a key signature.
pub fn signature(data: &EventData<'_>) -> i32 {
    match *data {
        EventData::TimeSignature {
            numerator,
            denominator_power,
            clocks_per_click,
            thirty_seconds_per_quarter,
        } => i32::from_be_bytes([
            numerator,
            denominator_power,
            clocks_per_click,
            thirty_seconds_per_quarter,
        ]),
        EventData::KeySignature { sharps, mode } => i32::from(sharps) * 256 + i32::from(mode),
        other => panic!("{other:?} is no signature"),
    }
}

/// Bytes in hexadecimal, with an `x` before them.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = "x".to_owned();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}
