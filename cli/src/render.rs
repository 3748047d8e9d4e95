//! Events as text, in the columns of `aseqdump`.

mod ump;

pub(crate) use ump::text_name;

use std::fmt::{self, Write};

use alsa_seq::{Address, EventData, QueueId};

/// How much is said, and in which numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// As `aseqdump` says it, to the letter. It leaves out what some events
    /// say, and knows others by their number alone.
    pub(crate) old: bool,
    pub(crate) view: View,
}

/// How numbers are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    /// As they are. (`aseqdump` counts channels and groups from 0 here.)
    #[default]
    Raw,
    /// In the range of MIDI 1.0.
    Normalized,
    /// As parts of the whole.
    Percent,
}

impl Style {
    /// The number of the first channel, and of the first group.
    fn first(self) -> u8 {
        u8::from(!self.old || self.view != View::Raw)
    }

    /// A number from 0 to 127, if it is one.
    fn seven_bits(self, value: i32) -> String {
        if self.view != View::Percent {
            return value.to_string();
        }
        let value = f64::from(value);
        let percent = if value <= 64.0 {
            value * 50.0 / 64.0
        } else {
            50.0 + (value - 64.0) * 50.0 / 63.0
        };
        format!("{percent:.2}%")
    }

    /// A pitch from -8192 to 8191.
    fn bend(self, value: i32) -> String {
        if self.view != View::Percent {
            return value.to_string();
        }
        let most = if value < 0 { 8192.0 } else { 8191.0 };
        format!("{:.2}%", f64::from(value) * 100.0 / most)
    }
}

/// What an event is, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    name: String,
    channel: Option<u16>,
    data: String,
}

/// The column heads over [`Text`].
pub(crate) const HEADS: &str = "Event                  Ch  Data";

/// Name, channel and data, each in its column.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.channel, &*self.data) {
            (Some(channel), data) => write!(f, "{:<22} {channel:>2}, {data}", self.name),
            (None, "") => f.write_str(&self.name),
            (None, data) => write!(f, "{:<26} {data}", self.name),
        }
    }
}

impl Text {
    fn name(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    fn new(name: impl Into<String>, data: String) -> Self {
        Self {
            data,
            ..Self::name(name)
        }
    }

    fn channel(name: &str, channel: u16, data: String) -> Self {
        Self {
            channel: Some(channel),
            ..Self::new(name, data)
        }
    }

    /// What `event`, which came from `source`, says.
    pub(crate) fn of(event: &EventData<'_>, source: Address, style: Style) -> Self {
        use EventData as E;

        if style.old {
            if let Some(text) = Self::old(event, style) {
                return text;
            }
        }
        let channel = |number: u8| u16::from(number) + u16::from(style.first());
        let seven_bits = |value: u8| style.seven_bits(value.into());

        // MIDI's start, and the timer's notice that a queue was started.
        let transport = |verb: &str, queue| {
            if source == Address::TIMER {
                let verb = verb.to_lowercase();
                Self::new(format!("Queue {verb}"), format!("queue {queue}"))
            } else {
                Self::name(verb)
            }
        };
        let control = |name, number: u8, what, index: u32, value: i32| {
            Self::channel(
                name,
                channel(number),
                format!("{what} {index}, value {value}"),
            )
        };
        let key = |name, number: u8, note: u8, what, value| {
            let data = format!("note {note}, {what} {}", seven_bits(value));
            Self::channel(name, channel(number), data)
        };
        match *event {
            E::Note {
                channel: number,
                note,
                velocity,
                off_velocity,
                duration,
            } => Self::channel(
                "Note",
                channel(number),
                format!(
                    "note {note}, velocity {}, off-velocity {}, duration {duration}",
                    seven_bits(velocity),
                    seven_bits(off_velocity),
                ),
            ),
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
            } => control("Control change", channel, "controller", controller, value),
            E::Control14Bit {
                channel,
                controller,
                value,
            } => control(
                "Control change 14-bit",
                channel,
                "controller",
                controller,
                value,
            ),
            E::Nrpn {
                channel,
                parameter,
                value,
            } => control("Non-reg. parameter", channel, "parameter", parameter, value),
            E::Rpn {
                channel,
                parameter,
                value,
            } => control("Reg. parameter", channel, "parameter", parameter, value),
            E::ProgramChange {
                channel: number,
                program,
            } => Self::channel(
                "Program change",
                channel(number),
                format!("program {program}"),
            ),
            E::ChannelPressure {
                channel: number,
                pressure,
            } => {
                let data = format!("value {}", style.seven_bits(pressure));
                Self::channel("Channel aftertouch", channel(number), data)
            }
            E::PitchBend {
                channel: number,
                bend,
            } => {
                let data = format!("value {}", style.bend(bend));
                Self::channel("Pitch bend", channel(number), data)
            }
            E::SongPosition { beats } => {
                Self::new("Song position pointer", format!("value {beats}"))
            }
            E::SongSelect { song } => Self::new("Song select", format!("value {song}")),
            E::QuarterFrame { value } => Self::new("MTC quarter frame", format!("{value:02x}h")),
            E::TimeSignature {
                numerator,
                denominator_power,
                clocks_per_click,
                thirty_seconds_per_quarter,
            } => {
                let value = u32::from_be_bytes([
                    numerator,
                    denominator_power,
                    clocks_per_click,
                    thirty_seconds_per_quarter,
                ]);
                Self::new("SMF time signature", format!("({value:#010x})"))
            }
            E::KeySignature { sharps, mode } => {
                let value = i32::from(sharps) << 8 | i32::from(mode);
                Self::new("SMF key signature", format!("({value:#010x})"))
            }
            E::Start(queue) => transport("Start", queue),
            E::Continue(queue) => transport("Continue", queue),
            E::Stop(queue) => transport("Stop", queue),
            E::SetPositionTick { queue, tick } => {
                Self::new("Set tick queue pos.", format!("queue {queue}, tick {tick}"))
            }
            E::SetPositionTime { queue, time } => {
                Self::new("Set rt queue pos.", format!("queue {queue}, time {time}"))
            }
            E::Tempo {
                queue,
                micros_per_quarter,
            } => Self::new(
                "Set queue tempo",
                format!("queue {queue}, {micros_per_quarter} us per quarter"),
            ),
            E::Clock(_) => Self::name("Clock"),
            E::Tick(_) => Self::name("Tick"),
            E::QueueSkew { queue, value, base } => {
                Self::new("Queue timer skew", format!("queue {queue}, {value}/{base}"))
            }
            E::SyncPosition { queue, position } => {
                Self::new("Sync position", format!("queue {queue}, value {position}"))
            }
            E::TuneRequest => Self::name("Tune request"),
            E::Reset => Self::name("Reset"),
            E::ActiveSensing => Self::name("Active Sensing"),
            E::Echo(data) => Self::new("Echo", hex(&data)),
            E::Oss(data) => Self::new("OSS", hex(&data)),
            E::ClientStart(client) => Self::new("Client start", format!("client {client}")),
            E::ClientExit(client) => Self::new("Client exit", format!("client {client}")),
            E::ClientChange(client) => Self::new("Client changed", format!("client {client}")),
            E::PortStart(port) => Self::new("Port start", port.to_string()),
            E::PortExit(port) => Self::new("Port exit", port.to_string()),
            E::PortChange(port) => Self::new("Port changed", port.to_string()),
            E::PortSubscribed { sender, receiver } => {
                Self::new("Port subscribed", format!("{sender} -> {receiver}"))
            }
            E::PortUnsubscribed { sender, receiver } => {
                Self::new("Port unsubscribed", format!("{sender} -> {receiver}"))
            }
            E::UmpEndpointChange(client) => {
                Self::new("UMP endpoint changed", format!("client {client}"))
            }
            E::UmpBlockChange { client, block } => Self::new(
                "UMP block changed",
                format!("client {client}, block {block}"),
            ),
            E::System { event, result } => {
                Self::new("System", format!("event {event}, result {result}"))
            }
            E::Result { event, result } => {
                Self::new("Result", format!("event {event}, result {result}"))
            }
            E::User { number, data } => {
                Self::new(format!("User event {}", number.number()), hex(&data))
            }
            E::Sysex(bytes) => Self::new("System exclusive", hex(bytes)),
            E::Bounce(bounce) => Self::new(
                "Bounce",
                match bounce.event() {
                    Some(event) => format!("{} to {}", event.event_type(), event.dest()),
                    None => hex(bounce.as_bytes()),
                },
            ),
            E::KernelError { origin, value } => {
                Self::new("Kernel error", format!("from {origin}, value {value}"))
            }
            E::KernelQuote { origin, value } => {
                Self::new("Kernel quote", format!("from {origin}, value {value}"))
            }
            E::UserVar { number, data } => {
                Self::new(format!("User data {}", number.number()), hex(data))
            }
            E::Ump(packet) => Self::name(ump::of(packet, style)),
            E::None => Self::name("None"),
            E::Other {
                event_type,
                data,
                payload,
            } => Self::new(
                format!("Event type {}", event_type.number()),
                if payload.is_empty() {
                    hex(&data)
                } else {
                    hex(payload)
                },
            ),
            // What the library will know one day.
            other => Self::name(format!("{other:?}")),
        }
    }
}

impl Text {
    /// What `aseqdump` shows otherwise.
    fn old(event: &EventData<'_>, style: Style) -> Option<Self> {
        use EventData as E;

        let first = u16::from(style.first());
        let queue = |name, queue: QueueId| Some(Self::new(name, format!("queue {queue}")));
        match *event {
            E::NoteOn {
                channel,
                note,
                velocity: 0,
            } => Some(Self::channel(
                "Note off",
                u16::from(channel) + first,
                format!("note {note}"),
            )),
            E::Control14Bit {
                channel,
                controller,
                value,
            } => Some(Self::channel(
                "Control change",
                u16::from(channel) + first,
                format!("controller {controller}, value {value:>5}"),
            )),
            E::SetPositionTick { queue: id, .. } => queue("Set tick queue pos.", id),
            E::SetPositionTime { queue: id, .. } => queue("Set rt queue pos.", id),
            E::Tempo { queue: id, .. } => queue("Set queue tempo", id),
            E::QueueSkew { queue: id, .. } => queue("Queue timer skew", id),
            E::Sysex([]) => Some(Self::name(format!("{:<26}", "System exclusive"))),
            E::System { .. }
            | E::Result { .. }
            | E::Note { .. }
            | E::SyncPosition { .. }
            | E::Echo(_)
            | E::Oss(_)
            | E::UmpEndpointChange(_)
            | E::UmpBlockChange { .. }
            | E::User { .. }
            | E::Bounce(_)
            | E::UserVar { .. }
            | E::KernelError { .. }
            | E::KernelQuote { .. }
            | E::None
            | E::Other { .. } => Some(Self::name(format!(
                "Event type {}",
                event.event_type().number()
            ))),
            _ => None,
        }
    }
}

/// `F0 7E F7`
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        let space = if index == 0 { "" } else { " " };
        // A string takes whatever is written to it.
        let _ = write!(text, "{space}{byte:02X}");
    }
    text
}
