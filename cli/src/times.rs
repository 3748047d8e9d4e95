//! Durations as users write them. Every command takes the same forms.

use std::time::Duration;

use crate::number;

/// The accepted forms, for error messages.
const FORMS: &str = "a time is written 90, 1.5s, 500ms, 1:30.5 or 1:00:00";

/// Reads seconds (`90`, `1.5`, `1.5s`), milliseconds (`500ms`), minutes and seconds
/// (`1:30.5`), or hours, minutes and seconds (`1:00:00`).
///
/// # Errors
/// If the text is not a time, or the time is too long for a [`Duration`].
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    if let Some(number) = text.strip_suffix("ms") {
        return seconds_in(number, 1e-3).ok_or_else(|| FORMS.to_owned());
    }
    if let Some(number) = text.strip_suffix('s') {
        return seconds_in(number, 1.0).ok_or_else(|| FORMS.to_owned());
    }
    let mut parts = text.rsplit(':');
    let mut total = parts
        .next()
        .and_then(|seconds| seconds_in(seconds, 1.0))
        .ok_or_else(|| FORMS.to_owned())?;
    let (mut lower, mut unit) = (total, Duration::from_secs(60));
    for (index, part) in parts.enumerate() {
        // `1:75` is a slip of the hand: only the first number may be large.
        let number: u32 = match part.parse() {
            Ok(number) if index < 2 && lower < Duration::from_secs(60) => number,
            _ => return Err(FORMS.to_owned()),
        };
        total = total.saturating_add(unit.saturating_mul(number));
        lower = Duration::from_secs(number.into());
        unit = Duration::from_secs(3600);
    }
    Ok(total)
}

/// Reads a plain number of seconds.
///
/// # Errors
/// If the text is not a number from 0 upwards, or too large.
#[cfg(feature = "old-names")]
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    seconds_in(text, 1.0).ok_or_else(|| "a number of seconds is 0 or more".to_owned())
}

/// Writes a duration in a form that [`parse`] reads: `1:30.500`, or `1:00:00.000`.
pub(crate) fn shown(time: Duration) -> String {
    let (whole, millis) = (time.as_secs(), time.subsec_millis());
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{millis:03}")
    } else {
        format!("{minutes}:{seconds:02}.{millis:03}")
    }
}

fn seconds_in(number: &str, unit: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number::parse(number)? * unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_five_ways() {
        for (text, millis) in [
            ("0", 0),
            ("90", 90_000),
            ("1.5", 1_500),
            (".5", 500),
            ("1.5s", 1_500),
            ("500ms", 500),
            ("1:30.5", 90_500),
            ("90:00", 5_400_000),
            ("1:00:00", 3_600_000),
            ("1:01:01.25", 3_661_250),
        ] {
            let time = Duration::from_millis(millis);
            assert_eq!(parse(text), Ok(time), "{text}");
            assert_eq!(parse(&shown(time)), Ok(time), "{text}");
        }
        for text in [
            "", "x", "-1", "+1", "1e3", "inf", "nan", "1:", ":1", "1:75", "1:60:00", "1:1:1:1",
            "1:1s", "s", "ms", "1h",
        ] {
            assert_eq!(parse(text), Err(FORMS.to_owned()), "{text}");
        }
        assert!(parse(&"9".repeat(40)).is_err());
    }
}
