//! When a wait is given up.

use std::time::{Duration, Instant};

use nix::poll::PollTimeout;

/// When to give up waiting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    /// A time so far away that it does not fit is never.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    /// What `poll` is to be told: rounded up, so that the last fraction of a
    /// millisecond does not become a busy loop.
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
