//! Python's exceptions for errors.

use alsa_seq::abi::ioctl::Errno;
use alsa_seq::{Error, ErrorKind, Operation, Subject};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

static ALSA_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static OVERRUN_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static CLOSED_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();

const EXCEPTIONS: &str = "alsa_sequencer.exceptions";

fn make(
    py: Python<'_>,
    class: &PyOnceLock<Py<PyType>>,
    name: &str,
    message: String,
    errnum: i32,
) -> PyErr {
    match class
        .import(py, EXCEPTIONS, name)
        .and_then(|class| class.call1((message, errnum)))
    {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// An `ALSAError` of this text and errno.
pub(crate) fn alsa_error(py: Python<'_>, message: impl Into<String>, errno: Errno) -> PyErr {
    make(py, &ALSA_ERROR, "ALSAError", message.into(), -errno.raw())
}

/// A `StateError`. It is a `TypeError`, too.
pub(crate) fn closed(py: Python<'_>) -> PyErr {
    match CLOSED_ERROR
        .import(py, EXCEPTIONS, "ClosedError")
        .and_then(|class| class.call1(("Sequencer already closed",)))
    {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// An error of the library.
pub(crate) fn of(py: Python<'_>, error: &Error) -> PyErr {
    let errno = match (error.raw_os_error(), error.kind()) {
        (_, ErrorKind::Closed) => return closed(py),
        (Some(errno), _) => Errno::from_raw(errno),
        (None, ErrorKind::BufferFull | ErrorKind::ReceiverFull | ErrorKind::TimedOut) => {
            Errno::EAGAIN
        }
        (None, ErrorKind::NotFound) => Errno::ENOENT,
        (None, ErrorKind::Busy) => Errno::EBUSY,
        (None, ErrorKind::PermissionDenied) => Errno::EPERM,
        (None, ErrorKind::LimitReached | ErrorKind::OutOfMemory) => Errno::ENOMEM,
        (None, ErrorKind::Unsupported { .. }) => Errno::ENOTTY,
        (None, _) => Errno::EINVAL,
    };
    let message = format!("{error:#}");
    if error.kind() == ErrorKind::Overrun {
        return make(py, &OVERRUN_ERROR, "OverrunError", message, -errno.raw());
    }
    alsa_error(py, message, errno)
}

/// The error of an ioctl.
pub(crate) fn of_ioctl(
    py: Python<'_>,
    operation: Operation,
    subject: Subject,
) -> impl Fn(Errno) -> PyErr {
    move |errno| of(py, &Error::of_ioctl(operation, subject.clone(), errno))
}

/// A `ValueError` that names an argument and its range.
pub(crate) fn out_of_range(name: &str, value: impl std::fmt::Display, min: i64, max: i64) -> PyErr {
    PyValueError::new_err(format!("{name} must be {min} to {max}, not {value}"))
}
