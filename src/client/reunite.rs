//! The two halves of a client, joined again.

use std::fmt;
use std::sync::Arc;

use crate::client::{EventInput, EventOutput, SequencerClient};
use crate::error::{Error, Operation};

/// Two halves that belong to different clients. They are as they were.
#[derive(thiserror::Error)]
#[error("the halves belong to different clients")]
pub struct ReuniteError<O, I>(Box<(O, I)>);

/// As the other errors: see `debug_as_display`.
impl<O, I> fmt::Debug for ReuniteError<O, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<O, I> ReuniteError<O, I> {
    pub(crate) fn new(output: O, input: I) -> Self {
        Self(Box::new((output, input)))
    }

    /// The half that sends, and the half that receives.
    pub fn into_halves(self) -> (O, I) {
        *self.0
    }
}

/// The halves are dropped.
impl<O, I> From<ReuniteError<O, I>> for Error {
    fn from(_: ReuniteError<O, I>) -> Self {
        Self::invalid(
            Operation::Argument,
            "the halves belong to different clients",
        )
    }
}

impl EventOutput {
    /// The client again, of its two halves. The buffers stay as they are.
    ///
    /// An [`Interrupter`](crate::Interrupter) still ends the waits of its half alone, until
    /// [`SequencerClient::interrupter`] makes that of the input the whole client's; one
    /// of the output then ends nothing any more.
    ///
    /// ```no_run
    /// use alsa_seq::SequencerClient;
    ///
    /// let (output, mut input) = SequencerClient::open("halves")?.split();
    /// let receiver = std::thread::spawn(move || {
    ///     let _ = input.event_input();
    ///     input
    /// });
    /// if let Ok(input) = receiver.join() {
    ///     output.reunite(input)?.close()?;
    /// }
    /// # Ok::<(), alsa_seq::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the other half is another client's; the error has both.
    pub fn reunite(
        self,
        input: EventInput,
    ) -> Result<SequencerClient, ReuniteError<Self, EventInput>> {
        let output = self;
        if Arc::ptr_eq(&output.control, &input.control) {
            Ok(SequencerClient { output, input })
        } else {
            Err(ReuniteError::new(output, input))
        }
    }
}
