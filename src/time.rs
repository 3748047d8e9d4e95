//! The two times of a queue: ticks with a tempo, and real time.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use crate::ValueError;

const NANOS_PER_SEC: u32 = 1_000_000_000;

/// A time on a queue's real-time clock, or a duration: seconds and nanoseconds since the
/// queue was started.
///
/// The kernel's seconds have 32 bits. Nanoseconds are always below 1,000,000,000. The
/// kernel would not normalise larger ones, and would deliver the event too late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "snd_seq_real_time_t")]
#[doc(alias = "snd_seq_real_time")]
pub struct RealTime {
    secs: u32,
    nanos: u32,
}

impl RealTime {
    /// The start of the clock.
    pub const ZERO: Self = Self { secs: 0, nanos: 0 };
    /// The largest time of the kernel's field.
    pub const MAX: Self = Self {
        secs: u32::MAX,
        nanos: NANOS_PER_SEC - 1,
    };

    /// Makes a time of `secs` seconds and `nanos` nanoseconds.
    ///
    /// # Errors
    /// If `nanos` is a whole second or more.
    pub const fn new(secs: u32, nanos: u32) -> Result<Self, ValueError> {
        if nanos >= NANOS_PER_SEC {
            return Err(ValueError::new(
                "nanoseconds",
                nanos as i64,
                0,
                NANOS_PER_SEC as i64 - 1,
            ));
        }
        Ok(Self { secs, nanos })
    }

    /// Reads an event's time field. Too many nanoseconds are normalised, to at most
    /// [`RealTime::MAX`].
    pub(crate) fn from_wire(secs: u32, nanos: u32) -> Self {
        match secs.checked_add(nanos / NANOS_PER_SEC) {
            Some(secs) => Self {
                secs,
                nanos: nanos % NANOS_PER_SEC,
            },
            None => Self::MAX,
        }
    }

    /// The whole seconds.
    pub const fn secs(self) -> u32 {
        self.secs
    }

    /// The nanoseconds beyond [`RealTime::secs`].
    pub const fn subsec_nanos(self) -> u32 {
        self.nanos
    }

    /// The time `duration` later; `None` beyond [`RealTime::MAX`].
    ///
    /// ```
    /// use core::time::Duration;
    /// use alsa_seq::RealTime;
    ///
    /// let time = RealTime::new(1, 500_000_000)?;
    /// let later = time.checked_add(Duration::from_millis(750)).unwrap();
    /// assert_eq!(later, RealTime::new(2, 250_000_000)?);
    /// assert_eq!(later.saturating_duration_since(time), Duration::from_millis(750));
    /// # Ok::<(), alsa_seq::ValueError>(())
    /// ```
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        Self::try_from(Duration::from(self).checked_add(duration)?).ok()
    }

    /// The time `duration` earlier; `None` before [`RealTime::ZERO`].
    pub fn checked_sub(self, duration: Duration) -> Option<Self> {
        Self::try_from(Duration::from(self).checked_sub(duration)?).ok()
    }

    /// The time `duration` later, at most [`RealTime::MAX`].
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        self.checked_add(duration).unwrap_or(Self::MAX)
    }

    /// The time `duration` earlier, at least [`RealTime::ZERO`].
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        self.checked_sub(duration).unwrap_or(Self::ZERO)
    }

    /// The duration from `earlier` to this time; `None` if `earlier` is later.
    pub fn checked_duration_since(self, earlier: Self) -> Option<Duration> {
        Duration::from(self).checked_sub(earlier.into())
    }

    /// The duration from `earlier` to this time; zero if `earlier` is later.
    pub fn saturating_duration_since(self, earlier: Self) -> Duration {
        self.checked_duration_since(earlier).unwrap_or_default()
    }
}

impl From<RealTime> for Duration {
    fn from(time: RealTime) -> Self {
        Self::new(u64::from(time.secs), time.nanos)
    }
}

impl TryFrom<Duration> for RealTime {
    type Error = ValueError;

    /// Converts exactly. An error for 2³² seconds (136 years) and more.
    fn try_from(duration: Duration) -> Result<Self, ValueError> {
        match u32::try_from(duration.as_secs()) {
            Ok(secs) => Ok(Self {
                secs,
                nanos: duration.subsec_nanos(),
            }),
            Err(_) => Err(ValueError::new(
                "seconds",
                i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
                0,
                i64::from(u32::MAX),
            )),
        }
    }
}

/// Seconds with nine decimals: `3.250000000`.
impl fmt::Display for RealTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.secs, self.nanos)
    }
}

/// The error for a text that is not a time in seconds.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time: expected seconds below 2^32 with at most nine decimals, like 3.25")]
pub struct ParseTimeError(());

debug_as_display!(ParseTimeError);

impl FromStr for RealTime {
    type Err = ParseTimeError;

    /// Reads decimal seconds with at most nine decimals: `3`, `3.25`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        fn number(digits: &str) -> Option<u32> {
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if plain { digits.parse().ok() } else { None }
        }
        let parse = || {
            // `split_once` with a single `char` has code that can panic.
            let Some((secs, decimals)) = text.split_once(['.']) else {
                return Some(Self {
                    secs: number(text)?,
                    nanos: 0,
                });
            };
            let missing = 9_u32.checked_sub(u32::try_from(decimals.len()).ok()?)?;
            Some(Self {
                secs: number(secs)?,
                nanos: number(decimals)?.checked_mul(10_u32.pow(missing))?,
            })
        };
        parse().ok_or(ParseTimeError(()))
    }
}

/// The time at which an event is due, or was stamped. A queue has two clocks, which run
/// in parallel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[doc(alias = "snd_seq_timestamp_t")]
pub enum Time {
    /// Musical time, in ticks of the queue. The queue's [`Tempo`] determines the length
    /// of a tick.
    #[doc(alias = "SNDRV_SEQ_TIME_STAMP_TICK")]
    Tick(u32),
    /// Physical time.
    #[doc(alias = "SNDRV_SEQ_TIME_STAMP_REAL")]
    Real(RealTime),
}

impl Time {
    /// The ticks; `None` for real time.
    pub const fn tick(self) -> Option<u32> {
        match self {
            Self::Tick(tick) => Some(tick),
            Self::Real(_) => None,
        }
    }

    /// The real time; `None` for ticks.
    pub const fn real_time(self) -> Option<RealTime> {
        match self {
            Self::Tick(_) => None,
            Self::Real(time) => Some(time),
        }
    }
}

impl From<RealTime> for Time {
    fn from(time: RealTime) -> Self {
        Self::Real(time)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick(tick) => fmt::Display::fmt(tick, f),
            Self::Real(time) => fmt::Display::fmt(time, f),
        }
    }
}

/// The speed of a queue's ticks: microseconds per quarter note, and ticks per quarter
/// note (PPQ).
///
/// ```
/// use alsa_seq::Tempo;
///
/// let tempo = Tempo::from_bpm(140.0)?.with_ppq(480)?;
/// assert_eq!(tempo.micros_per_quarter(), 428_571);
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tempo {
    /// Neither number is ever 0, but the compiler cannot see that.
    micros_per_quarter: u32,
    ppq: u32,
}

impl Default for Tempo {
    /// 120 beats per minute at 96 ticks per quarter note, as in a new queue.
    fn default() -> Self {
        Self {
            micros_per_quarter: 500_000,
            ppq: 96,
        }
    }
}

impl Tempo {
    /// The kernel reads both numbers as signed.
    const MAX: u32 = i32::MAX as u32;

    /// Makes a tempo from the microseconds per quarter note, at 96 ticks per quarter
    /// note.
    ///
    /// # Errors
    /// If `micros` is 0 or above `i32::MAX`.
    pub const fn from_micros(micros: u32) -> Result<Self, ValueError> {
        if micros == 0 || micros > Self::MAX {
            return Err(ValueError::new(
                "microseconds per quarter",
                micros as i64,
                1,
                Self::MAX as i64,
            ));
        }
        Ok(Self {
            micros_per_quarter: micros,
            ppq: 96,
        })
    }

    /// Makes a tempo from quarter notes per minute, at 96 ticks per quarter note. Rounds
    /// to the nearest microsecond per quarter note.
    ///
    /// # Errors
    /// If `bpm` is not a number, or the result is not 1 to `i32::MAX` microseconds (120
    /// million down to about 0.028 beats per minute). The numbers in the error are
    /// thousandths of beats per minute.
    pub fn from_bpm(bpm: f64) -> Result<Self, ValueError> {
        let micros = 60_000_000.0 / bpm + 0.5;
        // This condition is also false for NaN. The casts are exact: the value is in
        // range, and the fraction is dropped.
        if micros >= 1.0 && micros < f64::from(Self::MAX) + 1.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Self::from_micros(micros as u32)
        } else {
            // The error uses thousandths, because the smallest tempo is less than 1.
            let what = "beats per minute (in thousandths)";
            #[expect(clippy::cast_possible_truncation)]
            let thousandths = (bpm * 1000.0) as i64;
            Err(ValueError::new(what, thousandths, 28, 120_000_000_000))
        }
    }

    /// The same tempo at `ppq` ticks per quarter note.
    ///
    /// # Errors
    /// If `ppq` is 0 or above `i32::MAX`.
    pub const fn with_ppq(self, ppq: u32) -> Result<Self, ValueError> {
        if ppq == 0 || ppq > Self::MAX {
            return Err(ValueError::new(
                "ticks per quarter",
                ppq as i64,
                1,
                Self::MAX as i64,
            ));
        }
        Ok(Self { ppq, ..self })
    }

    /// Returns the tempo of `bpm` quarter notes per minute, with the same number of ticks
    /// per quarter note. Rounds to the nearest microsecond per quarter note.
    ///
    /// ```
    /// use alsa_seq::Tempo;
    ///
    /// let tempo = Tempo::from_bpm(120.0)?.with_ppq(960)?;
    /// assert_eq!(tempo.with_bpm(150.0)?.micros_per_quarter(), 400_000);
    /// assert_eq!(tempo.with_bpm(150.0)?.ppq(), 960);
    /// # Ok::<(), alsa_seq::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`Tempo::from_bpm`].
    pub fn with_bpm(self, bpm: f64) -> Result<Self, ValueError> {
        let ppq = self.ppq;
        Ok(Self {
            ppq,
            ..Self::from_bpm(bpm)?
        })
    }

    /// Microseconds per quarter note.
    pub const fn micros_per_quarter(self) -> u32 {
        self.micros_per_quarter
    }

    /// Ticks per quarter note.
    #[doc(alias = "resolution")]
    pub const fn ppq(self) -> u32 {
        self.ppq
    }

    /// Quarter notes per minute.
    pub fn bpm(self) -> f64 {
        60_000_000.0 / f64::from(self.micros_per_quarter)
    }

    /// The duration of `ticks` ticks, rounded down to a nanosecond. (The kernel rounds
    /// each single tick down, so a queue is faster than this by less than one nanosecond
    /// a tick.)
    pub fn duration_of(self, ticks: u32) -> Duration {
        // At most 2^32 * 2^31 * 1000: fits easily.
        let nanos = (u128::from(ticks) * u128::from(self.micros_per_quarter) * 1000)
            .checked_div(u128::from(self.ppq))
            .unwrap_or(0);
        let secs = nanos / u128::from(NANOS_PER_SEC);
        let rest = nanos % u128::from(NANOS_PER_SEC);
        Duration::new(
            u64::try_from(secs).unwrap_or(u64::MAX),
            u32::try_from(rest).unwrap_or(0),
        )
    }

    /// The number of whole ticks in `duration`; `None` if it does not fit the kernel's
    /// 32-bit tick counter.
    pub fn ticks_in(self, duration: Duration) -> Option<u32> {
        let ticks = duration
            .as_nanos()
            .checked_mul(u128::from(self.ppq))?
            .checked_div(u128::from(self.micros_per_quarter) * 1000)?;
        u32::try_from(ticks).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_time_text() {
        for (text, secs, nanos) in [
            ("0", 0, 0),
            ("3.25", 3, 250_000_000),
            ("4294967295.999999999", u32::MAX, 999_999_999),
            ("1.000000001", 1, 1),
        ] {
            let time: RealTime = text.parse().unwrap();
            assert_eq!((time.secs(), time.subsec_nanos()), (secs, nanos));
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1.0000000000",
            "4294967296",
            "1e3",
            "1 ",
            "nan",
        ] {
            assert!(text.parse::<RealTime>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn real_time_is_normal() {
        assert!(RealTime::new(0, 1_000_000_000).is_err());
        assert_eq!(
            RealTime::from_wire(1, 2_500_000_000),
            RealTime::new(3, 500_000_000).unwrap()
        );
        assert_eq!(RealTime::from_wire(u32::MAX, u32::MAX), RealTime::MAX);
        let long = Duration::from_secs(1 << 32);
        assert!(RealTime::try_from(long).is_err());
        assert_eq!(
            Duration::from(RealTime::try_from(Duration::from_millis(1500)).unwrap()),
            Duration::from_millis(1500)
        );
    }

    #[test]
    fn real_time_ends_at_its_limits() {
        let nano = Duration::from_nanos(1);
        let second = RealTime::new(1, 0).unwrap();
        let before = RealTime::new(0, 999_999_999).unwrap();
        assert_eq!(second.checked_sub(nano), Some(before));
        assert_eq!(before.checked_add(nano), Some(second));
        assert_eq!(second.checked_duration_since(before), Some(nano));
        assert_eq!(before.checked_duration_since(second), None);
        assert_eq!(before.saturating_duration_since(second), Duration::ZERO);
        assert_eq!(RealTime::MAX.checked_add(nano), None);
        assert_eq!(RealTime::MAX.checked_add(Duration::MAX), None);
        assert_eq!(RealTime::MAX.saturating_add(nano), RealTime::MAX);
        assert_eq!(RealTime::ZERO.checked_sub(nano), None);
        assert_eq!(RealTime::ZERO.saturating_sub(Duration::MAX), RealTime::ZERO);
        let all = RealTime::MAX.saturating_duration_since(RealTime::ZERO);
        assert_eq!(RealTime::ZERO.saturating_add(all), RealTime::MAX);
    }

    #[test]
    fn tempo_rounds_as_it_says() {
        assert_eq!(Tempo::from_bpm(120.0), Ok(Tempo::default()));
        assert_eq!(Tempo::from_bpm(7e6).unwrap().micros_per_quarter(), 9);
        for bpm in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-3, 2e8] {
            assert!(Tempo::from_bpm(bpm).is_err(), "{bpm} was taken");
        }
        for (bpm, shown) in [
            (0.01, 10),
            (0.0, 0),
            (0.0279, 27),
            (120.1e6, 120_100_000_000_i64),
        ] {
            assert_eq!(
                Tempo::from_bpm(bpm).unwrap_err().to_string(),
                format!(
                    "beats per minute (in thousandths) {shown} is out of range 28..=120000000000"
                )
            );
        }
        assert!(Tempo::from_bpm(0.028).is_ok());
        assert!(Tempo::from_bpm(0.0279).is_err());
        assert_eq!(Tempo::from_bpm(120e6).unwrap().micros_per_quarter(), 1);
        assert!(Tempo::from_bpm(120.1e6).is_err());
        assert!(Tempo::from_micros(0).is_err());
        assert!(Tempo::default().with_ppq(0).is_err());
        assert!(Tempo::default().with_ppq(1 << 31).is_err());
    }

    #[test]
    fn ticks_and_back() {
        let tempo = Tempo::from_micros(500_000).unwrap().with_ppq(384).unwrap();
        assert_eq!(tempo.duration_of(384), Duration::from_millis(500));
        assert_eq!(tempo.duration_of(1), Duration::from_nanos(1_302_083));
        assert_eq!(tempo.ticks_in(Duration::from_millis(500)), Some(384));
        assert_eq!(tempo.ticks_in(Duration::from_nanos(1_302_083)), Some(0));
        assert_eq!(tempo.ticks_in(Duration::MAX), None);
        let extreme = Tempo::from_micros(i32::MAX as u32)
            .unwrap()
            .with_ppq(1)
            .unwrap();
        assert_eq!(
            extreme.ticks_in(extreme.duration_of(u32::MAX)),
            Some(u32::MAX)
        );
    }
}
