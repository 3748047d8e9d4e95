//! The conversion of arguments from Python, and of results to Python's classes.

use std::collections::HashMap;
use std::sync::Mutex;

use alsa_seq::abi::event as abi;
use alsa_seq::abi::limits;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyString, PyTuple, PyType};

use crate::error::{self, out_of_range};

static ADDRESS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static EVENT_TYPES: PyOnceLock<Vec<Py<PyAny>>> = PyOnceLock::new();
static EVENT_FLAGS: PyOnceLock<Vec<Py<PyAny>>> = PyOnceLock::new();

type Addresses = Option<HashMap<(u8, u8), Py<PyAny>>>;

/// All addresses that were used so far. They are immutable, and few.
static ADDRESSES: Mutex<Addresses> = Mutex::new(None);

/// `Address(client, port)`.
pub(crate) fn address(py: Python<'_>, address: abi::Address) -> PyResult<Py<PyAny>> {
    let key = (address.client, address.port);
    // Nothing waits for the interpreter while the lock is held.
    if let Some(known) = addresses().as_ref().and_then(|all| all.get(&key)) {
        return Ok(known.clone_ref(py));
    }
    let class = ADDRESS.import(py, "alsa_sequencer.address", "Address")?;
    let new = class.call1(key)?.unbind();
    addresses()
        .get_or_insert_with(HashMap::new)
        .insert(key, new.clone_ref(py));
    Ok(new)
}

fn addresses() -> std::sync::MutexGuard<'static, Addresses> {
    ADDRESSES
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// All values of an enumeration of one byte.
fn members(py: Python<'_>, name: &str) -> PyResult<Vec<Py<PyAny>>> {
    let class = py.import("alsa_sequencer._enums")?.getattr(name)?;
    (0..=u8::MAX)
        .map(|number| class.call1((number,)).map(Bound::unbind))
        .collect()
}

fn member(
    py: Python<'_>,
    all: &PyOnceLock<Vec<Py<PyAny>>>,
    name: &str,
    number: u8,
) -> PyResult<Py<PyAny>> {
    let all = all.get_or_try_init(py, || members(py, name))?;
    match all.get(usize::from(number)) {
        Some(member) => Ok(member.clone_ref(py)),
        None => Err(PyValueError::new_err("no such member")),
    }
}

/// `EventType(number)`.
pub(crate) fn event_type(py: Python<'_>, number: u8) -> PyResult<Py<PyAny>> {
    member(py, &EVENT_TYPES, "EventType", number)
}

/// `EventFlags(number)`.
pub(crate) fn event_flags(py: Python<'_>, number: u8) -> PyResult<Py<PyAny>> {
    member(py, &EVENT_FLAGS, "EventFlags", number)
}

/// An integer in a range. Errors have its `name`.
pub(crate) fn integer(value: &Bound<'_, PyAny>, name: &str, min: i64, max: i64) -> PyResult<i64> {
    let number: i64 = match value.extract() {
        Ok(number) => number,
        Err(error) if error.is_instance_of::<pyo3::exceptions::PyOverflowError>(value.py()) => {
            return Err(out_of_range(name, value, min, max));
        }
        Err(_) => {
            return Err(PyTypeError::new_err(format!(
                "{name} must be an integer, not {}",
                value.get_type().name()?
            )));
        }
    };
    if (min..=max).contains(&number) {
        Ok(number)
    } else {
        Err(out_of_range(name, number, min, max))
    }
}

/// A note, a velocity or a channel: anything that `int()` takes. Errors have its `name`.
pub(crate) fn midi_number(value: &Bound<'_, PyAny>, name: &str, max: u8) -> PyResult<u8> {
    let py = value.py();
    let number = match value.extract::<i64>() {
        Ok(number) => number,
        Err(_) => {
            let int = py.get_type::<PyInt>().call1((value,))?;
            integer(&int, name, 0, i64::from(max))?
        }
    };
    match u8::try_from(number) {
        Ok(number) if number <= max => Ok(number),
        _ => Err(out_of_range(name, number, 0, i64::from(max))),
    }
}

/// A number of one byte.
pub(crate) fn byte(value: &Bound<'_, PyAny>, name: &str) -> PyResult<u8> {
    let number = integer(value, name, 0, 255)?;
    u8::try_from(number).map_err(|_| out_of_range(name, number, 0, 255))
}

/// A number without a sign.
pub(crate) fn unsigned(value: &Bound<'_, PyAny>, name: &str) -> PyResult<u32> {
    let max = i64::from(u32::MAX);
    let number = integer(value, name, 0, max)?;
    u32::try_from(number).map_err(|_| out_of_range(name, number, 0, max))
}

/// A number with a sign.
pub(crate) fn signed(value: &Bound<'_, PyAny>, name: &str) -> PyResult<i32> {
    let (min, max) = (i64::from(i32::MIN), i64::from(i32::MAX));
    let number = integer(value, name, min, max)?;
    i32::try_from(number).map_err(|_| out_of_range(name, number, min, max))
}

/// Defines arguments of one byte. Errors have their names.
macro_rules! bytes {
    ($($name:ident)*) => {$(
        pub(crate) fn $name(value: &Bound<'_, PyAny>) -> PyResult<u8> {
            byte(value, stringify!($name))
        }
    )*};
}

/// Defines arguments with a sign. Errors have their names.
macro_rules! integers {
    ($($name:ident)*) => {$(
        pub(crate) fn $name(value: &Bound<'_, PyAny>) -> PyResult<i32> {
            signed(value, stringify!($name))
        }
    )*};
}

/// Defines sizes of pools. Errors have their names. The kernel silently ignores other sizes.
macro_rules! cells {
    ($($name:ident)*) => {$(
        pub(crate) fn $name(value: &Bound<'_, PyAny>) -> PyResult<i32> {
            let max = i64::try_from(limits::MAX_POOL).unwrap_or(i64::MAX);
            let cells = integer(value, stringify!($name), 0, max)?;
            i32::try_from(cells).map_err(|_| out_of_range(stringify!($name), cells, 0, max))
        }
    )*};
}

/// Defines addresses. Errors have their names.
macro_rules! addresses {
    ($($name:ident)*) => {$(
        pub(crate) fn $name(value: &Bound<'_, PyAny>) -> PyResult<(u8, u8)> {
            let address = address_of(value, stringify!($name))?;
            Ok((address.client, address.port))
        }
    )*};
}

/// The functions for `from_py_with`.
pub(crate) mod argument {
    use super::*;

    bytes! { client_id port_id queue channel event_type tag }
    integers! { previous queue_id value }
    cells! { output_pool input_pool output_room }
    addresses! { sender dest root }

    /// A tempo, ticks per quarter note, and a skew with its base.
    pub(crate) fn tempo(value: &Bound<'_, PyAny>) -> PyResult<(u32, i32, u32, u32)> {
        type Four<'py> = (
            Bound<'py, PyAny>,
            Bound<'py, PyAny>,
            Bound<'py, PyAny>,
            Bound<'py, PyAny>,
        );
        let (tempo, ppq, skew, base): Four<'_> = value.extract()?;
        Ok((
            unsigned(&tempo, "tempo")?,
            signed(&ppq, "ppq")?,
            unsigned(&skew, "skew")?,
            unsigned(&base, "skew_base")?,
        ))
    }
}

/// The number of a queue. The value is the number or an object with `queue_id`.
pub(crate) fn queue_number(value: &Bound<'_, PyAny>, name: &str) -> PyResult<u8> {
    number_of(value, name, intern!(value.py(), "queue_id"))
}

/// The number of a port. The value is the number or an object with `port_id`.
pub(crate) fn port_number(value: &Bound<'_, PyAny>, name: &str) -> PyResult<u8> {
    number_of(value, name, intern!(value.py(), "port_id"))
}

fn number_of(
    value: &Bound<'_, PyAny>,
    name: &str,
    attribute: &Bound<'_, PyString>,
) -> PyResult<u8> {
    // This is checked first, because making an unused exception is slow.
    if value.is_instance_of::<PyInt>() {
        return byte(value, name);
    }
    match value.getattr(attribute) {
        Ok(number) if number.is_none() => Err(error::closed(value.py())),
        Ok(number) => byte(&number, name),
        Err(_) => byte(value, name),
    }
}

/// An address: an `Address`, a pair of numbers, a port, or a text. Errors have its `name`.
pub(crate) fn address_of(value: &Bound<'_, PyAny>, name: &str) -> PyResult<abi::Address> {
    let py = value.py();
    if let Ok(pair) = value.cast::<PyTuple>() {
        if pair.len() == 2 {
            return pair_of(&pair.get_item(0)?, &pair.get_item(1)?, name);
        }
    }
    if let Ok(client) = value.getattr(intern!(py, "client_id")) {
        if let Ok(port) = value.getattr(intern!(py, "port_id")) {
            return pair_of(&client, &port, name);
        }
    }
    let class = ADDRESS.import(py, "alsa_sequencer.address", "Address")?;
    let address = class.call1((value,))?;
    pair_of(&address.get_item(0)?, &address.get_item(1)?, name)
}

fn pair_of(
    client: &Bound<'_, PyAny>,
    port: &Bound<'_, PyAny>,
    name: &str,
) -> PyResult<abi::Address> {
    let port = match port.is_none() {
        true => 0,
        false => byte(port, name)?,
    };
    Ok(abi::Address::new(byte(client, name)?, port))
}
