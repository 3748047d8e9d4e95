//! The native base of the client classes: events in and out.
//!
//! The methods that wait release the interpreter meanwhile, and check for signals when one
//! has come. A thread that waits for the interpreter holds no lock.

use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use alsa_seq::abi::ioctl::Errno;
use alsa_seq::{ClientOptions, Direction, Error, MidiVersion};
use nix::poll::PollFlags;
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::control::Control;
use crate::core::Core;
use crate::error;
use crate::event::Event;
use crate::output::{PackedEvents, put_or_drain};
use crate::queues::Queues;
use crate::shared::{Failure, Outcome, Shared, Step};
use crate::{classes, input, signals};

/// The native part of a client. Use SequencerClient or AsyncSequencerClient.
#[pyclass(subclass, frozen, dict, weakref, module = "alsa_sequencer._native")]
pub(crate) struct Client {
    shared: OnceLock<Arc<Shared>>,
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.get() {
            shared.close();
        }
    }
}

/// A failure as Python's error.
pub(crate) fn failed(py: Python<'_>, failure: Failure) -> PyErr {
    match failure {
        Failure::Closed => error::closed(py),
        Failure::Error(error) => error::of(py, &error),
    }
}

/// The end of a wait of so many seconds; `None` for never.
pub(crate) fn deadline(timeout: Option<f64>) -> Option<Instant> {
    let timeout = Duration::try_from_secs_f64(timeout?).unwrap_or(Duration::MAX);
    // A time that does not fit is so far away that it means never.
    Instant::now().checked_add(timeout)
}

/// Checks a time-out. NaN is an error, and a negative number means 0.
pub(crate) fn check_timeout(timeout: Option<f64>) -> PyResult<Option<f64>> {
    match timeout {
        Some(timeout) if timeout.is_nan() => Err(PyValueError::new_err(
            "timeout must be a number of seconds, not NaN",
        )),
        Some(timeout) => Ok(Some(timeout.max(0.0))),
        None => Ok(None),
    }
}

impl Client {
    pub(crate) fn shared(&self, py: Python<'_>) -> PyResult<&Arc<Shared>> {
        self.shared.get().ok_or_else(|| error::closed(py))
    }

    /// Takes a step until it is done, the time is over, or a signal handler raises.
    pub(crate) fn wait<T: Send>(
        py: Python<'_>,
        shared: &Shared,
        flags: PollFlags,
        deadline: Option<Instant>,
        step: impl FnMut(&Shared) -> Step<T> + Send,
    ) -> PyResult<Option<T>> {
        let mut step = step;
        loop {
            match py.detach(|| shared.wait(flags, deadline, &mut step)) {
                Ok(Outcome::Done(done)) => return Ok(Some(done)),
                Ok(Outcome::TimedOut) => return Ok(None),
                Ok(Outcome::Signal) => signals::check(py)?,
                Err(failure) => return Err(failed(py, failure)),
            }
        }
    }
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            shared: OnceLock::new(),
        }
    }

    /// Opens the client: 1 is output, 2 is input, 3 is both.
    fn _open(
        &self,
        py: Python<'_>,
        name: &str,
        streams: u32,
        midi_version: u8,
        device: &str,
    ) -> PyResult<()> {
        let direction = match streams {
            1 => Direction::Output,
            2 => Direction::Input,
            3 => Direction::Duplex,
            _ => {
                return Err(PyValueError::new_err(
                    "streams must be OUTPUT, INPUT or DUPLEX",
                ));
            }
        };
        let version = match midi_version {
            0 => MidiVersion::Legacy,
            1 => MidiVersion::Ump1,
            2 => MidiVersion::Ump2,
            _ => return Err(PyValueError::new_err("midi_version must be 0, 1 or 2")),
        };
        let options = ClientOptions::new(input::cut(name))
            .direction(direction)
            .midi_version(version)
            .device(device);
        let shared = py
            .detach(|| Shared::open(options))
            .map_err(|failure| failed(py, failure))?;
        if self.shared.set(Arc::new(shared)).is_err() {
            return Err(error::alsa_error(
                py,
                "the client is open already",
                Errno::EBUSY,
            ));
        }
        Ok(())
    }

    /// The number of the client.
    #[getter]
    fn _id(&self, py: Python<'_>) -> PyResult<u8> {
        Ok(self.shared(py)?.id.number())
    }

    /// The calls that neither send nor receive.
    #[getter]
    fn _control(&self, py: Python<'_>) -> PyResult<Control> {
        Ok(Control::new(Arc::clone(self.shared(py)?)))
    }

    /// The calls for queues.
    #[getter]
    fn _queue_control(&self, py: Python<'_>) -> PyResult<Queues> {
        Ok(Queues::new(Control::new(Arc::clone(self.shared(py)?))))
    }

    /// Returns whether the client is closed.
    #[getter]
    fn closed(&self) -> bool {
        self.shared.get().is_none_or(|shared| shared.is_closed())
    }

    /// fileno() -> int
    ///
    /// Returns the number of the open file, for select, poll and asyncio. The file is readable
    /// when there is an event. It must stay non-blocking. StateError if the client is closed.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        self.shared(py)?
            .fileno()
            .map_err(|failure| failed(py, failure))
    }

    /// Closes the client, and wakes the threads that wait.
    fn _close(&self, py: Python<'_>) {
        if let Some(shared) = self.shared.get() {
            py.detach(|| shared.close());
        }
    }

    /// Gives up the client in the child of a fork.
    fn _abandon(&self) {
        if let Some(shared) = self.shared.get() {
            shared.abandon();
        }
    }

    /// event_input(prefer_bytes=False, timeout=None) -> Event | None
    ///
    /// Waits for an event, at most `timeout` seconds. With 0 it does not wait, with None it
    /// waits for ever. Returns None if no event came in time.
    ///
    /// prefer_bytes: whether a MIDI message becomes a MidiBytesEvent.
    ///
    /// OverrunError if events were lost because the input pool was full. The next call goes
    /// on. StateError if the client is closed, before or during the wait. ALSAError if it was
    /// opened for output alone. ValueError for NaN.
    #[pyo3(name = "event_input", signature = (prefer_bytes = false, timeout = None))]
    fn event_input(
        &self,
        py: Python<'_>,
        prefer_bytes: bool,
        timeout: Option<f64>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let timeout = check_timeout(timeout)?;
        let shared = self.shared(py)?;
        let mut next = match shared.next().map_err(|failure| failed(py, failure))? {
            Poll::Ready(event) => Some(event),
            Poll::Pending => None,
        };
        if next.is_none() {
            // The clock is read only if the call has to wait.
            if timeout == Some(0.0) {
                return Ok(None);
            }
            next = Self::wait(
                py,
                shared,
                PollFlags::POLLIN,
                deadline(timeout),
                Shared::next_after_attempt(),
            )?;
        }
        match next {
            Some(event) => input::object(py, &event, prefer_bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The next event, or None if there is none.
    #[pyo3(signature = (prefer_bytes = false))]
    fn _try_event_input(&self, py: Python<'_>, prefer_bytes: bool) -> PyResult<Option<Py<PyAny>>> {
        match self
            .shared(py)?
            .next()
            .map_err(|failure| failed(py, failure))?
        {
            Poll::Ready(event) => input::object(py, &event, prefer_bytes).map(Some),
            Poll::Pending => Ok(None),
        }
    }

    /// The records of the events that can be received without waiting. Asks the kernel if `fetch`.
    fn _input_pending(&self, py: Python<'_>, fetch: bool) -> PyResult<usize> {
        let shared = self.shared(py)?;
        input::pending(shared, fetch).map_err(|failure| failed(py, failure))
    }

    /// drop_input_buffer()
    ///
    /// Drops the events that were read from the kernel but not received yet.
    fn drop_input_buffer(&self, py: Python<'_>) -> PyResult<()> {
        let dropped = self.shared(py)?.with_input(|input| {
            input.get_mut().drop_input_buffer();
            Ok(())
        });
        dropped.map_err(|failure| failed(py, failure))
    }

    /// drop_input()
    ///
    /// Drops all events that have arrived, and an overrun that was not reported yet.
    fn drop_input(&self, py: Python<'_>) -> PyResult<()> {
        let dropped = self
            .shared(py)?
            .with_input(|input| input.get_mut().drop_input());
        dropped.map_err(|failure| failed(py, failure))
    }

    /// event_output(event, queue=None, port=None, dest=None) -> int
    ///
    /// Puts an event into the output buffer. drain_output() sends it. If the event has no room
    /// in the buffer, the buffer is sent first. The call waits for room in the kernel if need
    /// be.
    ///
    /// queue, port, dest: they replace those of the event. queue: a queue or its number. port:
    /// the sending port of this client or its number, by default 0. dest: an address.
    ///
    /// Returns the number of bytes in the buffer. ALSAError if the event cannot be sent, or if
    /// the kernel refuses an event of the buffer. The new event is then not in the buffer.
    #[pyo3(signature = (event, queue = None, port = None, dest = None))]
    fn event_output(
        &self,
        py: Python<'_>,
        event: &Bound<'_, Event>,
        queue: Option<&Bound<'_, PyAny>>,
        port: Option<&Bound<'_, PyAny>>,
        dest: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<usize> {
        let (shared, packed) = self.pack(py, event, [queue, port, dest])?;
        let events = packed.as_bytes();
        let pending = match shared.put(events).map_err(|failure| failed(py, failure))? {
            Poll::Ready(pending) => pending,
            Poll::Pending => {
                let step = |shared: &Shared| put_or_drain(shared, events);
                Self::wait(py, shared, PollFlags::POLLOUT, None, step)?.unwrap_or_default()
            }
        };
        packed.taken(shared);
        Ok(pending)
    }

    /// event_output_buffer(event, queue=None, port=None, dest=None) -> int
    ///
    /// Puts an event into the output buffer, as event_output does, but never sends the buffer.
    /// ALSAError with -EAGAIN if the event has no room in the buffer.
    #[pyo3(signature = (event, queue = None, port = None, dest = None))]
    fn event_output_buffer(
        &self,
        py: Python<'_>,
        event: &Bound<'_, Event>,
        queue: Option<&Bound<'_, PyAny>>,
        port: Option<&Bound<'_, PyAny>>,
        dest: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<usize> {
        let (shared, packed) = self.pack(py, event, [queue, port, dest])?;
        let full = || {
            let message = "send event: the output buffer has no room; drain the output first";
            error::alsa_error(py, message, Errno::EAGAIN)
        };
        let events = packed.as_bytes();
        let size = shared.with_output(|output| Ok(output.get_mut().output_buffer_size()));
        if events.len() > size.map_err(|failure| failed(py, failure))? {
            return Err(full());
        }
        match shared.put(events).map_err(|failure| failed(py, failure))? {
            Poll::Ready(pending) => {
                packed.taken(shared);
                Ok(pending)
            }
            Poll::Pending => Err(full()),
        }
    }

    /// event_output_direct(event, queue=None, port=None, dest=None) -> int
    ///
    /// Sends an event at once, before those in the buffer. Only a scheduled event may have to
    /// wait for room.
    #[pyo3(signature = (event, queue = None, port = None, dest = None))]
    fn event_output_direct(
        &self,
        py: Python<'_>,
        event: &Bound<'_, Event>,
        queue: Option<&Bound<'_, PyAny>>,
        port: Option<&Bound<'_, PyAny>>,
        dest: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<usize> {
        let (shared, packed) = self.pack(py, event, [queue, port, dest])?;
        let events = packed.as_bytes();
        let mut sent = 0;
        let step = |shared: &Shared| shared.send(events, &mut sent);
        let pending = Self::wait(py, shared, PollFlags::POLLOUT, None, step)?;
        packed.taken(shared);
        Ok(pending.unwrap_or_default())
    }

    /// The packed event for `_try_output`.
    #[pyo3(signature = (event, queue = None, port = None, dest = None))]
    fn _pack<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, Event>,
        queue: Option<&Bound<'py, PyAny>>,
        port: Option<&Bound<'py, PyAny>>,
        dest: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<PackedEvents> {
        let (_, packed) = self.pack(py, event, [queue, port, dest])?;
        Ok(PackedEvents(packed))
    }

    /// Puts the events of `_pack` into the buffer. None if that would have to wait.
    fn _try_output(
        &self,
        py: Python<'_>,
        events: &Bound<'_, PackedEvents>,
    ) -> PyResult<Option<usize>> {
        let (shared, packed) = (self.shared(py)?, &events.get().0);
        let step = py.detach(|| put_or_drain(shared, packed.as_bytes()));
        let pending = ready(py, step)?;
        if pending.is_some() {
            packed.taken(shared);
        }
        Ok(pending)
    }

    /// Sends the events of `_pack` at once from an offset on. Returns the offset of the first
    /// unsent byte.
    fn _try_output_direct(
        &self,
        py: Python<'_>,
        events: &Bound<'_, PackedEvents>,
        offset: usize,
    ) -> PyResult<usize> {
        let (shared, packed) = (self.shared(py)?, &events.get().0);
        let mut sent = offset;
        let step = py.detach(|| shared.send(packed.as_bytes(), &mut sent));
        if step.map_err(|failure| failed(py, failure))?.is_ready() {
            packed.taken(shared);
        }
        Ok(sent)
    }

    /// drain_output() -> int
    ///
    /// Sends all events of the output buffer, and waits for room in the kernel if need be.
    /// Returns 0.
    ///
    /// ALSAError for the first event that the kernel refuses. That event is removed from the
    /// buffer. The events behind it stay there.
    fn drain_output(&self, py: Python<'_>) -> PyResult<usize> {
        let shared = self.shared(py)?;
        Self::wait(py, shared, PollFlags::POLLOUT, None, Shared::drain)?;
        Ok(0)
    }

    /// Sends events of the buffer. Returns whether all are sent.
    fn _try_drain(&self, py: Python<'_>) -> PyResult<bool> {
        let shared = self.shared(py)?;
        let step = py.detach(|| shared.try_output(Shared::drain));
        ready(py, step).map(|done| done.is_some())
    }

    /// sync_output_queue()
    ///
    /// Sends all events of the output buffer, and waits until the kernel has delivered all
    /// events that this client has scheduled. On a stopped queue that takes for ever.
    fn sync_output_queue(&self, py: Python<'_>) -> PyResult<()> {
        let shared = self.shared(py)?;
        Self::wait(py, shared, PollFlags::POLLOUT, None, Shared::sync)?;
        Ok(())
    }

    /// Sends events of the buffer. Returns whether all scheduled events are delivered.
    fn _try_sync(&self, py: Python<'_>) -> PyResult<bool> {
        let shared = self.shared(py)?;
        let step = py.detach(|| shared.try_output(Shared::sync));
        ready(py, step).map(|done| done.is_some())
    }

    /// event_output_pending() -> int
    ///
    /// Returns the number of bytes in the output buffer.
    fn event_output_pending(&self, py: Python<'_>) -> PyResult<usize> {
        let pending = |output: &mut alsa_seq::AsyncEventOutput<_>| -> Result<usize, Error> {
            Ok(output.get_mut().event_output_pending())
        };
        self.shared(py)?
            .with_output(pending)
            .map_err(|failure| failed(py, failure))
    }

    /// extract_output() -> Event
    ///
    /// Takes the first event out of the output buffer. ALSAError with -ENOENT if it is
    /// empty.
    fn extract_output(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let event = self
            .shared(py)?
            .with_output(|output| Ok(output.get_mut().extract_output()));
        match event.map_err(|failure| failed(py, failure))? {
            Some(event) => classes::make(py, Core::received(py, event.as_view())),
            None => Err(error::alsa_error(
                py,
                "the output buffer is empty",
                Errno::ENOENT,
            )),
        }
    }

    /// drop_output_buffer()
    ///
    /// Drops all events of the output buffer.
    fn drop_output_buffer(&self, py: Python<'_>) -> PyResult<()> {
        let dropped = self.shared(py)?.with_output(|output| {
            output.get_mut().drop_output_buffer();
            Ok(())
        });
        dropped.map_err(|failure| failed(py, failure))
    }

    /// drop_output()
    ///
    /// Drops all events of the output buffer, and all scheduled events of this client that the
    /// kernel has not delivered yet.
    fn drop_output(&self, py: Python<'_>) -> PyResult<()> {
        let dropped = self
            .shared(py)?
            .with_output(|output| output.get_mut().drop_output());
        dropped.map_err(|failure| failed(py, failure))
    }

    /// get_output_buffer_size() -> int
    ///
    /// Returns the size of the output buffer in bytes.
    fn get_output_buffer_size(&self, py: Python<'_>) -> PyResult<usize> {
        let size = self
            .shared(py)?
            .with_output(|output| Ok(output.get_mut().output_buffer_size()));
        size.map_err(|failure| failed(py, failure))
    }

    /// set_output_buffer_size(size)
    ///
    /// Changes the size of the output buffer in bytes. An event takes 28 bytes and the length
    /// of its data. The events in the buffer stay there. ALSAError with -ENOMEM for a gibibyte
    /// and more, OverflowError for a negative size.
    fn set_output_buffer_size(&self, py: Python<'_>, size: i64) -> PyResult<()> {
        let size = buffer_size(py, size)?;
        let set = self.shared(py)?.with_output(|output| {
            output.get_mut().set_output_buffer_size(size);
            Ok(())
        });
        set.map_err(|failure| failed(py, failure))
    }
}

/// Checks the size of a buffer.
pub(crate) fn buffer_size(py: Python<'_>, size: i64) -> PyResult<usize> {
    match usize::try_from(size) {
        Err(_) => Err(PyOverflowError::new_err(
            "the size of a buffer must not be negative",
        )),
        Ok(size) if size < 1 << 30 => Ok(size),
        Ok(_) => Err(error::alsa_error(
            py,
            "set buffer size: a buffer must be smaller than a gibibyte",
            Errno::ENOMEM,
        )),
    }
}

fn ready<T>(py: Python<'_>, step: Step<T>) -> PyResult<Option<T>> {
    match step.map_err(|failure| failed(py, failure))? {
        Poll::Ready(done) => Ok(Some(done)),
        Poll::Pending => Ok(None),
    }
}
