//! The class `Event`, from which the classes of all event types are derived.

use alsa_seq::abi::event as abi;
use alsa_seq::abi::flags::EventFlags;
use alsa_seq::abi::zerocopy::IntoBytes;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple, PyType};

use crate::classes;
use crate::convert::{
    address, address_of, byte, event_flags, event_type, port_number, queue_number, unsigned,
};
use crate::core::{Core, Route, have, head_of, view};
use crate::time::RealTime;

/// An event of the sequencer.
///
/// Event(type=None, *, flags=0, tag=0, queue_id=None, time=None, tick=None, source=None,
/// dest=None, relative=None, raw_data=None). Most programs use the classes derived from
/// it. These take the same keyword arguments after their own.
///
/// queue_id: the queue that the event is scheduled on; None to send it at once. time: the
/// time when it is due, a RealTime or seconds. tick: the same in ticks. ValueError if both
/// are given. relative: whether the time counts from now. source, dest: addresses. Without
/// a dest the event goes to the subscribers of its port. tag: any number from 0 to 255.
/// raw_data: the kernel's data of the event, at most 12 bytes.
#[pyclass(subclass, dict, weakref, module = "alsa_sequencer.event")]
pub(crate) struct Event {
    pub(crate) core: Core,
}

/// Sets an attribute from a keyword argument. Returns whether the attribute exists.
fn set_keyword(core: &mut Core, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match name {
        "flags" => set_flags(core, value)?,
        "tag" => core.head.header.tag = byte(value, "tag")?,
        _ if value.is_none() => {
            let known = [
                "queue_id", "time", "tick", "source", "dest", "relative", "raw_data",
            ];
            return Ok(known.contains(&name));
        }
        "queue_id" => set_queue(core, value)?,
        "time" => {
            if core.has(have::TICK) {
                return Err(both());
            }
            set_time(core, RealTime::of(value)?);
        }
        "tick" => {
            if core.has(have::TIME) {
                return Err(both());
            }
            set_tick(core, unsigned(value, "tick")?);
        }
        "source" => {
            core.head.header.source = address_of(value, "source")?;
            core.set(have::SOURCE, true);
        }
        "dest" => {
            core.head.header.dest = address_of(value, "dest")?;
            core.set(have::DEST, true);
        }
        "relative" => set_relative(core, value.is_truthy()?),
        "raw_data" => set_raw(core, &bytes_of(value)?)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn both() -> PyErr {
    PyValueError::new_err("Either 'time' or 'tick' may be set, not both")
}

fn set_flags(core: &mut Core, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let flags = match value.is_none() {
        true => 0,
        false => byte(value, "flags")?,
    };
    core.head.header.flags = EventFlags::from_bits_retain(flags);
    Ok(())
}

fn set_queue(core: &mut Core, value: &Bound<'_, PyAny>) -> PyResult<()> {
    core.head.header.queue = queue_number(value, "queue_id")?;
    core.set(have::QUEUE, true);
    Ok(())
}

fn set_time(core: &mut Core, time: RealTime) {
    core.head.header.time = abi::Timestamp::from_real(time.to_abi());
    core.set(have::TICK, false);
    core.set(have::TIME, true);
}

fn set_tick(core: &mut Core, tick: u32) {
    core.head.header.time = abi::Timestamp::from_tick(tick);
    core.set(have::TIME, false);
    core.set(have::TICK, true);
}

fn set_relative(core: &mut Core, relative: bool) {
    core.set(have::RELATIVE, true);
    core.set(have::IS_RELATIVE, relative);
}

fn set_raw(core: &mut Core, raw: &[u8]) -> PyResult<()> {
    let mut data = [0; 12];
    let Some(place) = data.get_mut(..raw.len()) else {
        return Err(PyValueError::new_err("raw_data has at most 12 bytes"));
    };
    place.copy_from_slice(raw);
    core.head.data = data;
    core.raw_len = u8::try_from(raw.len()).unwrap_or(12);
    core.set(have::RAW, true);
    Ok(())
}

/// Takes the arguments that `bytes()` takes, except a number.
pub(crate) fn bytes_of(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    Ok(py_bytes_of(value)?.as_bytes().to_vec())
}

/// Does the same as [`bytes_of`], and returns Python's object.
pub(crate) fn py_bytes_of<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.clone());
    }
    if value.extract::<i64>().is_ok() {
        return Err(PyTypeError::new_err("bytes are wanted, not a number"));
    }
    let bytes = value.py().get_type::<PyBytes>().call1((value,))?;
    Ok(bytes.cast_into::<PyBytes>()?)
}

/// Takes the keyword arguments that all events have.
pub(crate) fn init(event: &Bound<'_, Event>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    let mut core = Core::blank(class_type(event)?);
    if let Some(kwargs) = kwargs {
        for (name, value) in kwargs {
            let name: String = name.extract()?;
            if !set_keyword(&mut core, &name, &value)? {
                return Err(PyTypeError::new_err(format!(
                    "{}() got an unexpected keyword argument '{name}'",
                    event.get_type().name()?
                )));
            }
        }
    }
    event.try_borrow_mut()?.core = core;
    Ok(())
}

/// The event type that the class of an event stands for.
fn class_type(event: &Bound<'_, Event>) -> PyResult<Option<u8>> {
    let class = event
        .get_type()
        .getattr(pyo3::intern!(event.py(), "type"))?;
    match class.is_none() {
        true => Ok(None),
        false => byte(&class, "type").map(Some),
    }
}

/// The name of an event's class.
pub(crate) fn name(event: &Bound<'_, PyAny>) -> PyResult<String> {
    event.get_type().name()?.extract()
}

#[pymethods]
impl Event {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            core: Core::blank(None),
        }
    }

    #[pyo3(signature = (r#type = None, **kwargs))]
    fn __init__(
        slf: &Bound<'_, Self>,
        r#type: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        init(slf, kwargs)?;
        if let Some(value) = r#type {
            let number = byte(value, "type")?;
            let mut this = slf.try_borrow_mut()?;
            this.core.head.header.event_type = number;
            this.core.set(have::TYPE, true);
        }
        Ok(())
    }

    /// The flags, as they were given or received.
    #[getter]
    fn flags(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let flags = self.core.head.header.flags.difference(EventFlags::UMP);
        event_flags(py, flags.bits())
    }

    #[setter]
    fn set_flags(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        set_flags(&mut self.core, value)
    }

    /// A number from 0 to 255. The sender chooses it, and can remove events by it.
    #[getter]
    fn tag(&self) -> u8 {
        self.core.head.header.tag
    }

    #[setter]
    fn set_tag(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.core.head.header.tag = byte(value, "tag")?;
        Ok(())
    }

    /// The number of the queue; None to send the event at once. A received event that was
    /// sent at once has 253.
    #[getter]
    fn queue_id(&self) -> Option<u8> {
        let header = &self.core.head.header;
        self.core.has(have::QUEUE).then_some(header.queue)
    }

    #[setter]
    fn set_queue_id(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if value.is_none() {
            self.core.set(have::QUEUE, false);
            return Ok(());
        }
        set_queue(&mut self.core, value)
    }

    /// The time in seconds, a RealTime; None if there is no time, or it is in ticks.
    #[getter]
    fn time(&self) -> Option<RealTime> {
        let time = self.core.head.header.time;
        let set = self.core.has(have::TIME);
        set.then(|| RealTime::from_abi(time.real()))
    }

    #[setter]
    fn set_time(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if value.is_none() {
            self.core.set(have::TIME, false);
        } else {
            set_time(&mut self.core, RealTime::of(value)?);
        }
        Ok(())
    }

    /// The time in ticks; None if there is no time, or it is in seconds.
    #[getter]
    fn tick(&self) -> Option<u32> {
        let time = self.core.head.header.time;
        self.core.has(have::TICK).then(|| time.tick())
    }

    #[setter]
    fn set_tick(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if value.is_none() {
            self.core.set(have::TICK, false);
        } else {
            set_tick(&mut self.core, unsigned(value, "tick")?);
        }
        Ok(())
    }

    /// The address of the sending port.
    #[getter]
    fn source(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        match self.core.has(have::SOURCE) {
            true => address(py, self.core.head.header.source).map(Some),
            false => Ok(None),
        }
    }

    #[setter]
    fn set_source(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if !value.is_none() {
            self.core.head.header.source = address_of(value, "source")?;
        }
        self.core.set(have::RECEIVED, false);
        self.core.set(have::SOURCE, !value.is_none());
        Ok(())
    }

    /// The address of the receiving port; None for the subscribers of the sending port.
    #[getter]
    fn dest(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        match self.core.has(have::DEST) {
            true => address(py, self.core.head.header.dest).map(Some),
            false => Ok(None),
        }
    }

    #[setter]
    fn set_dest(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if !value.is_none() {
            self.core.head.header.dest = address_of(value, "dest")?;
        }
        self.core.set(have::DEST, !value.is_none());
        Ok(())
    }

    /// Returns whether the time counts from the moment when the kernel gets the event.
    #[getter]
    fn relative(&self) -> Option<bool> {
        let set = self.core.has(have::RELATIVE);
        set.then(|| self.core.has(have::IS_RELATIVE))
    }

    #[setter]
    fn set_relative(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if value.is_none() {
            self.core.set(have::RELATIVE, false);
        } else {
            set_relative(&mut self.core, value.is_truthy()?);
        }
        Ok(())
    }

    /// The kernel's data of the event, at most 12 bytes. They are not MIDI bytes.
    #[getter]
    fn raw_data<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let data = self.core.head.data.get(..usize::from(self.core.raw_len));
        let set = self.core.has(have::RAW);
        set.then(|| PyBytes::new(py, data.unwrap_or_default()))
    }

    #[setter]
    fn set_raw_data(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if value.is_none() {
            self.core.set(have::RAW, false);
            return Ok(());
        }
        set_raw(&mut self.core, &bytes_of(value)?)
    }

    /// Returns the number of bytes that the event takes in a buffer. These are 28, or 32 for a
    /// packet, and the length of data of variable length.
    fn length(&self, py: Python<'_>) -> usize {
        let payload = self.core.payload.as_ref();
        let record = match self.core.has(have::UMP) {
            true => 32,
            false => 28,
        };
        record + payload.map_or(0, |payload| payload.as_bytes(py).len())
    }

    /// to_bytes(*, queue=None, port=None, dest=None) -> bytes
    ///
    /// Returns the event in the kernel's form: its record, followed by data of variable
    /// length. The arguments are those of `event_output`. For MIDI bytes it returns the
    /// record without data.
    #[pyo3(signature = (*, queue = None, port = None, dest = None))]
    fn to_bytes<'py>(
        &self,
        py: Python<'py>,
        queue: Option<&Bound<'py, PyAny>>,
        port: Option<&Bound<'py, PyAny>>,
        dest: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let route = route(queue, port, dest)?;
        let mut bytes = Vec::new();
        if self.core.has(have::MIDI) {
            bytes.extend_from_slice(self.core.record(&route).as_bytes());
        } else {
            self.core.append(py, &route, &mut bytes);
        }
        Ok(PyBytes::new(py, &bytes))
    }

    /// from_bytes(data) -> Event
    ///
    /// Makes an event of the bytes of `to_bytes`. Its class is that of its type. ValueError
    /// if the bytes are not exactly one event.
    #[staticmethod]
    fn from_bytes(data: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = data.py();
        let bytes = bytes_of(data)?;
        classes::make(py, Core::received(py, view(&bytes)?))
    }

    /// Makes an event of exactly this class.
    #[classmethod]
    fn _from_record<'py>(
        cls: &Bound<'py, PyType>,
        data: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = data.py();
        let bytes = bytes_of(data)?;
        let event = cls.call_method1("__new__", (cls,))?;
        event.cast::<Self>()?.try_borrow_mut()?.core = Core::received(py, view(&bytes)?);
        Ok(event)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = name(slf)?;
        let this = slf.try_borrow()?;
        if !this.core.has(have::TYPE) {
            return Ok(format!("<{name} unknown>"));
        }
        let number = this.core.head.header.event_type;
        drop(this);
        if class_type(slf)? == Some(number) {
            return Ok(format!("<{name}>"));
        }
        let member = event_type(slf.py(), number)?;
        let of_type: String = member.getattr(slf.py(), "name")?.extract(slf.py())?;
        Ok(format!("<{name} {of_type}>"))
    }

    fn __getstate__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let extra = slf.getattr("__dict__")?;
        let this = slf.try_borrow()?;
        let core = &this.core;
        let head = PyBytes::new(py, core.head.as_bytes());
        let payload = core.payload.as_ref().map(|payload| payload.clone_ref(py));
        let state = (head, core.word, payload, core.have, core.raw_len, extra);
        Ok(state.into_pyobject(py)?.into_any())
    }

    fn __setstate__(slf: &Bound<'_, Self>, state: &Bound<'_, PyAny>) -> PyResult<()> {
        type State<'py> = (
            Bound<'py, PyBytes>,
            u32,
            Option<Py<PyBytes>>,
            u16,
            u8,
            Bound<'py, PyAny>,
        );
        let (head, word, payload, have, raw_len, extra): State<'_> = state.extract()?;
        slf.try_borrow_mut()?.core = Core {
            head: head_of(head.as_bytes())?,
            word,
            payload,
            have,
            raw_len: raw_len.min(12),
        };
        slf.getattr("__dict__")?.call_method1("update", (extra,))?;
        Ok(())
    }
}

/// The route of the arguments of `event_output`.
pub(crate) fn route(
    queue: Option<&Bound<'_, PyAny>>,
    port: Option<&Bound<'_, PyAny>>,
    dest: Option<&Bound<'_, PyAny>>,
) -> PyResult<Route> {
    Ok(Route {
        queue: queue
            .map(|queue| queue_number(queue, "queue"))
            .transpose()?,
        port: port.map(|port| port_number(port, "port")).transpose()?,
        dest: dest.map(|dest| address_of(dest, "dest")).transpose()?,
        client: None,
    })
}
