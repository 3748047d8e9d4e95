//! Numbers of 4 to 20 bits, groups and channels.

use core::fmt;

use crate::ValueError;

macro_rules! number {
    ($(#[$meta:meta])* $name:ident($repr:ident), $max:literal, $what:literal, $get:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name($repr);

        impl $name {
            /// The largest value.
            pub const MAX: Self = Self($max);

            /// Checks that a value is in range.
            ///
            /// # Errors
            #[doc = concat!("If the value is above ", stringify!($max), ".")]
            pub const fn new(value: $repr) -> Result<Self, ValueError> {
                if value > $max {
                    return Err(ValueError::new($what, value as i64, 0, $max));
                }
                Ok(Self(value))
            }

            /// The value.
            pub const fn $get(self) -> $repr {
                self.0
            }

            /// Reads a field. The higher bits are reserved and ignored.
            #[allow(dead_code, reason = "not every number is a field of its own")]
            pub(super) const fn in_field(bits: $repr) -> Self {
                Self(bits & $max)
            }

            /// Like `new`, with an error that contains the purpose of the value.
            #[allow(dead_code, reason = "not every number is an argument")]
            pub(super) fn named(what: &'static str, value: $repr) -> Result<Self, ValueError> {
                crate::value::check(what, value, 0, $max).map(Self)
            }
        }

        impl TryFrom<$repr> for $name {
            type Error = ValueError;

            fn try_from(value: $repr) -> Result<Self, ValueError> {
                Self::new(value)
            }
        }

        impl From<$name> for $repr {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

number! {
    /// One of the 16 groups of a UMP endpoint, 0 to 15. User interfaces count from 1.
    ///
    /// A group corresponds to a MIDI 1.0 cable: it has 16 channels and system messages.
    Group(u8), 15, "group", number
}

number! {
    /// A MIDI channel within its group, 0 to 15. User interfaces count from 1.
    Channel(u8), 15, "channel", number
}

number! {
    /// A number of 4 bits, 0 to 15.
    U4(u8), 15, "4-bit value", get
}

number! {
    /// A number of 7 bits, 0 to 127.
    U7(u8), 127, "7-bit value", get
}

number! {
    /// A number of 14 bits, 0 to 16383.
    U14(u16), 16383, "14-bit value", get
}

number! {
    /// A number of 20 bits, 0 to 1048575.
    U20(u32), 1_048_575, "20-bit value", get
}

impl Group {
    /// All 16, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=Self::MAX.0).map(Self)
    }
}

impl U14 {
    /// Joins two halves of 7 bits, as in two MIDI 1.0 bytes.
    pub const fn from_halves(msb: U7, lsb: U7) -> Self {
        Self((msb.0 as u16) << 7 | lsb.0 as u16)
    }

    /// The upper seven bits and the lower seven bits.
    pub const fn halves(self) -> (U7, U7) {
        let [msb, _] = (self.0 << 1).to_be_bytes();
        let [_, lsb] = self.0.to_be_bytes();
        (U7(msb), U7::in_field(lsb))
    }
}

impl U20 {
    /// Joins the lower half of `high` and the two other bytes.
    pub(super) const fn in_bytes(high: u8, middle: u8, low: u8) -> Self {
        Self::in_field(u32::from_be_bytes([0, high, middle, low]))
    }
}
