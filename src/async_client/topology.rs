//! [`AsyncTopologyMonitor`]: hot-plug for async programs.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::reactor::{self, Reactor, done, wait_or_done};
use crate::control::client_accessors;
use crate::error::{Operation, Result};
use crate::topology::{Topology, TopologyChange, TopologyMonitor};

/// A [`TopologyMonitor`] for async programs. It is also a [`Stream`] of the changes of
/// clients, ports and connections. An error is the last item.
///
/// ```no_run
/// # #[cfg(feature = "tokio")]
/// # async fn example() -> alsa_seq::Result<()> {
/// use alsa_seq::{TopologyChange, TopologyMonitor};
///
/// let mut monitor = TopologyMonitor::open("watch")?.into_tokio()?;
/// loop {
///     if let TopologyChange::PortAdded(port) = monitor.next_change().await? {
///         println!("{} {}", port.address(), port.name());
///     }
/// }
/// # }
/// ```
pub struct AsyncTopologyMonitor<R> {
    reactor: R,
    monitor: TopologyMonitor,
    /// Whether the stream is at its end.
    failed: bool,
}

client_accessors!(AsyncTopologyMonitor<R>, monitor.input.control, with_id);

/// No field is ever pinned.
impl<R> Unpin for AsyncTopologyMonitor<R> {}

impl TopologyMonitor {
    /// Converts this monitor to an async monitor with your own reactor.
    ///
    /// # Errors
    /// If the reactor cannot watch the file.
    pub fn into_async<R: Reactor>(self) -> Result<AsyncTopologyMonitor<R>> {
        Ok(AsyncTopologyMonitor {
            reactor: reactor::watch(&self.input.control)?,
            monitor: self,
            failed: false,
        })
    }
}

impl<R: Reactor> AsyncTopologyMonitor<R> {
    /// See [`TopologyMonitor::topology`].
    pub const fn topology(&self) -> &Topology {
        self.monitor.topology()
    }

    /// See [`TopologyMonitor::next_change`]. If the future is dropped, no change is lost.
    ///
    /// # Errors
    /// The errors of that method.
    pub async fn next_change(&mut self) -> Result<TopologyChange> {
        poll_fn(|cx| self.poll_change(cx)).await
    }

    /// Returns the blocking monitor, for the calls that never wait:
    /// [`TopologyMonitor::try_next_change`] and [`TopologyMonitor::refresh`]. Its other
    /// calls block the thread.
    pub fn get_mut(&mut self) -> &mut TopologyMonitor {
        &mut self.monitor
    }

    /// Converts this monitor to a blocking monitor.
    pub fn into_blocking(self) -> TopologyMonitor {
        self.monitor
    }

    /// Polls [`AsyncTopologyMonitor::next_change`], for your own futures.
    pub fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Result<TopologyChange>> {
        let monitor = &mut self.monitor;
        let mut step = || match monitor.try_next_change().transpose() {
            Some(result) => Poll::Ready(result),
            None => Poll::Pending,
        };
        // Changes that are already known do not make the file readable.
        if let Poll::Ready(result) = step() {
            return Poll::Ready(result);
        }
        self.reactor
            .poll_read(cx, || wait_or_done(step()))
            .map(|result| done(Operation::EventInput, result))
    }
}

impl<R: Reactor> Stream for AsyncTopologyMonitor<R> {
    type Item = Result<TopologyChange>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.failed {
            return Poll::Ready(None);
        }
        let change = ready!(this.poll_change(cx));
        this.failed = change.is_err();
        Poll::Ready(Some(change))
    }
}
