//! Sending from a port: at once, paced, or later by the kernel's queue.

use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use alsa_seq::abi::ioctl::Errno;
use alsa_seq::wire;
use alsa_seq::{
    Event, EventData, Operation, RealTime, RemoveEvents, Subject, SysexPace, SysexStep,
    SysexTransfer,
};
use nix::poll::PollFlags;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::bell::{Bell, Woken};
use super::notes::Notes;
use super::{Inner, POOL};
use crate::client::{check_timeout, deadline, failed};
use crate::error;
use crate::shared::{Failure, lock};
use crate::signals;

/// A sysex message up to this size is one event.
const SHORT_SYSEX: usize = 256;

/// The number of events that the kernel gets between two checks for a cancellation.
const AT_A_TIME: usize = 32;

#[derive(Default)]
struct State {
    notes: Notes,
    closed: bool,
    /// The number of cancellations.
    cancelled: u64,
    /// The time of the last scheduled message, in nanoseconds.
    end: u64,
    /// The number of the last mark that was sent.
    marks: u64,
    /// The number of the last mark that has come back.
    passed: u64,
    waiting: Vec<Arc<Bell>>,
}

/// An outbox, as the thread that reads has it.
pub(super) struct Sender {
    inner: Arc<Inner>,
    port: u8,
    state: Mutex<State>,
    /// It is held while the kernel gets scheduled events.
    feeding: Mutex<()>,
    /// Whether a long message is under way. A short one is sent with the lock held.
    is_long: Mutex<bool>,
}

/// The state of a call that may wait.
enum Turn {
    Done,
    /// The rest was cancelled.
    Cancelled,
    Signal,
}

impl Sender {
    pub(super) fn new(inner: Arc<Inner>, port: u8) -> Self {
        Self {
            inner,
            port,
            state: Mutex::default(),
            feeding: Mutex::new(()),
            is_long: Mutex::new(false),
        }
    }

    /// Changes the state, and wakes all waiting threads.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        let result = change(&mut state);
        for bell in &state.waiting {
            bell.ring();
        }
        result
    }

    pub(super) fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// A mark has come back.
    pub(super) fn echo(&self, event: &Event<'_>) {
        let EventData::Echo(data) = event.data() else {
            return;
        };
        if let Some(&number) = data.first_chunk::<8>() {
            let number = u64::from_ne_bytes(number);
            self.change(|state| state.passed = state.passed.max(number));
        }
    }

    /// The tag of its scheduled events. It differs from those of other ports.
    const fn tag(&self) -> u8 {
        self.port.wrapping_add(1)
    }

    fn event<'m>(&self, message: &'m [u8]) -> Result<Event<'m>, String> {
        let event = Event::from_midi(message).map_err(|error| error.to_string())?;
        Ok(event
            .from_port(self.inner.address(self.port))
            .to_subscribers())
    }

    /// The number of cancellations so far. Fails if the outbox is closed.
    fn cancelled(&self) -> Result<u64, Failure> {
        let state = lock(&self.state);
        if state.closed || self.inner.shared.is_closed() {
            return Err(Failure::Closed);
        }
        Ok(state.cancelled)
    }

    /// Waits until the bell rings, or, with `room`, until the kernel has room.
    fn wait(&self, bell: &Bell, room: bool, deadline: Option<Instant>) -> Result<Woken, Failure> {
        let shared = &self.inner.shared;
        let fd = shared.fd()?;
        let other = room.then(|| (fd.as_fd(), PollFlags::POLLOUT));
        bell.wait(other, deadline)
            .map_err(|errno| self.poll_failed(errno))
    }

    fn poll_failed(&self, errno: Errno) -> Failure {
        let subject = Subject::Client(self.inner.shared.id);
        alsa_seq::Error::of_ioctl(Operation::Poll, subject, errno).into()
    }

    /// Sends packed events, one after the other, until all are sent.
    fn feed(
        &self,
        events: &[u8],
        ends: &mut &[usize],
        sent: &mut usize,
        call: &Call,
    ) -> Result<Turn, Failure> {
        loop {
            let Some(&end) = ends.get(AT_A_TIME.min(ends.len()).wrapping_sub(1)) else {
                return Ok(Turn::Done);
            };
            let step = {
                let _feeding = lock(&self.feeding);
                if self.cancelled()? != call.cancelled {
                    return Ok(Turn::Cancelled);
                }
                self.inner
                    .shared
                    .send(events.get(..end).unwrap_or(events), sent)?
            };
            let left = ends
                .iter()
                .position(|end| *end > *sent)
                .unwrap_or(ends.len());
            *ends = ends.get(left..).unwrap_or_default();
            if step.is_pending() && self.wait(&call.bell, true, None)? == Woken::Signal {
                return Ok(Turn::Signal);
            }
        }
    }

    /// Sends a long sysex in pieces.
    fn transfer(&self, transfer: &mut SysexTransfer<'_>, call: &Call) -> Result<Turn, Failure> {
        loop {
            self.cancelled()?;
            let step = self
                .inner
                .shared
                .with_output(|output| output.get_mut().try_sysex_step(transfer))?;
            let pause = match step {
                SysexStep::Sent(_) => continue,
                SysexStep::Wait(pause) => pause,
                _ => return Ok(Turn::Done),
            };
            let deadline = Instant::now().checked_add(pause.max(Duration::from_micros(1)));
            if self.wait(&call.bell, false, deadline)? == Woken::Signal {
                return Ok(Turn::Signal);
            }
            call.bell.quiet();
        }
    }

    /// Waits until a mark has come back.
    fn passed(&self, mark: u64, deadline: Option<Instant>, call: &Call) -> Result<Turn, Failure> {
        loop {
            if self.cancelled()? != call.cancelled {
                return Ok(Turn::Cancelled);
            }
            if lock(&self.state).passed >= mark {
                return Ok(Turn::Done);
            }
            match self.wait(&call.bell, false, deadline)? {
                Woken::Signal => return Ok(Turn::Signal),
                Woken::TimedOut => return Ok(Turn::Cancelled),
                Woken::Ready => call.bell.quiet(),
            }
        }
    }

    /// Cancels the scheduled messages, and ends the notes that would otherwise not end.
    fn cancel(&self) -> Result<(), Failure> {
        self.change(|state| state.cancelled += 1);
        // When this lock is free, the sending threads have seen the cancellation.
        drop(lock(&self.feeding));
        let shared = &self.inner.shared;
        let nothing = lock(&self.state).marks == 0 && lock(&self.state).end == 0;
        if nothing {
            return Ok(());
        }
        let which = RemoveEvents::new().tag(self.tag());
        shared.with_output(|output| output.get_mut().remove_output(which))?;
        let now = self.inner.clock.now();
        let ends = self.change(|state| {
            state.end = 0;
            state.notes.cancel(now)
        });
        for message in ends {
            if let Ok(event) = self.event(&message) {
                self.now(&event)?;
            }
        }
        Ok(())
    }

    /// Sends a short message at once. The caller has made sure that no long one is under way.
    fn short(&self, message: &[u8], event: &Event<'_>) -> Result<(), Failure> {
        lock(&self.state).notes.sent(message);
        self.now(event)
    }

    /// Sends an event at once.
    fn now(&self, event: &Event<'_>) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        pack(event, &mut bytes);
        // It is not scheduled, so it needs no room.
        let step = self.inner.shared.send(&bytes, &mut 0)?;
        match step {
            Poll::Ready(_) => Ok(()),
            Poll::Pending => Err(self.poll_failed(Errno::EAGAIN)),
        }
    }
}

/// Adds an event to `bytes`.
fn pack(event: &Event<'_>, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.resize(start + wire::encoded_len(event), 0);
    if let Some(place) = bytes.get_mut(start..) {
        // It has exactly the room that it needs.
        let _ = wire::encode(event, place);
    }
}

/// A long message that is under way, until this is dropped.
struct Long<'s>(&'s Sender);

impl<'s> Long<'s> {
    fn begin(sender: &'s Sender) -> Self {
        *lock(&sender.is_long) = true;
        Self(sender)
    }
}

impl Drop for Long<'_> {
    fn drop(&mut self) {
        *lock(&self.0.is_long) = false;
    }
}

/// A call that may wait.
struct Call {
    bell: Arc<Bell>,
    cancelled: u64,
}

/// The output of a port.
#[pyclass(frozen, module = "alsa_sequencer._native")]
pub(crate) struct Outbox {
    sender: Arc<Sender>,
}

impl Outbox {
    pub(super) const fn new(sender: Arc<Sender>) -> Self {
        Self { sender }
    }

    /// Takes turns until the call is done. False if it was cancelled, or the time is over.
    fn turns(
        &self,
        py: Python<'_>,
        mut turn: impl FnMut(&Sender, &Call) -> Result<Turn, Failure> + Send,
    ) -> PyResult<bool> {
        let sender = &self.sender;
        let bell = Bell::new()
            .map_err(|errno| error::alsa_error(py, "could not make an eventfd", errno))?;
        let call = Call {
            bell: Arc::new(bell),
            cancelled: sender.cancelled().map_err(|failure| failed(py, failure))?,
        };
        lock(&sender.state).waiting.push(Arc::clone(&call.bell));
        let result = loop {
            match py.detach(|| turn(sender, &call)) {
                Ok(Turn::Done) => break Ok(true),
                Ok(Turn::Cancelled) => break Ok(false),
                Ok(Turn::Signal) => {
                    if let Err(raised) = signals::check(py) {
                        break Err(raised);
                    }
                }
                Err(failure) => break Err(failed(py, failure)),
            }
        };
        let mut state = lock(&sender.state);
        state.waiting.retain(|bell| !Arc::ptr_eq(bell, &call.bell));
        result
    }

    /// The event of a message.
    fn event<'m>(&self, message: &'m [u8]) -> PyResult<Event<'m>> {
        self.sender.event(message).map_err(PyValueError::new_err)
    }

    fn no_queue(&self, py: Python<'_>) -> PyErr {
        let text = "schedule: all queues of the sequencer are in use, so nothing can be scheduled; \
                    close a program that uses one";
        error::alsa_error(py, text, Errno::ENOMEM)
    }
}

#[pymethods]
impl Outbox {
    /// send(message)
    ///
    /// Sends the bytes of a message to all ports that this port is connected to. A long
    /// system-exclusive message is sent in pieces, as fast as its receivers take them. One
    /// thread at a time may call it.
    fn send(&self, py: Python<'_>, message: &[u8]) -> PyResult<()> {
        let event = self.event(message)?;
        let sender = &self.sender;
        sender.cancelled().map_err(|failure| failed(py, failure))?;
        if message.len() <= SHORT_SYSEX {
            return py
                .detach(|| {
                    let _turn = lock(&sender.is_long);
                    sender.short(message, &event)
                })
                .map_err(|failure| failed(py, failure));
        }
        // A thread that has this lock does not wait for the interpreter.
        let _long = py.detach(|| Long::begin(sender));
        let transfer = py.detach(|| {
            sender
                .inner
                .shared
                .with_output(|output| output.get_mut().sysex_transfer(&event, SysexPace::new()))
        });
        let mut transfer = transfer.map_err(|failure| failed(py, failure))?;
        self.turns(py, |sender, call| sender.transfer(&mut transfer, call))?;
        Ok(())
    }

    /// try_send(message) -> bool
    ///
    /// Sends a short message, as send() does. Any thread may call it. False if the message is
    /// long, or another thread is sending; nothing is sent then.
    fn try_send(&self, py: Python<'_>, message: &[u8]) -> PyResult<bool> {
        if message.len() > SHORT_SYSEX {
            return Ok(false);
        }
        let event = self.event(message)?;
        let sender = &self.sender;
        sender.cancelled().map_err(|failure| failed(py, failure))?;
        py.detach(|| match sender.is_long.try_lock() {
            Ok(is_long) if !*is_long => sender.short(message, &event).map(|()| true),
            _ => Ok(false),
        })
        .map_err(|failure| failed(py, failure))
    }

    /// schedule(messages) -> bool
    ///
    /// Gives messages to the kernel, each with its time in nanoseconds. Waits for room in the
    /// kernel. False if cancel() has ended the call.
    fn schedule(&self, py: Python<'_>, messages: Vec<(u64, Vec<u8>)>) -> PyResult<bool> {
        let sender = &self.sender;
        let queue = sender
            .inner
            .clock
            .queue_id()
            .ok_or_else(|| self.no_queue(py))?;
        let mut events = Vec::new();
        let mut ends = Vec::with_capacity(messages.len());
        for (nanos, message) in &messages {
            let event = self.event(message)?;
            if wire::encoded_len(&event) > POOL * 28 {
                let text = "schedule: the message is larger than what the kernel can keep";
                return Err(error::alsa_error(py, text, Errno::ENOMEM));
            }
            let time = real_time(*nanos)
                .ok_or_else(|| PyValueError::new_err("the time is too far ahead"))?;
            pack(&event.at(queue, time).with_tag(sender.tag()), &mut events);
            ends.push(events.len());
        }
        let now = py.detach(|| sender.inner.clock.now());
        {
            let mut state = lock(&sender.state);
            state.notes.pass(now);
            for (nanos, message) in &messages {
                state.notes.scheduled(message, *nanos);
                state.end = state.end.max(*nanos).max(1);
            }
        }
        let (mut left, mut sent) = (ends.as_slice(), 0);
        self.turns(py, |sender, call| {
            sender.feed(&events, &mut left, &mut sent, call)
        })
    }

    /// drain(timeout=None) -> bool
    ///
    /// Waits until all scheduled messages are sent. False if cancel() has ended the call, or
    /// the time in seconds is over.
    #[pyo3(signature = (timeout = None))]
    fn drain(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<bool> {
        let sender = &self.sender;
        let deadline = deadline(check_timeout(timeout)?);
        let Some(queue) = sender.inner.clock.queue_id() else {
            return Ok(true);
        };
        let (mark, end) = {
            let mut state = lock(&sender.state);
            if state.end == 0 {
                return Ok(true);
            }
            state.marks += 1;
            (state.marks, state.end)
        };
        let mut data = [0; 12];
        if let Some(front) = data.first_chunk_mut() {
            *front = mark.to_ne_bytes();
        }
        let own = sender.inner.address(sender.port);
        let event = Event::new(EventData::Echo(data))
            .from_port(own)
            .to(own)
            .at(queue, real_time(end).unwrap_or(RealTime::MAX))
            .with_tag(sender.tag());
        let mut events = Vec::new();
        pack(&event, &mut events);
        let ends = [events.len()];
        let (mut left, mut sent) = (ends.as_slice(), 0);
        self.turns(py, |sender, call| {
            match sender.feed(&events, &mut left, &mut sent, call)? {
                Turn::Done => sender.passed(mark, deadline, call),
                other => Ok(other),
            }
        })
    }

    /// cancel()
    ///
    /// Cancels the scheduled messages, and ends the notes that would then sound for ever.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.sender.cancel())
            .map_err(|failure| failed(py, failure))
    }

    /// close()
    ///
    /// Ends waiting calls with StateError.
    fn close(&self) {
        self.sender.close();
    }
}

fn real_time(nanos: u64) -> Option<RealTime> {
    let secs = u32::try_from(nanos / 1_000_000_000).ok()?;
    let rest = u32::try_from(nanos % 1_000_000_000).ok()?;
    RealTime::new(secs, rest).ok()
}
