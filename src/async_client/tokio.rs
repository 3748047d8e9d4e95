//! The client on tokio.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

use super::{
    AsyncEventInput, AsyncEventOutput, AsyncSequencerClient, AsyncTopologyMonitor, ClientFile,
    Reactor,
};
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
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        when_ready(|| self.0.poll_read_ready(cx), step)
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
        when_ready(|| self.0.poll_write_ready(cx), step)
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Takes the step whenever the file is ready, until it need not wait.
fn when_ready<'a, T>(
    mut poll_ready: impl FnMut() -> Poll<io::Result<AsyncFdReadyGuard<'a, ClientFile>>>,
    mut step: impl FnMut() -> io::Result<T>,
) -> Poll<io::Result<T>> {
    loop {
        let mut guard = ready!(poll_ready())?;
        if let Ok(result) = guard.try_io(|_| step()) {
            return Poll::Ready(result);
        }
    }
}

/// A client on tokio.
pub type TokioClient = AsyncSequencerClient<TokioReactor>;
/// The half of a client on tokio that receives.
pub type TokioEventInput = AsyncEventInput<TokioReactor>;
/// The half of a client on tokio that sends.
pub type TokioEventOutput = AsyncEventOutput<TokioReactor>;
/// A monitor on tokio.
pub type TokioTopologyMonitor = AsyncTopologyMonitor<TokioReactor>;

impl SequencerClient {
    /// This client on tokio, within a runtime whose I/O is enabled. To send at the pace of
    /// the receivers, the runtime's time must be enabled, too.
    ///
    /// # Errors
    /// If tokio cannot watch the file.
    ///
    /// # Panics
    /// Outside of a tokio runtime, or in one without I/O, as tokio does.
    pub fn into_tokio(self) -> Result<TokioClient> {
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
    pub fn into_tokio(self) -> Result<TokioTopologyMonitor> {
        self.into_async()
    }
}
