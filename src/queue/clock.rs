//! Converts between a queue's real time and the program's clock.

use std::time::{Duration, Instant};

use super::{Queue, QueueStatus};
use crate::error::Result;
use crate::time::RealTime;

/// Converts between times of the program's clock and times of a queue. [`Queue::clock`]
/// creates one.
///
/// It is based on one reading of the queue. So it is right as long as the queue runs, is
/// not set to another position, and has no [skew](Queue::set_skew); its tempo has no
/// effect. A queue with another timer ([`Queue::set_timer`]) drifts: then create a new
/// clock now and then. For a stopped queue, the results are those of a queue that had
/// started at the moment of the reading.
///
/// ```no_run
/// use std::time::{Duration, Instant};
/// use alsa_seq::{Event, SequencerClient};
///
/// let mut client = SequencerClient::open("soon")?;
/// let queue = client.create_queue("queue")?;
/// queue.start()?;
/// let clock = queue.clock()?;
/// let soon = Instant::now() + Duration::from_millis(20);
/// if let Some(time) = clock.real_time_at(soon) {
///     client.event_output(&Event::note_on(0, 60, 100)?.at(&queue, time))?;
/// }
/// # Ok::<(), alsa_seq::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueClock {
    time: RealTime,
    instant: Instant,
    uncertainty: Duration,
}

impl QueueClock {
    /// Makes a clock from a queue's status that was read between `before` and `after`.
    pub fn new(status: &QueueStatus, before: Instant, after: Instant) -> Self {
        let uncertainty = after.saturating_duration_since(before) / 2;
        Self {
            time: status.real_time(),
            instant: before.checked_add(uncertainty).unwrap_or(before),
            uncertainty,
        }
    }

    /// Returns when the queue is at `time`. `None` if an `Instant` cannot represent that.
    pub fn instant_of(&self, time: RealTime) -> Option<Instant> {
        match time.checked_duration_since(self.time) {
            Some(later) => self.instant.checked_add(later),
            None => {
                let earlier = self.time.saturating_duration_since(time);
                self.instant.checked_sub(earlier)
            }
        }
    }

    /// Returns the queue's position at `instant`. `None` before the queue's beginning and
    /// after [`RealTime::MAX`].
    pub fn real_time_at(&self, instant: Instant) -> Option<RealTime> {
        match instant.checked_duration_since(self.instant) {
            Some(later) => self.time.checked_add(later),
            None => {
                let earlier = self.instant.saturating_duration_since(instant);
                self.time.checked_sub(earlier)
            }
        }
    }

    /// The maximum error of the reading: half of the time that it took. If that is too
    /// much, because the program had to wait for the processor, read again.
    pub const fn uncertainty(&self) -> Duration {
        self.uncertainty
    }
}

impl Queue {
    /// Reads the queue's real time together with the program's clock.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Queue`].
    pub fn clock(&self) -> Result<QueueClock> {
        let before = Instant::now();
        let status = self.status()?;
        Ok(QueueClock::new(&status, before, Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alsa_seq_kernel_abi::info as abi;

    #[test]
    fn both_ways_and_to_the_ends() {
        let mut raw = abi::QueueStatus::zeroed();
        raw.time.tv_sec.set(10);
        raw.time.tv_nsec.set(500_000_000);
        let millis = Duration::from_millis;
        let start = Instant::now();
        let clock = QueueClock::new(&QueueStatus(raw), start, start + millis(4));
        assert_eq!(clock.uncertainty(), millis(2));
        let read = start + millis(2);
        for (secs, nanos, instant) in [
            (10, 500_000_000, read),
            (10, 750_000_000, read + millis(250)),
            (12, 0, read + millis(1500)),
            (10, 499_000_000, read - millis(1)),
        ] {
            let time = RealTime::new(secs, nanos).unwrap();
            assert_eq!(clock.instant_of(time), Some(instant));
            assert_eq!(clock.real_time_at(instant), Some(time));
        }
        let latest = clock.instant_of(RealTime::MAX).unwrap();
        assert_eq!(clock.real_time_at(latest), Some(RealTime::MAX));
        assert_eq!(clock.real_time_at(latest + Duration::from_nanos(1)), None);
        if let Some(earliest) = clock.instant_of(RealTime::ZERO) {
            assert_eq!(clock.real_time_at(earliest), Some(RealTime::ZERO));
            let before = earliest.checked_sub(Duration::from_nanos(1));
            assert_eq!(before.and_then(|i| clock.real_time_at(i)), None);
        }
    }
}
