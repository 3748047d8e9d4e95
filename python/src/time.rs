//! Times in seconds and nanoseconds.

use alsa_seq::abi::event as abi;
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyString, PyTuple};

const NANOS: u64 = 1_000_000_000;

/// A time on a queue: seconds and nanoseconds since the queue was started.
///
/// RealTime(seconds=0, nanoseconds=0). `seconds` is an int, a float, a text such as
/// "1.5", or another RealTime. 1,000,000,000 nanoseconds and more are carried over.
/// ValueError if the time is negative, or has more than 4,294,967,295 seconds.
///
/// It cannot be changed. It is hashable. It compares with a number, a text or another
/// RealTime.
#[pyclass(frozen, module = "alsa_sequencer.event")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RealTime {
    /// Whole seconds.
    #[pyo3(get)]
    seconds: u32,
    /// Nanoseconds, below 1,000,000,000.
    #[pyo3(get)]
    nanoseconds: u32,
}

impl RealTime {
    fn from_nanos(nanos: u128) -> PyResult<Self> {
        let nanos_per_second = u128::from(NANOS);
        let seconds = u32::try_from(nanos / nanos_per_second);
        let nanoseconds = u32::try_from(nanos % nanos_per_second);
        match (seconds, nanoseconds) {
            (Ok(seconds), Ok(nanoseconds)) => Ok(Self {
                seconds,
                nanoseconds,
            }),
            _ => Err(PyValueError::new_err(
                "a time has at most 4294967295 seconds",
            )),
        }
    }

    pub(crate) fn from_abi(time: abi::RealTime) -> Self {
        Self {
            seconds: time.tv_sec.get(),
            nanoseconds: time.tv_nsec.get(),
        }
    }

    pub(crate) fn to_abi(self) -> abi::RealTime {
        abi::RealTime::new(self.seconds, self.nanoseconds)
    }

    /// The time in seconds, with all digits.
    pub(crate) fn text(self) -> String {
        format!("{}.{:09}", self.seconds, self.nanoseconds)
    }

    fn nanos(self) -> u128 {
        u128::from(self.seconds) * u128::from(NANOS) + u128::from(self.nanoseconds)
    }

    /// Makes a time of a RealTime, a number of seconds or a text.
    pub(crate) fn of(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(time) = value.cast::<Self>() {
            return Ok(*time.get());
        }
        if let Ok(text) = value.cast::<PyString>() {
            let text = text.to_cow()?;
            return match text.trim().parse::<u64>() {
                Ok(seconds) => Self::from_nanos(u128::from(seconds) * u128::from(NANOS)),
                Err(_) => Self::from_float(text.trim().parse().map_err(|_| {
                    PyValueError::new_err(format!("{text:?} is not a time in seconds"))
                })?),
            };
        }
        if value.is_instance_of::<PyFloat>() {
            return Self::from_float(value.extract()?);
        }
        let seconds: i64 = value
            .extract()
            .map_err(|_| PyTypeError::new_err("a time is a RealTime, or a number of seconds"))?;
        let seconds = u64::try_from(seconds).map_err(|_| negative())?;
        Self::from_nanos(u128::from(seconds) * u128::from(NANOS))
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked above"
    )]
    fn from_float(seconds: f64) -> PyResult<Self> {
        if seconds < 0.0 {
            return Err(negative());
        }
        if seconds.is_nan() || seconds >= 4_294_967_296.0 {
            return Err(PyValueError::new_err(
                "a time has at most 4294967295 seconds",
            ));
        }
        let whole = seconds.trunc();
        let nanos = ((seconds - whole) * 1e9).round();
        Self::from_nanos(u128::from(whole as u64) * u128::from(NANOS) + u128::from(nanos as u64))
    }
}

fn negative() -> PyErr {
    PyValueError::new_err("a time cannot be negative")
}

#[pymethods]
impl RealTime {
    #[new]
    #[pyo3(signature = (seconds = None, nanoseconds = 0))]
    fn new(seconds: Option<&Bound<'_, PyAny>>, nanoseconds: i64) -> PyResult<Self> {
        let time = match seconds {
            Some(seconds) => Self::of(seconds)?,
            None => Self {
                seconds: 0,
                nanoseconds: 0,
            },
        };
        if nanoseconds == 0 {
            return Ok(time);
        }
        let more = u64::try_from(nanoseconds).map_err(|_| negative())?;
        Self::from_nanos(time.nanos() + u128::from(more))
    }

    fn __repr__(&self) -> String {
        format!(
            "RealTime(seconds={}, nanoseconds={})",
            self.seconds, self.nanoseconds
        )
    }

    fn __str__(&self) -> String {
        self.text()
    }

    fn __int__(&self) -> u32 {
        self.seconds
    }

    fn __float__(&self) -> f64 {
        f64::from(self.seconds) + f64::from(self.nanoseconds) / 1e9
    }

    fn __bool__(&self) -> bool {
        true
    }

    /// The hash of the number that equals the time.
    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyFloat::new(py, self.__float__()).hash()
    }

    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let answer = match Self::of(other) {
            Ok(other) => op.matches(Ord::cmp(self, &other)),
            Err(_) if matches!(op, CompareOp::Eq) => false,
            Err(_) if matches!(op, CompareOp::Ne) => true,
            Err(_) => return Ok(py.NotImplemented()),
        };
        Ok(answer.into_pyobject(py)?.to_owned().into_any().unbind())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let time = slf.get();
        let parts = (time.seconds, time.nanoseconds).into_pyobject(slf.py())?;
        (slf.get_type(), parts).into_pyobject(slf.py())
    }
}
