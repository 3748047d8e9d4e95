//! Events in exactly the form of `aseqdump`. It leaves out some fields, and shows only
//! the numbers of some types.

use alsa_seq::{Address, EventData, Field};

use super::{Style, Text};

/// The text of an event from `source` that is not a packet.
pub(super) fn text(event: &EventData<'_>, source: Address, style: Style) -> Text {
    use EventData as E;

    let name = |name: &str| Text::name(name);
    let field = |name, field: &str, value: &dyn ToString| {
        Text::new(name, format!("{field} {}", value.to_string()))
    };
    let voice = |name, channel: u8, data| {
        let channel = u16::from(channel) + u16::from(style.first());
        Text {
            channel: Some(channel),
            ..Text::new(name, data)
        }
    };
    let key = |name, channel, note: u8, what, value: u8| {
        let value = style.seven_bits(value.into());
        voice(name, channel, format!("note {note}, {what} {value}"))
    };
    let indexed = |name, channel, what, index: u32, value: i32| {
        voice(name, channel, format!("{what} {index}, value {value}"))
    };
    let word = |name, value: i32| Text::new(name, format!("({value:#010x})"));
    match *event {
        E::NoteOn {
            channel,
            note,
            velocity: 0,
        } => voice("Note off", channel, format!("note {note}")),
        E::NoteOn {
            channel,
            note,
            velocity,
        } => key("Note on", channel, note, "velocity", velocity),
        E::NoteOff {
            channel,
            note,
            velocity,
        } => key("Note off", channel, note, "velocity", velocity),
        E::KeyPressure {
            channel,
            note,
            pressure,
        } => key("Polyphonic aftertouch", channel, note, "value", pressure),
        E::ControlChange {
            channel,
            controller,
            value,
        } => indexed("Control change", channel, "controller", controller, value),
        E::Control14Bit {
            channel,
            controller,
            value,
        } => {
            let data = format!("controller {controller}, value {value:>5}");
            voice("Control change", channel, data)
        }
        E::Nrpn {
            channel,
            parameter,
            value,
        } => indexed("Non-reg. parameter", channel, "parameter", parameter, value),
        E::Rpn {
            channel,
            parameter,
            value,
        } => indexed("Reg. parameter", channel, "parameter", parameter, value),
        E::ProgramChange { channel, program } => {
            voice("Program change", channel, format!("program {program}"))
        }
        E::ChannelPressure { channel, pressure } => {
            let value = style.seven_bits(pressure.into());
            voice("Channel aftertouch", channel, format!("value {value}"))
        }
        E::PitchBend { channel, bend } => {
            let value = style.bend(bend.into());
            voice("Pitch bend", channel, format!("value {value}"))
        }
        E::SongPosition { beats } => field("Song position pointer", "value", &beats),
        E::SongSelect { song } => field("Song select", "value", &song),
        E::QuarterFrame { value } => Text::new("MTC quarter frame", format!("{value:02x}h")),
        E::TimeSignature {
            numerator,
            denominator_power,
            clocks_per_click,
            thirty_seconds_per_quarter,
        } => word(
            "SMF time signature",
            i32::from_be_bytes([
                numerator,
                denominator_power,
                clocks_per_click,
                thirty_seconds_per_quarter,
            ]),
        ),
        E::KeySignature { sharps, mode } => {
            let value = i32::from(sharps) << 8 | i32::from(mode);
            word("SMF key signature", value)
        }
        E::Start(queue) if source == Address::TIMER => field("Queue start", "queue", &queue),
        E::Continue(queue) if source == Address::TIMER => field("Queue continue", "queue", &queue),
        E::Stop(queue) if source == Address::TIMER => field("Queue stop", "queue", &queue),
        E::Start(_) => name("Start"),
        E::Continue(_) => name("Continue"),
        E::Stop(_) => name("Stop"),
        E::SetPositionTick { queue, .. } => field("Set tick queue pos.", "queue", &queue),
        E::SetPositionTime { queue, .. } => field("Set rt queue pos.", "queue", &queue),
        E::Tempo { queue, .. } => field("Set queue tempo", "queue", &queue),
        E::Clock(_) => name("Clock"),
        E::Tick(_) => name("Tick"),
        E::QueueSkew { queue, .. } => field("Queue timer skew", "queue", &queue),
        E::TuneRequest => name("Tune request"),
        E::Reset => name("Reset"),
        E::ActiveSensing => name("Active Sensing"),
        E::ClientStart(client) => field("Client start", "client", &client),
        E::ClientExit(client) => field("Client exit", "client", &client),
        E::ClientChange(client) => field("Client changed", "client", &client),
        E::PortStart(port) => Text::new("Port start", port.to_string()),
        E::PortExit(port) => Text::new("Port exit", port.to_string()),
        E::PortChange(port) => Text::new("Port changed", port.to_string()),
        E::PortSubscribed { sender, receiver } => {
            Text::new("Port subscribed", format!("{sender} -> {receiver}"))
        }
        E::PortUnsubscribed { sender, receiver } => {
            Text::new("Port unsubscribed", format!("{sender} -> {receiver}"))
        }
        E::Sysex([]) => Text::name(format!("{:<26}", "System exclusive")),
        E::Sysex(bytes) => Text::new("System exclusive", Field::Bytes(bytes).to_string()),
        _ => Text::name(format!("Event type {}", event.event_type().number())),
    }
}
