//! The base classes of the event types: one for each form of the kernel's twelve bytes of
//! data.

use alsa_seq::abi::event as abi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::convert::{address, address_of, byte, midi_number, signed, unsigned};
use crate::core::Core;
use crate::event::{Event, init, name, py_bytes_of};

/// Defines a class for one form of data: its attributes, which are fields of the kernel's
/// struct, its `__init__`, and its other methods.
macro_rules! shape {
    (
        $(#[$doc:meta])* $class:ident: $struct:ty {$(
            $(#[$field_doc:meta])* $field:ident, $setter:ident -> $type:ty:
            |$core:ident, $py:ident| $get:expr;
            |$data:ident, $value:ident| $set:expr;
        )*}
        init($($signature:tt)*)($($args:tt)*) $init:block

        $($rest:tt)*
    ) => {
        $(#[$doc])*
        #[pyclass(subclass, extends = Event, module = "alsa_sequencer.event")]
        pub(crate) struct $class;

        impl $class {
            pub(crate) fn initializer(core: Core) -> PyClassInitializer<Self> {
                PyClassInitializer::from(Event { core }).add_subclass(Self)
            }

            /// Sets the attributes in this order.
            fn fill(slf: &Bound<'_, Self>, values: &[Option<&Bound<'_, PyAny>>]) -> PyResult<()> {
                let mut data: $struct = slf.as_super().try_borrow()?.core.head.payload();
                let mut values = values.iter().copied();
                $(
                    if let Some(Some($value)) = values.next() {
                        let $data = &mut data;
                        $set;
                    }
                )*
                slf.as_super().try_borrow_mut()?.core.head.set_payload(&data);
                Ok(())
            }
        }

        #[pymethods]
        impl $class {
            #[new]
            #[pyo3(signature = (*_args, **_kwargs))]
            fn new(
                _args: &Bound<'_, PyTuple>,
                _kwargs: Option<&Bound<'_, PyDict>>,
            ) -> PyClassInitializer<Self> {
                Self::initializer(Core::blank(None))
            }

            $(
                $(#[$field_doc])*
                #[getter]
                fn $field(slf: PyRef<'_, Self>) -> PyResult<$type> {
                    let $py = slf.py();
                    let $core: $struct = slf.as_super().core.head.payload();
                    Ok($get)
                }

                #[setter]
                fn $setter(slf: &Bound<'_, Self>, $value: &Bound<'_, PyAny>) -> PyResult<()> {
                    let mut data: $struct = slf.as_super().try_borrow()?.core.head.payload();
                    let $data = &mut data;
                    $set;
                    slf.as_super().try_borrow_mut()?.core.head.set_payload(&data);
                    Ok(())
                }
            )*

            #[pyo3(signature = ($($signature)*))]
            fn __init__($($args)*) -> PyResult<()> $init

            $($rest)*
        }
    };
}

shape! {
    /// An event with a result: SystemEvent and ResultEvent. (event, result, **kwargs)
    ResultEventBase: abi::EvResult {
        /// The type of the event that has the result.
        event, set_event -> i32:
        |data, _py| data.event.get();
        |data, value| data.event.set(signed(value, "event")?);

        /// The result.
        result, set_result -> i32:
        |data, _py| data.result.get();
        |data, value| data.result.set(signed(value, "result")?);
    }

    init(event, result, **kwargs)(
        slf: &Bound<'_, Self>,
        event: &Bound<'_, PyAny>,
        result: &Bound<'_, PyAny>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        init(slf.as_super(), kwargs)?;
        Self::fill(slf, &[Some(event), Some(result)])
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let data: abi::EvResult = slf.as_super().try_borrow()?.core.head.payload();
        Ok(format!("<{} event={} result={}>", name(slf)?, data.event, data.result))
    }
}

shape! {
    /// An event of a note. (note, channel=0, velocity=127, **kwargs). ValueError if the
    /// channel is not 0 to 15, or the note or the velocity is not 0 to 127.
    NoteEventBase: abi::Note {
        /// Key number, 0 to 127; 60 is middle C.
        note, set_note -> u8:
        |data, _py| data.note;
        |data, value| data.note = midi_number(value, "note", 127)?;

        /// MIDI channel, 0 to 15.
        channel, set_channel -> u8:
        |data, _py| data.channel;
        |data, value| data.channel = midi_number(value, "channel", 15)?;

        /// Velocity or pressure, 0 to 127.
        velocity, set_velocity -> u8:
        |data, _py| data.velocity;
        |data, value| data.velocity = midi_number(value, "velocity", 127)?;
    }

    init(note, channel = None, velocity = None, **kwargs)(
        slf: &Bound<'_, Self>,
        note: &Bound<'_, PyAny>,
        channel: Option<&Bound<'_, PyAny>>,
        velocity: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        init_note(slf, kwargs)?;
        Self::fill(slf, &[Some(note), channel, velocity])
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(format!("<{} {}>", name(slf)?, note_text(slf)?))
    }
}

/// Makes a note event with the default channel and velocity.
fn init_note(slf: &Bound<'_, NoteEventBase>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    init(slf.as_super(), kwargs)?;
    let mut event = slf.as_super().try_borrow_mut()?;
    let mut data: abi::Note = event.core.head.payload();
    (data.channel, data.velocity) = (0, 127);
    event.core.head.set_payload(&data);
    Ok(())
}

fn note_text(slf: &Bound<'_, NoteEventBase>) -> PyResult<String> {
    let data: abi::Note = slf.as_super().try_borrow()?.core.head.payload();
    let (channel, note, velocity) = (data.channel, data.note, data.velocity);
    Ok(format!("channel={channel} note={note} velocity={velocity}"))
}

/// A note with its length. The queue sends the note-off. (note, channel=0, velocity=127,
/// duration=0, off_velocity=0, **kwargs). It must be scheduled on a queue.
#[pyclass(subclass, extends = NoteEventBase, module = "alsa_sequencer.event")]
pub(crate) struct NoteEvent;

impl NoteEvent {
    pub(crate) fn initializer(core: Core) -> PyClassInitializer<Self> {
        NoteEventBase::initializer(core).add_subclass(Self)
    }

    fn change(slf: &Bound<'_, Self>, change: impl FnOnce(&mut abi::Note)) -> PyResult<()> {
        let mut event = slf.as_super().as_super().try_borrow_mut()?;
        let mut data: abi::Note = event.core.head.payload();
        change(&mut data);
        event.core.head.set_payload(&data);
        Ok(())
    }

    fn data(slf: &Bound<'_, Self>) -> PyResult<abi::Note> {
        Ok(slf.as_super().as_super().try_borrow()?.core.head.payload())
    }
}

#[pymethods]
impl NoteEvent {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyClassInitializer<Self> {
        Self::initializer(Core::blank(Some(alsa_seq::EventType::NOTE.number())))
    }

    #[pyo3(signature = (
        note, channel = None, velocity = None, duration = None, off_velocity = None, **kwargs
    ))]
    fn __init__(
        slf: &Bound<'_, Self>,
        note: &Bound<'_, PyAny>,
        channel: Option<&Bound<'_, PyAny>>,
        velocity: Option<&Bound<'_, PyAny>>,
        duration: Option<&Bound<'_, PyAny>>,
        off_velocity: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        init_note(slf.as_super(), kwargs)?;
        NoteEventBase::fill(slf.as_super(), &[Some(note), channel, velocity])?;
        let duration = duration.map_or(Ok(0), |value| unsigned(value, "duration"))?;
        let off = off_velocity.map_or(Ok(0), |value| midi_number(value, "off_velocity", 127))?;
        Self::change(slf, |data| {
            data.duration.set(duration);
            data.off_velocity = off;
        })
    }

    /// The length. It is in ticks if the event is scheduled in ticks, and in milliseconds if
    /// it is scheduled in seconds.
    #[getter]
    fn duration(slf: &Bound<'_, Self>) -> PyResult<u32> {
        Ok(Self::data(slf)?.duration.get())
    }

    #[setter]
    fn set_duration(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let duration = unsigned(value, "duration")?;
        Self::change(slf, |data| data.duration.set(duration))
    }

    /// Velocity of the note-off, 0 to 127.
    #[getter]
    fn off_velocity(slf: &Bound<'_, Self>) -> PyResult<u8> {
        Ok(Self::data(slf)?.off_velocity)
    }

    #[setter]
    fn set_off_velocity(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let velocity = midi_number(value, "off_velocity", 127)?;
        Self::change(slf, |data| data.off_velocity = velocity)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let data = Self::data(slf)?;
        Ok(format!(
            "<{} {} duration={} off_velocity={}>",
            name(slf)?,
            note_text(slf.as_super())?,
            data.duration,
            data.off_velocity
        ))
    }
}

shape! {
    /// A controller or parameter changes. (channel, param, value, **kwargs)
    ControlChangeEventBase: abi::Ctrl {
        /// MIDI channel, 0 to 15.
        channel, set_channel -> u8:
        |data, _py| data.channel;
        |data, value| data.channel = byte(value, "channel")?;

        /// Number of the controller or parameter.
        param, set_param -> u32:
        |data, _py| data.param.get();
        |data, value| data.param.set(unsigned(value, "param")?);

        /// Its value.
        value, set_value -> i32:
        |data, _py| data.value.get();
        |data, value| data.value.set(signed(value, "value")?);
    }

    init(channel, param, value, **kwargs)(
        slf: &Bound<'_, Self>,
        channel: &Bound<'_, PyAny>,
        param: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        init(slf.as_super(), kwargs)?;
        Self::fill(slf, &[Some(channel), Some(param), Some(value)])
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let data: abi::Ctrl = slf.as_super().try_borrow()?.core.head.payload();
        Ok(format!(
            "<{} channel={} param={} value={}>",
            name(slf)?,
            data.channel,
            data.param,
            data.value
        ))
    }
}

shape! {
    /// A value of a channel, or of the whole instrument, changes. (channel, value, **kwargs)
    ParamChangeEventBase: abi::Ctrl {
        /// MIDI channel, 0 to 15; 0 for a message without a channel.
        channel, set_channel -> u8:
        |data, _py| data.channel;
        |data, value| data.channel = byte(value, "channel")?;

        /// The value. For a pitch bend it is -8192 to 8191, and 0 at rest.
        value, set_value -> i32:
        |data, _py| data.value.get();
        |data, value| data.value.set(signed(value, "value")?);
    }

    init(channel, value, **kwargs)(
        slf: &Bound<'_, Self>,
        channel: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        init(slf.as_super(), kwargs)?;
        Self::fill(slf, &[Some(channel), Some(value)])
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let data: abi::Ctrl = slf.as_super().try_borrow()?.core.head.payload();
        Ok(format!(
            "<{} channel={} value={}>",
            name(slf)?,
            data.channel,
            data.value
        ))
    }
}

shape! {
    /// An announcement of a client or port. (addr, **kwargs)
    AddressEventBase: abi::Address {
        /// The address of the client or port.
        addr, set_addr -> Py<PyAny>:
        |data, py| address(py, data)?;
        |data, value| *data = address_of(value, "addr")?;
    }

    init(addr, **kwargs)(
        slf: &Bound<'_, Self>,
        addr: &Bound<'_, PyAny>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        init(slf.as_super(), kwargs)?;
        Self::fill(slf, &[Some(addr)])
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let data: abi::Address = slf.as_super().try_borrow()?.core.head.payload();
        Ok(format!("<{} {}:{}>", name(slf)?, data.client, data.port))
    }
}

shape! {
    /// An announcement of a connection. (connect_sender, connect_dest, **kwargs)
    ConnectEventBase: abi::Connect {
        /// The address of the sending port.
        connect_sender, set_connect_sender -> Py<PyAny>:
        |data, py| address(py, data.sender)?;
        |data, value| data.sender = address_of(value, "connect_sender")?;

        /// The address of the receiving port.
        connect_dest, set_connect_dest -> Py<PyAny>:
        |data, py| address(py, data.dest)?;
        |data, value| data.dest = address_of(value, "connect_dest")?;
    }

    init(connect_sender, connect_dest, **kwargs)(
        slf: &Bound<'_, Self>,
        connect_sender: &Bound<'_, PyAny>,
        connect_dest: &Bound<'_, PyAny>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        init(slf.as_super(), kwargs)?;
        Self::fill(slf, &[Some(connect_sender), Some(connect_dest)])
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let data: abi::Connect = slf.as_super().try_borrow()?.core.head.payload();
        let (from, to) = (data.sender, data.dest);
        Ok(format!(
            "<{} from {}:{} to {}:{}>",
            name(slf)?,
            from.client,
            from.port,
            to.client,
            to.port
        ))
    }
}

/// An event with data of any length. (data, **kwargs)
#[pyclass(subclass, extends = Event, module = "alsa_sequencer.event")]
pub(crate) struct ExternalDataEventBase;

impl ExternalDataEventBase {
    pub(crate) fn initializer(core: Core) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Event { core }).add_subclass(Self)
    }
}

#[pymethods]
impl ExternalDataEventBase {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyClassInitializer<Self> {
        Self::initializer(Core::blank(None))
    }

    #[pyo3(signature = (data, **kwargs))]
    fn __init__(
        slf: &Bound<'_, Self>,
        data: &Bound<'_, PyAny>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        init(slf.as_super(), kwargs)?;
        Self::set_data(slf, data)
    }

    /// The data, as bytes.
    #[getter]
    fn data(slf: PyRef<'_, Self>) -> Py<PyBytes> {
        slf.as_super().core.data(slf.py())
    }

    #[setter]
    fn set_data(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let data = py_bytes_of(value)?.unbind();
        slf.as_super().try_borrow_mut()?.core.payload = Some(data);
        Ok(())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let data = Self::data(slf.try_borrow()?).into_bound(slf.py());
        let length = data.as_bytes().len();
        let text = match length < 32 {
            true => data.repr()?.to_string(),
            false => format!("<{length} bytes>"),
        };
        Ok(format!("<{} data={text}>", name(slf)?))
    }
}
