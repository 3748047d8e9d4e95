//! The client for async programs: the steps of the blocking client, driven by a reactor.
//!
//! A runtime only has to provide a [`Reactor`]. This crate has [`TokioReactor`] and
//! [`AsyncIoReactor`], with the features `tokio` and `async-io`. A reactor for another
//! runtime has about thirty lines, and needs only the public API.
//!
//! [`TokioReactor`]: crate::TokioReactor
//! [`AsyncIoReactor`]: crate::AsyncIoReactor

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::address::PortId;
use crate::client::{SequencerClient, SysexPace};
use crate::control::{ClientControl, client_accessors};
use crate::error::Result;
use crate::event::{Event, EventView};
use crate::io::EventBuffer;

#[cfg(feature = "async-io")]
pub(crate) mod async_io;
mod input;
mod output;
mod reactor;
mod sysex;
#[cfg(feature = "tokio")]
pub(crate) mod tokio;
mod topology;

pub use input::AsyncEventInput;
pub use output::AsyncEventOutput;
pub use reactor::{ClientFile, Reactor};
pub use sysex::AsyncSysexSender;
pub use topology::AsyncTopologyMonitor;

/// A client of the sequencer in an async program.
///
/// It is made from a [`SequencerClient`], which has the options:
///
/// ```no_run
/// # #[cfg(feature = "tokio")]
/// # async fn example() -> alsa_seq::Result<()> {
/// use alsa_seq::SequencerClient;
///
/// let mut client = SequencerClient::open("async")?.into_tokio()?;
/// let port = client.create_port("port")?;
/// client.set_source(&port);
/// let event = client.event_input().await?;
/// client.event_output(&event.to_subscribers().direct()).await?;
/// client.drain_output().await?;
/// # Ok(())
/// # }
/// ```
///
/// It has the same calls as the blocking client. The control calls, which never wait, are
/// those of the blocking client ([`ClientControl`]). Dropping a future at any time loses
/// no event and duplicates none, because an event is accepted only when the future is
/// ready. Drop the future to end a wait; an [`Interrupter`](crate::Interrupter) only ends
/// waits of the blocking client.
pub struct AsyncSequencerClient<R> {
    output: AsyncEventOutput<R>,
    input: AsyncEventInput<R>,
}

client_accessors!(AsyncSequencerClient<R>, output.output.control);

impl SequencerClient {
    /// Converts this client to an async client with your own reactor.
    ///
    /// # Errors
    /// If the reactor cannot watch the file.
    pub fn into_async<R: Reactor>(self) -> Result<AsyncSequencerClient<R>> {
        let (output, input) = self.split();
        // Both directions share a registration, because a file can be registered only
        // once.
        let reactor = reactor::watch(&output.control).map(Arc::new)?;
        Ok(AsyncSequencerClient {
            output: AsyncEventOutput::new(Arc::clone(&reactor), output),
            input: AsyncEventInput::new(reactor, input),
        })
    }
}

impl<R: Reactor> AsyncSequencerClient<R> {
    /// Separates the two directions, for two tasks. [`AsyncEventOutput::reunite`] joins
    /// them again.
    pub fn split(self) -> (AsyncEventOutput<R>, AsyncEventInput<R>) {
        (self.output, self.input)
    }

    /// Converts this client to a blocking client. No event is lost, because the buffers
    /// stay as they are. An existing [`Interrupter`](crate::Interrupter) ends only the
    /// waits of the input, until you call [`SequencerClient::interrupter`] again.
    pub fn into_blocking(self) -> SequencerClient {
        SequencerClient {
            output: self.output.into_blocking(),
            input: self.input.into_blocking(),
        }
    }

    /// Sends the buffered events, and closes the client. It waits if necessary. To limit
    /// the wait, give the future a time-out of your runtime: dropping the future also
    /// closes the client, and loses the events that were not sent.
    ///
    /// # Errors
    /// The errors of [`AsyncEventOutput::drain_output`]. The client is closed anyway.
    pub async fn close(self) -> Result<()> {
        self.output.close().await
    }

    /// See [`EventOutput::set_source`](crate::EventOutput::set_source).
    pub fn set_source(&mut self, port: impl Into<PortId>) {
        self.output.set_source(port);
    }

    /// See [`EventOutput::source`](crate::EventOutput::source).
    pub fn source(&self) -> Option<PortId> {
        self.output.source()
    }

    /// See [`AsyncEventInput::event_input`].
    ///
    /// # Errors
    /// The same.
    #[inline]
    pub fn event_input(&mut self) -> impl Future<Output = Result<Event<'static>>> {
        self.input.event_input()
    }

    /// See [`AsyncEventInput::event_input_batch`].
    ///
    /// # Errors
    /// The same.
    pub async fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()> {
        self.input.event_input_batch(buffer).await
    }

    /// See [`AsyncEventOutput::event_output`].
    ///
    /// # Errors
    /// The same.
    #[inline]
    pub fn event_output<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
    ) -> impl Future<Output = Result<()>> {
        self.output.event_output(event)
    }

    /// See [`AsyncEventOutput::event_output_direct`].
    ///
    /// # Errors
    /// The same.
    pub async fn event_output_direct<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        self.output.event_output_direct(event).await
    }

    /// See [`AsyncEventOutput::drain_output`].
    ///
    /// # Errors
    /// The same.
    pub async fn drain_output(&mut self) -> Result<()> {
        self.output.drain_output().await
    }

    /// See [`AsyncEventOutput::event_output_patient`].
    ///
    /// # Errors
    /// The same.
    pub async fn event_output_patient<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        timeout: Duration,
    ) -> Result<()> {
        self.output.event_output_patient(event, timeout).await
    }

    /// See [`AsyncEventOutput::sysex_output`].
    ///
    /// # Errors
    /// The same.
    pub async fn sysex_output<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<()> {
        self.output.sysex_output(event, pace).await
    }

    /// See [`AsyncEventOutput::sysex_sender`].
    ///
    /// # Errors
    /// The same.
    pub async fn sysex_sender<'o, 'e>(
        &'o mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<AsyncSysexSender<'o, 'e, R>> {
        self.output.sysex_sender(event, pace).await
    }

    /// See [`AsyncEventOutput::sync_output_queue`].
    ///
    /// # Errors
    /// The same.
    pub async fn sync_output_queue(&mut self) -> Result<()> {
        self.output.sync_output_queue().await
    }
}

impl<R> Deref for AsyncSequencerClient<R> {
    type Target = ClientControl;

    fn deref(&self) -> &ClientControl {
        &self.output.output.control
    }
}
