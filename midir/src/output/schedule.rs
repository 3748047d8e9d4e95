//! Messages that the kernel sends later.

use std::time::{Duration, Instant};

use alsa_seq::{
    Address, ClientControl, Event, EventOutput, EventType, PortId, Queue, QueueOptions, RealTime,
    RemoveEvents, sysex,
};

use super::cable::Cable;
use super::sysex_bytes;
use crate::{SendError, clock, why};

/// The scheduled messages of a client's connections.
#[derive(Default)]
pub(super) struct Schedule {
    /// Created when it is first needed.
    queue: Option<Queue>,
    /// The events that may still be in the queue, with their ports and times.
    waiting: Vec<(PortId, Instant)>,
}

/// If the queue cannot be read or is stopped, nothing waits any longer.
const PATIENCE: Duration = Duration::from_secs(2);

impl Schedule {
    /// The largest number of cells that the kernel has for scheduled events. All connections share
    /// them.
    pub(super) const POOL: usize = 2000;

    pub(super) fn add(
        &mut self,
        control: &ClientControl,
        output: &mut EventOutput,
        source: Address,
        events: &[Event<'_>],
        cable: &Cable,
        at: Instant,
    ) -> Result<Instant, SendError> {
        let failed = |error| why::send("could not schedule the message", error);
        let queue = self.queue(control).map_err(failed)?;
        let clock = clock::of(queue).map_err(failed)?;
        let (mut scheduled, mut due, mut cells) = (Vec::new(), at, 0);
        for event in events {
            let pieces: Vec<Event<'_>> = if event.event_type() == EventType::SYSEX {
                sysex::split(event.payload(), sysex::HARDWARE_PIECE).collect()
            } else {
                vec![event.as_view().to_event()]
            };
            for piece in pieces {
                let length = sysex_bytes(&piece);
                let time = match clock.real_time_at(due) {
                    Some(time) => time,
                    // The time is before the start of the queue.
                    None if due <= Instant::now() => RealTime::ZERO,
                    None => {
                        let text = "could not schedule the message: the time is too far ahead";
                        return Err(why::without_errno(SendError::Other(text)));
                    }
                };
                let piece = piece
                    .from_port(source)
                    .with_tag(source.port.number())
                    .at(queue, time);
                cells += cells_of(&piece);
                scheduled.push((piece, due));
                due += cable.time(length);
            }
        }
        let pool = control.pool().map_err(failed)?;
        if pool.output_free() < cells {
            let text = "could not schedule the message: too much is scheduled already";
            return Err(why::without_errno(SendError::Other(text)));
        }
        for (piece, _) in &scheduled {
            output.event_output(piece).map_err(failed)?;
        }
        output.drain_output().map_err(failed)?;
        let now = Instant::now();
        self.waiting.retain(|(_, due)| *due + PATIENCE > now);
        let waiting = scheduled.iter().map(|(_, due)| (source.port, *due));
        self.waiting.extend(waiting);
        Ok(scheduled.last().map_or(at, |(_, due)| *due))
    }

    fn queue(&mut self, control: &ClientControl) -> alsa_seq::Result<&Queue> {
        let queue = match self.queue.take() {
            Some(queue) => queue,
            None => {
                let queue = control.create_queue(QueueOptions::new().name("midir output"))?;
                queue.start()?;
                queue
            }
        };
        Ok(self.queue.insert(queue))
    }

    /// Cancels the scheduled events of this port.
    pub(super) fn cancel(
        &mut self,
        output: &mut EventOutput,
        port: PortId,
    ) -> alsa_seq::Result<()> {
        self.waiting.retain(|(source, _)| *source != port);
        // The tag of a scheduled event is its port's number.
        output.remove_output(RemoveEvents::new().tag(port.number()))
    }

    /// Returns the pause before the next check; `None` if all events up to this time were sent.
    pub(super) fn pause(&mut self, last: Instant) -> Option<Duration> {
        let early = last.saturating_duration_since(Instant::now());
        if !early.is_zero() {
            return Some(early);
        }
        // The queue still has later events, of this connection and of others.
        let later = self.waiting.iter().filter(|(_, due)| *due > last).count();
        let events = self.queue.as_ref()?.status().ok()?.num_events();
        let over = last.elapsed() > PATIENCE || events <= later;
        (!over).then_some(Duration::from_millis(1))
    }
}

/// Returns the number of cells of the pool that an event needs: one, and one for each 28 bytes of
/// data.
fn cells_of(event: &Event<'_>) -> usize {
    1 + event.payload().len().div_ceil(28)
}
