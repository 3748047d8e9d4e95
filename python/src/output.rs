//! Events as the bytes that are sent.

use std::sync::Arc;
use std::task::Poll;

use alsa_seq::Event as SeqEvent;
use alsa_seq::abi::zerocopy::IntoBytes;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::client::Client;
use crate::core::{Core, Route, append_variable, have};
use crate::error;
use crate::event::{Event, route};
use crate::shared::{Shared, Step, lock};
use crate::stream::Progress;

/// Events as packed bytes.
pub(crate) enum Packed {
    /// One event of 28 bytes.
    One([u8; 28]),
    Many(Vec<u8>),
    /// The events of MIDI bytes, and the state of the stream after them.
    Midi(Vec<u8>, Box<Progress>),
}

impl Packed {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::One(bytes) => bytes,
            Self::Many(bytes) | Self::Midi(bytes, _) => bytes,
        }
    }

    /// Call it when the events are in the buffer or sent. Until then the port's stream does
    /// not know the bytes, so they can be sent again.
    pub(crate) fn taken(&self, shared: &Shared) {
        if let Self::Midi(_, progress) = self {
            lock(&shared.streams).advance(progress);
        }
    }
}

/// Packed events for the client of asyncio.
#[pyclass(frozen, module = "alsa_sequencer._native")]
pub(crate) struct PackedEvents(pub(crate) Packed);

#[pymethods]
impl PackedEvents {
    fn __len__(&self) -> usize {
        self.0.as_bytes().len()
    }
}

impl Client {
    /// The bytes of an event as this client sends it.
    pub(crate) fn pack(
        &self,
        py: Python<'_>,
        event: &Bound<'_, Event>,
        args: [Option<&Bound<'_, PyAny>>; 3],
    ) -> PyResult<(&Arc<Shared>, Packed)> {
        let shared = self.shared(py)?;
        if shared.is_closed() {
            return Err(error::closed(py));
        }
        let [queue, port, dest] = args;
        let mut route = route(queue, port, dest)?;
        route.client = Some(shared.id);
        let event = event.try_borrow()?;
        let core = &event.core;
        if core.payload.is_none() && !core.has(have::UMP | have::MIDI) {
            let mut bytes = [0; 28];
            bytes.copy_from_slice(core.record(&route).as_bytes());
            return Ok((shared, Packed::One(bytes)));
        }
        let mut bytes = Vec::new();
        if core.has(have::MIDI) {
            let progress = parse(py, shared, core, &route, &mut bytes)?;
            return Ok((shared, Packed::Midi(bytes, Box::new(progress))));
        }
        core.append(py, &route, &mut bytes);
        Ok((shared, Packed::Many(bytes)))
    }
}

/// Makes the events of MIDI bytes. They get the header of the event that has the bytes.
fn parse(
    py: Python<'_>,
    shared: &Shared,
    core: &Core,
    route: &Route,
    bytes: &mut Vec<u8>,
) -> PyResult<Progress> {
    let payload = core.payload.as_ref();
    let input = payload.map_or(&[][..], |payload| payload.as_bytes(py));
    let frame = core.record(route).header;
    let progress = lock(&shared.streams).read(frame.source.port, input, |data| {
        let event = SeqEvent::new(data);
        let mut head = *event.raw();
        let flags = frame.flags | head.header.flags;
        head.header = alsa_seq::abi::event::EventHeader {
            event_type: head.header.event_type,
            flags,
            ..frame
        };
        if event.payload().is_empty() {
            bytes.extend_from_slice(head.as_bytes());
        } else {
            append_variable(head, event.payload(), bytes);
        }
    });
    if progress.discarded > 0 {
        return Err(PyValueError::new_err(format!(
            "send event: {} of the bytes are not part of a MIDI message; nothing was sent",
            progress.discarded
        )));
    }
    Ok(progress)
}

/// Puts events into the buffer, and drains it if need be. A step of a wait.
pub(crate) fn put_or_drain(shared: &Shared, events: &[u8]) -> Step<usize> {
    loop {
        if let Poll::Ready(pending) = shared.put(events)? {
            return Ok(Poll::Ready(pending));
        }
        if shared.drain()?.is_pending() {
            return Ok(Poll::Pending);
        }
    }
}
