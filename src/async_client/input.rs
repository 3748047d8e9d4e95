//! The receiving half of an async client.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::reactor::{Inlined, Reactor, done, wait_or_done};
use crate::client::EventInput;
use crate::control::client_accessors;
use crate::error::{ErrorKind, Operation, Result};
use crate::event::Event;
use crate::io::{EventBuffer, read_step};

/// The receiving half of an async client. It is also a [`Stream`] of events: an overrun
/// is an error item, and the next events follow; an error of another kind is the last
/// item.
pub struct AsyncEventInput<R> {
    pub(super) reactor: Arc<R>,
    input: EventInput,
    /// Whether the stream is at its end.
    failed: bool,
}

client_accessors!(AsyncEventInput<R>, input.control, with_id);

impl<R> AsyncEventInput<R> {
    pub(super) const fn new(reactor: Arc<R>, input: EventInput) -> Self {
        Self {
            reactor,
            input,
            failed: false,
        }
    }
}

impl<R: Reactor> AsyncEventInput<R> {
    /// See [`EventInput::event_input`]. One wake-up is enough for all events that have
    /// arrived.
    ///
    /// # Errors
    /// The errors of that method.
    #[inline]
    pub fn event_input(&mut self) -> impl Future<Output = Result<Event<'static>>> {
        // Not an `async fn`: its future would have a state, which is not needed here. An
        // event sent and received would take 124 instructions and not 120.
        Inlined(|cx: &mut Context<'_>| self.poll_event(cx))
    }

    /// See [`EventInput::event_input_batch`].
    ///
    /// # Errors
    /// The errors of that method.
    pub async fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()> {
        buffer.clear();
        poll_fn(|cx| self.poll_fill(cx)).await?;
        std::mem::swap(&mut self.input.buffer, buffer);
        Ok(())
    }

    /// Returns the blocking half, for the calls that never wait:
    /// [`EventInput::try_event_input`], [`EventInput::drop_input`] and so on. Its other
    /// calls block the thread.
    pub fn get_mut(&mut self) -> &mut EventInput {
        &mut self.input
    }

    /// Converts this half to a blocking half. Events that were read but not returned yet
    /// stay in its buffer.
    pub fn into_blocking(self) -> EventInput {
        self.input
    }

    /// Polls for the next event, like [`AsyncEventInput::event_input`], for your own
    /// futures.
    #[inline]
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event<'static>>> {
        // Without `take_plain` it would be 196.
        let event = match self.input.buffer.take_plain() {
            Some(event) => event,
            None => ready!(self.poll_any_event(cx))?,
        };
        Poll::Ready(Ok(event))
    }

    #[inline(never)]
    fn poll_any_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event<'static>>> {
        ready!(self.poll_fill(cx))?;
        Poll::Ready(self.input.take())
    }

    /// Reads events until the buffer is not empty.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.input.check()?;
        let buffer = &mut self.input.buffer;
        if !buffer.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let control = &self.input.control;
        self.reactor
            .poll_read(cx, || {
                wait_or_done(read_step(control.fd(), control.framing(), buffer))
            })
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
