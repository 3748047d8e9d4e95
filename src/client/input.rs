//! [`EventInput`], the half of a client that receives.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use crate::control::{Direction, OpenClient, client_accessors};
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::event::Event;
use crate::interrupt::Interrupter;
use crate::io::EventBuffer;
use crate::io::blocking::{self, Reader};

/// The half of a client that receives events.
///
/// A receive call reads all events that have arrived, and returns them one by one. If no
/// event has arrived, it waits with `poll`.
///
/// When the client's input pool overflows, the kernel drops all unread events. The next
/// call then returns one error of the kind [`Overrun`](ErrorKind::Overrun), and reading
/// continues. The lost events were between the events before and after the error. (An
/// event that is larger than the whole pool is also lost. If no event is unread then, the
/// kernel does not wake a waiting reader; a reader without a time limit gets the error
/// with the next event.)
pub struct EventInput {
    pub(crate) control: Arc<OpenClient>,
    pub(crate) buffer: EventBuffer,
    reader: Reader,
}

client_accessors!(EventInput, control, with_id);

impl EventInput {
    pub(super) fn new(control: Arc<OpenClient>) -> Self {
        Self {
            control,
            buffer: EventBuffer::unallocated(),
            reader: Reader::default(),
        }
    }

    /// Returns an object that ends a wait of this half from another thread or a signal
    /// handler. The first call creates it; later calls return the same one.
    ///
    /// # Errors
    /// If the process has no more file descriptors (EMFILE, ENFILE).
    pub fn interrupter(&mut self) -> Result<Interrupter> {
        self.reader.interrupts().interrupter()
    }

    /// Waits for an event.
    ///
    /// # Errors
    /// `Overrun` if events were lost; `Interrupted` if an [`Interrupter`] ended the wait;
    /// `InvalidInput` if the client was opened for output only.
    #[doc(alias = "snd_seq_event_input")]
    #[inline]
    pub fn event_input(&mut self) -> Result<Event<'static>> {
        self.next_in_time(|| Deadline::NEVER)
    }

    /// Waits for an event, but not longer than `timeout`. If none comes, the result is the
    /// error `TimedOut`; python-alsa-midi returns None.
    ///
    /// # Errors
    /// The errors of [`EventInput::event_input`], and `TimedOut`.
    #[inline]
    pub fn event_input_timeout(&mut self, timeout: Duration) -> Result<Event<'static>> {
        self.next_in_time(|| Deadline::after(timeout))
    }

    /// Returns the next event, or `None` if no event has arrived. Never waits.
    ///
    /// # Errors
    /// The errors of [`EventInput::event_input`].
    #[inline]
    pub fn try_event_input(&mut self) -> Result<Option<Event<'static>>> {
        if self.buffer.is_empty() && !self.fill(Deadline::after(Duration::ZERO))? {
            return Ok(None);
        }
        self.take().map(Some)
    }

    /// Waits for at least one event, and moves all events that have arrived into
    /// `buffer`. The earlier contents of the buffer are dropped. [`EventBuffer::events`]
    /// then shows the events without a copy.
    ///
    /// # Errors
    /// The errors of [`EventInput::event_input`]; the buffer is then empty.
    pub fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()> {
        buffer.clear();
        if self.buffer.is_empty() {
            self.fill(Deadline::NEVER)?;
        }
        // Events that an earlier call has read come first.
        mem::swap(&mut self.buffer, buffer);
        Ok(())
    }

    /// Returns how many events can be received without waiting. It reads from the kernel
    /// only if no events are left from an earlier read, so more may have arrived.
    ///
    /// # Errors
    /// The errors of [`EventInput::event_input`].
    #[doc(alias = "snd_seq_event_input_pending")]
    pub fn event_input_pending(&mut self) -> Result<usize> {
        if self.buffer.is_empty() {
            self.fill(Deadline::after(Duration::ZERO))?;
        }
        Ok(self.buffer.events().count())
    }

    /// Returns how many events were read from the kernel and not returned yet. Makes no
    /// system call.
    pub fn event_input_buffered(&self) -> usize {
        self.buffer.events().count()
    }

    /// Returns the size of those events in records of 28 bytes (32 for a UMP client): one
    /// for each event, and more for its data. libasound's `snd_seq_event_input_pending`
    /// counts these. Makes no system call.
    pub fn event_input_buffered_records(&self) -> usize {
        self.buffer.records()
    }

    /// An endless iterator of the received events. An overrun is an error item, and the
    /// next events follow. An error of another kind is the last item.
    pub fn events(&mut self) -> Incoming<'_> {
        Incoming {
            input: self,
            failed: false,
        }
    }

    /// Drops the events that were read from the kernel, but not returned yet.
    #[doc(alias = "snd_seq_drop_input_buffer")]
    pub fn drop_input_buffer(&mut self) {
        self.buffer.clear();
    }

    /// Drops all events that have arrived, and clears an overrun that was not reported
    /// yet.
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_drop_input")]
    pub fn drop_input(&mut self) -> Result<()> {
        self.buffer.clear();
        self.control.remove_unread()
    }

    /// Returns the next event, or an error after the deadline.
    #[inline(always)]
    fn next_in_time(&mut self, deadline: impl FnOnce() -> Deadline) -> Result<Event<'static>> {
        // With `take_first` alone, an event would take 112 instructions and not 38; with
        // a result from both arms, 45.
        let event = match self.buffer.take_plain() {
            Some(event) => event,
            None => self.next_of_any_kind(deadline)?,
        };
        Ok(event)
    }

    /// The same for an event of any kind. It computes the deadline only if it has to
    /// wait, because that reads the clock.
    #[inline(never)]
    fn next_of_any_kind(&mut self, deadline: impl FnOnce() -> Deadline) -> Result<Event<'static>> {
        if self.buffer.is_empty() && !self.fill(deadline())? {
            return Err(Error::new(Operation::EventInput, ErrorKind::TimedOut));
        }
        self.take()
    }

    /// Takes the next event out of the buffer, which must not be empty.
    pub(crate) fn take(&mut self) -> Result<Event<'static>> {
        // Without this, the first event of each read takes 60 instructions more: 16 % of
        // a round trip's.
        if let Some(event) = self.buffer.take_plain() {
            return Ok(event);
        }
        match self.buffer.take_first() {
            Some(event) => event.map(Event::into_owned),
            None => {
                let message = "the kernel gives no event and no reason";
                Err(Error::failed(Operation::EventInput, message))
            }
        }
    }

    /// Reads the events that have arrived into the empty buffer. Returns false if none
    /// arrived before the deadline.
    #[inline(never)]
    fn fill(&mut self, deadline: Deadline) -> Result<bool> {
        self.check()?;
        blocking::read(&self.control, &mut self.buffer, &mut self.reader, deadline)
    }

    /// Fails if the client was opened for output only.
    pub(crate) fn check(&self) -> Result<()> {
        if self.control.direction() == Direction::Output {
            return Err(Error::invalid(
                Operation::EventInput,
                "the client was opened for output alone",
            ));
        }
        Ok(())
    }
}

/// The iterator of [`EventInput::events`].
#[derive(Debug)]
pub struct Incoming<'i> {
    input: &'i mut EventInput,
    failed: bool,
}

impl Iterator for Incoming<'_> {
    type Item = Result<Event<'static>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let event = self.input.event_input();
        self.failed = event
            .as_ref()
            .is_err_and(|error| error.kind() != ErrorKind::Overrun);
        Some(event)
    }
}
