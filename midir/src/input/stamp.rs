//! The times at which messages arrived.

use std::sync::Arc;
use std::time::Instant;

use alsa_seq::{EventView, QueueId, RealTime};

use super::client::InputClient;
use super::client::StampQueue;
use crate::clock;

/// Computes the times of a connection's messages. The kernel stamps a message with the time of the
/// client's queue when it arrives. If no queue is free, because all 32 are in use, the time is that
/// of reading the message, by the program's clock. Both times begin at the same moment.
pub(super) struct Stamps {
    queue: Option<(Arc<StampQueue>, RealTime)>,
    start: Instant,
}

impl Stamps {
    pub(super) fn new(client: &InputClient) -> Self {
        let start = Instant::now();
        let queue = client.stamp_queue().and_then(|queue| {
            let clock = clock::of(&queue).ok()?;
            Some((queue, clock.real_time_at(start).unwrap_or(RealTime::ZERO)))
        });
        Self { queue, start }
    }

    /// Returns the queue for the port's time stamps.
    pub(super) fn queue(&self) -> Option<QueueId> {
        self.queue.as_ref().map(|(queue, _)| queue.id())
    }

    /// Returns the microseconds from the beginning of the connection to the arrival of the event.
    pub(super) fn micros(&self, event: EventView<'_>) -> u64 {
        let since = self.queue.as_ref().and_then(|(queue, zero)| {
            let stamp = event.real_time().filter(|_| event.queue() == queue.id())?;
            Some(stamp.saturating_duration_since(*zero))
        });
        let since = since.unwrap_or_else(|| self.start.elapsed());
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }
}
