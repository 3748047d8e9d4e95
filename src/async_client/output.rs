//! The sending half of an async client.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_sink::Sink;

use super::reactor::{Inlined, Reactor, done, wait_or_done};
use super::{AsyncEventInput, AsyncSequencerClient};
use crate::address::PortId;
use crate::client::paced::Step;
use crate::client::{EventOutput, ReuniteError};
use crate::control::client_accessors;
use crate::error::{Error, Operation, Result};
use crate::event::{Event, EventView};
use crate::io::{AwaitedRoom, Sent, cells_in_use, write_step};
use crate::wire::EventBatch;

/// The sending half of an async client. It is also a [`Sink`] of events.
///
/// It only waits for room in the client's own pool. A full receiver is reported at once,
/// as by the blocking client: the kernel does not report when the receiver has room
/// again, and other subscribers would get the event twice.
///
/// While it waits, the client's [output room](crate::ClientPool::output_room) is set to
/// the cells of the next event. If the future is dropped, this value stays until the next
/// successful send.
pub struct AsyncEventOutput<R> {
    pub(super) reactor: Arc<R>,
    pub(super) output: EventOutput,
    /// The raised output room, during a wait.
    room: Option<AwaitedRoom>,
    /// The number of events of the batch that were sent before the wait.
    sent: usize,
}

client_accessors!(AsyncEventOutput<R>, output.control, with_id);

impl<R> AsyncEventOutput<R> {
    pub(super) const fn new(reactor: Arc<R>, output: EventOutput) -> Self {
        Self {
            reactor,
            output,
            room: None,
            sent: 0,
        }
    }
}

/// The state of [`AsyncEventOutput::event_output`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begins,
    Drains,
    Over,
}

/// Selects one of the two batches.
type Select = fn(&mut EventOutput) -> &mut EventBatch;

impl<R: Reactor> AsyncEventOutput<R> {
    /// See [`EventOutput::set_source`].
    pub fn set_source(&mut self, port: impl Into<PortId>) {
        self.output.set_source(port);
    }

    /// See [`EventOutput::source`].
    pub fn source(&self) -> Option<PortId> {
        self.output.source()
    }

    /// See [`EventOutput::event_output`].
    ///
    /// # Errors
    /// The errors of that method.
    #[inline]
    pub fn event_output<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
    ) -> impl Future<Output = Result<()>> {
        // Not an `async fn`: its future would have the state of a wait that is very rare.
        // An event sent and received would take 12 instructions more than 120, and
        // without `put_plain` 74 more.
        let event = event.into();
        let mut stage = Stage::Begins;
        Inlined(move |cx: &mut Context<'_>| {
            if stage == Stage::Begins && self.output.put_plain(event) {
                stage = Stage::Over;
                return Poll::Ready(Ok(()));
            }
            self.poll_output(cx, event, &mut stage)
        })
    }

    #[inline(never)]
    fn poll_output(
        &mut self,
        cx: &mut Context<'_>,
        event: EventView<'_>,
        stage: &mut Stage,
    ) -> Poll<Result<()>> {
        // A finished future must not be polled again: the event would be buffered twice.
        if *stage == Stage::Over {
            return Poll::Pending;
        }
        let drains = *stage == Stage::Drains;
        *stage = Stage::Over;
        let source = self.output.check(event)?;
        if drains || !self.output.has_room(event) {
            if !drains {
                self.sent = 0;
            }
            *stage = Stage::Drains;
            // Drains completely, even if the buffer has room earlier: the end restores
            // the client's output room.
            let drained = ready!(self.poll_drain(cx));
            *stage = Stage::Over;
            drained?;
        }
        self.output.batch.push_from(event, source)?;
        Poll::Ready(Ok(()))
    }

    /// See [`EventOutput::event_output_direct`]. If the future is dropped, the event was
    /// not sent.
    ///
    /// # Errors
    /// The errors of that method.
    pub async fn event_output_direct<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        let event = event.into();
        let source = self.output.check(event)?;
        self.output.single.clear();
        self.output.single.push_from(event, source)?;
        self.sent = 0;
        poll_fn(|cx| self.poll_write(cx, |output| &mut output.single)).await
    }

    /// See [`EventOutput::drain_output`]. If the future is dropped, the next call
    /// continues.
    ///
    /// # Errors
    /// The errors of that method.
    pub async fn drain_output(&mut self) -> Result<()> {
        self.sent = 0;
        poll_fn(|cx| self.poll_drain(cx)).await
    }

    /// Sends the buffered events, and drops this half. It waits if necessary. The client
    /// is closed when both halves are dropped. To limit the wait, give the future a
    /// time-out of your runtime: dropping the future also drops the half, and loses the
    /// events that were not sent.
    ///
    /// # Errors
    /// The errors of [`EventOutput::drain_output`]. The half is dropped anyway.
    pub async fn close(mut self) -> Result<()> {
        self.drain_output().await
    }

    /// Sends all events in the buffer, and waits until the kernel has delivered every
    /// event that this client has scheduled. If a queue is stopped, it waits for ever;
    /// use a time-out of your runtime.
    ///
    /// # Errors
    /// The errors of [`EventOutput::drain_output`].
    pub async fn sync_output_queue(&mut self) -> Result<()> {
        self.drain_output().await?;
        poll_fn(|cx| self.poll_sync(cx)).await
    }

    /// See [`EventOutput::event_output_patient`]. If the future is dropped, the event was
    /// not sent.
    ///
    /// # Errors
    /// The errors of that method.
    pub async fn event_output_patient<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        timeout: Duration,
    ) -> Result<()> {
        let mut event = self.output.patient(event.into(), timeout)?;
        while let Step::Wait(pause) = event.step(&mut self.output)? {
            self.reactor.sleep(pause).await;
        }
        Ok(())
    }

    /// Returns the blocking half, for the calls that never wait:
    /// [`EventOutput::event_output_pending`], [`EventOutput::drop_output`] and so on. Its
    /// other calls block the thread.
    pub fn get_mut(&mut self) -> &mut EventOutput {
        &mut self.output
    }

    /// Converts this half to a blocking half. The events in the buffer stay there.
    pub fn into_blocking(self) -> EventOutput {
        self.output
    }

    /// Joins the two halves of a client.
    ///
    /// # Errors
    /// If the halves belong to different clients. The error contains both.
    pub fn reunite(
        self,
        input: AsyncEventInput<R>,
    ) -> Result<AsyncSequencerClient<R>, ReuniteError<Self, AsyncEventInput<R>>> {
        let output = self;
        if Arc::ptr_eq(&output.reactor, &input.reactor) {
            Ok(AsyncSequencerClient { output, input })
        } else {
            Err(ReuniteError::new(output, input))
        }
    }

    /// Polls [`AsyncEventOutput::drain_output`], for your own futures.
    pub fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.poll_write(cx, |output| &mut output.batch)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, select: Select) -> Poll<Result<()>> {
        let control = Arc::clone(&self.output.control);
        let (output, room, sent) = (&mut self.output, &mut self.room, &mut self.sent);
        let mut step = || -> Poll<Result<()>> {
            let batch = select(output);
            if let Sent::WaitsFor(cells) = write_step(control.fd(), batch, sent)? {
                // Sets the new room before it tries again. Otherwise, it could miss cells
                // that become free between the two. The old room is restored before,
                // because the new one reads the present value.
                *room = None;
                *room = Some(AwaitedRoom::new(&control, cells)?);
                if let Sent::WaitsFor(_) = write_step(control.fd(), batch, sent)? {
                    return Poll::Pending;
                }
            }
            Poll::Ready(Ok(()))
        };
        let result = ready!(self.reactor.poll_write(cx, || wait_or_done(step())));
        (self.room, self.sent) = (None, 0);
        self.output.give_back();
        Poll::Ready(done(Operation::EventOutput, result))
    }

    fn poll_sync(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let control = Arc::clone(&self.output.control);
        let room = &mut self.room;
        let mut step = || -> Poll<Result<()>> {
            if let Some(all) = cells_in_use(control.fd())? {
                *room = None;
                *room = Some(AwaitedRoom::new(&control, all)?);
                if cells_in_use(control.fd())?.is_some() {
                    return Poll::Pending;
                }
            }
            Poll::Ready(Ok(()))
        };
        let result = ready!(self.reactor.poll_write(cx, || wait_or_done(step())));
        self.room = None;
        Poll::Ready(done(Operation::EventOutput, result))
    }
}

/// `poll_ready` makes room in the buffer, `start_send` adds an event, and `poll_flush`
/// sends the buffer.
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
        let source = output.check(event.as_view())?;
        output.batch.push_from(event.as_view(), source)?;
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.get_mut().poll_drain(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.get_mut().poll_drain(cx)
    }
}
