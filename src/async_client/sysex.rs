//! Sending of long system-exclusive messages in pieces, for async programs.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::output::AsyncEventOutput;
use super::reactor::Reactor;
use crate::client::paced::Step;
use crate::client::{SysexPace, SysexProgress, SysexTransfer};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::event::EventView;

/// A long message that is being sent, from [`AsyncEventOutput::sysex_sender`]. Each step
/// sends a piece.
///
/// If the future of a step is dropped, it sends nothing, and the next step continues. To
/// cancel the message, drop this object. The receiver then has only the beginning of the
/// message; see [`SysexSender`](crate::SysexSender).
#[must_use = "it sends at each step"]
pub struct AsyncSysexSender<'o, 'e, R> {
    output: &'o mut AsyncEventOutput<R>,
    transfer: SysexTransfer<'e>,
}

impl<R: Reactor> AsyncSysexSender<'_, '_, R> {
    /// Sends the next piece; see [`SysexSender::step`](crate::SysexSender::step).
    ///
    /// # Errors
    /// The errors of that method, without `Interrupted`.
    pub async fn step(&mut self) -> Result<Option<SysexProgress>> {
        loop {
            match self.transfer.pieces().step(self.output.get_mut())? {
                Step::Sent => return Ok(Some(self.progress())),
                Step::Wait(pause) => self.output.reactor.sleep(pause).await,
                Step::Done => return Ok(None),
            }
        }
    }
}

impl<R> AsyncSysexSender<'_, '_, R> {
    /// Returns the progress.
    pub fn progress(&self) -> SysexProgress {
        self.transfer.progress()
    }
}

impl<R> fmt::Debug for AsyncSysexSender<'_, '_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncSysexSender")
            .field(&self.progress())
            .finish()
    }
}

impl<R: Reactor> AsyncEventOutput<R> {
    /// See [`EventOutput::sysex_output`](crate::EventOutput::sysex_output). If the future
    /// is dropped, a part of the message may have been sent, and the receiver never gets
    /// its end.
    ///
    /// # Errors
    /// The errors of that method, without `Interrupted`.
    pub async fn sysex_output<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<()> {
        let mut sender = self.sysex_sender(event, pace).await?;
        while sender.step().await?.is_some() {}
        Ok(())
    }

    /// See [`EventOutput::sysex_sender`](crate::EventOutput::sysex_sender).
    ///
    /// # Errors
    /// The errors of that method.
    pub async fn sysex_sender<'o, 'e>(
        &'o mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<AsyncSysexSender<'o, 'e, R>> {
        let whole = event.into();
        let source = self.get_mut().check_sysex(whole)?;
        self.drain_in_time(pace.patience()).await?;
        let transfer = self.get_mut().sysex_pieces(whole, source, pace)?;
        Ok(AsyncSysexSender {
            output: self,
            transfer,
        })
    }

    /// Sends all events in the buffer, but waits no longer than `timeout`.
    async fn drain_in_time(&mut self, timeout: Duration) -> Result<()> {
        let reactor = Arc::clone(&self.reactor);
        let mut draining = pin!(self.drain_output());
        // Uses the runtime's clock only if it has to wait.
        let at_once = poll_fn(|cx| Poll::Ready(draining.as_mut().poll(cx))).await;
        if let Poll::Ready(result) = at_once {
            return result;
        }
        let mut late = pin!(reactor.sleep(timeout));
        poll_fn(|cx| {
            let drained = draining.as_mut().poll(cx);
            if drained.is_pending() && late.as_mut().poll(cx).is_ready() {
                let error = Error::new(Operation::EventOutput, ErrorKind::TimedOut);
                return Poll::Ready(Err(error));
            }
            drained
        })
        .await
    }
}
