//! Events as text, in the columns of `aseqdump`.

#[cfg(feature = "old-names")]
mod old;
mod ump;

pub(crate) use ump::text_name;

use std::fmt;

use alsa_seq::{Address, EventData, EventType, Field};

/// The form of the text, and the unit of its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// Whether the text is exactly that of `aseqdump`; see [`old`].
    pub(crate) old: bool,
    pub(crate) view: View,
}

/// The unit of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    /// The numbers of the event. (`aseqdump` counts channels and groups from 0 in this
    /// case.)
    #[default]
    Raw,
    /// The range of MIDI 1.0.
    Normalized,
    /// Percent of the full range.
    Percent,
}

impl Style {
    /// The number of the first channel, and of the first group.
    fn first(self) -> u8 {
        u8::from(!self.old || self.view != View::Raw)
    }

    /// Writes a value that has a range of 0 to 127 in MIDI 1.0.
    fn seven_bits(self, value: i64) -> String {
        if self.view != View::Percent {
            return value.to_string();
        }
        // Every such field has at most 32 bits.
        let value = value as f64;
        let percent = if value <= 64.0 {
            value * 50.0 / 64.0
        } else {
            50.0 + (value - 64.0) * 50.0 / 63.0
        };
        format!("{percent:.2}%")
    }

    /// Writes a pitch bend from -8192 to 8191.
    fn bend(self, value: i64) -> String {
        if self.view != View::Percent {
            return value.to_string();
        }
        let most = if value < 0 { 8192.0 } else { 8191.0 };
        format!("{:.2}%", value as f64 * 100.0 / most)
    }
}

/// An event as text.
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

    /// The text of `event` from `source`: the name of its type, and its fields with their
    /// names.
    pub(crate) fn of(event: &EventData<'_>, source: Address, style: Style) -> Self {
        if let EventData::Ump(packet) = *event {
            return Self::name(ump::of(packet, style));
        }
        #[cfg(feature = "old-names")]
        if style.old {
            return old::text(event, source, style);
        }
        let has_queue = source == Address::TIMER || !is_midi_transport(event);
        let fields = event.fields().filter_map(|(name, field)| match name {
            "channel" => None,
            "queue" if !has_queue => None,
            name => Some(style.field(name, field)),
        });
        let data = fields.collect::<Vec<_>>().join(", ");
        Self {
            channel: event.channel().map(|channel| u16::from(channel) + 1),
            ..Self::new(words(event.event_type()), data)
        }
    }
}

impl Style {
    /// Writes a field with its name. A field that consists of bytes has no name.
    fn field(self, name: &str, field: Field<'_>) -> String {
        let value = match (name, field) {
            ("velocity" | "off_velocity" | "pressure", Field::Number(value)) => {
                self.seven_bits(value)
            }
            ("bend", Field::Number(value)) => self.bend(value),
            (_, Field::Raw(_) | Field::Bytes(_) | Field::Bounce(_)) => return field.to_string(),
            _ => field.to_string(),
        };
        format!("{} {value}", name.replace('_', " "))
    }
}

/// Returns whether the event is a MIDI message, whose queue has no meaning. From the timer, some of
/// these types report the actions of a queue.
fn is_midi_transport(event: &EventData<'_>) -> bool {
    matches!(
        event,
        EventData::Start(_)
            | EventData::Continue(_)
            | EventData::Stop(_)
            | EventData::Clock(_)
            | EventData::Tick(_)
    )
}

/// The name of a type as words: `Note on`, `NRPN`.
fn words(event_type: EventType) -> String {
    let name = event_type.to_string().replace('-', " ");
    let capitals = match &*name {
        "nrpn" | "rpn" | "oss" => name.len(),
        name if name.starts_with("ump ") => "ump".len(),
        _ => 1,
    };
    let (first, rest) = name.split_at(capitals);
    first.to_ascii_uppercase() + rest
}
