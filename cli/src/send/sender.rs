//! Sending to one port after the other, as soon as each has room.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use alsa_seq::{
    Address, ClientKind, ErrorKind, Event, EventData, Port, PortCaps, PortOptions, PortType,
    SequencerClient,
};

use crate::arrivals::{self, Arrival};
use crate::cable::bytes_of;
use crate::deliver::{Owner, PATIENCE, end_notes, stopped_reading};
use crate::failure::{Failure, Way};
use crate::long::Cut;
use crate::refusal::not_connected;
use crate::sounding::Sounding;

/// How often it looks for signals while it waits.
const LOOK: Duration = Duration::from_millis(50);

/// A port that sends to some others.
#[derive(Debug)]
pub(crate) struct Sender {
    client: SequencerClient,
    port: Port,
    dests: Vec<Dest>,
    sounding: Sounding<Address>,
    cut: Cut<Address>,
    /// Why a port gets nothing any more.
    unplugged: Option<String>,
}

#[derive(Debug)]
struct Dest {
    address: Address,
    /// Whose it was when it was connected.
    owner: Owner,
    /// A driver has no pool to look at, but often a cable.
    kind: ClientKind,
    /// When the cable is free again.
    free: Instant,
}

impl Sender {
    pub(crate) fn new(mut client: SequencerClient, dests: &[Address]) -> Result<Self, Failure> {
        let options = PortOptions::new("output")
            // Others may disconnect it, and the notice of that needs WRITE.
            .caps(PortCaps::READ | PortCaps::WRITE | PortCaps::SUBS_READ)
            .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
        let port = client.create_port(options)?;
        client.set_source(&port);
        let mut known = Vec::<Dest>::new();
        for address in dests.iter().copied() {
            if known.iter().any(|dest| dest.address == address) {
                continue;
            }
            // Hardware plays only for those who are connected to it.
            port.connect_to(address)
                .map_err(|error| not_connected(&client, Way::To, address, error))?;
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

    /// How long to wait before the next event, if hardware is to keep up.
    pub(crate) fn pause(&self) -> Duration {
        let now = Instant::now();
        let pause = |dest: &Dest| dest.free.saturating_duration_since(now);
        self.dests.iter().map(pause).max().unwrap_or_default()
    }

    /// Sends an event to all ports, as soon as each has room for it. Long
    /// messages go in pieces. While it waits, it calls `look` again and again, whose
    /// error ends the wait.
    ///
    /// # Errors
    /// If one of them did not get it.
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
                            Err(_) if Instant::now() >= deadline => {
                                return Err(stopped_reading(dest.address));
                            }
                            Err(_) => look()?,
                        }
                    }
                }
            }
            self.sounding.hear(dest.address, &event);
        }
        Ok(())
    }

    /// Fails if one of the ports is not connected any more: another program may have
    /// its number by now.
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
                // The notice may be among the events that are lost.
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

    /// Remembers why a port is not connected any more.
    fn unplug(&mut self, dest: Address) {
        let known = self.dests.iter().find(|known| known.address == dest);
        let why = if known.is_some_and(|known| known.owner.has(&self.client, dest)) {
            "was disconnected"
        } else {
            // Nothing of ours sounds at a stranger's.
            self.sounding.retain(|other| other != dest);
            "is gone"
        };
        self.unplugged = Some(format!("port {dest} {why}"));
    }

    /// Whether a long message has begun somewhere.
    pub(crate) fn has_begun(&self) -> bool {
        self.sounding.begun().next().is_some()
    }

    /// Ends what sounds, and long messages. What is sent of those later goes nowhere.
    pub(crate) fn fall_silent(&mut self) -> Result<(), Failure> {
        // A port that is gone gets nothing. The next event reports it.
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
