//! Sends an event to several ports, as soon as each has room.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use alsa_seq::{
    Address, ClientKind, ErrorKind, Event, EventData, Port, PortCaps, PortOptions, PortType,
    SequencerClient,
};

use crate::arrivals::{self, Arrival};
use crate::cable::bytes_of;
use crate::deliver::{Owner, PATIENCE, end_notes, stopped_reading};
use crate::failure::{Direction, Failure};
use crate::long::Cut;
use crate::refusal::connect_own;
use crate::sounding::Sounding;

/// The interval between checks for signals during a wait.
const LOOK: Duration = Duration::from_millis(50);

/// A port that sends to some others.
#[derive(Debug)]
pub(crate) struct Sender {
    client: SequencerClient,
    port: Port,
    dests: Vec<Dest>,
    sounding: Sounding<Address>,
    cut: Cut<Address>,
    /// The reason why a port gets no more events.
    unplugged: Option<String>,
}

#[derive(Debug)]
struct Dest {
    address: Address,
    /// The owner of the port when it was connected.
    owner: Owner,
    /// The kind of its client: a driver has no pool to check, but often a cable.
    kind: ClientKind,
    /// The time at which the cable is free again.
    free: Instant,
}

impl Sender {
    pub(crate) fn new(mut client: SequencerClient, dests: &[Address]) -> Result<Self, Failure> {
        let options = PortOptions::new("output")
            // Other programs may disconnect it, and the notice of that needs WRITE.
            .caps(PortCaps::READ | PortCaps::WRITE | PortCaps::SUBS_READ)
            .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
        let port = client.create_port(options)?;
        client.set_source(&port);
        let mut known = Vec::<Dest>::new();
        for address in dests.iter().copied() {
            if known.iter().any(|dest| dest.address == address) {
                continue;
            }
            // Hardware plays only the events of connected ports.
            connect_own(&client, port.address(), Direction::To, address)?;
            let receiver = client.client_info(address.client)?;
            known.push(Dest {
                address,
                owner: Owner::of(&receiver),
                kind: receiver.kind(),
                free: Instant::now(),
            });
        }
        Ok(Self {
            client,
            port,
            dests: known,
            sounding: Sounding::default(),
            cut: Cut::default(),
            unplugged: None,
        })
    }

    /// The time to wait before the next event, for the speed of hardware.
    pub(crate) fn pause(&self) -> Duration {
        let now = Instant::now();
        let pause = |dest: &Dest| dest.free.saturating_duration_since(now);
        self.dests.iter().map(pause).max().unwrap_or_default()
    }

    /// Sends an event to all ports, as soon as each has room for it. Sends long messages
    /// in pieces. During a wait, it calls `look` repeatedly. An error of `look` ends the
    /// wait.
    ///
    /// # Errors
    /// If a port did not get the event.
    pub(crate) fn send(
        &mut self,
        event: &Event<'_>,
        rate: u32,
        mut look: impl FnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.check_dests()?;
        for dest in &mut self.dests {
            if self.cut.holds(dest.address, event) {
                continue;
            }
            let event = event.clone().to(dest.address);
            match dest.kind {
                ClientKind::Kernel => {
                    self.client.event_output_direct(&event)?;
                    let length = u32::try_from(bytes_of(&event)).unwrap_or(u32::MAX);
                    let lasts = Duration::from_secs(1) * length / rate.max(1);
                    dest.free = Instant::now().max(dest.free) + lasts;
                }
                ClientKind::User => {
                    let deadline = Instant::now() + PATIENCE;
                    loop {
                        match self.client.event_output_patient(&event, LOOK) {
                            Ok(()) => break,
                            Err(error) if error.kind() != ErrorKind::TimedOut => {
                                return Err(error.into());
                            }
                            Err(_) => {
                                // A signal that has come ends the program with its own status.
                                look()?;
                                if Instant::now() >= deadline {
                                    return Err(stopped_reading(dest.address));
                                }
                            }
                        }
                    }
                }
            }
            self.sounding.update(dest.address, &event);
        }
        Ok(())
    }

    /// Fails if a port is no longer connected, because another program may have its
    /// number now.
    fn check_dests(&mut self) -> Result<(), Failure> {
        while let Some(arrival) = arrivals::next(&mut self.client)? {
            match arrival {
                Arrival::Event(event) => {
                    if let EventData::PortUnsubscribed { sender, receiver } = event.data() {
                        let is_ours = sender == self.port.address();
                        if is_ours && event.source() == Address::ANNOUNCE {
                            self.unplug(receiver);
                        }
                    }
                }
                // The notice may be among the lost events.
                Arrival::Overrun(_) => {
                    let connections = self.port.receivers()?;
                    let is_there = |dest: &Address| connections.iter().any(|c| c.receiver == *dest);
                    let dests = self.dests.iter().map(|dest| dest.address);
                    for dest in dests.filter(|dest| !is_there(dest)).collect::<Vec<_>>() {
                        self.unplug(dest);
                    }
                }
            }
        }
        match &self.unplugged {
            None => Ok(()),
            Some(why) => Err(Failure::Other(why.clone())),
        }
    }

    /// Stores the reason why a port is no longer connected.
    fn unplug(&mut self, dest: Address) {
        let known = self.dests.iter().find(|known| known.address == dest);
        let why = if known.is_some_and(|known| known.owner.has(&self.client, dest)) {
            "was disconnected"
        } else {
            // Our notes do not sound at another program's port.
            self.sounding.retain(|other| other != dest);
            "is gone"
        };
        self.unplugged = Some(format!("port {dest} {why}"));
    }

    /// Returns whether a long message to any port is unfinished.
    pub(crate) fn has_begun(&self) -> bool {
        self.sounding.begun().next().is_some()
    }

    /// Ends all notes and long messages. Later pieces of these messages are not sent.
    pub(crate) fn fall_silent(&mut self) -> Result<(), Failure> {
        // A removed port gets nothing. The next event reports it.
        let _ = self.check_dests();
        let sounding = std::mem::take(&mut self.sounding);
        self.cut.add(sounding.begun());
        end_notes(&mut self.client, &sounding, true)
    }
}

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.client.as_fd()
    }
}
