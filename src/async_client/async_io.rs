//! The client on async-io, the reactor of smol.

use std::io;
use std::task::{Context, Poll, ready};

use async_io::Async;

use super::{AsyncSequencerClient, AsyncTopologyMonitor, ClientFile, Reactor};
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
        mut step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match step() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
            ready!(self.0.poll_readable(cx))?;
        }
    }

    fn poll_write<T>(
        &self,
        cx: &mut Context<'_>,
        mut step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match step() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
            ready!(self.0.poll_writable(cx))?;
        }
    }
}

impl SequencerClient {
    /// This client on async-io.
    ///
    /// # Errors
    /// If async-io cannot watch the file.
    pub fn into_async_io(self) -> Result<AsyncSequencerClient<AsyncIoReactor>> {
        self.into_async()
    }
}

impl TopologyMonitor {
    /// This monitor on async-io; as [`SequencerClient::into_async_io`].
    ///
    /// # Errors
    /// The same.
    pub fn into_async_io(self) -> Result<AsyncTopologyMonitor<AsyncIoReactor>> {
        self.into_async()
    }
}
