//! Range checks of small numbers.

/// The error of a constructor that refused a number: the purpose of the number, and its
/// range. Constructors never mask or clamp a number silently.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} {value} is out of range {min}..={max}")]
pub struct ValueError {
    what: &'static str,
    value: i64,
    min: i64,
    max: i64,
}

impl ValueError {
    pub(crate) const fn new(what: &'static str, value: i64, min: i64, max: i64) -> Self {
        Self {
            what,
            value,
            min,
            max,
        }
    }

    /// The purpose of the number, such as `"channel"`.
    pub const fn what(self) -> &'static str {
        self.what
    }

    /// The number that was refused.
    pub const fn value(self) -> i64 {
        self.value
    }

    /// The smallest and the largest allowed value.
    pub const fn range(self) -> (i64, i64) {
        (self.min, self.max)
    }
}

debug_as_display!(ValueError);

/// Returns `value` if it is in range.
#[inline]
pub(crate) fn check<T>(what: &'static str, value: T, min: i64, max: i64) -> Result<T, ValueError>
where
    T: Copy + Into<i64>,
{
    let number = value.into();
    if number < min || number > max {
        return Err(ValueError::new(what, number, min, max));
    }
    Ok(value)
}

/// Checks a MIDI channel.
#[inline]
pub(crate) fn channel(value: u8) -> Result<u8, ValueError> {
    check("channel", value, 0, 15)
}

/// Checks a data byte.
#[inline]
pub(crate) fn data7(what: &'static str, value: u8) -> Result<u8, ValueError> {
    check(what, value, 0, 127)
}
