//! The native part of the back-end for MIDO. One thread for each client reads without the
//! interpreter, and puts each event into the inbox of the receiving port. Outboxes send and
//! schedule.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use alsa_seq::{Address, ErrorKind, Event, EventType, Queue, QueueId, QueueOptions, RealTime};
use nix::poll::PollFlags;
use nix::sys::signal::SigSet;
use pyo3::prelude::*;

use crate::client::{Client, failed};
use crate::error;
use crate::shared::{Failure, Outcome, Shared, lock};

mod bell;
mod decode;
mod inbox;
mod notes;
mod outbox;

pub(crate) use inbox::Inbox;
use inbox::Mailbox;
pub(crate) use outbox::Outbox;
use outbox::Sender;

/// The largest pool in one direction, in cells.
const POOL: usize = 2000;

/// The state that the thread and Python's objects share.
struct Inner {
    shared: Arc<Shared>,
    clock: Clock,
    ports: Mutex<BTreeMap<u8, Slot>>,
}

/// The boxes of a port.
#[derive(Default)]
struct Slot {
    inbox: Option<Arc<Mailbox>>,
    outbox: Option<Arc<Sender>>,
}

/// The clock for stamped and scheduled events.
struct Clock {
    /// `None` if all queues of the kernel are in use.
    queue: Option<Queue>,
    start: Instant,
}

impl Clock {
    fn queue_id(&self) -> Option<QueueId> {
        self.queue.as_ref().map(Queue::id)
    }

    /// Nanoseconds since the queue was started.
    fn now(&self) -> u64 {
        let asked = self.queue.as_ref().and_then(|queue| queue.status().ok());
        match asked {
            Some(status) => nanos(status.real_time()),
            None => u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// The time when the event arrived.
    fn stamp(&self, event: &Event<'_>) -> u64 {
        let time = event.real_time();
        match time.filter(|_| self.queue_id() == Some(event.queue())) {
            Some(time) => nanos(time),
            None => self.now(),
        }
    }
}

fn nanos(time: RealTime) -> u64 {
    u64::from(time.secs()) * 1_000_000_000 + u64::from(time.subsec_nanos())
}

impl Inner {
    /// Reads until the client is closed.
    fn read(&self) {
        loop {
            // While there are events, a wait need not be counted.
            let next = match self.shared.next() {
                Ok(Poll::Ready(event)) => Ok(Outcome::Done(event)),
                Ok(Poll::Pending) => {
                    self.shared
                        .wait(PollFlags::POLLIN, None, Shared::next_after_attempt())
                }
                Err(failure) => Err(failure),
            };
            match next {
                Ok(Outcome::Done(event)) => self.deliver(&event),
                Ok(Outcome::TimedOut | Outcome::Signal) => {}
                Err(Failure::Error(error)) if error.kind() == ErrorKind::Overrun => {
                    self.for_each_inbox(Mailbox::overrun);
                }
                Err(_) => break,
            }
        }
        self.for_each_inbox(Mailbox::close);
        let outboxes: Vec<_> = self.slots(|slot| slot.outbox.clone());
        for outbox in outboxes {
            outbox.close();
        }
    }

    fn slots<T>(&self, of: impl Fn(&Slot) -> Option<T>) -> Vec<T> {
        lock(&self.ports).values().filter_map(of).collect()
    }

    fn for_each_inbox(&self, work: impl Fn(&Mailbox)) {
        for inbox in self.slots(|slot| slot.inbox.clone()) {
            work(&inbox);
        }
    }

    fn deliver(&self, event: &Event<'_>) {
        let number = event.dest().port.number();
        let (inbox, outbox) = match lock(&self.ports).get(&number) {
            Some(slot) => (slot.inbox.clone(), slot.outbox.clone()),
            None => return,
        };
        if event.event_type() == EventType::ECHO && event.source().client == self.shared.id {
            if let Some(outbox) = outbox {
                outbox.echo(event);
            }
            return;
        }
        if let Some(inbox) = inbox {
            inbox.put(event, || self.clock.stamp(event));
        }
    }

    fn address(&self, port: u8) -> Address {
        Address::from((self.shared.id, port.into()))
    }
}

/// Hub(client)
///
/// Takes over the input of a client. A thread reads it from now on, until the client is
/// closed. The client gets the largest pools and a queue that counts the time.
#[pyclass(frozen, module = "alsa_sequencer._native")]
pub(crate) struct Hub {
    inner: Arc<Inner>,
}

#[pymethods]
impl Hub {
    #[new]
    fn new(py: Python<'_>, client: &Bound<'_, Client>) -> PyResult<Self> {
        let shared = Arc::clone(client.get().shared(py)?);
        let inner = py.detach(|| start(shared));
        inner
            .map(|inner| Self { inner })
            .map_err(|failure| failed(py, failure))
    }

    /// The number of the queue that counts the time and stamps events. None if all queues of
    /// the kernel are in use.
    #[getter]
    fn queue_id(&self) -> Option<u8> {
        self.inner.clock.queue_id().map(QueueId::number)
    }

    /// now() -> float
    ///
    /// Returns the seconds since the client was opened, as the queue counts them.
    fn now(&self, py: Python<'_>) -> f64 {
        py.detach(|| seconds(self.inner.clock.now()))
    }

    /// inbox(port, active_sensing, announcements) -> Inbox
    ///
    /// Keeps the messages that arrive for a port from now on. active_sensing: whether to keep
    /// these messages, too. announcements: whether to keep announcements instead of messages.
    fn inbox(
        &self,
        py: Python<'_>,
        port: u8,
        active_sensing: bool,
        announcements: bool,
    ) -> PyResult<Inbox> {
        let inbox = Mailbox::new(active_sensing, announcements)
            .map_err(|errno| error::alsa_error(py, "could not make an eventfd", errno))?;
        let inbox = Arc::new(inbox);
        let slot = Arc::clone(&inbox);
        lock(&self.inner.ports).entry(port).or_default().inbox = Some(slot);
        Ok(Inbox::new(inbox))
    }

    /// outbox(port) -> Outbox
    ///
    /// Sends from a port.
    fn outbox(&self, port: u8) -> Outbox {
        let sender = Arc::new(Sender::new(Arc::clone(&self.inner), port));
        let slot = Arc::clone(&sender);
        lock(&self.inner.ports).entry(port).or_default().outbox = Some(slot);
        Outbox::new(sender)
    }

    /// forget(port)
    ///
    /// Drops the boxes of a port. A later port may get its number.
    fn forget(&self, port: u8) {
        let slot = lock(&self.inner.ports).remove(&port);
        if let Some(outbox) = slot.and_then(|slot| slot.outbox) {
            outbox.close();
        }
    }
}

/// Nanoseconds as seconds.
fn seconds(nanos: u64) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64()
}

/// Makes the queue, and starts the thread.
fn start(shared: Arc<Shared>) -> Result<Arc<Inner>, Failure> {
    let control = &shared.control;
    control.set_input_pool(POOL)?;
    control.set_output_pool(POOL)?;
    let queue = control.create_queue(QueueOptions::new().name("MIDO").locked(true));
    let queue = match queue {
        Ok(queue) => {
            queue.start()?;
            Some(queue)
        }
        Err(error) if error.kind() == ErrorKind::LimitReached => None,
        Err(error) => return Err(error.into()),
    };
    let inner = Arc::new(Inner {
        clock: Clock {
            queue,
            start: Instant::now(),
        },
        ports: Mutex::new(BTreeMap::new()),
        shared,
    });
    let reader = Arc::clone(&inner);
    let started = thread::Builder::new()
        .name("midi input".into())
        .spawn(move || {
            // Signals must reach Python's threads: a wait there would not notice them here.
            let _ = SigSet::all().thread_block();
            reader.read();
        });
    match started {
        Ok(_) => Ok(inner),
        Err(error) => {
            let errno = alsa_seq::abi::ioctl::Errno::from_raw(error.raw_os_error().unwrap_or(11));
            let subject = alsa_seq::Subject::Client(inner.shared.id);
            Err(alsa_seq::Error::of_ioctl(alsa_seq::Operation::Open, subject, errno).into())
        }
    }
}
