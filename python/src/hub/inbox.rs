//! The messages that have arrived for a port, and were not taken yet.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use alsa_seq::Event;
use alsa_seq::abi::ioctl::Errno;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::bell::{Bell, Woken};
use super::decode::{Bytes, Decoder};
use crate::error;
use crate::shared::lock;
use crate::signals;

/// The largest number of unread bytes of a port.
const MOST_BYTES: usize = 4 << 20;

struct Item {
    bytes: Bytes,
    nanos: u64,
    /// The number of losses just before it.
    lost: u64,
}

impl Item {
    fn size(&self) -> usize {
        size_of::<Self>() + self.bytes.as_slice().len()
    }
}

struct State {
    items: VecDeque<Item>,
    bytes: usize,
    decoder: Decoder,
    /// The number of losses before the next message.
    lost: u64,
    overruns: u64,
    unknown: u64,
    /// The inbox is full, so new messages are lost.
    full: bool,
    closed: bool,
    nudged: bool,
    rings: bool,
}

/// An inbox, as the thread that reads has it.
pub(super) struct Mailbox {
    bell: Bell,
    state: Mutex<State>,
    /// This is the child of a fork. The inbox belongs to the parent.
    abandoned: AtomicBool,
}

enum Taken {
    Item(Item),
    /// There will be no more items.
    Over,
    /// A nudge ends the wait.
    Nudged,
    Nothing,
}

impl Mailbox {
    pub(super) fn new(active_sensing: bool, announcements: bool) -> Result<Self, Errno> {
        let state = State {
            items: VecDeque::new(),
            bytes: 0,
            decoder: Decoder::new(active_sensing, announcements),
            lost: 0,
            overruns: 0,
            unknown: 0,
            full: false,
            closed: false,
            nudged: false,
            rings: false,
        };
        Ok(Self {
            bell: Bell::new()?,
            state: Mutex::new(state),
            abandoned: AtomicBool::new(false),
        })
    }

    /// Changes the state. Then sets the bell to the new state.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        let result = change(&mut state);
        let rings = !state.items.is_empty() || state.closed || state.nudged;
        if rings != state.rings {
            state.rings = rings;
            if rings {
                self.bell.ring();
            } else {
                self.bell.quiet();
            }
        }
        result
    }

    pub(super) fn put(&self, event: &Event<'_>, stamp: impl FnOnce() -> u64) {
        let nanos = stamp();
        self.change(|state| {
            if state.closed {
                return;
            }
            let State { decoder, .. } = state;
            let mut messages = [const { None }; 4];
            let mut more = Vec::new();
            let mut given = messages.iter_mut();
            let known = decoder.decode(event, |bytes| match given.next() {
                Some(place) => *place = Some(bytes),
                None => more.push(bytes),
            });
            state.unknown += u64::from(!known);
            for bytes in messages.into_iter().flatten().chain(more) {
                state.add(bytes, nanos);
            }
        });
    }

    pub(super) fn overrun(&self) {
        self.change(|state| {
            state.overruns += 1;
            state.lost += 1;
            state.decoder.gap();
        });
    }

    pub(super) fn close(&self) {
        self.change(|state| state.closed = true);
    }

    fn take(&self) -> Taken {
        if self.abandoned.load(Ordering::Acquire) {
            return Taken::Over;
        }
        self.change(|state| {
            if let Some(item) = state.items.pop_front() {
                state.bytes = state.bytes.saturating_sub(item.size());
                state.full = false;
                return Taken::Item(item);
            }
            if state.closed {
                return Taken::Over;
            }
            if std::mem::take(&mut state.nudged) {
                return Taken::Nudged;
            }
            Taken::Nothing
        })
    }
}

impl State {
    fn add(&mut self, bytes: Bytes, nanos: u64) {
        let mut item = Item {
            bytes,
            nanos,
            lost: self.lost,
        };
        // A message that is larger than the limit has room in an empty inbox.
        if !self.items.is_empty() && self.bytes + item.size() > MOST_BYTES {
            self.overruns += u64::from(!self.full);
            self.lost += u64::from(!self.full);
            self.full = true;
            return;
        }
        item.lost = std::mem::take(&mut self.lost);
        self.bytes += item.size();
        self.items.push_back(item);
    }
}

/// The messages that have arrived for a port.
#[pyclass(frozen, module = "alsa_sequencer._native")]
pub(crate) struct Inbox {
    mailbox: Arc<Mailbox>,
}

impl Inbox {
    pub(super) const fn new(mailbox: Arc<Mailbox>) -> Self {
        Self { mailbox }
    }
}

/// A message, the time of its arrival in nanoseconds, and the number of losses before it.
type Message = (Py<PyBytes>, u64, u64);

fn message(py: Python<'_>, item: &Item) -> Message {
    let bytes = PyBytes::new(py, item.bytes.as_slice()).unbind();
    (bytes, item.nanos, item.lost)
}

#[pymethods]
impl Inbox {
    /// get(timeout=None) -> tuple[bytes, int, int] | None
    ///
    /// Returns the next message, the time of its arrival in nanoseconds, and the number of
    /// losses just before it. Waits at most `timeout` seconds. None if no message came in
    /// time, if the inbox is closed and empty, or if nudge() has ended the wait.
    #[pyo3(signature = (timeout = None))]
    fn get(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<Message>> {
        match self.mailbox.take() {
            Taken::Item(item) => return Ok(Some(message(py, &item))),
            Taken::Over | Taken::Nudged => return Ok(None),
            Taken::Nothing => {}
        }
        let deadline = match timeout {
            None => None,
            Some(timeout) if timeout.is_nan() => {
                let text = "timeout must be a number of seconds, not NaN";
                return Err(PyValueError::new_err(text));
            }
            Some(timeout) if timeout <= 0.0 => return Ok(None),
            Some(timeout) => {
                let timeout = Duration::try_from_secs_f64(timeout).unwrap_or(Duration::MAX);
                Instant::now().checked_add(timeout)
            }
        };
        loop {
            let woken = py
                .detach(|| self.mailbox.bell.wait(None, deadline))
                .map_err(|errno| error::alsa_error(py, "could not wait for input", errno))?;
            if woken == Woken::Signal {
                signals::check(py)?;
            }
            match self.mailbox.take() {
                Taken::Item(item) => return Ok(Some(message(py, &item))),
                Taken::Over | Taken::Nudged => return Ok(None),
                Taken::Nothing if woken == Woken::TimedOut => return Ok(None),
                Taken::Nothing => {}
            }
        }
    }

    /// fileno() -> int
    ///
    /// Returns a descriptor. It is readable while there is a message, or when the inbox is
    /// closed.
    fn fileno(&self) -> i32 {
        self.mailbox.bell.number()
    }

    /// nudge()
    ///
    /// Ends one present or future wait with None.
    fn nudge(&self) {
        self.mailbox.change(|state| state.nudged = true);
    }

    /// calm()
    ///
    /// Takes back a nudge() that has not ended a wait yet.
    fn calm(&self) {
        self.mailbox.change(|state| state.nudged = false);
    }

    /// close()
    ///
    /// Refuses new messages, and ends the waits with None. The messages in the inbox can still
    /// be taken.
    fn close(&self) {
        self.mailbox.close();
    }

    /// Gives up the inbox in the child of a fork. The parent goes on with it.
    fn _abandon(&self) {
        self.mailbox.abandoned.store(true, Ordering::Release);
    }

    /// Returns whether the inbox is closed. It may still contain messages.
    #[getter]
    fn closed(&self) -> bool {
        self.mailbox.abandoned.load(Ordering::Acquire) || lock(&self.mailbox.state).closed
    }

    /// The number of losses of events.
    #[getter]
    fn overruns(&self) -> u64 {
        lock(&self.mailbox.state).overruns
    }

    /// The number of events that MIDO has no message for.
    #[getter]
    fn unknown(&self) -> u64 {
        lock(&self.mailbox.state).unknown
    }
}
