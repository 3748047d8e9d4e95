//! The classes of the event types, and the choice of an event's class.

use pyo3::PyTypeInfo;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::core::{Core, have};
use crate::event::{Event, bytes_of, init, name, py_bytes_of};
use crate::event_type::TypeAttribute;
use crate::queue_events::{
    QueueControlEventBase, QueueSkewEvent, SetQueuePositionTickEvent, SetQueuePositionTimeEvent,
    SetQueueTempoEvent, SyncPositionChangedEvent,
};
use crate::shapes::{
    AddressEventBase, ConnectEventBase, ControlChangeEventBase, ExternalDataEventBase, NoteEvent,
    NoteEventBase, ParamChangeEventBase, ResultEventBase,
};

impl Event {
    fn initializer(core: Core) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Self { core })
    }
}

/// Defines a class with its base and its event type.
macro_rules! class {
    ($class:ident: $base:ident = $number:literal, $doc:literal { $($rest:tt)* }) => {
        #[doc = $doc]
        #[pyclass(subclass, extends = $base, module = "alsa_sequencer.event")]
        pub(crate) struct $class;

        impl $class {
            fn initializer(core: Core) -> PyClassInitializer<Self> {
                $base::initializer(core).add_subclass(Self)
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
                Self::initializer(Core::blank(Some($number)))
            }

            $($rest)*
        }
    };
}

macro_rules! classes {
    ($($class:ident: $base:ident = $number:literal, $doc:literal;)*) => {
        $(class! { $class: $base = $number, $doc {} })*

        /// The class of an event type.
        fn maker(number: u8) -> Option<fn(Python<'_>, Core) -> PyResult<Py<PyAny>>> {
            Some(match number {
                $($number => |py, core| Ok(Py::new(py, $class::initializer(core))?.into_any()),)*
                _ => return other_maker(number),
            })
        }

        fn add_plain(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(add::<$class>(module, Some($number))?;)*
            Ok(())
        }
    };
}

classes! {
    SystemEvent: ResultEventBase = 0, "A message of the system. (event, result, **kwargs)";
    ResultEvent: ResultEventBase = 1, "A return value. (event, result, **kwargs)";
    NoteOnEvent: NoteEventBase = 6,
        "A key goes down. (note, channel=0, velocity=127, **kwargs)";
    NoteOffEvent: NoteEventBase = 7,
        "A key goes up. (note, channel=0, velocity=127, **kwargs)";
    KeyPressureEvent: NoteEventBase = 8,
        "Pressure on one key. (note, channel=0, velocity=127, **kwargs): velocity is the pressure";
    ControlChangeEvent: ControlChangeEventBase = 10,
        "A controller changes. (channel, param, value, **kwargs)";
    ProgramChangeEvent: ParamChangeEventBase = 11,
        "A channel changes its program. (channel, value, **kwargs)";
    ChannelPressureEvent: ParamChangeEventBase = 12,
        "Pressure on a channel. (channel, value, **kwargs)";
    PitchBendEvent: ParamChangeEventBase = 13,
        "The pitch of a channel is bent. (channel, value, **kwargs): value is -8192 to 8191";
    Control14BitChangeEvent: ControlChangeEventBase = 14,
        "A controller changes, with 14 bits. (channel, param, value, **kwargs)";
    NonRegisteredParameterChangeEvent: ControlChangeEventBase = 15,
        "A non-registered parameter (NRPN) changes. (channel, param, value, **kwargs)";
    RegisteredParameterChangeEvent: ControlChangeEventBase = 16,
        "A registered parameter (RPN) changes. (channel, param, value, **kwargs)";
    SongPositionPointerEvent: ParamChangeEventBase = 20,
        "MIDI song position in sixteenth notes. (channel, value, **kwargs)";
    SongSelectEvent: ParamChangeEventBase = 21, "MIDI song select. (channel, value, **kwargs)";
    TimeSignatureEvent: ParamChangeEventBase = 23,
        "Time signature of a MIDI file. (channel, value, **kwargs): value is its four bytes";
    KeySignatureEvent: ParamChangeEventBase = 24,
        "Key signature of a MIDI file. (channel, value, **kwargs): value is its two bytes";
    StartEvent: QueueControlEventBase = 30,
        "MIDI start. Sent to SYSTEM_TIMER it starts a queue. (control_queue=None, **kwargs)";
    ContinueEvent: QueueControlEventBase = 31,
        "MIDI continue. Sent to SYSTEM_TIMER it continues a queue. (control_queue=None, **kwargs)";
    StopEvent: QueueControlEventBase = 32,
        "MIDI stop. Sent to SYSTEM_TIMER it stops a queue. (control_queue=None, **kwargs)";
    ClockEvent: QueueControlEventBase = 36,
        "MIDI clock, 24 to the quarter note. (control_queue=None, **kwargs)";
    TickEvent: QueueControlEventBase = 37, "MIDI tick. (control_queue=None, **kwargs)";
    TuneRequestEvent: Event = 40, "MIDI tune request. (**kwargs)";
    ResetEvent: Event = 41, "MIDI reset to power-on state. (**kwargs)";
    ActiveSensingEvent: Event = 42, "MIDI active sensing. (**kwargs)";
    ClientStartEvent: AddressEventBase = 60, "A client was opened. (addr, **kwargs)";
    ClientExitEvent: AddressEventBase = 61, "A client was closed. (addr, **kwargs)";
    ClientChangeEvent: AddressEventBase = 62, "A client was changed. (addr, **kwargs)";
    PortStartEvent: AddressEventBase = 63, "A port was created. (addr, **kwargs)";
    PortExitEvent: AddressEventBase = 64, "A port was deleted. (addr, **kwargs)";
    PortChangeEvent: AddressEventBase = 65, "A port was changed. (addr, **kwargs)";
    PortSubscribedEvent: ConnectEventBase = 66,
        "Two ports were connected. (connect_sender, connect_dest, **kwargs)";
    PortUnsubscribedEvent: ConnectEventBase = 67,
        "Two ports were disconnected. (connect_sender, connect_dest, **kwargs)";
    SysExEvent: ExternalDataEventBase = 130,
        "A system-exclusive message, with 0xF0 and 0xF7. (data, **kwargs)";
    BounceEvent: ExternalDataEventBase = 131,
        "The return of a scheduled event that was not delivered. (data, **kwargs)";
    UserVar0Event: ExternalDataEventBase = 135, "For programs' own use. (data, **kwargs)";
    UserVar1Event: ExternalDataEventBase = 136, "For programs' own use. (data, **kwargs)";
    UserVar2Event: ExternalDataEventBase = 137, "For programs' own use. (data, **kwargs)";
    UserVar3Event: ExternalDataEventBase = 138, "For programs' own use. (data, **kwargs)";
    UserVar4Event: ExternalDataEventBase = 139, "For programs' own use. (data, **kwargs)";
}

fn raw_text(event: &Bound<'_, Event>) -> PyResult<String> {
    let raw = event.getattr("raw_data")?.repr()?;
    Ok(format!("<{} data={raw}>", name(event)?))
}

class! { EchoEvent: Event = 50, "An echo with the program's own data. (**kwargs)" {
    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        raw_text(slf.as_super())
    }
} }

class! { OSSEvent: Event = 51, "An event of OSS. (**kwargs)" {
    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        raw_text(slf.as_super())
    }
} }

/// MIDI 1.0 bytes. A received event has one message. A sent event may have any number.
///
/// MidiBytesEvent(midi_bytes, **kwargs). A sent message may be cut anywhere. The next
/// MidiBytesEvent from the same port has the rest. The bytes of a call that fails do not
/// count. The bytes that one port sends are one stream, so threads and coroutines that cut
/// messages or use running status need a port each.
#[pyclass(subclass, extends = Event, module = "alsa_sequencer.event")]
pub(crate) struct MidiBytesEvent;

#[pymethods]
impl MidiBytesEvent {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyClassInitializer<Self> {
        let mut core = Core::blank(None);
        core.set(have::MIDI, true);
        Event::initializer(core).add_subclass(Self)
    }

    #[pyo3(signature = (midi_bytes, **kwargs))]
    fn __init__(
        slf: &Bound<'_, Self>,
        midi_bytes: &Bound<'_, PyAny>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        init(slf.as_super(), kwargs)?;
        slf.as_super().try_borrow_mut()?.core.set(have::MIDI, true);
        Self::set_midi_bytes(slf, midi_bytes)
    }

    /// The bytes.
    #[getter]
    fn midi_bytes(slf: PyRef<'_, Self>) -> Py<PyBytes> {
        slf.as_super().core.data(slf.py())
    }

    #[setter]
    fn set_midi_bytes(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let bytes = py_bytes_of(value)?.unbind();
        slf.as_super().try_borrow_mut()?.core.payload = Some(bytes);
        Ok(())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let bytes = bytes_of(Self::midi_bytes(slf.try_borrow()?).bind(slf.py()))?;
        let hex = |bytes: &[u8]| {
            let all: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            all.join(" ")
        };
        let text = match (
            bytes.len() < 32,
            bytes.first_chunk::<2>(),
            bytes.last_chunk::<2>(),
        ) {
            (false, Some(first), Some(last)) => {
                let more = bytes.len() - 4;
                format!("{} .. <{more} more> .. {}", hex(first), hex(last))
            }
            _ => hex(&bytes),
        };
        Ok(format!("<{} {text}>", name(slf)?))
    }
}

/// Makes an event of bytes of a received event.
pub(crate) fn midi_bytes(py: Python<'_>, mut core: Core, bytes: &[u8]) -> PyResult<Py<PyAny>> {
    core.payload = Some(PyBytes::new(py, bytes).unbind());
    core.set(have::MIDI, true);
    let event = Event::initializer(core).add_subclass(MidiBytesEvent);
    Ok(Py::new(py, event)?.into_any())
}

macro_rules! others {
    ($($class:ident = $number:literal;)*) => {
        fn other_maker(number: u8) -> Option<fn(Python<'_>, Core) -> PyResult<Py<PyAny>>> {
            Some(match number {
                $($number => |py, core| Ok(Py::new(py, $class::initializer(core))?.into_any()),)*
                _ => return None,
            })
        }

        fn add_others(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(add::<$class>(module, Some($number))?;)*
            Ok(())
        }
    };
}

others! {
    NoteEvent = 5;
    SetQueuePositionTickEvent = 33;
    SetQueuePositionTimeEvent = 34;
    SetQueueTempoEvent = 35;
    QueueSkewEvent = 38;
    SyncPositionChangedEvent = 39;
    EchoEvent = 50;
    OSSEvent = 51;
}

/// Makes the object of a received event.
pub(crate) fn make(py: Python<'_>, core: Core) -> PyResult<Py<PyAny>> {
    if core.has(have::UMP) {
        return crate::ump::make(py, core);
    }
    match maker(core.head.header.event_type) {
        Some(make) => make(py, core),
        None => Ok(Py::new(py, Event { core })?.into_any()),
    }
}

/// Adds a class to the module, with the attribute `type`.
pub(crate) fn add<T: PyTypeInfo>(module: &Bound<'_, PyModule>, number: Option<u8>) -> PyResult<()> {
    let py = module.py();
    let class = py.get_type::<T>();
    class.setattr("type", Py::new(py, TypeAttribute::new(number))?)?;
    module.add(class.name()?, class)
}

/// Adds all classes of events.
pub(crate) fn add_all(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add::<Event>(module, None)?;
    add::<MidiBytesEvent>(module, None)?;
    add::<crate::ump::UmpEvent>(module, None)?;
    add::<ResultEventBase>(module, None)?;
    add::<NoteEventBase>(module, None)?;
    add::<ControlChangeEventBase>(module, None)?;
    add::<ParamChangeEventBase>(module, None)?;
    add::<QueueControlEventBase>(module, None)?;
    add::<AddressEventBase>(module, None)?;
    add::<ConnectEventBase>(module, None)?;
    add::<ExternalDataEventBase>(module, None)?;
    add_plain(module)?;
    add_others(module)
}
