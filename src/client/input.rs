//! The half of a client that receives.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::client::{ClientControl, Direction};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::event::Event;
use crate::io::EventBuffer;
use crate::io::blocking::{self, Deadline};
use crate::wire::Framing;

/// The half of a client that receives events.
///
/// A receive call waits with `poll`, reads as many events as there are, and
/// hands them out one by one.
///
/// When the kernel's buffer for this client overflows, it drops everything
/// that is unread. The next call then gives one error of the kind
/// [`Overrun`](ErrorKind::Overrun), and reading goes on: events that were
/// lost lie between what came before and what comes after the error. (An
/// overflow alone does not wake a waiting reader; the error comes with the
/// next event.)
pub struct EventInput {
    control: Arc<ClientControl>,
    buffer: EventBuffer,
}

impl EventInput {
    pub(super) fn new(control: Arc<ClientControl>) -> Self {
        Self {
            control,
            buffer: EventBuffer::new(),
        }
    }

    /// Waits for an event.
    ///
    /// # Errors
    /// `Overrun` if events were lost; `InvalidInput` if the client was opened
    /// for output alone.
    #[doc(alias = "snd_seq_event_input")]
    pub fn event_input(&mut self) -> Result<Event<'static>> {
        self.next(Deadline::NEVER)
    }

    /// Waits for an event, but not longer than `timeout`.
    ///
    /// # Errors
    /// As [`EventInput::event_input`], and `TimedOut`.
    pub fn event_input_timeout(&mut self, timeout: Duration) -> Result<Event<'static>> {
        self.next(Deadline::after(timeout))
    }

    /// An event, if one is there.
    ///
    /// # Errors
    /// As [`EventInput::event_input`].
    pub fn try_event_input(&mut self) -> Result<Option<Event<'static>>> {
        match self.next(Deadline::after(Duration::ZERO)) {
            Ok(event) => Ok(Some(event)),
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn next(&mut self, deadline: Deadline) -> Result<Event<'static>> {
        if self.control.direction() == Direction::Output {
            return Err(Error::invalid(
                Operation::EventInput,
                "the client was opened for output alone",
            ));
        }
        loop {
            if let Some(event) = self.buffer.take_first() {
                return event.map(Event::into_owned);
            }
            let fd = self.control.fd();
            blocking::read(fd, &mut self.buffer, Framing::Legacy, deadline)?;
        }
    }
}

impl Deref for EventInput {
    type Target = ClientControl;

    fn deref(&self) -> &ClientControl {
        &self.control
    }
}

impl fmt::Debug for EventInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventInput").field(&self.id()).finish()
    }
}
