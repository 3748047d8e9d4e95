//! The channel and the note of an event: to route, split and transpose.

use alsa_seq_kernel_abi::flags::EventFlags;

use super::{Event, EventData};
use crate::ump::Channel;
use crate::value::check;
use crate::{Bytes, ValueError, value};

macro_rules! with_note {
    ($($fields:tt)+) => {
        Self::Note { $($fields)+ }
            | Self::NoteOn { $($fields)+ }
            | Self::NoteOff { $($fields)+ }
            | Self::KeyPressure { $($fields)+ }
    };
}

macro_rules! with_channel {
    ($channel:ident) => {
        with_note!($channel, ..)
            | Self::ControlChange { $channel, .. }
            | Self::Control14Bit { $channel, .. }
            | Self::Nrpn { $channel, .. }
            | Self::Rpn { $channel, .. }
            | Self::ProgramChange { $channel, .. }
            | Self::ChannelPressure { $channel, .. }
            | Self::PitchBend { $channel, .. }
    };
}

impl EventData<'_> {
    /// The MIDI channel of the event, 0 to 15; `None` if its type has no channel.
    ///
    /// For a Universal MIDI Packet, this is
    /// [`Packet::channel`](crate::ump::Packet::channel). The kernel does not check the
    /// range: an event of another program may have any number here.
    #[inline]
    pub fn channel(&self) -> Option<u8> {
        match self {
            with_channel!(channel) => Some(*channel),
            Self::Ump(packet) => packet.channel().map(Channel::number),
            _ => None,
        }
    }

    /// The same data on another channel. Data without a channel stays as it is.
    ///
    /// # Errors
    /// If the channel is not 0 to 15.
    #[inline]
    pub fn with_channel(mut self, channel: u8) -> Result<Self, ValueError> {
        let number = value::channel(channel)?;
        match &mut self {
            with_channel!(channel) => *channel = number,
            Self::Ump(packet) => *packet = packet.with_channel(Channel::new(number)?),
            _ => {}
        }
        Ok(self)
    }

    /// The key number of a note, a note-on, a note-off or a key pressure, 0 to 127;
    /// `None` for other types. The kernel does not check the range.
    ///
    /// For a Universal MIDI Packet it is `None`: see
    /// [`Packet::decode`](crate::ump::Packet::decode).
    #[inline]
    pub fn note(&self) -> Option<u8> {
        match self {
            with_note!(note, ..) => Some(*note),
            _ => None,
        }
    }

    /// The velocity of a note or a note-on, or the release velocity of a note-off, 0 to
    /// 127; `None` for other types. The kernel does not check the range.
    ///
    /// For a Universal MIDI Packet it is `None`, like [`note`](Self::note).
    #[inline]
    pub fn velocity(&self) -> Option<u8> {
        match self {
            Self::Note { velocity, .. }
            | Self::NoteOn { velocity, .. }
            | Self::NoteOff { velocity, .. } => Some(*velocity),
            _ => None,
        }
    }

    /// The same data with another key number. Data that has no [`note`](Self::note)
    /// stays as it is.
    ///
    /// # Errors
    /// If the note is not 0 to 127.
    #[inline]
    pub fn with_note(mut self, note: u8) -> Result<Self, ValueError> {
        let number = value::data7("note", note)?;
        if let with_note!(note, ..) = &mut self {
            *note = number;
        }
        Ok(self)
    }

    /// The same data, transposed by this number of semitones; a negative number
    /// transposes down. Data that has no [`note`](Self::note) stays as it is.
    ///
    /// # Errors
    /// If the resulting note is not 0 to 127. Treat a note-off like its note-on: leave
    /// out both, or change both.
    #[inline]
    pub fn transposed(self, semitones: i8) -> Result<Self, ValueError> {
        let Some(note) = self.note() else {
            return Ok(self);
        };
        let moved = check("note", i16::from(note) + i16::from(semitones), 0, 127)?;
        // The number is in range here.
        self.with_note(u8::try_from(moved).unwrap_or(0))
    }
}

/// The same event with other data. Its source, destination, time and tag stay.
impl Event<'_> {
    /// The same event with this data, which may have another type.
    ///
    /// ```
    /// use alsa_seq::{Event, EventData};
    ///
    /// let event = Event::note_on(0, 60, 100)?.with_tag(3);
    /// let softer = match event.data() {
    ///     EventData::NoteOn { channel, note, velocity } => {
    ///         event.with_data(EventData::note_on(channel, note, velocity / 2)?)
    ///     }
    ///     _ => event,
    /// };
    /// assert_eq!(softer, Event::note_on(0, 60, 50)?.with_tag(3));
    /// # Ok::<(), alsa_seq::ValueError>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn with_data<'d>(&self, data: EventData<'d>) -> Event<'d> {
        let mut event = Event::build(data);
        let header = &mut event.record.header;
        let (event_type, new) = (header.event_type, header.flags);
        *header = self.record.header;
        header.event_type = event_type;
        header.flags = header.flags.with_length(new);
        header
            .flags
            .set(EventFlags::UMP, new.contains(EventFlags::UMP));
        event
    }

    /// The MIDI channel: see [`EventData::channel`].
    #[inline]
    pub fn channel(&self) -> Option<u8> {
        self.data().channel()
    }

    /// The same event on another channel. An event without a channel stays as it is.
    ///
    /// ```
    /// use alsa_seq::Event;
    ///
    /// let event = Event::control_change(0, 7, 100)?.with_tag(3);
    /// let moved = event.with_channel(9)?;
    /// assert_eq!(moved.channel(), Some(9));
    /// assert_eq!(moved.tag(), 3);
    /// # Ok::<(), alsa_seq::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// If the channel is not 0 to 15.
    #[inline]
    pub fn with_channel(mut self, channel: u8) -> Result<Self, ValueError> {
        let number = value::channel(channel)?;
        if let Some(packet) = self.packet() {
            // The record has the first three words of the packet. The channel is in the
            // first.
            let packet = packet.with_channel(Channel::new(number)?);
            self.record.data = EventData::Ump(packet).encode().data;
        } else if self.channel().is_some() {
            self.make_fixed();
            // The data of notes and controllers begins with the channel.
            let [first, ..] = &mut self.record.data;
            *first = number;
        }
        Ok(self)
    }

    /// The same event with another key number. An event without a
    /// [`note`](EventData::note) stays as it is.
    ///
    /// # Errors
    /// If the note is not 0 to 127.
    #[inline]
    pub fn with_note(mut self, note: u8) -> Result<Self, ValueError> {
        let number = value::data7("note", note)?;
        if self.data().note().is_some() {
            self.make_fixed();
            let [_, second, ..] = &mut self.record.data;
            *second = number;
        }
        Ok(self)
    }

    /// The same event, transposed by this number of semitones; a negative number
    /// transposes down. An event without a [`note`](EventData::note) stays as it is.
    ///
    /// ```
    /// use alsa_seq::{Event, EventData};
    ///
    /// let event = Event::note_on(0, 60, 100)?;
    /// assert_eq!(event.clone().transposed(-12)?.data().note(), Some(48));
    /// assert!(event.transposed(68).is_err());
    /// # Ok::<(), alsa_seq::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// If the resulting note is not 0 to 127: see [`EventData::transposed`].
    #[inline]
    pub fn transposed(mut self, semitones: i8) -> Result<Self, ValueError> {
        if let Some(note) = self.data().transposed(semitones)?.note() {
            self.make_fixed();
            let [_, second, ..] = &mut self.record.data;
            *second = note;
        }
        Ok(self)
    }
}

impl Event<'_> {
    /// Clears a flag for data of variable length. Notes and controllers have no such
    /// data, and the kernel refuses it. With the flag, a value that is written to the
    /// record would become the length of the data.
    fn make_fixed(&mut self) {
        if self.as_view().is_variable() {
            let flags = &mut self.record.header.flags;
            *flags = flags.with_length(EventFlags::LENGTH_FIXED);
            self.payload = Bytes::EMPTY;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ump::Packet;
    use crate::{Address, EventType, RealTime};

    fn with_channel() -> Vec<EventData<'static>> {
        vec![
            EventData::Note {
                channel: 3,
                note: 60,
                velocity: 1,
                off_velocity: 2,
                duration: 10,
            },
            EventData::note_on(3, 60, 1).unwrap(),
            EventData::note_off(3, 60, 1).unwrap(),
            EventData::key_pressure(3, 60, 1).unwrap(),
            EventData::control_change(3, 7, 1).unwrap(),
            EventData::control_14bit(3, 7, 1).unwrap(),
            EventData::nrpn(3, 7, 1).unwrap(),
            EventData::rpn(3, 7, 1).unwrap(),
            EventData::program_change(3, 1).unwrap(),
            EventData::channel_pressure(3, 1).unwrap(),
            EventData::pitch_bend(3, 1).unwrap(),
            EventData::Ump("2093407f".parse().unwrap()),
            EventData::Ump("40933c00 80000000".parse().unwrap()),
            // A key signature of a channel.
            EventData::Ump("d0030000 12345678 00000000 00000000".parse().unwrap()),
        ]
    }

    #[test]
    fn every_event_with_a_channel_changes_it_alone() {
        for data in with_channel() {
            assert_eq!(data.channel(), Some(3), "{data:?}");
            let moved = data.with_channel(12).unwrap();
            assert_eq!(moved.channel(), Some(12), "{data:?}");
            assert_eq!(moved.with_channel(3), Ok(data));
            assert!(data.with_channel(16).is_err());
            let event = Event::new(data).with_tag(9);
            let moved = event.clone().with_channel(12).unwrap();
            assert_eq!(
                moved,
                Event::new(data.with_channel(12).unwrap()).with_tag(9)
            );
            assert_eq!(moved.with_channel(3).unwrap(), event);
        }
    }

    /// Tests every type of event and every kind of packet, with every status byte.
    #[test]
    fn events_without_a_channel_are_not_changed() {
        for number in 0..=255 {
            let event_type = EventType::new(number);
            if event_type.is_variable() {
                continue;
            }
            let mut record = *Event::note_on(3, 60, 1).unwrap().raw();
            record.header.event_type = number;
            record.data = [3; 12];
            let event = Event {
                record,
                ump_word: None,
                payload: Bytes::EMPTY,
            };
            let moved = event.clone().with_channel(5).unwrap();
            assert_eq!(moved == event, event.channel().is_none(), "{event_type:?}");
        }
        for kind in 0..=0xf_u32 {
            for status in 0..=0xff {
                let packet = Packet::new([kind << 28 | status << 16 | 0x0003_4040, 1, 2, 3]);
                let event = Event::ump(packet);
                let channel = packet.channel();
                assert_eq!(channel, packet.decode().channel());
                let other = Channel::new(if channel.is_some_and(|c| c.number() == 5) {
                    6
                } else {
                    5
                });
                let moved = event.clone().with_channel(other.unwrap().number()).unwrap();
                assert_eq!(moved == event, channel.is_none(), "{packet}");
                let expected = channel.map(|_| other.unwrap());
                assert_eq!(moved.packet().unwrap().channel(), expected);
            }
        }
    }

    /// In an event of variable length, these data bytes are a length. A channel or note
    /// that is written there must not be read as a length.
    #[test]
    fn a_channel_or_note_is_not_read_as_a_length() {
        for number in 0..=255 {
            for payload in [&b"abc"[..], b""] {
                let mut event = Event::new(EventData::Other {
                    event_type: EventType::SYSEX,
                    payload,
                    data: [0; 12],
                });
                event.record.header.event_type = number;
                let data = event.data();
                let moved = event.clone().with_channel(9).unwrap();
                assert_eq!(moved.data(), data.with_channel(9).unwrap());
                let up = event.clone().transposed(7).unwrap();
                assert_eq!(up.data(), data.transposed(7).unwrap());
                for (changed, has_changed) in [
                    (moved, data.channel().is_some()),
                    (up, data.note().is_some()),
                ] {
                    let rest = if has_changed { &[][..] } else { payload };
                    assert_eq!(changed.payload(), rest);
                    assert_eq!(changed.as_view().is_variable(), !has_changed);
                }
            }
        }
    }

    /// Tests each pair of old and new data.
    #[test]
    fn new_data_leaves_the_other_fields_unchanged() {
        let mut all = with_channel();
        all.push(EventData::Sysex(&[0xf0, 1, 2, 0xf7]));
        all.push(EventData::Echo([7; 12]));
        for before in &all {
            for after in &all {
                let decorate = |event: Event<'static>| {
                    event
                        .with_tag(9)
                        .with_high_priority(true)
                        .to(Address::new(128, 1))
                        .from_port(Address::new(20, 2))
                        .after(3, RealTime::new(4, 5).unwrap())
                };
                let event = decorate(Event::new(*before));
                let expected = decorate(Event::new(*after));
                assert_eq!(event.with_data(*after), expected, "{before:?}");
            }
        }
    }

    #[test]
    fn velocities_are_those_of_notes() {
        for data in with_channel() {
            let has = data.note().is_some() && !matches!(data, EventData::KeyPressure { .. });
            assert_eq!(data.velocity(), has.then_some(1), "{data:?}");
        }
    }

    #[test]
    fn notes_are_transposed_and_nothing_else() {
        for data in with_channel() {
            let up = data.transposed(7).unwrap();
            assert_eq!(up.note(), data.note().map(|_| 67));
            assert_eq!(up.transposed(-7), Ok(data));
            assert_eq!(data.transposed(68).is_err(), data.note().is_some());
            assert_eq!(data.transposed(-61).is_err(), data.note().is_some());
            assert!(data.with_note(128).is_err());
            let event = Event::new(data).with_tag(9);
            let moved = event.clone().transposed(7).unwrap();
            assert_eq!(moved, Event::new(up).with_tag(9));
            assert_eq!(event.clone().transposed(68).is_err(), data.note().is_some());
            let moved = event.clone().with_note(5).unwrap();
            assert_eq!(moved.data(), data.with_note(5).unwrap());
            assert_eq!(moved.data().note(), data.note().map(|_| 5));
            assert!(event.with_note(128).is_err());
        }
    }
}
