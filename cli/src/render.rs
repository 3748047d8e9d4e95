//! Events as text, in the columns of `aseqdump`.

mod ump;

pub(crate) use ump::text_name;

use std::fmt::{self, Write};

use alsa_seq::{Address, Controller, EventData, Key, QueueId};

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
        let parameter = |name, c: &Controller| {
            let data = format!("parameter {}, value {}", c.param, c.value);
            Self::channel(name, channel(c.channel), data)
        };
        let controller = |name, c: &Controller| {
            let data = format!("controller {}, value {}", c.param, c.value);
            Self::channel(name, channel(c.channel), data)
        };
        let key = |name, k: &Key, what| {
            let data = format!("note {}, {what} {}", k.note, seven_bits(k.velocity));
            Self::channel(name, channel(k.channel), data)
        };
        match event {
            E::Note(n) => Self::channel(
                "Note",
                channel(n.channel),
                format!(
                    "note {}, velocity {}, off-velocity {}, duration {}",
                    n.note,
                    seven_bits(n.velocity),
                    seven_bits(n.off_velocity),
                    n.duration
                ),
            ),
            E::NoteOn(k) => key("Note on", k, "velocity"),
            E::NoteOff(k) => key("Note off", k, "velocity"),
            E::KeyPressure(k) => key("Polyphonic aftertouch", k, "value"),
            E::ControlChange(c) => controller("Control change", c),
            E::Control14Bit(c) => controller("Control change 14-bit", c),
            E::Nrpn(c) => parameter("Non-reg. parameter", c),
            E::Rpn(c) => parameter("Reg. parameter", c),
            E::ProgramChange(c) => {
                let data = format!("program {}", c.value);
                Self::channel("Program change", channel(c.channel), data)
            }
            E::ChannelPressure(c) => {
                let data = format!("value {}", style.seven_bits(c.value));
                Self::channel("Channel aftertouch", channel(c.channel), data)
            }
            E::PitchBend(c) => {
                let data = format!("value {}", style.bend(c.value));
                Self::channel("Pitch bend", channel(c.channel), data)
            }
            E::SongPosition(value) => Self::new("Song position pointer", format!("value {value}")),
            E::SongSelect(value) => Self::new("Song select", format!("value {value}")),
            E::QuarterFrame(value) => Self::new("MTC quarter frame", format!("{value:02x}h")),
            E::TimeSignature(value) => Self::new("SMF time signature", format!("({value:#010x})")),
            E::KeySignature(value) => Self::new("SMF key signature", format!("({value:#010x})")),
            E::Start(queue) => transport("Start", queue),
            E::Continue(queue) => transport("Continue", queue),
            E::Stop(queue) => transport("Stop", queue),
            E::SetPositionTick(p) => Self::new(
                "Set tick queue pos.",
                format!("queue {}, tick {}", p.queue, p.value),
            ),
            E::SetPositionTime(p) => Self::new(
                "Set rt queue pos.",
                format!("queue {}, time {}", p.queue, p.value),
            ),
            E::Tempo(t) => Self::new(
                "Set queue tempo",
                format!("queue {}, {} us per quarter", t.queue, t.value),
            ),
            E::Clock(_) => Self::name("Clock"),
            E::Tick(_) => Self::name("Tick"),
            E::QueueSkew(s) => Self::new(
                "Queue timer skew",
                format!("queue {}, {}/{}", s.queue, s.value.value, s.value.base),
            ),
            E::SyncPosition(p) => Self::new(
                "Sync position",
                format!("queue {}, value {}", p.queue, p.value),
            ),
            E::TuneRequest => Self::name("Tune request"),
            E::Reset => Self::name("Reset"),
            E::ActiveSensing => Self::name("Active Sensing"),
            E::Echo(data) => Self::new("Echo", hex(data)),
            E::Oss(data) => Self::new("OSS", hex(data)),
            E::ClientStart(client) => Self::new("Client start", format!("client {client}")),
            E::ClientExit(client) => Self::new("Client exit", format!("client {client}")),
            E::ClientChange(client) => Self::new("Client changed", format!("client {client}")),
            E::PortStart(port) => Self::new("Port start", port.to_string()),
            E::PortExit(port) => Self::new("Port exit", port.to_string()),
            E::PortChange(port) => Self::new("Port changed", port.to_string()),
            E::PortSubscribed(c) => {
                Self::new("Port subscribed", format!("{} -> {}", c.sender, c.dest))
            }
            E::PortUnsubscribed(c) => {
                Self::new("Port unsubscribed", format!("{} -> {}", c.sender, c.dest))
            }
            E::UmpEndpointChange(client) => {
                Self::new("UMP endpoint changed", format!("client {client}"))
            }
            E::UmpBlockChange(b) => Self::new(
                "UMP block changed",
                format!("client {}, block {}", b.client, b.block),
            ),
            E::System(r) => Self::new("System", format!("event {}, result {}", r.event, r.result)),
            E::Result(r) => Self::new("Result", format!("event {}, result {}", r.event, r.result)),
            E::User(number, data) => {
                Self::new(format!("User event {}", number.number()), hex(data))
            }
            E::SysEx(bytes) => Self::new("System exclusive", hex(bytes)),
            E::Bounce(bounce) => Self::new(
                "Bounce",
                match bounce.event() {
                    Some(event) => format!("{} to {}", event.event_type(), event.dest()),
                    None => hex(bounce.as_bytes()),
                },
            ),
            E::KernelError(q) => Self::new(
                "Kernel error",
                format!("from {}, value {}", q.origin, q.value),
            ),
            E::KernelQuote(q) => Self::new(
                "Kernel quote",
                format!("from {}, value {}", q.origin, q.value),
            ),
            E::UserVar(number, bytes) => {
                Self::new(format!("User data {}", number.number()), hex(bytes))
            }
            E::Ump(packet) => Self::name(ump::of(*packet, style)),
            E::None => Self::name("None"),
            E::Other {
                event_type,
                data,
                payload,
            } => Self::new(
                format!("Event type {}", event_type.number()),
                if payload.is_empty() {
                    hex(data)
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
        match event {
            E::NoteOn(k) if k.velocity == 0 => Some(Self::channel(
                "Note off",
                u16::from(k.channel) + first,
                format!("note {}", k.note),
            )),
            E::Control14Bit(c) => Some(Self::channel(
                "Control change",
                u16::from(c.channel) + first,
                format!("controller {}, value {:>5}", c.param, c.value),
            )),
            E::SetPositionTick(p) => queue("Set tick queue pos.", p.queue),
            E::SetPositionTime(p) => queue("Set rt queue pos.", p.queue),
            E::Tempo(t) => queue("Set queue tempo", t.queue),
            E::QueueSkew(s) => queue("Queue timer skew", s.queue),
            E::SysEx([]) => Some(Self::name(format!("{:<26}", "System exclusive"))),
            E::System(_)
            | E::Result(_)
            | E::Note(_)
            | E::SyncPosition(_)
            | E::Echo(_)
            | E::Oss(_)
            | E::UmpEndpointChange(_)
            | E::UmpBlockChange(_)
            | E::User(..)
            | E::Bounce(_)
            | E::UserVar(..)
            | E::KernelError(_)
            | E::KernelQuote(_)
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
