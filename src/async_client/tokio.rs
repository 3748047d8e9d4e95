//! The client for tokio.

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
    // The newer function is unsafe, because files may be closed while they are watched. A
    // `ClientFile` keeps its file open.
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
        // Makes the step first: a direct event needs no room in the pool, and the file
        // may not be reported as writable then.
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

/// Makes the step whenever the file is ready, until it need not wait.
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

/// A client for tokio.
pub type TokioClient = AsyncSequencerClient<TokioReactor>;
/// The receiving half of a client for tokio.
pub type TokioEventInput = AsyncEventInput<TokioReactor>;
/// The sending half of a client for tokio.
pub type TokioEventOutput = AsyncEventOutput<TokioReactor>;
/// A monitor for tokio.
pub type TokioTopologyMonitor = AsyncTopologyMonitor<TokioReactor>;

impl SequencerClient {
    /// Converts this client to a client for tokio. The call must be within a runtime with
    /// I/O enabled. Sending at the receivers' pace also needs the runtime's time to be
    /// enabled.
    ///
    /// # Errors
    /// If tokio cannot watch the file.
    ///
    /// # Panics
    /// Panics outside a tokio runtime, or in a runtime without I/O, as tokio does.
    pub fn into_tokio(self) -> Result<TokioClient> {
        self.into_async()
    }
}

impl TopologyMonitor {
    /// Converts this monitor to a monitor for tokio, like
    /// [`SequencerClient::into_tokio`].
    ///
    /// # Errors
    /// The errors of that method.
    ///
    /// # Panics
    /// In the same cases as that method.
    pub fn into_tokio(self) -> Result<TokioTopologyMonitor> {
        self.into_async()
    }
}
