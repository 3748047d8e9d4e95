//! Which events a client receives.

use std::fmt;

use alsa_seq_kernel_abi::info as abi;

use crate::event::EventType;
use crate::ump::Group;

/// The types of events that a client accepts. Senders of others get an error,
/// as if the client did not exist. UMP events pass in any case.
///
/// ```
/// use alsa_seq::{EventFilter, EventType};
///
/// let filter: EventFilter = [EventType::NOTE_ON, EventType::NOTE_OFF].into_iter().collect();
/// assert!(filter.accepts(EventType::NOTE_ON));
/// assert!(!filter.accepts(EventType::CLOCK));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EventFilter([bool; 256]);

impl EventFilter {
    /// Accepts nothing.
    pub const NOTHING: Self = Self([false; 256]);

    pub(super) fn of(info: &abi::ClientInfo) -> Self {
        let mut types = [false; 256];
        for (number, accepts) in (0..=u8::MAX).zip(&mut types) {
            *accepts = info.accepts_event(number);
        }
        Self(types)
    }

    /// Whether events of this type are accepted.
    pub fn accepts(&self, event_type: EventType) -> bool {
        self.0
            .get(usize::from(event_type.number()))
            .is_some_and(|accepts| *accepts)
    }

    /// The types that are accepted, in numeric order.
    pub fn types(&self) -> impl Iterator<Item = EventType> + '_ {
        (0..=u8::MAX)
            .map(EventType::new)
            .filter(|event_type| self.accepts(*event_type))
    }
}

impl Extend<EventType> for EventFilter {
    fn extend<T: IntoIterator<Item = EventType>>(&mut self, types: T) {
        for event_type in types {
            if let Some(accepts) = self.0.get_mut(usize::from(event_type.number())) {
                *accepts = true;
            }
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

/// The UMP groups whose events a client receives. What it does not receive is
/// dropped without telling the sender.
///
/// Events that belong to no group are UMP packets of the types *utility* and
/// *stream*, and every event that is no UMP packet on its way to a port without
/// a group: so [`without_groupless`](Self::without_groupless) also keeps
/// announcements and echoes away.
///
/// ```
/// use alsa_seq::GroupFilter;
/// use alsa_seq::ump::Group;
///
/// let filter = GroupFilter::ALL.without(Group::new(3)?);
/// assert!(!filter.receives(Group::new(3)?));
/// assert!(filter.receives(Group::new(4)?) && filter.receives_groupless());
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupFilter {
    /// As the kernel has it: a bit that is set keeps events away. Bit 0 is for
    /// those without a group.
    blocked: u32,
}

impl GroupFilter {
    /// Everything is received, as a client starts.
    pub const ALL: Self = Self { blocked: 0 };

    /// Nothing is received.
    pub const NOTHING: Self = Self { blocked: 0x1_ffff };

    const GROUPLESS: u32 = 1;

    pub(super) const fn of(info: &abi::ClientInfo) -> Self {
        Self {
            blocked: info.group_filter & Self::NOTHING.blocked,
        }
    }

    /// The bits, as the kernel has them.
    pub(crate) const fn blocked(self) -> u32 {
        self.blocked
    }

    /// Events of this group are received, too.
    #[must_use]
    pub const fn with(self, group: Group) -> Self {
        Self {
            blocked: self.blocked & !bit(group),
        }
    }

    /// Events of this group are not received.
    ///
    /// The kernel did not know the last group, number 15, here until 2026, and
    /// lets its events pass.
    #[must_use]
    pub const fn without(self, group: Group) -> Self {
        Self {
            blocked: self.blocked | bit(group),
        }
    }

    /// Events without a group are received, too.
    #[must_use]
    pub const fn with_groupless(self) -> Self {
        Self {
            blocked: self.blocked & !Self::GROUPLESS,
        }
    }

    /// Events without a group are not received.
    #[must_use]
    pub const fn without_groupless(self) -> Self {
        Self {
            blocked: self.blocked | Self::GROUPLESS,
        }
    }

    /// Whether events of this group are received.
    pub const fn receives(self, group: Group) -> bool {
        self.blocked & bit(group) == 0
    }

    /// Whether events without a group are received.
    pub const fn receives_groupless(self) -> bool {
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
