//! [`Event`]: typed access to the kernel's record, whose bytes it keeps exactly, with
//! borrowed or owned data.

use core::fmt;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;

use crate::ump::Packet;
use crate::value::{self, check, data7};
use crate::{Address, QueueId, RealTime, Tempo, Time, ValueError};

mod bytes;
mod channel;
mod data;
mod field;
mod kind;
mod payload;
mod shape;
pub(crate) mod table;
mod view;

pub use bytes::Bytes;
pub use data::EventData;
pub use field::Field;
pub use kind::EventType;
pub use payload::{RawData, UserNumber};
pub use view::EventView;

use data::Encoded;

/// A sequencer event: the kernel's record, and its data of variable length, borrowed or
/// owned. `Event<'static>` is independent of any buffer, and `Send`.
///
/// A new event is *direct*: the kernel delivers it at once, to all subscribers of its
/// source. It has no source yet ([`Address::UNKNOWN`]); the client that sends it sets the
/// source. The methods that take `self` change these properties:
///
/// ```
/// use alsa_seq::{Address, Event, QueueId, Time};
///
/// let synth = Address::new(128, 0);
/// let queue = QueueId::new(0);
/// let event = Event::note_on(0, 60, 100)?.to(synth).at(queue, Time::Tick(96));
/// assert_eq!(event.dest(), synth);
/// assert_eq!(event.time(), Time::Tick(96));
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
///
/// [`Event::data`] returns the type and the contents of an event:
///
/// ```
/// use alsa_seq::{Event, EventData};
///
/// let event = Event::note_on(9, 38, 127)?;
/// match event.data() {
///     EventData::NoteOn { channel, note, .. } => assert_eq!((channel, note), (9, 38)),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
///
/// A received event keeps every bit, also bits without a meaning. So a forwarded event is
/// unchanged.
#[derive(Clone)]
#[doc(alias = "snd_seq_event_t")]
#[doc(alias = "snd_seq_event")]
pub struct Event<'a> {
    record: abi::Event,
    /// The fourth word of a UMP packet, only in UMP events.
    ump_word: Option<u32>,
    payload: Bytes<'a>,
}

/// Constructors. They check numbers against MIDI's ranges.
impl<'a> Event<'a> {
    /// Makes a direct event with this data, to subscribers, without a source yet.
    #[inline]
    pub fn new(data: EventData<'a>) -> Self {
        Self::build(data)
    }

    /// Inlined into each constructor. The compiler then reduces each to a few
    /// instructions.
    #[inline(always)]
    fn build(data: EventData<'a>) -> Self {
        let Encoded {
            event_type,
            flags,
            data,
            ump_word,
            payload,
        } = data.encode();
        let mut record = abi::Event {
            header: abi::EventHeader {
                event_type: event_type.number(),
                flags,
                queue: consts::QUEUE_DIRECT,
                source: Address::UNKNOWN.to_abi(),
                dest: Address::SUBSCRIBERS.to_abi(),
                ..abi::EventHeader::zeroed()
            },
            data,
        };
        // The client refuses longer data when the event is sent.
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        if flags.contains(EventFlags::LENGTH_VARIABLE) && data::length(&record.data) != length {
            let mut ext: abi::Ext = record.payload();
            ext.len.set(length);
            record.set_payload(&ext);
        }
        Self {
            record,
            ump_word,
            payload: payload.into(),
        }
    }

    /// A key goes down.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or note or velocity is not 0 to 127.
    #[doc(alias = "snd_seq_ev_set_noteon")]
    #[inline]
    pub fn note_on(channel: u8, note: u8, velocity: u8) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::note_on(channel, note, velocity)?))
    }

    /// A key goes up.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or note or velocity is not 0 to 127.
    #[doc(alias = "snd_seq_ev_set_noteoff")]
    #[inline]
    pub fn note_off(channel: u8, note: u8, velocity: u8) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::note_off(channel, note, velocity)?))
    }

    /// A note with a length: it ends after `duration` ticks, or milliseconds if it is
    /// scheduled in real time. It must be scheduled on a queue.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or note or velocity is not 0 to 127.
    #[doc(alias = "snd_seq_ev_set_note")]
    #[inline]
    pub fn note(channel: u8, note: u8, velocity: u8, duration: u32) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::Note {
            channel: value::channel(channel)?,
            note: data7("note", note)?,
            velocity: data7("velocity", velocity)?,
            off_velocity: 0,
            duration,
        }))
    }

    /// Pressure on one key.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or note or pressure is not 0 to 127.
    #[doc(alias = "snd_seq_ev_set_keypress")]
    #[inline]
    pub fn key_pressure(channel: u8, note: u8, pressure: u8) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::key_pressure(
            channel, note, pressure,
        )?))
    }

    /// A controller changes.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or number or value is not 0 to 127.
    #[doc(alias = "snd_seq_ev_set_controller")]
    #[inline]
    pub fn control_change(channel: u8, controller: u8, value: u8) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::control_change(
            channel, controller, value,
        )?))
    }

    /// A controller 0 to 31 with a 14-bit value. In MIDI bytes it is a pair of
    /// controllers: the MSB, and the LSB with a number 32 higher.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, the number not 0 to 31, or the value not
    /// 0 to 16383.
    #[inline]
    pub fn control_14bit(channel: u8, controller: u8, value: u16) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::control_14bit(
            channel, controller, value,
        )?))
    }

    /// A registered parameter with a 14-bit value.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or number or value is not 0 to 16383.
    #[inline]
    pub fn rpn(channel: u8, parameter: u16, value: u16) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::rpn(channel, parameter, value)?))
    }

    /// A non-registered parameter with a 14-bit value.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or number or value is not 0 to 16383.
    #[inline]
    pub fn nrpn(channel: u8, parameter: u16, value: u16) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::nrpn(channel, parameter, value)?))
    }

    /// A channel changes to another program.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or the program is not 0 to 127.
    #[doc(alias = "snd_seq_ev_set_pgmchange")]
    #[inline]
    pub fn program_change(channel: u8, program: u8) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::program_change(channel, program)?))
    }

    /// Pressure on a channel.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or the pressure is not 0 to 127.
    #[doc(alias = "snd_seq_ev_set_chanpress")]
    #[inline]
    pub fn channel_pressure(channel: u8, pressure: u8) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::channel_pressure(channel, pressure)?))
    }

    /// Pitch bend of a channel: -8192 to 8191; 0 is no bend.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or the bend is out of range.
    #[doc(alias = "snd_seq_ev_set_pitchbend")]
    #[inline]
    pub fn pitch_bend(channel: u8, bend: i16) -> Result<Self, ValueError> {
        Ok(Self::build(EventData::pitch_bend(channel, bend)?))
    }

    /// System-exclusive bytes, including `0xf0` and `0xf7`. A long message may be sent as
    /// several events.
    #[doc(alias = "snd_seq_ev_set_sysex")]
    #[inline]
    pub fn sysex(bytes: impl Into<Bytes<'a>>) -> Self {
        let bytes = bytes.into();
        Self {
            record: Event::build(EventData::Sysex(&bytes)).record,
            ump_word: None,
            payload: bytes,
        }
    }

    /// A Universal MIDI Packet. Only UMP clients send and receive packets (Linux 6.5).
    ///
    /// ```
    /// use alsa_seq::Event;
    /// use alsa_seq::ump::{Channel, Group, Midi2, Ump};
    ///
    /// let bend = Midi2::per_note_pitch_bend(60, 0x8800_0000)?;
    /// let event = Event::ump(Ump::Midi2(Group::new(0)?, Channel::new(0)?, bend));
    /// assert_eq!(event.packet(), Some([0x4060_3c00, 0x8800_0000, 0, 0].into()));
    /// # Ok::<(), alsa_seq::ValueError>(())
    /// ```
    #[doc(alias = "snd_seq_ev_set_ump_data")]
    #[doc(alias = "snd_seq_ump_event_t")]
    #[inline]
    pub fn ump(packet: impl Into<Packet>) -> Self {
        Self::build(EventData::Ump(packet.into()))
    }

    /// MIDI clock: a 24th of a quarter note has passed.
    ///
    /// This and the next five are messages to another instrument. To control a queue of
    /// the kernel, use [`Event::queue_start`] and the similar functions.
    #[doc(alias = "SND_SEQ_EVENT_CLOCK")]
    #[inline]
    pub fn clock() -> Self {
        Self::build(EventData::Clock(Self::NO_QUEUE))
    }

    /// MIDI start: play from the beginning with the next clock.
    #[doc(alias = "SND_SEQ_EVENT_START")]
    #[inline]
    pub fn start() -> Self {
        Self::build(EventData::Start(Self::NO_QUEUE))
    }

    /// MIDI continue: continue from the song position with the next clock.
    #[doc(alias = "SND_SEQ_EVENT_CONTINUE")]
    #[inline]
    pub fn continue_() -> Self {
        Self::build(EventData::Continue(Self::NO_QUEUE))
    }

    /// MIDI stop.
    #[doc(alias = "SND_SEQ_EVENT_STOP")]
    #[inline]
    pub fn stop() -> Self {
        Self::build(EventData::Stop(Self::NO_QUEUE))
    }

    /// MIDI song position, in MIDI beats: sixteenth notes from the beginning.
    ///
    /// # Errors
    /// If it is not 0 to 16383.
    #[doc(alias = "SND_SEQ_EVENT_SONGPOS")]
    #[inline]
    pub fn song_position(beats: u16) -> Result<Self, ValueError> {
        let beats = check("song position", beats, 0, 0x3fff)?;
        Ok(Self::build(EventData::SongPosition {
            beats: beats.into(),
        }))
    }

    /// MIDI song select.
    ///
    /// # Errors
    /// If the song is not 0 to 127.
    #[doc(alias = "SND_SEQ_EVENT_SONGSEL")]
    #[inline]
    pub fn song_select(song: u8) -> Result<Self, ValueError> {
        let song = data7("song", song)?;
        Ok(Self::build(EventData::SongSelect { song: song.into() }))
    }

    /// In a message to another instrument, the queue has no meaning.
    const NO_QUEUE: QueueId = QueueId::new(0);

    /// Makes an event to the timer port that starts `queue`. The queue first drops all
    /// events that wait in it.
    #[doc(alias = "snd_seq_ev_set_queue_start")]
    #[inline]
    pub fn queue_start(queue: impl Into<QueueId>) -> Self {
        Self::build(EventData::Start(queue.into())).to(Address::TIMER)
    }

    /// Makes an event to the timer port that stops `queue`.
    #[doc(alias = "snd_seq_ev_set_queue_stop")]
    #[inline]
    pub fn queue_stop(queue: impl Into<QueueId>) -> Self {
        Self::build(EventData::Stop(queue.into())).to(Address::TIMER)
    }

    /// Makes an event to the timer port that continues `queue` from its position.
    #[doc(alias = "snd_seq_ev_set_queue_continue")]
    #[inline]
    pub fn queue_continue(queue: impl Into<QueueId>) -> Self {
        Self::build(EventData::Continue(queue.into())).to(Address::TIMER)
    }

    /// Makes an event to the timer port that sets the tempo of `queue`. The event does not
    /// contain the ticks per quarter note, so they do not change.
    #[doc(alias = "snd_seq_ev_set_queue_tempo")]
    #[inline]
    pub fn queue_tempo(queue: impl Into<QueueId>, tempo: Tempo) -> Self {
        Self::build(EventData::Tempo {
            queue: queue.into(),
            // A tempo is never above `i32::MAX`.
            micros_per_quarter: i32::try_from(tempo.micros_per_quarter()).unwrap_or(i32::MAX),
        })
        .to(Address::TIMER)
    }
}

/// The source, the destination and the time.
impl Event<'_> {
    /// Sets the source port. `source` is a `Port` or its address, and belongs to the
    /// client that sends the event.
    ///
    /// In two cases, the client replaces the source with the port of
    /// `EventOutput::set_source`: if the event has no source, or if its source is a port
    /// of another client. A received event has such a source.
    #[doc(alias = "snd_seq_ev_set_source")]
    #[must_use]
    #[inline]
    pub fn from_port(mut self, source: impl Into<Address>) -> Self {
        self.record.header.source = source.into().to_abi();
        self
    }

    /// Sets the destination to a single port.
    ///
    /// A program's port receives the event without a connection. A driver's port is open
    /// only while it is connected. Without a connection, the hardware does not get the
    /// event, although the call may succeed.
    #[doc(alias = "snd_seq_ev_set_dest")]
    #[must_use]
    #[inline]
    pub fn to(mut self, dest: impl Into<Address>) -> Self {
        self.record.header.dest = dest.into().to_abi();
        self
    }

    /// Sets the destination to all subscribers of the source.
    #[doc(alias = "snd_seq_ev_set_subs")]
    #[must_use]
    #[inline]
    pub fn to_subscribers(self) -> Self {
        self.to(Address::SUBSCRIBERS)
    }

    /// Makes the event direct: the kernel delivers it at once, without a queue.
    #[doc(alias = "snd_seq_ev_set_direct")]
    #[must_use]
    #[inline]
    pub fn direct(mut self) -> Self {
        self.record.header.queue = consts::QUEUE_DIRECT;
        self
    }

    /// Schedules the event at `time` on `queue`.
    #[doc(alias = "snd_seq_ev_schedule_tick")]
    #[doc(alias = "snd_seq_ev_schedule_real")]
    #[must_use]
    #[inline]
    pub fn at(self, queue: impl Into<QueueId>, time: impl Into<Time>) -> Self {
        self.scheduled(queue.into(), time.into(), EventFlags::empty())
    }

    /// Schedules the event on `queue`, after `delay` from the moment when the kernel
    /// accepts it. The kernel counts from the queue's last timer tick, so the event may
    /// be delivered up to a millisecond early.
    ///
    /// So a note-off that is scheduled with `after` may be delivered before a note-on that
    /// is scheduled with [`at`](Self::at), although it was scheduled later. If the order
    /// matters, use `at` for both. `Queue::status` returns the queue's present time.
    #[must_use]
    #[inline]
    pub fn after(self, queue: impl Into<QueueId>, delay: impl Into<Time>) -> Self {
        self.scheduled(queue.into(), delay.into(), EventFlags::TIME_MODE_REL)
    }

    #[inline]
    fn scheduled(mut self, queue: QueueId, time: Time, mode: EventFlags) -> Self {
        let header = &mut self.record.header;
        let (stamp, kind) = match time {
            Time::Tick(tick) => (abi::Timestamp::from_tick(tick), EventFlags::empty()),
            Time::Real(time) => (
                abi::Timestamp::from_real(abi::RealTime::new(time.secs(), time.subsec_nanos())),
                EventFlags::TIME_STAMP_REAL,
            ),
        };
        header.queue = queue.number();
        header.time = stamp;
        header
            .flags
            .remove(EventFlags::TIME_STAMP_REAL | EventFlags::TIME_MODE_REL);
        header.flags.insert(kind | mode);
        self
    }

    /// Sets the tag, a number that the sender chooses. `remove_events` can select events
    /// by it.
    #[doc(alias = "snd_seq_ev_set_tag")]
    #[must_use]
    #[inline]
    pub fn with_tag(mut self, tag: u8) -> Self {
        self.record.header.tag = tag;
        self
    }

    /// Sets whether the event is delivered before events of normal priority that are due
    /// at the same time. Several events of high priority are delivered in *reverse*
    /// order.
    #[doc(alias = "snd_seq_ev_set_priority")]
    #[must_use]
    #[inline]
    pub fn with_high_priority(mut self, yes: bool) -> Self {
        self.record.header.flags.set(EventFlags::PRIORITY_HIGH, yes);
        self
    }
}

macro_rules! view_accessors {
    ($($name:ident -> $type:ty;)*) => {
        /// The properties of the event; [`EventView`] has their documentation.
        impl Event<'_> {
            $(
                #[doc = concat!("See [`EventView::", stringify!($name), "`].")]
                #[inline(always)]
                pub fn $name(&self) -> $type {
                    self.as_view().$name()
                }
            )*
        }
    };
}

view_accessors! {
    event_type -> EventType;
    data -> EventData<'_>;
    packet -> Option<Packet>;
    tag -> u8;
    queue -> QueueId;
    time -> Time;
    tick -> Option<u32>;
    real_time -> Option<RealTime>;
    is_relative -> bool;
    is_high_priority -> bool;
    is_ump -> bool;
    is_direct -> bool;
    source -> Address;
    dest -> Address;
}

impl<'a> Event<'a> {
    #[inline]
    pub(crate) fn from_view(view: EventView<'a>) -> Self {
        Self::from_parts(*view.raw(), view.ump_word(), view.payload())
    }

    #[inline]
    pub(crate) fn from_parts(record: abi::Event, ump_word: Option<u32>, payload: &'a [u8]) -> Self {
        Self {
            record,
            ump_word,
            payload: payload.into(),
        }
    }

    /// This event as a view.
    #[inline]
    pub fn as_view(&self) -> EventView<'_> {
        EventView::new(&self.record, self.ump_word, &self.payload)
    }

    /// The header and the twelve data bytes, as the kernel's struct.
    #[inline]
    pub const fn raw(&self) -> &abi::Event {
        &self.record
    }

    /// The data of variable length; empty for events that have none.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Makes the event independent of any buffer. Allocates only for borrowed data of
    /// variable length.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn into_owned(self) -> Event<'static> {
        Event {
            record: self.record,
            ump_word: self.ump_word,
            payload: self.payload.into_owned(),
        }
    }
}

/// Events are equal if all their bytes are, whether the data is owned or borrowed.
impl PartialEq for Event<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_view() == other.as_view()
    }
}

impl Eq for Event<'_> {}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_view().describe("Event", f)
    }
}

impl<'a> From<&'a Event<'_>> for EventView<'a> {
    #[inline]
    fn from(event: &'a Event<'_>) -> Self {
        event.as_view()
    }
}

impl<'a> From<EventData<'a>> for Event<'a> {
    fn from(data: EventData<'a>) -> Self {
        Self::new(data)
    }
}

/// A queued event that the kernel could not deliver, and has returned to its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "snd_seq_event_bounce")]
pub struct Bounce<'a>(&'a [u8]);

impl<'a> Bounce<'a> {
    /// Reads the payload of a bounce event.
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the event. The kernel returns only its first 28 bytes. So data of variable
    /// length is missing, and its length is then 0. In a UMP packet of four words, the
    /// fourth word is 0; shorter packets are complete.
    ///
    /// `None` if the payload is too short for an event.
    pub fn event(self) -> Option<Event<'static>> {
        use zerocopy::FromBytes;

        // Newer headers describe an errno before the event, but no kernel sends it.
        let (mut record, _) = abi::Event::read_from_prefix(self.0).ok()?;
        let flags = record.header.flags;
        let variable = flags.length() == EventFlags::LENGTH_VARIABLE;
        if variable {
            // The record still has the length of the missing data. If it were sent again,
            // the following events would be read as its data.
            let mut ext: abi::Ext = record.payload();
            ext.len.set(0);
            record.set_payload(&ext);
        }
        Some(Event {
            record,
            ump_word: (!variable && flags.contains(EventFlags::UMP)).then_some(0),
            payload: Bytes::EMPTY,
        })
    }

    /// The bytes as the kernel sent them.
    #[inline]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}
