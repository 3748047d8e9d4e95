//! Keeps track of the events in the queue and the notes that sound, and ends the notes if
//! this program panics.

use std::collections::VecDeque;
use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

use alsa_seq::{Address, Event, PortOptions, Queue, SequencerClient, Time};

use crate::deliver::end_notes;
use crate::failure::Failure;
use crate::sounding::Sounding;

/// The events that the queue may not have delivered yet, and the notes and long messages
/// of the delivered events.
pub(super) struct Flight {
    queue: Arc<Queue>,
    state: Mutex<State>,
}

struct State {
    waiting: VecDeque<Event<'static>>,
    sounding: Sounding<Address>,
}

/// The number of events after which the delivered ones are removed. It is more than the
/// kernel's queue and the output buffer hold together.
const MANY: usize = 4096;

impl Flight {
    pub(super) fn new(queue: Arc<Queue>) -> Self {
        Self {
            queue,
            state: Mutex::new(State {
                // Unused memory of this is never touched.
                waiting: VecDeque::with_capacity(MANY),
                sounding: Sounding::default(),
            }),
        }
    }

    /// Adds an event that will be sent.
    pub(super) fn add(&self, event: Event<'static>) {
        let mut state = self.state();
        if state.waiting.len() >= MANY {
            if let Ok(status) = self.queue.status() {
                // The events that are due now may not be delivered yet.
                state.pass(status.tick().saturating_sub(1));
            }
        }
        state.waiting.push_back(event);
    }

    /// Records an event that was sent at once.
    pub(super) fn update(&self, event: &Event<'_>) {
        self.state().sounding.update(event.dest(), event);
    }

    /// Returns the notes that sound when no more events will be delivered: everything was
    /// delivered, or the queue is stopped.
    pub(super) fn sounding_at_end(&self, all: bool) -> Sounding<Address> {
        let tick = self.queue.status().map_or(u32::MAX, |status| status.tick());
        let mut state = self.state();
        if all {
            state.pass(u32::MAX);
        } else {
            state.pass_perhaps(tick);
        }
        std::mem::take(&mut state.sounding)
    }

    /// For a stopped queue: returns the notes and controllers to end and reset now, and
    /// those to set again when the queue continues.
    pub(super) fn pause(&self) -> (Sounding<Address>, Sounding<Address>) {
        let tick = self.queue.status().map_or(u32::MAX, |status| status.tick());
        let mut state = self.state();
        if let Some(before) = tick.checked_sub(1) {
            state.pass(before);
        }
        // The last events may or may not be delivered. If not, the queue delivers them
        // when it continues.
        let mut silenced = state.sounding.clone();
        let restored = state.at(tick);
        for event in state.waiting.iter().filter(|event| is_due(event, tick)) {
            silenced.hear_perhaps(event.dest(), event);
        }
        state.sounding.forget_begun();
        (silenced, restored)
    }

    /// Returns whether a long message to any receiver is unfinished.
    pub(super) fn has_begun(&self) -> bool {
        let tick = self.queue.status().map_or(u32::MAX, |status| status.tick());
        self.state().at(tick).begun().next().is_some()
    }

    /// Returns the events that the stopped queue has not delivered.
    pub(super) fn take(&self) -> Result<VecDeque<Event<'static>>, Failure> {
        let tick = self.queue.status()?.tick();
        let mut state = self.state();
        state.pass(tick);
        state.sounding.forget_begun();
        Ok(std::mem::take(&mut state.waiting))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the queue, and ends the notes with a separate client, because the player's
    /// client may be in the middle of a call.
    fn rescue(&self) -> Result<(), Failure> {
        self.queue.stop()?;
        let tick = self.queue.status()?.tick();
        let mut client = SequencerClient::open("rescue")?;
        let port = client.create_port(PortOptions::sender("rescue"))?;
        client.set_source(&port);
        // The panic happened while the state was locked, so the sounding notes are not
        // known.
        let Ok(mut state) = self.state.try_lock() else {
            return Err(Failure::Other("notes may still sound".to_owned()));
        };
        state.pass_perhaps(tick);
        for dest in state.sounding.dests() {
            // If connecting fails, sending may still work.
            let _ = port.connect_to(dest);
        }
        end_notes(&mut client, &state.sounding, true)
    }
}

impl State {
    /// The notes that sound after all events up to this tick were delivered.
    fn at(&self, tick: u32) -> Sounding<Address> {
        let mut sounding = self.sounding.clone();
        for event in self.waiting.iter().filter(|event| is_due(event, tick)) {
            sounding.update(event.dest(), event);
        }
        sounding
    }

    /// Records that all events up to this tick were delivered.
    fn pass(&mut self, tick: u32) {
        while let Some(event) = self.waiting.pop_front() {
            if !is_due(&event, tick) {
                self.waiting.push_front(event);
                break;
            }
            self.sounding.update(event.dest(), &event);
        }
    }

    /// Records that the events up to this tick may have been delivered. The last ones are
    /// uncertain, because the queue may have been delivering them.
    fn pass_perhaps(&mut self, tick: u32) {
        for event in self.waiting.drain(..) {
            if is_due(&event, tick) {
                self.sounding.hear_perhaps(event.dest(), &event);
            }
        }
    }
}

fn is_due(event: &Event<'_>, tick: u32) -> bool {
    matches!(event.time(), Time::Tick(due) if due <= tick)
}

/// Ends the notes if this program panics while this object exists, whether a panic
/// unwinds or aborts.
pub(super) struct Rescue;

/// The flight whose notes must be ended.
static IN_DANGER: Mutex<Weak<Flight>> = Mutex::new(Weak::new());

impl Rescue {
    pub(super) fn prepare(flight: &Arc<Flight>) -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                let flight = IN_DANGER
                    .try_lock()
                    .ok()
                    .and_then(|flight| flight.upgrade());
                let saved = flight.map(|flight| flight.rescue());
                before(info);
                if let Some(Err(failure)) = saved {
                    crate::people::complain(&failure);
                }
            }));
        });
        *IN_DANGER.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(flight);
        Self
    }
}

impl Drop for Rescue {
    fn drop(&mut self) {
        *IN_DANGER.lock().unwrap_or_else(PoisonError::into_inner) = Weak::new();
    }
}

#[cfg(test)]
mod tests {
    use alsa_seq::{EventData, EventType};

    use super::*;
    use support::{PATIENCE, client, need_sequencer};

    /// The notes end before the panic continues, and no note begins after that.
    #[test]
    fn a_panic_ends_the_notes() {
        need_sequencer!();
        let mut listener = client("listener");
        let input = listener.create_port(PortOptions::receiver("in")).unwrap();
        let mut player = client("player");
        let port = player.create_port("out").unwrap();
        let queue = Arc::new(player.create_queue("queue").unwrap());
        let flight = Arc::new(Flight::new(Arc::clone(&queue)));
        let rescue = Rescue::prepare(&flight);
        let note = |key, tick| {
            let event = Event::note_on(0, key, 1).unwrap().from_port(&port);
            event.to(&input).at(&*queue, Time::Tick(tick))
        };
        queue.start().unwrap();
        // A pedal, two notes, and a later note.
        let pedal = Event::control_change(0, 64, 127).unwrap().from_port(&port);
        let pedal = pedal.to(&input).at(&*queue, Time::Tick(0));
        for event in [pedal, note(60, 0), note(61, 0), note(62, 1 << 20)] {
            player.event_output(&event).unwrap();
            flight.add(event);
        }
        // A long message has begun.
        let piece = Event::sysex(&[0xf0, 1][..]).from_port(&port);
        let piece = piece.to(&input).at(&*queue, Time::Tick(0));
        player.event_output(&piece).unwrap();
        flight.add(piece);
        player.drain_output().unwrap();
        let mut next = || loop {
            let event = listener.event_input_timeout(PATIENCE).unwrap();
            if event.event_type() != EventType::PORT_SUBSCRIBED {
                return event;
            }
        };
        for _ in 0..4 {
            next();
        }
        let panicked = panic::catch_unwind(|| panic!("this is a test"));
        assert!(panicked.is_err());
        let off = |key| Event::note_off(0, key, 64).unwrap();
        let reset = |param| Event::control_change(0, param, 0).unwrap();
        let end = Event::sysex(&[0xf7][..]);
        for expected in [end, off(60), off(61), reset(64), reset(123)] {
            assert_eq!(next().data(), expected.data());
        }
        assert!(!queue.status().unwrap().is_running());
        assert!(matches!(next().data(), EventData::PortUnsubscribed { .. }));

        // After the rescue is dropped, a panic sends no events.
        drop(rescue);
        let _ = panic::catch_unwind(|| panic!("this is a test"));
        assert!(listener.try_event_input().unwrap().is_none());
    }
}
