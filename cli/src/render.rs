//! Events as text, in the columns of `aseqdump`.

use std::fmt::{self, Write};

use alsa_seq::{Address, Controller, EventData};

/// What an event is, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    name: String,
    channel: Option<u8>,
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

    fn channel(name: &str, channel: u8, data: String) -> Self {
        Self {
            channel: Some(channel),
            ..Self::new(name, data)
        }
    }

    /// What `event`, which came from `source`, says.
    pub(crate) fn of(event: &EventData<'_>, source: Address) -> Self {
        use EventData as E;

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
            Self::channel(name, c.channel, data)
        };
        let controller = |name, c: &Controller| {
            let data = format!("controller {}, value {}", c.param, c.value);
            Self::channel(name, c.channel, data)
        };
        match event {
            E::Note(n) => Self::channel(
                "Note",
                n.channel,
                format!(
                    "note {}, velocity {}, off-velocity {}, duration {}",
                    n.note, n.velocity, n.off_velocity, n.duration
                ),
            ),
            E::NoteOn(k) => Self::channel(
                "Note on",
                k.channel,
                format!("note {}, velocity {}", k.note, k.velocity),
            ),
            E::NoteOff(k) => Self::channel(
                "Note off",
                k.channel,
                format!("note {}, velocity {}", k.note, k.velocity),
            ),
            E::KeyPressure(k) => Self::channel(
                "Polyphonic aftertouch",
                k.channel,
                format!("note {}, value {}", k.note, k.velocity),
            ),
            E::ControlChange(c) => controller("Control change", c),
            E::Control14Bit(c) => controller("Control change 14-bit", c),
            E::Nrpn(c) => parameter("Non-reg. parameter", c),
            E::Rpn(c) => parameter("Reg. parameter", c),
            E::ProgramChange(c) => {
                Self::channel("Program change", c.channel, format!("program {}", c.value))
            }
            E::ChannelPressure(c) => Self::channel(
                "Channel aftertouch",
                c.channel,
                format!("value {}", c.value),
            ),
            E::PitchBend(c) => Self::channel("Pitch bend", c.channel, format!("value {}", c.value)),
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
            E::Ump(packet) => {
                let words = packet.words().iter();
                let words: Vec<String> = words.map(|word| format!("{word:08X}")).collect();
                Self::new("UMP", words.join(" "))
            }
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
