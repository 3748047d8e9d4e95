//! [`Deadline`], the end of a wait.

use std::time::{Duration, Instant};

use nix::poll::PollTimeout;

/// The end of a wait, if it has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    /// A time-out that is too large for an `Instant` means no end.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    /// The time-out for `poll`. It is rounded up, because otherwise the last fraction of
    /// a millisecond would be a busy loop.
    pub(crate) fn poll_timeout(self) -> PollTimeout {
        let Some(deadline) = self.0 else {
            return PollTimeout::NONE;
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let millis = left.as_nanos().div_ceil(1_000_000);
        i32::try_from(millis)
            .ok()
            .and_then(|millis| PollTimeout::try_from(millis).ok())
            .unwrap_or(PollTimeout::MAX)
    }

    pub(crate) fn is_over(self) -> bool {
        self.0.is_some_and(|deadline| Instant::now() >= deadline)
    }
}
