//! Removing scheduled events from the kernel.

use std::fmt;
use std::ops::Range;

use alsa_seq_kernel_abi::event::{RealTime as AbiRealTime, Timestamp};
use alsa_seq_kernel_abi::flags::RemoveMode;
use alsa_seq_kernel_abi::info as abi;

use crate::address::{Address, QueueId};
use crate::control::ClientControl;
use crate::error::{Operation, Result};
use crate::event::{EventType, EventView};
use crate::time::{RealTime, Time};

/// Conditions for removing scheduled events of this client. An event is removed if it
/// meets every condition. Without a condition, all events are removed.
#[derive(Clone, Copy)]
#[doc(alias = "snd_seq_remove_events_t")]
#[must_use = "it only describes events"]
pub struct RemoveEvents(abi::RemoveEvents);

/// Shows only the conditions that are set.
impl fmt::Debug for RemoveEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let raw = &self.0;
        let mode = raw.remove_mode;
        let mut f = f.debug_struct("RemoveEvents");
        if mode.contains(RemoveMode::DEST) {
            f.field("queue", &QueueId::new(raw.queue));
            f.field("dest", &Address::from(raw.dest));
        }
        if mode.contains(RemoveMode::DEST_CHANNEL) {
            f.field("channel", &raw.channel);
        }
        for (condition, name) in [
            (RemoveMode::TIME_BEFORE, "before"),
            (RemoveMode::TIME_AFTER, "from_time"),
        ] {
            if mode.contains(condition) {
                f.field(name, &self.due());
            }
        }
        if mode.contains(RemoveMode::EVENT_TYPE) {
            f.field("event_type", &raw.event_type);
        }
        if mode.contains(RemoveMode::TAG_MATCH) {
            f.field("tag", &raw.tag);
        }
        f.field("keep_note_offs", &mode.contains(RemoveMode::IGNORE_OFF))
            .finish()
    }
}

impl Default for RemoveEvents {
    fn default() -> Self {
        Self::new()
    }
}

impl RemoveEvents {
    /// No condition: all scheduled events of this client, on every queue that it uses.
    pub fn new() -> Self {
        let mut raw = abi::RemoveEvents::zeroed();
        raw.remove_mode = RemoveMode::OUTPUT;
        Self(raw)
    }

    /// Takes the conditions of the kernel's struct, for callers that use its flags. It
    /// always selects events that this client sends, whether the struct has
    /// [`INPUT`](RemoveMode::INPUT), [`OUTPUT`](RemoveMode::OUTPUT) or neither.
    ///
    /// ```
    /// use alsa_seq::RemoveEvents;
    /// use alsa_seq::abi::{flags::RemoveMode, info};
    ///
    /// let mut raw = info::RemoveEvents::zeroed();
    /// raw.remove_mode = RemoveMode::TAG_MATCH;
    /// raw.tag = 7;
    /// let which = RemoveEvents::from_raw(raw);
    /// ```
    pub fn from_raw(mut raw: abi::RemoveEvents) -> Self {
        raw.remove_mode.remove(RemoveMode::INPUT);
        raw.remove_mode |= RemoveMode::OUTPUT;
        Self(raw)
    }

    /// Selects events on this queue with exactly this destination; for events to
    /// subscribers that is [`Address::SUBSCRIBERS`]. (The kernel cannot select by the
    /// queue or the destination alone.)
    #[doc(alias = "snd_seq_remove_events_set_dest")]
    #[doc(alias = "snd_seq_remove_events_set_queue")]
    pub fn to(mut self, queue: impl Into<QueueId>, dest: impl Into<Address>) -> Self {
        self.0.queue = queue.into().number();
        self.0.dest = dest.into().to_abi();
        self.0.remove_mode |= RemoveMode::DEST;
        self
    }

    /// Selects events on this MIDI channel.
    #[doc(alias = "snd_seq_remove_events_set_channel")]
    pub fn channel(mut self, channel: u8) -> Self {
        self.0.channel = channel;
        self.0.remove_mode |= RemoveMode::DEST_CHANNEL;
        self
    }

    /// Selects events that are due before `time`. Replaces the condition of
    /// [`from_time`](Self::from_time).
    ///
    /// Use ticks for events scheduled in ticks, and real time for events scheduled in
    /// real time. If the kinds differ, the kernel compares them anyway.
    #[doc(alias = "snd_seq_remove_events_set_time")]
    pub fn before(self, time: impl Into<Time>) -> Self {
        self.time(time.into(), RemoveMode::TIME_BEFORE)
    }

    /// Selects events that are due at `time` or later. Replaces the condition of
    /// [`before`](Self::before).
    #[doc(alias = "snd_seq_remove_events_set_time")]
    pub fn from_time(self, time: impl Into<Time>) -> Self {
        self.time(time.into(), RemoveMode::TIME_AFTER)
    }

    fn due(&self) -> Time {
        if self.0.remove_mode.contains(RemoveMode::TIME_TICK) {
            return Time::Tick(self.0.time.tick());
        }
        let time = self.0.time.real();
        Time::Real(RealTime::from_wire(time.tv_sec.get(), time.tv_nsec.get()))
    }

    fn time(mut self, time: Time, condition: RemoveMode) -> Self {
        let all = RemoveMode::TIME_BEFORE | RemoveMode::TIME_AFTER | RemoveMode::TIME_TICK;
        self.0.remove_mode.remove(all);
        self.0.remove_mode |= condition;
        self.0.time = match time {
            Time::Tick(tick) => {
                self.0.remove_mode |= RemoveMode::TIME_TICK;
                Timestamp::from_tick(tick)
            }
            Time::Real(time) => {
                Timestamp::from_real(AbiRealTime::new(time.secs(), time.subsec_nanos()))
            }
        };
        self
    }

    /// Selects events of this type.
    #[doc(alias = "snd_seq_remove_events_set_event_type")]
    pub fn event_type(mut self, event_type: EventType) -> Self {
        self.0.event_type = i32::from(event_type.number());
        self.0.remove_mode |= RemoveMode::EVENT_TYPE;
        self
    }

    /// Selects events with this tag.
    #[doc(alias = "snd_seq_remove_events_set_tag")]
    pub fn tag(mut self, tag: u8) -> Self {
        self.0.tag = tag;
        self.0.remove_mode |= RemoveMode::TAG_MATCH;
        self
    }

    /// Sets whether to keep note-offs, which end the notes that sound. By default they
    /// are removed.
    ///
    /// For an [`Event::note`](crate::Event::note) that has begun, its note-off is kept.
    /// If it has not begun, the whole note is removed.
    #[doc(alias = "SND_SEQ_REMOVE_IGNORE_OFF")]
    pub fn keep_note_offs(mut self, yes: bool) -> Self {
        self.0.remove_mode.set(RemoveMode::IGNORE_OFF, yes);
        self
    }
}

/// The types that the kernel treats as channel messages.
const CHANNEL_TYPES: Range<u8> = 5..20;

impl RemoveEvents {
    /// Returns whether the kernel would remove this event.
    pub(super) fn matches(&self, event: EventView<'_>) -> bool {
        let (wanted, abi::RemoveEvents { remove_mode, .. }) = (&self.0, self.0);
        let has = |condition| remove_mode.contains(condition);
        let number = event.event_type().number();
        let dest = event.dest() == Address::from(wanted.dest)
            && event.queue() == QueueId::new(wanted.queue);
        let channel =
            CHANNEL_TYPES.contains(&number) && event.raw().data.first() == Some(&wanted.channel);
        (!has(RemoveMode::DEST) || dest)
            && (!has(RemoveMode::DEST_CHANNEL) || channel)
            && (!has(RemoveMode::TIME_BEFORE) || self.is_due_from(event) == Some(false))
            && (!has(RemoveMode::TIME_AFTER) || self.is_due_from(event) == Some(true))
            && (!has(RemoveMode::EVENT_TYPE) || i32::from(number) == wanted.event_type)
            && (!has(RemoveMode::IGNORE_OFF) || event.event_type() != EventType::NOTE_OFF)
            && (!has(RemoveMode::TAG_MATCH) || event.tag() == wanted.tag)
    }

    /// Returns whether the event is due at the time of the condition or later; `None` if its time
    /// is not known. As in the kernel, both times are ticks if the condition's is.
    fn is_due_from(&self, event: EventView<'_>) -> Option<bool> {
        if event.is_direct() || event.is_relative() {
            return None;
        }
        let (wanted, time) = (self.0.time, event.raw().header.time);
        let real = |time: Timestamp| {
            let real = time.real();
            (real.tv_sec.get(), real.tv_nsec.get())
        };
        Some(if self.0.remove_mode.contains(RemoveMode::TIME_TICK) {
            time.tick() >= wanted.tick()
        } else {
            real(time) >= real(wanted)
        })
    }
}

impl ClientControl {
    /// Removes events that this client has scheduled and the kernel has not delivered
    /// yet.
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_remove_events")]
    #[doc(alias = "snd_seq_reset_pool_output")]
    pub fn remove_events(&self, which: RemoveEvents) -> Result<()> {
        self.remove(&which.0)
    }

    /// Removes the events that this client has not read yet, and clears an overrun that
    /// was not reported yet.
    pub(super) fn remove_unread(&self) -> Result<()> {
        let mut all = abi::RemoveEvents::zeroed();
        all.remove_mode = RemoveMode::INPUT;
        self.remove(&all)
    }

    fn remove(&self, which: &abi::RemoveEvents) -> Result<()> {
        self.client(Operation::RemoveEvents)?
            .fd()
            .remove_events(which)
            .map_err(self.failed(Operation::RemoveEvents))
    }
}
