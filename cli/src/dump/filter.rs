//! Selects the events that are shown.

use alsa_seq::ump::{Packet, Ump};
use alsa_seq::{Event, EventData, EventType};

use crate::address::Place;
use crate::channels::{Channels, range};

/// Each list accepts the events that it names. An empty list accepts all events.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) types: Vec<TypeFilter>,
    pub(crate) channels: Option<Channels>,
    pub(crate) sources: Vec<Place>,
}

/// Types of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TypeFilter {
    One(EventType),
    /// A range of numbers.
    Range(u8, u8),
    Ump,
    /// All types with a channel.
    Channel,
    /// Note-on and note-off.
    Notes,
    /// The kernel's announcements.
    Announcements,
}

impl TypeFilter {
    /// Reads a name, a number, a range or a group.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "ump" => Ok(Self::Ump),
            "channel" => Ok(Self::Channel),
            "notes" => Ok(Self::Notes),
            "announcements" => Ok(Self::Announcements),
            text => EventType::from_name(text)
                .map(Self::One)
                .or_else(|| {
                    let numbers = range(text, 0..=u8::MAX).ok()?;
                    Some(Self::Range(*numbers.start(), *numbers.end()))
                })
                .ok_or_else(|| {
                    "no type of event, such as note-on or sysex (or ump, channel, notes, \
                     announcements, or numbers, such as 6-8)"
                        .to_owned()
                }),
        }
    }

    fn is(&self, event: &Event<'_>, data: &EventData<'_>) -> bool {
        let is_ump = matches!(data, EventData::Ump(_));
        match self {
            Self::One(wanted) => !is_ump && event.event_type() == *wanted,
            Self::Range(first, last) => {
                !is_ump && (*first..=*last).contains(&event.event_type().number())
            }
            Self::Ump => is_ump,
            Self::Channel => data.channel().is_some(),
            Self::Notes => match data {
                EventData::Ump(packet) => is_note(*packet),
                data => matches!(
                    data,
                    EventData::Note { .. } | EventData::NoteOn { .. } | EventData::NoteOff { .. }
                ),
            },
            Self::Announcements => event.event_type().is_announcement() && !is_ump,
        }
    }
}

impl Filter {
    pub(crate) fn accepts(&self, event: &Event<'_>) -> bool {
        let data = event.data();
        (self.types.is_empty() || self.types.iter().any(|kind| kind.is(event, &data)))
            && self.channels.is_none_or(|channels| {
                data.channel()
                    .is_some_and(|channel| channels.contains(channel))
            })
            && (self.sources.is_empty()
                || self
                    .sources
                    .iter()
                    .any(|place| place.contains(event.source())))
    }
}

fn is_note(packet: Packet) -> bool {
    use alsa_seq::ump::{Midi1, Midi2};

    matches!(
        packet.decode(),
        Ump::Midi1(_, _, Midi1::NoteOn { .. } | Midi1::NoteOff { .. })
            | Ump::Midi2(_, _, Midi2::NoteOn { .. } | Midi2::NoteOff { .. })
    )
}
