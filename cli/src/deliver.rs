//! Sending at once, to one port after the other, and not faster than they take
//! it.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use alsa_seq::{
    Address, ClientInfo, ClientKind, ErrorKind, Event, EventData, Port, PortCaps, PortOptions,
    PortType, SequencerClient,
};

use crate::cable::{Cable, bytes_of};
use crate::failure::Failure;
use crate::long::Cut;
use crate::people::complain;
use crate::refusal::explained;
use crate::sounding::Sounding;

/// How long a receiver may leave us waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

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
    pub(crate) fn new(client: SequencerClient, dests: &[Address]) -> Result<Self, Failure> {
        let options = PortOptions::new("output")
            // Others may disconnect it, and the notice of that needs WRITE.
            .caps(PortCaps::READ | PortCaps::WRITE | PortCaps::SUBS_READ)
            .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
        let port = client.create_port(options)?;
        let mut known = Vec::<Dest>::new();
        for address in dests.iter().copied() {
            if known.iter().any(|dest| dest.address == address) {
                continue;
            }
            // Hardware plays only for those who are connected to it.
            port.connect_to(address)
                .map_err(|error| explained(&client, error))?;
            let receiver = client.client_info(address.client)?;
            known.push(Dest {
                address,
                owner: owner(&receiver),
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
            let event = event.clone().from_port(&self.port).to(dest.address);
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
        loop {
            match self.client.try_event_input() {
                Ok(None) => break,
                Ok(Some(event)) => {
                    if let EventData::PortUnsubscribed(connection) = event.data() {
                        let dest = connection.dest;
                        let is_ours = connection.sender == self.port.address();
                        if is_ours && event.source() == Address::ANNOUNCE {
                            self.unplug(dest);
                        }
                    }
                }
                // The notice may be among the events that are lost.
                Err(error) if error.kind() == ErrorKind::Overrun => {
                    let connections = self.port.receivers()?;
                    let is_there = |dest: &Address| connections.iter().any(|c| c.dest == *dest);
                    let dests = self.dests.iter().map(|dest| dest.address);
                    for dest in dests.filter(|dest| !is_there(dest)).collect::<Vec<_>>() {
                        self.unplug(dest);
                    }
                }
                Err(error) => return Err(error.into()),
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
        let now = self.client.port_info(dest);
        let now = now.and_then(|_| self.client.client_info(dest.client));
        let why = if now.is_ok_and(|now| known.is_some_and(|known| known.owner == owner(&now))) {
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
        end_notes(&mut self.client, &self.port, &sounding, true)
    }
}

/// A program, by its number and its client's name.
pub(crate) type Owner = (Option<u32>, String);

pub(crate) fn owner(client: &ClientInfo) -> Owner {
    (client.pid(), client.name().to_string())
}

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.client.as_fd()
    }
}

pub(crate) fn stopped_reading(dest: Address) -> Failure {
    Failure::Other(format!("{dest} has stopped reading"))
}

pub(crate) fn cut_short() -> Failure {
    Failure::Other("not all was sent: a long message was cut short by a pause".to_owned())
}

/// How often it is looked for signals meanwhile.
const LOOK: Duration = Duration::from_millis(50);

/// How long a receiver may leave us waiting when it is to fall silent. Whoever ends
/// the program waits as long.
pub(crate) const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// Waits until a program has room for a note-off, and for the notice that we are
/// gone. What does not fit would cost it all that it still has to read.
fn wait_for_room(client: &SequencerClient, dest: Address) -> Result<(), Failure> {
    const CELLS: usize = 2;

    let deadline = Instant::now() + LAST_PATIENCE;
    let mut pause = Duration::from_millis(1);
    loop {
        let pool = client.client_pool(dest.client)?;
        if pool.input_free() >= CELLS.min(pool.input()) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(stopped_reading(dest));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(16));
    }
}

/// Ends what sounds, and brings back what is not at rest; if `all` is set, also ends
/// long messages, before anything else is sent, and all notes of the channels that were
/// used. It takes a bounded time, even if a receiver does not read, and those that are
/// left are told in any case.
pub(crate) fn end_notes(
    client: &mut SequencerClient,
    port: &Port,
    sounding: &Sounding<Address>,
    all: bool,
) -> Result<(), Failure> {
    let first = all.then(|| sounding.ends()).into_iter().flatten();
    let last = all.then(|| sounding.all_notes_off()).into_iter().flatten();
    let events = first.chain(sounding.note_offs()).chain(sounding.rests());
    let events = events.chain(last);
    if all {
        for (dest, _) in sounding.begun() {
            complain(&format_args!("a long message to {dest} was cut short"));
        }
    }
    send_all(client, port, events)
}

/// Sends events at once, as the receivers have room. One that does not read gets no
/// more of them, and the others do.
pub(crate) fn send_all(
    client: &mut SequencerClient,
    port: &Port,
    events: impl Iterator<Item = (Address, Event<'static>)>,
) -> Result<(), Failure> {
    let mut result = Ok(());
    let mut skipped = Vec::new();
    let mut pace = Pace::default();
    for (dest, event) in events {
        if skipped.contains(&dest) {
            continue;
        }
        if let Err(failure) = send_one(client, &event.from_port(port).to(dest), &mut pace) {
            skipped.push(dest);
            let is_gone = matches!(&failure, Failure::Sequencer(error)
                if error.kind() == ErrorKind::NotFound);
            // Nothing sounds where nobody is.
            if !is_gone {
                result = Err(failure);
            }
        }
    }
    result
}

fn send_one(
    client: &mut SequencerClient,
    event: &Event<'_>,
    pace: &mut Pace,
) -> Result<(), Failure> {
    match client.client_info(event.dest().client)?.kind() {
        ClientKind::User => wait_for_room(client, event.dest())?,
        ClientKind::Kernel => std::thread::sleep(pace.pause(event)),
    }
    Ok(client.event_output_direct(event)?)
}

/// The cables of all drivers that get something at once.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    began: Option<Instant>,
    cables: Vec<(Address, Cable)>,
}

impl Pace {
    /// How long to wait before the event is sent to a driver. It counts as sent
    /// then.
    pub(crate) fn pause(&mut self, event: &Event<'_>) -> Duration {
        let now = self.began.get_or_insert_with(Instant::now).elapsed();
        let bytes = bytes_of(event);
        let known = self
            .cables
            .iter_mut()
            .find(|(dest, _)| *dest == event.dest());
        if let Some((_, cable)) = known {
            let at = cable.room_at(now, bytes);
            cable.put(at, bytes);
            return at.saturating_sub(now);
        }
        let mut cable = Cable::default();
        cable.put(now, bytes);
        self.cables.push((event.dest(), cable));
        Duration::ZERO
    }

    /// How long until all of it has gone.
    pub(crate) fn left(&self) -> Duration {
        let now = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        let left = |cable: &Cable| cable.empty_at(now).saturating_sub(now);
        let left = self.cables.iter().map(|(_, cable)| left(cable));
        left.max().unwrap_or_default()
    }
}
