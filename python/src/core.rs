//! The content of an event object, and the kernel's record that is made of it.

use alsa_seq::ClientId;
use alsa_seq::abi::consts;
use alsa_seq::abi::event as abi;
use alsa_seq::abi::flags::EventFlags;
use alsa_seq::abi::zerocopy::{FromBytes, IntoBytes};
use alsa_seq::wire::{Events, Framing};
use alsa_seq::{EventView, ump::Packet};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Bits for the attributes of an event that are set. All others are `None` in Python.
pub(crate) mod have {
    pub(crate) const TYPE: u16 = 1;
    pub(crate) const QUEUE: u16 = 1 << 1;
    pub(crate) const TIME: u16 = 1 << 2;
    pub(crate) const TICK: u16 = 1 << 3;
    pub(crate) const SOURCE: u16 = 1 << 4;
    pub(crate) const DEST: u16 = 1 << 5;
    pub(crate) const RELATIVE: u16 = 1 << 6;
    /// The value of `relative`, if it is set.
    pub(crate) const IS_RELATIVE: u16 = 1 << 7;
    pub(crate) const RAW: u16 = 1 << 8;
    pub(crate) const CONTROL_QUEUE: u16 = 1 << 9;
    /// The event is a packet. Its words are the data and `word`.
    pub(crate) const UMP: u16 = 1 << 10;
    /// The payload is MIDI bytes, not the data of one event.
    pub(crate) const MIDI: u16 = 1 << 11;
    /// The event came from the kernel. Its source is the sender's port.
    pub(crate) const RECEIVED: u16 = 1 << 12;
}

/// The state of an event object.
pub(crate) struct Core {
    /// The record. Its flags are those that the user gave, or that were received.
    pub(crate) head: abi::Event,
    /// The fourth word of a packet.
    pub(crate) word: u32,
    /// The data of variable length.
    pub(crate) payload: Option<Py<PyBytes>>,
    /// Bits of [`have`].
    pub(crate) have: u16,
    /// The length of `raw_data`.
    pub(crate) raw_len: u8,
}

/// The arguments of a call that replace attributes of an event.
#[derive(Clone, Copy, Default)]
pub(crate) struct Route {
    pub(crate) queue: Option<u8>,
    pub(crate) port: Option<u8>,
    pub(crate) dest: Option<abi::Address>,
    /// The sending client. Without one, the event's own source is used.
    pub(crate) client: Option<ClientId>,
}

impl Core {
    pub(crate) const fn blank(event_type: Option<u8>) -> Self {
        let mut head = abi::Event::zeroed();
        let mut have = 0;
        if let Some(number) = event_type {
            head.header.event_type = number;
            have = have::TYPE;
        }
        Self {
            head,
            word: 0,
            payload: None,
            have,
            raw_len: 0,
        }
    }

    /// The content of an event that was received, or read from bytes.
    pub(crate) fn received(py: Python<'_>, event: EventView<'_>) -> Self {
        let mut head = *event.raw();
        let mut have = have::TYPE
            | have::QUEUE
            | have::SOURCE
            | have::DEST
            | have::RELATIVE
            | have::CONTROL_QUEUE
            | have::RAW
            | have::RECEIVED;
        have |= match head.header.flags.contains(EventFlags::TIME_STAMP_REAL) {
            true => have::TIME,
            false => have::TICK,
        };
        if event.is_relative() {
            have |= have::IS_RELATIVE;
        }
        let mut word = 0;
        if let Some(packet) = event.packet() {
            have |= have::UMP;
            have &= !(have::TYPE | have::RAW);
            word = last_word(packet);
        }
        let variable = head.header.flags.length() == EventFlags::LENGTH_VARIABLE;
        let payload = variable.then(|| {
            // Older kernels leave a pointer in the record.
            head.set_payload(&abi::Ext::new(length(event.payload().len())));
            PyBytes::new(py, event.payload()).unbind()
        });
        Self {
            head,
            word,
            payload,
            have,
            raw_len: 12,
        }
    }

    /// The data of variable length. It is empty where there is none.
    pub(crate) fn data(&self, py: Python<'_>) -> Py<PyBytes> {
        match &self.payload {
            Some(data) => data.clone_ref(py),
            None => PyBytes::new(py, &[]).unbind(),
        }
    }

    pub(crate) const fn has(&self, bits: u16) -> bool {
        self.have & bits != 0
    }

    pub(crate) const fn set(&mut self, bits: u16, yes: bool) {
        if yes {
            self.have |= bits;
        } else {
            self.have &= !bits;
        }
    }

    /// The record as it is sent.
    pub(crate) fn record(&self, route: &Route) -> abi::Event {
        let mut head = self.head;
        let header = &mut head.header;
        header.queue = match route.queue {
            Some(queue) => queue,
            None if self.has(have::QUEUE) => header.queue,
            None => consts::QUEUE_DIRECT,
        };
        if self.has(have::TIME | have::TICK) {
            header
                .flags
                .set(EventFlags::TIME_STAMP_REAL, self.has(have::TIME));
        }
        if self.has(have::RELATIVE) {
            header
                .flags
                .set(EventFlags::TIME_MODE_REL, self.has(have::IS_RELATIVE));
        }
        header
            .flags
            .remove(EventFlags::LENGTH_VARIABLE | EventFlags::LENGTH_VARUSR | EventFlags::UMP);
        self.set_source(header, route);
        if let Some(dest) = route.dest {
            header.dest = dest;
        } else if !self.has(have::DEST) {
            header.dest = abi::Address::new(consts::ADDRESS_SUBSCRIBERS, 0);
        }
        if self.has(have::UMP) {
            header.flags.insert(EventFlags::UMP);
        }
        head
    }

    fn set_source(&self, header: &mut abi::EventHeader, route: &Route) {
        let own = route.client.map(ClientId::number);
        let foreign =
            self.has(have::RECEIVED) && own.is_some_and(|own| own != header.source.client);
        let port = match route.port {
            Some(port) => {
                header.source.client = 0;
                port
            }
            None if self.has(have::SOURCE) && !foreign => header.source.port,
            None => 0,
        };
        header.source = abi::Address::new(own.unwrap_or(header.source.client), port);
    }

    /// Adds the event in the kernel's form to `bytes`. It is not for MIDI bytes.
    pub(crate) fn append(&self, py: Python<'_>, route: &Route, bytes: &mut Vec<u8>) {
        let head = self.record(route);
        match &self.payload {
            Some(payload) => append_variable(head, payload.as_bytes(py), bytes),
            None => {
                bytes.extend_from_slice(head.as_bytes());
                if self.has(have::UMP) {
                    bytes.extend_from_slice(&self.word.to_ne_bytes());
                }
            }
        }
    }
}

/// Adds an event with data of variable length to `bytes`.
pub(crate) fn append_variable(mut head: abi::Event, data: &[u8], bytes: &mut Vec<u8>) {
    head.header.flags.insert(EventFlags::LENGTH_VARIABLE);
    let mut ext: abi::Ext = head.payload();
    ext.len.set(length(data.len()));
    head.set_payload(&ext);
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(data);
}

/// A length as the kernel has it. It refuses longer data anyway.
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn last_word(packet: Packet) -> u32 {
    let [_, _, _, last] = packet.to_array();
    last
}

/// Reads one event in the kernel's form. The bytes must contain nothing else.
pub(crate) fn view(bytes: &[u8]) -> PyResult<EventView<'_>> {
    let mut events = Events::new(bytes, Framing::Packed);
    match events.next() {
        Some(Ok(event)) if events.offset() == bytes.len() => Ok(event),
        Some(Ok(_)) => Err(PyValueError::new_err("the bytes are more than one event")),
        Some(Err(error)) => Err(PyValueError::new_err(error.to_string())),
        None => Err(PyValueError::new_err("an event has at least 28 bytes")),
    }
}

/// Reads the record of an event.
pub(crate) fn head_of(bytes: &[u8]) -> PyResult<abi::Event> {
    abi::Event::read_from_bytes(bytes)
        .map_err(|_| PyValueError::new_err("the record of an event has 28 bytes"))
}
