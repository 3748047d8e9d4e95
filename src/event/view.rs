//! Events where they lie: borrowed from a buffer, nothing copied.

use core::fmt;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;

use super::data::packet;
use super::{Event, EventData, EventType};
use crate::ump::Packet;
use crate::{Address, QueueId, RealTime, Time};

/// An event in somebody's buffer. It is small and `Copy`, and every accessor
/// is a plain load: only length can be wrong with an event, and whoever made
/// the view has checked that.
#[derive(Clone, Copy)]
pub struct EventView<'a> {
    head: &'a abi::Event,
    /// The fourth word of a UMP packet, in UMP events alone.
    ump_word: Option<u32>,
    payload: &'a [u8],
}

impl<'a> EventView<'a> {
    #[inline]
    pub(crate) const fn new(
        head: &'a abi::Event,
        ump_word: Option<u32>,
        payload: &'a [u8],
    ) -> Self {
        Self {
            head,
            ump_word,
            payload,
        }
    }

    /// What the event means.
    #[inline(always)]
    pub fn data(self) -> EventData<'a> {
        EventData::decode(self.head, self.ump_word, self.payload)
    }

    /// The header and the twelve data bytes, as the kernel's struct.
    #[inline]
    pub const fn raw(self) -> &'a abi::Event {
        self.head
    }

    /// The variable-length data, as the kernel delivered it: without padding.
    /// Empty for events that have none.
    #[inline]
    pub const fn payload(self) -> &'a [u8] {
        self.payload
    }

    /// The packet of a UMP event; `None` for all others.
    /// [`Packet::decode`] tells what it means.
    #[inline]
    pub fn packet(self) -> Option<Packet> {
        self.ump_word.map(|last| packet(self.head, last))
    }

    #[inline]
    pub(crate) const fn ump_word(self) -> Option<u32> {
        self.ump_word
    }

    /// The same event, with its header copied and its data still borrowed.
    #[cfg_attr(
        feature = "alloc",
        doc = "[`Event::into_owned`] makes it independent of the buffer."
    )]
    #[inline]
    pub fn to_event(self) -> Event<'a> {
        Event::from_view(self)
    }

    /// What kind of event this is.
    #[inline]
    pub const fn event_type(self) -> EventType {
        EventType::new(self.head.header.event_type)
    }

    /// The sender's tag: a number of its own choosing.
    #[inline]
    pub const fn tag(self) -> u8 {
        self.head.header.tag
    }

    /// The queue the event was scheduled on or stamped by, or
    /// [`QueueId::DIRECT`].
    #[inline]
    pub const fn queue(self) -> QueueId {
        QueueId::new(self.head.header.queue)
    }

    /// The event's time.
    ///
    /// Of a received event it means something only if it went through a queue,
    /// or was stamped by the receiving port or by the connection; otherwise
    /// it is whatever the sender left there.
    #[inline]
    pub fn time(self) -> Time {
        let time = self.head.header.time;
        if self.has(EventFlags::TIME_STAMP_REAL) {
            let real = time.real();
            Time::Real(RealTime::from_wire(real.tv_sec.get(), real.tv_nsec.get()))
        } else {
            Time::Tick(time.tick())
        }
    }

    /// The event's time, if it is in ticks. See [`EventView::time`].
    #[inline]
    pub fn tick(self) -> Option<u32> {
        self.time().tick()
    }

    /// The event's time, if it is real time. See [`EventView::time`].
    #[inline]
    pub fn real_time(self) -> Option<RealTime> {
        self.time().real_time()
    }

    /// Whether [`EventView::time`] counts from the moment the event is queued,
    /// not from the start of the queue.
    #[inline]
    pub fn is_relative(self) -> bool {
        self.has(EventFlags::TIME_MODE_REL)
    }

    /// Whether the event goes before others that are due at the same time.
    #[inline]
    pub fn is_high_priority(self) -> bool {
        self.has(EventFlags::PRIORITY_HIGH)
    }

    /// Whether the event is a Universal MIDI Packet.
    ///
    /// That is for the record's size to say. The flag alone means nothing on
    /// kernels without UMP, and a client that did not ask for UMP gets none.
    #[inline]
    pub const fn is_ump(self) -> bool {
        self.ump_word.is_some()
    }

    /// Whether the data bytes are the length of the data behind them, whatever the
    /// type says.
    #[inline]
    pub(crate) fn is_variable(self) -> bool {
        self.head.header.flags.length() == EventFlags::LENGTH_VARIABLE
    }

    /// Whether the event bypasses all queues and is delivered at once.
    #[inline]
    pub fn is_direct(self) -> bool {
        // The kernel takes 254 ("to subscribers", obsolete) like 253.
        self.head.header.queue >= consts::QUEUE_DIRECT
    }

    /// Where the event comes from.
    ///
    /// The kernel fills in the client; the port is what the sender claims.
    #[inline]
    pub fn source(self) -> Address {
        self.head.header.source.into()
    }

    /// Where the event is meant to go.
    #[inline]
    pub fn dest(self) -> Address {
        self.head.header.dest.into()
    }

    #[inline]
    fn has(self, flag: EventFlags) -> bool {
        self.head.header.flags.contains(flag)
    }
}

/// Equal if every byte is.
impl PartialEq for EventView<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head && self.ump_word == other.ump_word && self.payload == other.payload
    }
}

impl Eq for EventView<'_> {}

impl EventView<'_> {
    pub(super) fn describe(self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("data", &self.data())
            .field("source", &self.source())
            .field("dest", &self.dest())
            .field("queue", &self.queue())
            .field("time", &self.time())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EventView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe("EventView", f)
    }
}
