//! Readings of a queue's clock.

use std::time::Duration;

use alsa_seq::{Queue, QueueClock, Result};

/// A reading with this error is exact enough: the queue's timer has steps of a millisecond.
const EXACT: Duration = Duration::from_micros(500);

/// The number of attempts. A machine that delays all of them has no time for music.
const ATTEMPTS: usize = 10;

/// Reads the queue's clock. If the program had to wait for the processor meanwhile, the reading may
/// be wrong by half of that time. Then reads it again.
pub(crate) fn of(queue: &Queue) -> Result<QueueClock> {
    most_exact(|| queue.clock(), QueueClock::uncertainty)
}

/// Returns the first exact reading, or the most exact of all attempts.
fn most_exact<T>(
    mut read: impl FnMut() -> Result<T>,
    error_of: impl Fn(&T) -> Duration,
) -> Result<T> {
    let mut best = read()?;
    for _ in 1..ATTEMPTS {
        if error_of(&best) <= EXACT {
            break;
        }
        let next = read()?;
        if error_of(&next) < error_of(&best) {
            best = next;
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the chosen one of readings with these errors, and the number of attempts.
    fn chosen(errors: impl IntoIterator<Item = u64>) -> (Duration, usize) {
        let mut errors = errors.into_iter().map(Duration::from_micros);
        let mut attempts = 0;
        let read = || {
            attempts += 1;
            Ok(errors.next().unwrap())
        };
        let best = most_exact(read, |error| *error).unwrap();
        (best, attempts)
    }

    #[test]
    fn a_delayed_reading_is_repeated() {
        let micros = Duration::from_micros;
        assert_eq!(chosen([3]), (micros(3), 1));
        assert_eq!(chosen([50_000, 2000, 20]), (micros(20), 3));
        // A machine without time does not keep the program from sending.
        let late = (0..).map(|n| if n == 4 { 700 } else { 9000 });
        assert_eq!(chosen(late), (micros(700), ATTEMPTS));
    }
}
