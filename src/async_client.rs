//! The client for async programs: the same steps as the blocking client, and
//! a reactor that says when to take them.
//!
//! A [`Reactor`] is all that a runtime has to provide. [`TokioReactor`] and
//! [`AsyncIoReactor`] are here, behind the features `tokio` and `async-io`; one
//! for another runtime is some twenty lines, and needs nothing of this crate's
//! inside.
//!
//! [`TokioReactor`]: crate::TokioReactor
//! [`AsyncIoReactor`]: crate::AsyncIoReactor

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;

use crate::client::{ClientControl, EventInput, EventOutput, SequencerClient};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::event::{Event, EventView};
use crate::io::{AwaitedRoom, EventBuffer, Sent, cells_in_use, read_step, write_step};
use crate::wire::EventBatch;

#[cfg(feature = "async-io")]
pub(crate) mod async_io;
#[cfg(feature = "tokio")]
pub(crate) mod tokio;

/// The open file of a client, for a reactor to watch.
#[derive(Clone, Debug)]
pub struct ClientFile(Arc<ClientControl>);

impl AsFd for ClientFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for ClientFile {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

/// Tells when a client can read or write. What an async runtime has to provide.
///
/// Both methods take `step`, and take it again whenever the file has become ready,
/// until it does not fail with [`io::ErrorKind::WouldBlock`]; then they return
/// what it returned. `poll_write` must take it *before* it waits for the first
/// time: the file may be busy for scheduled events, and a direct one still goes.
/// Of each method at most one call waits at a time.
pub trait Reactor: Sized + Send + Sync + 'static {
    /// Starts to watch the file. It is non-blocking.
    ///
    /// # Errors
    /// If the runtime cannot.
    fn register(file: ClientFile) -> io::Result<Self>;

    /// Takes a step that reads.
    fn poll_read<T>(
        &self,
        cx: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>>;

    /// Takes a step that writes.
    fn poll_write<T>(
        &self,
        cx: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>>;
}

/// What our steps return, as a reactor wants to see it: to wait, or done.
fn wait_or_done<T>(result: Result<T>) -> io::Result<Result<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        done => Ok(done),
    }
}

/// What the reactor returns, as our callers want to see it.
fn done<T>(operation: Operation, result: io::Result<Result<T>>) -> Result<T> {
    result.unwrap_or_else(|error| Err(Error::from_reactor(operation, &error)))
}

/// A client of the sequencer in an async program.
///
/// Made from a [`SequencerClient`], which has the options:
///
/// ```no_run
/// # #[cfg(feature = "tokio")]
/// # async fn example() -> alsa_seq::Result<()> {
/// use alsa_seq::SequencerClient;
///
/// let mut client = SequencerClient::open("async")?.into_tokio()?;
/// let port = client.create_port("port")?;
/// let event = client.event_input().await?;
/// client.event_output(&event.from_port(&port).to_subscribers()).await?;
/// client.drain_output().await?;
/// # Ok(())
/// # }
/// ```
///
/// It has the verbs of the blocking client; the control calls, which never wait,
/// are the blocking client's own ([`ClientControl`]). Dropping a future, at any
/// time, loses no event and doubles none: an event is accepted when the future is
/// done, and not before.
pub struct AsyncSequencerClient<R> {
    output: AsyncEventOutput<R>,
    input: AsyncEventInput<R>,
}

impl SequencerClient {
    /// This client on a reactor of your own.
    ///
    /// # Errors
    /// If the reactor cannot watch the file.
    pub fn into_async<R: Reactor>(self) -> Result<AsyncSequencerClient<R>> {
        let (output, input) = self.split();
        let file = ClientFile(Arc::clone(&output.control));
        // One registration for both directions: a file can be watched once.
        let reactor = R::register(file)
            .map(Arc::new)
            .map_err(|error| Error::from_reactor(Operation::Poll, &error))?;
        Ok(AsyncSequencerClient {
            output: AsyncEventOutput {
                reactor: Arc::clone(&reactor),
                output,
                room: None,
                sent: 0,
            },
            input: AsyncEventInput {
                reactor,
                input,
                failed: false,
            },
        })
    }
}

impl<R: Reactor> AsyncSequencerClient<R> {
    /// The two directions apart, for two tasks.
    pub fn split(self) -> (AsyncEventOutput<R>, AsyncEventInput<R>) {
        (self.output, self.input)
    }

    /// See [`EventInput::event_input`].
    ///
    /// # Errors
    /// The same.
    pub async fn event_input(&mut self) -> Result<Event<'static>> {
        self.input.event_input().await
    }

    /// See [`EventInput::event_input_batch`].
    ///
    /// # Errors
    /// The same.
    pub async fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()> {
        self.input.event_input_batch(buffer).await
    }

    /// See [`EventOutput::event_output`].
    ///
    /// # Errors
    /// The same.
    pub async fn event_output<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        self.output.event_output(event).await
    }

    /// See [`EventOutput::event_output_direct`].
    ///
    /// # Errors
    /// The same.
    pub async fn event_output_direct<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        self.output.event_output_direct(event).await
    }

    /// See [`EventOutput::drain_output`].
    ///
    /// # Errors
    /// The same.
    pub async fn drain_output(&mut self) -> Result<()> {
        self.output.drain_output().await
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
        &self.output
    }
}

/// The half of an async client that receives. It is also a [`Stream`] of events:
/// an overrun is an item, after which the next events follow; an error of another
/// kind is the last item.
pub struct AsyncEventInput<R> {
    reactor: Arc<R>,
    input: EventInput,
    /// Whether the stream is at its end.
    failed: bool,
}

impl<R: Reactor> AsyncEventInput<R> {
    /// See [`EventInput::event_input`]. One wake-up serves all events that are
    /// there.
    ///
    /// # Errors
    /// The same.
    pub async fn event_input(&mut self) -> Result<Event<'static>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// See [`EventInput::event_input_batch`].
    ///
    /// # Errors
    /// The same.
    pub async fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()> {
        buffer.clear();
        poll_fn(|cx| self.poll_fill(cx)).await?;
        std::mem::swap(&mut self.input.buffer, buffer);
        Ok(())
    }

    /// The blocking half inside, for the calls that never wait:
    /// [`EventInput::try_event_input`], [`EventInput::drop_input`] and so on.
    pub fn blocking(&mut self) -> &mut EventInput {
        &mut self.input
    }

    /// The next event, as [`AsyncEventInput::event_input`], for those who write
    /// their own futures.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event<'static>>> {
        loop {
            ready!(self.poll_fill(cx))?;
            if let Some(event) = self.input.buffer.take_first() {
                return Poll::Ready(event.map(Event::into_owned));
            }
        }
    }

    /// Makes sure that there is something in the buffer.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.input.check()?;
        let buffer = &mut self.input.buffer;
        if !buffer.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let control = &self.input.control;
        self.reactor
            .poll_read(cx, || wait_or_done(read_step(control, buffer)))
            .map(|result| done(Operation::EventInput, result))
    }
}

impl<R: Reactor> Stream for AsyncEventInput<R> {
    type Item = Result<Event<'static>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.failed {
            return Poll::Ready(None);
        }
        let event = ready!(this.poll_event(cx));
        this.failed = event
            .as_ref()
            .is_err_and(|error| error.kind() != ErrorKind::Overrun);
        Poll::Ready(Some(event))
    }
}

impl<R> Deref for AsyncEventInput<R> {
    type Target = ClientControl;

    fn deref(&self) -> &ClientControl {
        &self.input
    }
}

/// The half of an async client that sends. It is also a [`Sink`] of events.
///
/// It waits for room in the client's own pool alone. A full receiver is
/// reported at once, as by the blocking client: nothing tells when it has room
/// again, and other subscribers would get the event twice.
pub struct AsyncEventOutput<R> {
    reactor: Arc<R>,
    output: EventOutput,
    /// While output waits.
    room: Option<AwaitedRoom>,
    /// How many events of the batch were sent before it had to wait.
    sent: usize,
}

/// Which of the two batches is to be sent.
type Select = fn(&mut EventOutput) -> &mut EventBatch;

impl<R: Reactor> AsyncEventOutput<R> {
    /// See [`EventOutput::event_output`].
    ///
    /// # Errors
    /// The same.
    pub async fn event_output<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        let event = event.into();
        self.output.check(event)?;
        if !self.output.has_room(event) {
            self.drain_output().await?;
        }
        self.output.batch.push(event)?;
        Ok(())
    }

    /// See [`EventOutput::event_output_direct`]. A future that is dropped has
    /// not sent the event.
    ///
    /// # Errors
    /// The same.
    pub async fn event_output_direct<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        let event = event.into();
        self.output.check(event)?;
        self.output.single.clear();
        self.output.single.push(event)?;
        self.sent = 0;
        poll_fn(|cx| self.poll_write(cx, |output| &mut output.single)).await
    }

    /// See [`EventOutput::drain_output`]. After a future that was dropped, the
    /// next call goes on.
    ///
    /// # Errors
    /// The same.
    pub async fn drain_output(&mut self) -> Result<()> {
        self.sent = 0;
        poll_fn(|cx| self.poll_drain(cx)).await
    }

    /// Sends everything that is in the buffer, and waits until the kernel has
    /// delivered every event that this client has scheduled. On a queue that
    /// stands still that takes for ever; your runtime has time-outs.
    ///
    /// # Errors
    /// As [`EventOutput::drain_output`].
    pub async fn sync_output_queue(&mut self) -> Result<()> {
        self.drain_output().await?;
        poll_fn(|cx| self.poll_sync(cx)).await
    }

    /// The blocking half inside, for the calls that never wait:
    /// [`EventOutput::event_output_pending`], [`EventOutput::drop_output`] and so
    /// on.
    pub fn blocking(&mut self) -> &mut EventOutput {
        &mut self.output
    }

    /// As [`AsyncEventOutput::drain_output`], for those who write their own
    /// futures.
    pub fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.poll_write(cx, |output| &mut output.batch)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, select: Select) -> Poll<Result<()>> {
        let control = Arc::clone(&self.output.control);
        let (output, room, sent) = (&mut self.output, &mut self.room, &mut self.sent);
        let mut step = || {
            let batch = select(output);
            if let Sent::WaitsFor(cells) = write_step(control.fd(), batch, sent)? {
                // Set first and tried again after, so that room which comes in
                // between is not missed. The old one goes before the new one
                // looks at what was there.
                *room = None;
                *room = Some(AwaitedRoom::new(&control, cells)?);
                if let Sent::WaitsFor(_) = write_step(control.fd(), batch, sent)? {
                    return Err(Error::new(Operation::EventOutput, ErrorKind::WouldBlock));
                }
            }
            Ok(())
        };
        let result = ready!(self.reactor.poll_write(cx, || wait_or_done(step())));
        (self.room, self.sent) = (None, 0);
        Poll::Ready(done(Operation::EventOutput, result))
    }

    fn poll_sync(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let control = Arc::clone(&self.output.control);
        let room = &mut self.room;
        let mut step = || {
            if let Some(all) = cells_in_use(control.fd())? {
                *room = None;
                *room = Some(AwaitedRoom::new(&control, all)?);
                if cells_in_use(control.fd())?.is_some() {
                    return Err(Error::new(Operation::EventOutput, ErrorKind::WouldBlock));
                }
            }
            Ok(())
        };
        let result = ready!(self.reactor.poll_write(cx, || wait_or_done(step())));
        self.room = None;
        Poll::Ready(done(Operation::EventOutput, result))
    }
}

/// `poll_ready` makes room in the buffer, `start_send` puts an event there,
/// `poll_flush` sends.
impl<R: Reactor> Sink<Event<'_>> for AsyncEventOutput<R> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        if this.output.is_full() {
            this.poll_drain(cx)
        } else {
            Poll::Ready(Ok(()))
        }
    }

    fn start_send(self: Pin<&mut Self>, event: Event<'_>) -> Result<()> {
        let output = &mut self.get_mut().output;
        output.check(event.as_view())?;
        output.batch.push(&event)?;
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.get_mut().poll_drain(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.get_mut().poll_drain(cx)
    }
}

impl<R> Deref for AsyncEventOutput<R> {
    type Target = ClientControl;

    fn deref(&self) -> &ClientControl {
        &self.output
    }
}

macro_rules! debug_by_number {
    ($($name:ident),*) => {$(
        impl<R> fmt::Debug for $name<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.id()).finish()
            }
        }
    )*};
}

debug_by_number!(AsyncSequencerClient, AsyncEventInput, AsyncEventOutput);
