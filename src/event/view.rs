//! [`EventView`]: an event that is borrowed from a buffer, without a copy.

use core::fmt;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;

use super::data::packet;
use super::{Event, EventData, EventType};
use crate::ump::Packet;
use crate::{Address, QueueId, RealTime, Time};

/// An event in a buffer. A view is small and `Copy`. Its accessors need no checks: only
/// the length of an event can be wrong, and that was checked when the view was made.
#[derive(Clone, Copy)]
pub struct EventView<'a> {
    head: &'a abi::Event,
    /// The fourth word of a UMP packet, only in UMP events.
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

    /// The type and the contents of the event.
    #[inline(always)]
    pub fn data(self) -> EventData<'a> {
        EventData::decode(self.head, self.ump_word, self.payload)
    }

    /// The header and the twelve data bytes, as the kernel's struct.
    #[inline]
    pub const fn raw(self) -> &'a abi::Event {
        self.head
    }

    /// The variable-length data, without the kernel's padding. Empty for events that have
    /// none.
    #[inline]
    pub const fn payload(self) -> &'a [u8] {
        self.payload
    }

    /// The packet of a UMP event; `None` for other events. [`Packet::decode`] returns its
    /// meaning.
    #[inline]
    pub fn packet(self) -> Option<Packet> {
        self.ump_word.map(|last| packet(self.head, last))
    }

    #[inline]
    pub(crate) const fn ump_word(self) -> Option<u32> {
        self.ump_word
    }

    /// Makes an event with a copy of the header. Its data is still borrowed.
    #[cfg_attr(
        feature = "alloc",
        doc = "[`Event::into_owned`] makes it independent of the buffer."
    )]
    #[inline]
    pub fn to_event(self) -> Event<'a> {
        Event::from_view(self)
    }

    /// The type of the event.
    #[inline]
    pub const fn event_type(self) -> EventType {
        EventType::new(self.head.header.event_type)
    }

    /// The tag, a number that the sender chose.
    #[inline]
    pub const fn tag(self) -> u8 {
        self.head.header.tag
    }

    /// The queue on which the event was scheduled, or whose time it was stamped with, or
    /// [`QueueId::DIRECT`].
    #[inline]
    pub const fn queue(self) -> QueueId {
        QueueId::new(self.head.header.queue)
    }

    /// The event's time.
    ///
    /// For a received event, it is valid only if the event went through a queue, or was
    /// stamped by the receiving port or by the connection. Otherwise it is any value that
    /// the sender left there.
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

    /// Returns whether [`EventView::time`] counts from the moment when the event is queued, not
    /// from the start of the queue.
    #[inline]
    pub fn is_relative(self) -> bool {
        self.has(EventFlags::TIME_MODE_REL)
    }

    /// Returns whether the event is delivered before other events that are due at the same time.
    #[inline]
    pub fn is_high_priority(self) -> bool {
        self.has(EventFlags::PRIORITY_HIGH)
    }

    /// Returns whether the event is a Universal MIDI Packet.
    ///
    /// The size of the record decides, not the flag. On kernels without UMP, the flag has
    /// no meaning. A client that is not a UMP client gets no packets.
    #[inline]
    pub const fn is_ump(self) -> bool {
        self.ump_word.is_some()
    }

    /// Returns whether the flags say that data of variable length follows, for any type.
    #[inline]
    pub(crate) fn is_variable(self) -> bool {
        self.head.header.flags.length() == EventFlags::LENGTH_VARIABLE
    }

    /// Returns whether the event bypasses all queues and is delivered at once.
    #[inline]
    pub fn is_direct(self) -> bool {
        // The kernel treats 254 ("to subscribers", obsolete) like 253.
        self.head.header.queue >= consts::QUEUE_DIRECT
    }

    /// The source of the event.
    ///
    /// The kernel sets the client. The sender sets the port, and the kernel does not
    /// check it.
    #[inline]
    pub fn source(self) -> Address {
        self.head.header.source.into()
    }

    /// The destination of the event.
    #[inline]
    pub fn dest(self) -> Address {
        self.head.header.dest.into()
    }

    #[inline]
    fn has(self, flag: EventFlags) -> bool {
        self.head.header.flags.contains(flag)
    }
}

/// Views are equal if all their bytes are.
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
