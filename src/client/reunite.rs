//! Joining the two halves of a client.

use std::fmt;
use std::sync::Arc;

use crate::client::{EventInput, EventOutput, SequencerClient};
use crate::error::{Error, Operation};

/// The error for two halves of different clients. It contains both, unchanged.
#[derive(thiserror::Error)]
#[error("the halves belong to different clients")]
pub struct ReuniteError<O, I>(Box<(O, I)>);

/// Prints like the other errors: see `debug_as_display`.
impl<O, I> fmt::Debug for ReuniteError<O, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<O, I> ReuniteError<O, I> {
    pub(crate) fn new(output: O, input: I) -> Self {
        Self(Box::new((output, input)))
    }

    /// Returns the half that sends, and the half that receives.
    pub fn into_halves(self) -> (O, I) {
        *self.0
    }
}

/// Drops the halves.
impl<O, I> From<ReuniteError<O, I>> for Error {
    fn from(_: ReuniteError<O, I>) -> Self {
        Self::invalid(
            Operation::Argument,
            "the halves belong to different clients",
        )
    }
}

impl EventOutput {
    /// Joins the two halves of a client. The buffers stay as they are.
    ///
    /// An [`Interrupter`](crate::Interrupter) still ends only the waits of its half,
    /// until you call [`SequencerClient::interrupter`]. From then on, the interrupter of
    /// the input ends the waits of the whole client, and that of the output has no
    /// effect.
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
    /// If the halves belong to different clients. The error contains both.
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
