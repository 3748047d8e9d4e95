//! Single controllers to parameters: [`Assembler`] makes RPN, NRPN and 14-bit
//! controller events of the control changes that MIDI 1.0 has for them, and [`split`]
//! takes them apart again.
//!
//! A keyboard sends a non-registered parameter as four control changes, one after the
//! other: 99 and 98 have the parameter's number, 6 and 38 its value. The kernel delivers
//! them as four events. The assembler joins them, and is the inverse of
//! [`midi::Encoder`](crate::midi::Encoder), which takes [`EventData::Nrpn`] apart.
//!
//! | control changes of a channel | event |
//! |---|---|
//! | 99 and 98, then 6, then 38 | [`EventData::Nrpn`] |
//! | 101 and 100, then 6, then 38 | [`EventData::Rpn`] |
//! | 6 and 38 again | another of the same parameter |
//! | 6 without 38 | the parameter; the lower seven bits of its value are 0 |
//! | 38 without 6 | the parameter, with the upper seven bits of its last value; if they are not known, as it is |
//! | 0 to 31, then 32 higher | [`EventData::Control14Bit`] |
//! | 0 to 31 alone | as it is: a controller of seven bits |
//! | 32 to 63 alone | [`EventData::Control14Bit`], with the controller's last value for the upper seven bits; if it is not known, as it is |
//! | 101 and 100 with the value 127 (no parameter) | as they are, at once |
//! | 6 or 38 when no parameter is selected | as any other controller |
//! | 96, 97 (increment, decrement) | as they are, behind 99 and 98, or 101 and 100, if those waited |
//! | 121 (reset all controllers), and [`EventData::Reset`] | as it is; the selected parameter and all values are forgotten |
//!
//! All other events are handed out as they are, unknown ones and packets of
//! [UMP](crate::ump) too.
//!
//! # What waits
//!
//! A control change that may be the first part of something waits for the next event of
//! the same channel from the same source to the same destination, or for
//! [`Assembler::flush`]. Only events of other channels, and clock and other real-time
//! messages, overtake it. If something else comes than the next part, what waited is
//! handed out first. So nothing is lost and nothing invented: a receiver of all events
//! that are handed out holds what a receiver of all events that were pushed holds.
//!
//! That holds for numbers of parameters too: if no value follows in time, or 96 or 97
//! does, they are handed out as the control changes that they are. So a program that
//! gives parameters other numbers must do that with 98 to 101 as well.
//!
//! A program that cannot flush, because it does not know when enough time has passed,
//! switches that off: [`Assembler::with_waiting`]. Then each control change with a value
//! has its effect at once, and a value of 14 bits comes in two steps.
//!
//! # Which form to send
//!
//! Hardware and UMP clients take both forms: the kernel takes an [`EventData::Nrpn`],
//! [`EventData::Rpn`] or [`EventData::Control14Bit`] apart for them. Another program
//! receives the event as it was sent, and many programs look for control changes alone.
//! A virtual MIDI device (`snd-virmidi`) drops the three types. Control changes, as
//! [`split`] makes them, reach every receiver.

use core::iter::FusedIterator;

use alsa_seq_kernel_abi::event as abi;

use crate::{Address, Event, EventData, EventView};

mod slot;

use slot::{Slot, Switches, Waiting};

/// Joins control changes to RPN, NRPN and 14-bit controllers.
///
/// [The module](self) lists what becomes of which. There is room for `N` channels, each
/// of one source and one destination; if more are in use, the one that was not used for
/// the longest time is forgotten, and what waited there handed out. It needs no
/// allocator and no operating system, and cannot panic.
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
/// In a loop that receives, what waits is given a few milliseconds:
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
    /// Counts events, so that the oldest slot can be told.
    now: u64,
}

impl Assembler {
    /// An assembler for 16 channels, in which parts wait.
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
    /// As [`Assembler::new`], for `N` channels: `Assembler::<64>::with_slots()`. Each takes
    /// some hundred bytes. Without any, every event is handed out as it is.
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

    /// Whether a control change with a value waits for its second part; unless told
    /// otherwise it does.
    ///
    /// If it does not, a parameter's 6 gives an event with the lower seven bits 0, and
    /// its 38 another one; a controller 0 to 31 is handed out as it is, and 32 higher
    /// gives [`EventData::Control14Bit`]. Only the numbers of parameters (98 to 101) wait
    /// in any case: they have no effect without a value.
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

    /// Whether controllers 0 to 31 and their lower halves, 32 to 63, are joined; unless
    /// told otherwise they are.
    ///
    /// If not, parameters alone are joined, and all other controllers are handed out at
    /// once as they are.
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

    /// Takes an event, and gives those that are complete: what waited, and the event
    /// itself, unless it is now the one that waits. Take them all.
    ///
    /// An event that is made of several has the time, tag and all else of the last of
    /// them.
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
            // Only controllers have something to remember.
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

    /// An event that has no channel.
    fn push_other<'e>(&mut self, event: EventView<'e>, data: &EventData<'_>) -> Complete<'_, 'e> {
        let of = match data {
            // They may come between any two messages.
            EventData::Clock(_)
            | EventData::Start(_)
            | EventData::Continue(_)
            | EventData::Stop(_)
            | EventData::Tick(_)
            | EventData::ActiveSensing
            | EventData::Ump(_) => return Complete::only(event),
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

    /// Gives what waits.
    pub fn flush(&mut self) -> Complete<'_, 'static> {
        Complete {
            slots: &mut self.slots,
            of: None,
            first: Waiting::EMPTY,
            last: None,
        }
    }

    /// Whether something waits.
    pub fn is_waiting(&self) -> bool {
        self.slots.iter().any(|slot| !slot.waiting.is_empty())
    }

    /// Forgets parameters and values of the sources for which `gone` is true, and what
    /// waits there.
    ///
    /// Tell it what the assembler cannot see: that a client or a port is gone, or that
    /// events were lost. After an overrun, which parameter is selected is not known, so
    /// forget all: `forget(|_| true)`.
    pub fn forget(&mut self, mut gone: impl FnMut(Address) -> bool) {
        for slot in &mut self.slots {
            if slot.is_used_by(&mut gone) {
                *slot = Slot::FREE;
            }
        }
    }

    /// A slot for this channel. What waited there, if it was another's, becomes `first`.
    fn claim(&mut self, place: slot::Place, first: &mut Waiting) -> Option<usize> {
        let slots = self.slots.iter_mut().enumerate();
        let (index, oldest) = slots.min_by_key(|(_, slot)| slot.age())?;
        *first = core::mem::replace(oldest, Slot::new(place)).waiting;
        Some(index)
    }
}

/// The events that [`Assembler::push`] and [`Assembler::flush`] give.
#[must_use = "these events are nowhere else"]
#[derive(Debug)]
pub struct Complete<'a, 'e> {
    /// What waits here comes out, between `first` and `last`.
    slots: &'a mut [Slot],
    /// If not all of it: only that of this source and destination.
    of: Option<(Address, Address)>,
    first: Waiting,
    last: Option<Event<'e>>,
}

impl<'e> Complete<'_, 'e> {
    fn only(event: EventView<'e>) -> Self {
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

/// The single control changes of an RPN, an NRPN or a 14-bit controller; any other event
/// as it is. It is the inverse of [`Assembler`].
///
/// A parameter becomes 99 and 98, or 101 and 100, then 6 and 38; a controller 0 to 31
/// becomes itself and the one 32 higher; [`EventData::Control14Bit`] of a higher
/// controller becomes one control change. All else of the event is the same in each. What
/// has a value that MIDI does not have stays as it is.
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

/// The events that [`split`] gives.
#[must_use = "an iterator does nothing unless it is used"]
#[derive(Clone, Debug)]
pub struct Split<'e> {
    event: EventView<'e>,
    channel: u8,
    /// Whether the event itself is still to come.
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

/// The records that wait have neither data of variable length nor a packet.
fn event(record: &abi::Event) -> Event<'static> {
    Event::from_parts(*record, None, &[])
}
