//! Parameters from single controllers: [`Assembler`] joins MIDI 1.0's control changes to
//! RPN, NRPN and 14-bit controller events, and [`split`] converts these events back.
//!
//! A keyboard sends a non-registered parameter as four control changes: 99 and 98 contain
//! the parameter's number, 6 and 38 its value. The kernel delivers them as four events.
//! The assembler joins them. It is the inverse of
//! [`midi::Encoder`](crate::midi::Encoder), which converts [`EventData::Nrpn`] to control
//! changes.
//!
//! | control changes of a channel | event |
//! |---|---|
//! | 99 and 98, then 6, then 38 | [`EventData::Nrpn`] |
//! | 101 and 100, then 6, then 38 | [`EventData::Rpn`] |
//! | 6 and 38 again | another event of the same parameter |
//! | 6 without 38 | the parameter; the lower seven bits of its value are 0 |
//! | 38 without 6 | the parameter, with the upper seven bits of its last value; unchanged if they are not known |
//! | 0 to 31, then 32 higher | [`EventData::Control14Bit`] |
//! | 0 to 31 alone | unchanged: a controller of seven bits |
//! | 32 to 63 alone | [`EventData::Control14Bit`], with the controller's last value for the upper seven bits; unchanged if it is not known |
//! | 101 and 100 with the value 127 (no parameter) | unchanged, at once |
//! | 6 or 38 when no parameter is selected | like any other controller |
//! | 96, 97 (increment, decrement) | unchanged, after 99 and 98, or 101 and 100, if those waited |
//! | 121 (reset all controllers), and [`EventData::Reset`] | unchanged; the selected parameter and all values are forgotten |
//!
//! All other events are returned unchanged, also unknown events and packets of
//! [UMP](crate::ump).
//!
//! # Waiting events
//!
//! A control change that may be the first part of an event waits for the next event of
//! the same channel from the same source to the same destination, or for
//! [`Assembler::flush`]. Only events of other channels, and clock and other real-time
//! messages, overtake it. If the next event is not the next part, the waiting events are
//! returned first. So nothing is lost and nothing invented: a receiver of all returned
//! events has the same state as a receiver of all pushed events.
//!
//! This also applies to the numbers of parameters: if no value follows in time, or 96 or
//! 97 follows, they are returned as control changes. So if a program changes the numbers
//! of parameters, it must also change 98 to 101.
//!
//! A program that cannot flush, because it has no timer, turns waiting off:
//! [`Assembler::with_waiting`]. Then each control change with a value has its effect at
//! once, and a 14-bit value arrives in two steps.
//!
//! # Which form to send
//!
//! Hardware and UMP clients accept both forms: the kernel converts an
//! [`EventData::Nrpn`], [`EventData::Rpn`] or [`EventData::Control14Bit`] for them.
//! Another program receives the event unchanged, and many programs only handle control
//! changes. A virtual MIDI device (`snd-virmidi`) drops the three types. Control changes,
//! as [`split`] makes them, reach every receiver.

use core::iter::FusedIterator;

use alsa_seq_kernel_abi::event as abi;

use crate::{Address, Event, EventData, EventView};

mod slot;

use slot::{Slot, Switches, Waiting};

/// Joins control changes to RPN, NRPN and 14-bit controllers.
///
/// [The module](self) lists all cases. The assembler has room for `N` channels, each of
/// one source and one destination. If more are in use, it forgets the least recently used
/// channel, and returns its waiting events. It needs no allocator and no operating
/// system, and cannot panic.
///
/// ```
/// use alsa_seq::controllers::Assembler;
/// use alsa_seq::{Event, EventData};
///
/// let mut assembler = Assembler::new();
/// let mut whole = Vec::new();
/// for (controller, value) in [(99, 1), (98, 8), (6, 64), (38, 3)] {
///     let event = Event::control_change(0, controller, value)?;
///     whole.extend(assembler.push(&event).map(Event::into_owned));
/// }
/// let [event] = &whole[..] else { panic!("{whole:?}") };
/// assert_eq!(event.data(), EventData::nrpn(0, 1 << 7 | 8, 64 << 7 | 3)?);
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
///
/// A loop that receives flushes the waiting events after a few milliseconds:
///
#[cfg_attr(feature = "std", doc = "```no_run")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use std::time::Duration;
///
/// use alsa_seq::controllers::Assembler;
/// use alsa_seq::{ErrorKind, Event, SequencerClient};
///
/// # fn handle(event: Event<'_>) {}
/// let mut client = SequencerClient::open("parameters")?;
/// let port = client.create_port("in")?;
/// let mut assembler = Assembler::new();
/// loop {
///     let received = if assembler.is_waiting() {
///         client.event_input_timeout(Duration::from_millis(5))
///     } else {
///         client.event_input()
///     };
///     match received {
///         Ok(event) => assembler.push(&event).for_each(handle),
///         Err(error) if error.kind() == ErrorKind::TimedOut => assembler.flush().for_each(handle),
///         Err(error) if error.kind() == ErrorKind::Overrun => assembler.forget(|_| true),
///         Err(error) => return Err(error),
///     }
/// }
/// # Ok::<(), alsa_seq::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Assembler<const N: usize = 16> {
    slots: [Slot; N],
    switches: Switches,
    /// Counts events, to find the oldest slot.
    now: u64,
}

impl Assembler {
    /// An assembler for 16 channels, with waiting.
    pub const fn new() -> Self {
        Self::with_slots()
    }
}

impl<const N: usize> Default for Assembler<N> {
    fn default() -> Self {
        Self::with_slots()
    }
}

impl<const N: usize> Assembler<N> {
    /// Like [`Assembler::new`], for `N` channels: `Assembler::<64>::with_slots()`. A
    /// channel needs some hundred bytes. With 0 channels, every event is returned
    /// unchanged.
    pub const fn with_slots() -> Self {
        Self {
            slots: [const { Slot::FREE }; N],
            switches: Switches {
                waiting: true,
                wide: true,
            },
            now: 0,
        }
    }

    /// Sets whether a control change with a value waits for its second part. The default
    /// is true.
    ///
    /// If it does not wait, a parameter's 6 gives an event with the lower seven bits 0,
    /// and its 38 another event. A controller 0 to 31 is returned unchanged, and its
    /// lower half (32 higher) gives [`EventData::Control14Bit`]. The numbers of
    /// parameters (98 to 101) always wait, because they have no effect without a value.
    ///
    /// ```
    /// use alsa_seq::controllers::Assembler;
    /// use alsa_seq::{Event, EventData};
    ///
    /// let mut assembler = Assembler::new().with_waiting(false);
    /// let mut values = Vec::new();
    /// for (controller, value) in [(101, 0), (100, 0), (6, 2), (38, 50)] {
    ///     for event in assembler.push(&Event::control_change(0, controller, value)?) {
    ///         if let EventData::Rpn { parameter: 0, value, .. } = event.data() {
    ///             values.push(value);
    ///         }
    ///     }
    /// }
    /// assert_eq!(values, [2 << 7, 2 << 7 | 50]);
    /// # Ok::<(), alsa_seq::ValueError>(())
    /// ```
    #[must_use]
    pub const fn with_waiting(mut self, on: bool) -> Self {
        self.switches.waiting = on;
        self
    }

    /// Sets whether controllers 0 to 31 are joined with their lower halves, 32 to 63. The
    /// default is true.
    ///
    /// If not, only parameters are joined, and all other controllers are returned at
    /// once, unchanged.
    ///
    /// ```
    /// use alsa_seq::Event;
    /// use alsa_seq::controllers::Assembler;
    ///
    /// let mut assembler = Assembler::new().with_14_bit(false);
    /// for (controller, value) in [(7, 100), (39, 5)] {
    ///     let event = Event::control_change(0, controller, value)?;
    ///     assert!(assembler.push(&event).eq([event.clone()]));
    /// }
    /// # Ok::<(), alsa_seq::ValueError>(())
    /// ```
    #[must_use]
    pub const fn with_14_bit(mut self, on: bool) -> Self {
        self.switches.wide = on;
        self
    }

    /// Adds an event, and returns the complete events: those that have waited, and the
    /// event itself, unless it now waits. Use all of them.
    ///
    /// A joined event has the time, the tag and the other properties of its last control
    /// change.
    pub fn push<'a, 'e>(&'a mut self, event: impl Into<EventView<'e>>) -> Complete<'a, 'e> {
        let event = event.into();
        self.now = self.now.wrapping_add(1);
        let data = event.data();
        let single = !event.is_ump() && !event.is_variable();
        let Some(channel) = data.channel().filter(|_| single) else {
            return self.push_other(event, &data);
        };
        let place = (event.source(), event.dest(), channel);
        let mut first = Waiting::EMPTY;
        let slot = match self.slots.iter().position(|slot| slot.is_for(place)) {
            Some(index) => Some(index),
            // Only controllers change the state of a channel.
            None if slot::concerns(&data) => self.claim(place, &mut first),
            None => None,
        };
        let now = self.now;
        let last = match slot.and_then(|index| self.slots.get_mut(index)) {
            Some(slot) => {
                slot.last_used = now;
                slot.push(event, &data, self.switches, &mut first)
            }
            None => Some(event.to_event()),
        };
        Complete {
            slots: &mut [],
            of: None,
            first,
            last,
        }
    }

    /// Adds an event without a channel.
    fn push_other<'e>(&mut self, event: EventView<'e>, data: &EventData<'_>) -> Complete<'_, 'e> {
        let of = match data {
            // These may come between any two messages.
            EventData::Clock(_)
            | EventData::Start(_)
            | EventData::Continue(_)
            | EventData::Stop(_)
            | EventData::Tick(_)
            | EventData::ActiveSensing
            | EventData::Ump(_) => return Complete::single(event),
            _ => (event.source(), event.dest()),
        };
        if let EventData::Reset = data {
            let reset = self.slots.iter_mut().filter(|slot| slot.is_of(of));
            reset.for_each(Slot::forget_values);
        }
        Complete {
            slots: &mut self.slots,
            of: Some(of),
            first: Waiting::EMPTY,
            last: Some(event.to_event()),
        }
    }

    /// Returns the waiting events.
    pub fn flush(&mut self) -> Complete<'_, 'static> {
        Complete {
            slots: &mut self.slots,
            of: None,
            first: Waiting::EMPTY,
            last: None,
        }
    }

    /// Returns whether an event waits.
    pub fn is_waiting(&self) -> bool {
        self.slots.iter().any(|slot| !slot.waiting.is_empty())
    }

    /// Forgets the parameters and values of the sources for which `is_removed` returns true,
    /// and drops their waiting events.
    ///
    /// Call this if a client or a port was removed, or events were lost, because the
    /// assembler cannot notice that itself. After an overrun, the selected parameter is
    /// not known, so forget everything: `forget(|_| true)`.
    pub fn forget(&mut self, mut is_removed: impl FnMut(Address) -> bool) {
        for slot in &mut self.slots {
            if slot.is_used_by(&mut is_removed) {
                *slot = Slot::FREE;
            }
        }
    }

    /// Returns a slot for this channel. If it belonged to another channel, that channel's
    /// waiting events become `first`.
    fn claim(&mut self, place: slot::Place, first: &mut Waiting) -> Option<usize> {
        let slots = self.slots.iter_mut().enumerate();
        let (index, oldest) = slots.min_by_key(|(_, slot)| slot.age())?;
        *first = core::mem::replace(oldest, Slot::new(place)).waiting;
        Some(index)
    }
}

/// The iterator of [`Assembler::push`] and [`Assembler::flush`].
#[must_use = "these events are nowhere else"]
#[derive(Debug)]
pub struct Complete<'a, 'e> {
    /// The slots whose waiting events are returned between `first` and `last`.
    slots: &'a mut [Slot],
    /// Limits them to the slots of this source and destination.
    of: Option<(Address, Address)>,
    first: Waiting,
    last: Option<Event<'e>>,
}

impl<'e> Complete<'_, 'e> {
    fn single(event: EventView<'e>) -> Self {
        Complete {
            slots: &mut [],
            of: None,
            first: Waiting::EMPTY,
            last: Some(event.to_event()),
        }
    }
}

impl<'e> Iterator for Complete<'_, 'e> {
    type Item = Event<'e>;

    fn next(&mut self) -> Option<Event<'e>> {
        if let Some(record) = self.first.take() {
            return Some(event(&record));
        }
        let mut concerned = self
            .slots
            .iter_mut()
            .filter(|slot| self.of.is_none_or(|of| slot.is_of(of)));
        if let Some(record) = concerned.find_map(|slot| slot.waiting.take()) {
            return Some(event(&record));
        }
        self.last.take()
    }
}

impl FusedIterator for Complete<'_, '_> {}

/// Splits an RPN, an NRPN or a 14-bit controller into single control changes. Returns any
/// other event unchanged. It is the inverse of [`Assembler`].
///
/// A parameter becomes 99 and 98, or 101 and 100, then 6 and 38. A controller 0 to 31
/// becomes itself and the controller 32 higher. [`EventData::Control14Bit`] of a higher
/// controller becomes one control change. All other properties of the event are copied to
/// each. An event with a value outside MIDI's range stays as it is.
///
/// ```
/// use alsa_seq::controllers::split;
/// use alsa_seq::Event;
///
/// let bend_range = Event::rpn(0, 0, 2 << 7)?.with_tag(3);
/// let singles = [(101, 0), (100, 0), (6, 2), (38, 0)];
/// for (event, (controller, value)) in split(&bend_range).zip(singles) {
///     assert_eq!(event, Event::control_change(0, controller, value)?.with_tag(3));
/// }
/// let note = Event::note_on(0, 60, 100)?;
/// assert!(split(&note).eq([note.clone()]));
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
pub fn split<'e>(event: impl Into<EventView<'e>>) -> Split<'e> {
    let event = event.into();
    let data = event.data();
    let single = !event.is_ump() && !event.is_variable();
    let channel = data.channel().filter(|channel| single && *channel < 16);
    let singles = channel.and_then(|_| slot::singles(&data));
    Split {
        event,
        channel: channel.unwrap_or(0),
        is_whole: singles.is_none(),
        singles: singles.unwrap_or_default(),
    }
}

/// The iterator of [`split`].
#[must_use = "an iterator does nothing unless it is used"]
#[derive(Clone, Debug)]
pub struct Split<'e> {
    event: EventView<'e>,
    channel: u8,
    /// Whether the event itself will be returned.
    is_whole: bool,
    singles: slot::Singles,
}

impl<'e> Iterator for Split<'e> {
    type Item = Event<'e>;

    fn next(&mut self) -> Option<Event<'e>> {
        let event = self.event.to_event();
        if core::mem::take(&mut self.is_whole) {
            return Some(event);
        }
        let (controller, value) = self.singles.iter_mut().find_map(Option::take)?;
        Some(event.with_data(EventData::ControlChange {
            channel: self.channel,
            controller: controller.into(),
            value: value.into(),
        }))
    }
}

impl FusedIterator for Split<'_> {}

/// Makes an event of a waiting record, which has neither data of variable length nor a
/// packet.
fn event(record: &abi::Event) -> Event<'static> {
    Event::from_parts(*record, None, &[])
}
