//! The expected events of a file.

use std::collections::BTreeMap;

use alsa_seq::{Event, EventData};
use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};

use support::listener::{Heard, hear};

/// A file, read by this test's own reader.
pub(crate) struct Expected {
    pub(crate) heard: Vec<Heard>,
    /// The events that reset everything that the file leaves changed.
    pub(crate) rests: Vec<String>,
    /// Changes of the tempo after the first tick.
    pub(crate) tempos: Vec<(u32, i32)>,
    /// The duration.
    pub(crate) duration: f64,
}

pub(crate) fn expected(file: &[u8]) -> Expected {
    let smf = Smf::parse(file).unwrap();
    let mut all = Vec::new();
    let mut end = 0;
    for track in &smf.tracks {
        let mut tick = 0;
        for event in track {
            tick += event.delta.as_int();
            all.push((tick, event.kind));
            end = end.max(tick);
        }
    }
    all.sort_by_key(|(tick, _)| *tick);
    let ppq = match smf.header.timing {
        Timing::Metrical(ppq) => f64::from(ppq.as_int()),
        // In the only file with this division, a tick is a millisecond.
        Timing::Timecode(..) => 0.0,
    };
    let mut expected = Expected {
        heard: Vec::new(),
        rests: Vec::new(),
        tempos: Vec::new(),
        duration: 0.0,
    };
    let mut moved = BTreeMap::new();
    let (mut last, mut micros) = (0, 500_000.0);
    for (tick, kind) in all.into_iter().chain([(end, TrackEventKind::Escape(&[]))]) {
        expected.duration +=
            f64::from(tick - last) * if ppq == 0.0 { 1e-3 } else { micros / ppq / 1e6 };
        last = tick;
        let event = match kind {
            TrackEventKind::Midi { channel, message } => {
                let channel = channel.as_int();
                match message {
                    MidiMessage::NoteOn { key, vel } => {
                        Event::note_on(channel, key.as_int(), vel.as_int())
                    }
                    MidiMessage::NoteOff { key, vel } => {
                        Event::note_off(channel, key.as_int(), vel.as_int())
                    }
                    MidiMessage::Aftertouch { key, vel } => {
                        Event::key_pressure(channel, key.as_int(), vel.as_int())
                    }
                    MidiMessage::Controller { controller, value } => {
                        Event::control_change(channel, controller.as_int(), value.as_int())
                    }
                    MidiMessage::ProgramChange { program } => {
                        Event::program_change(channel, program.as_int())
                    }
                    MidiMessage::ChannelAftertouch { vel } => {
                        Event::channel_pressure(channel, vel.as_int())
                    }
                    MidiMessage::PitchBend { bend } => Event::pitch_bend(channel, bend.as_int()),
                }
                .unwrap()
            }
            TrackEventKind::SysEx(bytes) => Event::sysex([&[0xf0], bytes].concat()),
            TrackEventKind::Escape([]) => continue,
            TrackEventKind::Escape(bytes) => Event::sysex(bytes),
            TrackEventKind::Meta(MetaMessage::Tempo(tempo)) if ppq != 0.0 => {
                micros = f64::from(tempo.as_int());
                if tick > 0 {
                    expected
                        .tempos
                        .push((tick, tempo.as_int().try_into().unwrap()));
                }
                continue;
            }
            TrackEventKind::Meta(_) => continue,
        };
        hear(&mut expected.heard, tick, &event.data());
        if let Some((place, is_moved, rest)) = rest(&event.data()) {
            moved.remove(&place);
            if is_moved {
                moved.insert(place, rest);
            }
        }
    }
    expected.rests = moved.into_values().collect();
    expected
}

/// The state that an event changes, whether it changes the state from its initial value, and the
/// event that resets it.
fn rest(data: &EventData<'_>) -> Option<((u8, u8, u32), bool, String)> {
    let (place, is_moved, rest) = match *data {
        EventData::KeyPressure {
            channel,
            note,
            pressure,
        } => (
            (channel, 0, note.into()),
            pressure > 0,
            Event::key_pressure(channel, note, 0),
        ),
        EventData::ChannelPressure { channel, pressure } => (
            (channel, 1, 0),
            pressure > 0,
            Event::channel_pressure(channel, 0),
        ),
        EventData::PitchBend { channel, bend } => {
            ((channel, 2, 0), bend != 0, Event::pitch_bend(channel, 0))
        }
        EventData::ControlChange {
            channel,
            controller,
            value,
        } => {
            let number = controller;
            if ![1, 33, 64, 66, 67, 69].contains(&number) {
                return None;
            }
            (
                (channel, 3, number),
                value > 0,
                Event::control_change(channel, number.try_into().unwrap(), 0),
            )
        }
        _ => return None,
    };
    let rest = rest.unwrap();
    Some((place, is_moved, format!("{:?}", rest.data())))
}
