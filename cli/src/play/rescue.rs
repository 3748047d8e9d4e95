//! What is in the air, and who ends it if this program has a bug.

use std::collections::VecDeque;
use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

use alsa_seq::{Address, Event, PortOptions, Queue, SequencerClient, Time};

use crate::deliver::end_notes;
use crate::failure::Failure;
use crate::sounding::Sounding;

/// The events that the queue may not have delivered yet, and the notes and long
/// messages of those that it has.
pub(super) struct Flight {
    queue: Arc<Queue>,
    state: Mutex<State>,
}

struct State {
    waiting: VecDeque<Event<'static>>,
    sounding: Sounding<Address>,
}

/// How many events may wait before it is looked which of them still do. More
/// than the kernel's queue and the output buffer hold.
const MANY: usize = 4096;

impl Flight {
    pub(super) fn new(queue: Arc<Queue>) -> Self {
        Self {
            queue,
            state: Mutex::new(State {
                // Memory that is not needed is not touched.
                waiting: VecDeque::with_capacity(MANY),
                sounding: Sounding::default(),
            }),
        }
    }

    /// Takes notice of an event that is to be sent.
    pub(super) fn add(&self, event: Event<'static>) {
        let mut state = self.state();
        if state.waiting.len() >= MANY {
            if let Ok(status) = self.queue.status() {
                // What is due now may be on its way.
                state.pass(status.tick().saturating_sub(1));
            }
        }
        state.waiting.push_back(event);
    }

    /// Takes notice of an event that was sent at once.
    pub(super) fn hear(&self, event: &Event<'_>) {
        self.state().sounding.hear(event.dest(), event);
    }

    /// The notes that sound, when nothing is to be delivered any more: all of
    /// it was, or the queue stands still.
    pub(super) fn land(&self, all: bool) -> Sounding<Address> {
        let tick = self.queue.status().map_or(u32::MAX, |status| status.tick());
        let mut state = self.state();
        if all {
            state.pass(u32::MAX);
        } else {
            state.pass_perhaps(tick);
        }
        std::mem::take(&mut state.sounding)
    }

    /// What sounds or is not at rest now that the queue stands still, and is to be
    /// silenced; and what has to be set again before it goes on.
    pub(super) fn pause(&self) -> (Sounding<Address>, Sounding<Address>) {
        let tick = self.queue.status().map_or(u32::MAX, |status| status.tick());
        let mut state = self.state();
        if let Some(before) = tick.checked_sub(1) {
            state.pass(before);
        }
        // Of the last ones nobody can tell. If the queue has not delivered them, it
        // does when it goes on.
        let mut silenced = state.sounding.clone();
        let restored = state.at(tick);
        for event in state.waiting.iter().filter(|event| is_due(event, tick)) {
            silenced.hear_perhaps(event.dest(), event);
        }
        state.sounding.forget_begun();
        (silenced, restored)
    }

    /// Whether a long message has begun somewhere, and has not ended.
    pub(super) fn has_begun(&self) -> bool {
        let tick = self.queue.status().map_or(u32::MAX, |status| status.tick());
        self.state().at(tick).begun().next().is_some()
    }

    /// What the queue, which stands still, has not delivered.
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

    /// Stops the queue, and ends the notes by a client of its own: this one may
    /// be in the middle of something.
    fn rescue(&self) -> Result<(), Failure> {
        self.queue.stop()?;
        let tick = self.queue.status()?.tick();
        let mut client = SequencerClient::open("rescue")?;
        let port = client.create_port(PortOptions::sender("rescue"))?;
        client.set_source(&port);
        // It was at work on this very thing? Then the worst is to be feared.
        let Ok(mut state) = self.state.try_lock() else {
            return Err(Failure::Other("notes may still sound".to_owned()));
        };
        state.pass_perhaps(tick);
        for dest in state.sounding.dests() {
            // If it cannot be connected to, it may still be sent to.
            let _ = port.connect_to(dest);
        }
        end_notes(&mut client, &state.sounding, true)
    }
}

impl State {
    /// What sounds when all has been delivered that is due at this tick.
    fn at(&self, tick: u32) -> Sounding<Address> {
        let mut sounding = self.sounding.clone();
        for event in self.waiting.iter().filter(|event| is_due(event, tick)) {
            sounding.hear(event.dest(), event);
        }
        sounding
    }

    /// What was due at this tick has been delivered.
    fn pass(&mut self, tick: u32) {
        while let Some(event) = self.waiting.pop_front() {
            if !is_due(&event, tick) {
                self.waiting.push_front(event);
                break;
            }
            self.sounding.hear(event.dest(), &event);
        }
    }

    /// What was due at this tick may have been delivered. Of the last events
    /// nobody can tell: the queue may have been at it.
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

/// Sees to it that notes end if this program panics while this exists, whether a
/// panic unwinds or aborts.
pub(super) struct Rescue;

/// Whom to ask then.
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
    use crate::support::{PATIENCE, client, need_sequencer};

    /// The notes end before the panic goes on, and none begins after that.
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
        // A pedal, two notes, and one that is far off.
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

        // Whoever is out of danger is left alone.
        drop(rescue);
        let _ = panic::catch_unwind(|| panic!("this is a test"));
        assert!(listener.try_event_input().unwrap().is_none());
    }
}
