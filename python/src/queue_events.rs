//! The classes of events that control queues. MIDI clock uses the same classes.

use alsa_seq::EventType;
use alsa_seq::abi::event as abi;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::convert::{queue_number, signed, unsigned};
use crate::core::{Core, have};
use crate::event::{Event, init, name};
use crate::time::RealTime;

/// A message of MIDI clock, or the control of a queue. (control_queue=None, **kwargs).
/// control_queue: the queue or its number; None for a MIDI message.
#[pyclass(subclass, extends = Event, module = "alsa_sequencer.event")]
pub(crate) struct QueueControlEventBase;

impl QueueControlEventBase {
    pub(crate) fn initializer(core: Core) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Event { core }).add_subclass(Self)
    }

    fn start(
        slf: &Bound<'_, Self>,
        queue: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        init(slf.as_super(), kwargs)?;
        match queue {
            Some(queue) => Self::set_control_queue(slf, queue),
            None => Ok(()),
        }
    }

    fn data(slf: &Bound<'_, Self>) -> PyResult<abi::QueueControl> {
        Ok(slf.as_super().try_borrow()?.core.head.payload())
    }

    fn change(
        slf: &Bound<'_, Self>,
        change: impl FnOnce(abi::QueueControl) -> abi::QueueControl,
    ) -> PyResult<()> {
        let mut event = slf.as_super().try_borrow_mut()?;
        let data = change(event.core.head.payload());
        event.core.head.set_payload(&data);
        Ok(())
    }

    fn text(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = name(slf)?;
        Ok(match Self::control_queue(slf)? {
            Some(queue) => format!("{name} queue={queue}"),
            None => name,
        })
    }
}

#[pymethods]
impl QueueControlEventBase {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyClassInitializer<Self> {
        Self::initializer(Core::blank(None))
    }

    #[pyo3(signature = (control_queue = None, **kwargs))]
    fn __init__(
        slf: &Bound<'_, Self>,
        control_queue: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        Self::start(slf, control_queue, kwargs)
    }

    /// The number of the controlled queue, or None.
    #[getter]
    fn control_queue(slf: &Bound<'_, Self>) -> PyResult<Option<u8>> {
        let set = slf.as_super().try_borrow()?.core.has(have::CONTROL_QUEUE);
        Ok(set.then_some(Self::data(slf)?.queue))
    }

    #[setter]
    fn set_control_queue(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = match value.is_none() {
            true => None,
            false => Some(queue_number(value, "control_queue")?),
        };
        Self::change(slf, |mut data| {
            data.queue = number.unwrap_or(data.queue);
            data
        })?;
        let mut event = slf.as_super().try_borrow_mut()?;
        event.core.set(have::CONTROL_QUEUE, number.is_some());
        Ok(())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(format!("<{}>", Self::text(slf)?))
    }
}

/// Defines a class that has arguments before `control_queue`.
macro_rules! queue_event {
    (
        $(#[$doc:meta])* $class:ident = $number:ident {$(
            $(#[$field_doc:meta])* $field:ident, $setter:ident -> $type:ty:
            |$data:ident| $get:expr;
            |$old:ident, $value:ident| $set:expr;
        )*}
        init($($signature:tt)*)($($args:tt)*) $init:block

        $($rest:tt)*
    ) => {
        $(#[$doc])*
        #[pyclass(subclass, extends = QueueControlEventBase, module = "alsa_sequencer.event")]
        pub(crate) struct $class;

        impl $class {
            pub(crate) fn initializer(core: Core) -> PyClassInitializer<Self> {
                QueueControlEventBase::initializer(core).add_subclass(Self)
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
                Self::initializer(Core::blank(Some(EventType::$number.number())))
            }

            $(
                $(#[$field_doc])*
                #[getter]
                fn $field(slf: &Bound<'_, Self>) -> PyResult<$type> {
                    let $data = QueueControlEventBase::data(slf.as_super())?;
                    Ok($get)
                }

                #[setter]
                fn $setter(slf: &Bound<'_, Self>, $value: &Bound<'_, PyAny>) -> PyResult<()> {
                    let $old = QueueControlEventBase::data(slf.as_super())?;
                    let new = $set;
                    QueueControlEventBase::change(slf.as_super(), |data| data.with_d32(new.d32()))
                }
            )*

            #[pyo3(signature = ($($signature)*))]
            fn __init__($($args)*) -> PyResult<()> $init

            $($rest)*
        }
    };
}

queue_event! {
    /// Sets a queue's position in ticks. (position, control_queue=None, **kwargs)
    SetQueuePositionTickEvent = SET_POSITION_TICK {
        /// The position in ticks.
        position, set_position -> u32:
        |data| data.time().tick();
        |old, value| old.with_time(abi::Timestamp::from_tick(unsigned(value, "position")?));
    }

    init(position, control_queue = None, **kwargs)(
        slf: &Bound<'_, Self>,
        position: &Bound<'_, PyAny>,
        control_queue: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        QueueControlEventBase::start(slf.as_super(), control_queue, kwargs)?;
        Self::set_position(slf, position)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let text = QueueControlEventBase::text(slf.as_super())?;
        Ok(format!("<{text} position={}>", Self::position(slf)?))
    }
}

queue_event! {
    /// Sets a queue's position in seconds. (position, control_queue=None, **kwargs). position:
    /// a RealTime or seconds.
    SetQueuePositionTimeEvent = SET_POSITION_TIME {
        /// The position, a RealTime.
        position, set_position -> RealTime:
        |data| RealTime::from_abi(data.time().real());
        |old, value| old.with_time(abi::Timestamp::from_real(RealTime::of(value)?.to_abi()));
    }

    init(position, control_queue = None, **kwargs)(
        slf: &Bound<'_, Self>,
        position: &Bound<'_, PyAny>,
        control_queue: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        QueueControlEventBase::start(slf.as_super(), control_queue, kwargs)?;
        Self::set_position(slf, position)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let text = QueueControlEventBase::text(slf.as_super())?;
        Ok(format!("<{text} position={}>", Self::position(slf)?.text()))
    }
}

queue_event! {
    /// Sets a queue's tempo. (midi_tempo=None, *, bpm=None, control_queue=None, **kwargs).
    /// midi_tempo: microseconds per quarter note. bpm: quarter notes per minute. ValueError
    /// unless exactly one of them is given.
    SetQueueTempoEvent = TEMPO {
        /// Microseconds per quarter note.
        midi_tempo, set_midi_tempo -> i32:
        |data| data.value();
        |old, value| old.with_value(signed(value, "midi_tempo")?);
    }

    init(midi_tempo = None, *, bpm = None, control_queue = None, **kwargs)(
        slf: &Bound<'_, Self>,
        midi_tempo: Option<&Bound<'_, PyAny>>,
        bpm: Option<f64>,
        control_queue: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        QueueControlEventBase::start(slf.as_super(), control_queue, kwargs)?;
        match (midi_tempo, bpm) {
            (Some(tempo), None) => Self::set_midi_tempo(slf, tempo),
            (None, Some(bpm)) => {
                let tempo = tempo_of(bpm)?;
                QueueControlEventBase::change(slf.as_super(), |data| data.with_value(tempo))
            }
            _ => Err(PyValueError::new_err("give either midi_tempo or bpm")),
        }
    }

    /// Quarter notes per minute.
    #[getter]
    fn bpm(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(60_000_000.0 / f64::from(Self::midi_tempo(slf)?))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let text = QueueControlEventBase::text(slf.as_super())?;
        let (tempo, bpm) = (Self::midi_tempo(slf)?, Self::bpm(slf)?);
        let queue = QueueControlEventBase::control_queue(slf.as_super())?;
        let bpm = match (queue, bpm.fract() == 0.0) {
            // Without a queue, the number is written as Python writes a float.
            (None, false) => bpm.to_string(),
            _ => format!("{bpm:.1}"),
        };
        Ok(format!("<{text} tempo={tempo} ({bpm} bpm)>"))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "it is in range by then")]
fn tempo_of(bpm: f64) -> PyResult<i32> {
    let tempo = (60_000_000.0 / bpm).round_ties_even();
    if tempo > 0.0 && tempo <= f64::from(i32::MAX) {
        Ok(tempo as i32)
    } else {
        Err(PyValueError::new_err(format!("bpm is out of range: {bpm}")))
    }
}

queue_event! {
    /// Sets a queue's skew. (value, base, control_queue=None, **kwargs). The queue runs at
    /// value / base of its tempo.
    QueueSkewEvent = QUEUE_SKEW {
        /// Numerator.
        value, set_value -> u32:
        |data| data.skew().value.get();
        |old, value| {
            let mut skew = old.skew();
            skew.value.set(unsigned(value, "value")?);
            old.with_skew(skew)
        };

        /// Denominator. The kernel accepts 0x10000 alone.
        base, set_base -> u32:
        |data| data.skew().base.get();
        |old, value| {
            let mut skew = old.skew();
            skew.base.set(unsigned(value, "base")?);
            old.with_skew(skew)
        };
    }

    init(value, base, control_queue = None, **kwargs)(
        slf: &Bound<'_, Self>,
        value: &Bound<'_, PyAny>,
        base: &Bound<'_, PyAny>,
        control_queue: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        QueueControlEventBase::start(slf.as_super(), control_queue, kwargs)?;
        Self::set_value(slf, value)?;
        Self::set_base(slf, base)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let text = QueueControlEventBase::text(slf.as_super())?;
        let (value, base) = (Self::value(slf)?, Self::base(slf)?);
        Ok(format!("<{text} value={value} base={base}>"))
    }
}

queue_event! {
    /// A sync position. (position, control_queue=None, **kwargs)
    SyncPositionChangedEvent = SYNC_POSITION {
        /// The position.
        position, set_position -> u32:
        |data| data.position();
        |old, value| old.with_position(unsigned(value, "position")?);
    }

    init(position, control_queue = None, **kwargs)(
        slf: &Bound<'_, Self>,
        position: &Bound<'_, PyAny>,
        control_queue: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) {
        QueueControlEventBase::start(slf.as_super(), control_queue, kwargs)?;
        Self::set_position(slf, position)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let text = QueueControlEventBase::text(slf.as_super())?;
        Ok(format!("<{text} position={}>", Self::position(slf)?))
    }
}
