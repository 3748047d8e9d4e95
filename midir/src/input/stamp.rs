//! When a message arrived.

use std::sync::Arc;
use std::time::Instant;

use alsa_seq::{EventView, QueueId, RealTime};

use super::client::InputClient;
use super::client::StampQueue;

/// Tells a connection's messages their times: by the client's queue, which the kernel
/// reads when a message arrives. If no queue is to be had, because all 32 are in use, by
/// the program's clock, when the message is read. Both count from the same moment.
pub(super) struct Stamps {
    queue: Option<(Arc<StampQueue>, RealTime)>,
    start: Instant,
}

impl Stamps {
    pub(super) fn new(client: &InputClient) -> Self {
        let start = Instant::now();
        let queue = client.stamp_queue().and_then(|queue| {
            let clock = queue.clock().ok()?;
            Some((queue, clock.real_time_at(start).unwrap_or(RealTime::ZERO)))
        });
        Self { queue, start }
    }

    /// The queue that the port is to stamp by.
    pub(super) fn queue(&self) -> Option<QueueId> {
        self.queue.as_ref().map(|(queue, _)| queue.id())
    }

    /// Microseconds from the beginning of the connection to the arrival of the event.
    pub(super) fn micros(&self, event: EventView<'_>) -> u64 {
        let since = self.queue.as_ref().and_then(|(queue, zero)| {
            let stamp = event.real_time().filter(|_| event.queue() == queue.id())?;
            Some(stamp.saturating_duration_since(*zero))
        });
        let since = since.unwrap_or_else(|| self.start.elapsed());
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }
}
