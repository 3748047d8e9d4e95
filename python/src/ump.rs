//! MIDI 2.0: the class of Universal MIDI Packets.

use alsa_seq::abi::event as abi;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::convert::unsigned;
use crate::core::{Core, have};
use crate::event::{Event, init, name};

/// A Universal MIDI Packet. (words, **kwargs). words: one to four numbers of 32 bits.
///
/// Clients that were opened with `midi_version` 1 or 2 send and receive packets and all
/// other events. The `type` of a packet is None.
#[pyclass(subclass, extends = Event, module = "alsa_sequencer.event")]
pub(crate) struct UmpEvent;

fn initializer(core: Core) -> PyClassInitializer<UmpEvent> {
    PyClassInitializer::from(Event { core }).add_subclass(UmpEvent)
}

/// The event object of a packet.
pub(crate) fn make(py: Python<'_>, core: Core) -> PyResult<Py<PyAny>> {
    Ok(Py::new(py, initializer(core))?.into_any())
}

impl UmpEvent {
    fn all_words(slf: &Bound<'_, Self>) -> PyResult<[u32; 4]> {
        let event = slf.as_super().try_borrow()?;
        let data: abi::Raw32 = event.core.head.payload();
        let [a, b, c] = data.d.map(abi::U32::get);
        Ok([a, b, c, event.core.word])
    }
}

#[pymethods]
impl UmpEvent {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyClassInitializer<Self> {
        let mut core = Core::blank(None);
        core.set(have::UMP, true);
        initializer(core)
    }

    #[pyo3(signature = (words, **kwargs))]
    fn __init__(
        slf: &Bound<'_, Self>,
        words: &Bound<'_, PyAny>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        init(slf.as_super(), kwargs)?;
        slf.as_super().try_borrow_mut()?.core.set(have::UMP, true);
        Self::set_words(slf, words)
    }

    /// The words of the packet, as many as its message type has.
    #[getter]
    fn words<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let packet = alsa_seq::ump::Packet::from(Self::all_words(slf)?);
        PyTuple::new(slf.py(), packet.words())
    }

    #[setter]
    fn set_words(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let given = value
            .try_iter()?
            .map(|word| unsigned(&word?, "a word"))
            .collect::<PyResult<Vec<u32>>>()?;
        let mut words = [0; 4];
        match words.get_mut(..given.len()) {
            Some(place) if !given.is_empty() => place.copy_from_slice(&given),
            _ => return Err(PyValueError::new_err("a packet has one to four words")),
        }
        let packet = alsa_seq::ump::Packet::from(words);
        if packet.words().len() != given.len() {
            return Err(PyValueError::new_err(format!(
                "a packet of message type {} has {} words, not {}",
                words[0] >> 28,
                packet.words().len(),
                given.len()
            )));
        }
        let [a, b, c, last] = words;
        let mut event = slf.as_super().try_borrow_mut()?;
        event.core.head.set_payload(&abi::Raw32 {
            d: [a, b, c].map(abi::U32::new),
        });
        event.core.word = last;
        Ok(())
    }

    /// The message type, 0 to 15. 2 is a channel message of MIDI 1.0, 4 one of MIDI 2.0.
    #[getter]
    fn message_type(slf: &Bound<'_, Self>) -> PyResult<u32> {
        let [first, ..] = Self::all_words(slf)?;
        Ok(first >> 28)
    }

    /// The group, 0 to 15; None if messages of this type have no group.
    #[getter]
    fn group(slf: &Bound<'_, Self>) -> PyResult<Option<u32>> {
        let [first, ..] = Self::all_words(slf)?;
        // Utility messages and stream messages are for all groups.
        let has_group = !matches!(first >> 28, 0 | 15);
        Ok(has_group.then_some(first >> 24 & 0xf))
    }

    fn __bytes__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyBytes>> {
        let packet = alsa_seq::ump::Packet::from(Self::all_words(slf)?);
        let bytes: Vec<u8> = packet
            .words()
            .iter()
            .flat_map(|word| word.to_be_bytes())
            .collect();
        Ok(PyBytes::new(slf.py(), &bytes))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let packet = alsa_seq::ump::Packet::from(Self::all_words(slf)?);
        let words: Vec<String> = packet
            .words()
            .iter()
            .map(|word| format!("{word:08X}"))
            .collect();
        Ok(format!("<{} {}>", name(slf)?, words.join(" ")))
    }
}
