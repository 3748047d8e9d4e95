//! The client on tokio.

use std::io;
use std::task::{Context, Poll, ready};

use tokio::io::unix::AsyncFd;

use super::{AsyncSequencerClient, AsyncTopologyMonitor, ClientFile, Reactor};
use crate::client::SequencerClient;
use crate::error::Result;
use crate::topology::TopologyMonitor;

/// Watches a client with tokio.
#[derive(Debug)]
pub struct TokioReactor(AsyncFd<ClientFile>);

impl Reactor for TokioReactor {
    // Its successor is unsafe, for files that may be closed while they are
    // watched. A `ClientFile` keeps its file open.
    #[allow(deprecated)]
    fn register(file: ClientFile) -> io::Result<Self> {
        AsyncFd::try_new(file).map(Self).map_err(io::Error::from)
    }

    fn poll_read<T>(
        &self,
        cx: &mut Context<'_>,
        mut step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            let mut guard = ready!(self.0.poll_read_ready(cx))?;
            if let Ok(result) = guard.try_io(|_| step()) {
                return Poll::Ready(result);
            }
        }
    }

    fn poll_write<T>(
        &self,
        cx: &mut Context<'_>,
        mut step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        // First the step: a direct event needs no room, and the file may not
        // call itself writable for one.
        match step() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return Poll::Ready(result),
        }
        loop {
            let mut guard = ready!(self.0.poll_write_ready(cx))?;
            if let Ok(result) = guard.try_io(|_| step()) {
                return Poll::Ready(result);
            }
        }
    }
}

impl SequencerClient {
    /// This client on tokio, within a runtime whose I/O is enabled.
    ///
    /// # Errors
    /// If tokio cannot watch the file.
    ///
    /// # Panics
    /// Outside of a tokio runtime, or in one without I/O, as tokio does.
    pub fn into_tokio(self) -> Result<AsyncSequencerClient<TokioReactor>> {
        self.into_async()
    }
}

impl TopologyMonitor {
    /// This monitor on tokio; as [`SequencerClient::into_tokio`].
    ///
    /// # Errors
    /// The same.
    ///
    /// # Panics
    /// The same.
    pub fn into_tokio(self) -> Result<AsyncTopologyMonitor<TokioReactor>> {
        self.into_async()
    }
}
