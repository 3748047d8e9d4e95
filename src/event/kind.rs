//! Event types.

use core::fmt;

use alsa_seq_kernel_abi::consts as abi;
use alsa_seq_kernel_abi::limits::VARIABLE_EVENTS;

use super::payload::UserNumber;
use super::table::event_types;

/// The type of an event. The kernel accepts any number, also unknown ones. Constants name
/// the known types.
///
/// ```
/// use alsa_seq::EventType;
///
/// assert_eq!(EventType::NOTE_ON.name(), Some("note-on"));
/// assert_eq!(EventType::new(77).name(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "snd_seq_event_type_t")]
#[doc(alias = "snd_seq_event_type")]
#[repr(transparent)]
pub struct EventType(u8);

macro_rules! types {
    ($(
        $name:ident = $number:expr, $text:literal, $alias:literal [
            $($shared:literal)?
            $($(#[$doc:meta])+ $variant:ident: $($data:tt)+)?
        ];
    )*) => {
        impl EventType {
            $(
                $(#[doc = $shared])?
                $($(#[$doc])+)?
                #[doc(alias = $alias)]
                pub const $name: Self = Self($number);
            )*

            /// All types that have a name, in numeric order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The type's name: lower-case words, joined by hyphens.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

event_types!(types);

impl EventType {
    /// Wraps the kernel's number.
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// Returns the type of this name.
    ///
    /// ```
    /// use alsa_seq::EventType;
    ///
    /// assert_eq!(EventType::from_name("note-on"), Some(EventType::NOTE_ON));
    /// assert_eq!(EventType::from_name("note"), Some(EventType::NOTE));
    /// assert_eq!(EventType::from_name("Note on"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|t| t.name() == Some(name))
    }

    /// The kernel's number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The number of a type `USER0` to `USER9`.
    pub(crate) fn user(self) -> Option<UserNumber<10>> {
        let number = self.0.checked_sub(Self::USER0.0)?;
        UserNumber::new(number).ok()
    }

    /// The number of a type `USER_VAR0` to `USER_VAR4`.
    pub(crate) fn user_var(self) -> Option<UserNumber<5>> {
        let number = self.0.checked_sub(Self::USER_VAR0.0)?;
        UserNumber::new(number).ok()
    }

    /// Returns whether events of this type have data of variable length.
    #[doc(alias = "sndrv_seq_ev_is_variable_type")]
    pub const fn is_variable(self) -> bool {
        self.0 >= *VARIABLE_EVENTS.start() && self.0 <= *VARIABLE_EVENTS.end()
    }

    /// Returns whether events of this type announce a change of clients, ports, connections or UMP
    /// endpoints. The kernel sends them from [`Address::ANNOUNCE`]. Programs can send events of
    /// these types, too.
    ///
    /// [`Address::ANNOUNCE`]: crate::Address::ANNOUNCE
    pub const fn is_announcement(self) -> bool {
        Self::CLIENT_START.0 <= self.0 && self.0 <= Self::UMP_BLOCK_CHANGE.0
    }
}

impl From<u8> for EventType {
    fn from(number: u8) -> Self {
        Self(number)
    }
}

/// The name, or `type-77`.
impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "type-{}", self.0),
        }
    }
}

/// `EventType(note-on)`, or `EventType(type-77)`.
impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventType({self})")
    }
}
