//! A client that receives, for all connections with its name.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use alsa_seq::{
    ClientControl, ClientOptions, Error, ErrorKind, Event, EventInput, Interrupter, MidiVersion,
    Queue, QueueOptions, Result,
};

use super::inboxes::{Inboxes, Item, Next};
use crate::registry::{self, Key, Registry, shortened};

static CLIENTS: Registry<InputClient> = Registry::new();

/// An open client that receives.
pub(crate) struct InputClient {
    control: ClientControl,
    interrupter: Interrupter,
    queue: Mutex<Weak<StampQueue>>,
    inboxes: Mutex<Inboxes>,
}

/// The queue with which the kernel stamps arriving events. All connections of a client share it.
/// Without connections, there is no queue.
pub(super) struct StampQueue(Queue);

impl Deref for StampQueue {
    type Target = Queue;

    fn deref(&self) -> &Queue {
        &self.0
    }
}

impl InputClient {
    /// The largest number of cells that the kernel has for unread events. All connections share
    /// them.
    const POOL: usize = 2000;

    /// Returns the open client with this version and name, or a new one.
    pub(super) fn named(version: MidiVersion, name: &str) -> Result<Arc<Self>> {
        CLIENTS.client((version, shortened(name)), Self::open)
    }

    fn open(key: Key<'_>) -> Result<Self> {
        let client = registry::open(key, |options: ClientOptions| options.input_pool(Self::POOL))?;
        let control = client.control();
        let (_, mut input) = client.split();
        Ok(Self {
            control,
            interrupter: input.interrupter()?,
            queue: Mutex::new(Weak::new()),
            inboxes: Mutex::new(Inboxes::new(input)),
        })
    }

    /// Returns a place for a connection: in this client, or in another one with its name.
    pub(super) fn with_room(first: &Arc<Self>) -> Result<Option<Seat>> {
        let seat = |client: &Arc<Self>| {
            let number = client.inboxes().take_number();
            Ok(number.map(|number| Seat {
                client: Arc::clone(client),
                number,
            }))
        };
        CLIENTS.with_room(first, Self::open, seat)
    }

    pub(super) fn control(&self) -> &ClientControl {
        &self.control
    }

    /// Returns the client's queue, which runs. `None` if no queue is free.
    pub(super) fn stamp_queue(&self) -> Option<Arc<StampQueue>> {
        if cfg!(feature = "avoid_timestamping") {
            return None;
        }
        let mut known = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = known.upgrade() {
            return Some(queue);
        }
        let options = QueueOptions::new().name("midir queue");
        let queue = self.control.create_queue(options).ok()?;
        queue.start().ok()?;
        let queue = Arc::new(StampQueue(queue));
        *known = Arc::downgrade(&queue);
        Some(queue)
    }

    /// Makes the thread of a connection end: after it has delivered everything that has arrived, or
    /// at once. The connection's port was deleted.
    pub(super) fn finish(&self, number: u8, at_once: bool) {
        let mut inboxes = self.inboxes();
        inboxes.close(number, at_once);
        let reads = inboxes.input.is_none();
        drop(inboxes);
        if reads {
            // Threads that wait for the kernel must check the new state.
            self.interrupter.interrupt();
        }
    }

    /// Ends a connection in place of its thread, whose callback has panicked. Its port was deleted.
    pub(super) fn finish_abandoned(&self, number: u8) {
        if self.inboxes().is_abandoned(number) {
            self.discard_rest(number);
            self.inboxes().leave(number);
        }
    }

    /// Drops the events that have arrived for a closed connection. Otherwise, the kernel may still
    /// have some of them when another connection gets the number.
    fn discard_rest(&self, number: u8) {
        while self.next(number).is_some() {}
    }

    fn inboxes(&self) -> MutexGuard<'_, Inboxes> {
        // The callback is never called while the lock is held.
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next item of a connection. `None` at the end.
    fn next(&self, number: u8) -> Option<Item> {
        let mut inboxes = self.inboxes();
        loop {
            match inboxes.next(number) {
                Next::Item(item) => return Some(item),
                Next::End => return None,
                Next::Wait(wake) => {
                    inboxes = wake.wait(inboxes).unwrap_or_else(PoisonError::into_inner);
                }
                Next::Read { mut input, wait } => {
                    drop(inboxes);
                    let read = read(&mut input, wait);
                    if read.as_ref().is_err_and(is_failure) {
                        // A permanent error must not keep the processor busy.
                        thread::sleep(RETRY);
                    }
                    inboxes = self.inboxes();
                    inboxes.input = Some(input);
                    match read {
                        Ok(Some(event)) if inboxes.is_for(number, &event) => {
                            inboxes.pass_on();
                            return Some(Item::Event(event));
                        }
                        Ok(Some(event)) => inboxes.deliver(event),
                        Ok(None) => inboxes.end_check(),
                        Err(error) if error.kind() == ErrorKind::Overrun => inboxes.gap(),
                        // Closing connections do not wait until the pause is over.
                        Err(error) if is_failure(&error) => inboxes.end_check(),
                        Err(_) => {}
                    }
                }
            }
        }
    }
}

/// The pause after an error, before the kernel is asked again.
const RETRY: Duration = Duration::from_millis(100);

/// Returns whether nothing could be read, although data may exist.
fn is_failure(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Overrun | ErrorKind::Interrupted)
}

fn read(input: &mut EventInput, wait: bool) -> Result<Option<Event<'static>>, Error> {
    if wait {
        input.event_input().map(Some)
    } else {
        input.try_event_input()
    }
}

/// The place of a connection in a client: its port number and its inbox.
pub(super) struct Seat {
    client: Arc<InputClient>,
    number: u8,
}

impl Seat {
    pub(super) fn client(&self) -> &Arc<InputClient> {
        &self.client
    }

    pub(super) const fn number(&self) -> u8 {
        self.number
    }

    /// Waits for the next item. `None` at the end of the connection.
    pub(super) fn wait(&self) -> Option<Item> {
        self.client.next(self.number)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inboxes = self.client.inboxes();
        if !thread::panicking() {
            inboxes.leave(self.number);
        } else if inboxes.is_left_to_its_thread(self.number) {
            drop(inboxes);
            self.client.discard_rest(self.number);
            self.client.inboxes().leave(self.number);
        } else {
            inboxes.abandon(self.number);
        }
    }
}
