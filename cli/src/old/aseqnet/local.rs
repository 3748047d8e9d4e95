//! The programs and devices of this machine that receive the events from TCP.

use std::time::{Duration, Instant};

use alsa_seq::{Address, ErrorKind, Event, Port, SequencerClient};

use crate::deliver::{end_notes, stopped_reading};
use crate::failure::Failure;
use crate::long::Cut;
use crate::people::say;
use crate::signals::Signals;
use crate::sounding::Sounding;

/// The longest wait for a receiver. After that, its events are lost until it reads again.
const PATIENCE: Duration = Duration::from_secs(2);

/// The interval between checks for signals during a wait.
const LOOK: Duration = Duration::from_millis(50);

/// The ports that are connected to this program's port, and the notes that sound there.
#[derive(Debug, Default)]
pub(super) struct Receivers {
    all: Vec<Receiver>,
    sounding: Sounding<Address>,
    cut: Cut<Address>,
    /// The number of events that could not be delivered and were not reported yet.
    lost: u64,
}

#[derive(Debug)]
struct Receiver {
    address: Address,
    has_stopped: bool,
}

impl Receivers {
    /// Finds the ports that are connected to `port` now. For ports that are no longer
    /// connected, it forgets the notes and the messages.
    pub(super) fn update(&mut self, port: &Port) -> Result<(), Failure> {
        let before = std::mem::take(&mut self.all);
        for connection in port.receivers()? {
            let address = connection.receiver;
            let known = before.iter().find(|receiver| receiver.address == address);
            self.all.push(Receiver {
                address,
                has_stopped: known.is_some_and(|receiver| receiver.has_stopped),
            });
        }
        let is_there = |dest| self.all.iter().any(|receiver| receiver.address == dest);
        self.sounding.retain(is_there);
        self.cut.retain(is_there);
        Ok(())
    }

    /// Sends an event to each receiver, as soon as it has room.
    ///
    /// # Errors
    /// If a signal ends the program during the wait.
    pub(super) fn send(
        &mut self,
        event: &Event<'_>,
        client: &mut SequencerClient,
        signals: &Signals,
    ) -> Result<(), Failure> {
        for receiver in &mut self.all {
            if self.cut.holds(receiver.address, event) {
                continue;
            }
            let event = event.clone().to(receiver.address).direct();
            match receiver.send(&event, client, signals) {
                Ok(()) => self.sounding.update(receiver.address, &event),
                Err(Failure::Sequencer(error)) => match error.kind() {
                    // The port no longer exists. An announcement will follow.
                    ErrorKind::NotFound => {}
                    ErrorKind::Closed => return Err(error.into()),
                    ErrorKind::TimedOut => self.lost += 1,
                    _ => {
                        if self.lost == 0 {
                            say(&format_args!("{error:#}"));
                        }
                        self.lost += 1;
                    }
                },
                Err(failure) => return Err(failure),
            }
        }
        if !self.all.iter().any(|receiver| receiver.has_stopped) {
            self.report();
        }
        Ok(())
    }

    /// Reports how many events were lost.
    pub(super) fn report(&mut self) {
        match std::mem::take(&mut self.lost) {
            0 => {}
            1 => say(&"1 event could not be delivered"),
            lost => say(&format_args!("{lost} events could not be delivered")),
        }
    }

    /// Ends all notes.
    pub(super) fn fall_silent(&mut self, client: &mut SequencerClient) {
        let sounding = std::mem::take(&mut self.sounding);
        self.cut.add(sounding.begun());
        if let Err(failure) = end_notes(client, &sounding, true) {
            say(&format_args!("a note may still sound: {failure}"));
        }
    }
}

impl Receiver {
    fn send(
        &mut self,
        event: &Event<'_>,
        client: &mut SequencerClient,
        signals: &Signals,
    ) -> Result<(), Failure> {
        let patience = if self.has_stopped {
            Duration::ZERO
        } else {
            PATIENCE
        };
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let error = match client.event_output_patient(event, left.min(LOOK)) {
                Ok(()) => {
                    self.has_stopped = false;
                    return Ok(());
                }
                Err(error) => error,
            };
            if error.kind() != ErrorKind::TimedOut {
                return Err(error.into());
            }
            if let Some(signal) = signals.ending_now()? {
                return Err(Failure::Signal(signal));
            }
            if Instant::now() >= deadline {
                if !self.has_stopped {
                    let failure = stopped_reading(self.address);
                    say(&format_args!("{failure}; events for it are lost"));
                }
                self.has_stopped = true;
                return Err(error.into());
            }
        }
    }
}
