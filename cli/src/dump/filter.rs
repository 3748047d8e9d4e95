//! Which events are shown.

use alsa_seq::ump::{Packet, Ump};
use alsa_seq::{Address, ClientControl, ClientId, Event, EventData, EventType};

/// Each list lets through what it names; an empty one everything.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) types: Vec<Kind>,
    /// From 0.
    pub(crate) channels: Vec<u8>,
    pub(crate) sources: Vec<Source>,
}

/// Types of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    One(EventType),
    Ump,
    /// All that is played: what has a channel.
    Channel,
    /// Note-on and note-off.
    Notes,
    /// The kernel's announcements.
    Announcements,
}

impl Kind {
    /// By its name, or its number.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "ump" => Ok(Self::Ump),
            "channel" => Ok(Self::Channel),
            "notes" => Ok(Self::Notes),
            "announcements" => Ok(Self::Announcements),
            text => EventType::from_name(text)
                .or_else(|| text.parse().ok().map(EventType::new))
                .map(Self::One)
                .ok_or_else(|| {
                    "no type of event, such as note-on or sysex (or ump, channel, notes, \
                     announcements, or a number)"
                        .to_owned()
                }),
        }
    }

    fn is(&self, event: &Event<'_>, data: &EventData<'_>) -> bool {
        let is_ump = matches!(data, EventData::Ump(_));
        match self {
            Self::One(wanted) => !is_ump && event.event_type() == *wanted,
            Self::Ump => is_ump,
            Self::Channel => channel(data).is_some(),
            Self::Notes => match data {
                EventData::Ump(packet) => is_note(*packet),
                data => matches!(
                    data,
                    EventData::Note(_) | EventData::NoteOn(_) | EventData::NoteOff(_)
                ),
            },
            Self::Announcements => (60..=69).contains(&event.event_type().number()) && !is_ump,
        }
    }
}

/// Who sends: a client, or one port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Client(ClientId),
    Port(Address),
}

impl Source {
    /// `CLIENT`, or `CLIENT:PORT`.
    pub(crate) fn parse(control: &ClientControl, text: &str) -> alsa_seq::Result<Self> {
        if let Ok(number) = text.parse::<u8>() {
            return Ok(Self::Client(ClientId::new(number)));
        }
        let address = control.parse_address(text)?;
        // A name alone may hold a colon as well.
        let is_client = control
            .client_info(address.client)
            .is_ok_and(|client| client.name().starts_with(text.trim_matches(['"', '\''])));
        Ok(if is_client {
            Self::Client(address.client)
        } else {
            Self::Port(address)
        })
    }

    fn sent(self, event: &Event<'_>) -> bool {
        match self {
            Self::Client(client) => event.source().client == client,
            Self::Port(port) => event.source() == port,
        }
    }
}

impl Filter {
    pub(crate) fn lets_pass(&self, event: &Event<'_>) -> bool {
        let data = event.data();
        (self.types.is_empty() || self.types.iter().any(|kind| kind.is(event, &data)))
            && (self.channels.is_empty()
                || channel(&data).is_some_and(|channel| self.channels.contains(&channel)))
            && (self.sources.is_empty() || self.sources.iter().any(|source| source.sent(event)))
    }
}

/// The channel of what is played, from 0.
fn channel(data: &EventData<'_>) -> Option<u8> {
    use EventData as E;

    match data {
        E::Note(note) => Some(note.channel),
        E::NoteOn(key) | E::NoteOff(key) | E::KeyPressure(key) => Some(key.channel),
        E::ControlChange(c) | E::Control14Bit(c) | E::Nrpn(c) | E::Rpn(c) => Some(c.channel),
        E::ProgramChange(c) | E::ChannelPressure(c) | E::PitchBend(c) => Some(c.channel),
        E::Ump(packet) => match packet.decode() {
            Ump::Midi1(_, channel, _) | Ump::Midi2(_, channel, _) => Some(channel.get()),
            Ump::Flex(_, channel, _) => channel.map(|channel| channel.get()),
            _ => None,
        },
        _ => None,
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
