//! A client that sends, for all connections with its name.

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
    // Closed before the queue in the schedule is dropped. Then dropping the queue deletes nothing,
    // because in the child of a fork the queue belongs to the parent.
    output: Mutex<EventOutput>,
    schedule: Mutex<Schedule>,
}

impl OutputClient {
    /// Returns the open client with this version and name, or a new one.
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

    /// Creates a port in this client, or in another one with its name.
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

    /// Returns the output. Other connections wait for it.
    pub(super) fn output(&self) -> MutexGuard<'_, EventOutput> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn schedule_of_all(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the kernel send these events at this time. Returns the time of the last event.
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

    /// Cancels the scheduled events of this port.
    pub(super) fn cancel(&self, source: Address) -> Result<()> {
        let mut schedule = self.schedule_of_all();
        schedule.cancel(&mut self.output(), source.port)
    }

    /// Waits until the kernel has sent all events up to this time.
    pub(super) fn wait_until_sent(&self, last: Instant) {
        let pause_of = |schedule: &mut Schedule| schedule.pause(last);
        wait_unlocked(&self.schedule, pause_of, thread::sleep);
    }
}

/// Repeats: asks the locked object for the next pause, releases the lock, and waits. Ends when the
/// object returns no pause. During the pauses, other connections can schedule and cancel.
fn wait_unlocked<T>(
    lock: &Mutex<T>,
    pause_of: impl Fn(&mut T) -> Option<Duration>,
    wait: impl Fn(Duration),
) {
    loop {
        let mut held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = pause_of(&mut held);
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

    /// Another thread ends the wait, and needs the lock for that.
    #[test]
    fn the_lock_is_free_while_one_waits() {
        let waits = Mutex::new(true);
        let pause_of = |waits: &mut bool| waits.then_some(Duration::ZERO);
        let other = || *waits.try_lock().unwrap() = false;
        let wait = |_| thread::scope(|scope| scope.spawn(other).join()).unwrap();
        wait_unlocked(&waits, pause_of, wait);
        assert!(!*waits.lock().unwrap());
    }
}
