//! The events that have arrived at a client.

use alsa_seq::{ErrorKind, Event, SequencerClient};

use crate::failure::Failure;

/// The result of one look into a client's input.
#[derive(Debug)]
pub(crate) enum Arrival {
    Event(Event<'static>),
    /// The kernel dropped all events that were unread: the input pool was full.
    Overrun(
        #[cfg_attr(
            not(feature = "record"),
            expect(dead_code, reason = "only `record` says it")
        )]
        alsa_seq::Error,
    ),
}

/// Returns what has arrived next, or `None` if the client has to wait for it. After a
/// wait, a caller takes all there is.
pub(crate) fn next(client: &mut SequencerClient) -> Result<Option<Arrival>, Failure> {
    match client.try_event_input() {
        Ok(event) => Ok(event.map(Arrival::Event)),
        Err(error) if error.kind() == ErrorKind::Overrun => Ok(Some(Arrival::Overrun(error))),
        Err(error) => Err(error.into()),
    }
}
