//! A client that sends, for all connections of its name.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use alsa_seq::{
    Address, ClientControl, ClientOptions, Direction, ErrorKind, Event, EventOutput, MidiVersion,
    Port, PortOptions, Result,
};

use super::cable::Cable;
use super::schedule::Schedule;
use crate::SendError;
use crate::registry::{self, Key, Registry, shortened};

static CLIENTS: Registry<OutputClient> = Registry::new();

/// An open client that sends.
pub(crate) struct OutputClient {
    control: ClientControl,
    // Closed before the queue in the schedule is dropped, which then deletes nothing: in a
    // child of a fork, the queue is the parent's.
    output: Mutex<EventOutput>,
    schedule: Mutex<Schedule>,
}

impl OutputClient {
    /// The open client of this version and name, or a new one.
    pub(super) fn named(version: MidiVersion, name: &str) -> Result<Arc<Self>> {
        CLIENTS.client((version, shortened(name)), Self::open)
    }

    fn open(key: Key<'_>) -> Result<Self> {
        let client = registry::open(key, |options: ClientOptions| {
            options
                .direction(Direction::Output)
                .output_pool(Schedule::POOL)
        })?;
        let control = client.control();
        let (output, _) = client.split();
        Ok(Self {
            control,
            output: Mutex::new(output),
            schedule: Mutex::new(Schedule::default()),
        })
    }

    /// Makes a port: in this client, or in another of its name.
    pub(super) fn with_room(
        first: &Arc<Self>,
        options: &PortOptions,
    ) -> Result<Option<(Arc<Self>, Port)>> {
        let make = |client: &Arc<Self>| match client.control.create_port(options.clone()) {
            Ok(port) => Ok(Some((Arc::clone(client), port))),
            Err(error) if error.kind() == ErrorKind::LimitReached => Ok(None),
            Err(error) => Err(error),
        };
        CLIENTS.with_room(first, Self::open, make)
    }

    pub(super) fn control(&self) -> &ClientControl {
        &self.control
    }

    /// The output, which other connections wait for meanwhile.
    pub(super) fn output(&self) -> MutexGuard<'_, EventOutput> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn schedule_of_all(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the kernel send these events at this time. Returns when the last is due.
    pub(super) fn schedule(
        &self,
        source: Address,
        events: &[Event<'_>],
        cable: &Cable,
        at: Instant,
    ) -> Result<Instant, SendError> {
        let mut schedule = self.schedule_of_all();
        schedule.add(&self.control, &mut self.output(), source, events, cable, at)
    }

    /// Forgets what is scheduled to come from this port.
    pub(super) fn cancel(&self, source: Address) -> Result<()> {
        let mut schedule = self.schedule_of_all();
        schedule.cancel(&mut self.output(), source.port)
    }

    /// Waits until the kernel has sent what is due up to this time.
    pub(super) fn wait_until_sent(&self, last: Instant) {
        let left = |schedule: &mut Schedule| schedule.left(last);
        wait_unlocked(&self.schedule, left, thread::sleep);
    }
}

/// Asks what the lock holds how long to wait, until it says that it is over. The lock is
/// free during the waits, so that other connections can schedule and cancel.
fn wait_unlocked<T>(
    lock: &Mutex<T>,
    left: impl Fn(&mut T) -> Option<Duration>,
    wait: impl Fn(Duration),
) {
    loop {
        let mut held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = left(&mut held);
        drop(held);
        match pause {
            Some(pause) => wait(pause),
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is another thread that ends the wait, and that thread needs the lock for it.
    #[test]
    fn the_lock_is_free_while_one_waits() {
        let waits = Mutex::new(true);
        let left = |waits: &mut bool| waits.then_some(Duration::ZERO);
        let other = || *waits.try_lock().unwrap() = false;
        let wait = |_| thread::scope(|scope| scope.spawn(other).join()).unwrap();
        wait_unlocked(&waits, left, wait);
        assert!(!*waits.lock().unwrap());
    }
}
