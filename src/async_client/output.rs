//! The half of an async client that sends.

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

/// The half of an async client that sends. It is also a [`Sink`] of events.
///
/// It waits for room in the client's own pool alone. A full receiver is
/// reported at once, as by the blocking client: nothing tells when it has room
/// again, and other subscribers would get the event twice.
///
/// While it waits, the client's [output room](crate::ClientPool::output_room) is
/// what the next event needs. After a future that was dropped meanwhile it stays so,
/// until something was sent.
pub struct AsyncEventOutput<R> {
    pub(super) reactor: Arc<R>,
    pub(super) output: EventOutput,
    /// While output waits.
    room: Option<AwaitedRoom>,
    /// How many events of the batch were sent before it had to wait.
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

/// How far [`AsyncEventOutput::event_output`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begins,
    Drains,
    Over,
}

/// Which of the two batches is to be sent.
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
    /// The same.
    #[inline]
    pub fn event_output<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
    ) -> impl Future<Output = Result<()>> {
        // Not an `async fn`: it would carry the state of a wait that nearly never happens.
        // An event sent and received would take 12 instructions more than 120, and without
        // `put_plain` 74 more.
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
        // Nobody may ask again; the event would be there twice.
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
            // To its end, even if there is room before: what the kernel was told
            // to wait for is then taken back.
            let drained = ready!(self.poll_drain(cx));
            *stage = Stage::Over;
            drained?;
        }
        self.output.batch.push_from(event, source)?;
        Poll::Ready(Ok(()))
    }

    /// See [`EventOutput::event_output_direct`]. A future that is dropped has
    /// not sent the event.
    ///
    /// # Errors
    /// The same.
    pub async fn event_output_direct<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        let event = event.into();
        let source = self.output.check(event)?;
        self.output.single.clear();
        self.output.single.push_from(event, source)?;
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

    /// Sends what is buffered, waiting if need be, and drops this half. The
    /// client is closed when both halves are dropped. For a bounded close, give
    /// the future a time-out of your runtime: dropping it drops the half as well,
    /// and loses what was not sent.
    ///
    /// # Errors
    /// As [`EventOutput::drain_output`]. The half is dropped all the same.
    pub async fn close(mut self) -> Result<()> {
        self.drain_output().await
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

    /// See [`EventOutput::event_output_patient`]. A future that is dropped has not sent
    /// the event.
    ///
    /// # Errors
    /// The same.
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

    /// The half inside, for the calls that never wait:
    /// [`EventOutput::event_output_pending`], [`EventOutput::drop_output`] and so
    /// on. Its other calls block the thread.
    pub fn get_mut(&mut self) -> &mut EventOutput {
        &mut self.output
    }

    /// The half for programs that block. What is in the buffer stays there.
    pub fn into_blocking(self) -> EventOutput {
        self.output
    }

    /// The client again, of its two halves.
    ///
    /// # Errors
    /// If the other half is another client's; the error has both.
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

    /// As [`AsyncEventOutput::drain_output`], for those who write their own
    /// futures.
    pub fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.poll_write(cx, |output| &mut output.batch)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, select: Select) -> Poll<Result<()>> {
        let control = Arc::clone(&self.output.control);
        let (output, room, sent) = (&mut self.output, &mut self.room, &mut self.sent);
        let mut step = || -> Poll<Result<()>> {
            let batch = select(output);
            if let Sent::WaitsFor(cells) = write_step(control.fd(), batch, sent)? {
                // Set first and tried again after, so that room which comes in
                // between is not missed. The old one goes before the new one
                // looks at what was there.
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
