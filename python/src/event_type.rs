//! The attribute `type` of events and of their classes.

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;

use crate::convert::{byte, event_type};
use crate::core::have;
use crate::event::Event;

/// The attribute `type`. A class has the type that it stands for, an event has its own.
#[pyclass(frozen, module = "alsa_sequencer._native")]
pub(crate) struct TypeAttribute {
    class: Option<u8>,
}

impl TypeAttribute {
    pub(crate) const fn new(class: Option<u8>) -> Self {
        Self { class }
    }
}

#[pymethods]
impl TypeAttribute {
    fn __get__(
        &self,
        event: &Bound<'_, PyAny>,
        _class: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let py = event.py();
        let number = match event.cast::<Event>() {
            Ok(event) => {
                let this = event.try_borrow()?;
                let set = this.core.has(have::TYPE);
                set.then_some(this.core.head.header.event_type)
            }
            Err(_) => self.class,
        };
        match number {
            Some(number) => event_type(py, number),
            None => Ok(py.None()),
        }
    }

    fn __set__(&self, event: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = match value.is_none() {
            true => None,
            false => Some(byte(value, "type")?),
        };
        let mut this = event.cast::<Event>()?.try_borrow_mut()?;
        this.core.head.header.event_type = number.unwrap_or(0);
        this.core.set(have::TYPE, number.is_some());
        Ok(())
    }

    fn __delete__(&self, _event: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyAttributeError::new_err("an event always has a type"))
    }
}
