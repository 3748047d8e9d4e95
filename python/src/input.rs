//! The objects of received events.

use alsa_seq::Event;
use pyo3::prelude::*;

use crate::classes;
use crate::core::Core;
use crate::shared::{Failure, Shared};

/// Makes the object of an event. If `bytes`, a MIDI message becomes an event of bytes.
pub(crate) fn object(py: Python<'_>, event: &Event<'_>, bytes: bool) -> PyResult<Py<PyAny>> {
    let core = Core::received(py, event.as_view());
    if bytes && is_midi(event.raw().header.event_type) {
        if let Ok(message) = event.to_midi() {
            return classes::midi_bytes(py, core, &message);
        }
    }
    classes::make(py, core)
}

/// Returns whether events of this type are MIDI messages: `MIDI_BYTES_EVENTS`.
const fn is_midi(number: u8) -> bool {
    matches!(number, 6..=8 | 10..=16 | 20..=22 | 30..=32 | 36 | 40..=42 | 130)
}

/// The number of records of the events that can be received.
pub(crate) fn pending(shared: &Shared, fetch: bool) -> Result<usize, Failure> {
    shared.with_input(|input| {
        let input = input.get_mut();
        if fetch {
            input.event_input_pending()?;
        }
        Ok(input.event_input_buffered_records())
    })
}

/// Cuts a name to the kernel's form: at most 63 bytes of whole characters, up to a NUL.
pub(crate) fn cut(name: &str) -> String {
    let mut stored = alsa_seq::abi::Name::<64>::zeroed();
    stored.set(name);
    stored.to_str().unwrap_or_default().to_owned()
}
