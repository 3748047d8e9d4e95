//! The state of one channel of one source and destination.

use alsa_seq_kernel_abi::event as abi;

use crate::{Address, Event, EventData, EventView};

/// Source, destination and channel.
pub(super) type Place = (Address, Address, u8);

/// The assembler's options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Switches {
    /// Whether the upper half of a value waits for the lower one.
    pub(super) waiting: bool,
    /// Whether controllers that are not part of a parameter are joined.
    pub(super) wide: bool,
}

/// Controllers and values, in order; `None` comes last.
pub(super) type Singles = [Option<(u8, u8)>; 4];

const DATA_MSB: u8 = 6;
const DATA_LSB: u8 = 38;
const INCREMENT: u8 = 96;
const DECREMENT: u8 = 97;
const RESET_CONTROLLERS: u8 = 121;
/// The number that selects no parameter.
const NULL: (u8, u8) = (127, 127);

/// Returns whether an event changes the state of its channel.
pub(super) fn concerns(data: &EventData<'_>) -> bool {
    matches!(
        data,
        EventData::ControlChange { .. }
            | EventData::Control14Bit { .. }
            | EventData::Nrpn { .. }
            | EventData::Rpn { .. }
    )
}

/// At most two waiting events, in their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting([Option<abi::Event>; 2]);

impl Waiting {
    pub(super) const EMPTY: Self = Self([None, None]);

    pub(super) fn is_empty(&self) -> bool {
        let [first, _] = &self.0;
        first.is_none()
    }

    fn is_full(&self) -> bool {
        let [_, second] = &self.0;
        second.is_some()
    }

    pub(super) fn take(&mut self) -> Option<abi::Event> {
        let [first, second] = &mut self.0;
        core::mem::replace(first, second.take())
    }

    fn push(&mut self, record: abi::Event) {
        let [first, second] = &mut self.0;
        if first.is_none() {
            *first = Some(record);
        } else {
            *second = Some(record);
        }
    }
}

/// The target of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Controller(u8),
    Parameter(Number),
}

/// A parameter's number: its upper and its lower seven bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number {
    registered: bool,
    halves: (u8, u8),
}

/// The number of the selected parameter, as far as it is known.
#[derive(Clone, Copy, Debug)]
struct Selection {
    registered: bool,
    msb: Option<u8>,
    lsb: Option<u8>,
}

impl Selection {
    const fn unknown(registered: bool) -> Self {
        let (msb, lsb) = (None, None);
        Self {
            registered,
            msb,
            lsb,
        }
    }

    fn halves(&self) -> Option<(u8, u8)> {
        self.msb.zip(self.lsb)
    }
}

/// The reason why an event waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// It is the number of the selected parameter, or half of the number.
    Value { registered: bool, is_msb: bool },
    /// It is the upper half of a value.
    Lsb(Target),
}

#[derive(Clone, Debug)]
pub(super) struct Slot {
    place: Option<Place>,
    pub(super) last_used: u64,
    pub(super) waiting: Waiting,
    /// The reason for the waiting events.
    waits_for: For,
    selection: Selection,
    /// The upper halves of the last values of controllers 0 to 31. If a parameter is
    /// selected, that of controller 6 is the parameter's.
    msbs: [Option<u8>; 32],
}

impl Slot {
    pub(super) const FREE: Self = Self {
        place: None,
        last_used: 0,
        waiting: Waiting::EMPTY,
        waits_for: For::Lsb(Target::Controller(0)),
        selection: Selection::unknown(false),
        msbs: [None; 32],
    };

    pub(super) fn new(place: Place) -> Self {
        Self {
            place: Some(place),
            ..Self::FREE
        }
    }

    pub(super) fn is_for(&self, place: Place) -> bool {
        self.place == Some(place)
    }

    pub(super) fn is_of(&self, of: (Address, Address)) -> bool {
        self.place
            .is_some_and(|(source, dest, _)| (source, dest) == of)
    }

    pub(super) fn is_used_by(&self, who: &mut impl FnMut(Address) -> bool) -> bool {
        self.place.is_some_and(|(source, ..)| who(source))
    }

    /// A sort key: the slot with the smallest one is used next. Free slots come first.
    pub(super) fn age(&self) -> (bool, u64) {
        (self.place.is_some(), self.last_used)
    }

    /// Forgets the values, but not the waiting events.
    pub(super) fn forget_values(&mut self) {
        self.selection = Self::FREE.selection;
        self.msbs = Self::FREE.msbs;
    }

    /// Adds an event of this channel. Waiting events that are complete are appended to
    /// `first`. Returns the event itself, unless it waits now.
    pub(super) fn push<'e>(
        &mut self,
        event: EventView<'e>,
        data: &EventData<'_>,
        switches: Switches,
        first: &mut Waiting,
    ) -> Option<Event<'e>> {
        match single(data) {
            Some((controller @ 98..=101, value)) => {
                return self.number(event, controller, value, first);
            }
            Some((controller @ 0..=31, value)) => {
                return self.msb(event, controller, value, switches, first);
            }
            Some((controller @ 32..=63, value)) => {
                return Some(self.lsb(event, controller - 32, value, switches, first));
            }
            Some((INCREMENT | DECREMENT, _)) => self.set_msb(DATA_MSB, None),
            Some((RESET_CONTROLLERS, _)) => self.forget_values(),
            Some(_) => {}
            None => self.learn(data),
        }
        self.release(first);
        Some(event.to_event())
    }

    /// Handles half of a parameter's number. It has no effect yet, so it waits. If it
    /// selects no parameter, it does not wait, because no value follows.
    fn number<'e>(
        &mut self,
        event: EventView<'e>,
        controller: u8,
        value: u8,
        first: &mut Waiting,
    ) -> Option<Event<'e>> {
        let registered = controller >= 100;
        let is_msb = controller % 2 == 1;
        if self.selection.registered != registered {
            self.selection = Selection::unknown(registered);
        }
        let half = if is_msb {
            &mut self.selection.msb
        } else {
            &mut self.selection.lsb
        };
        *half = Some(value);
        self.set_msb(DATA_MSB, None);
        let other_half = For::Value {
            registered,
            is_msb: !is_msb,
        };
        if self.waits_for != other_half || self.waiting.is_full() {
            self.release(first);
        }
        if self.selection.halves() == Some(NULL) {
            self.release(first);
            return Some(event.to_event());
        }
        self.waiting.push(*event.raw());
        self.waits_for = For::Value { registered, is_msb };
        None
    }

    /// Handles the upper half of a value, or a whole value.
    fn msb<'e>(
        &mut self,
        event: EventView<'e>,
        controller: u8,
        value: u8,
        switches: Switches,
        first: &mut Waiting,
    ) -> Option<Event<'e>> {
        let target = self.target(controller);
        let record = match target {
            Target::Controller(_) => *event.raw(),
            Target::Parameter(_) => {
                if let For::Value { .. } = self.waits_for {
                    // The parameter's event contains its number.
                    self.waiting = Waiting::EMPTY;
                }
                target.whole(event, value, 0)
            }
        };
        self.release(first);
        self.set_msb(controller, Some(value));
        if !switches.waiting || !switches.joins(target) {
            return Some(super::event(&record));
        }
        self.waiting.push(record);
        self.waits_for = For::Lsb(target);
        None
    }

    /// Handles the lower half of a value.
    fn lsb<'e>(
        &mut self,
        event: EventView<'e>,
        controller: u8,
        value: u8,
        switches: Switches,
        first: &mut Waiting,
    ) -> Event<'e> {
        let target = self.target(controller);
        if self.waits_for == For::Lsb(target) {
            self.waiting = Waiting::EMPTY;
        }
        self.release(first);
        match self.msbs.get(usize::from(controller)) {
            Some(Some(msb)) if switches.joins(target) => {
                super::event(&target.whole(event, *msb, value))
            }
            _ => event.to_event(),
        }
    }

    /// Updates the stored values from an event.
    fn learn(&mut self, data: &EventData<'_>) {
        let (controller, value) = match *data {
            EventData::Control14Bit {
                controller, value, ..
            } => (u8::try_from(controller).ok(), value),
            EventData::Nrpn {
                parameter, value, ..
            }
            | EventData::Rpn {
                parameter, value, ..
            } => {
                let Some((msb, lsb)) = halves(i64::from(parameter)) else {
                    return;
                };
                if halves(i64::from(value)).is_none() {
                    return;
                }
                self.selection = Selection {
                    registered: matches!(data, EventData::Rpn { .. }),
                    msb: Some(msb),
                    lsb: Some(lsb),
                };
                (Some(DATA_MSB), value)
            }
            _ => return,
        };
        if let (Some(controller), Some((msb, _))) = (controller, halves(i64::from(value))) {
            self.set_msb(controller, Some(msb));
        }
    }

    fn release(&mut self, first: &mut Waiting) {
        while let Some(record) = self.waiting.take() {
            first.push(record);
        }
    }

    fn set_msb(&mut self, controller: u8, value: Option<u8>) {
        if let Some(msb) = self.msbs.get_mut(usize::from(controller)) {
            *msb = value;
        }
    }

    /// The target of a value of this controller, 0 to 31.
    fn target(&self, controller: u8) -> Target {
        let Selection { registered, .. } = self.selection;
        match self.selection.halves() {
            Some(halves) if controller == DATA_MSB && halves != NULL => {
                Target::Parameter(Number { registered, halves })
            }
            _ => Target::Controller(controller),
        }
    }
}

impl Switches {
    fn joins(self, target: Target) -> bool {
        self.wide || matches!(target, Target::Parameter(_))
    }
}

impl Target {
    /// Makes the event with this value, with the other properties of its last control
    /// change.
    fn whole(self, last: EventView<'_>, msb: u8, lsb: u8) -> abi::Event {
        let channel = last.data().channel().unwrap_or(0);
        let value = i32::from(joined((msb, lsb)));
        let data = match self {
            Self::Controller(controller) => EventData::Control14Bit {
                channel,
                controller: controller.into(),
                value,
            },
            Self::Parameter(Number { registered, halves }) => {
                let parameter = joined(halves).into();
                if registered {
                    EventData::Rpn {
                        channel,
                        parameter,
                        value,
                    }
                } else {
                    EventData::Nrpn {
                        channel,
                        parameter,
                        value,
                    }
                }
            }
        };
        let abi::Event { header, data } = *Event::new(data).raw();
        abi::Event {
            header: abi::EventHeader {
                event_type: header.event_type,
                ..last.raw().header
            },
            data,
        }
    }
}

/// The controller and the value of a single control change, if they are in MIDI's ranges.
fn single(data: &EventData<'_>) -> Option<(u8, u8)> {
    let (controller, value) = match *data {
        EventData::ControlChange {
            controller, value, ..
        }
        // If the controller has no second half, the MIDI bytes are the same.
        | EventData::Control14Bit {
            controller: controller @ 32..,
            value,
            ..
        } => (controller, value),
        _ => return None,
    };
    let (controller, value) = (u8::try_from(controller).ok()?, u8::try_from(value).ok()?);
    ((controller | value) < 128).then_some((controller, value))
}

/// The control changes of an event, if all values are in MIDI's ranges.
pub(super) fn singles(data: &EventData<'_>) -> Option<Singles> {
    let (numbers, parameter, value) = match *data {
        EventData::Nrpn {
            parameter, value, ..
        } => ((99, 98), parameter, value),
        EventData::Rpn {
            parameter, value, ..
        } => ((101, 100), parameter, value),
        EventData::Control14Bit {
            controller: controller @ 0..32,
            value,
            ..
        } => {
            let controller = u8::try_from(controller).ok()?;
            let (msb, lsb) = halves(value.into())?;
            return Some([
                Some((controller, msb)),
                Some((controller | 32, lsb)),
                None,
                None,
            ]);
        }
        EventData::Control14Bit { .. } => {
            return Some([single(data), None, None, None]).filter(|[first, ..]| first.is_some());
        }
        _ => return None,
    };
    let ((number_msb, number_lsb), (msb, lsb)) = (halves(parameter.into())?, halves(value.into())?);
    Some([
        Some((numbers.0, number_msb)),
        Some((numbers.1, number_lsb)),
        Some((DATA_MSB, msb)),
        Some((DATA_LSB, lsb)),
    ])
}

fn joined((msb, lsb): (u8, u8)) -> u16 {
    u16::from(msb) << 7 | u16::from(lsb)
}

/// The upper and the lower seven bits, if the value has no more bits.
fn halves(value: i64) -> Option<(u8, u8)> {
    let lsb = u8::try_from(value & 0x7f).ok()?;
    let msb = u8::try_from(value >> 7).ok()?;
    (msb < 128).then_some((msb, lsb))
}
