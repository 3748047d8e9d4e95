//! Filters for the events that a client receives.

use std::fmt;

use alsa_seq_kernel_abi::info as abi;

use crate::event::EventType;
use crate::ump::Group;

/// The types of events that a client accepts. The sender of another type gets an error,
/// as if the client did not exist. UMP events are always accepted.
///
/// ```
/// use alsa_seq::{EventFilter, EventType};
///
/// let filter = EventFilter::ALL.without(EventType::CLOCK);
/// assert!(!filter.accepts(EventType::CLOCK));
/// let filter = EventFilter::from([EventType::NOTE_ON, EventType::NOTE_OFF]);
/// assert!(filter.accepts(EventType::NOTE_ON));
/// let same = EventFilter::NOTHING.with(EventType::NOTE_OFF).with(EventType::NOTE_ON);
/// assert_eq!(filter, same);
/// assert_eq!(EventFilter::from(EventType::CLOCK), EventFilter::NOTHING.with(EventType::CLOCK));
/// assert!(!filter.accepts(EventType::CLOCK));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EventFilter([bool; 256]);

impl EventFilter {
    /// Accepts every type. A new client has this filter.
    pub const ALL: Self = Self([true; 256]);

    /// Accepts no type.
    pub const NOTHING: Self = Self([false; 256]);

    pub(super) fn of(info: &abi::ClientInfo) -> Self {
        let mut types = [false; 256];
        for (number, accepts) in (0..=u8::MAX).zip(&mut types) {
            *accepts = info.accepts_event(number);
        }
        Self(types)
    }

    /// Also accepts events of this type.
    #[must_use]
    pub fn with(mut self, event_type: EventType) -> Self {
        self.set(event_type, true);
        self
    }

    /// Does not accept events of this type.
    #[must_use]
    pub fn without(mut self, event_type: EventType) -> Self {
        self.set(event_type, false);
        self
    }

    fn set(&mut self, event_type: EventType, yes: bool) {
        if let Some(accepts) = self.0.get_mut(usize::from(event_type.number())) {
            *accepts = yes;
        }
    }

    /// Returns whether events of this type are accepted.
    pub fn accepts(&self, event_type: EventType) -> bool {
        self.0
            .get(usize::from(event_type.number()))
            .is_some_and(|accepts| *accepts)
    }

    /// The accepted types, in numeric order.
    pub fn types(&self) -> impl Iterator<Item = EventType> + '_ {
        (0..=u8::MAX)
            .map(EventType::new)
            .filter(|event_type| self.accepts(*event_type))
    }
}

impl Default for EventFilter {
    fn default() -> Self {
        Self::ALL
    }
}

/// Accepts only events of this type.
impl From<EventType> for EventFilter {
    fn from(event_type: EventType) -> Self {
        Self::NOTHING.with(event_type)
    }
}

/// Accepts only events of these types.
impl<const N: usize> From<[EventType; N]> for EventFilter {
    fn from(types: [EventType; N]) -> Self {
        Self::from_iter(types)
    }
}

impl Extend<EventType> for EventFilter {
    fn extend<T: IntoIterator<Item = EventType>>(&mut self, types: T) {
        for event_type in types {
            self.set(event_type, true);
        }
    }
}

impl FromIterator<EventType> for EventFilter {
    fn from_iter<T: IntoIterator<Item = EventType>>(types: T) -> Self {
        let mut filter = Self::NOTHING;
        filter.extend(types);
        filter
    }
}

impl fmt::Debug for EventFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.types()).finish()
    }
}

/// The UMP groups whose events a client accepts. The kernel drops other events without an
/// error for the sender.
///
/// Events without a group are UMP packets of the types *utility* and *stream*, and all
/// events other than UMP packets that are sent to a port without a group. So
/// [`with_groupless(false)`](Self::with_groupless) also blocks announcements and echoes.
///
/// ```
/// use alsa_seq::GroupFilter;
/// use alsa_seq::ump::Group;
///
/// let filter = GroupFilter::ALL.without(Group::new(3)?);
/// assert!(!filter.accepts(Group::new(3)?));
/// assert!(filter.accepts(Group::new(4)?) && filter.accepts_groupless());
/// let neither = filter.with_groupless(false);
/// assert_eq!(neither.with_groupless(true), filter);
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupFilter {
    /// The kernel's bits. A set bit blocks events. Bit 0 is for events without a group.
    blocked: u32,
}

impl GroupFilter {
    /// Accepts everything. A new client has this filter.
    pub const ALL: Self = Self { blocked: 0 };

    /// Accepts nothing.
    pub const NOTHING: Self = Self { blocked: 0x1_ffff };

    const GROUPLESS: u32 = 1;

    pub(super) const fn of(info: &abi::ClientInfo) -> Self {
        Self {
            blocked: info.group_filter & Self::NOTHING.blocked,
        }
    }

    /// The kernel's bits.
    pub(crate) const fn blocked(self) -> u32 {
        self.blocked
    }

    /// Also accepts events of this group.
    #[must_use]
    pub const fn with(self, group: Group) -> Self {
        Self {
            blocked: self.blocked & !bit(group),
        }
    }

    /// Does not accept events of this group.
    ///
    /// Kernels before 2026 do not support the last group, number 15, here, and accept its
    /// events.
    #[must_use]
    pub const fn without(self, group: Group) -> Self {
        Self {
            blocked: self.blocked | bit(group),
        }
    }

    /// Sets whether events without a group are accepted.
    #[must_use]
    pub const fn with_groupless(self, yes: bool) -> Self {
        Self {
            blocked: if yes {
                self.blocked & !Self::GROUPLESS
            } else {
                self.blocked | Self::GROUPLESS
            },
        }
    }

    /// Returns whether events of this group are accepted.
    pub const fn accepts(self, group: Group) -> bool {
        self.blocked & bit(group) == 0
    }

    /// Returns whether events without a group are accepted.
    pub const fn accepts_groupless(self) -> bool {
        self.blocked & Self::GROUPLESS == 0
    }
}

impl Default for GroupFilter {
    fn default() -> Self {
        Self::ALL
    }
}

const fn bit(group: Group) -> u32 {
    2 << group.number()
}
