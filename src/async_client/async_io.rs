//! The client for async-io, the reactor of smol.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::{Async, Timer};

use super::{
    AsyncEventInput, AsyncEventOutput, AsyncSequencerClient, AsyncTopologyMonitor, ClientFile,
    Reactor,
};
use crate::client::SequencerClient;
use crate::error::Result;
use crate::topology::TopologyMonitor;

/// Watches a client with async-io.
#[derive(Debug)]
pub struct AsyncIoReactor(Async<ClientFile>);

impl Reactor for AsyncIoReactor {
    fn register(file: ClientFile) -> io::Result<Self> {
        Async::new_nonblocking(file).map(Self)
    }

    fn poll_read<T>(
        &self,
        cx: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        until_done(step, || self.0.poll_readable(cx))
    }

    fn poll_write<T>(
        &self,
        cx: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        until_done(step, || self.0.poll_writable(cx))
    }

    async fn sleep(&self, time: Duration) {
        Timer::after(time).await;
    }
}

/// Makes the step, and repeats it whenever the file is ready, until it need not wait.
fn until_done<T>(
    mut step: impl FnMut() -> io::Result<T>,
    mut poll_ready: impl FnMut() -> Poll<io::Result<()>>,
) -> Poll<io::Result<T>> {
    loop {
        match step() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return Poll::Ready(result),
        }
        ready!(poll_ready())?;
    }
}

/// A client for async-io.
pub type AsyncIoClient = AsyncSequencerClient<AsyncIoReactor>;
/// The receiving half of a client for async-io.
pub type AsyncIoEventInput = AsyncEventInput<AsyncIoReactor>;
/// The sending half of a client for async-io.
pub type AsyncIoEventOutput = AsyncEventOutput<AsyncIoReactor>;
/// A monitor for async-io.
pub type AsyncIoTopologyMonitor = AsyncTopologyMonitor<AsyncIoReactor>;

impl SequencerClient {
    /// Converts this client to a client for async-io.
    ///
    /// # Errors
    /// If async-io cannot watch the file.
    pub fn into_async_io(self) -> Result<AsyncIoClient> {
        self.into_async()
    }
}

impl TopologyMonitor {
    /// Converts this monitor to a monitor for async-io, like
    /// [`SequencerClient::into_async_io`].
    ///
    /// # Errors
    /// The errors of that method.
    pub fn into_async_io(self) -> Result<AsyncIoTopologyMonitor> {
        self.into_async()
    }
}
